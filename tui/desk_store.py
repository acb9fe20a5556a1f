"""The whole desk: reads, verbs and connecting, over the store and the engine of this run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leeward.config import Account
from leeward.errors import Trouble
from leeward.model import LOCAL
from leeward.ports import Manifest, Secret
from leeward.words import _
from tui.asks import KindInfo, Question, Receipt, Tried
from tui.desk_quiet import StoreWeeks


class StoreDesk(StoreWeeks):
    """`tui.desk.Desk` for a real run."""

    def kinds(self, *, theirs: bool = True) -> Sequence[KindInfo]:
        """What can be connected, quickest first; with `theirs` also what other packages bring."""
        known = self.home.outside.manifests(theirs=theirs and not self.home.safe)
        found = [one for one in known.values() if one.kind != LOCAL]
        return [_kind(one) for one in sorted(found, key=lambda one: (one.minutes, one.title))]

    async def connect_try(self, kind: str, answers: Mapping[str, str]) -> Tried:
        """Try a login; nothing is saved."""
        from tui.commands.accounts import found, try_login

        manifest = self.home.outside.manifest(kind)
        origins = tuple(origin.url.replace("{url}", answers.get("url", "")) for origin in manifest.origins)
        try:
            account = await found(self.home, _account(kind, answers))
            identity = await try_login(self.home, account, Secret(answers.get("token", "")))
        except Trouble as trouble:
            return Tried(ok=False, say=str(trouble), origins=origins)
        parts = [_("you are {name}").format(name=identity.person.name)]
        lacks = ", ".join(identity.missing_scopes)
        parts.append(_("the token lacks {scopes}").format(scopes=lacks) if lacks else _("read and write"))
        if identity.places is not None:
            parts.append(_("{n} places").format(n=identity.places))
        return Tried(ok=True, say=" · ".join(parts), origins=origins)

    async def connect_save(self, kind: str, answers: Mapping[str, str], first: str) -> Receipt:
        """Keep a login that was tried, and begin to sync it."""
        import asyncio

        from tui.commands.accounts import Wish, found, save
        from tui.running import join

        account = await found(self.home, _account(kind, answers))
        wish = Wish(account, Secret(answers.get("token", "")), keep=True, first=first)
        await asyncio.to_thread(save, self.home, wish)
        join(self.home, self.running, account.name, wish.secret)
        return Receipt(_("{name} is connected").format(name=account.name), undoable=False)


def _account(kind: str, answers: Mapping[str, str]) -> Account:
    places = tuple(one.strip() for one in answers.get("places", "").split(",") if one.strip())
    name = answers.get("name") or kind
    return Account(name, kind, answers.get("url", "").rstrip("/"), answers.get("user") or None, places)


def _kind(manifest: Manifest) -> KindInfo:
    name = Question("name", _("Name"), _("what you call it"), manifest.kind)
    asked = [Question(one.name, one.title, one.help, one.default or "") for one in manifest.settings]
    secrets = [Question(one.name, one.title, one.help, secret=True) for one in manifest.secrets]
    minutes = _("about {n} min").format(n=manifest.minutes)
    page = next((one.page for one in manifest.secrets if one.page), None)
    return KindInfo(manifest.kind, manifest.title, minutes, manifest.admin, (name, *asked, *secrets), page)
