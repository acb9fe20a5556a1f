"""What the connect panel asks for a kind, and the account that its answers describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from leeward.config import Account
from leeward.oauth import APPS_OWN
from leeward.ports import Secret
from leeward.words import _
from tui.asks import KindInfo, Question
from tui.joining import extra
from tui.signing import InHand, to_register

if TYPE_CHECKING:
    from leeward.ports import Manifest, Secrets, SecretSpec

APP = "client_id"


def kind_info(manifest: Manifest) -> KindInfo:
    """One kind with its questions."""
    name = Question("name", _("Name"), _("what you call it"), manifest.kind)
    asked = [Question(one.name, one.title, one.help, one.default or "") for one in manifest.settings]
    page = next((one.page for one in manifest.secrets if one.page), None)
    minutes = _("about {n} min").format(n=manifest.minutes)
    return KindInfo(manifest.kind, manifest.title, minutes, manifest.admin, (name, *asked, *secrets(manifest)), page)


def renewal(manifest: Manifest, account: Account) -> KindInfo:
    """What is asked to sign in anew: secrets alone. The app stays what it was unless another is typed."""
    known = {APP: account.client_id or ""}
    asked = tuple(replace(one, default=known.get(one.name, "")) for one in secrets(manifest))
    page = next((one.page for one in manifest.secrets if one.page), None)
    page = page.replace("{url}", account.url) if page else None
    return KindInfo(manifest.kind, manifest.title, "", account.name, asked, page, account=account.name)


def secrets(manifest: Manifest) -> tuple[Question, ...]:
    """A sign-in at the service's page is offered first; who names no app is asked for a token."""
    oauth, asked = manifest.oauth, []
    app = APP if oauth and not oauth.client else ""
    if oauth and app:
        back = _("Redirect address: {address}. ").format(address=to_register(oauth)) if oauth.authorize else ""
        help = f"{oauth.app_help} {back}".strip() + " " + _("Empty: paste a token instead")
        asked.append(Question(APP, _("Id of your app"), help, page=oauth.app_page or ""))
    for spec in manifest.secrets:
        if spec.name == APPS_OWN:
            if oauth and oauth.app != "public":
                asked.append(_question(spec, only_with=app))
        elif spec is manifest.secrets[0]:
            empty = _("Empty: sign in at the service's page. ") if oauth and oauth.client else ""
            asked.append(_question(spec, not_with=app, before=empty))
        else:
            asked.append(_question(spec))
    return tuple(asked)


def _question(spec: SecretSpec, *, only_with: str = "", not_with: str = "", before: str = "") -> Question:
    may = "" if spec.required else _(" (may stay empty)")
    return Question(
        spec.name,
        spec.title,
        f"{before}{spec.help}{may}",
        secret=True,
        page=spec.page or "",
        only_with=only_with,
        not_with=not_with,
    )


def account_of(manifest: Manifest, answers: Mapping[str, str]) -> Account:
    """The account that the answers of `kind_info` describe."""
    places = tuple(one.strip() for one in answers.get("places", "").split(",") if one.strip())
    return Account(
        answers.get("name") or manifest.kind,
        manifest.kind,
        answers.get("url", "").strip().rstrip("/"),
        answers.get("user") or None,
        places,
        client_id=answers.get(APP, "").strip() or None,
        options=extra(manifest, dict(answers)),
    )


def hand_of(manifest: Manifest, answers: Mapping[str, str], behind: Secrets) -> InHand:
    """The secrets that were typed; a token that is not asked for beside an app does not count."""
    given = {one.name: answers.get(one.name, "").strip() for one in manifest.secrets}
    if answers.get(APP, "").strip():
        given["token"] = ""
    return InHand(behind, {name: Secret(value) for name, value in given.items() if value})
