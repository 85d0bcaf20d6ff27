"""Text made comparable: without case and accents, as words, as digits, as n-grams.

One meaning for the board and the store.
"""

import re
import unicodedata

MAX_TEXT = 8_000  # characters of one message that are read for words; 32 KiB of it cost 1 ms
MAX_WORD = 64
MAX_WORDS = 1_000  # distinct words kept of one session; those said later are not found by `text=`
_UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters by name that leave no trace
_WORD = re.compile(r"\w+")
# in ASCII, what is no letter, digit or underscore becomes a space: a sixth of the pattern's time
_SPACED = "".join(chr(c) if chr(c).isalnum() or chr(c) == "_" else " " for c in range(128))


def plain(text: str) -> str:
    """Without case and accents: `Zürich` -> `zurich`."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()  # 𝐀 has a case only as A


def visible(text: str) -> bool:
    """Does anything of it leave a trace on a page? A name of blanks alone is nothing to point at."""
    return any(
        category not in ("Cc", "Cf") and category[0] not in "ZM" and letter not in _UNSEEN
        for letter, category in ((letter, unicodedata.category(letter)) for letter in text)
    )


def words_of(text: str) -> frozenset[str]:
    """The distinct words of a text, plain, each at most MAX_WORD long."""
    text = plain(text[:MAX_TEXT])
    words = frozenset(text.translate(_SPACED).split() if text.isascii() else _WORD.findall(text))
    if len(text) > MAX_WORD and max(map(len, words), default=0) > MAX_WORD:
        return frozenset(word[:MAX_WORD] for word in words)
    return words


def digits(text: str) -> str:
    """`+41 (0)79 123` -> `41079123`."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if "0" <= c <= "9")


def grams(text: str) -> frozenset[str]:
    """Every two and three neighbouring characters of a plain text: what a "contains" is looked up by."""
    return frozenset(text[i : i + n] for n in (2, 3) for i in range(len(text) - n + 1))
