"""What needs Drive while its sign-in is over: said with the command that helps, and by exit code 4, at both ends."""

from __future__ import annotations

import pytest

from agent.errors import VenueError
from agent.handlers import verifying
from agent.requests.control import Sync, Verify
from agent.requests.drive import ListSubfolders
from agent.requests.people import LinkPerson
from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES
from tests.venue.running import Running, linked


async def test_whatever_asks_drive_is_told_to_sign_in(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the socket it was any failure, and `verify` was to be tried again when Drive is online."""
    monkeypatch.setattr(verifying, "DRIVE_PATIENCE", 0.5)
    assert await linked(running)
    emulator.expire("refresh_tokens")
    emulator.expire("access_tokens")
    await running.service.ask(Sync())
    await running.until(lambda now: now["drive"]["state"] == "needs_login")
    for asked in (LinkPerson(person="Mia"), LinkPerson(person="Mia", on=False), Verify(), ListSubfolders()):
        with pytest.raises(VenueError) as refused:
            await running.service.ask(asked)
        assert refused.value.exit_code == 4, asked
        assert refused.value.remedy == "Run: venuesync login", asked
        assert "login" not in refused.value.detail, "once is enough"


def test_the_command_leaves_by_it(house: House, emulator: Emulator) -> None:
    house.start()
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg")).returncode == 0
    wait_for(lambda: house.run("people", "link", "Mia").returncode == 0, 30, "her folder is on Drive")
    emulator.expire("refresh_tokens")
    emulator.expire("access_tokens")
    assert house.run("sync").returncode == 0
    wait_for(lambda: house.json("status")["drive"]["state"] == "needs_login", 20, "it asks for a sign-in")
    refused = house.run("people", "link", "Mia", "--off")
    assert refused.returncode == 4, refused.stderr
    assert refused.stderr.endswith("Run: venuesync login\n")
