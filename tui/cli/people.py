"""What the commands about people ask of the agent, and what they say of its answer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from agent.service import AgentService
from agent.service_people import DecisionRow, FoundPerson, PersonChange, ReviewRow, Undone, UnknownRow
from tui import words
from tui.cli import say
from tui.cli.embed import existing, reach, running

T = TypeVar("T")


async def asked(chosen: Path | None, question: Callable[[AgentService], Coroutine[Any, Any, T]]) -> T:
    async with reach(existing(chosen)) as reached:
        return await question(reached.service)


async def done(chosen: Path | None, verb: Callable[[AgentService], Coroutine[Any, Any, T]]) -> T:
    """A verb, and what follows from it on disk where no agent runs that would see to it."""
    async with reach(existing(chosen)) as reached:
        answer = await verb(reached.service)
        if reached.agent is not None:
            await reached.agent.file_now()
        return answer


# ---- verbs


async def rename_person(chosen: Path | None, person: str, name: str, event: str | None, *, json: bool) -> int:
    change = await done(chosen, lambda service: service.rename_person(person, name, event))
    return tell_change(change, f"{person} is {change['name']} now", json=json)


async def merge_people(chosen: Path | None, person: str, into: str, event: str | None, *, json: bool) -> int:
    change = await done(chosen, lambda service: service.merge_people(person, into, event))
    return tell_change(change, f"{person} is one with {change['name']} now", json=json)


async def link_person(chosen: Path | None, person: str, event: str | None, *, qr: bool, off: bool, json: bool) -> int:
    async with running(existing(chosen)) as service:
        link = await service.link_person(person, not off, event)
    if json:
        say.value({"person": person, "link": link})
        return 0
    say.line(link or f"Nobody can open the folder of {person} by a link any more")
    if link and qr:
        from tui.qr import qr_text

        for row in qr_text(link):
            say.line(row)
    return 0


async def not_this_person(
    chosen: Path | None, person: str, photos: Sequence[int], event: str | None, *, json: bool
) -> int:
    change = await done(chosen, lambda service: service.not_this_person(person, photos, event))
    return tell_change(change, f"Not {change['name']}", json=json)


async def name_unknown(chosen: Path | None, id: str, name: str, *, json: bool) -> int:
    change = await done(chosen, lambda service: service.name_unknown(id, name))
    text = f"Put to {change['name']}, who was known" if change["merged"] else f"This is {change['name']} now"
    return tell_change(change, text, json=json)


async def ignore_unknown(chosen: Path | None, id: str, *, json: bool) -> int:
    change = await done(chosen, lambda service: service.ignore_unknown(id))
    return tell_change(change, f"{change['name'] or 'They'} will not be asked about again", json=json)


async def answer_review(chosen: Path | None, id: int, *, yes: bool, json: bool) -> int:
    answer = await done(chosen, lambda service: service.answer_review(id, yes))
    if json:
        say.value(answer)
    else:
        say.line(f"It is {'' if yes else 'not '}{answer['name']}: {words.moved(answer['photos'])}")
    return 0


async def take_back(chosen: Path | None, *, json: bool) -> int:
    return tell_turned(await done(chosen, lambda service: service.undo()), "Undone", json=json)


async def do_again(chosen: Path | None, *, json: bool) -> int:
    return tell_turned(await done(chosen, lambda service: service.redo()), "Done again", json=json)


async def show_decisions(chosen: Path | None, *, json: bool) -> int:
    """What can be undone, newest first, and above it what can be done again."""
    found = await asked(chosen, lambda service: service.decisions())
    rows = [*(["redo", *decision_cells(row)] for row in reversed(found["undone"]))]
    rows += [["undo", *decision_cells(row)] for row in found["done"]]
    if json:
        say.value(found)
    elif rows:
        say.table(rows, ["BY", "AT", "EVENT", "WHAT"])
    else:
        say.message("Nothing to undo")
    return 0


def decision_cells(row: DecisionRow) -> list[str]:
    at = datetime.fromisoformat(row["at"]).astimezone()
    return [f"{at:%Y-%m-%d %H:%M:%S}", ", ".join(row["events"]) or "-", row["what"]]


def tell_turned(undone: Undone, word: str, *, json: bool) -> int:
    if json:
        say.value(undone)
    else:
        say.line(f"{word}: {undone['what']} ({words.moved(undone['photos'])}, {undone['left']} more)")
    return 0


def tell_change(change: PersonChange, text: str, *, json: bool) -> int:
    if json:
        say.value(change)
        return 0
    say.line(f"{text}: {words.moved(change['photos'])}, {change['seconds']:.1f} s")
    for folder in change["folders"]:
        say.line(f"  {folder}")
    return 0


# ---- questions


async def show_unknown(chosen: Path | None, event: str | None, *, json: bool) -> int:
    rows = await asked(chosen, lambda service: service.unknown(event))
    heads = ["ID", "NAME", "PHOTOS", "FACES", "LAST SEEN", "IN PHOTOS"]
    say.rows(rows, unknown_cells, heads, nothing="Nobody unknown was seen twice", json=json)
    return 0


def unknown_cells(row: UnknownRow) -> list[str]:
    return [
        row["id"],
        row["name"] or "-",
        str(row["photos"]),
        str(row["faces"]),
        clock(row["last_seen_at"]),
        " ".join(str(one) for one in row["photo_ids"]),
    ]


async def show_review(chosen: Path | None, event: str | None, *, json: bool) -> int:
    rows = await asked(chosen, lambda service: service.review(event))
    heads = ["ID", "PHOTO", "", "IS IT", "DISTANCE", "WHY"]
    say.rows(rows, review_cells, heads, nothing="Nothing is to be decided", json=json)
    return 0


def review_cells(row: ReviewRow) -> list[str]:
    return [str(row["id"]), row["photo_name"], str(row["photo"]), row["name"], f"{row['distance']:.2f}", row["why"]]


async def find_people(chosen: Path | None, photo: Path, *, json: bool) -> int:
    """Exit 0 if somebody is known for sure, 1 if nobody is."""
    path = str(photo.expanduser().absolute())
    rows = await asked(chosen, lambda service: service.find_people(path))
    heads = ["WHO", "DISTANCE", "FOLDER", "LINK"]
    say.rows(rows, found_cells, heads, nothing="No face was found in it", json=json)
    return 0 if any(row["sure"] for row in rows) else 1


def found_cells(row: FoundPerson) -> list[str]:
    who = row["name"] or row["why"]
    if row["name"] and not row["sure"]:
        who = f"{row['name']}, perhaps: {row['why']}"
    distance = "-" if row["distance"] is None else f"{row['distance']:.2f}"
    return [who, distance, row["folder"] or "-", row["link"] or "-"]


def clock(at: float | None) -> str:
    return "-" if at is None else f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"
