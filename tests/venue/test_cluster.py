"""Photos looked at on other machines, too (`faces.executor`): the same decisions, and nothing but time when they go."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.demo import guests
from tests.certificates import certificates
from tests.crash.stores import ask
from tests.emulator.drive import Emulator
from tests.venue.dask_machines import ROOT, Machines, machines
from tests.venue.evenings import CANON, NIKON, SONY, Body, moments, taken
from tests.venue.house import House, wait_for

FACES = (
    "SELECT p.sha256, f.box_left, f.box_top, f.box_right, f.box_bottom, f.score, f.encoding"
    " FROM face f JOIN photo p ON p.id = f.photo"
    " WHERE f.found = 1 ORDER BY p.sha256, f.box_left, f.box_top"
)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Machines]:
    with machines(tmp_path / "machines") as made:
        yield made


def elsewhere(house: House) -> dict[str, Any]:
    return house.json("status")["faces"]["elsewhere"]


def troubles(house: House) -> list[str]:
    return [f"{one['title']}: {one['detail']}" for one in house.json("errors")["open"] if one["kind"] == "cluster"]


def cards(folder: Path) -> list[Path]:
    return [path for seed, body in enumerate((CANON, NIKON, SONY)) for path in card(folder, body, seed)]


def card(folder: Path, body: Body, seed: int, count: int = 20) -> list[Path]:
    return [*taken(body, moments(seed + 1, count), folder / f"{body.model} {seed}")]


def enroll(house: House) -> None:
    for guest in guests.GUESTS[:4]:
        path = house.root.parent / guest.references[0]
        path.write_bytes(guest.reference_files()[0].read_bytes())
        assert house.run("enroll", guest.name, str(path)).returncode == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_other_machines_come_to_the_same_decisions_and_cost_nothing_but_time(
    house: House, cluster: Machines, tmp_path: Path, emulator: Emulator
) -> None:
    house.environ["VENUESYNC_FACES__EXECUTOR"] = cluster.address
    photos = cards(tmp_path / "cards")
    house.start()
    enroll(house)
    wait_for(lambda: troubles(house), 20, "it is said that nobody is there")
    house.drop(photos[0], "first.jpg")
    assert house.until_done().returncode == 0, "without anybody else"

    cluster.start()
    wait_for(lambda: elsewhere(house)["at_once"] == 2, 60, "both machines are ready")
    wait_for(lambda: not troubles(house), 10, "nothing is wrong any more")
    for number, path in enumerate(photos[1:30]):
        house.drop(path, f"{number}.jpg")
    assert house.until_done().returncode == 0
    assert elsewhere(house)["looked"] > 5
    assert f"{cluster.address}: {elsewhere(house)['looked']} photos looked at, 2 at once" in house.run("status").stdout
    assert any("2 at once are looked at there" in one["text"] for one in house.json("activity"))

    # one machine dies as photos come, the other hangs; the scheduler goes; all of it comes back
    for number, path in enumerate(photos[30:45]):
        house.drop(path, f"second {number}.jpg")
    cluster.signal(cluster.workers[0], signal.SIGKILL)
    cluster.signal(cluster.workers[1], signal.SIGSTOP)
    assert house.until_done().returncode == 0
    assert elsewhere(house)["at_once"] == 0
    cluster.signal(cluster.workers[1], signal.SIGCONT)
    cluster.another()
    wait_for(lambda: elsewhere(house)["at_once"] == 2, 90, "both are there again")
    assert cluster.scheduler is not None
    for number, path in enumerate(photos[45:]):
        house.drop(path, f"third {number}.jpg")
    cluster.signal(cluster.scheduler, signal.SIGKILL)
    assert house.until_done().returncode == 0
    wait_for(lambda: "its scheduler does not answer" in str(troubles(house)), 30, "it is said")
    cluster.close()
    cluster.start()
    before = elsewhere(house)["looked"]
    wait_for(lambda: elsewhere(house)["at_once"] == 2, 90, "a new scheduler with new machines")
    wait_for(lambda: not troubles(house), 10, "nothing is wrong any more")
    for path in card(tmp_path / "more", NIKON, 9):
        house.drop(path, f"fourth {path.name}")
    assert house.until_done().returncode == 0
    assert elsewhere(house)["looked"] > before
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "everything is where it belongs")
    house.assert_invariants()

    # the same photos by one machine alone
    (tmp_path / "alone").mkdir()
    alone = House(tmp_path / "alone" / "venue", emulator, VENUESYNC_DRIVE__ENABLED="false")
    try:
        for path in sorted(house.incoming.iterdir()):
            alone.drop(path, path.name)
        alone.start()
        assert alone.until_done().returncode == 0
        assert ask(house.root, FACES) == ask(alone.root, FACES)
    finally:
        alone.close()


@pytest.mark.slow
def test_by_tls_with_certificates_of_ones_own_and_not_without_them(house: House, tmp_path: Path) -> None:
    own = certificates(tmp_path / "certificates")
    with machines(tmp_path / "machines", own) as cluster:
        cluster.start(1)
        house.environ["VENUESYNC_FACES__EXECUTOR"] = cluster.address
        folder = house.root / ".venuesync" / "cluster"
        photos = card(tmp_path / "card", CANON, 1)
        house.start()
        wait_for(lambda: "ca.pem is not there" in str(troubles(house)), 20, "what is missing is named")
        certificates(folder)
        wait_for(lambda: "ca.pem is not there" not in str(troubles(house)), 40, "they are read")
        wait_for(lambda: troubles(house), 40, "somebody else's are refused")
        house.drop(photos[0], "first.jpg")
        assert house.until_done().returncode == 0
        assert elsewhere(house)["at_once"] == 0
        for name in ("ca.pem", "cert.pem", "key.pem"):
            shutil.copy(own / name, folder / name)
        wait_for(lambda: elsewhere(house)["at_once"] == 1, 90, "the right ones are taken")
        for path in photos[1:]:
            house.drop(path, path.name)
        assert house.until_done().returncode == 0
        assert elsewhere(house)["looked"] > 0
        assert not troubles(house)


@pytest.mark.slow
def test_a_machine_with_another_engine_looks_at_nothing(house: House, cluster: Machines, tmp_path: Path) -> None:
    other = tmp_path / "another version"
    shutil.copytree(ROOT / "agent", other / "agent", ignore=shutil.ignore_patterns("__pycache__"))
    models = other / "agent" / "faces" / "models.py"
    models.write_text(models.read_text().replace('_ALIGNMENT = "1"', '_ALIGNMENT = "7"'))
    cluster.start(0)
    cluster.another(code=other)
    house.environ["VENUESYNC_FACES__EXECUTOR"] = cluster.address
    house.start()
    wait_for(lambda: "its engine is 7-" in str(troubles(house)), 60, "it is said")
    for path in card(tmp_path / "card", CANON, 1, 4):
        house.drop(path, path.name)
    assert house.until_done().returncode == 0
    assert elsewhere(house) == {"executor": cluster.address, "at_once": 0, "looked": 0}
    [line] = [one for one in house.run("doctor").stdout.splitlines() if "  cluster  " in one]
    assert "warning" in line and "its engine is 7-" in line and ", the one here 1-" in line
    cluster.another()
    wait_for(lambda: elsewhere(house)["at_once"] == 1, 60, "one that is as here looks")
    [good, bad] = sorted(one for one in house.run("doctor").stdout.splitlines() if "  cluster  " in one)
    assert "1 at once, on 1 machine" in good and "its engine is 7-" in bad
