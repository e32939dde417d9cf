"""Somebody signs in while Google is still being asked by an earlier sign-in, and refuses that."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from agent.drive import requests
from agent.drive.endpoint import Endpoint
from agent.drive.sign_in import token as access
from agent.drive.sign_in.kept import SignIn
from agent.requests.drive import ListSubfolders, SignedIn
from agent.workspace import Workspace
from tests.drive.signing import signed_in
from tests.emulator.drive import Emulator
from tests.halting import Halt
from tests.patience import PATIENCE
from tests.venue.running import an_agent
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
