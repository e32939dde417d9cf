"""Originals that are put away once they are filed: what cannot be holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from agent.filing.processed import BATCH, Processed
from agent.ledger import Ledger
from tests.filing.one_router import Venue
from tests.patience import within


@pytest.fixture
def venue(tmp_path: Path, ledger: Ledger) -> Iterator[Venue]:
    made = Venue(tmp_path / "venue", ledger)
    yield made
    made.router.close()


async def test_however_many_stay_where_they_are_the_others_are_put_away(venue: Venue) -> None:
    """Links do, as does all that lies on a locked card, or on one that is not there."""
    stay = [f"A{number:03}.jpg" for number in range(BATCH + 6)]
    for name in (*stay, "Z.jpg"):
        venue.want(venue.drop(name), venue.unknown)
    await venue.settle()
    for name in stay:
        (venue.incoming / name).rename(venue.root / name)
        (venue.incoming / name).symlink_to(venue.root / name)
    async with at_work(venue):
        await put_away(venue, "Z.jpg")
        assert all((venue.incoming / name).is_symlink() for name in stay)


async def test_what_is_of_an_event_that_was_removed_a_moment_ago_stays(venue: Venue) -> None:
    for name in ("A.jpg", "Z.jpg"):
        venue.want(venue.drop(name), venue.unknown)
    await venue.settle()
    for table, named in (("event_photo", "name = 'A.jpg'"), ("sighting", "path LIKE '%/A.jpg'")):
        venue.do(lambda db, do=f"UPDATE {table} SET event = 'removed' WHERE {named}": db.execute(do))
    async with at_work(venue):
        await put_away(venue, "Z.jpg")
        assert (venue.incoming / "A.jpg").exists()


async def put_away(venue: Venue, name: str) -> None:
    async with within(10):
        while not (venue.root / "Processed" / name).exists():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def at_work(venue: Venue) -> AsyncIterator[None]:
    """What puts away is running, and no error ends it."""
    working = asyncio.create_task(Processed(venue.ledger, venue.roster, venue.own).run())
    try:
        yield
        assert not working.done()
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
