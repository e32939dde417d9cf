"""Originals that are put away once they are filed: what cannot be holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
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
    working = asyncio.create_task(Processed(venue.ledger, venue.roster, venue.own).run())
    try:
        async with within(10):
            while not (venue.root / "Processed/Z.jpg").exists():
                await asyncio.sleep(0.01)
        assert all((venue.incoming / name).is_symlink() for name in stay)
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
