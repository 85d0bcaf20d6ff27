"""Who takes part: invented people, and the agents of invented businesses."""

import random
from dataclasses import dataclass, field

_FIRST = (
    "Amara", "Anders", "Beatriz", "Callum", "Chiara", "Dariusz", "Elif", "Esther", "Farid", "Freya", "Giulia", "Hana",
    "Hugo", "Ines", "Ivan", "Jasper", "Kavya", "Kofi", "Leila", "Liam", "Luca", "Mahnoor", "Marta", "Mei", "Nadia",
    "Niamh", "Noah", "Oksana", "Omar", "Priya", "Quentin", "Rafael", "Rosa", "Sanne", "Sven", "Tamsin", "Tariq", "Uma",
    "Viktor", "Wanjiru", "Xavier", "Yara", "Yusuf", "Zofia",
)  # fmt: skip
_LAST = (
    "Abara", "Almeida", "Andersson", "Bakker", "Brennan", "Castellano", "Chowdhury", "Demir", "Dubois", "Eriksen",
    "Fontaine", "Grzelak", "Haddad", "Hoffmann", "Ibrahim", "Jansen", "Kaplan", "Kowalska", "Lindqvist", "MacLeod",
    "Marchetti", "Mensah", "Nakamura", "Novak", "O'Dowd", "Okafor", "Oliveira", "Petrov", "Qureshi", "Rahman", "Rossi",
    "Sato", "Schneider", "Silva", "Tanaka", "Thorne", "Vega", "Vos", "Weber", "Whitlock", "Yilmaz", "Zhang",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who writes in. The addresses and numbers are of ranges set aside for fiction."""

    first: str
    last: str
    email: str
    phone: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Profile:
    """An AI agent of some business, and what it runs on."""

    id: str
    name: str
    version: str
    model: str
    versions: dict[str, str] = field(default_factory=dict)


def person(rng: random.Random) -> Person:
    """Someone new."""
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    mailbox = f"{first}.{last}".lower().replace("'", "")
    return Person(
        first,
        last,
        f"{mailbox}{rng.randrange(10, 100)}@example.{rng.choice(('com', 'org', 'net'))}",
        f"+44 7700 900{rng.randrange(1000):03d}",
    )


PINE = Profile(
    "pine",
    "Pine",
    "4.2",
    "orion-4-medium",
    {"prompt": "shop-31", "policy": "returns-2026-10", "index": "catalogue-11-20"},
)
BEAM = Profile("beam", "Beam", "2.9", "orion-4-large", {"prompt": "broadband-12", "policy": "outage-7"})
ROSIE = Profile("rosie", "Rosie", "1.14", "orion-4-small", {"prompt": "front-desk-8"})
LEDGER = Profile("ledger", "Ledger", "6.0", "orion-4-large", {"prompt": "cards-22", "policy": "identity-5"})
FRAUD = Profile(
    "ledger-fraud", "Ledger Fraud Desk", "2.3", "orion-4-large", {"prompt": "fraud-11", "policy": "identity-5"}
)
LANTERN = Profile("lantern", "Lantern", "3.3", "orion-4-medium", {"prompt": "lettings-9", "index": "homes-11-22"})
KETTLE = Profile("kettle", "Kettle", "1.2", "orion-4-small", {"prompt": "catering-4"})
HERON = Profile("heron", "Heron", "5.1", "orion-4-medium", {"prompt": "claims-18", "policy": "household-2026-07"})
SCOUT = Profile("scout", "Scout", "2.0", "orion-4-medium", {"prompt": "sales-6", "index": "handbook-11-18"})
