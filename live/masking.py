"""A card for eyes that may not know who it is about: what happened stays, what the person is or said goes.

The name becomes initials. A field that is added to the card must be judged here; `tests/test_masking.py` asks.
"""

import unicodedata

import msgspec
from msgspec.structs import replace

from live.cards import Card, stranger

TELLING = frozenset({"q", "user", "text"})  # filter fields that would betray by their counts what is masked

_decode = msgspec.json.Decoder(Card).decode
_encode = msgspec.json.Encoder().encode


def masked(card: Card) -> Card:
    """The same card without name, user, lead, attributes, the text last said, and the reviewer's name."""
    said, reviewed = card.last_message, card.reviewed
    named = card.user.name if card.user is not None else None
    return replace(
        card,
        name=initials(named or "") or stranger(card.session),
        user=None,
        lead=None,
        attributes={},
        last_message=replace(said, text="") if said is not None else None,
        reviewed=replace(reviewed, by="") if reviewed is not None else None,
    )


def masked_text(json: str) -> str:
    """The same for a card as JSON text."""
    return _encode(masked(_decode(json))).decode()


def initials(name: str) -> str:
    """`Maria da Konrad` -> `M. K.`: the first letter of the first and the last word; empty where there is no letter."""
    words = (next((c for c in word if c.isalpha()), "") for word in unicodedata.normalize("NFC", name).split())
    letters = [letter for letter in words if letter]
    return " ".join(f"{letter.title()}." for letter in (letters if len(letters) < 2 else (letters[0], letters[-1])))
