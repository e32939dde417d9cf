"""A whole evening at a terminal, typed in bursts; disk and Drive are to be exact after each step.

make session    from no workspace to the last line: first steps and sign-in, six enrolled, unknown faces named (twenty
                with the labelled photos, VENUESYNC_FACES), near misses, a face corrected, undo and redo, an outage, a
                full Drive, a broken photo set aside, a second event with a photographer's folder, left and attached
"""

# ruff: noqa: T201 - what was done is what it is for

from __future__ import annotations

import csv
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import BESIDE
from tests.drawing.cast import LOOKS, Look
from tests.drawing.scenes import draw_portrait
from tests.emulator.drive import Emulator
from tests.venue.both_ends import BothEnds, Filed
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.test_first_evening_in_tmux import consent, long_address
from tests.venue.test_monitor_in_tmux import Terminal
from tests.venue.test_operators_session import DEMO

ENROLLED = {
    "Mia": "mia_lindqvist",
    "Jonas": "jonas_lindqvist",
    "Anna": "anna_berg",
    "Priya": "priya_raman",
    "Samuel": "samuel_osei",
    "Yuki": "yuki_tanaka",
}
STRANGERS = ("hassan_darwish",)  # drawn ones that nobody enrolls; Beatriz looks like Yuki, so she is asked about
NEAR = "beatriz_alves"
_OF = {look.wears: look for look in LOOKS}
DRAWN = (  # some more, told apart from all others by 0.55 and more
    replace(
        _OF["round dress"],
        name="Curls",
        seed=804,
        age=0.6685654694161578,
        skin=(240, 203, 181),
        hair=(206, 160, 94),
        style="curls",
        glasses="round",
        freckles=0.7292980029702049,
        narrow_eyes=0.16322860891768431,
    ),
    replace(
        _OF["round dress"],
        name="Square",
        seed=830,
        age=0.016407869914882633,
        skin=(222, 168, 130),
        hair=(74, 44, 30),
        style="curls",
        glasses="square",
        freckles=0.38281784108393413,
        narrow_eyes=0.5167682102204102,
    ),
    replace(
        _OF["bow tie"],
        name="Bearded",
        seed=428,
        age=0.2807486585112261,
        skin=(238, 202, 184),
        hair=(206, 204, 204),
        style="curls",
        glasses=None,
        beard=0.9,
        moustache=0.0,
        freckles=0.14917055603561047,
        narrow_eyes=0.2956558507872764,
    ),
    replace(
        _OF["boat dress"],
        name="Bald",
        seed=256,
        age=0.7756030146989953,
        skin=(176, 120, 82),
        hair=(38, 26, 24),
        style="bald",
        glasses="square",
        freckles=0.7972266775913328,
        narrow_eyes=0.8596943191875801,
    ),
)
GUESTS = 20  # to be named, as far as there are so many
EVENT, SECOND = "Mia & Jonas", "Brunch"


class WholeEvening:
    """`state`: who has which photos now."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.folder = folder
        self.emulator = emulator
        self.house = House(folder / "elsewhere", emulator, VENUESYNC_PEOPLE__GUEST_AFTER="1")
        self.house.root = folder / "Wedding"
        self.house.incoming = self.house.root / "Incoming"
        self.house.processes_only = True
        self.anna = Photographer(emulator)  # signed in before all sign-ins end
        self.ends = BothEnds(self.house.root, emulator, EVENT)
        self.terminal = Terminal("evening", self.house)
        self.state: Filed = {}
        self.began = time.monotonic()

    # ---- what holds after each step

    def step(self, what: str, state: Filed | None = None) -> None:
        """Both ends are exactly so; `None`: both are the same, and that is how it is from here on."""
        if state is None:
            wait_for(lambda: self.safe() and self.ends.disk() == self.ends.drive(), 90, f"{what}: both ends agree")
            state = self.filed()
        self.ends.expect(state, what)
        self.house.assert_invariants()
        self.state = state
        print(f"{time.monotonic() - self.began:6.1f} s  {what}", flush=True)
        self.began = time.monotonic()

    def filed(self) -> Filed:
        disk = self.ends.disk()
        return {one["name"]: disk.get(one["name"], set()) for one in self.house.json("people")}

    def safe(self) -> bool:
        return bool(self.house.json("status")["safe_to_leave"]["safe"])

    def asked(self, path: str, **given: str) -> Any:
        with self.house.api() as api:
            return api.get(path, params=given).raise_for_status().json()

    def screen(self, key: str, shows: str) -> None:
        self.terminal.keys(key)
        self.terminal.shows(shows)

    # ---- the evening

    def first_run(self) -> None:
        self.emulator.expire("refresh_tokens")
        self.terminal.shows("Welcome to venuesync")
        self.terminal.keys("Enter")
        self.terminal.type(EVENT)
        self.terminal.at_once("Enter", "Enter")
        self.terminal.shows("First steps")
        self.terminal.shows("NEEDS SIGN-IN")
        self.terminal.keys("g")
        address = long_address(self.terminal.shows("Waiting for the browser"))
        with httpx.Client(trust_env=False, timeout=60, follow_redirects=False) as browser:
            self.terminal.type(consent(browser, address))
        self.terminal.keys("Enter")
        self.terminal.shows("Signed in as")
        wait_for(lambda: self.house.json("status")["drive"]["state"] == "online", 60, "Drive is there")
        self.step("first run: workspace, event, sign-in", {})

    def photos_arrive(self) -> None:
        photos = [DEMO / "photos" / file for file, people in truth().items() if NEAR not in map(as_file, people)]
        photos += [one for who in STRANGERS for one in sorted((DEMO / "references").glob(f"{who}_*.jpg"))]
        photos += [drawn(look, self.folder) for look in DRAWN] + labelled()
        for photo in photos:
            self.house.drop(photo, photo.name)
        seen = {"seen": len(photos), "waiting": 0}
        wait_for(lambda: seen.items() <= self.house.json("status")["photos"].items(), 240, "all were looked at")
        self.step(f"{len(photos)} photos, {len(self.filed())} guests")

    def enroll(self) -> None:
        """Each in one burst: what is typed behind `e` waits for its field."""
        for name, who in ENROLLED.items():
            self.terminal.at_once("e", *name, "Tab")
            one_picture = name == "Yuki"  # so that Beatriz is asked about
            self.terminal.type(f"{DEMO}/references/{who}_{1 if one_picture else '*'}")
            self.terminal.shows(f"{who}_{1 if one_picture else 3}.jpg")
            self.terminal.at_once("Enter", "Enter")
            wait_for(
                lambda name=name: name in {one["name"] for one in self.house.json("people")}, 30, f"{name} is known"
            )
            self.terminal.keys("Escape")
            self.step(f"{name} enrolled")
        for name, who in ENROLLED.items():
            theirs = {
                file
                for file, people in truth().items()
                if who in map(as_file, people) and NEAR not in map(as_file, people)
            }
            missing = theirs - self.state[name]
            assert not missing, f"{name} is in {sorted(missing)}, too"

    def name_guests(self) -> None:
        """On Faces: to the group, enter, its name, enter; and the next."""
        guests = [row["name"] for row in self.asked("/unknown") if row["name"]][:GUESTS]
        for number, guest in enumerate(guests):
            place = [row["name"] for row in self.asked("/unknown")].index(guest)
            name = f"Guest of honour {number}"
            state = {name if known == guest else known: photos for known, photos in self.state.items()}
            self.screen("3", "[3 Faces")
            time.sleep(0.7)
            self.terminal.at_once("Home", *["Right"] * place, "Enter")
            self.terminal.type(name)
            self.terminal.keys("Enter")
            self.step(f"{guest} is {name}", state)
        print(f"          {len(guests)} unknown faces named")

    def answer_near_misses(self) -> None:
        """No to the first, yes to the other."""
        for photo in sorted((DEMO / "references").glob(f"{NEAR}_*.jpg"))[:2]:
            self.house.drop(photo, photo.name)
        wait_for(lambda: self.asked("/review"), 60, "Beatriz looks like Yuki")
        self.screen("3", "[3 Faces")
        for number in range(6):  # who is like two is asked about for the other next
            if not (asked := self.asked("/review")):
                return
            self.terminal.keys("Escape", "3")
            time.sleep(0.5)
            if "> Same person?" not in self.terminal.screen:
                self.terminal.keys("Tab")
            self.terminal.shows("> Same person?")
            key = "y" if number else "n"
            self.terminal.keys(key)
            wait_for(lambda asked=asked: self.asked("/review") != asked, 20, f"{key} is answered")
            self.step(f"near miss: {key}, of {len(asked)}")
        assert not self.asked("/review")

    def correct_a_face(self) -> None:
        """On a photo of Mia and Jonas: the first face is not theirs, undone, done again, undone."""
        name = "DSC_4412.jpg"
        assert name in self.state["Mia"] & self.state["Jonas"]
        self.terminal.keys("Escape")
        self.terminal.keys("/")
        self.terminal.type("4412")
        self.terminal.keys("Enter")
        self.terminal.shows(name)
        self.terminal.keys("Enter")
        self.terminal.shows("Mia/Group")
        number = next(row["id"] for row in self.asked("/photos", person="Mia")["rows"] if row["name"] == name)
        faces = self.asked(f"/photos/{number}")["each_face"]
        whose = next(one["name"] for one in self.house.json("people") if one["id"] == faces[0]["person"])
        before = self.state
        without = {known: photos - ({name} if known == whose else set()) for known, photos in before.items()}
        self.terminal.at_once("1", "n")
        self.step(f"{whose} is not on {name}", without)
        self.terminal.keys("z")
        self.step("undone", before)
        time.sleep(0.5)
        self.terminal.keys("U")
        self.step("done again", without)
        time.sleep(0.5)
        self.terminal.keys("z")
        self.step("undone", before)
        self.terminal.keys("Escape", "Escape", "1")

    def outage(self) -> None:
        self.emulator.outage(8)
        for number in range(3):
            self.house.drop(scene(self.folder / "made.jpg", 300 + number), f"OUT_{number}.jpg")
        self.terminal.shows("offline", 30)
        self.terminal.shows("Safe to pack up", 60)
        self.step("an outage of 8 s: 3 photos waited", self.state)

    def full_drive(self) -> None:
        used = sum(int(one.get("size") or 0) for one in self.emulator.files())
        self.emulator.quota(used)
        self.house.drop(scene(self.folder / "made.jpg", 400), "FULL.jpg")
        self.terminal.shows("Drive is full", 60)
        assert not self.safe()
        self.emulator.quota(None)
        self.terminal.shows("Safe to pack up", 90)
        self.step("a full Drive, and room again", self.state)

    def set_aside(self) -> None:
        broken = self.folder / "broken.jpg"
        broken.write_bytes((DEMO / "photos" / "DSC_4412.jpg").read_bytes()[:30_000])
        self.house.drop(broken, "BROKEN.jpg")
        wait_for(lambda: self.house.json("errors")["open"], 90, "it is said")
        self.screen("5", "Photo cut short")
        self.house.expected.dismissed.append(self.house.expected.photos[-1].sha256)
        self.terminal.at_once("d", "1")
        self.terminal.shows("set aside", 30)
        self.terminal.shows("Safe to pack up", 60)
        self.step("a broken photo set aside", self.state)

    def second_event(self) -> None:
        anna = self.anna
        source = anna.folder("For the brunch", share=True)
        ids = [anna.put(scene(self.folder / "made.jpg", 500 + n), f"ANNA_{n}.jpg", source) for n in range(3)]
        self.screen("4", "[4 Events]")
        self.terminal.keys("a")
        self.terminal.shows("Add an event")
        self.terminal.type(SECOND)
        self.terminal.keys("Tab")
        self.terminal.type(f"https://drive.google.com/drive/folders/{source}")
        self.terminal.keys("C-s")
        there = f"venuesync/{SECOND}/Unsorted/No Faces/"
        wait_for(lambda: sum(one["path"].startswith(there) for one in self.emulator.files()) == 3, 20, "they came")
        event = next(row["id"] for row in self.house.json("status")["events"] if row["name"] == SECOND)
        for n, id in enumerate(ids):
            data = scene(self.folder / "made.jpg", 500 + n).read_bytes()
            self.house.expected.put(id, data, f"ANNA_{n}.jpg", event=event)
        self.terminal.keys("Escape", "1")
        self.terminal.shows("Safe to pack up", 60)
        self.step("a second event, with a photographer's folder", self.state)

    def leave_and_come_back(self) -> None:
        self.terminal.at_once("q", "h")
        self.terminal.shows("The agent goes on without a screen", 60)
        self.house.drop(scene(self.folder / "made.jpg", 600), "LATE.jpg")
        self.terminal.close()
        self.terminal = Terminal("evening2", self.house)
        self.terminal.shows("Safe to pack up", 90)
        self.step("left without a screen, attached again", self.state)
        self.terminal.at_once("q")
        told = self.terminal.shows("left with 0", 30)
        assert "The agent goes on" in told, told
        checked = self.house.run("status", "--check")
        assert checked.returncode == 0, checked
        print(f"          {checked.stdout.strip()}")
        assert self.house.run("stop").returncode == 0
        self.terminal.close()

    STEPS: tuple[Callable[[WholeEvening], None], ...] = (
        first_run,
        photos_arrive,
        enroll,
        name_guests,
        answer_near_misses,
        correct_a_face,
        outage,
        full_drive,
        set_aside,
        second_event,
        leave_and_come_back,
    )


def truth() -> dict[str, list[str]]:
    """File -> who is on it."""
    return {one["file"]: one["people"] for one in json.loads((DEMO / "labels.json").read_text())}


def as_file(name: str) -> str:
    return name.lower().replace(" ", "_")


def drawn(look: Look, folder: Path) -> Path:
    """A portrait of somebody who is in nothing else."""
    path = folder / f"{look.name}.jpg"
    draw_portrait(look, 0).save(path, quality=80)
    return path


def labelled() -> list[Path]:
    """A portrait of each real person, where the labelled photos are."""
    folder = Path(os.environ.get("VENUESYNC_FACES") or BESIDE)
    if not (folder / "labels.csv").is_file():
        print(f"          no labelled photos of real people in {folder}: fewer guests")
        return []
    first: dict[str, Path] = {}
    with (folder / "labels.csv").open() as rows:
        for row in csv.DictReader(rows):
            if row["kind"] == "solo":
                first.setdefault(row["person"], folder / row["file"])
            elif int(row["n_faces"]) >= 3:
                first.setdefault("a group", folder / row["file"])
    return list(first.values())


def hold(folder: Path, emulator: Emulator) -> None:
    evening = WholeEvening(folder, emulator)
    try:
        for step in WholeEvening.STEPS:
            step(evening)
    except AssertionError:
        print(evening.terminal.screen)
        raise
    finally:
        evening.terminal.close()
        evening.house.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="venuesync-evening-") as temporary, Emulator.start() as drive:
        hold(Path(temporary), drive)
