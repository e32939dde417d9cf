"""Made-up evenings: the documents an agent would send in each state that DESIGN draws.

The people, photos and numbers are those of the drawing, so that screens can be held beside its pictures.
"""

from __future__ import annotations

import os
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from standing import at
from wedding import ACTIVE, ENDING, EVENTS, PEOPLE, PER_MINUTE, STATES, TOOK, WAITING, WHO

from agent.requests.people import EnrollResult, ReferenceVerdict
from agent.requests.snapshot import Snapshot
from agent.requests.status import StatusDocument
from agent.requests.troubles import Trouble
from tests.weighing import weighed

COPIED = "all copied: the card may be erased"

PACE = {"in_flight": 6, "at_once": 8, "waiting": 0, "pause_seconds": 0.0, "up_mbps": 0.0, "down_mbps": 0.0}


def text_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock_of(state: str) -> float:
    return at(STATES[state]["clock"])


def scene(state: str = "live") -> Snapshot:
    """The whole snapshot of a state; every call answers documents of its own."""
    told = STATES[state]
    now = clock_of(state)
    waits = sum(told["queue"])
    steps = dict(zip(("arriving", "faces", "filing", "uploading"), told["queue"], strict=True))
    stands = "drive" in told or "paused" in told or not waits
    ages = {"arriving": 2, "faces": 4, "filing": 1, "uploading": 21}
    return deepcopy(
        Snapshot(
            boot="boot-1",
            seq=10,
            at=text_time(now),
            status=status(state),
            queue={
                "steps": {
                    name: {"count": count, "oldest_at": text_time(now - ages[name]) if count else None}
                    for name, count in steps.items()
                },
                "per_minute": [*([0] * 29), *(ENDING if state == "safe" else PER_MINUTE), 3 if waits else 0],
            },
            uploading={
                "active": []
                if stands
                else [
                    {"placement": n, "photo": p, "to": to, "sent": pc * 50_000, "bytes": 5_000_000, "rate": rate * 1e6}
                    for n, (p, to, pc, rate) in enumerate(ACTIVE)
                ],
                "waiting": [{"placement": 10 + n, "photo": p, "to": to} for n, (p, to) in enumerate(WAITING)],
            },
            latest=latest(at(told["newest"])),
            troubles={
                "open": [trouble(name, state) for name in told["errors"]],
                "healed": [],
                "healed_today": 3,
            },
            folders=[
                {"id": "f1", "path": "/home/lena/Venuesync/Incoming", "event": "mia", "state": "running",
                 "detail": None, "photos": 742, "waiting": 0, "skipped": [], "skipped_count": 0,
                 "copied": state in ("working", "safe"),
                 "line": COPIED if state in ("working", "safe") else "3 of 120 still to copy"},
            ],
            activity=[],
        )
    )  # fmt: skip


def status(state: str) -> StatusDocument:
    told = STATES[state]
    now = clock_of(state)
    arriving, faces, filing, uploading = told["queue"]
    drive_state, since = told.get("drive", ("online", "18:00:00"))
    active = 0 if "drive" in told or "paused" in told or not uploading else 4
    safe = told.get("safe", False)
    made: Any = dict(
        version="0.1.0",
        workspace="/home/lena/Venuesync",
        pid=4242,
        mode="monitor",
        started_at=text_time(at("18:00:00")),
        paused={
            "uploads": "paused" in told,
            "all": False,
            "since": text_time(at(told["paused"])) if "paused" in told else None,
        },
        watcher={"state": "running", "folders": 1, "detail": None},
        drive={
            "state": drive_state,
            "connecting": False,
            "sending": True,
            "since": text_time(at(since)),
            "detail": "",
            "account": "lena@example.org",
            "quota": {"used": 0, "limit": 0},
            "next_try_at": text_time(now + told["next_try"]) if "next_try" in told else None,
            "pace": told.get("pace", dict(PACE)),
            "metered": False,
            "today": {"sent": 0, "limit": 0},
        },
        disk={"state": "ok", "free_bytes": 200_000_000_000},
        photos={
            "seen": told["all"],
            "waiting": arriving + faces + filing,
            "filed": told["all"] - told["stuck"] - arriving - faces - filing,
            "unsorted": 0,
            "failed": told["stuck"],
            "held": 0,
            "dismissed": 0,
            "skipped": 0,
            "verified": told["done"],
            "only_small": 0,
        },
        queue={"arriving": arriving, "faces": faces, "filing": filing, "uploading": uploading},
        faces={
            "found": 4000,
            "unknown": 60,
            "clusters": 5,
            "to_review": 6,
            "second_looks": {"waiting": 0, "done": 0, "found": 0},
        },
        uploads={
            "queued": uploading - active,
            "active": active,
            "verified": told["done"],
            "failed": 0,
            "bytes_left": uploading * 4_000_000,
            "bytes_per_second": told["up"] * 1e6,
            "eta_seconds": told["eta"],
            "for_line": 0,
        },
        downloads={"queued": 0, "active": 0, "failed": 0, "bytes_left": 0, "bytes_per_second": told["down"] * 1e6},
        people=[
            {
                "id": f"p{n}",
                "name": name,
                "event": "mia",
                "guest": name.startswith("Guest"),
                "references": 2,
                "solo": solo,
                "group": group,
                "on_drive": solo + group if safe else there,
                "only_here": 0,
                "link": None,
                "last_seen_at": text_time(at(seen)),
            }
            for n, (name, solo, group, there, seen) in enumerate(PEOPLE)
        ],
        events=[
            {
                "id": f"e{n}",
                "name": name,
                "sync_status": "UP_TO_DATE" if safe and last is not None else sync,
                "auto_sync": on,
                "interval_minutes": 2.0,
                "last_synced_at": text_time(now - last) if last is not None else None,
                "next_sync_at": None,
                "error": None,
                "photos": photos,
                "to_fetch": 0,
                "cameras": cameras,
                "bytes_today": photos * 19_000_000,
                "ended": False,
                "send": True,
                "unsent": 0,
                "sources": [],
            }
            for n, (name, sync, on, photos, last, cameras) in enumerate(EVENTS)
        ],
        errors=len(told["errors"]),
        held=0,
    )
    return weighed(made)


def latest(newest: float) -> list[dict[str, Any]]:  # type: ignore[type-arg]
    rows, then = [], newest
    for n in range(60):
        rows.append(
            {
                "id": 500 - n,
                "at": text_time(then),
                "photo": f"DSC_{4468 - n}.jpg",
                "to": WHO[n % 12],
                "took": TOOK[n % 12],
            }
        )
        then -= (3, 6, 2, 9, 4)[n % 5]
    return rows


def trouble(name: str, state: str = "live") -> Trouble:
    """One of the drawing's causes, with the photos it holds up."""
    told = {
        "cut": ("photo_defect", "permanent", "Photo cut short", "DSC_4402.jpg ends early: card pulled",
                "Copy it from the card again", [402]),
        "refused": ("permission_denied", "missing", "Drive refused a file", "Folder of Ivan Petrov was removed",
                    "Press x: makes it again and sends", [390]),
        "lost": ("network_error", "transient", "No way to Drive", "The network does not answer",
                 "Check the Wi-Fi; next try in 18 s", []),
        "signin": ("auth_expired", "auth", "Sign-in expired", "Google ended the sign-in at 22:02",
                   "Run venuesync login; sending then goes on", []),
    }[name]  # fmt: skip
    kind, cause, title, detail, remedy, ids = told
    now = clock_of(state)
    count = sum(STATES[state]["queue"]) if not ids else 1
    return Trouble(
        kind=kind, cause=cause, severity="error", title=title, detail=detail, remedy=remedy,
        subjects=["DSC_4402.jpg"], ids=ids, photos=ids, count=count,
        first_at=text_time(now - 60), last_at=text_time(now), ended_at=None,
    )  # fmt: skip


def enrolled(matched: int = 37, new: bool = True) -> EnrollResult:
    """What enrolling Linnea with four photos answers."""
    small = "the face is too small: 38 pixels wide, and 40 are needed"
    several = "3 faces were found in it, and it has to be one"
    verdicts = [
        ("IMG_2011.jpg", True, 1, "good"), ("IMG_2014.jpg", True, 1, "good"),
        ("IMG_2017.jpg", False, 1, small), ("IMG_2018.jpg", False, 3, several),
    ]  # fmt: skip
    return EnrollResult(
        person={
            "id": "p99", "name": "Linnea Berg", "event": "mia", "guest": False, "references": 2, "solo": 0,
            "group": 0, "on_drive": 0, "only_here": 0, "link": None, "last_seen_at": None,
        },
        new=new,
        references=[ReferenceVerdict(photo=p, used=u, faces=f, verdict=v) for p, u, f, v in verdicts],
        folders=["/w/People/Linnea Berg/Solo", "/w/People/Linnea Berg/Group"],
        matched=matched,
        added=2,
        told=[],
        seconds=1.8,
    )  # fmt: skip


def remembered(screen: Any, state: str) -> Any:
    """A screen state that has seen the drawing's highest queue of the last ten minutes."""
    return replace(screen, scale=screen.scale.note(STATES[state]["deep"], clock_of(state) - 60))


def incoming(folder: Path) -> Path:
    """An incoming folder with a few photos, the newest a minute old at 22:14."""
    made = folder / "Incoming"
    for n in range(11, 31):
        photo = made / ("Lena" if n % 2 else "Ravi") / f"IMG_20{n}.jpg"
        photo.parent.mkdir(parents=True, exist_ok=True)
        photo.write_bytes(b"")
        then = clock_of("live") - 60 * (n - 10)
        os.utime(photo, (then, then))
    return made
