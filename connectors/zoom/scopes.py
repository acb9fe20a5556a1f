"""Which scopes leeward asks for, what each is for, and how a token is tried for them.

A Zoom token does not say what it may do; a request without its scope is refused by name before anything else is
looked at. So every right is tried by a question, and the right to write by a message to nobody.
"""

from __future__ import annotations

from connectors.zoom.api import ask
from connectors.zoom.session import Session
from leeward.errors import SignInNeeded, Trouble, TryLater
from leeward.wire import Request

NOWHERE = "leeward-check"
"""No id of anything: what is asked about it can only be refused."""


def trials(base: str) -> dict[str, Request]:
    """A request for each scope that does nothing and shows whether the token has it."""
    me, nobody = "/chat/users/me", {"to_channel": NOWHERE}
    line = f"{me}/messages/{NOWHERE}"
    return {
        "team_chat:read:list_user_channels": ask.get(base, f"{me}/channels", page_size=1),
        "team_chat:read:list_members": ask.get(base, f"/chat/channels/{NOWHERE}/members", page_size=1),
        "team_chat:read:list_user_sessions": ask.get(base, f"{me}/sessions", page_size=1),
        "team_chat:read:list_contacts": ask.get(base, f"{me}/contacts", page_size=1),
        "team_chat:read:list_user_messages": ask.get(base, f"{me}/messages", **nobody, page_size=1),
        "team_chat:read:user_message": ask.line(base, NOWHERE, NOWHERE),
        "team_chat:read:thread_message": ask.thread(base, NOWHERE, NOWHERE, 0, None),
        "team_chat:write:user_message": ask.change("POST", base, f"{me}/messages", {"message": ""}),
        "team_chat:update:user_message": ask.change("PUT", base, line, {"message": "", **nobody}),
        "team_chat:delete:user_message": ask.remove(base, line, **nobody),
        "team_chat:update:message_status": ask.change(
            "PATCH", base, f"{line}/status", {"action": "read", "timestamp": 1, **nobody}
        ),
        "team_chat:update:message_emoji": ask.change(
            "PATCH", base, f"{line}/emoji_reactions", {"action": "remove", "emoji": "U+1F44D", **nobody}
        ),
        "team_chat:update:bookmark": ask.change(
            "PATCH", base, "/chat/messages/bookmarks", {"action": "remove_bookmark", **nobody}, message_id=NOWHERE
        ),
        "team_chat:read:list_scheduled_messages": ask.get(base, "/chat/messages/schedule", **nobody, page_size=1),
        "team_chat:delete:scheduled_message": ask.remove(base, f"/chat/messages/schedule/{NOWHERE}", **nobody),
        "team_chat:read:list_reminders": ask.get(base, "/chat/reminder", page_size=1),
        "team_chat:delete:reminder": ask.remove(base, f"/chat/messages/{NOWHERE}/reminder", **nobody),
        "team_chat:read:file": ask.get(base, f"/chat/files/{NOWHERE}"),
        "user:read:presence_status": ask.get(base, "/users/me/presence_status"),
        "clips:read:list_user_clips": ask.get(base, "/clips", user_id="me", page_size=30),
        "cloud_recording:read:list_user_recordings": ask.get(base, "/users/me/recordings", page_size=1),
        "meeting:read:list_summaries": ask.get(base, "/users/me/meeting_summaries", page_size=1),
        "meeting:read:list_meetings": ask.get(base, "/users/me/meetings", type="live", page_size=1),
        "meeting:read:summary": ask.get(base, f"/meetings/{NOWHERE}/meeting_summary"),
    }


UNTRIED = ("user:read:user", "team_chat:write:files", "user:update:presence_status", "meeting:write:meeting")
"""Asked for as well, and not tried: the first is proved by signing in, trying the others would do something."""


async def missing(session: Session) -> tuple[str, ...]:
    """The scopes the token lacks. Raises `SignInNeeded` and `TryLater`; any other refusal is no lack of a scope."""
    lacking: list[str] = []
    for scope, request in trials(session.base).items():
        try:
            await session.ask(request, patient=True)
        except ask.NoScope:
            lacking.append(scope)
        except (SignInNeeded, TryLater):
            raise
        except Trouble:
            continue
    return tuple(lacking)
