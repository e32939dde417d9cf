"""The status document's counters, counted again from single rows, slowly and by nobody's index.

One shot's two files (RAW and JPEG) are one photo: it is as far as the one that is behind, and what is on its way comes
before what waits for somebody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

Row = dict[str, Any]
COUNTED = ("waiting", "filed", "unsorted", "failed", "held", "dismissed")
COMES_FIRST = ("waiting", "to send", "failed, held", "dismissed")
ON_DRIVE = ("there", "removed")


def recount(tables: dict[str, list[Row]], status: Row) -> Iterator[str]:
    """Each counter that says otherwise."""
    expected = {
        "photos": photos(tables, drive=status["drive"]["state"] != "disabled"),
        "uploads": uploads(tables, status),
        "people": people(tables),
        "errors": sum(row["state"] == "open" for row in tables["trouble"]),
    }
    told = {
        "photos": {key: status["photos"][key] for key in expected["photos"]},
        "uploads": {
            "verified": status["uploads"]["verified"],
            "others": sum(status["uploads"][key] for key in ("queued", "active", "failed")),
        },
        "people": {
            one["id"]: (one["solo"], one["group"], one["on_drive"], one["only_here"]) for one in status["people"]
        },
        "errors": status["errors"],
    }
    nobody = {one: (0, 0, 0, 0) for one in told["people"]}
    expected["people"] = nobody | {one: found for one, found in expected["people"].items() if one in nobody}
    for key, number in expected.items():
        if told[key] != number:
            yield f"counters: {key} are {number}, the status says {told[key]}"


def shots(tables: dict[str, list[Row]]) -> list[list[Row]]:
    """Rows that are one photo, its own first."""
    mains = {row["id"]: [row] for row in tables["event_photo"] if row["twin_of"] is None}
    for row in tables["event_photo"]:
        if row["twin_of"] is not None:
            mains[row["twin_of"]].append(row)
    return list(mains.values())


def photos(tables: dict[str, list[Row]], *, drive: bool) -> dict[str, int]:
    found: Counter[str] = Counter()
    for main, *twins in shots(tables):
        files = [main] if main["state"] in ("withdrawn", "superseded") else [main, *twins]
        if main["state"] == "moved":  # what is to be sent of the other one is no photo of this event
            files = [main, *(twin for twin in twins if is_at(twin, drive=drive) != "to send")]
        behind = {is_at(row, drive=drive): row["state"] for row in reversed(files)}
        first = next((behind[one] for one in COMES_FIRST if one in behind), main["state"])
        filed = main["state"] in ("filed", "unsorted") and first in ("filed", "unsorted")
        found[main["state"] if filed else first] += 1
    return {"seen": sum(found[state] for state in COUNTED), **{state: found[state] for state in COUNTED}}


def is_at(row: Row, *, drive: bool) -> str:
    """What is still to become of a file; "": nothing."""
    if row["state"] in ("filed", "unsorted"):
        return "to send" if drive and row["verified_at"] is None else ""
    return "failed, held" if row["state"] in ("failed", "held") else row["state"]


def amiss(tables: dict[str, list[Row]]) -> set[int]:
    """Placements that `verify` found gone or changed on Drive."""
    return {row["placement"] for row in tables["amiss_on_drive"]}


def uploads(tables: dict[str, list[Row]], status: Row) -> dict[str, int]:
    if status["drive"]["state"] == "disabled":
        return {"verified": 0, "others": 0}
    wanted = [row for row in tables["placement"] if row["wanted"]]
    wanted = [row for row in wanted if row["drive"] != "removed"]
    verified = sum(row["drive"] == "there" and row["id"] not in amiss(tables) for row in wanted)
    return {"verified": verified, "others": len(wanted) - verified}


def people(tables: dict[str, list[Row]]) -> dict[str, tuple[int, ...]]:
    """Person's id -> photos in Solo, in Group; of all these those that are on Drive, as far as they are to be there,
    and those that are only here.
    """
    folders = {row["id"]: row for row in tables["folder"] if row["kind"] in ("solo", "group") and row["person"]}
    shot_of = {row["id"]: row["twin_of"] or row["id"] for row in tables["event_photo"]}
    files: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in tables["placement"]:
        if row["wanted"] and row["folder"] in folders:
            files[row["folder"], shot_of[row["event_photo"]]].append(row)
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (folder, _), rows in files.items():
        one = found[folders[folder]["person"]]
        one[folders[folder]["kind"] == "group"] += 1
        if all(row["drive"] in ON_DRIVE for row in rows) and not amiss(tables) & {row["id"] for row in rows}:
            one[2 if any(row["drive"] == "there" for row in rows) else 3] += 1
    return {person: tuple(numbers) for person, numbers in found.items()}
