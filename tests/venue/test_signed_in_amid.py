"""Somebody else signs in while Google, or Drive, is being asked by the earlier sign-in, or photos are sent by it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from agent.drive import requests
from agent.drive.endpoint import Endpoint
from agent.drive.sign_in import token as access
from agent.drive.sign_in.kept import SignIn
from agent.requests.drive import ListSubfolders, SignedIn
from agent.requests.troubles import ListActivity
from agent.workspace import Workspace
from tests.drive.signing import signed_in
from tests.emulator.drive import Emulator
from tests.halting import Halt, HaltAnswer
from tests.patience import PATIENCE, within
from tests.venue.running import an_agent, arrive, of
from tests.venue.two_accounts import ANA, BEN


@pytest.mark.slow
async def test_whoever_has_just_signed_in_is_not_asked_to_sign_in(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their sign-in was taken for the refused one: nobody looked at Drive by it any more."""
    monkeypatch.setattr(requests, "AFTER_ALL", PATIENCE * 5)  # by then what is asked so long is broken off
    sign_in = SignIn(workspace, Endpoint(emulator.url))
    with httpx.Client(trust_env=False) as browser:
        await signed_in(sign_in, browser, emulator_account=ANA)
        async with an_agent(workspace) as running:
            await running.until(lambda now: now["drive"]["account"] == ANA and now["drive"]["state"] == "online")
            await asyncio.to_thread(emulator.expire, "refresh_tokens", ANA)
            await asyncio.to_thread(emulator.expire, "access_tokens", ANA)
            halt = Halt(monkeypatch, access, "renewed")
            looking = asyncio.create_task(running.service.ask(ListSubfolders()))
            assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
            await signed_in(sign_in, browser, emulator_account=BEN)
            await running.service.ask(SignedIn())
            await asyncio.sleep(0.3)  # its look waits for the answer, too
            halt.begin.set()
            halt.end.set()
            await asyncio.gather(looking, return_exceptions=True)
            await running.until(lambda now: now["drive"]["account"] == BEN and now["drive"]["state"] == "online", 10)


@pytest.mark.slow
async def test_nothing_is_missed_on_a_drive_of_which_nobody_knows_yet_whose_it_is(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the new sign-in the earlier one's folders were looked for: they were removed on Drive, it was said."""
    sign_in = SignIn(workspace, Endpoint(emulator.url))
    with httpx.Client(trust_env=False) as browser:
        await signed_in(sign_in, browser, emulator_account=ANA)
        async with an_agent(workspace) as running:
            await arrive(running, of("jonas_lindqvist")[0])
            await running.until(lambda now: now["safe_to_leave"]["safe"])
            halt = HaltAnswer(monkeypatch, running.agent._drive.queue._lane, "_probe")
            await signed_in(sign_in, browser, emulator_account=BEN)
            await running.service.ask(SignedIn())
            async with within(20):
                await halt.done.wait()
            await arrive(running, of("anna_berg")[0])
            await asyncio.sleep(1)
            halt.end.set()
            await running.until(lambda now: now["drive"]["account"] == BEN)
            await running.until(lambda now: now["safe_to_leave"]["safe"] and now["uploads"]["verified"] == 2, 40)
            told = [one["text"] for one in await running.service.ask(ListActivity())]
            assert [one for one in told if one.startswith("Another Drive account")]
            assert [one for one in told if "removed on Drive" in one] == []
