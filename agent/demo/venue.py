"""A whole venue in a temporary folder: an emulated Drive, guests to enrol, a photographer who drops photos.

Everything but the people is real: the agent, the files, the HTTP server that stands for Drive.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import as_file
from pathlib import Path
from select import select

from agent.demo.guests import GUESTS, DemoPhoto, Guest, photos
from agent.demo.second_photographer import CAMERA, SecondPhotographer
from agent.drive.sign_in.login import Level
from agent.drive.sign_in.token import OPEN_CLIENT
from agent.errors import VenueError
from agent.model import DEFAULT_EVENT
from agent.requests.ask import Agent
from agent.requests.control import Sync
from agent.requests.events import ChangeEventSource
from agent.requests.people import EnrollPerson
from agent.requests.status import GetStatus

LATENCY_MS = 60  # of a good line
UPLINK_MBPS = 40
PATIENCE = 30.0  # seconds for the emulator to start
LOOKS = 100  # whether the last photo has been fetched from Drive
BETWEEN_LOOKS = 0.2  # seconds
LATE = 2  # guests who are enrolled when half of the photos are there: their earlier ones are matched then


@dataclass(frozen=True, slots=True)
class Venue:
    """`folder` is the workspace's, `url` the emulated Drive's."""

    folder: Path
    url: str

    @property
    def incoming(self) -> Path:
        return self.folder / "Incoming"


@contextmanager
def venue() -> Generator[Venue]:
    """A temporary folder and an emulator; both are gone afterwards. Raises `VenueError` where none can be started."""
    with tempfile.TemporaryDirectory(prefix="venuesync-demo-") as folder, emulated_drive() as url:
        yield Venue(Path(folder) / "Demo wedding", url)


@contextmanager
def emulated_drive() -> Generator[str]:
    """An emulator in a process of its own, which ends with this one, however that ends. Its address."""
    emulator = subprocess.Popen(  # noqa: S603 - our own module, on this very interpreter
        [
            *(sys.executable, "-P", "-m", "agent.emulator", "--until-eof"),
            *("--latency-ms", str(LATENCY_MS), "--uplink-mbps", str(UPLINK_MBPS)),
            *("--grant", f"{OPEN_CLIENT}={','.join(one.rpartition('/')[2] for one in Level.FULL.drive_scopes)}"),
        ],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the terminal belongs to the screen
        text=True,
        start_new_session=True,  # ctrl-c in the terminal is for the agent
    )
    try:
        yield address_of(emulator)
    finally:
        emulator.terminate()
        try:
            emulator.wait(5)
        except subprocess.TimeoutExpired:
            emulator.kill()
            emulator.wait()
        for pipe in (emulator.stdin, emulator.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def address_of(emulator: subprocess.Popen[str]) -> str:
    """What it says in its first line, within so many seconds."""
    said = ""
    if emulator.stdout is not None and select([emulator.stdout], [], [], PATIENCE)[0]:
        said = emulator.stdout.readline()
    try:
        return str(json.loads(said)["url"])
    except ValueError:
        raise VenueError("The emulated Drive did not start", "it said nothing", "Try: venuesync emulator") from None


async def hold(place: Venue, service: Agent, seconds: float, say: Callable[[str], None] = lambda _: None) -> int:
    """Enrol the guests and let the photos come over about so many seconds. Answers how many photos.

    One photographer's camera is beside the venue machine, the other's photos come through her Drive.
    """
    album = photos()
    pause = seconds / max(1, len(album))
    on_time, late = GUESTS[:-LATE], GUESTS[-LATE:]
    for guest in on_time:
        await enrol(service, guest)
    clara = SecondPhotographer(place.url)
    try:
        await service.ask(ChangeEventSource(event=DEFAULT_EVENT, change="add", source=await clara.begin()))
        for number, photo in enumerate(album):
            if number == len(album) // 2:
                for guest in late:
                    await enrol(service, guest)
                    say(f"{guest.name} came late, and was enrolled")
            if photo.camera == CAMERA:
                await clara.put(photo)
            else:
                drop(place, photo)  # in no thread: one that outlives its task would write where all is being taken away
            await asyncio.sleep(pause)
    finally:
        await clara.close()
    await service.ask(Sync(events=[]))  # a last look at her folder
    for _ in range(LOOKS):
        if (await service.ask(GetStatus()))["photos"]["seen"] >= len(album):
            break
        await asyncio.sleep(BETWEEN_LOOKS)
    return len(album)


async def enrol(service: Agent, guest: Guest) -> None:
    with ExitStack() as stack:
        references = [stack.enter_context(as_file(one)) for one in guest.reference_files()]
        paths = [str(path) for path in references]
        await service.ask(EnrollPerson(name=guest.name, photos=paths, consent="drawn for this demo"))


def drop(place: Venue, photo: DemoPhoto) -> None:
    """As tethering software does it: written under a temporary name, then renamed."""
    folder = place.incoming / photo.camera
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{photo.file}.part"
    with as_file(photo.source()) as source:
        shutil.copyfile(source, beside)
    os.replace(beside, folder / photo.file)  # noqa: PTH105 - the one call that matters, by its own name
