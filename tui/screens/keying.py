"""From a key press to a verb: bars and fields first, then the registry; sequences are gathered key by key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from logging import getLogger

from leeward.words import _
from tui.actions import Action, shown
from tui.screens.ahead import READS
from tui.screens.workspace import Workspace
from tui.screens.writing import Writing


def spelled(key: str, character: str | None) -> str:
    """A key as the registry spells it: its character where it prints one, else its name."""
    if character and character.isprintable() and character != " " and not key.startswith(("ctrl+", "alt+")):
        return character
    return key


class Keying:
    """Finds who answers a key."""

    def __init__(self, stage: Workspace, writing: Writing, make: Callable[[], Sequence[object]]) -> None:
        self.stage = stage
        self.writing = writing
        self._make = make
        self._groups: Sequence[object] | None = None

    @property
    def groups(self) -> Sequence[object]:
        """Who answers verbs; made when the first is asked for, since the first frame needs none of them."""
        if self._groups is None:
            self._groups = self._make()
        return self._groups

    def load(self) -> None:
        """Make who answers verbs, before the first is asked for."""
        self._groups = self.groups

    def press(self, key: str, character: str | None) -> bool:
        """One key; False where a text field should have it."""
        if key.startswith("alt+") and len(key) > 4 and (self.writing.live or self.stage.bar_model is None):
            self.press("escape", None)
            last = key.removeprefix("alt+")
            self.press(last, last if len(last) == 1 else None)
            return True
        if self.stage.said:
            self.stage.said = ""
            self.stage.draw_foot()
        if self.writing.live and not self._bar_first():
            return self._writing(key, character)
        if self.stage.bar_model is not None:
            self._bar(key, character)
            return True
        if self._field(key, character):
            return True
        self._registry(self.stage.scope(), spelled(key, character))
        return True

    def paste(self, text: str) -> bool:
        """Pasted text; False where a text field should have it."""
        stage = self.stage
        if stage.bar_model is not None:
            stage.bar_model.paste(text)
            stage.draw_bar()
            return True
        panel = stage.panel_model
        if panel is not None and panel.field is not None and stage.part != "reader":
            panel.edited(panel.field.typed(text))
            return True
        return not self.writing.live

    def _bar_first(self) -> bool:
        return self.stage.bar_model is not None and not self.writing.sending

    def _writing(self, key: str, character: str | None) -> bool:
        scope = "send" if self.writing.sending else "composer"
        found = self.stage.keymap.find(scope, (spelled(key, character),))
        if isinstance(found, Action):
            self.act(found.target)
            return True
        return self.writing.sending

    def _bar(self, key: str, character: str | None) -> None:
        stage = self.stage
        bar = stage.bar_model
        assert bar is not None
        finished = bar.press(key, character)
        if finished and stage.bar_model is bar:
            stage.ask(None)
        else:
            stage.draw_bar()

    def _field(self, key: str, character: str | None) -> bool:
        stage = self.stage
        panel = stage.panel_model
        if panel is None or panel.field is None or stage.part == "reader":
            return False
        found = stage.keymap.find("line", (spelled(key, character),))
        if isinstance(found, Action):
            if found.target == "leave":
                if not panel.leave_field():
                    self.act("back")
            elif found.target == "accept":
                panel.accept()
            elif key == "ctrl+n" and hasattr(panel, "page"):
                panel.page()
            else:
                self.act(found.target)
            return True
        now = panel.field.key(key, character)
        if now is not None:
            panel.edited(now)
        return True

    def _registry(self, scope: str, key: str) -> None:
        stage = self.stage
        if stage.begun and key == "escape":
            stage.begun = ()
            stage.draw_foot()
            return
        typed = (*stage.begun, key)
        found = stage.keymap.find(scope, typed)
        if isinstance(found, Action):
            had, stage.begun = stage.begun, ()
            stage.key = key
            self.act(found.target)
            if had:
                stage.draw_foot()
        elif found:
            stage.begun = typed
            stage.draw_foot()
        else:
            stage.begun = ()
            stage.say(_("{keys} means nothing here. ? lists the keys.").format(keys=shown(" ".join(typed))))

    def _answered(self, answer: Callable[[], None]) -> None:
        try:
            answer()
        except Exception:  # one verb's bug must not end the program; the log has all of it
            getLogger("leeward").exception("a verb failed")
            self.stage.say(_("That did not work; the log says why."), trouble=True)

    async def _caught_up(self, target: str) -> None:
        await self.stage.catch_up()
        self.act(target)

    def act(self, target: str) -> None:
        """Let the panel, else the first group that has it, answer a verb."""
        stage = self.stage
        panel = stage.panel_model if stage.part != "reader" else None
        if panel is not None:
            if target == "choose":
                panel.choose(stage.key)
                return
            if target in {"left", "right"} and panel.turn(-1 if target == "left" else 1):
                return
            if target in panel.deaf():
                stage.say(_("That means nothing here."))
                return
        if stage.behind and (stage.part == "reader" or target in READS):
            stage.load(lambda: self._caught_up(target), "caught up", opens=True)
            return
        holders = self.groups if panel is None else (panel, *self.groups)
        for holder in holders:
            answer = getattr(holder, f"act_{target}", None)
            if answer is not None:
                before = stage.list.item
                self._answered(answer)
                stage.astray |= stage.list.item is not before
                return
        stage.say(_("That means nothing here."))
