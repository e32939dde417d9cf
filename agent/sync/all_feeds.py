"""The feeds of all accounts seen as one: each event is asked for at its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from agent.ledger import syncs
from agent.ledger.by_event import EventFacts
from agent.model import EventId
from agent.sync.feeds import Feeds
from agent.sync.sources import Looks, SourceStanding


class AllFeeds:
    """`each` returns them; none where Drive is off: then there are none to ask, and nothing is to be made sure of."""

    def __init__(self, each: Callable[[], Sequence[Feeds]]) -> None:
        self._each = each

    @property
    def are_off(self) -> bool:
        return not self._each()

    @property
    def listing(self) -> Set[EventId]:
        return frozenset(event for one in self._each() for event in one.listing)

    async def ask(self, events: Iterable[EventId], *, whole: bool) -> None:
        asked = list(events)
        for one in self._each():
            await one.ask(asked, whole=whole)

    def look_now(self, feed: str | None = None) -> None:
        """Poll at once; `feed`: only that one, by its key in the ledger."""
        account, drive = syncs.drive_of(feed or "")
        for one in self._each():
            if feed is None:
                one.look_now()
            elif one.account == account:
                one.look_now([drive])

    def ring(self) -> None:
        """See what is due."""
        for one in self._each():
            one.bell.ring()

    def next_looks(self) -> Mapping[str, float]:
        return {event: at for one in self._each() for event, at in one.next_looks().items()}

    def has_looked(self) -> bool:
        return all(one.has_looked() for one in self._each())

    def looks(self) -> Looks:
        each = [one.looks() for one in self._each()]
        return Looks({source: at for one in each for source, at in one.polled.items()}, sum(one.asks for one in each))

    def standings(self, facts: EventFacts, before: Looks, arrivals: int) -> Sequence[SourceStanding]:
        """`before`: the looks before the facts were read. What a later one found is not among them."""
        looks = before.still(self.looks())
        return [row for one in self._each() for row in one.standings(facts, looks, arrivals)]
