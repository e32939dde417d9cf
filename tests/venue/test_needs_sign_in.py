"""What needs Drive while its sign-in is over: said with the command that helps, and by exit code 4, at both ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.errors import VenueError
from agent.handlers import verifying
from agent.requests.control import Resync, Sync, Verify
from agent.requests.drive import ListSubfolders
from agent.requests.events import AddEvent, SyncPending
from agent.requests.people import LinkPerson
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene
from tests.venue.running import Running, linked
from tests.venue.two_accounts import BEN, Two
from tests.venue.weddings import look_signed_out, wedding


async def look_at_signed_out(running: Running) -> None:
    """A look that meets a sign-in that has ended, unless something else has met it just before: then that is said."""
    try:
        await running.service.ask(Sync())
    except VenueError as error:
        assert error.exit_code == 4, error.title


@pytest.mark.slow
async def test_whatever_asks_drive_is_told_to_sign_in(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the socket it was any failure, and `verify` was to be tried again when Drive is online."""
    monkeypatch.setattr(verifying, "DRIVE_PATIENCE", 0.5)
    assert await linked(running)
    emulator.expire("refresh_tokens")
    emulator.expire("access_tokens")
    await look_at_signed_out(running)
    await running.until(lambda now: now["drive"]["state"] == "needs_login")
    for asked in (LinkPerson(person="Mia"), LinkPerson(person="Mia", on=False), Verify(), ListSubfolders()):
        with pytest.raises(VenueError) as refused:
            await running.service.ask(asked)
        assert refused.value.exit_code == 4, asked
        assert refused.value.remedy == "Run: venuesync login", asked
        assert "login" not in refused.value.detail, "once is enough"


@pytest.mark.slow
@pytest.mark.parametrize("away", ["offline", "needs_login"])
async def test_where_it_is_known_that_drive_cannot_be_asked_a_comparison_waits_no_longer(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, away: str
) -> None:
    """It said so half a minute later."""
    monkeypatch.setattr(verifying, "DRIVE_PATIENCE", 600.0)
    assert await linked(running)
    if away == "offline":
        emulator.outage(600)
        await running.service.ask(Sync())
    else:
        emulator.expire("refresh_tokens")
        emulator.expire("access_tokens")
        await look_at_signed_out(running)
    await running.until(lambda now: now["drive"]["state"] == away)
    async with within(60):
        with pytest.raises(VenueError, match="Drive cannot be compared"):
            await running.service.ask(Verify())


async def test_a_look_at_all_events_that_need_one_says_so_too(
    running: Running, emulator: Emulator, anna: Photographer
) -> None:
    """By the predecessors' address it was "triggered", and nobody looked."""
    await running.service.ask(AddEvent(name="Wedding", sources=[anna.folder("Anna", share=True)]))
    await running.until(lambda now: sync_status(now, "Wedding") == "UP_TO_DATE")
    emulator.expire("refresh_tokens")
    emulator.expire("access_tokens")
    await look_at_signed_out(running)
    await running.until(lambda now: now["drive"]["state"] == "needs_login")
    with pytest.raises(VenueError):
        await running.service.ask(Resync(events=["Wedding"]))
    await running.until(lambda now: sync_status(now, "Wedding") in ("SYNC_REQUIRED", "ERROR"))
    with pytest.raises(VenueError) as refused:
        await running.service.ask(SyncPending())
    assert (refused.value.exit_code, refused.value.remedy) == (4, "Run: venuesync login")


def sync_status(status: Any, event: str) -> str:
    return next(one["sync_status"] for one in status["events"] if one["name"] == event)


@pytest.mark.slow
def test_the_command_leaves_by_it(house: House, emulator: Emulator) -> None:
    """`sync` had "looked", and was done: Drive was not asked."""
    house.start()
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    wait_for(lambda: house.run("people", "link", "Mia").returncode == 0, 30, "her folder is on Drive")
    emulator.expire("refresh_tokens")
    emulator.expire("access_tokens")
    look_signed_out(house)
    wait_for(lambda: house.json("status")["drive"]["state"] == "needs_login", 20, "it asks for a sign-in")
    scene(house.incoming / "DSC_1.jpg", 1)
    for words in (("sync",), ("resync", "default")):
        looked = house.run(*words)
        assert (looked.returncode, looked.stdout) == (4, ""), words
        assert "Looked in this machine's folders, not at Drive: Sign in to Google" in looked.stderr
        assert looked.stderr.endswith("Run: venuesync login\n")
    wait_for(lambda: house.json("status")["photos"]["seen"] == 1, 20, "the card is looked at all the same")
    refused = house.run("people", "link", "Mia", "--off")
    assert refused.returncode == 4, refused.stderr
    assert refused.stderr.endswith("Run: venuesync login\n")


@pytest.mark.slow
def test_what_is_to_be_done_names_whose_sign_in_it_is(house: House, emulator: Emulator, tmp_path: Path) -> None:
    """It was plain `venuesync login`, by which somebody else's Drive became the one that all events use."""
    two = Two(house, tmp_path)
    two.sign_in()
    two.gala = house.json("events", "add", "Gala", "--account", BEN)["status"]["id"]
    emulator.faults({"method": "files.create", "account": BEN, "reason": "appNotAuthorizedToFile"})
    house.start()
    two.photo("Gala")
    (told,) = wait_for(lambda: house.json("errors")["open"], 30, "Ben's Drive refuses something")
    assert told["remedy"].startswith(f"Run: venuesync login --account {BEN} with --level manage"), told
    emulator.expire("refresh_tokens", BEN)
    emulator.expire("access_tokens", BEN)
    assert house.run("retry", "--all").returncode == 0
    wait_for(lambda: two.drive_of(BEN)["state"] == "needs_login", 30, "Ben has to sign in")
    assert two.drive_of(BEN)["detail"].endswith(f". Run: venuesync login --account {BEN}")


@pytest.mark.slow
def test_a_look_at_all_events_names_the_drive_that_was_not_looked_at(house: House, tmp_path: Path) -> None:
    """Ana's was, and it was said that Drive was not."""
    two = Two(house, tmp_path)
    two.sign_in()
    two.gala = house.json("events", "add", "Gala", "--account", BEN)["status"]["id"]
    house.start()
    two.photo("Gala")
    two.verified(1)
    house.emulator.expire("refresh_tokens", BEN)
    house.emulator.expire("access_tokens", BEN)
    two.photo("Gala")
    wait_for(lambda: two.drive_of(BEN)["state"] == "needs_login", 30, "Ben has to sign in")
    looked = house.run("sync")
    assert (looked.returncode, looked.stdout) == (4, "")
    assert f"Looked everywhere but at the Drive of {BEN}: Sign in to Google" in looked.stderr
    assert looked.stderr.endswith(f"Run: venuesync login --account {BEN}\n")
    assert house.run("sync", "default").returncode == 0
    looked = house.run("sync", "Gala")
    assert looked.returncode == 4 and "not at Drive: Sign in to Google" in looked.stderr


@pytest.mark.slow
def test_a_look_while_drive_is_away_says_that_it_was_not_looked_at(house: House, anna: Photographer) -> None:
    """It had "looked for new photos", and nobody had."""
    house.start()
    wedding(house, anna.folder("Anna", share=True))
    house.emulator.outage(600)
    house.run("sync")
    wait_for(lambda: house.json("status")["drive"]["state"] == "offline", 30, "it is known")
    scene(house.incoming / "DSC_1.jpg", 1)
    for words in (("sync",), ("sync", "Wedding")):
        looked = house.run(*words)
        assert (looked.returncode, looked.stdout) == (1, ""), words
        assert "Looked in this machine's folders, not at Drive: " in looked.stderr
        assert looked.stderr.endswith("it is looked at once it can be reached\n")
    wait_for(lambda: house.json("status")["photos"]["seen"] == 1, 20, "the card is looked at all the same")
    assert house.run("sync", "default").returncode == 0, "it has nothing there"
    house.emulator.outage(0)
    looked = house.run("sync")
    assert (looked.returncode, looked.stdout) == (0, "Looked for new photos: default, Wedding\n")
