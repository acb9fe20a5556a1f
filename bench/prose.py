"""Believable words: a few languages, common words often, rare ones seldom, the same ones for the same seed."""

from __future__ import annotations

from random import Random

_LANGUAGES = (
    (
        0.62,
        (
            "the release build fails on main after merge please review deploy branch test flaky login page when user opens "
            "report we should move cache and server before friday because customer asked again can you check logs from "
            "staging it works here but not there new version schema migration rollback metrics look fine thanks will do "
            "tomorrow morning meeting notes decision pending budget contract invoice design draft feedback keyboard shortcut"
        ),
    ),
    (
        0.12,
        (
            "der die das wir müssen vor Freitag prüfen ob die Übertragung läuft bitte schau dir den Fehler an danke Größe "
            "Rechnung Kunde wartet auf Antwort Entwurf fertig Besprechung verschoben nächste Woche Änderung Straße"
        ),
    ),
    (
        0.08,
        (
            "het een van dat we moeten nog even kijken naar de koppeling voor vrijdag graag reactie factuur klopt niet "
            "vergadering verzet morgen overleg bestand kwijt groetjes één coördinatie geüpload"
        ),
    ),
    (
        0.08,
        (
            "le la les nous devons vérifier avant vendredi la facture réunion déplacée merci à demain très bientôt "
            "problème réglé élève naïve cœur déploiement équipe prêt"
        ),
    ),
    (0.05, "сборка падает после слияния посмотри пожалуйста журнал сервер завтра спасибо договор готов ошибка снова"),
    (0.05, "会議は明日の朝に変更されました 確認をお願いします サーバーが落ちています 次のリリース 資料を送りました"),
)
_SYLLABLES = [
    "ka",
    "lo",
    "mi",
    "ren",
    "tas",
    "vor",
    "bel",
    "dun",
    "fri",
    "gor",
    "hax",
    "jun",
    "lim",
    "nop",
    "qua",
    "rix",
    "sel",
    "tob",
    "ulm",
    "wex",
    "yar",
    "zin",
]
_NAMES = [
    "Ana",
    "Sam",
    "Mei",
    "Jonas",
    "Fatima",
    "Piotr",
    "Lucía",
    "Tomás",
    "Ingrid",
    "Kofi",
    "Yuki",
    "Noor",
    "Émile",
    "Saoirse",
    "Wanjiru",
    "Björn",
    "Chloé",
    "Dmitri",
    "Hana",
    "Idris",
]
_SURNAMES = [
    "Silva",
    "Okafor",
    "Nakamura",
    "de_Vries",
    "Müller",
    "Dubois",
    "Novák",
    "Haddad",
    "O'Neill",
    "Ferreira",
    "Lindqvist",
    "Petrov",
    "Kaya",
    "Rossi",
    "Nguyen",
]
RARE = 20_000


class Prose:
    """A writer of titles, lines and names."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._words = [words.split() for _share, words in _LANGUAGES]
        self._shares = [share for share, _words in _LANGUAGES]
        self._common = [[1 / (at + 3) for at in range(len(words))] for words in self._words]
        self._sums = [_sums(weights) for weights in self._common]
        self.rare = ["".join(self.random.choices(_SYLLABLES, k=3)) for _ in range(RARE)]

    def line(self, low: int = 5, high: int = 28) -> str:
        """One chat line or comment; every fourth has a rare word (a host, a customer), every tenth a second paragraph."""
        random = self.random
        which = random.choices(range(len(self._words)), self._shares)[0]
        said = random.choices(self._words[which], cum_weights=self._sums[which], k=random.randint(low, high))
        luck = random.random()
        if luck < 0.25:
            said.insert(len(said) // 2, self.rare[int(RARE * luck * luck * 15.9)])
        text = " ".join(said)
        if luck > 0.9:
            half = len(said) // 2
            text = " ".join(said[:half]) + "\n\n" + " ".join(said[half:])
        return text[:1].upper() + text[1:]

    def title(self) -> str:
        """The title of an issue."""
        return self.line(3, 9).replace("\n\n", " ")

    def name(self, number: int) -> str:
        """The display name of a person; different numbers differ."""
        first, last = _NAMES[number % len(_NAMES)], _SURNAMES[number // len(_NAMES) % len(_SURNAMES)]
        round_ = number // (len(_NAMES) * len(_SURNAMES))
        return f"{first} {last.replace('_', ' ')}" + (f" {round_ + 1}" if round_ else "")


def _sums(weights: list[float]) -> list[float]:
    total, sums = 0.0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return sums
