"""A disk that gives up under the stores, and folders that may not be written any more: said in words, nothing lost."""

from __future__ import annotations

import json
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


@pytest.mark.slow
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
                health = api.get("/health")
                assert (health.status_code, health.json()["status"]) == (503, "unhealthy"), health.text
                assert health.json()["database"] == "error"
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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv here")
def test_a_folder_in_incoming_that_may_not_be_entered_any_more_is_said_and_holds_up_no_other(
    tmp_path: Path, house: House
) -> None:
    """It was read when its photo came, and nobody has looked at that yet."""
    house.wrapped = ORDINARY
    house.start()
    assert house.run("pause", "all").returncode == 0
    house.drop(scene(tmp_path / "a.jpg", 1), "card/DSC_0001.jpg")
    wait_for(lambda: house.json("status")["photos"]["seen"] == 1, 20, "it is taken in")
    (house.incoming / "card").chmod(0)
    house.drop(scene(tmp_path / "b.jpg", 2), "DSC_0002.jpg")
    assert house.run("resume", "all").returncode == 0
    wait_for((house.root / "Unsorted/No Faces/DSC_0002.jpg").exists, 10, "the other is filed at once")
    told = wait_for(lambda: house.json("errors")["open"], 10, "its trouble")
    assert ("A photo cannot be read", ["DSC_0001.jpg"]) in [(one["title"], one["subjects"]) for one in told]
    (house.incoming / "card").chmod(0o755)
    wait_for(lambda: safe(house), 30, "it goes on by itself")
    house.assert_invariants()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv here")
def test_a_card_that_this_user_may_not_reach_is_said_and_holds_up_no_other_folder(tmp_path: Path, house: House) -> None:
    """As a desktop mounts it, for one user alone: /media/anna/CARD."""
    card = tmp_path / "anna/card"
    card.mkdir(parents=True)
    scene(card / "DSC_0001.jpg", 1)
    card.parent.chmod(0)
    house.wrapped = ORDINARY
    house.environ["VENUESYNC_INCOMING__FOLDERS"] = str(card)
    house.start()
    house.drop(scene(tmp_path / "b.jpg", 2), "DSC_0002.jpg")
    wait_for((house.root / "Unsorted/No Faces/DSC_0002.jpg").exists, 15, "the others are looked after")
    assert "is unreadable: Permission denied" in house.json("status")["watcher"]["detail"]
    told = [one["detail"] for one in json.loads(house.run("doctor", "--json").stdout) if str(card) in one["detail"]]
    assert told == [f"{card} cannot be reached: Permission denied"]
    card.parent.chmod(0o755)
    wait_for((house.root / "Unsorted/No Faces/DSC_0001.jpg").exists, 20, "it goes on by itself")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv here")
def test_what_cannot_be_read_is_named_when_all_is_compared_and_the_rest_is_compared_all_the_same(
    tmp_path: Path, house: House
) -> None:
    house.wrapped = ORDINARY
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    house.drop(FACES / "one_guest.jpg", "DSC_0002.jpg")
    assert house.until_done().returncode == 0
    (house.root / "Unsorted/No Faces").chmod(0)
    (house.root / "Unsorted/Unknown/DSC_0002.jpg").unlink()
    compared = house.run("verify", "--json")
    (house.root / "Unsorted/No Faces").chmod(0o755)
    assert compared.returncode == 1, compared.stdout + compared.stderr
    assert [(one["kind"], one["path"]) for one in json.loads(compared.stdout)["differences"]] == [
        ("unseen", "Unsorted/No Faces"),
        ("missing", "Unsorted/Unknown/DSC_0002.jpg"),
    ]
