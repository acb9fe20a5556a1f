"""Microsoft Teams, before it is imported: abilities, settings, secrets and origins."""

from __future__ import annotations

from leeward.oauth import OAuth, Scope
from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

_SCOPES = (
    Scope("offline_access", "to renew the sign-in without asking you every hour"),
    Scope("User.Read", "who you are"),
    Scope("Chat.ReadWrite", "your chats: to read, write, mark as read and pin"),
    Scope("Team.ReadBasic.All", "which teams you are in"),
    Scope("Channel.ReadBasic.All", "their channels"),
    Scope("ChannelMember.Read.All", "who can read a channel; an administrator agrees to it"),
    Scope("ChannelMessage.Read.All", "posts and answers in channels; an administrator agrees to it"),
    Scope("ChannelMessage.Send", "to write in channels"),
    Scope("ChannelMessage.ReadWrite", "to change and delete your own posts; an administrator agrees to it"),
    Scope("Tasks.ReadWrite", "your To Do lists and your plans"),
    Scope("Notes.ReadWrite", "your OneNote pages"),
    Scope("Presence.ReadWrite", "to show that you want quiet"),
    Scope("OnlineMeetings.ReadWrite", "to begin a meeting about a task"),
    Scope("User.ReadBasic.All", "the address of whom you write to, to ask for their hours"),
    Scope("Calendars.ReadBasic", "the working hours of whom you write to"),
)
_LOGIN = "https://login.microsoftonline.com"

MANIFEST = Manifest(
    kind="teams",
    title="Microsoft Teams",
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
            Can.QUIET,
            Can.PIN,
            Can.POLL,
            Can.STATUS,
            Can.BUSY,
            Can.MEET,
            Can.HOURS,
        }
    ),
    target="connectors.teams.connector:Teams",
    settings=(
        Setting(
            "url",
            "Address",
            "Microsoft Graph; another only for a national cloud.",
            default="https://graph.microsoft.com",
        ),
        Setting(
            "places",
            "Places",
            "Teams, channels, chats, lists, plans or sections by name or id; empty for all you are in",
            required=False,
        ),
        Setting("tenant", "Tenant", "Your organisation's id or domain", required=False, default="organizations"),
    ),
    secrets=(
        SecretSpec(
            "token",
            "Access token",
            "Lasts about an hour; signing in at Microsoft's page renews itself.",
            page="https://developer.microsoft.com/graph/graph-explorer",
            scopes=tuple(each.name for each in _SCOPES[1:]),
        ),
    ),
    origins=(Origin("{url}", "bearer"), Origin(_LOGIN, None)),
    min_poll_s=60.0,
    docs="connectors/teams/README.md",
    minutes=10,
    admin="an administrator agrees once to reading channels; news is asked for when you look, not all the time",
    # Microsoft allows asking the same thing over and over once a day, unless a person visits or refreshes.
    rest_s=86_400.0,
    oauth=OAuth(
        token=_LOGIN + "/{tenant}/oauth2/v2.0/token",
        device=_LOGIN + "/{tenant}/oauth2/v2.0/devicecode",
        scopes=_SCOPES,
        app_page="https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
        app_help="Register an app for accounts of your organisation, and allow public client flows.",
    ),
)
