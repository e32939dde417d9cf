"""One face among very many: whom it is compared with, and which strangers it belongs to; each beside what is allowed.

make bench BENCH=matching     10^5 and 10^6 references (3 ms and 20 ms), 10^5 strangers (10 ms); 4 GB of memory

`VENUESYNC_REFERENCES="20000"`, `VENUESYNC_STRANGERS=5000`: other numbers; what is allowed of others is a part of that.
The product's own functions are measured: `KnownFaces.near` and `decide` for one face, a step of the part `Grouper` for
one more stranger, with all that it reads and writes. That the distances are exact is looked up by plain float64 sums.
Faces are made: people lie as far apart as real ones do, in few enough directions that some are alike. The last line is
all of it as JSON.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import asyncio
import gc
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from agent.app import Application
from agent.faces.rule import MANY, Encodings, Facts, Rule, decide, doubted
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, Box, Mode, Person, PersonId, Reference
from agent.people.known_faces import MOST, KnownFaces, Near, known_faces
from agent.settings import load_settings
from tests.tui.large_venue import make
from tests.venue.figures import Figure, tell

REFERENCES = [int(one) for one in os.environ.get("VENUESYNC_REFERENCES", "100000 1000000").split()]
STRANGERS = int(os.environ.get("VENUESYNC_STRANGERS", "100000"))
ALLOWED = {100_000: 3.0, 1_000_000: 20.0}  # milliseconds for one face, by references
GROUPED = 10.0  # milliseconds for one more stranger
EXACT = 1e-7  # of a distance
FACES = 10  # that are looked for
GROUP = 5  # faces of one stranger
IN_A_PHOTO = 2
APART, SAME = 0.8, 0.3  # two people's middle distance, and a face's from its person
DIRECTIONS = 24.0  # in which people differ much
AT_ONCE = 50_000  # rows
EACH = 3600  # bytes of memory that a reference takes here while it is compared
SETTINGS = {
    "VENUESYNC_DRIVE__ENABLED": "false",
    "VENUESYNC_DISK__KEEP_FREE": "0",
    "VENUESYNC_PEOPLE__GUEST_AFTER": "1000",
}


class Crowd:
    """People who are not there: `faces(n)` are of so many different ones."""

    def __init__(self, seed: int) -> None:
        self._dice = np.random.default_rng(seed)
        scale = np.exp(-np.arange(128) / DIRECTIONS)
        self._scale = np.asarray(APART * scale / np.sqrt(2 * (scale**2).sum()), dtype=np.float32)
        self._middle = np.asarray(np.random.default_rng(1).normal(size=128) * 0.1, dtype=np.float32)

    def people(self, count: int) -> Encodings:
        return self._dice.standard_normal((count, 128), dtype=np.float32) * self._scale + self._middle

    def seen(self, people: Encodings, times: int) -> Encodings:
        """So many faces of each, one after the other."""
        found = np.repeat(people, times, axis=0)
        for start in range(0, len(found), AT_ONCE):
            part = found[start : start + AT_ONCE]
            part += self._dice.standard_normal(part.shape, dtype=np.float32) * np.float32(SAME / np.sqrt(128))
        return found


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock, and of the processor."""
    began, used = time.perf_counter(), time.process_time()
    work()
    return 1e3 * (time.perf_counter() - began), 1e3 * (time.process_time() - used)


# ---- among references


def known(references: Encodings) -> KnownFaces:
    people: list[Person] = []
    encodings = dict[tuple[str, Box], Encodings]()
    box = Box(0, 0, 150, 150)
    for at in range(0, len(references), MOST):
        number = at // MOST
        own = tuple(Reference(f"{one:064x}", box, "") for one in range(at, min(at + MOST, len(references))))
        encodings |= {(one.sha256, box): references[at + place] for place, one in enumerate(own)}
        people.append(Person(PersonId(f"p{number}"), DEFAULT_EVENT, f"P{number}", f"P{number}", references=own))
    return known_faces(DEFAULT_EVENT, people, encodings, Rule(), 1)


def plainly(face: Encodings, references: Encodings) -> tuple[np.ndarray, int]:
    """Its distance to each person, and which reference is nearest of all, as one writes it down first."""
    apart = np.concatenate(
        [
            np.sqrt(((references[at : at + AT_ONCE].astype(np.float64) - face.astype(np.float64)) ** 2).sum(1))
            for at in range(0, len(references), AT_ONCE)
        ]
    )
    return np.minimum.reduceat(apart, np.arange(0, len(apart), MOST)), int(apart.argmin())


def among(count: int) -> list[Figure]:
    """One face beside so many references, `MOST` of each person; half of the faces are somebody's."""
    crowd = Crowd(count)
    people = crowd.people(-(-count // MOST))
    there = known(crowd.seen(people, MOST)[:count])
    faces = np.concatenate([crowd.seen(people[: FACES // 2], 1), crowd.people(FACES - FACES // 2)])
    del people
    took: list[tuple[float, float]] = []
    wrong, missed, differs = 0, 0, 0.0
    there.near(faces[:1])
    for face in faces:
        found: list[Near] = []

        def compare(face: Encodings = face[None], found: list[Near] = found) -> None:
            near = there.near(face)
            decide(doubted(near.apart), there.rule, Facts())
            found.append(near)

        took.append(timed(compare))
        near, (exact, nearest) = found[0], plainly(face, there.references)
        at = [there.places[one.id] for one in near.people]
        matter = set(np.flatnonzero(exact <= there.rule.review)) | set(np.argsort(exact)[: MANY + 1])
        missed += len(matter - set(at))
        differs = max(differs, float(np.abs(near.apart[0] - exact[at]).max()))
        wrong += int(near.which[0, near.apart[0].argmin()]) != nearest
    clock, used = (statistics.median(column) for column in zip(*took, strict=True))
    allowed = ALLOWED.get(count, 3.0 * count / 100_000)
    return [
        Figure(f"a face among {count:,} references: ms, beside what is allowed", clock, allowed),
        Figure(f"a face among {count:,} references: ms of processor", used, allowed),
        Figure(f"a face among {count:,} references: largest error of a distance", differs, EXACT),
        Figure(f"a face among {count:,} references: people who matter and are overlooked", missed, 0),
        Figure(f"a face among {count:,} references: another one is nearest by plain sums, of {FACES}", wrong, 0),
    ]


# ---- among strangers


def fill(db: Db, faces: Encodings, engine: str) -> None:
    """Photos with so many faces of nobody known, `GROUP` of each in a group already; of one photo in one event each."""
    db.execute(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)"
        " INSERT INTO photo (sha256, md5, bytes, mime, kind, width, height, look, looked_at, engine, second)"
        " SELECT printf('%064d', n), printf('%032d', n), 1, 'image/jpeg', 'image', 6000, 4000, 'done', 1, ?, 'none'"
        " FROM n",
        (-(-len(faces) // IN_A_PHOTO), engine),
    )
    db.execute(
        "INSERT INTO event_photo (event, photo, name, state, arrived_at, since_at, planned_at, filed_at)"
        " SELECT ?, id, id || '.jpg', 'unsorted', 1, 1, 2, 3 FROM photo",
        (DEFAULT_EVENT,),
    )
    every = [one.tobytes() for one in faces.astype("<f4")]
    half = -(-len(every) // IN_A_PHOTO)  # faces of one photo are of two strangers
    for at, encoding in enumerate(every):
        stranger(db, at % half + 1, encoding, engine, at // GROUP + 1)


def stranger(db: Db, photo: int, encoding: bytes, engine: str, group: int | None) -> None:
    db.execute("INSERT OR IGNORE INTO cluster (id, event) SELECT ?1, ?2 WHERE ?1", (group, DEFAULT_EVENT))
    face = db.execute(
        "INSERT INTO face (photo, box_left, box_top, box_right, box_bottom, score, sharpness, engine, encoding)"
        " VALUES (?, 100, 100, 300, 300, 1.0, 100.0, ?, ?)",
        (photo, engine, encoding),
    ).lastrowid
    db.execute("INSERT INTO stranger (face, event, cluster) VALUES (?, ?, ?)", (face, DEFAULT_EVENT, group))


async def one_more(folder: Path) -> list[Figure]:
    """What the part does for one more stranger, half of them in a group already. The first of all is not counted."""
    crowd = Crowd(3)
    people = crowd.people(-(-STRANGERS // GROUP))
    faces = crowd.seen(people, GROUP)[:STRANGERS]
    more = np.concatenate([crowd.seen(people[: FACES // 2], 1), crowd.people(FACES - FACES // 2)])
    workspace = make(folder / "venue", photos=0, people=0, errors=0)
    clock: list[float] = []
    used: list[float] = []
    async with Application(workspace, load_settings(workspace.root, SETTINGS), Mode.HEADLESS) as app:
        ledger, here = app._opened.ledger, app._here
        engine = here.planner.engine
        await ledger.write(fill, faces, engine)
        await here.grouper.step()
        for number, face in enumerate(more):
            await ledger.write(stranger, number + 1, face.astype("<f4").tobytes(), engine, None)
            began, before = time.perf_counter(), time.process_time()
            await here.grouper.step()
            clock.append(1e3 * (time.perf_counter() - began))
            used.append(1e3 * (time.process_time() - before))
        left = await ledger.read(lambda db: db.value("SELECT COUNT(*) FROM stranger WHERE cluster IS NULL", ()))
        assert not left, f"{left} strangers were not grouped"
    return [
        Figure(
            f"one more among {STRANGERS:,} strangers: ms, beside what is allowed", statistics.median(clock[1:]), GROUPED
        ),
        Figure(f"one more among {STRANGERS:,} strangers: ms of processor", statistics.median(used[1:]), GROUPED),
    ]


def available() -> float:
    """Bytes of memory."""
    told = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    return 1024 * float(told["MemAvailable"].split()[0])


def main() -> None:
    load = os.getloadavg()[0]
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="venuesync-matching-") as folder:
        figures += asyncio.run(one_more(Path(folder)))
    for count in REFERENCES:
        if available() < count * EACH:
            print(f"{count:,} references: left out, they need {count * EACH / 1e9:.0f} GB of free memory")
            continue
        figures += among(count)
        gc.collect()
    tell(
        figures,
        faces=FACES,
        memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000,
        load=[round(load, 1), round(os.getloadavg()[0], 1)],
    )


if __name__ == "__main__":
    sys.exit(main())
