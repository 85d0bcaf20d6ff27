"""How a message sounds, and how a session does: `score(text)`, `roll(state, score)`. Pure.

Only this interface is known outside; the engine behind it (`vader.py` today) can change without anyone else noticing. A
message is cut (`prose.py`), its language is judged (`language.py`), the engine reads it, and a curve fitted on the
development set makes probabilities of what it read.
"""

import math
from collections.abc import Sequence
from operator import mul
from typing import Final

import msgspec

from live.events import Label
from live.language import english
from live.prose import own_words
from live.vader import NAME, VERSION, Reading, engine

NEGATIVE: Final = "negative"
NEUTRAL: Final = "neutral"
POSITIVE: Final = "positive"
LABELS: Final = (NEGATIVE, NEUTRAL, POSITIVE)  # the order of every `p`

# The session (the product's design gives the first six, issue 2).
WEIGHT: Final = 0.45  # of a new message that is all feeling: two of them outweigh all that was before
FLOOR: Final = 0.35  # share of that weight which a wholly neutral message keeps: calm words calm, but slowly
TURNS_AT: Final = -0.30  # one furious message from nothing (0.45 * -0.8), or two annoyed ones
TURNS_FROM: Final = 0.50  # p(negative) that the turning message itself must have, so that no neutral one is blamed
SETTLES_AT: Final = -0.10  # well above TURNS_AT, so that the flag does not flicker
NEGATIVE_FROM: Final = -0.20  # a session's label: past the middle of the band in which the flag holds
POSITIVE_FROM: Final = 0.20  # one "thanks" (0.24) reaches it; neutral messages, which tend to -0.06, stay between

SURE: Final = (
    0.9  # p of a label given without a number, by a person: that of a furious message, so it can turn a session
)
LIKELIEST: Final = (
    0.5  # p at least of a label that a channel sent with a weak number: TURNS_FROM, so it can turn one too
)

# Made by `bench/sentiment.py --fit` on 2026-11-23 from all 11,874 rows of sentiment-dev.tsv: multinomial logistic
# regression, L2 of 1, the four sources weighing alike, and in each of them good and bad alike, because a channel's own
# mix is unknown. Columns as in `features`; neutral is the reference, 0. Log loss in 4-fold cross-validation 0.78.
CURVE_NEGATIVE: Final = (-1.177, -0.068, 3.026, -3.168, 3.037)
CURVE_POSITIVE: Final = (-1.531, 2.507, -0.292, 3.540, -3.353)
DIGITS: Final = 4  # kept of every number: further ones cost room in each stored event and mean nothing
SATURATION: Final = 15.0  # VADER's own alpha: a sum of 3.9, which is a strong word and a half, becomes 0.7 of 1


class Score(msgspec.Struct, frozen=True, gc=False):
    """How one message sounds. `score` in [-1, 1]; `p` sums to 1; `words` weighed most, at most 5, the heaviest first.

    Not `supported` means that nothing can be said of the text, not that it is neutral: label, score and p are null.
    """

    label: str | None
    score: float | None
    p: tuple[float, float, float] | None
    words: tuple[str, ...]
    supported: bool
    engine: str
    version: str


class Roll(msgspec.Struct, frozen=True, gc=False):
    """A session's rolling score `r` in [-1, 1] over `n` messages; while it is negative, the message that turned it."""

    r: float = 0.0
    turned_at_seq: int | None = None
    n: int = 0


_UNSUPPORTED: Final = Score(label=None, score=None, p=None, words=(), supported=False, engine=NAME, version=VERSION)


def score(text: str) -> Score:
    """Score one message of the user, whatever it holds. The first call reads the engine from disk (20 ms).

    Only the writer's own words count. Not supported are: another language than English; and a text in which nobody says
    anything: empty, or only code, quotes, logs, addresses, numbers or codes ("4711", "A12"). Short English ("ok"), "?",
    "!", and the emoji and emoticons that the engine knows are supported.
    """
    vader = engine()
    heard = vader.hear(own_words(text))
    if not vader.knows(heard) or not english(heard.words, known=vader.lexicon):
        return _UNSUPPORTED
    reading = vader.weigh(heard)
    p = probabilities(features(reading, words=len(heard.words)), CURVE_NEGATIVE, CURVE_POSITIVE)
    return Score(
        label=LABELS[p.index(max(p))],
        score=round(p[2] - p[0], DIGITS),
        p=p,
        words=reading.words,
        supported=True,
        engine=NAME,
        version=VERSION,
    )


def given(label: str, score: float | None, *, engine: str) -> Score:
    """A score the hub did not make: a channel's (label and number in [-1, 1]) or a reviewer's correction (label alone).

    The label gets p >= 0.5. The rest is neutral; that of a neutral label stands on the number's side.
    """
    side = LABELS.index(label) - 1
    if score is None:
        own, score = SURE, SURE * side
    else:
        own = max(LIKELIEST, side * score if side else 1 - abs(score))
    rest = round(1 - own, DIGITS)
    own = round(own, DIGITS)
    if side:
        p = (own, rest, 0.0) if side < 0 else (0.0, rest, own)
    else:
        p = (rest, own, 0.0) if score < 0 else (0.0, own, rest) if score > 0 else (rest / 2, own, rest / 2)
    return Score(label=label, score=score, p=p, words=(), supported=True, engine=engine, version="")


def roll(state: Roll, score: Score, *, seq: int) -> Roll:
    """The session's sentiment after the user's message `seq`. A message that is not supported changes nothing."""
    if score.score is None or score.p is None:
        return state
    p_negative, p_neutral, _ = score.p
    a = WEIGHT * (FLOOR + (1 - FLOOR) * (1 - p_neutral))
    r = state.r + a * (score.score - state.r)
    turned = state.turned_at_seq
    if r >= SETTLES_AT:
        turned = None
    elif turned is None and r <= TURNS_AT and p_negative >= TURNS_FROM:
        turned = seq
    return Roll(r=r, turned_at_seq=turned, n=state.n + 1)


def label_of(r: float) -> Label:
    """The label of a session whose rolling score is `r`."""
    if r <= NEGATIVE_FROM:
        return NEGATIVE
    return POSITIVE if r >= POSITIVE_FROM else NEUTRAL


def features(reading: Reading, *, words: int) -> tuple[float, ...]:
    """What the curve sees: 1, the good, the bad, VADER's sum of both, and that sum by how long the message is."""
    good = reading.good / math.sqrt(reading.good**2 + SATURATION)
    bad = reading.bad / math.sqrt(reading.bad**2 + SATURATION)
    return (1.0, good, bad, reading.compound, reading.compound * math.log1p(words) / 4)


def probabilities(
    row: Sequence[float], negative: Sequence[float], positive: Sequence[float]
) -> tuple[float, float, float]:
    """p(negative, neutral, positive) of one row of features under a curve's two rows of weights, to DIGITS places."""
    to_negative = math.exp(sum(map(mul, negative, row)))
    to_positive = math.exp(sum(map(mul, positive, row)))
    total = to_negative + 1 + to_positive
    p_negative, p_positive = round(to_negative / total, DIGITS), round(to_positive / total, DIGITS)
    return (p_negative, round(1 - p_negative - p_positive, DIGITS), p_positive)
