"""A disk that gives up under the stores, and folders that may not be written any more: said in words, nothing lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.disks import FailingDisk, needs_loop
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene

# Root may write everywhere; without these two rights it is as anybody else.
ORDINARY = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


def safe(house: House) -> bool:
    return house.json("status")["safe_to_leave"]["safe"]


@needs_loop()
def test_a_disk_that_gives_up_is_said_and_nothing_is_lost(tmp_path: Path, emulator: Emulator) -> None:
    """The ledger cannot be written any more: never safe, decisions refused with 503, and a start afterwards goes on."""
    with FailingDisk(tmp_path / "disk") as disk:
        house = House(disk.path / "venue", emulator, VENUESYNC_INCOMING__FOLDERS=str(tmp_path / "card"))
        house.environ["XDG_RUNTIME_DIR"] = str(tmp_path)
        (tmp_path / "card").mkdir()
        try:
            agent = house.start()
            scene(tmp_path / "card/DSC_0001.jpg", 1)
            house.expected.arrived(tmp_path / "card/DSC_0001.jpg")
            wait_for(lambda: safe(house), 60, "the first photo is on Drive")
            disk.give_up()
            scene(tmp_path / "card/DSC_0002.jpg", 2)
            house.expected.arrived(tmp_path / "card/DSC_0002.jpg")
            status = wait_for(lambda: not safe(house) and house.json("status"), 20, "it is not safe any more")
            wait_for(lambda: "ledger cannot be written" in reason(house), 20, status["safe_to_leave"])
            told = house.json("errors")["open"]
            assert "store_unwritable" in [one["kind"] for one in told], told
            with house.api() as api:
                answer = api.post("/commands/pause", json={"what": "uploads"})
                assert (answer.status_code, answer.json()["kind"]) == (503, "store_unwritable")
                assert api.get("/people").status_code == 200
            assert "Traceback" not in house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).stderr
            assert agent.stdout is not None
            assert house.stop() == 0, agent.stdout.read()
            refused = house.run("--no-ui")
            assert refused.returncode == 1
            assert "Traceback" not in refused.stderr + refused.stdout
            assert house.run("status").returncode == 3, "what is known can still be read"
            assert "Traceback" not in agent.stdout.read()
            disk.mend()
            done = house.until_done()
            assert done.returncode == 0, done.stdout + done.stderr
            house.assert_invariants()
        finally:
            house.close()


def reason(house: House) -> str:
    return house.json("status")["safe_to_leave"]["reason"]


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv here")
def test_folders_that_may_not_be_written_any_more(tmp_path: Path, house: House) -> None:
    """Decisions are refused in words, photos wait; with the right to write again all goes on."""
    house.wrapped = ORDINARY
    state, unsorted = house.root / ".venuesync", house.root / "Unsorted"
    agent = house.start()
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: safe(house), 60, "the first photo is on Drive")
    state.chmod(0o500)
    (unsorted / "No Faces").chmod(0o500)
    house.drop(scene(tmp_path / "b.jpg", 2), "DSC_0002.jpg")
    with house.api() as api:
        answer = api.post("/commands/pause", json={"what": "uploads"})
        assert (answer.status_code, answer.json()["kind"]) == (503, "permission_denied"), answer.text
        answer = api.post("/commands/enroll", json={"name": "Ana", "photos": [str(FACES / "one_guest.jpg")]})
        assert (answer.status_code, answer.json()["title"]) == (503, "A file cannot be written")
    told = wait_for(lambda: house.json("errors")["open"], 20, "the photo's trouble")
    assert [one["title"] for one in told] == ["A folder cannot be written"]
    assert not safe(house)
    state.chmod(0o700)
    (unsorted / "No Faces").chmod(0o755)
    wait_for(lambda: safe(house), 20, "it goes on by itself")
    house.assert_invariants()
    assert house.stop() == 0
    assert agent.stdout is not None
    assert "Traceback" not in agent.stdout.read()
