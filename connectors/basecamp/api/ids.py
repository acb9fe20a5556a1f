"""Ids that say what they name, such as `todo/1069479576`: one recording's number alone does not say where to ask for it."""

from __future__ import annotations

from connectors.basecamp.api.shape import Row, number, text
from leeward.model import RemoteId

WORDS = {
    "Message": "message",
    "Todo": "todo",
    "Kanban::Card": "card",
    "Kanban::Step": "step",
    "Document": "document",
    "Upload": "upload",
    "Question::Answer": "answer",
    "Schedule::Entry": "entry",
    "Todolist": "list",
    "Comment": "comment",
    "Vault": "vault",
    "Door": "door",
    "GoogleDocument": "gdoc",
    "CloudFile": "cloud",
}
"""Basecamp's type to the first part of an id."""

ROUTES = {
    "message": "messages",
    "todo": "todos",
    "card": "card_tables/cards",
    "step": "card_tables/steps",
    "document": "documents",
    "upload": "uploads",
    "answer": "question_answers",
    "entry": "schedule_entries",
    "list": "todolists",
    "comment": "comments",
    "vault": "vaults",
    "gdoc": "google_documents",
    "cloud": "cloud_files",
}
"""Where one of each is asked for by itself."""

TASKS = frozenset({"todo", "card"})
OTHER = "thing"
"""What Basecamp has that leeward knows no more of than its title."""


def named(word: str, found: str) -> RemoteId:
    """`todo` and `12` as `todo/12`."""
    return RemoteId(f"{word}/{found}")


def split(remote: str) -> tuple[str, str]:
    """The other way round; ("", "") for what `named` never made."""
    word, _slash, rest = remote.partition("/")
    return (word, rest) if number(rest) else ("", "")


def recording(row: Row) -> RemoteId | None:
    """The id of a recording by its own type."""
    found = number(row.get("id"))
    return None if found is None else named(WORDS.get(text(row.get("type")), OTHER), found)


def line_id(chat: str, found: str) -> RemoteId:
    """A chat line is asked for in its chat only."""
    return RemoteId(f"line/{chat}/{found}")


def split_line(remote: str) -> tuple[str, str] | None:
    """Chat and number of what `line_id` made."""
    match remote.split("/"):
        case ["line", chat, found] if number(chat) and number(found):
            return chat, found
    return None


def own_number(remote: str) -> str | None:
    """The recording's number out of any line, thread or task id."""
    return number(remote.rpartition("/")[2])
