"""What the commands about events ask, and how they show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

from agent.errors import UsageError
from agent.service_events import EventDetails, EventStatus
from tui.cli import say
from tui.cli.embed import existing, reach, running

Change = Literal["add", "remove", "enable", "disable"]
CHANGES = ("add", "remove", "enable", "disable")


async def show_events(chosen: Path | None, *, json: bool) -> int:
    async with reach(existing(chosen)) as reached:
        rows = (await reached.service.status())["events"]
    if json:
        say.value(rows)
        return 0
    heads = ["EVENT", "STATE", "PHOTOS", "TO FETCH", "SOURCES", "LAST LOOK", "NEXT LOOK", "EVERY"]
    say.table([cells(row) for row in rows], heads)
    for row in rows:
        if row["error"]:
            say.line(f"  {row['name']}: {row['error']}")
    return 0


def cells(row: EventStatus) -> list[str]:
    pace = "ended" if row["ended"] else f"{row['interval_minutes']:g} min" if row["auto_sync"] else "off"
    return [
        row["name"],
        row["sync_status"],
        f"{row['photos']:,}",
        f"{row['to_fetch']:,}",
        str(len(row["sources"])),
        clock(row["last_synced_at"]),
        clock(row["next_sync_at"]),
        pace,
    ]


def clock(text: str | None) -> str:
    """A time of the API on this machine's clock; a day that is not today's with its date."""
    if text is None:
        return "-"
    then = datetime.fromisoformat(text).astimezone()
    return f"{then:%H:%M:%S}" if then.date() == datetime.now().astimezone().date() else f"{then:%Y-%m-%d %H:%M}"


async def show_event(chosen: Path | None, event: str, *, json: bool) -> int:
    async with reach(existing(chosen)) as reached:
        details = await reached.service.event(event)
    tell(details, json=json)
    return 0


async def add_event(
    chosen: Path | None,
    name: str,
    sources: Sequence[str],
    destination: str | None,
    folders: Sequence[str],
    ends: str | None,
    *,
    json: bool,
) -> int:
    async with reach(existing(chosen)) as reached:
        details = await reached.service.add_event(name, sources, destination, folders, ends)
    tell(details, json=json)
    return 0


async def remove_event(chosen: Path | None, event: str, *, json: bool) -> int:
    async with reach(existing(chosen)) as reached:
        name = await reached.service.remove_event(event)
    if json:
        say.value(name)
    else:
        say.line(f"Removed: {name}. Its files stay where they are, here and on Drive")
    return 0


async def set_event(chosen: Path | None, event: str, key: str, value: str, *, json: bool) -> int:
    async with reach(existing(chosen)) as reached:
        details = await reached.service.set_event(event, key, value)
    interval = details["settings"]["interval"]
    if key == "interval" and interval is not None and interval < 1:
        say.message("Looks under a minute apart use up Google's quota")
    tell(details, json=json)
    return 0


async def change_source(
    chosen: Path | None, what: str, event: str, which: str, only: Sequence[str], *, json: bool
) -> int:
    change, event = change_of(what, event)
    async with reach(existing(chosen)) as reached:
        details = await reached.service.event_source(event, change, which, only)
    tell(details, json=json)
    return 0


async def change_folder(chosen: Path | None, what: str, event: str, which: str, *, json: bool) -> int:
    change, event = change_of(what, event)
    async with reach(existing(chosen)) as reached:
        details = await reached.service.event_folder(event, change, which)
    tell(details, json=json)
    return 0


async def limit_line(chosen: Path | None, up: float | None, down: float | None, *, off: bool, json: bool) -> int:
    async with running(existing(chosen)) as service:
        now = await service.limit_line(up, down, off)
    if json:
        say.value(now)
    else:
        say.line(f"Sending: {speed(now['up_mbps'])}, fetching: {speed(now['down_mbps'])}")
    return 0


def speed(mbps: float) -> str:
    return f"{mbps:g} Mbit/s" if mbps else "no limit"


def change_of(what: str, event: str) -> tuple[Change, str]:
    """What is to be done, and the event: they may be typed the other way round, too."""
    if what in CHANGES:
        return what, event
    if event in CHANGES:
        return event, what
    raise UsageError("There is nothing of that name to do", f"{what!r} was given", f"Give {', '.join(CHANGES)}")


def tell(details: EventDetails, *, json: bool) -> None:
    if json:
        say.value(details)
        return
    for text in event_lines(details):
        say.line(text)


def event_lines(details: EventDetails) -> Iterator[str]:
    """How it stands, what is set, where photos come from, what the last looks brought, what is due."""
    status, settings = details["status"], details["settings"]
    yield f"{status['name']}  ({status['id']})"
    yield f"  state        {status['sync_status']}{': ' + status['error'] if status['error'] else ''}"
    yield f"  photos       {status['photos']:,}, {status['to_fetch']:,} still to be fetched"
    yield f"  last look    {clock(status['last_synced_at'])}, next {clock(status['next_sync_at'])}"
    for key in ("enabled", "interval", "tolerance", "destination", "gone", "send", "folder_depth", "ends"):
        yield f"  {key:<12} {shown(cast(dict[str, Any], settings)[key])}"
    for folder in settings["folders"]:
        yield f"  folder       {folder['path']}{'' if folder['enabled'] else '  (off)'}"
    for source in details["sources"]:
        state = "off" if not source["enabled"] else source["detail"] if source["state"] == "lost" else "ok"
        yield f"  source       {source['name']}  {source['id']}: {source['photos']:,} photos, {state}"
    for camera in details["cameras"]:
        yield f"  camera       {camera['camera_name']}: {camera['total_files']:,} photos, {camera['total_size_mb']} MB"
    for run in details["runs"][:5]:
        took = "" if run["seconds"] is None else f", {run['seconds']:.1f} s"
        yield (
            f"  {run['kind']:<12} {clock(run['began_at'])}: {run['found']:,} found, {run['gone']:,} gone,"
            f" {run['photos']:,} photos, {run['faces']:,} faces{took}: {run['outcome']}"
        )
    for job in details["jobs"]:
        yield f"  job {job['name']:<8} last {clock(job['last_at'])}, next {clock(job['next_at'])}: {job['what']}"


def shown(value: object) -> str:
    """A setting's value; what is not set follows the workspace."""
    if value is None:
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)
