"""What one chat line says by itself: whom it speaks to, what kind of line it is, its telling words and its traits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

MINUTE = 60_000
UNKNOWN = "\0unknown"
"""Stands for somebody who is addressed by a name nobody here has."""

_READ = 2_000  # letters of a line that are looked at: a pasted log says no more in its second page
_WORDS = 60
_QUOTED = 60  # letters by which a quote is compared with what was said
_LEAST_QUOTED = 12
_NAME = re.compile(r"[\w\[\]{}\\`^|.+-]+")
_LEAD = re.compile(
    r"\s*(?:<?@?([\w\[\]{}\\`^|.+-]{1,40})>?)(\s*[:,;>]+(?=\s|$)|\s*[\uff1a\uff0c\u3001\u060c\u061b]+|\s+|$)"
)
_PICTURE = "[\u2600-\u27bf\U0001f300-\U0001faff]"
_WORD = re.compile(rf"[^\W\d_][\w'+]*[\w+]|\d+(?:\.\d+)+|{_PICTURE}")
_CALLS = {":", ",", "\uff1a", "\uff0c"}  # the last two are the wide ones of Chinese and Japanese
_POLITE = ("さん", "様", "くん", "ちゃん")
_EDGE = "_-|`^[]{}\\.+"
_WIDE_WORD = 3  # letters that are about a word in such a script
_WIDE = "\u2e80"  # from here on scripts are written without spaces: pairs of letters stand for words


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


COMMON = _set(
    "the you and that for have can but not with what how just this get there use are your from know help all then "
    "like see i'm try when http https need don't any will one com it's now was does using anyone want thanks about "
    "yes its should some would out only problem did well has think why here please way right which make sure other "
    "find also something where could trying good etc got still they time more new after doesn't tried dont org same "
    "sorry working yeah them that's works really too set into check question i've hello back anything mean had "
    "because change used look first someone again even tell lol might though thing start than guys work www html "
    "een het van dat die niet maar voor met wat hoe dit naar zijn ook nog wel als dan heb heeft kan moet iemand dank "
    "bedankt graag even waar waarom welke ich und der das nicht ist mit wie auf haben que les des pas pour avec"
)

_GREETING = _set(
    "hi hello hey hiya morning evening afternoon greetings howdy hallo hoi goedemorgen goedemiddag salut bonjour hola "
    "night bye cya goodnight guten moin"
)
_THANKS = _set("thanks thank thx ty cheers bedankt dank danke merci gracias np welcome yw thnx tnx tanks graag")
_YES_NO = _set(
    "yes no yeah yep yup nope nah sure right true exactly correct ja nee jawel klopt oui non si nein yea ya yah nop "
    "agreed indeed"
)
_HEARD = _set(
    "ok okay oh ah aha ahh k kk ic hmm hm um uh lol haha heh hehe wow nice cool great good sorry oops ugh sweet fine "
    "oke prima mooi top doh rofl hah hmmm damn ouch argh"
)
_JOINING = _set(
    "but and or so also because then well if though too maybe actually btw or en maar want dus ook of und aber oder "
    "et mais donc either otherwise besides plus"
)
_ASKING = _set(
    "what how why where when who which can could is are does do did has anyone anybody should would will wat hoe "
    "waarom waar wanneer wie welke kan kun is zijn iemand was wie warum wo wann quoi comment pourquoi any"
)
_POINTING = _set("it that this its it's that's they them he she those these dat dit deze die het")

_PLAIN_LEADS = (
    COMMON | _GREETING | _THANKS | _YES_NO | _HEARD | _JOINING | _ASKING | _POINTING | {"edit", "note", "error", "ps"}
)
"""Words that stand before a colon or comma without calling anybody."""

_PIECE = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|[?!]+|\.\.+|[:;=]-?[)(dpo/|]|[.,:;)(\"`/\\_=|<>#$~&@*+-]|\d+")
_PIECES = 24
_BEGINNING = 400  # letters among which pieces are looked for
_ENDS = "?!.:,)"
TRAITS = 17
ENDS = len(_ENDS) + 1

PLAIN, GREETING, THANKS, YES_NO, HEARD, JOINING, ASKING, POINTING, COMMAND, LINK = range(10)


class Line(Struct, frozen=True):
    """One line of a place, oldest first in a sequence. `author` is any stable string, `at` UTC milliseconds.

    `reply_to` are lines it surely answers or quotes, `thread` the service's own thread, `mentions` authors named for
    certain. `notice` marks what nobody wrote.
    """

    id: str
    at: int
    author: str
    text: str
    reply_to: tuple[str, ...] = ()
    thread: str | None = None
    mentions: tuple[str, ...] = ()
    notice: bool = False


class Said(Struct, frozen=True):
    """What a line says: `to` is the author it speaks to, `names` everybody it names, `length` 0 (short) to 3.

    `traits` are numbers below TRAITS, the first of them says how it ends; `pieces` are its first words and marks.
    """

    to: str | None
    names: frozenset[str]
    words: frozenset[str]
    kind: int
    asks: bool
    length: int
    traits: tuple[int, ...]
    pieces: tuple[str, ...]


class Names:
    """Who is meant by a name. Names are compared without case and without the tails of nicks (`sam_`, `sam|away`)."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._author: dict[str, str] = {}
        self._known: set[str] = set()
        self._given = names or {}

    def meet(self, author: str) -> None:
        """From now on `author` can be addressed, by the display name that was given for them or by their own."""
        if author in self._known:
            return
        self._known.add(author)
        shown = self._given.get(author, author).lower()
        self._author[shown] = author
        for part in (shown.strip(_EDGE), shown.replace(" ", ""), shown.replace(" ", ".")):
            self._author.setdefault(part, author)
        first = shown.split(" ", 1)[0]
        if len(first) > 2:
            self._author.setdefault(first, author)

    def get(self, word: str) -> str | None:
        """The author called `word` (lower case), if somebody here is."""
        found = self._author.get(word)
        if found is None and word:
            found = self._author.get(word.strip(_EDGE))
        if found is None and word.endswith(_POLITE):
            polite = next(end for end in _POLITE if word.endswith(end))
            found = self._author.get(word.removesuffix(polite))
        return found


def _ending(pair: str) -> bool:
    """Two letters of hiragana: mostly endings, which say nothing of what a line is about."""
    return all("\u3040" <= letter <= "\u309f" for letter in pair)


def _words(text: str) -> Iterable[str]:
    for word in _WORD.findall(text):
        if len(word) == 1:
            yield word
        elif word[-1] >= _WIDE:
            yield from (pair for at in range(len(word) - 1) if not _ending(pair := word[at : at + 2]))
        elif len(word) > 2 and word not in COMMON:
            yield word


def _kind(text: str, first: str) -> int:
    if text.startswith(("!", "/")) and len(text) > 1:
        return COMMAND
    if text.startswith(("http://", "https://", "www.")):
        return LINK
    for kind, words in (
        (GREETING, _GREETING),
        (THANKS, _THANKS),
        (YES_NO, _YES_NO),
        (HEARD, _HEARD),
        (JOINING, _JOINING),
        (ASKING, _ASKING),
        (POINTING, _POINTING),
    ):
        if first in words:
            return kind
    return PLAIN


def begins(text: str) -> str:
    """The beginning of a text as quotes of it are compared: one line, no marks of quoting, no case."""
    return " ".join(text[:_READ].replace(">", " ").split())[:_QUOTED].lower()


def quoted(text: str) -> str | None:
    """What a text quotes at its beginning ("> …"), as `begins` has it; None where that is nothing or too little."""
    if not text.startswith(">"):
        return None
    lines = []
    for line in text[:_READ].splitlines():
        if not line.startswith(">"):
            break
        lines.append(line)
    found = begins("\n".join(lines))
    return found if len(found) >= _LEAST_QUOTED else None


def _traits(text: str) -> tuple[int, ...]:
    """How the text ends; then yes or no: link, path or code, digit, thanks, hesitation."""
    link = "http" in text or "www." in text
    code = not link and any(mark in text for mark in "/=_")
    return (
        1 + _ENDS.find(text.rstrip()[-1:] or " "),
        ENDS + link,
        ENDS + 2 + code,
        ENDS + 4 + any(map(str.isdigit, text)),
        ENDS + 6 + any(word in text for word in ("thank", "thx", "cheers")),
        ENDS + 8 + ("..." in text),
    )


def _addressed(text: str, names: Names, author: str) -> tuple[str | None, int]:
    """Whom the beginning of `text` speaks to, and where the words to them begin."""
    lead = _LEAD.match(text)
    if lead is None:
        return None, 0
    name = lead[1]
    found = names.get(name)
    marked = lead[2].strip() != "" or text.lstrip()[:1] == "@"
    if found is not None and found != author and (marked or (len(name) > 2 and name not in COMMON)):
        return found, lead.end()
    if lead[2].strip() in _CALLS and name not in _PLAIN_LEADS and not name.startswith("http"):
        return UNKNOWN, lead.end()
    return None, 0


def read(line: Line, names: Names) -> Said:
    """What `line` says, given who is known here."""
    text = line.text[:_READ].lower()
    to, begin = _addressed(text, names, line.author)
    rest = text[begin:].lstrip() if to else text.lstrip()
    if line.mentions and to not in line.mentions and text.lstrip().startswith("@"):
        to = line.mentions[0]  # what the service knows beats what a first name may mean
    tokens = _NAME.findall(rest)
    named = {found for token in tokens[:_WORDS] if len(token) > 2 and (found := names.get(token)) is not None}
    named.update(line.mentions)
    named.discard(line.author)
    if (
        to is None
        and tokens
        and tokens[-1] not in COMMON
        and (last := names.get(tokens[-1])) not in {None, line.author}
    ):
        to = last  # "thanks sam": what ends with a name speaks to it
    if to:
        named.discard(to)
    words = frozenset(list(_words(rest))[:_WORDS])
    count = sum([max(1, len(token) // _WIDE_WORD) if token[-1] >= _WIDE else 1 for token in tokens])
    first = tokens[0].strip(".+-") if tokens else ""
    return Said(
        to=to,
        names=frozenset(named),
        words=words,
        kind=_kind(rest, first),
        asks="?" in rest or "\uff1f" in rest or "؟" in rest,
        length=0 if count < 3 else 1 if count < 7 else 2 if count < 16 else 3,
        traits=_traits(rest),
        pieces=tuple(dict.fromkeys(_PIECE.findall(rest[:_BEGINNING])[:_PIECES])),
    )
