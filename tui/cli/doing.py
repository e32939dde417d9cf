"""The commands that change something: what they ask of the agent, and what they say of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.errors import UsageError
from agent.service import EnrollResult
from tui.cli import say
from tui.cli.embed import existing, place, reach, running


async def switch(chosen: Path | None, what: str, *, off: bool, json: bool) -> int:
    if what not in ("uploads", "all"):
        raise UsageError("There is nothing of that name to pause", f"{what!r} was given", "Give uploads or all")
    async with reach(existing(chosen)) as reached:
        now = await (reached.service.pause(what) if off else reached.service.resume(what))
    if json:
        say.value(now)
    elif now["all"]:
        say.line("Everything is paused")
    else:
        say.line("Uploads are paused" if now["uploads"] else "Nothing is paused")
    return 0


async def look_now(chosen: Path | None, events: Sequence[str], *, again: bool, json: bool) -> int:
    async with running(existing(chosen)) as service:
        names = await (service.resync(events) if again else service.sync(events))
    if json:
        say.value(names)
    else:
        say.line(f"{'Listed again' if again else 'Looked for new photos'}: {', '.join(names)}")
    return 0


async def try_again(chosen: Path | None, ids: Sequence[int], *, everything: bool, json: bool) -> int:
    if not ids and not everything:
        raise UsageError("Nothing to try again was named", "no number was given", "Give numbers of photos, or --all")
    async with reach(existing(chosen)) as reached:
        result = await reached.service.retry(ids, everything)
        if reached.agent is not None:
            await reached.agent.file_now()
    if json:
        say.value(result)
    else:
        say.line(f"Trying again: {result['photos']} photos, {result['placements']} placements")
    return 0


async def enroll_person(
    chosen: Path | None, name: str, photos: Sequence[Path], event: str | None, *, json: bool
) -> int:
    """Exit 0: all references good, 5: some, 1: none (raised)."""
    paths = [str(photo.expanduser().absolute()) for photo in photos]
    async with reach(place(chosen)) as reached:
        result = await reached.service.enroll(name, paths, event)
        if reached.agent is not None:
            await reached.agent.file_now()
    if json:
        say.value(result)
    else:
        tell_enrolled(result)
    return 0 if all(one["used"] for one in result["references"]) else 5


def tell_enrolled(result: EnrollResult) -> None:
    person = result["person"]
    for one in result["references"]:
        say.line(f"  {'used' if one['used'] else 'not used'}  {one['photo']}: {one['verdict']}")
    what = "is enrolled" if result["new"] else "has more references"
    say.line(f"{person['name']} {what}: {person['references']} in all, {result['seconds']:.1f} s")
    for folder in result["folders"]:
        say.line(f"  {folder}")
    say.line(f"  {result['matched']} earlier photos matched")


async def dismiss_errors(chosen: Path | None, ids: Sequence[int], *, json: bool) -> int:
    async with reach(existing(chosen)) as reached:
        count = await reached.service.dismiss(ids)
    return tell_number("Set aside", count, ids, "no open errors", json=json)


async def restore_errors(chosen: Path | None, ids: Sequence[int], *, json: bool) -> int:
    async with reach(existing(chosen)) as reached:
        count = await reached.service.restore(ids)
    return tell_number("Need you again", count, ids, "not set aside", json=json)


def tell_number(what: str, count: int, ids: Sequence[int], others: str, *, json: bool) -> int:
    """Exit 1 where it was none of them."""
    if count < len(set(ids)):
        say.message(f"{len(set(ids)) - count} of these are {others}")
    if json:
        say.value(count)
    else:
        say.line(f"{what}: {count}")
    return 0 if count else 1


async def decide_held(chosen: Path | None, ids: Sequence[str], *, everything: bool, yes: bool, json: bool) -> int:
    if not ids and not everything:
        raise UsageError("Nothing was named", "no id was given", "Give ids, as `venuesync held` shows them, or --all")
    async with reach(existing(chosen)) as reached:
        service = reached.service
        count = await (service.approve(ids, everything) if yes else service.reject(ids, everything))
        if reached.agent is not None:
            await reached.agent.file_now()
    if json:
        say.value(count)
    else:
        say.line(f"{'Approved' if yes else 'Rejected'}: {count}" if count else "Nothing is held under that name")
    return 0 if count else 1
