"""`live check`: is every stored card the fold of its events? Says what differs, and repairs it."""

import sys

from live import cards as folding
from live.hub.recall import Recall
from live.storage.cards import Cards
from live.storage.journal import Journal

GROUP = 200  # sessions looked at together


async def cards(journal: Journal, stored: Cards, *, repair: bool) -> int:
    """Look at every session.

    Returns the exit code: 0 when all was well or is repaired, 1 when a dry run found something.
    """
    sessions = await journal.sessions()
    recall = Recall(journal, stored)
    wrong = 0
    for start in range(0, len(sessions), GROUP):
        group = sessions[start : start + GROUP]
        there = await stored.load(group)
        for session in group:
            right = await recall.onward(folding.empty(session))
            if session in there and there[session].folded == right:
                continue
            wrong += 1
            how = f"not the fold of its {right.card.rev} events" if session in there else "missing"
            print(f"{session}: the stored card is {how}")
            if repair:
                await stored.replace(right)
        print(f"{min(start + GROUP, len(sessions)):,} of {len(sessions):,} sessions", file=sys.stderr)
    strays = sorted(set(await stored.sessions()) - set(sessions))  # a hub that wrote one late, and crashed
    for session in strays:
        print(f"{session}: the stored card is of no event: the session was erased")
    if repair and strays:
        await stored.remove(strays)
    wrong += len(strays)
    print(f"{len(sessions):,} sessions, {wrong:,} wrong{', repaired' if repair and wrong else ''}")
    return 1 if wrong and not repair else 0
