from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from leeward import words
from leeward.words import _, n_


def test_without_a_catalogue_words_are_themselves_and_gettext_is_not_loaded() -> None:
    code = "import sys; from leeward.words import _, n_; print(_('Quiet'), n_('a', 'b', 2), 'gettext' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["Quiet", "b", "False"]


def test_number_chooses_the_form() -> None:
    assert [n_("{n} line", "{n} lines", n).format(n=n) for n in (0, 1, 2)] == ["0 lines", "1 line", "2 lines"]


def test_a_catalogue_is_used_when_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "nl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "leeward.mo").write_bytes(_mo({"": "Content-Type: text/plain; charset=UTF-8\n", "Quiet": "Stil"}))
    monkeypatch.setattr(words, "_CATALOGUES", tmp_path)
    monkeypatch.setenv("LANGUAGE", "nl")
    words._catalogue.cache_clear()
    try:
        assert (_("Quiet"), _("Open"), _(""), n_("a", "b", 1)) == ("Stil", "Open", "", "a")
    finally:
        words._catalogue.cache_clear()


def _mo(texts: dict[str, str]) -> bytes:
    """The binary form of a catalogue, as the gettext manual describes it."""
    entries = sorted((key.encode(), said.encode()) for key, said in texts.items())
    start = 28 + 16 * len(entries)
    keys = b"".join(key + b"\0" for key, _said in entries)
    words_at = start + len(keys)
    first, second, offset_key, offset_word = b"", b"", start, words_at
    for key, said in entries:
        first += len(key).to_bytes(4, "little") + offset_key.to_bytes(4, "little")
        second += len(said).to_bytes(4, "little") + offset_word.to_bytes(4, "little")
        offset_key += len(key) + 1
        offset_word += len(said) + 1
    head = (0x950412DE, 0, len(entries), 28, 28 + 8 * len(entries), 0, start)
    table = b"".join(number.to_bytes(4, "little") for number in head)
    return table + first + second + keys + b"".join(said + b"\0" for _key, said in entries)
