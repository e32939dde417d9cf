"""`events`: their folders, sources on Drive and settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args

import typer

from agent.clock import wall
from agent.errors import UsageError
from agent.requests.events import (
    AddEvent,
    ChangeEventFolder,
    ChangeEventSource,
    ClockRow,
    EventDetails,
    EventSettings,
    EventStatus,
    GetEvent,
    ListClocks,
    RemoveEvent,
    SetClock,
    SetEvent,
    spoken,
)
from agent.requests.status import GetStatus
from tui import words
from tui.cli import say
from tui.cli.commands import Json, ask, group
from tui.cli.people import counted, whole_path

app = group()
events_app = group()
app.add_typer(events_app, name="events")

Change = Literal["add", "remove", "enable", "disable"]
NO_KEYS = ("id", "name", "ended", "accounts_before", "folders")  # that are shown in their own way
SETTINGS = tuple(one for one in EventSettings.__annotations__ if one not in NO_KEYS)

Name = Annotated[str, typer.Argument(metavar="E", help="An event's name or id")]
What = Annotated[str, typer.Argument(metavar="add|remove|enable|disable")]
MAY_BE_NEGATIVE = {"ignore_unknown_options": True}  # a number such as -1, or -1:00, is no option


@events_app.callback(invoke_without_command=True, epilog="Example: venuesync events")
def events(context: typer.Context, json: Json = False) -> None:
    """Events: their folders, sources on Drive, settings; without a word all of them, and how they stand."""
    if context.invoked_subcommand is not None:
        return
    rows = ask(GetStatus())["events"]
    heads = ["EVENT", "STATE", "PHOTOS", "TO FETCH", "SOURCES", "LAST LOOK", "NEXT LOOK", "EVERY"]
    say.rows(rows, event_cells, heads, nothing="There is no event", json=json)
    for row in rows:
        if row["error"] and not json:
            say.line(f"  {row['name']}: {row['error']}")


def event_cells(row: EventStatus) -> list[str]:
    pace = "ended" if row["ended"] else f"{row['interval_minutes']:g} min" if row["auto_sync"] else "off"
    return [
        row["name"],
        words.SYNC.get(row["sync_status"], row["sync_status"]),
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


def due(text: str | None) -> str:
    """When something is done next; or since when it could be, and waits or is being done."""
    then = words.moment(text)
    return f"next {clock(text)}" if then is None or then > wall() else f"due since {clock(text)}"


@events_app.command(epilog="Example: venuesync events add Gala --folder /mnt/card")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    source: Annotated[
        list[str] | None, typer.Option("--source", help="A folder on Drive.", metavar="DRIVE_URL_OR_ID")
    ] = None,
    account: Annotated[
        str, typer.Option("--account", help="The Google account that holds its photos, by its address.", metavar="NAME")
    ] = "",
    destination: Annotated[
        str | None, typer.Option("--destination", help="Folder on Drive to file into.", metavar="DRIVE_URL_OR_ID")
    ] = None,
    folder: Annotated[list[Path] | None, typer.Option("--folder", help="An incoming folder.", metavar="DIR")] = None,
    ends: Annotated[
        str | None, typer.Option("--ends", help="Its last day: one more full sync, then off.", metavar="DATE")
    ] = None,
    json: Json = False,
) -> None:
    """A new event; its first sync starts by itself."""
    folders = [whole_path(one) for one in folder or []]
    made = AddEvent(
        name=name, sources=source or [], account=account, destination=destination, folders=folders, ends=ends
    )
    tell(ask(made), json=json)


@events_app.command(epilog="Example: venuesync events show Gala")
def show(event: Name, json: Json = False) -> None:
    """Everything about an event: settings, sources, cameras, last syncs, jobs."""
    tell(ask(GetEvent(id=event)), json=json)


@events_app.command(epilog="Example: venuesync events remove Gala")
def remove(event: Name, json: Json = False) -> None:
    """Forget it and its people; every file stays, here and on Drive."""
    before = ask(GetEvent(id=event))
    name = ask(RemoveEvent(event=event))
    say.answer(name, f"Removed: {name}. Its files stay where they are, here and on Drive", json=json)
    if unfiled := before.get("unfiled", 0):
        where = [before.get("incoming", ""), *(one["path"] for one in before["settings"]["folders"])]
        told = f"{words.photos(unfiled)} of it not filed anywhere: no event takes in what lies in {' or '.join(where)}"
        say.message(f"{told}. Move it into another event's Incoming: venuesync events show")


@events_app.command(epilog="Example: venuesync events enable Gala")
def enable(event: Name, json: Json = False) -> None:
    """Look at its sources again."""
    tell(ask(SetEvent(event=event, key="enabled", value="true")), json=json)


@events_app.command(epilog="Example: venuesync events disable Gala")
def disable(event: Name, json: Json = False) -> None:
    """Leave its sources alone until it is enabled or synced by hand."""
    tell(ask(SetEvent(event=event, key="enabled", value="false")), json=json)


@events_app.command(context_settings=MAY_BE_NEGATIVE, epilog="Example: venuesync events interval Gala fast")
def interval(
    event: Name,
    minutes: Annotated[str, typer.Argument(metavar="MIN", help="0.5 to 60, or fast, normal, slow, hourly")],
    json: Json = False,
) -> None:
    """The longest wait between two looks at its sources."""
    set_value(event, "interval", minutes, json=json)


@events_app.command("set", context_settings=MAY_BE_NEGATIVE, epilog="Example: venuesync events set Gala gone remove")
def set_value(
    event: Name,
    key: Annotated[
        str,
        typer.Argument(metavar="KEY", help=f"name, {', '.join(SETTINGS[1:])}"),
    ],
    value: Annotated[str, typer.Argument(metavar="VALUE", help='"": as the workspace has it')],
    yes: Annotated[bool, typer.Option("--yes", help="Of another account: send all photos there anew.")] = False,
    json: Json = False,
) -> None:
    """Set one key of an event."""
    details = ask(SetEvent(event=event, key=key, value=value, yes=yes))
    unwise = details.get("warning", "")
    if key == "interval" and details["settings"]["interval"] is not None and unwise:
        say.message(unwise)
    tell(details, json=json)


@events_app.command("source", epilog="Example: venuesync events source add Gala 1aBcD")
def change_source(
    what: What,
    event: Name,
    which: Annotated[str, typer.Argument(metavar="X", help="Address or id of a folder; else a source's id or name")],
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only this subfolder, by id; again for more.", metavar="ID")
    ] = None,
    json: Json = False,
) -> None:
    """Add, remove, enable or disable a source on Drive."""
    change, event = change_of(what, event)
    tell(ask(ChangeEventSource(event=event, change=change, source=which, only=only or [])), json=json)


@events_app.command("folder", epilog="Example: venuesync events folder add Gala /mnt/card")
def change_folder(
    what: What, event: Name, which: Annotated[Path, typer.Argument(metavar="DIR")], json: Json = False
) -> None:
    """Add, remove, enable or disable an incoming folder."""
    change, event = change_of(what, event)
    tell(ask(ChangeEventFolder(event=event, change=change, folder=whole_path(which))), json=json)


@events_app.command(
    "clock",
    context_settings=MAY_BE_NEGATIVE,
    epilog='Example: venuesync events clock Gala "EOS R6" +0:12:30',
)
def clock_of(
    event: Name,
    camera: Annotated[str | None, typer.Argument(metavar="CAMERA", help="Its name, or a part of it")] = None,
    ahead: Annotated[
        str | None,
        typer.Argument(metavar="AHEAD", help="+H:MM[:SS] its clock is ahead, -H:MM behind, 0 right, auto: found out"),
    ] = None,
    json: Json = False,
) -> None:
    """Cameras' clocks: how far each is from true time, by which photos' times are corrected; or say it of one.

    They are found out from photos of the same people that two cameras took at once, and from GPS; undo takes back what
    was said.
    """
    if camera is not None and ahead is None:
        raise UsageError("What is its clock?", camera, "Give +H:MM:SS (ahead), -H:MM:SS (behind), 0 (right) or auto")
    rows = ask(ListClocks(id=event) if camera is None else SetClock(event=event, camera=camera, ahead=ahead or ""))
    heads = ["CAMERA", "PHOTOS", "CLOCK", "TOLD BY", "SURE"]
    say.rows(rows, clock_cells, heads, nothing="No camera with a clock has taken photos of it", json=json)


TOLD_BY = {
    "hand": "you",
    "gps": "satellites",
    "phone": "its network",
    "people": "photos of the same people",
    "reference": "most photos: others are compared to it",
    "unknown": "too little in common with others",
}


def clock_cells(row: ClockRow) -> list[str]:
    clock = "not known" if row["told_by"] == "unknown" else spoken(row["ahead"])
    if row["told_by"] == "hand" and row["found"] is not None and row["found"] != row["ahead"]:
        clock += f" (found: {spoken(row['found'])})"
    sure = f"{row['sureness']:.0%}, {row['moments']} moments" if row["moments"] else "-"
    return [row["camera"], f"{row['photos']:,}", clock, TOLD_BY[row["told_by"]], sure]


def change_of(what: str, event: str) -> tuple[Change, str]:
    """What is to be done, and the event: they may be typed the other way round, too."""
    changes = get_args(Change)
    if what in changes:
        return cast(Change, what), event
    if event in changes:
        return cast(Change, event), what
    raise UsageError("There is nothing of that name to do", f"{what!r} was given", f"Give {', '.join(changes)}")


def tell(details: EventDetails, *, json: bool) -> None:
    say.answer(details, *event_lines(details), json=json)
    for one in details.get("notes", []):
        say.message(one)


def event_lines(details: EventDetails) -> Iterator[str]:
    """How it stands, what is set, where photos come from, what the last looks brought, what is due."""
    status, settings = details["status"], details["settings"]
    yield f"{status['name']}  ({status['id']})"
    state = words.SYNC.get(status["sync_status"], status["sync_status"])
    yield f"  state        {state}{': ' + status['error'] if status['error'] else ''}"
    yield f"  photos       {status['photos']:,}, {status['to_fetch']:,} still to be fetched"
    yield f"  last look    {clock(status['last_synced_at'])}, {due(status['next_sync_at'])}"
    for key in SETTINGS:
        yield f"  {key:<12} {shown(cast(dict[str, Any], settings)[key])}"
    for one in settings["accounts_before"]:
        yield f"  before       its photos went to {one or 'the account that all events use'}, and lie there still"
    if incoming := details.get("incoming"):
        yield f"  incoming     {incoming}"
    for folder in settings["folders"]:
        yield f"  folder       {folder['path']}{'' if folder['enabled'] else '  (off)'}"
    for source in details["sources"]:
        state = "off" if not source["enabled"] else source["detail"] if source["state"] == "lost" else "ok"
        yield f"  source       {source['name']}  {source['id']}: {counted(source['photos'], 'photo')}, {state}"
    for camera in details["cameras"]:
        photos = counted(camera["total_files"], "photo")
        yield f"  camera       {camera['camera_name']}: {photos}, {camera['total_size_mb']} MB"
    for run in details["runs"][:5]:
        took = "" if run["seconds"] is None else f", {run['seconds']:.1f} s"
        yield (
            f"  {run['kind']:<12} {clock(run['began_at'])}: {run['found']:,} found, {run['gone']:,} gone,"
            f" {counted(run['photos'], 'photo')}, {counted(run['faces'], 'face')}{took}: {run['outcome']}"
        )
    for job in details["jobs"]:
        yield f"  job {job['name']:<8} last {clock(job['last_at'])}, {due(job['next_at'])}: {job['what']}"


def shown(value: object) -> str:
    """A setting's value; what is not set follows the workspace."""
    if value is None:
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)
