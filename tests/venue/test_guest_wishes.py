"""What a guest asks for on the guests' page is done, or told to whoever can do it: no wish of theirs is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agent.requests.consent import ListAudit
from agent.requests.faces import IgnoreUnknown
from agent.requests.people import EnrollPerson
from agent.requests.troubles import ListTroubles
from agent.workspace import Workspace
from tests.venue.running import an_agent, arrive, of
from tests.venue.test_guest_page import phone, send
from tests.venue.test_selfie_amid import site as site  # noqa: PLC0414 - a fixture


def wish(site: str, selfie: Path, *, never: bool) -> str:
    """What a guest reads once they have asked to be forgotten."""
    with phone(site) as guest:
        send(guest, selfie)
        return guest.post("/guest/forget", data={"never": "yes"} if never else {"x": ""}).text


async def asked(site: str, *, never: bool) -> str:
    return await asyncio.to_thread(wish, site, of("mia_lindqvist")[0], never=never)


async def test_whose_face_is_nobodys_yet_is_not_told_that_it_is_deleted(workspace: Workspace, site: str) -> None:
    """Two photos make no guest yet: "is being deleted", it was said, and with the third one they were Guest 01."""
    first, *others = of("mia_lindqvist")
    async with an_agent(workspace) as running:
        await arrive(running, *others)
        for never in (False, True):
            told = await asked(site, never=never)
            assert ("nothing was deleted or noted" in told, "is being deleted" in told) == (True, False)
        await arrive(running, first)
        await running.until(lambda now: [(one["name"], one["solo"]) for one in now["people"]] == [("Guest 01", 3)])
        assert "is being deleted" in await asked(site, never=True)


async def test_who_is_ignored_is_not_told_that_what_they_are_ignored_by_is_deleted(
    workspace: Workspace, site: str
) -> None:
    async with an_agent(workspace) as running:
        await arrive(running, *of("mia_lindqvist"))
        await running.until(lambda now: [(one["name"], one["solo"]) for one in now["people"]] == [("Guest 01", 3)])
        await running.service.ask(IgnoreUnknown(id="Guest 01"))
        told = await asked(site, never=False)
        assert ("nothing was deleted or noted" in told, "is being deleted" in told) == (True, False)


async def test_who_does_not_want_to_be_known_again_is_told_as_that(workspace: Workspace, site: str) -> None:
    """Forgotten as the error said, without `--never`, they were known by the next photos: that wish was nobody's."""
    async with an_agent(workspace) as running:
        await running.service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[1])]))
        for never in (False, True):
            assert "was told of your wish" in await asked(site, never=never)
            [one] = (await running.service.ask(ListTroubles()))["open"]
            assert (one["remedy"].endswith(" --never"), "not to be known again" in one["detail"]) == (never, never)


async def test_who_deletes_themselves_stands_in_the_audit_as_a_guest(workspace: Workspace, site: str) -> None:
    """It said that the operator had forgotten them."""
    async with an_agent(workspace) as running:
        await arrive(running, *of("mia_lindqvist"))
        await running.until(lambda now: [(one["name"], one["solo"]) for one in now["people"]] == [("Guest 01", 3)])
        assert "is being deleted" in await asked(site, never=False)
        with phone(site) as guest:
            await asyncio.to_thread(send, guest, of("anna_berg")[0], "Anna")
        await running.service.ask(EnrollPerson(name="Hassan", photos=[str(of("hassan_darwish")[0])]))
        lines = [(one["what"], one["by"]) for one in await running.service.ask(ListAudit())]
    assert [one for one in lines if one[0] != "selfie compared"] == [
        ("forgotten", "guest"),
        ("enrolled", "guest"),
        ("enrolled", "operator"),
    ]
