"""Zoom, before it is imported: abilities, settings, secrets, origins and how one signs in."""

from __future__ import annotations

from leeward.oauth import APPS_OWN, OAuth, Scope
from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

_SCOPES = (
    Scope("user:read:user", "who you are"),
    Scope("user:read:presence_status", "whether you set Do Not Disturb yourself"),
    Scope("user:update:presence_status", "to show others that you want quiet"),
    Scope("team_chat:read:list_user_channels", "which channels you are in"),
    Scope("team_chat:read:list_members", "who can read a private channel"),
    Scope("team_chat:read:list_user_sessions", "which conversations have news"),
    Scope("team_chat:read:list_contacts", "names and addresses of your contacts"),
    Scope("team_chat:read:list_user_messages", "messages"),
    Scope("team_chat:read:user_message", "a single message: votes, what is yours, what was deleted"),
    Scope("team_chat:read:thread_message", "threads"),
    Scope("team_chat:write:user_message", "to write, now or later"),
    Scope("team_chat:update:user_message", "to change your own messages"),
    Scope("team_chat:delete:user_message", "to take your own messages back"),
    Scope("team_chat:update:message_status", "to mark messages read"),
    Scope("team_chat:update:message_emoji", "to vote"),
    Scope("team_chat:update:bookmark", "to bookmark messages"),
    Scope("team_chat:read:list_scheduled_messages", "to find a message you left for later"),
    Scope("team_chat:delete:scheduled_message", "to take it back"),
    Scope("team_chat:read:list_reminders", "reminders"),
    Scope("team_chat:delete:reminder", "to finish them"),
    Scope("team_chat:read:file", "to fetch what is attached, when you ask for it"),
    Scope("team_chat:write:files", "to send files"),
    Scope("clips:read:list_user_clips", "your clips"),
    Scope("cloud_recording:read:list_user_recordings", "your recordings and their transcripts"),
    Scope("meeting:read:list_summaries", "which meetings have a summary"),
    Scope("meeting:read:summary", "the summaries"),
    Scope("meeting:write:meeting", "to begin a meeting"),
    Scope("meeting:read:list_meetings", "to see whether a meeting was begun when an answer was lost"),
)

# Recordings are given out where their meetings were held; the files themselves come from a host that takes no token.
_GIVE_OUT = ("https://zoom.us", *(f"https://us0{number}web.zoom.us" for number in range(2, 7)), "https://file.zoom.us")

MANIFEST = Manifest(
    kind="zoom",
    title="Zoom",
    can=frozenset(
        {
            Can.THREADS,
            Can.NOTES,
            Can.POST,
            Can.FILES,
            Can.EDIT,
            Can.MARK_READ,
            Can.FIND_SENT,
            Can.QUIET,
            Can.SEND_LATER,
            Can.PIN,
            Can.POLL,
            Can.MEET,
        }
    ),
    target="connectors.zoom.connector:Zoom",
    settings=(
        Setting("url", "Address", "Zoom's own; another only for a gateway of yours", default="https://api.zoom.us"),
        Setting("places", "Places", "Channels, or contacts by name or address; empty for all", required=False),
    ),
    secrets=(
        SecretSpec(
            "token",
            "Access token",
            "Of a user-managed app of yours; it lasts an hour, signing in at Zoom's page renews itself.",
            page="https://marketplace.zoom.us/develop/create",
            scopes=tuple(scope.name for scope in _SCOPES),
        ),
        SecretSpec(APPS_OWN, "The app's secret", "Only where the app has one beside its public id.", required=False),
    ),
    origins=(
        Origin("{url}", "bearer"),
        *(Origin(address, "bearer") for address in _GIVE_OUT),
        Origin("https://ssrweb.zoom.us", None),
    ),
    min_poll_s=60.0,
    docs="connectors/zoom/README.md",
    minutes=10,
    admin="some companies let only administrators add apps",
    oauth=OAuth(
        "{url}/oauth/token",
        authorize="https://zoom.us/oauth/authorize",
        scopes=_SCOPES,
        app_page="https://marketplace.zoom.us/develop/create",
        app_help="Make a General app that is user-managed, add the scopes and this redirect address, and copy its client id.",
        app="either",
        basic=True,
        # Zoom compares the address letter by letter, the port too.
        redirect="http://127.0.0.1:47811/",
    ),
)
