"""The feed: at most four paints a second, a new snapshot after a gap, growing pauses while the agent is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from monitor_pilot import stage
from prepared import Evening, opened

from agent import __version__
from agent.clock import iso
from agent.requests.snapshot import Change, Snapshot
from tests.patience import within
from tui import feed as feeds
from tui.feed import Feed


class Watcher:
    """Remembers what the feed brought, and when."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float, object]] = []
        self.cells = 10

    def _tell(self, what: str, about: object) -> None:
        self.told.append((what, asyncio.get_running_loop().time(), about))

    def refreshed(self, snapshot: Snapshot) -> None:
        self._tell("refreshed", snapshot["boot"])

    def changed(self, changes: Sequence[Change]) -> int:
        self._tell("changed", [(change["section"], change["seq"]) for change in changes])
        return self.cells

    def lost(self, ended: bool) -> None:
        self._tell("lost", None)

    def times(self, what: str) -> list[float]:
        return [at for name, at, _ in self.told if name == what]


@asynccontextmanager
async def following(*, away: bool = False) -> AsyncIterator[tuple[Evening, Watcher]]:
    """A feed of an agent that is at rest: only what a test says happens."""
    watcher = Watcher()
    async with opened("empty", started=()) as evening:
        if away:
            evening.line.break_off()
        async with followed(evening, watcher):
            yield evening, watcher


@asynccontextmanager
async def followed(evening: Evening, watcher: Watcher) -> AsyncIterator[None]:
    task = asyncio.create_task(Feed(evening.line, watcher).run())
    await until(lambda: bool(watcher.told))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert not evening.line.readers, "the stream was closed"


async def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    async with within(seconds):
        while not true():
            await asyncio.sleep(0.01)


async def test_the_first_change_is_painted_at_once_and_a_storm_four_times_a_second() -> None:
    async with following() as (agent, watcher):
        await asyncio.sleep(0.01)
        start = asyncio.get_running_loop().time()
        for _ in range(100):
            agent.say("status", {})
            await asyncio.sleep(0.01)
        await asyncio.sleep(feeds.BETWEEN)
        painted = watcher.times("changed")
        assert painted[0] - start < 0.1
        assert 4 <= len(painted) <= max(8, (painted[-1] - start) / feeds.BETWEEN + 1)
        assert all(later - sooner > feeds.BETWEEN * 0.9 for sooner, later in pairwise(painted))
        assert watcher.told[-1][2] == [("status", agent.seq)]


async def test_where_much_changes_paints_come_less_often() -> None:
    async with following() as (agent, watcher):
        watcher.cells = 700
        for _ in range(150):
            agent.say("status", {})
            await asyncio.sleep(0.01)
        first, second, *_ = watcher.times("changed")
        assert second - first >= 0.55


async def test_changes_of_several_sections_come_in_their_order_and_activity_is_kept_whole() -> None:
    async with following() as (agent, watcher):
        await asyncio.sleep(0.01)
        agent.say("latest", [])
        await until(lambda: bool(watcher.times("changed")))
        entries = [{"id": n, "at": iso(0), "kind": "k", "event": None, "text": ""} for n in range(3)]
        agent.say("activity", entries[:1])
        agent.say("queue", {})
        agent.say("activity", entries[1:])
        await until(lambda: len(watcher.times("changed")) == 2)
        assert watcher.told[-1][2] == [("queue", agent.seq - 1), ("activity", agent.seq)]


async def test_lost_changes_are_answered_by_a_new_snapshot() -> None:
    async with following() as (agent, watcher):
        await asyncio.sleep(0.01)
        agent.lose_changes()
        await until(lambda: len(watcher.times("refreshed")) == 2)
        assert not watcher.times("lost")


async def test_a_lost_agent_is_asked_again_and_another_run_is_taken_whole() -> None:
    async with following() as (agent, watcher):
        await asyncio.sleep(0.01)
        agent.line.break_off()
        await until(lambda: len(watcher.times("lost")) == 2)
        first, second = watcher.times("lost")
        assert second - first >= feeds.FIRST_PAUSE * 0.9
        async with opened("empty", started=()) as later:
            agent.line.mend(later.app.service)
            await until(lambda: watcher.told[-1][0] == "refreshed")
            assert watcher.told[-1][2] == later.app._boot


async def test_pauses_grow_while_nobody_answers() -> None:
    async with following(away=True) as (_, watcher):
        await asyncio.sleep(1.0)
        assert len(watcher.times("lost")) == 3  # at 0, 0.25 and 0.75 s


async def test_an_agent_of_another_version_says_so_as_it_is_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.widgets.notice.__version__", "0.0.9")
    async with stage("live") as on:
        await on.shows(f"The agent is another version: it is {__version__}, this monitor 0.0.9. Update")
