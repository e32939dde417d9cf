"""Who is woken by what: nobody is forgotten, and any thread may say that something happened."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from agent.app import Application
from agent.model import Mode
from agent.running.topics import Topic, Topics
from agent.settings import Settings
from agent.workspace import find_workspace, prepare


async def test_all_are_woken_in_their_order_before_it_is_published() -> None:
    topics, woken = Topics(), list[str]()
    topics.wake({Topic.WANTED: [lambda: woken.append("router"), lambda: woken.append("queue")]})
    topics.wake({Topic.WANTED: [lambda: woken.append("folders")], Topic.FILED: [lambda: woken.append("nobody")]})
    topics.of(Topic.WANTED)()
    assert woken == ["router", "queue", "folders"]
    topics.publish(Topic.HUNG)


async def test_from_another_thread_they_are_woken_on_the_loop() -> None:
    topics, woken = Topics(), asyncio.Event()
    on: list[int] = []
    topics.wake({Topic.CHANGED: [lambda: on.append(threading.get_ident()), woken.set]})
    await asyncio.to_thread(topics.from_threads(Topic.CHANGED))
    await asyncio.wait_for(woken.wait(), 5)
    assert on == [threading.get_ident()]


def test_once_the_loop_has_ended_nobody_is_woken() -> None:
    async def made() -> Topics:
        return Topics()

    asyncio.run(made()).from_threads(Topic.CHANGED)()


async def test_every_topic_wakes_somebody(tmp_path: Path) -> None:
    workspace = find_workspace(tmp_path)
    prepare(workspace)
    async with Application(workspace, Settings(), Mode.HEADLESS) as agent:
        assert agent._topics._woken.keys() == set(Topic)
