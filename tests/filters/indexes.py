"""Stories in an index."""

from live import filters, order
from live.filters.facts import spelled
from live.filters.index import Index
from tests.stories import Story


def rests(index: Index, story: Story) -> None:
    """A session comes to rest."""
    facts = filters.facts(story.folded)
    index.add(
        story.session,
        rev=story.card.rev,
        tokens=facts.tokens,
        spelled=spelled(story.folded),
        who=facts.who,
        words=facts.words,
        keys=order.keys(story.card),
    )
