"""CalDAV, before it is imported: abilities, settings, secrets and origins."""

from __future__ import annotations

from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

MANIFEST = Manifest(
    kind="caldav",
    title="CalDAV",
    can=frozenset(
        {Can.TASKS, Can.NOTES, Can.TASK_WRITE, Can.NOTE_WRITE, Can.FIND_SENT, Can.BUSY},
    ),
    target="connectors.caldav.connector:CalDav",
    settings=(
        Setting("url", "Address", "The calendar server, such as https://dav.example.org"),
        Setting("user", "User name", "For an app password; empty where the server gave you a token.", required=False),
        Setting("places", "Calendars", "Their titles or paths; empty for all of yours", required=False),
    ),
    secrets=(SecretSpec("token", "App password or token", "Make an app password rather than giving your own."),),
    # Basic with a user name, Bearer without one: the door decides by the login.
    origins=(Origin("{url}", "basic"),),
    min_poll_s=60.0,
    docs="connectors/caldav/README.md",
    minutes=3,
)
