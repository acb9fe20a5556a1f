"""Text on its way to Basecamp: Markdown as the few tags it keeps, quotes that cannot act, and our marker.

Whether the tags say what was typed is checked by reading them back; where they would not, the words go as they are.
Basecamp drops comments and unknown tags, so the marker has to be seen: a short word in white brackets at the very end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape

from msgspec import Struct

from connectors.basecamp.api.rich import Attached, People, attachment, read
from connectors.keymark import marker, unmarked
from leeward.model import Body, Key

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ue000\ue001\ufeff]")
_INLINE = re.compile(
    r"\[(?P<label>[^\[\]\n]{1,500})\]\((?P<href>(?:https?://|mailto:)[^\s()<>\"']{1,2000})\)"
    r"|(?P<bare>https?://[^\s()<>\"'`*~]{1,2000})"
    r"|\*\*(?P<bold>[^\s*](?:[^\n*]{0,998}[^\s*])?)\*\*"
    r"|~~(?P<gone>[^\s~](?:[^\n~]{0,998}[^\s~])?)~~"
    r"|(?<![\w*])\*(?P<soft>[^\s*](?:[^\n*]{0,998}[^\s*])?)\*(?![\w*])"
)
_ITEM = re.compile(r"(?:- |(\d{1,4})\. )(.*)")
_HOLD = re.compile("\ue000(\\d{1,4})\ue001")
_NAMED = re.compile(r"(?<![\w@./])@(?P<name>\w(?:[\w.'-]{0,78}\w)?(?: \w[\w.'-]{0,78}){0,3})")
_EMPTY = "<div><br></div>"

Finds = Callable[[str], tuple[str, str] | None]
"""Name and signed id of the one person whom these words call; None where nobody, or more than one, is called so."""


class Words(Struct, frozen=True):
    """The owner's words with what is attached in them taken out: `held` stands where `text` has its number."""

    text: str
    held: tuple[tuple[str, str], ...] = ()


def names_in(own: str) -> bool:
    """Whether these words may name people: only then is it worth asking who there is."""
    return _NAMED.search(own) is not None


def compose(
    body: Body, key: Key | None, person: Finds, kept: Sequence[Attached] = (), files: Iterable[str] = ()
) -> str:
    """The owner's words, then what is quoted, the link, files by their signed ids, and the marker.

    `kept`: what stood in the text before. A file stays also where the new words no longer show it; a mention does not.
    """
    own = _LINE_ENDS.sub("\n", body.own)
    used, written = _own(own, person, kept)
    said = [*written]
    if quoted := _LINE_ENDS.sub("\n", body.quoted).strip("\n"):
        # Escaped, and without mentions, which alone act at Basecamp: the rest may look as it did.
        said += _own(harmless(quoted), _nobody, ())[1]
    if body.link and body.link not in body.own and body.link not in body.quoted:
        said.append(f"<div>{_address(body.link)}</div>")
    lost = [each.tag for each in kept if each.name and each.tag and each.tag not in used]
    attached = [f"<div>{tag}</div>" for tag in (*lost, *(attachment(each) for each in files))]
    return "".join([_EMPTY.join(said), *attached, f"<div>{marker(key)}</div>" if key else ""])


def signed(text: str, key: Key | None, person: Finds, kept: Sequence[Attached] = ()) -> str:
    """A whole text of the owner's, such as a document."""
    return compose(Body(text), key, person, kept)


def harmless(text: str) -> str:
    """Text by others without what cannot be seen, and without a marker like ours; tags are escaped where it is put."""
    return unmarked(_INVISIBLE.sub("", text))


def _nobody(_name: str) -> None:
    return None


def _own(own: str, person: Finds, kept: Sequence[Attached]) -> tuple[set[str], list[str]]:
    """Which tags the words still show, and the words as markup."""
    words = _held(own, person, kept)
    used = {tag for _shown, tag in words.held}
    if not words.text:
        return used, []
    marked = _filled("".join(_blocks(words.text.split("\n"))), words)
    expected = _shown(words)
    if read(marked, People()).text == expected:
        return used, [marked]
    return used, [_filled(f"<div>{_lines(words.text)}</div>", words)]


def _held(own: str, person: Finds, kept: Sequence[Attached]) -> Words:
    """Put a number in place of everything that is an attachment: people who are named, then what there was."""
    if "\ue000" in own or "\ue001" in own:
        return Words(own)
    held: list[tuple[str, str]] = []

    def hold(shown: str, tag: str) -> str:
        held.append((shown, tag))
        return f"\ue000{len(held) - 1}\ue001"

    def named(found: re.Match[str]) -> str:
        parts = found["name"].split(" ")
        for count in range(len(parts), 0, -1):
            called = person(" ".join(parts[:count]))
            if called is not None:
                rest = "".join(f" {each}" for each in parts[count:])
                return hold(f"@{called[0]}", attachment(called[1])) + rest
        return found[0]

    own = _NAMED.sub(named, own)
    for each in kept:
        if each.tag and each.shown in own:
            own = own.replace(each.shown, hold(each.shown, each.tag), 1)
    return Words(own, tuple(held))


def _shown(words: Words) -> str:
    """What is read back when all goes well: attachments without a name of their own show nothing."""
    return _HOLD.sub("", words.text)


def _filled(markup: str, words: Words) -> str:
    return _HOLD.sub(lambda found: words.held[int(found[1])][1] if int(found[1]) < len(words.held) else "", markup)


def _blocks(lines: list[str]) -> Iterator[str]:
    """Fences, quotes, lists and headings as tags; the lines between them as one block."""
    at, plain = 0, list[str]()
    while at < len(lines):
        made, after = _block(lines, at)
        if made is None:
            plain.append(lines[at])
            at += 1
            continue
        yield from _paragraph(plain)
        plain = []
        yield made
        at = after
    yield from _paragraph(plain)


def _block(lines: list[str], at: int) -> tuple[str | None, int]:
    line = lines[at]
    if line == "```" and "```" in lines[at + 1 :]:
        end = lines.index("```", at + 1)
        inside = "\n".join(lines[at + 1 : end])
        return (f"<pre>{escape(inside, quote=False)}</pre>", end + 1) if inside else (None, at)
    if line.startswith("# ") and line[2:].strip():
        return f"<h1>{_inline(line[2:])}</h1>", at + 1
    for tag, test in (("blockquote", _is_quote), ("ul", _is_bullet), ("ol", _is_counted)):
        end = at
        while end < len(lines) and test(lines[end], end - at):
            end += 1
        if end > at:
            return _wrapped(tag, lines[at:end]), end
    return None, at


def _is_quote(line: str, _number: int) -> bool:
    return line == ">" or line.startswith("> ")


def _is_bullet(line: str, _number: int) -> bool:
    found = _ITEM.fullmatch(line)
    return found is not None and found[1] is None


def _is_counted(line: str, number: int) -> bool:
    found = _ITEM.fullmatch(line)
    return found is not None and found[1] == str(number + 1)


def _wrapped(tag: str, lines: list[str]) -> str:
    if tag == "blockquote":
        inner = "<br>".join(_inline(line[2:]) for line in lines)
    else:
        inner = "".join(f"<li>{_inline(found[2])}</li>" for line in lines if (found := _ITEM.fullmatch(line)))
    return f"<{tag}>{inner}</{tag}>"


def _paragraph(lines: list[str]) -> Iterator[str]:
    if lines:
        # A break right before the end of a block breaks nothing, so an empty last line needs one more.
        end = "<br>" if lines[-1] == "" else ""
        yield "<div>" + "<br>".join(_inline(line) for line in lines) + end + "</div>"


def _inline(line: str) -> str:
    done, at = [], 0
    for found in _INLINE.finditer(line):
        done += [escape(line[at : found.start()], quote=False), _dressed(found)]
        at = found.end()
    return "".join([*done, escape(line[at:], quote=False)])


def _dressed(found: re.Match[str]) -> str:
    label, href, bare, bold, gone = found.group("label", "href", "bare", "bold", "gone")
    if label:
        return f'<a href="{escape(href)}">{escape(label, quote=False)}</a>'
    if bare:
        return _address(bare)
    if bold or gone:
        return f"<strong>{_inline(bold)}</strong>" if bold else f"<strike>{_inline(gone)}</strike>"
    return f"<em>{_inline(found['soft'])}</em>"


def _address(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"']{1,2000}", url):
        return escape(url, quote=False)
    return f'<a href="{escape(url)}">{escape(url, quote=False)}</a>'


def _lines(text: str) -> str:
    """Words as they are, with a break for every line end."""
    end = "<br>" if text.endswith("\n") else ""
    return escape(text, quote=False).replace("\n", "<br>") + end
