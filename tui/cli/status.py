"""How everything is: `status`, `activity`, `errors`, `held`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Annotated

import typer

from agent import clock
from agent.clock import from_iso, from_iso_or_none
from agent.errors import NoAgent, UsageError
from agent.model import DiskState, DriveState, Mode, SafeCode, WatcherState, Whole
from agent.requests.ask import Agent
from agent.requests.snapshot import GetSnapshot, Snapshot
from agent.requests.status import GetStatus, StatusDocument
from agent.requests.troubles import (
    ActivityEntry,
    ApproveHeld,
    AsideRow,
    DismissTroubles,
    ListActivity,
    ListHeld,
    ListSetAside,
    ListTroubles,
    RejectHeld,
    RestoreTroubles,
    Trouble,
)
from tui import words
from tui.cli import say
from tui.cli.commands import Chosen, Json, ask, ask_and_file, finish, group
from tui.cli.embed import existing, reach
from tui.verdict import in_short, note, told

app = group()
errors_app = group()
held_app = group()
app.add_typer(errors_app, name="errors")
app.add_typer(held_app, name="held")

STOPPED = 3


# ---- the document


@app.command(epilog="Example: venuesync status --watch")
def status(
    json: Json = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on printing as it changes.")] = False,
    check: Annotated[bool, typer.Option("--check", help="One line; exit 0 well, 1 a problem, 3 none runs.")] = False,
) -> None:
    """How everything is: the queue, the people, Drive, and whether it is safe to leave."""
    finish(show_status(json=json, watch=watch, check=check))


async def show_status(*, json: bool, watch: bool, check: bool) -> int:
    """Exit 0; 3 where no agent runs. With `check`: one line, and 1 for trouble. What is watched as JSON: one a line."""
    async with reach(existing(Chosen.workspace)) as reached:
        document = await reached.agent.ask(GetStatus())
        if check:
            return tell_check(document, json=json)
        print_status(document, json=json, in_one_line=watch)
        if not reached.remote:
            return STOPPED
        if watch:
            async for changed in statuses(reached.agent):
                if say.unheard():
                    break
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


async def statuses(agent: Agent) -> AsyncIterator[StatusDocument]:
    """Each new status document."""
    snapshot = await agent.ask(GetSnapshot())
    async for change in agent.events(snapshot["boot"], snapshot["seq"]):
        if change["section"] == "status":
            yield change["data"]
        elif change["section"] == "resync":
            yield await agent.ask(GetStatus())


def tell_check(document: StatusDocument, *, json: bool) -> int:
    """One line for a script: well, in trouble, or not running."""
    code, line = checked(document)
    troubles = troubles_of(document)
    if json:
        say.value({"well": not troubles, "troubles": troubles, "safe_to_leave": document["safe_to_leave"]})
    else:
        say.line(line)
    return code


FINE = (DriveState.ONLINE, DriveState.DISABLED)


def checked(document: StatusDocument) -> tuple[int, str]:
    """The exit code and the line."""
    told = ", ".join(troubles := troubles_of(document))
    if document["mode"] == Mode.STOPPED:
        return STOPPED, told
    well = "connecting to Drive" if connecting(document) else "well"
    return int(bool(troubles)), f"{told or well}{sending(document)}; {in_short(document)}"


def connecting(document: StatusDocument) -> bool:
    """Whether Drive is offline only as nobody knows yet: the first look decides, within half a minute."""
    return document["drive"]["state"] == DriveState.OFFLINE and document["drive"]["connecting"]


def troubles_of(document: StatusDocument) -> list[str]:
    if document["mode"] == Mode.STOPPED:
        return ["no agent runs"]
    errors, watcher = document["errors"], document["watcher"]["state"]
    drive, disk = document["drive"]["state"], document["disk"]["state"]
    troubles = [
        *([f"{errors:,} {'error' if errors == 1 else 'errors'}"] if errors else []),
        *([f"the watcher is {watcher}"] if watcher != WatcherState.RUNNING else []),
        *([f"Drive: {drive}"] if drive not in FINE and not connecting(document) else []),
        *([f"the disk is {disk}"] if disk != DiskState.OK else []),
    ]
    if document["safe_to_leave"]["needs_somebody"] and not troubles:
        troubles = ["needs you"]
    return troubles


def status_lines(document: StatusDocument) -> Iterator[str]:
    """Most important first: may I leave, what is stuck, what moves, who has photos. A screen reader gets them, too."""
    yield told(document) + note(document)
    if document["mode"] == Mode.STOPPED:
        yield "Agent     stopped"
    else:
        yield f"Agent     {document['mode']}, pid {document['pid']}"
    yield f"Drive     {document['drive']['state']}{detail(document['drive']['detail'])}{sending(document)}"
    if (
        document["safe_to_leave"]["code"] in (SafeCode.WAITING, SafeCode.SENDING)
        and document["safe_to_leave"]["remedy"]
    ):
        yield f"          {document['safe_to_leave']['remedy']}"
    accounts = document["drive"]["accounts"]
    for one in accounts if len(accounts) > 1 else ():
        whose = ", ".join(one["events"])
        yield f"  {one['account'] or 'not signed in'} ({whose}): {one['state']}{detail(one['detail'])}"
    if document["drive"]["metered"] or document["drive"]["today"]["limit"]:
        yield f"Line      {line(document)}"
    yield f"Folders   {document['watcher']['state']}{detail(document['watcher']['detail'])}"
    if document["paused"]["all"] or document["paused"]["uploads"]:
        yield f"Paused    {'everything' if document['paused']['all'] else 'uploads'}"
    photos, queue, uploads = document["photos"], document["queue"], document["uploads"]
    here = document["safe_to_leave"].get("only_here", 0)
    held = f", {photos['held']:,} held" if photos["held"] else ""
    yield (
        f"Photos    {photos['seen']:,} seen: {photos['filed']:,} filed, {photos['unsorted']:,} unsorted, "
        f"{photos['waiting']:,} waiting, {photos['failed']:,} failed{held}{aside(document)}; "
        f"{photos['verified']:,} verified on Drive{f', {here:,} only here' if here else ''}{words.smaller(document)}"
    )
    yield (
        f"Queue     {queue['arriving']:,} arriving, {queue['faces']:,} faces, {queue['filing']:,} filing, "
        f"{queue['uploading']:,} uploading"
    )
    faces = document["faces"]
    looks = faces["second_looks"]
    yield (
        f"Faces     {faces['found']:,} found, {faces['unknown']:,} unknown; second looks: {looks['waiting']:,} due, "
        f"{looks['done']:,} done, {looks['found']:,} found"
    )
    elsewhere = faces["elsewhere"]
    if elsewhere["executor"]:
        yield f"  {elsewhere['executor']}: {elsewhere['looked']:,} photos looked at, {elsewhere['at_once']:,} at once"
    yield (
        f"Uploads   {uploads['verified']:,} verified, {uploads['active']:,} active, {uploads['queued']:,} queued, "
        f"{uploads['failed']:,} failed, {uploads['bytes_per_second'] / 1e6:.1f} MB/s"
    )
    if document["errors"]:
        yield f"Errors    {document['errors']:,}: see venuesync errors"
    names = {event["id"]: event["name"] for event in document["events"]}
    for person in document["people"][:20]:
        total = person["solo"] + person["group"]
        counts = f"{person['solo']:,} solo, {person['group']:,} group, {person['on_drive']:,}/{total:,} on Drive"
        counts += f", {only_here:,} only here" if (only_here := person.get("only_here", 0)) else ""
        event = f", {names.get(person['event'], '')}" if len(names) > 1 else ""
        yield f"  {person['name']}{event}: {counts}"


def sending(document: StatusDocument) -> str:
    """That nothing is sent, by a setting: said whatever else there is to say."""
    if document["drive"]["state"] == DriveState.DISABLED:
        return ""
    if not document["drive"]["sending"]:
        return "; sending is off (drive.send = false)"
    off = [event["name"] for event in document["events"] if not event["send"]]
    return f"; sending is off for {', '.join(off)}" if off else ""


def line(document: StatusDocument) -> str:
    """`metered: 26 only as small copies, 2 wait; 120 of 500 MB sent today`."""
    day, kept = document["drive"]["today"], document["photos"]["only_small"]
    most = f" of {day['limit'] / 1e6:,g}" if day["limit"] else ""
    said = f"{round(day['sent'] / 1e6, 1):,g}{most} MB sent today"
    if document["drive"]["metered"] or kept:
        waits = document["uploads"]["for_line"]
        metered = "metered" if document["drive"]["metered"] else "not metered"
        return f"{metered}: {kept:,} only as small copies, {waits:,} {'waits' if waits == 1 else 'wait'}; {said}"
    return said


def aside(document: StatusDocument) -> str:
    count = document["safe_to_leave"]["set_aside"]
    return f", {count:,} set aside" if count else ""


def detail(text: str | None) -> str:
    return f": {text}" if text else ""


# ---- what happened


@app.command(epilog="Example: venuesync activity -f")
def activity(
    json: Json = False, follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as it happens.")] = False
) -> None:
    """What happened."""
    finish(show_activity(json=json, follow=follow))


async def show_activity(*, json: bool, follow: bool) -> int:
    """What is followed as JSON: one entry a line."""
    async with reach(existing(Chosen.workspace)) as reached:
        snapshot = await reached.agent.ask(GetSnapshot()) if follow and reached.remote else None
        entries = await reached.agent.ask(ListActivity())
        if json and not follow:
            say.value(entries)
            return 0
        for entry in reversed(entries):
            tell_entry(entry, json=json)
        if not follow:
            return 0
        if snapshot is None:
            raise NoAgent("No agent runs in this workspace", "nothing more will happen", "Start it with `venuesync`")
        async for new in newer(reached.agent, snapshot, entries):
            for entry in new:
                tell_entry(entry, json=json)
            if say.unheard():
                break
    return 0


async def newer(agent: Agent, since: Snapshot, told: Sequence[ActivityEntry]) -> AsyncIterator[list[ActivityEntry]]:
    """What comes after these lines, oldest first and each once: the changes since a snapshot begin before them. Empty
    where something else changed.
    """
    last = max((entry["id"] for entry in told), default=0)
    async for change in agent.events(since["boot"], since["seq"]):
        lost = change["section"] == "resync"
        more = (await agent.ask(ListActivity()))[::-1] if lost else change["data"]
        new = [one for one in more if one["id"] > last] if lost or change["section"] == "activity" else []
        last = max([last, *(one["id"] for one in new)])
        yield new


def tell_entry(entry: ActivityEntry, *, json: bool) -> None:
    if json:
        say.value(entry, in_one_line=True)
        return
    say.line(f"{words.local(from_iso(entry['at'])):%Y-%m-%d %H:%M:%S}  {entry['text']}")


# ---- what went wrong


@errors_app.callback(invoke_without_command=True, epilog="Example: venuesync errors --dismissed")
def errors(
    context: typer.Context,
    json: Json = False,
    dismissed: Annotated[
        bool, typer.Option("--dismissed", help="What was set aside, and which files exist only here or on the card.")
    ] = False,
) -> None:
    """What went wrong, why, and what to do."""
    if context.invoked_subcommand is not None:
        return
    place = existing(Chosen.workspace)  # once: what is unwise in its settings is told with it
    if dismissed:
        aside = ask(ListSetAside(), place)
        say.answer(aside, *(text for one in aside for text in aside_lines(one)), json=json)
        nothing = "" if aside else "Nothing is set aside"
    else:
        found = ask(ListTroubles(), place)
        say.answer(found, *(text for one in found["open"] for text in trouble_lines(one)), json=json)
        nothing = "" if found["open"] else no_errors(ask(GetStatus(), place), found["healed_today"])
    if nothing and not json:
        say.message(nothing)


def no_errors(document: StatusDocument, healed: int) -> str:
    """What can be said where no error is open: a sign-in that has expired is none, and needs somebody all the same."""
    told = "Nothing needs you"
    if document["mode"] == Mode.STOPPED:
        told = "No error is open, and no agent runs"
    elif others := troubles_of(document):
        told = f"No error is open. {', '.join(others)}: see venuesync status"
    return f"{told}. {words.healed(healed)}" if healed else told


def trouble_lines(one: Trouble) -> Iterator[str]:
    since = words.day_and_clock(from_iso(one["first_at"]), clock.wall(), seconds=False)
    ids = " ".join(str(number) for number in one["ids"][:10]) + (" …" if len(one["ids"]) > 10 else "")
    yield f"{one['title']} ({one['count']}), since {since}   [{ids}]"
    yield f"    why  {one['detail']}"
    if others := ", ".join(dict.fromkeys(one["subjects"][1:])):
        yield f"    also {others}{', …' if one['count'] > len(one['subjects']) else ''}"
    yield f"    do   {one['remedy']}"


WHOLE = {
    Whole.HERE: "only here, not whole on Drive",
    Whole.CARD: "only on the card, or wherever it was copied from",
    Whole.SOURCE: "only in the photographer's folder on Drive",
}


def aside_lines(one: AsideRow) -> Iterator[str]:
    at = from_iso_or_none(one["at"])
    when = "" if at is None else f", set aside at {words.day_and_clock(at, clock.wall(), seconds=False)}"
    yield f"{one['name']}: {one['title'] or 'failed'}{when}   [{one['id'] or ''}]"
    yield f"    whole {WHOLE[Whole(one['only'])]}"
    for path in one["files"]:
        yield f"    here  {path}"
    if one["on_drive"]:
        yield f"    Drive {', '.join(one['on_drive'])}"


@errors_app.command(epilog="Example: venuesync errors dismiss 12 13")
def dismiss(
    ids: Annotated[list[int], typer.Argument(help="Numbers, as `errors` shows them", metavar="ID...")],
    json: Json = False,
) -> None:
    """Set errors aside: all may be packed up without these photos. `errors --dismissed` lists them."""
    tell_number("Set aside", ask(DismissTroubles(ids=ids)), ids, "No open error", json=json)


@errors_app.command(epilog="Example: venuesync errors restore 12")
def restore(
    ids: Annotated[list[int], typer.Argument(help="Numbers, as `errors --dismissed` shows them", metavar="ID...")],
    json: Json = False,
) -> None:
    """Take that back: these errors need somebody again."""
    tell_number("Need you again", ask(RestoreTroubles(ids=ids)), ids, "Not set aside", json=json)


def tell_number(what: str, count: int, ids: Sequence[int], others: str, *, json: bool) -> None:
    """Exit 1 where it was none of them."""
    if count < len(set(ids)):
        say.message(f"{others}: {len(set(ids)) - count} of these")
    say.answer(count, f"{what}: {count}", json=json)
    if not count:
        raise typer.Exit(1)


# ---- what waits for a yes

HeldIds = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="As `held` shows them")]
AllHeld = Annotated[bool, typer.Option("--all", help="All that is held.")]


@held_app.callback(invoke_without_command=True, epilog="Example: venuesync held")
def held(context: typer.Context, json: Json = False) -> None:
    """What waits for a yes."""
    if context.invoked_subcommand is None:
        heads = ["ID", "WHAT", "WHY"]
        cells = ask(ListHeld())
        say.rows(cells, lambda row: [row["id"], row["what"], row["why"]], heads, nothing="Nothing is held", json=json)


@held_app.command(epilog="Example: venuesync held approve --all")
def approve(ids: HeldIds = None, everything: AllHeld = False, json: Json = False) -> None:
    """Say yes."""
    decide(ApproveHeld(ids=named(ids, everything), all=everything), "Approved", json=json)


@held_app.command(epilog="Example: venuesync held reject --all")
def reject(ids: HeldIds = None, everything: AllHeld = False, json: Json = False) -> None:
    """Say no: what would be taken away stays."""
    decide(RejectHeld(ids=named(ids, everything), all=everything), "Rejected", json=json)


def named(ids: Sequence[str] | None, everything: bool) -> Sequence[str]:
    if not ids and not everything:
        raise UsageError("Nothing was named", "no id was given", "Give ids, as `venuesync held` shows them, or --all")
    return ids or []


def decide(verb: ApproveHeld | RejectHeld, word: str, *, json: bool) -> None:
    """Exit 1 where nothing is held under that name."""
    (count,) = ask_and_file(verb)
    none = "Nothing is held" if verb.all else "Nothing is held under that name"
    say.answer(count, f"{word}: {count}" if count else none, json=json)
    if not count:
        raise typer.Exit(1)
