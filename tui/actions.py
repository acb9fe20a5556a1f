"""Every key of the screen, once: footer, help, palette, the user guide and the clash check are made from this table.

A key means one thing everywhere: an action names a verb, and the part of the screen that has the focus answers it.
Scopes only say where a key is alive. Keys are written as a person reads them: a character, a name ("enter"), or a
sequence with blanks between ("g l").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from leeward.words import _


class Action(Struct, frozen=True):
    """One thing a person can do. `target` is the verb a part answers; `foot` is its rank in the footer (0: not there).

    `group` heads it in the help; `short` is the footer's word where the title is too long.
    """

    name: str
    title: str
    keys: tuple[str, ...]
    scope: str
    target: str
    group: str
    foot: int = 0
    short: str = ""

    @property
    def word(self) -> str:
        """The footer's word."""
        return self.short or self.title


class Scope(Struct, frozen=True):
    """Where keys are alive. `under` is asked next; `foot` names what its footer shows in place of the ranked ones.

    `said` is how the footer calls them there.
    """

    title: str
    under: str | None = None
    foot: tuple[str, ...] = ()
    said: Mapping[str, str] = {}


class KeyTrouble(Struct, frozen=True):
    """What is wrong with one `[keys]` entry: its name there, and a sentence."""

    name: str
    said: str


SCOPES: Mapping[str, Scope] = {
    "everywhere": Scope("Everywhere"),
    "work": Scope("Lists and threads", "everywhere"),
    "inbox": Scope("Inbox", "work"),
    "tasks": Scope(
        "Tasks",
        "work",
        ("done", "edit", "assign", "tier_red", "later", "carry_right", "layout", "new", "search", "keys"),
    ),
    "notes": Scope("Notes", "work", ("open", "new", "edit", "search", "keys")),
    "sessions": Scope("Sessions", "work", ("search", "keys")),
    "quiet": Scope("Quiet", "work", ("quiet", "edit", "why", "open", "search", "keys")),
    "outbox": Scope("Outbox", "work", ("open", "undo", "why", "back", "keys")),
    "panel": Scope("Panels", "everywhere", ("open", "back", "keys")),
    "reading": Scope("Panels to read", "panel", ("back", "keys")),
    "help": Scope("Keys here", "panel", ("back",)),
    "first": Scope("First start", "panel", ("open", "keys", "quit"), {"open": _("take it")}),
    "capture": Scope(
        "Making a task",
        "panel",
        ("open", "tick", "edit", "choose", "other", "next_part", "widen", "narrow", "why", "back"),
        {"open": _("make it")},
    ),
    "week": Scope(
        "Painting the week",
        "panel",
        ("tick", "range", "open", "edit", "copy_day", "why", "week_undo", "nearer", "farther", "back", "keys"),
    ),
    "line": Scope("One line to fill in"),
    "choice": Scope("A question", "line", ("line_leave",)),
    "composer": Scope("Writing"),
    "send": Scope("Sending", foot=("send_back",)),
}

GROUPS = (_("Moving"), _("Acting"), _("Writing"), _("Going"), _("Seeing"))


def _everywhere() -> tuple[Action, ...]:
    move, act, write, _go, _see = GROUPS
    every, work = "everywhere", "work"
    return (
        Action("down", _("down"), ("j", "down"), every, "down", move),
        Action("up", _("up"), ("k", "up"), every, "up", move),
        Action("left", _("pane or column to the left"), ("h", "left"), every, "left", move),
        Action("right", _("pane or column to the right"), ("l", "right"), every, "right", move),
        Action("page", _("page down, at the end the next unread"), ("space", "pagedown"), every, "page", move),
        Action("page_up", _("page up"), ("pageup", "b"), every, "page_up", move),
        Action("top", _("to the top, letting new rows in"), ("g g", "home"), every, "top", move),
        Action("end", _("to the end"), ("G", "end"), every, "end", move),
        Action("next_unread", _("next unread anywhere"), ("n",), work, "next_unread", move),
        Action("previous_unread", _("previous unread anywhere"), ("N",), work, "previous_unread", move),
        Action("next_part", _("next part or field"), ("tab",), every, "next_part", move, 0, _("next field")),
        Action("previous_part", _("part or field before"), ("shift+tab",), every, "previous_part", move),
        Action("open", _("open, make it, choose it"), ("enter",), every, "open", move, 0, _("open")),
        Action("back", _("back"), ("escape",), every, "back", move),
        Action("task", _("make a task of this line"), ("t",), work, "task", act, 10, _("task")),
        Action("reply", _("reply"), ("r",), work, "reply", write, 9),
        Action("done", _("done"), ("e",), work, "done", act, 8),
        Action("later", _("later"), ("s",), work, "later", act, 7),
        Action("tier_red", _("tier: today"), ("p 1",), work, "tier_red", act, 6, _("tier")),
        Action("tier_yellow", _("tier: 48 h"), ("p 2",), work, "tier_yellow", act),
        Action("tier_green", _("tier: FYI"), ("p 3",), work, "tier_green", act),
        Action("tier_none", _("no tier"), ("p 0",), work, "tier_none", act),
        Action("note", _("note from here"), ("m n",), work, "note", write, 5, _("note")),
        Action("minutes", _("minutes from here"), ("m m",), work, "minutes", write),
        Action("decision", _("decision from here"), ("m d",), work, "decision", write),
    )


def _acting() -> tuple[Action, ...]:
    move, act, write, go, see = GROUPS
    every, work = "everywhere", "work"
    return (
        Action("assign", _("assign, delegate"), ("a",), work, "assign", act, 4, _("assign")),
        Action("undone", _("not done, unread again"), ("E",), work, "undone", act),
        Action("join", _("join an existing task"), ("T",), work, "join", act),
        Action("new", _("new message, task or note"), ("c",), work, "new", write, 0, _("new")),
        Action("edit", _("edit: title, status, due, text, times"), ("i",), every, "edit", act, 0, _("edit")),
        Action("tick", _("tick"), ("x",), every, "tick", act),
        Action("range", _("tick the range to here"), ("X",), every, "range", act, 0, _("range")),
        Action("carry_left", _("carry to the left: status before"), ("H", "shift+left"), work, "carry_left", act),
        Action("carry_down", _("carry down, due a day later"), ("J", "shift+down"), work, "carry_down", act),
        Action("carry_up", _("carry up, due a day sooner"), ("K", "shift+up"), work, "carry_up", act),
        Action(
            "carry_right",
            _("carry to the right: next status"),
            ("L", "shift+right"),
            work,
            "carry_right",
            act,
            0,
            _("carry"),
        ),
        Action("undo", _("undo"), ("u",), work, "undo", act),
        Action("redo", _("redo"), ("U",), work, "redo", act),
        Action("copy_link", _("copy the link"), ("y",), work, "copy_link", act),
        Action("copy_text", _("copy the text"), ("Y",), work, "copy_text", act),
        Action("outside", _("open outside"), ("o",), work, "outside", go),
        Action("view_inbox", _("Inbox"), ("1",), work, "view_inbox", go),
        Action("view_tasks", _("Tasks"), ("2",), work, "view_tasks", go),
        Action("view_notes", _("Notes"), ("3",), work, "view_notes", go),
        Action("view_sessions", _("Sessions"), ("4",), work, "view_sessions", go),
        Action("view_quiet", _("Quiet"), ("5",), work, "view_quiet", go),
        Action("layout", _("layout of the view"), ("v",), work, "layout", see, 0, _("layout")),
        Action("go_linked", _("to what is linked"), ("g l",), work, "go_linked", go),
        Action("go_capsule", _("to the captured lines"), ("g c",), work, "go_capsule", go),
        Action("go_outbox", _("to the outbox"), ("g o",), work, "go_outbox", go),
        Action("go_person", _("to the people of this"), ("g p",), work, "go_person", go),
        Action("go_account", _("to the accounts, connect one"), ("g a",), work, "go_account", go),
        Action("filter", _("filter this list"), ("f",), work, "filter", see),
        Action("quiet", _("quiet: me, this, trip, week"), ("z",), work, "quiet", act, 3, _("quiet")),
        Action("search", _("search everything"), ("/",), work, "search", see, 2, _("search")),
        Action("why", _("why"), ("w",), every, "why", see),
        Action("palette", _("everything by name"), (":", "ctrl+p"), every, "palette", see),
        Action("keys", _("keys here"), ("?",), every, "keys", see, 1, _("all keys")),
        Action("quit", _("back; at the top, quit"), ("q",), every, "quit", move, 0, _("leave")),
    )


def _panels() -> tuple[Action, ...]:
    move, act, write, _go, _see = GROUPS
    panel = "panel"
    return (
        Action("choose", _("choose by number"), tuple("1234567890"), panel, "choose", act, 0, _("place")),
        Action("widen", _("more lines"), ("+", "="), "capture", "widen", act, 9, _("widen")),
        Action("narrow", _("fewer lines"), ("-",), "capture", "narrow", act, 8, _("narrow")),
        Action("other", _("another place, by its name"), ("/",), "capture", "other", act, 0, _("other place")),
        Action("copy_day", _("copy this day to others"), ("y",), "week", "copy_day", act, 0, _("copy day")),
        Action("nearer", _("shorter columns: 15, 5 min"), ("+", "="), "week", "widen", act, 0, _("nearer")),
        Action("farther", _("longer columns: 15, 30 min"), ("-",), "week", "narrow", act, 0, _("farther")),
        Action("week_undo", _("take the last stroke back"), ("u",), "week", "undo", act, 0, _("undo")),
        Action("week_redo", _("the stroke again"), ("U",), "week", "redo", act),
        Action("line_accept", _("take it"), ("enter",), "line", "accept", act, 9),
        Action("line_leave", _("leave"), ("escape",), "line", "leave", act, 8),
        Action("line_down", _("down in what is offered"), ("down", "ctrl+n"), "line", "down", move),
        Action("line_up", _("up in what is offered"), ("up",), "line", "up", move),
        Action("line_next", _("next field"), ("tab",), "line", "next_part", move),
        Action("line_back", _("field before"), ("shift+tab",), "line", "previous_part", move),
        Action("send_bar", _("send, or keep the draft"), ("escape",), "composer", "send_bar", write, 9),
        Action("send_now", _("send now"), ("enter",), "send", "send_now", write, 9, _("now")),
        Action("send_later", _("send at their morning or later"), ("s",), "send", "send_later", write, 8, _("later")),
        Action("send_editor", _("write on in my editor"), ("$",), "send", "send_editor", write, 7, _("my editor")),
        Action("send_keep", _("keep the draft and leave"), ("q",), "send", "send_keep", write, 6, _("keep the draft")),
        Action("send_back", _("go on writing"), ("escape", "i"), "send", "send_back", write, 5, _("write on")),
    )


ACTIONS: tuple[Action, ...] = (*_everywhere(), *_acting(), *_panels())

PALETTE: Mapping[str, str] = {
    "dismiss": _("nothing is open here: no promise, no question"),
    "split": _("split the thread at this line"),
    "join_threads": _("join with another thread"),
    "each": _("one task each of the ticked lines"),
    "links": _("links of this: what is kept in step"),
    "unlink": _("take a link away"),
    "unpush": _("take back what a link carried over"),
    "sync_now": _("look at every account now"),
    "send": _("send what is being written"),
    "theme": _("another theme"),
    "mouse": _("mouse on or off"),
    "wider": _("list wider"),
    "narrower": _("list narrower"),
    "connect": _("connect an account"),
    "mute": _("mute this"),
    "week": _("paint the week: when it rings"),
    "trip": _("a trip: another place for some days"),
    "holidays": _("public holidays by name: switch single days off"),
}
"""Verbs without a key: target and title. The palette offers them beside the table."""

_NAMES = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "ctrl+p": "Ctrl+P",
    "ctrl+n": "Ctrl+N",
    "shift+left": "Shift+←",
    "shift+right": "Shift+→",
    "shift+up": "Shift+↑",
    "shift+down": "Shift+↓",
}


def shown(key: str) -> str:
    """A key or sequence as a person reads it: "g l", "Enter"."""
    return " ".join(_NAMES.get(part, part) for part in key.split())


def spelled(typed: str) -> tuple[str, ...]:
    """The keys of one `[keys]` value: "D", "g x", or several with commas; "none" or "" unbinds."""
    if typed.strip().lower() in {"", "none"}:
        return ()
    back = {name.lower(): key for key, name in _NAMES.items()}
    keys = [",", *typed.split(",")] if typed.strip() == "," else typed.split(",")
    return tuple(
        " ".join(back.get(part.lower(), part.lower() if len(part) > 1 else part) for part in key.split())
        for key in keys
        if key.split()
    )


def chain(scope: str) -> tuple[str, ...]:
    """A scope and everything that is asked after it."""
    found: list[str] = []
    here: str | None = scope
    while here is not None:
        found.append(here)
        here = SCOPES[here].under
    return tuple(found)


class Keymap:
    """Which action a key sequence names in a scope."""

    def __init__(self, actions: Iterable[Action] = ACTIONS, changed: Mapping[str, str] | None = None) -> None:
        """`changed` is `[keys]`: action name to keys; entries that cannot be used are left out and told in `troubles`."""
        self.troubles: tuple[KeyTrouble, ...] = ()
        self.actions = self._changed(tuple(actions), changed or {})
        self._by_name = {action.name: action for action in self.actions}
        self._tables = {scope: self._of(scope) for scope in SCOPES}

    def _changed(self, actions: tuple[Action, ...], changed: Mapping[str, str]) -> tuple[Action, ...]:
        names = {action.name for action in actions}
        troubles = [KeyTrouble(name, _unknown(name, names)) for name in changed if name not in names]
        now = {action.name: action for action in actions}
        for name, typed in changed.items():
            if name not in now:
                continue
            now[name] = replace(now[name], keys=spelled(typed))
        before = {action.name: action for action in actions}
        for name in [name for name in changed if name in now]:
            if clash := _clash(now[name], now.values()):
                troubles.append(KeyTrouble(name, clash))
                now[name] = before[name]
        self.troubles = tuple(troubles)
        return tuple(now.values())

    def _of(self, scope: str) -> dict[tuple[str, ...], Action]:
        table: dict[tuple[str, ...], Action] = {}
        for part in reversed(chain(scope)):
            table |= {tuple(key.split()): each for each in self.actions if each.scope == part for key in each.keys}
        return table

    def find(self, scope: str, typed: tuple[str, ...]) -> Action | bool:
        """The action these keys name; True while they begin one; False if they name nothing."""
        table = self._tables[scope]
        if (action := table.get(typed)) is not None:
            return action
        return any(keys[: len(typed)] == typed for keys in table)

    def begun(self, scope: str, typed: tuple[str, ...]) -> tuple[tuple[str, Action], ...]:
        """What may follow keys already typed, for the footer: (next key, action)."""
        at = len(typed)
        return tuple(
            (keys[at], action)
            for keys, action in self._tables[scope].items()
            if len(keys) == at + 1 and keys[:at] == typed
        )

    def alive(self, scope: str) -> tuple[Action, ...]:
        """Every action of a scope with a key, each once, in the table's order."""
        live = {action.name for action in self._tables[scope].values()}
        return tuple(action for action in self.actions if action.name in live)

    def footed(self, scope: str) -> tuple[Action, ...]:
        """What the footer shows in a scope, the most useful first."""
        if SCOPES[scope].foot:
            said = SCOPES[scope].said
            named = [self._by_name[name] for name in SCOPES[scope].foot]
            return tuple(replace(each, short=said.get(each.name, each.short)) for each in named)
        return tuple(sorted((each for each in self.alive(scope) if each.foot), key=lambda each: -each.foot))

    def key(self, name: str) -> str:
        """The first key of an action as a person reads it, or ""."""
        keys = self._by_name[name].keys
        return shown(keys[0]) if keys else ""


def _unknown(name: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(names), 1)
    said = _("no such action.")
    return f"{said} " + (_("Did you mean {name}?").format(name=near[0]) if near else _("? lists them."))


def _clash(mine: Action, actions: Iterable[Action]) -> str | None:
    """Why the keys of `mine` cannot be: another action alive in the same place has them, or begins with them."""
    for other in actions:
        if other.name == mine.name or not _meet(mine.scope, other.scope):
            continue
        for key in mine.keys:
            for theirs in other.keys:
                if _begins(key.split(), theirs.split()):
                    said = _("{key} is {name} already ({title}).")
                    return said.format(key=shown(theirs), name=other.name, title=other.title)
    return None


def _meet(one: str, two: str) -> bool:
    """Whether two scopes can be alive at once (one stands under the other)."""
    return one in chain(two) or two in chain(one)


def _begins(one: list[str], two: list[str]) -> bool:
    short = min(len(one), len(two))
    return one[:short] == two[:short]


def clashes(actions: Iterable[Action] = ACTIONS) -> tuple[str, ...]:
    """Every clash within a table; none in ours."""
    every = tuple(actions)
    return tuple(said for action in every if (said := _clash(action, every)))
