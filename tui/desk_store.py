"""The whole desk: reads, verbs and connecting, over the store and the engine of this run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from leeward.config import Account
from leeward.errors import Trouble
from leeward.model import LOCAL
from leeward.text import clean
from leeward.words import _
from tui.asks import KindInfo, Receipt, Tried
from tui.desk_promised import StorePromises
from tui.desk_quiet import StoreWeeks

if TYPE_CHECKING:
    from leeward.ports import Manifest
    from tui.signing import InHand
    from tui.wiring import Show


class StoreDesk(StorePromises, StoreWeeks):
    """`tui.desk.Desk` for a real run."""

    _tried: tuple[Account, InHand] | None = None

    def acting(self) -> StoreDesk:
        """Itself: this desk acts already."""
        return self

    def kinds(self, *, theirs: bool = True) -> Sequence[KindInfo]:
        """What can be connected, quickest first; with `theirs` also what other packages bring."""
        from tui.connecting import kind_info

        known = self.home.outside.manifests(theirs=theirs and not self.home.safe)
        found = [one for one in known.values() if one.kind != LOCAL]
        return [kind_info(one) for one in sorted(found, key=lambda one: (one.minutes, one.title))]

    def renewal(self, account: str) -> KindInfo | None:
        """What is asked to sign in anew; None where the account's token comes from elsewhere, or there is none."""
        from tui.connecting import renewal

        found = self.home.config.account(account)
        if found is None or found.token_env or found.token_command:
            return None
        return renewal(self.home.outside.manifest(found.kind), found)

    async def connect_try(self, kind: KindInfo, answers: Mapping[str, str], show: Show) -> Tried:
        """Try a login; nothing is saved."""
        from tui.joining import found, try_login
        from tui.signing import sign_in, signs_in

        manifest = self.home.outside.manifest(kind.kind)
        origins = tuple(origin.url.replace("{url}", answers.get("url", "")) for origin in manifest.origins)
        try:
            account, hand = self._wanted(kind, manifest, answers)
            account = await found(self.home, account)
            if "token" not in hand.given and signs_in(account, manifest):
                await sign_in(self.home, account, hand, None, show)
            identity = await try_login(self.home, account, hand)
        except Trouble as trouble:
            return Tried(ok=False, say=str(trouble), origins=origins)
        self._tried = account, hand
        parts = [_("you are {name}").format(name=identity.person.name)]
        lacks = ", ".join(identity.missing_scopes)
        parts.append(_("the token lacks {scopes}").format(scopes=lacks) if lacks else _("read and write"))
        if identity.places is not None:
            parts.append(_("{n} places").format(n=identity.places))
        if identity.server:
            parts.append(identity.server)
        return Tried(ok=True, say=" · ".join(parts), origins=origins)

    def settings_problems(self) -> Sequence[str]:
        """What is wrong with the settings as they are now, a sentence each."""
        return [clean(str(problem)) for problem in self.home.problems]

    async def connect_save(self, kind: KindInfo, first: str) -> Receipt:
        """Keep the login that was tried last, and begin to sync it."""
        import asyncio

        from tui.joining import Wish, renew, save
        from tui.running import join

        if self._tried is None:
            return Receipt(_("Nothing was tried yet."), ok=False, undoable=False)
        (account, hand), self._tried = self._tried, None
        if kind.account:
            await asyncio.to_thread(renew, self.home, account, hand)
        else:
            await asyncio.to_thread(save, self.home, Wish(account, hand, first))
        join(self.home, self.running, account.name)
        return Receipt(_("{name} is connected").format(name=account.name), undoable=False)

    def _wanted(self, kind: KindInfo, manifest: Manifest, answers: Mapping[str, str]) -> tuple[Account, InHand]:
        from tui.connecting import APP, account_of, hand_of

        known = self.home.config.account(kind.account) if kind.account else None
        hand = hand_of(manifest, answers, self.home.outside.secrets(self.home.config))
        if known is not None:
            return replace(known, client_id=answers.get(APP, "").strip() or known.client_id), hand
        return account_of(manifest, answers), hand
