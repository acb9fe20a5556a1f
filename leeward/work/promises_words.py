"""The words by which a chat line promises or asks for something later, in English and Dutch, as rules."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple


class Rule(NamedTuple):
    """A pattern, and what must be there before it is tried: one of the words, a word of time, few enough letters."""

    cues: tuple[str, ...]
    source: str
    timed: bool = False
    most: int = 1_000

    def search(self, sentence: str) -> re.Match[str] | None:
        """Where the pattern stands. It is compiled when a line first calls for it: few rules of many ever are."""
        return _compiled(self.source).search(sentence)


@cache
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)


TIMES = frozenset(
    (
        "tomorrow", "tmrw", "tonight", "later", "soon", "asap", "monday", "tuesday", "wednesday", "thursday",
        "friday", "saturday", "sunday", "next", "week", "weekend", "month", "sprint", "afternoon", "evening", "by",
        "before", "until", "after", "end", "eod", "day", "days", "hour", "hours", "hr", "hrs", "min", "mins",
        "minute", "minutes", "weeks", "today", "morgen", "morgenochtend", "morgenmiddag", "morgenavond",
        "overmorgen", "straks", "vanmiddag", "vanavond", "vandaag", "maandag", "dinsdag", "woensdag", "donderdag",
        "vrijdag", "zaterdag", "zondag", "volgende", "komende", "deze", "eind", "na", "voor", "vóór", "uiterlijk",
        "uur", "dag", "dagen", "weken", "minuten", "zodra",
    )
)  # fmt: skip
"""One of these stands in every time to come."""

_DAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|tmrw|tonight|noon|lunch|eod|cob|the weekend|(?:the )?(?:next )?(?:release|launch|deploy)|the end of|end of|next|"
    r"\d{1,2}(?:[:.]\d\d)?(?: ?[ap]m| ?h| ?u(?:ur)?)?\b|"
    r"(?:maan|dins|woens|donder|vrij|zater|zon)dag|morgen|overmorgen|vanavond|het eind|eind"
)
_SPAN = r"(?:a|an|one|two|three|\d+|half an)(?: few| couple of)? ?(?:min(?:ute)?|hour|hr|day|week)s?"
_THING = r"(?:lunch|noon|(?:the |our |my )?(?:meeting|stand-?up|call|holidays?|weekend|release|deploy|break))"
_DING = r"(?:(?:de |het |ons )?(?:lunch|pauze|vakantie|vergadering|overleg|release|weekend|stand-?up))"
TIME = (
    rf"(?:tomorrow|tmrw|tonight|later|soon|asap|(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    rf"next (?:week|month|sprint|time|year|release|mon|tue|wed|thu|fri)\w*|(?:later )?this (?:week|afternoon|evening|weekend)|"
    rf"(?:by|before|until) (?:the )?(?:{_DAY})|after {_THING}|(?:at )?(?:the )?end of (?:the )?(?:day|week|month)|eod|"
    rf"in (?:{_SPAN})|today|as soon as|"
    rf"morgen\w*|overmorgen|straks|vanmiddag|vanavond|vandaag|(?:maan|dins|woens|donder|vrij|zater|zon)dag|"
    rf"(?:volgende|komende|deze|eind) (?:week|maand|sprint|keer)|na {_DING}|v(?:oo|óó)r (?:{_DAY})|uiterlijk (?:{_DAY})|"
    rf"over (?:een|twee|drie|\d+) (?:uur|dagen?|weken|week|minuten)|zodra)\b"
)
"""A time to come, as people name it."""

_OFF = TIME.replace("|today|", "|").replace("|vandaag|", "|").replace("|soon|asap|", "|")
"""A time that puts something off."""

_DOES = (
    r"(?:add|announce|answer|apply for|arrange|ask (?!again)|backport|book|bring|build|bump|buy|call (?!it\b)|cancel|change|chase|check|"
    r"clean|collect|confirm|contact|copy|create|debug|deal with|delete|deploy|dig|discuss|do (?:it|that|this|so|the|an?|some)|document|draft|draw|"
    r"e-?mail|escalate|explain|extend|file|fill|finish|finali[sz]e|find|fix|follow up|forward|get (?:back(?! on\b)|you|rid)|get (?:it|that|this|them) (?:done|fixed|to)|"
    r"give (?:you|him|her|them|everyone|feedback)|go (?:through|over)|handle|have (?:a|another) (?:look|think|chat|word)|implement|improve|"
    r"include|invite|investigate|keep (?:you|everyone|an eye)|let (?:you|them|him|her|everyone|people) know|"
    r"log|look|make (?:an?|the|sure|it|that|this|some)|mention|merge|message|migrate|move (?!on\b)|notify|open|order|organi[sz]e|patch|"
    r"phone|pick (?:it|that|this|one|them) up|ping|plan|post|prepare|propose|publish|pull|push|put|raise|"
    r"re-?(?:add|build|check|do|send|test|work|write|view|visit|name|move|place|port|lease|vert|base|factor|search|ply|quest|cord|mind)|"
    r"schedule|see (?:if|what|whether|to|about)|send|set (?:up|it|that|the)|share|ship|show you|sign|sort|"
    r"submit|summari[sz]e|sync|take (?:a look|another look|care|it|(?:that|this)(?! as)|over|notes|the)|talk|tell (?:him|her|them|you) (?!that\b|you\b)|test|tidy|track|translate|"
    r"update|upload|verify|work on|wrap|write)"
)
"""What can be done for somebody, in the plain form of the verb."""

_GO = r"(?:\s+(?:also|then|just|definitely|certainly|gladly|happily|go and|go|try to|try and|quickly|still|personally))*\s+"
_I = r"(?:i'?ll|i will|i shall|i am going to|i'?m going to|i'?m gonna|we'll|we will)"
_WILL = "i'll ill we'll will shall going gonna"
_OK = r"(?:ok(?:ay)?|sure|yes|yep|yeah|right|fine|great|thanks|ok thanks)?[\s,.!:;-]*"
_NAMES = r"(?:some(?:one|body)|any(?:one|body)|one of (?:us|you))"

_DOET = (
    r"(?:kijk|check|regel|stuur|maak|pak|fix|doe|zoek|vraag|bel|mail|schrijf|test|zet|plan|boek|werk|upload|deel|meld|vul|"
    r"lees|deploy|merge|review|bespreek|neem|breng|haal|reageer|antwoord|leg|ruim)"
)
_DOEN = (
    r"(?:(?:na|be)?kijken|checken|regelen|(?:op|door)?sturen|(?:aan|af)?maken|oppakken|fixen|doen|"
    r"(?:uit|op)?zoeken|(?:na)?vragen|(?:terug)?bellen|mailen|(?:op|be|her)?schrijven|testen|zetten|(?:in)?plannen|boeken|"
    r"(?:bij|uit)?werken|uploaden|delen|melden|invullen|(?:door)?lezen|deployen|mergen|reviewen|bespreken|overleggen|opnemen|"
    r"ophalen|reageren|(?:be)?antwoorden|uitleggen|opruimen|aanpassen|toevoegen|verwijderen|verplaatsen|controleren|"
    r"oplossen|documenteren|updaten|releasen|verbeteren|terugkomen|afspreken|voorbereiden|afronden|bestellen|"
    r"vastleggen|nalopen|aanpakken|opstellen)"
)


@cache
def promises() -> tuple[Rule, ...]:
    """Somebody says that they will do something."""
    return (
        _rule(_WILL, rf"\b{_I}{_GO}{_DOES}\b"),
        _rule("plan intend promise", rf"\bi (?:plan|intend|promise) to {_DOES}\b"),
        _rule(
            "will do will. do. do, it leave it.",
            rf"^{_OK}(?:will do|i will|i'?m on it|on it|leave (?:it|that) (?:to|with) me)\b[\s.!]*$",
            most=48,
        ),
        _rule(
            "can could",
            rf"(?<!what )(?<!how )(?<!that )(?<!thing )\bi (?:can|could) (?:also |then |probably )?{_DOES}\b.{{0,80}}\b{TIME}",
        ),
        _rule("let", r"\blet me (?:look into|get back|follow up|find out|sleep on)\b"),
        _rule("let", rf"\blet me {_DOES}\b.{{0,60}}\b{TIME}"),
        _rule("owe", r"\bi (?:still )?owe (?:you|him|her|them) (?:an?|the|some)\b"),
        _rule("need", r"\bi (?:still )?need to (?:get back|come back|look into|follow up)\b"),
        _rule("back", r"\b(?:get|come|report) back (?:to (?:you|this|that|it)\b)?.{0,40}\b(?:" + _OFF + ")"),
        _rule("zal zullen ga gaan", rf"\b(?:ik|we|wij) (?:zal|zullen|ga|gaan)\b(?:\s+\S+){{0,8}}?\s+{_DOEN}\b"),
        _rule("ik", rf"\bik {_DOET}\b(?:\s+\S+){{0,5}}?\s+(?:{TIME}|later\b)"),
        _rule("ik", rf"\b(?:{TIME}|later)(?:\s+\S+){{0,2}}? {_DOET} ik\b"),
        _rule(
            "ik",
            r"\bik (?:kom|kijk) (?:er|hier|daar) (?:(?:nog|even|straks|later|morgen|zo|vandaag|vanmiddag) )*(?:op terug|naar)\b",
        ),
        _rule(
            "ik",
            r"\b(?:dat |dit )?(?:doe|regel|fix|pak) ik(?: (?:wel|op|nog|even|zo|straks|zeker|vandaag|morgen))*[\s.!]*$",
        ),
        _rule("ik", r"\bik (?:pak|neem) (?:het|dit|dat|deze|die|hem|'m) (?:wel |even |morgen |straks )*(?:op|mee)\b"),
        _rule(
            "weten",
            r"\bik laat (?:(?:het|je|jullie|u|hem|haar|ze|iedereen|nog|morgen|straks|even|zo|vandaag) )+weten\b",
        ),
        _rule(
            "doe doen komt doe! goed goed! ik! doen!",
            r"^(?:ja |ok(?:é|e|ay)? |prima |goed )?(?:ga ik doen|doe ik|komt goed|gaan we doen)[\s.!]*$",
            most=48,
        ),
    )


@cache
def deferrals() -> tuple[Rule, ...]:
    """Something is put off to a later time, whoever will do it."""
    them = r"(?:this|that|it|them|these|those|the \w+)"
    act = rf"(?:{_DOES}|talk|speak|meet|continue|decide|come back|return|chat|leave|wait)"
    return (
        _rule("let's lets let", rf"\b(?:let'?s|let us) (?:not )?{act}\b(?: \S+){{0,8}}? {_OFF}"),
        _rule("we", rf"\bwe (?:should|can|could) {act}\b(?: \S+){{0,8}}? {_OFF}"),
        _rule(
            "let's lets",
            rf"\b(?:let'?s) (?:postpone|park|defer|revisit|table|shelve|come back to) (?:{them})\b",
        ),
        _rule(
            "leave save keep",
            rf"\b(?:leave|save|keep) {them} (?:for|until|till) (?:later|tomorrow|next|monday|another)\b",
        ),
        _rule("continued not", r"\b(?:to be continued|not now[,.;]? (?:but )?(?:later|tomorrow))\b"),
        _rule("defer postpone", rf"\b(?:defer|postpone) {them} (?:to|until|till)\b"),
        _rule("remind", r"^(?:please |can you |could you )?remind me (?:to|about it|on|in|tomorrow|later)\b"),
        _rule("laten zullen", rf"\b(?:laten|zullen) we\b(?: \S+){{0,8}}? (?:{_OFF}|later\b)"),
        _rule("laten", r"\blaten we (?:\S+ ){0,5}?(?:uitstellen|parkeren|doorschuiven|vooruitschuiven|bewaren)\b"),
        _rule(
            "dit dat het",
            rf"\b(?:dit|dat|het) (?:doen|bespreken|bekijken|regelen|fixen) we (?:\S+ ){{0,3}}?(?:{_OFF}|later\b)",
        ),
        _rule(
            "dit dat het", r"\b(?:dit|dat|het) (?:komt|kan|moet) (?:nog |wel )?(?:later|morgen|volgende week|straks)\b"
        ),
        _rule("terug", r"\b(?:we komen) (?:hier|er|daar) (?:later |nog |morgen )+op terug\b"),
        _rule("niet", r"\b(?:niet nu|nu niet),? (?:\S+ ){0,3}?(?:later|morgen|volgende week)\b"),
    )


def _verzoeken() -> tuple[Rule, ...]:
    """The same in Dutch."""
    return (
        _rule("iemand", rf"\biemand (?:moet|zou|kan|wil)\b(?: \S+){{0,10}}? {_DOEN}\b"),
        _rule(
            "moet moeten zouden dienen",
            rf"\b(?:we|wij|jullie|je|jij) (?:moet|moeten|zouden|dienen)\b(?: \S+){{0,10}}? (?:te )?{_DOEN}\b",
        ),
        _rule(
            "moet moeten zouden dienen",
            r"\ber moet(?:en)? (?:nog |wel |ook )+(?:een |iemand |iets )?\S.{1,60}(?:komen|worden|bij|in|gemaakt|gedaan)\b",
        ),
        _rule(
            "moet moeten",
            r"\bmoet(?:en)? nog (?:\S+ ){0,4}?(?:gedaan|gemaakt|gefixt|getest|gecheckt|aangepast|bijgewerkt|toegevoegd|opgelost|"
            r"opgeruimd|nagekeken|besproken|geregeld|verstuurd|geschreven|gedocumenteerd|beslist|besteld|ingepland|nagelopen|"
            r"gereviewd|gemerged)\b",
        ),
        _rule(
            "kan kun kunnen wil willen zou",
            rf"\b(?:kan|kun|kunnen|wil|willen|zou) (?:je|jij|iemand|jullie|u)\b.{{0,80}}\b{TIME}",
        ),
        _rule("vergeet", r"\bvergeet (?:niet|je niet)(?: om)?\b"),
        _rule("graag", rf"\bgraag (?:\S+ ){{0,6}}?(?:(?:v(?:oo|óó)r|uiterlijk|tegen) (?:{_DAY})|{TIME})"),
    )


@cache
def requests() -> tuple[Rule, ...]:
    """Somebody is asked to do something, or something is said to need doing."""
    need = r"(?:should|must|needs? to|has to|ought to|had better)(?: (?:really|probably|also|still|please|just|at some point))*"
    start = r"^(?:(?:and|so|but|also|then|btw|ok|yes|well|i think|i guess|guess|that said|anyway|imo|imho)[\s,]+)*"
    return (
        _rule(
            "someone somebody anyone anybody us you",
            rf"\b(?:some(?:one|body)|one of (?:us|you)) (?:really |also |probably |still )?{need} (?!(?:be|know|have|see|never|not)\b)[a-z]{{2,}}",
        ),
        _rule(
            "we",
            rf"{start}we (?:really |also |probably |still )?(?:should|need to) (?:probably |really |also |still |at some point )*{_DOES}\b",
        ),
        _rule("please pls plz kindly", rf"\b(?:please|pls|plz|kindly) {_DOES}\b.{{0,100}}\b{TIME}"),
        _rule(
            "please pls plz kindly", r"\b(?:please|pls|plz|kindly) (?:review|approve|sign off|look into|follow up)\b"
        ),
        _rule(
            "forget remember sure",
            rf"\b(?:don'?t forget to|remember to|(?:make|be) sure (?:to|that you)) {_DOES}\b.{{0,80}}\b{TIME}",
        ),
        _rule(
            "needs need use",
            r"\b(?:needs|need|could use) (?:an?|some|another) (?:\w+ )?(?:review|reviewer|owner|volunteer|follow-?up|decision|approval|sign-?off)\b",
        ),
        _rule("needs need", rf"\bneeds? to be [a-z-]+(?:ed|en|t|ne|wn)\b.{{0,60}}\b{TIME}"),
        _rule(
            "can could would will",
            rf"\b(?:can|could|would|will) (?:you|{_NAMES})(?: (?:please|also|maybe))* {_DOES}\b.{{0,100}}\b{TIME}",
        ),
        _rule("todo to-do fixme action todo: to-do: fixme: items:", r"^(?:todo|to-do|fixme|action items?)\s*:\s*\S"),
        *_verzoeken(),
    )


def hedges() -> re.Pattern[str]:
    """What makes words like a promise none: a condition, a doubt, a denial, a story."""
    return _compiled(
        r"\b(?:if (?!i (?:can|may)\b)\w+|maybe|perhaps|might|unless|or else|or i'll|never|\w+n't|not|"
        r"(?:i|we) (?:hope|wish|wonder|guess|doubt|suppose)|hope(?:fully)?|i'?d rather|no idea|as (?:i|we) (?:said|say)|otherwise|until i|we'll see|sure (?:we|i)\w*'?ll|"
        r"what|how|where|which|whatever|"
        r"als|misschien|wellicht|tenzij|nooit|anders|geen|niet|ooit|wat|hoe)\b",
    )


def conditions() -> re.Pattern[str]:
    """A condition that follows the words: "I'll remove them if you mind"."""
    return _compiled(
        r"(?<!see )(?<!check )(?<!look )(?<!know )(?<!ask )\b(?:if (?:you|that'?s|it'?s|they|needed|necessary)|unless|als (?:je|het|jullie|dat))\b",
    )


def at_once() -> re.Pattern[str]:
    """What is done this minute is promised for no later time."""
    return _compiled(
        r"\b(?:(?:right )?now|one (?:sec|min|moment)|(?:a|1|few) (?:sec|min|moment)\w*|hang on|hold on|^wait|brb|"
        r"(?:give|have) (?:it|that|this) a (?:try|go|shot)|give it|nu (?:meteen|even|gelijk)|direct even|momentje)\b",
    )


def finished() -> re.Pattern[str]:
    """Words by which something that was open is told to be over."""
    return _compiled(
        r"\b(?:done|fixed|solved|resolved|merged|pushed|posted|published|released|deployed|reviewed|documented|uploaded|"
        r"nvm|never ?mind|forget it|got it (?:working|to work)|it works|works now|working now|that worked|(?:it|that) did it|"
        r"(?:i|we|just)(?:'ve| have| just)? (?:sent|added|filed|opened|checked|asked|updated|written|wrote|moved|closed|"
        r"finished|did|made|created|tested|reported|called|mailed)|here (?:it is|you go|is the)|already (?:done|there|did)|"
        r"gedaan|klaar|gefixt|opgelost|verstuurd|gelukt|laat maar|nagekeken|gemaakt|geregeld|afgerond|gemerged|gestuurd|"
        r"staat (?:er(?:in|op)?|online|klaar)|het werkt|werkt (?:weer|nu))\b",
    )


def takes() -> re.Pattern[str]:
    """Words by which somebody takes on what another asked."""
    return _compiled(
        rf"\b(?:{_I}|on it|will do|i (?:can|could) (?:do|take|have|look)|let me|i took|i've got|"
        r"ik (?:doe|pak|regel|kijk|zal|ga|neem|kan)|doe ik|komt goed|ga ik doen)\b",
    )


def asks() -> re.Pattern[str]:
    """A word that makes a sentence a question."""
    return _compiled(
        r"\b(?:how|what|why|where|when|who|who(?:se|m)|which|whether|is|are|am|was|were|can|could|does|do|did|has|have|had|"
        r"should|shall|will|would|may|must|any|any(?:one|body|thing|where)|some(?:one|body)|"
        r"hoe|wat|waarom|waar|wanneer|wie|wiens|welke?|zijn|heeft|hebben|heb|kan|kun|kunnen|kunt|mag|moet|moeten|weet|weten|"
        r"zou|zouden|zal|zullen|wil|willen|gaat|gaan|iemand|klopt|lukt|komt|doet|werkt)(?:n'?t|'s|'re)?\b",
    )


def _rule(cues: str, source: str, most: int = 1_000) -> Rule:
    timed = (TIME in source and f"{TIME}|" not in source) or (_OFF in source and f"{_OFF}|" not in source)
    return Rule(tuple(cues.split()), source, timed, most)
