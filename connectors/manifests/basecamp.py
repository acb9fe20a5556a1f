"""Basecamp, before it is imported: abilities, settings, secrets, sign-in and origins."""

from __future__ import annotations

from leeward.oauth import APPS_OWN, OAuth
from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

LAUNCHPAD = "https://launchpad.37signals.com"

MANIFEST = Manifest(
    kind="basecamp",
    title="Basecamp",
    can=frozenset(
        {
            Can.THREADS,
            Can.TASKS,
            Can.NOTES,
            Can.POST,
            Can.FILES,
            Can.TASK_WRITE,
            Can.NOTE_WRITE,
            Can.EDIT,
            Can.MARK_READ,
            Can.FIND_SENT,
            Can.PIN,
            Can.POLL,
            Can.BUSY,
            Can.HOURS,
        }
    ),
    target="connectors.basecamp.connector:Basecamp",
    settings=(
        Setting(
            "url",
            "Address",
            "https://3.basecampapi.com/ and the number that follows the host when you open Basecamp in a browser",
        ),
        Setting("user", "Your e-mail address", "Goes along in every request: Basecamp asks for it", required=False),
        Setting("places", "Places", "Projects, lists, boards, chats or folders; empty for all", required=False),
    ),
    secrets=(
        SecretSpec(
            "token",
            "Access token",
            "Signing in in the browser brings one that renews itself; one from elsewhere lasts two weeks.",
            page=f"{LAUNCHPAD}/integrations",
        ),
        SecretSpec(
            APPS_OWN,
            "Client secret",
            "Stands beside the client id of your own app.",
            page=f"{LAUNCHPAD}/integrations",
            required=False,
        ),
    ),
    # A file lies where the API's own host says, and is given out there without a token.
    origins=(Origin("{url}", "bearer"), Origin(LAUNCHPAD, None), Origin("https://storage.3.basecamp.com", None)),
    min_poll_s=60.0,
    docs="connectors/basecamp/README.md",
    minutes=5,
    oauth=OAuth(
        token=f"{LAUNCHPAD}/authorization/token",
        authorize=f"{LAUNCHPAD}/authorization/new",
        app_page=f"{LAUNCHPAD}/integrations",
        app_help="Register an app of your own for Basecamp 4, with http://127.0.0.1:8765/ as its redirect address.",
        app="confidential",
        redirect="http://127.0.0.1:8765/",
        life_s=14 * 86_400.0,
    ),
    contact=True,
)
