"""The commands that ask: they print what the agent knows, or what the stores say where none runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from agent.errors import NoAgent, UsageError
from agent.model import Mode, Whole
from agent.service import AgentService, UploadRow
from agent.service_browse import ActivityEntry, AsideRow, PersonStatus
from agent.service_people import HeldRow
from agent.service_snapshot import Trouble
from agent.service_status import StatusDocument
from tui.cli import say
from tui.cli.embed import existing, reach
from tui.cli.status_text import sending, status_lines
from tui.verdict_words import in_short

STOPPED = 3
UPLOAD_STATES = ("queued", "active", "verified", "failed")


async def show_status(chosen: Path | None, *, json: bool, watch: bool, check: bool) -> int:
    """Exit 0; 3 where no agent runs. With `check`: one line, and 1 for trouble. What is watched as JSON: one a line."""
    async with reach(existing(chosen)) as reached:
        document = await reached.service.status()
        if check:
            return tell_check(document, json=json)
        print_status(document, json=json, in_one_line=watch)
        if not reached.remote:
            return STOPPED
        if watch:
            async for changed in statuses(reached.service):
                if not json:
                    say.line("")
                print_status(changed, json=json, in_one_line=True)
    return 0


def print_status(document: StatusDocument, *, json: bool, in_one_line: bool) -> None:
    if json:
        say.value(document, in_one_line=in_one_line)
    else:
        for text in status_lines(document):
            say.line(text)


async def statuses(service: AgentService) -> AsyncIterator[StatusDocument]:
    """Each new status document."""
    snapshot = await service.snapshot()
    async for change in service.events(snapshot["boot"], snapshot["seq"]):
        if change["section"] == "status":
            yield change["data"]
        elif change["section"] == "resync":
            yield await service.status()


def tell_check(document: StatusDocument, *, json: bool) -> int:
    """One line for a script: well, in trouble, or not running."""
    runs = document["mode"] != Mode.STOPPED
    troubles = troubles_of(document) if runs else ["no agent runs"]
    if json:
        say.value({"well": not troubles, "troubles": troubles, "safe_to_leave": document["safe_to_leave"]})
    elif runs:
        say.line(f"{', '.join(troubles) or 'well'}{sending(document)}; {in_short(document)}")
    else:
        say.line(*troubles)
    return int(bool(troubles)) if runs else STOPPED


def troubles_of(document: StatusDocument) -> list[str]:
    errors = document["errors"]
    troubles = [
        *([f"{errors:,} {'error' if errors == 1 else 'errors'}"] if errors else []),
        *([f"the watcher is {document['watcher']['state']}"] if document["watcher"]["state"] != "running" else []),
        *([f"Drive: {document['drive']['state']}"] if document["drive"]["state"] not in ("online", "disabled") else []),
        *([f"the disk is {document['disk']['state']}"] if document["disk"]["state"] != "ok" else []),
    ]
    if document["safe_to_leave"]["needs_somebody"] and not troubles:
        troubles = ["needs you"]
    return troubles


async def show_people(chosen: Path | None, *, json: bool) -> int:
    async with reach(existing(chosen)) as reached:
        rows = await reached.service.people()
    heads = ["NAME", "REFERENCES", "SOLO", "GROUP", "ON DRIVE"]
    nothing = "Nobody is enrolled yet: venuesync enroll NAME PHOTO…"
    say.rows(rows, person_cells, heads, nothing=nothing, json=json)
    return 0


def person_cells(row: PersonStatus) -> list[str]:
    return [row["name"], str(row["references"]), str(row["solo"]), str(row["group"]), str(row["on_drive"])]


async def show_uploads(chosen: Path | None, *, json: bool, state: str | None) -> int:
    if state is not None and state not in UPLOAD_STATES:
        raise UsageError("There is no such state", f"{state!r} was given", f"Give one of {', '.join(UPLOAD_STATES)}")
    async with reach(existing(chosen)) as reached:
        rows = await reached.service.uploads(state)
    heads = ["PHOTO", "FOLDER", "STATE", "TRIES", "ERROR"]
    nothing = "Nothing is to be uploaded" if state is None else f"No upload is {state}"
    say.rows(rows, upload_cells, heads, nothing=nothing, json=json)
    return 0


def upload_cells(row: UploadRow) -> list[str]:
    return [row["photo"], row["folder"], row["state"], str(row["attempts"]), row["error"] or ""]


async def show_errors(chosen: Path | None, *, json: bool) -> int:
    async with reach(existing(chosen)) as reached:
        found = await reached.service.errors()
    if json:
        say.value(found)
        return 0
    for one in found["open"]:
        tell_trouble(one)
    if not found["open"]:
        say.message(f"Nothing needs you. {found['healed_today']} troubles today healed by themselves.")
    return 0


async def show_set_aside(chosen: Path | None, *, json: bool) -> int:
    async with reach(existing(chosen)) as reached:
        found = await reached.service.set_aside()
    if json:
        say.value(found)
        return 0
    for one in found:
        tell_set_aside(one)
    if not found:
        say.message("Nothing is set aside")
    return 0


WHOLE = {
    Whole.HERE: "only here, not whole on Drive",
    Whole.CARD: "only on the card, or wherever it was copied from",
    Whole.SOURCE: "only in the photographer's folder on Drive",
}


def tell_set_aside(one: AsideRow) -> None:
    when = "" if one["at"] is None else f", set aside at {datetime.fromtimestamp(one['at']).astimezone():%H:%M}"
    say.line(f"{one['name']}: {one['title'] or 'failed'}{when}   [{one['id'] or ''}]")
    say.line(f"    whole {WHOLE[Whole(one['only'])]}")
    for path in one["files"]:
        say.line(f"    here  {path}")
    if one["on_drive"]:
        say.line(f"    Drive {', '.join(one['on_drive'])}")


def tell_trouble(one: Trouble) -> None:
    since = datetime.fromtimestamp(one["first_at"]).astimezone()
    ids = " ".join(str(number) for number in one["ids"][:10]) + (" …" if len(one["ids"]) > 10 else "")
    say.line(f"{one['title']} ({one['count']}), since {since:%H:%M}   [{ids}]")
    say.line(f"    why  {one['detail']}")
    say.line(f"    do   {one['remedy']}")


async def show_held(chosen: Path | None, *, json: bool) -> int:
    async with reach(existing(chosen)) as reached:
        rows = await reached.service.held()
    say.rows(rows, held_cells, ["ID", "WHAT", "WHY"], nothing="Nothing is held", json=json)
    return 0


def held_cells(row: HeldRow) -> list[str]:
    return [row["id"], row["what"], row["why"]]


async def show_activity(chosen: Path | None, *, json: bool, follow: bool) -> int:
    async with reach(existing(chosen)) as reached:
        entries = await reached.service.activity()
        if json and not follow:
            say.value(entries)
            return 0
        for entry in reversed(entries):
            tell_entry(entry)
        if not follow:
            return 0
        if not reached.remote:
            raise NoAgent("No agent runs in this workspace", "nothing more will happen", "Start it with `venuesync`")
        snapshot = await reached.service.snapshot()
        async for change in reached.service.events(snapshot["boot"], snapshot["seq"]):
            if change["section"] == "activity":
                for entry in change["data"]:
                    tell_entry(entry)
    return 0


def tell_entry(entry: ActivityEntry) -> None:
    say.line(f"{datetime.fromtimestamp(entry['at']).astimezone():%Y-%m-%d %H:%M:%S}  {entry['text']}")
