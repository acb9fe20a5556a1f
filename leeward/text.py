"""The one sanitiser: what strangers wrote becomes what is safe to show, and nothing of it is lost in the store.

Remote text passes here twice: on its way in (`clean`, `one_line`; the raw text stays beside it in the store) and, as the
last thing before the terminal, line by line (`safe_line`). A run of characters that could steer a terminal, turn the
direction of text or hide is shown as one `MARK`. Everything here is pure, and every function that returns text leaves
its own result as it is when it is called again. The rules are those of UAX 9 (bidi), UTS 51 (emoji) and UTS 46 (hosts).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from leeward.text_ranges import EMOJI, INVISIBLE, JOINING, MARKS, MARKS_ABOVE

MARK = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
MAX_MARKS = 4
_ZWJ = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_SELECTORS = "\ufe0e\ufe0f"
_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_LINE_ENDS = re.compile(r"\r\n|[\u2028\u2029]")
_BLANKS = re.compile(r"[ \t\r\n\u2028\u2029]+")
_SELDOM_ASCII = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

_DANGEROUS = rf"[{_CONTROLS}\ud800-\udfff{INVISIBLE}\u2028\u2029]"


# Quick look: nearly all text has none of these. Beyond the basic plane it guesses (any five in a row), because a class
# with a hundred ranges there is ten times slower. Compiled at first use: commands that answer in JSON never need them.
@cache
def _suspect() -> re.Pattern[str]:
    return re.compile(rf"{_DANGEROUS}|[{MARKS}\U00010000-\U0010ffff][{MARKS}\U00010000-\U0010ffff]{{{MAX_MARKS}}}")


_ONE_EMOJI = rf"[{EMOJI}][{_SELECTORS}]?[\U0001f3fb-\U0001f3ff]?"


@cache
def _parts() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<keep>[0-9#*]\ufe0f?\u20e3|{_ONE_EMOJI}(?:{_ZWJ}{_ONE_EMOJI}){{0,7}}"
        rf"|(?<=[{JOINING}])[\u200c\u200d](?=[{JOINING}]))"
        rf"|(?P<marks>[{MARKS}{MARKS_ABOVE}]{{{MAX_MARKS + 1},}}){_DANGEROUS}*"
        rf"|{_DANGEROUS}+"
    )


def _replace(part: re.Match[str]) -> str:
    kept = part["keep"]
    if kept is not None:
        return kept
    # What cannot stay is shown once a run, however long: a thousand zero-width characters say no more than one.
    marks = part["marks"]
    return MARK if marks is None else marks[:MAX_MARKS] + MARK


# What nearly every line on the screen is made of, each one cell wide: western letters, dashes, arrows, lines, blocks.
_NARROW = frozenset(
    char for start, end in ((0x20, 0x300), (0x2010, 0x2028), (0x2190, 0x219A), (0x2500, 0x25A0), (0x25B2, 0x25B3))
    for char in map(chr, range(start, end)) if char.isprintable()
)  # fmt: skip
_LETTERS = ((0x370, 0x530), (0x3041, 0x3097), (0x30A1, 0x3100), (0x4E00, 0xA000), (0xAC00, 0xD7A4))
_seen_plain: set[str] = {
    *_NARROW,
    *"\u3001\u3002\u300c\u300d\u300e\u300f\u30fb\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f",
}
_LINE = 300


def _within(char: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    code = ord(char)
    return any(start <= code < end for start, end in ranges)


def plain(text: str) -> bool:
    """Whether a short text holds nothing but letters, digits and signs that every terminal draws alike.

    Asked of nearly every row that is drawn, and cheaper than the patterns below are to make.
    """
    if text.isascii():
        return text.isprintable()
    if len(text) > _LINE:
        return False
    strange = () if _seen_plain.issuperset(text) else set(text) - _seen_plain
    for char in strange:
        if not _within(char, _LETTERS) or unicodedata.category(char)[0] != "L":
            return False
        _seen_plain.add(char)
    return True


def mark(text: str) -> str:
    """`text` with everything dangerous shown as `MARK`; newlines and tabs stay."""
    if text.isascii():
        return text if text.isprintable() or not _SELDOM_ASCII.search(text) else _parts().sub(_replace, text)
    if plain(text):
        return text
    return _parts().sub(_replace, text) if _suspect().search(text) else text


def clean(raw: str) -> str:
    """The display form of a text of several lines: every kind of line break becomes a newline, tabs stay."""
    if raw.isascii() and raw.isprintable():
        return raw
    if "\r" in raw or not raw.isascii():
        raw = _LINE_ENDS.sub("\n", raw)
    return mark(raw)


def one_line(raw: str, limit: int = 500) -> str:
    """The display form for one row: blanks and line breaks become single spaces; at most `limit` characters."""
    if len(raw) <= limit and raw.isascii() and raw.isprintable() and "  " not in raw:
        return raw.strip(" ")
    start = raw.lstrip(" \t\r\n\u2028\u2029")
    text = mark(_BLANKS.sub(" ", start[: limit * 8 + 64])).strip(" ")
    return text if len(text) <= limit else _shorten(text, limit)


def safe_line(text: str) -> str:
    """One line on its way to the terminal: `mark`, with the line breaks and tabs that must not be there as spaces."""
    if text.isascii() and text.isprintable():
        return text
    if "\n" in text or "\t" in text:
        text = text.replace("\n", " ").replace("\t", " ")
    return mark(text)


def _shorten(text: str, limit: int) -> str:
    """`text` cut to `limit` characters with an ellipsis; a joiner or selector is not left without what it joins."""
    if limit <= 0:
        return ""
    return text[: limit - 1].rstrip("\u200c\u200d\ufe0e\ufe0f \n") + ELLIPSIS


# ---- width in terminal cells ----


# Where terminals and Textual go by newer tables than `unicodedata` of our oldest Python, or by other rules.
_VISIBLE_FORMAT = frozenset(
    "\xad\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_WIDE_SINCE_16 = ((0x2630, 0x2638), (0x268A, 0x2690), (0x4DC0, 0x4E00), (0x1D300, 0x1D357), (0x1D360, 0x1D377))
_ADDS_NOTHING = ((0x1160, 0x1200), (0x2028, 0x202A), (0xD7B0, 0xD7FC), (0x1F3FB, 0x1F400))


@lru_cache(maxsize=4096)
def _cells(char: str) -> int:
    """Cells of one character on its own: 0 for what combines or is invisible, 2 for wide ones."""
    if char < "\u0300":
        return 0 if char < " " or "\x7f" <= char < "\xa0" else 1
    if _within(char, _ADDS_NOTHING):
        return 0
    if unicodedata.category(char) in {"Mn", "Mc", "Me", "Cf"}:
        return 1 if char in _VISIBLE_FORMAT else 0
    wide = unicodedata.east_asian_width(char) in {"W", "F"} or _within(char, _WIDE_SINCE_16)
    return 2 if wide else 1


def _clusters(text: str) -> list[tuple[int, int]]:
    """(end, cells) of each user-perceived character, in order."""
    found: list[tuple[int, int]] = []
    joined = False
    base = ""
    for index, char in enumerate(text):
        cells = _cells(char)
        if not found or not (joined or cells == 0):
            found.append((index + 1, cells))
            base = char
        else:
            held = found[-1][1]
            widens = char == _EMOJI_STYLE and held == 1 and _emoji(base)
            found[-1] = (index + 1, held + 1 if widens else held)
        joined = char == _ZWJ
    return found


@lru_cache(maxsize=1024)
def _emoji(char: str) -> bool:
    return re.fullmatch(rf"[{EMOJI}0-9#*]", char) is not None


def _one_cell_each(text: str) -> bool:
    return (text.isascii() and text.isprintable()) or _NARROW.issuperset(text)


def width(text: str) -> int:
    """Cells that `text` takes on a terminal, counted as Textual counts them."""
    if _one_cell_each(text):
        return len(text)
    return sum(cells for _, cells in _clusters(text))


def cut_to(text: str, cells: int) -> str:
    """`text` in at most `cells` cells; ends in an ellipsis where something was cut off. Never splits a character."""
    if cells <= 0:
        return ""
    if _one_cell_each(text):
        return text if len(text) <= cells else text[: cells - 1] + ELLIPSIS
    taken = end = 0
    fits = True
    for stop, wide in _clusters(text[: cells * 16 + 16]):
        taken += wide
        if taken > cells:
            fits = False
            break
        if taken <= cells - 1:
            end = stop
    return text if fits and len(text) <= cells * 16 + 16 else text[:end] + ELLIPSIS


# ---- links and file names ----

_MAX_URL = 4096
_SCHEME = r"(?i)(https?|mailto):"
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))
_HOST = r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?"
_IPV6 = r"\[[0-9a-f:.]{2,45}\]"
_PLAIN = (
    r"(?a)https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,3}[a-z][a-z0-9]{0,30}"
    r"(?:/[\w/%:@!$&'()*+,;=?~.\-\[\]#]{0,3000})?"
)
"""What nearly all links look like; nothing in them needs quoting."""
_UNSAFE_IN_URL = rf"[\s{_CONTROLS}\ud800-\udfff{INVISIBLE}]"


def safe_url(url: str) -> str | None:
    """`url` ready to be shown and opened: http, https or mailto only, all of it ASCII, the host in punycode.

    None for every other scheme, for a name or password before the host (a way to forge one), and for what is no URL.
    """
    if re.fullmatch(_PLAIN, url):
        return url
    from urllib.parse import quote

    url = url.strip()
    found = re.match(_SCHEME, url)
    if not found or len(url) > _MAX_URL or re.search(_UNSAFE_IN_URL, url):
        return None
    scheme, rest = found[1].lower(), url[found.end() :]
    kept = "/%:@!$&'()*+,;=?~-._[]#"
    if scheme == "mailto":
        return f"mailto:{quote(rest, safe=kept)}" if "@" in rest else None
    if not rest.startswith("//"):
        return None
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0]
    site = _ascii_authority(authority)
    return None if site is None else f"{scheme}://{site}{quote(rest[2 + len(authority) :], safe=kept)}"


def _ascii_authority(authority: str) -> str | None:
    """`host[:port]` in ASCII; None where it is not one."""
    host, colon, port = authority.rpartition(":") if re.search(r":[0-9]*\Z", authority) else (authority, "", "")
    if len(port) > 5 or (port and int(port) > 65535):
        return None
    name = host.lower() if host.startswith("[") else _ascii_host(host)
    if name is None or not (re.fullmatch(_IPV6, name) or (len(name) <= 254 and re.fullmatch(_HOST, name))):
        return None
    return f"{name}{colon}{port}" if port else name


def _ascii_host(host: str) -> str | None:
    """A host name with each label in punycode where it is not ASCII."""
    labels = []
    for label in unicodedata.normalize("NFKC", host.translate(_DOTS)).lower().split("."):
        if not all(char.isalnum() or char in "-_" or unicodedata.category(char)[0] == "M" for char in label):
            return None
        labels.append(label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii"))
    return ".".join(labels)


_MAX_NAME = 120
_NOT_IN_NAMES = re.compile(r"[^\w .,()+=@-]")


def file_name(raw: str) -> str:
    """A name a download may have: the last part of `raw`, harmless characters only, no dot or dash in front.

    At most 120 characters and 200 bytes, its ending kept; "file" where nothing is left.
    """
    name = re.split(r"[/\\]", raw)[-1]
    name = _NOT_IN_NAMES.sub("_", unicodedata.normalize("NFC", mark(name))).strip(" ._-~")
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 12:
        stem, dot, ending = name, "", ""
    room = 200 - len(ending.encode()) - 1
    stem = stem[: _MAX_NAME - len(ending) - 1].encode()[:room].decode(errors="ignore").rstrip(" .")
    return f"{stem or 'file'}{dot}{ending}"
