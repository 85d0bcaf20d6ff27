"""The engine of today: VADER's lexicon and rules, fed so that they are cheap. The only file that imports it.

Its own entry, `polarity_scores`, walks every character in search of emoji, and its rules lower the whole text again for
every word: 1.2 s for 32 KB. Here a text is MAX_TOKENS words at most, emoji are words of their own, and the rules are
asked only about words that the lexicon knows. The result is the same (`tests/test_vader.py` compares the two).
"""

import re
import string
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any, Final, NamedTuple

from vaderSentiment import vaderSentiment  # type: ignore[import-untyped]

NAME: Final = "vader"
VERSION: Final = f"{version('vaderSentiment')}+1"  # after the +: the number of what is added here: words, emoji, curve
MAX_TOKENS: Final = 64  # words that are read, half from each end
MAX_WORDS: Final = 5  # words named as having weighed most
_HALF: Final = MAX_TOKENS // 2

# In a conversation with an agent these answer, ask and name things; they do not say how anyone feels. (VADER was made
# for tweets; of 52,000 users' turns in task dialogues, 95 in a thousand say "please" and 88 "yes", each nearly as good
# as "good" to it. Without them macro-F1 on the development set is 0.01 better.) The last line: codes, numbers and list
# marks that stand in its lexicon as slang.
_PLAIN_WORDS: Final = """
    please yes yeah yep no nah like likes want help helping helps sure ok okay alright well number friend friends
    party play playing stop cancel cancelled pretty credit credits original leave pay matter united share shared
    support supported supports save saved gift reach energy attractions low allow invite top security important
    certain value values
    86 143 182 187 1337 1432 8) (8 0:03 g1 n1 d8 8d
    """
# What customers say and the lexicon lacks. On its scale, -4 to 4; estimates, beside words of the same kind that it has.
_SERVICE_WORDS: Final[Mapping[str, float]] = {
    "unhelpful": -1.9, "unusable": -2.2, "buggy": -1.6, "crashes": -1.6, "unreliable": -1.9,
    "overcharged": -1.9, "ripoff": -2.4, "rip-off": -2.4, "rubbish": -2.1, "garbage": -2.1, "nightmare": -2.2,
    "abysmal": -2.7, "atrocious": -2.8, "shambles": -2.1, "slow": -1.0, "tysm": 2.2,
}  # fmt: skip
# Emoji that VADER reads by their descriptions, and so misses ("pouting face") or mistakes ("broken heart"). Same scale.
_EMOJI: Final[Mapping[str, float]] = {
    "👍": 1.8, "👎": -1.8, "😡": -2.7, "🤬": -3.0, "🙏": 1.3, "👏": 1.9, "🙌": 2.0, "💩": -1.6, "🖕": -2.8, "😤": -1.8,
    "🙄": -1.4, "😒": -1.5, "🤮": -2.4, "💯": 1.8, "💔": -2.0, "😔": -1.6, "🤦": -1.3, "😣": -1.5, "😖": -1.5,
    "💢": -2.7, "🎉": 1.7, "👌": 1.6, "😥": -1.5, "🤩": 2.5, "🥺": -0.8, "😈": 0.0,
}  # fmt: skip
# Emoji described with one of these have the value of their description; others name things ("game die", "stop sign").
_FELT: Final = frozenset({"face", "heart", "hearts"})
_MOST: Final = 3.0  # "smiling face with smiling eyes" is not twice as glad
_ASIDE: Final = dict.fromkeys((0xFE0E, 0xFE0F, 0x200D, *range(0x1F3FB, 0x1F400)))  # an emoji's shape, joints and colour
# Curly quotes, ellipsis and dashes: phones write them, the lexicon ("don't") does not know them.
_TYPOGRAPHY: Final = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2026: "... ", 0x2013: " - ", 0x2014: " - "}
# "No, that is great", "no thanks": an answer, which VADER takes for the negation of what follows. Spelled as one
# that it ignores.
_ANSWER: Final = re.compile(r"\bno(?=[,.;:!]|\s++than[kx]|\s++thx)", re.IGNORECASE)
_INERT: Final = "nah"
_BEFORE: Final = 3  # words on which VADER lets a word's value depend
_AFTER: Final = 2
_KIND_OF: Final = ["kind", "of"]  # dampens what follows, and says nothing kind


class Heard(NamedTuple):
    """A text as the engine takes it: words (MAX_TOKENS at most) in lower case and as spelled, and the text they are of.

    `shouts`: some words, not all, are all capitals.
    """

    words: list[str]
    spelled: list[str]
    text: str
    shouts: bool


class _Near(NamedTuple):
    """What VADER's rules ask of a text."""

    words_and_emoticons: list[str]
    is_cap_diff: bool


class Reading(NamedTuple):
    """What the engine makes of it: `compound` in [-1, 1]; the sums of good and bad, both >= 0; the heaviest words."""

    compound: float
    good: float
    bad: float
    words: tuple[str, ...]


class Engine:
    """VADER's analyser with the lexicon amended. Never changes after it was made, so any thread may use it."""

    def __init__(self) -> None:
        self.analyzer: Any = vaderSentiment.SentimentIntensityAnalyzer()
        self.lexicon: dict[str, float] = self.analyzer.lexicon
        self.emoji = frozenset(e for e in self.analyzer.emojis if len(e) == 1)
        values = {e: self._value(self.analyzer.emojis[e].split()) for e in self.emoji} | dict(_EMOJI)
        for word in _PLAIN_WORDS.split():
            self.lexicon.pop(word, None)
        self.lexicon.update(_SERVICE_WORDS)
        self.lexicon.update((e, value) for e, value in values.items() if value)
        self._swaying = _swaying()
        self._spelling: dict[int, str | None] = {ord(e): f" {e} " for e in self.emoji} | _TYPOGRAPHY | _ASIDE

    def _value(self, description: list[str]) -> float:
        if _FELT.isdisjoint(description):
            return 0.0
        return max(-_MOST, min(_MOST, sum(self.lexicon.get(word, 0.0) for word in description)))

    def hear(self, text: str) -> Heard:
        """Take a text apart. Addresses (web, mail) are no words; their question marks are no question."""
        if not text.isascii():
            text = unicodedata.normalize("NFC", text).translate(self._spelling)
        tokens = (_ANSWER.sub(_INERT, text) if "no" in text.lower() else text).split()
        if "://" in text or "www." in text or "@" in text:
            tokens = [token for token in tokens if not _address(token)]
        if len(tokens) > MAX_TOKENS:
            tokens = tokens[:_HALF] + tokens[-_HALF:]
        bare = [token.strip(string.punctuation) for token in tokens]
        spelled = [word if len(word) > 2 else token for word, token in zip(bare, tokens, strict=True)]  # ":)" stays
        shouts = 0 < sum(map(str.isupper, spelled)) < len(spelled)
        return Heard(list(map(str.lower, spelled)), spelled, " ".join(tokens), shouts)

    def knows(self, heard: Heard) -> bool:
        """Does anyone say anything: a word without digits, or a sign that carries tone?"""
        words, text = heard.words, heard.text
        return (
            any(map(str.isalpha, words))
            or any(word in self.lexicon or word in self.emoji for word in words)
            or "?" in text
            or "!" in text
            or any(map(_spoken, words))
        )

    def weigh(self, heard: Heard) -> Reading:
        """Apply VADER's rules, giving each word that has a value only the neighbours they ask about.

        A word none of whose neighbours sways it has the lexicon's value: VADER's rules (10 µs) need not be asked.
        """
        words, spelled, text, shouts = heard
        values: list[float] = [0.0] * len(words)
        weights: list[tuple[float, str]] = []
        contracted = "n't" in text.lower()
        for i, word in enumerate(words):
            value = self.lexicon.get(word)
            if value is None or word in vaderSentiment.BOOSTER_DICT or words[i : i + 2] == _KIND_OF:
                continue
            first = max(0, i - _BEFORE)
            near = words[first : i + 1 + _AFTER]
            if (
                not self._swaying.isdisjoint(near)
                or (shouts and spelled[i].isupper())
                or (contracted and any("n't" in one for one in near))
            ):
                asked = _Near(spelled[first : i + 1 + _AFTER], shouts)
                value = self.analyzer.sentiment_valence(0, asked, spelled[i], i - first, [])[0]
            values[i] = value
            weights.append((-abs(value), word))
        if not weights:
            return _NOTHING
        if "but" in words:
            values = self.analyzer._but_check(words, values)
        good = sum(value for value in values if value > 0)
        bad = -sum(value for value in values if value < 0)
        heaviest = dict.fromkeys(word for _, word in sorted(weights))
        return Reading(self._compound(values, text), good, bad, tuple(heaviest)[:MAX_WORDS])

    def _compound(self, values: list[float], text: str) -> float:
        """VADER's sum of all values, with the emphasis of ! and ?, in [-1, 1]."""
        total = float(sum(values))
        emphasis: float = self.analyzer._punctuation_emphasis(text)
        total += emphasis if total > 0 else -emphasis if total < 0 else 0.0
        return round(float(vaderSentiment.normalize(total)), 4)


def _swaying() -> frozenset[str]:
    """Words by which VADER's rules change the value of one beside them; of each of its phrases, the longest word.

    (Those with "n't" come besides.)
    """
    phrases = (*vaderSentiment.BOOSTER_DICT, *vaderSentiment.SPECIAL_CASES)
    longest = {max(phrase.split(), key=len) for phrase in phrases}
    return frozenset(longest | set(vaderSentiment.NEGATE) | {"no", "so", "this", "least"})


_NOTHING: Final = Reading(0.0, 0.0, 0.0, ())


def _spoken(token: str) -> bool:
    return any(map(str.isalpha, token)) and not any(map(str.isdigit, token))


def _address(token: str) -> bool:
    return "://" in token or token.startswith("www.") or (0 < token.find("@") < token.rfind("."))


@cache
def engine() -> Engine:
    """The engine, read from disk at the first call: 20 ms."""
    return Engine()
