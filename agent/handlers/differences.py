"""What `verify` found, as a person reads it: each difference with who mends it, and how."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from agent.drive import reasons
from agent.drive.files import DriveFile
from agent.filing.check import DiskFindings
from agent.ledger.recorded import Recorded, Unfinished
from agent.model import DriveId, EventId, Mend
from agent.requests.control import Difference
from agent.roster.book import Switches
from agent.sync.verify import SourceFindings
from agent.uploads.verify import DriveFindings, event_of, path_of

AWAY = reasons.DESTINATION_GONE
ELSEWHERE = "in another folder on Drive"
COPY = "copy it into Incoming again, then: venuesync verify --repair"


def of_disk(found: DiskFindings, on_drive: Collection[str]) -> list[Difference]:
    """`on_drive`: SHA-256 of photos that are."""

    def where(one: Recorded) -> str:
        if one.sha256 in on_drive:
            return f"no file here holds it any more, Drive does: download it there, and {COPY}"
        return f"no file here holds it any more, nor Drive: {COPY}"

    return [
        *(row("missing", "disk", one.path, where(one), Mend.BY_HAND) for one in found.nowhere),
        *(row("missing", "disk", one.path, "is filed again") for one in found.missing),
        *(row("changed", "disk", one.path, "the photo is filed beside it") for one in found.changed),
        *(row("copied", "disk", one.path, "counts as venuesync's own file from now on") for one, _ in found.copied),
        *(row("unseen", "disk", str(path), one.remedy, Mend.BY_HAND) for path, one in found.astray.items()),
        *(row("extra", "disk", one.path, "is taken out: ours, and wanted there no more") for one in found.left),
        *(row("extra", "disk", one.path, "somebody's copy: left alone", Mend.NONE) for one in found.foreign),
        *(row("extra", "disk", path, "somebody's: left alone", Mend.NONE) for path in found.extra),
    ]


def of_drive(found: DriveFindings, is_event: Callable[[EventId | None], bool]) -> list[Difference]:
    """`is_event`: whether there is such an event."""
    strays = found.strays

    def known(kind: str, path: str, id: DriveId | None, repair: str, mend: Mend = Mend.REPAIR) -> Difference:
        refused = found.refused.get(id or "")
        return row(kind, "drive", path, str(refused or repair), Mend.BY_HAND if refused else mend)

    def stray(kind: str, file: DriveFile, repair: str, mend: Mend = Mend.REPAIR) -> Difference:
        return known(kind, path_of(file, found.listed), file.id, repair, mend)

    def why(file: DriveFile) -> str:
        event = event_of(file, found.listed)
        if event is None:  # somebody moved it, and its place was filled again
            return "in no folder of ours"
        return f"of an event that {'goes to another account' if is_event(event) else 'was removed'}"

    return [
        *(
            row("missing", "drive", one.path, f"no file here holds it either: {COPY}", Mend.BY_HAND)
            for one in found.nowhere
        ),
        *(row("missing", "drive", one.path, "is sent again") for one in found.missing),
        *(
            known("changed", one.path, one.drive_id, "is sent again; what somebody changed stays beside it, as theirs")
            for one in found.changed
        ),
        *(known("moved", one.path, one.drive_id, f"{ELSEWHERE}: is moved back") for one in found.elsewhere),
        *(known("moved", path, one.file, f"{ELSEWHERE}, with all in it: is moved back") for path, one in found.astray),
        *(known("untagged", one.path, one.drive_id, "is marked as ours again") for one in found.untagged),
        *(stray("changed", one, "somebody changed it: stays, as theirs") for one in strays.edited),
        *(stray("doubled", one, "goes to Drive's trash") for one in strays.doubled),
        *(stray("extra", one, "goes to Drive's trash") for one in (*strays.extra, *strays.empty)),
        *(stray("extra", one, f"{why(one)}: left alone", Mend.NONE) for one in strays.left),
        *(
            stray("extra", one, f"the only file left of it: download it, and {COPY}", Mend.BY_HAND)
            for one in strays.last
        ),
        *(
            row(
                "unseen",
                "drive",
                account or "the account of all events",
                f"{error.detail}. {error.remedy}",
                Mend.BY_HAND,
            )
            for account, error in found.unseen.items()
        ),
        *(row("unseen", "drive", whose, f"{AWAY.title}. {AWAY.remedy}", Mend.BY_HAND) for whose in found.away),
        *(stray("doubled", one, "is merged into the other one") for one, _ in strays.doubled_folders),
    ]


AGAIN = "venuesync retry --all"


def of_unfinished(found: Sequence[Unfinished], switches: Switches, quiet: Collection[EventId]) -> list[Difference]:
    """What nobody has to look for, as it is known to be missing; `quiet`: events of which nothing is sent."""
    return [row("missing", one.where, one.path, *_why(one, switches, quiet)) for one in found]


def _why(one: Unfinished, switches: Switches, quiet: Collection[EventId]) -> tuple[str, Mend]:
    """Why it is not there, and what to do; and who does it."""
    told = f"{one.title}. {one.remedy}" if one.title else ""
    if one.is_aside:
        return "was set aside: venuesync errors --dismissed", Mend.NONE
    if one.has_failed:
        told = told or "It was given up"
        return told if AGAIN in told else f"{told.rstrip('.')}; then run: {AGAIN}", Mend.BY_HAND
    if switches.all:
        return "everything is paused: venuesync resume all", Mend.BY_HAND
    if one.where == "drive" and (held := _held_from_drive(one, switches, quiet)):
        return held, Mend.BY_HAND
    on_its_way = f"is on its way: {'sent' if one.where == 'drive' else 'filed'} by itself while venuesync runs"
    return told or on_its_way, Mend.WAITS


def _held_from_drive(one: Unfinished, switches: Switches, quiet: Collection[EventId]) -> str:
    """What keeps it from being sent, "" where nothing does."""
    if one.event in quiet:
        return "sending is off: set drive.send, or the event's send, to true"
    if switches.uploads:
        return "uploads are paused: venuesync resume"
    if not one.waits_for_line:
        return ""
    only = "only a small copy is there, the rest " if one.is_small else ""
    return f"{only}waits for a line that is not metered: venuesync metered off"


def of_come_meanwhile(found: Sequence[tuple[str, Recorded]]) -> list[Difference]:
    """What nobody looked at, as it was filed or sent only then: by another `verify --repair`, say."""
    why = "came while all was compared: compare once more"
    return [row("missing", where, one.path, why, Mend.WAITS) for where, one in found]


def of_sources(found: SourceFindings) -> list[Difference]:
    return [
        *(row("missing", "source", one.path, "is fetched") for one in found.missing),
        *(row("changed", "source", one.path, "is fetched as it is there now") for one in found.changed),
        *(row("gone", "source", one.path, "is taken out here if sync.gone says so") for one in found.gone),
        *(row("unseen", "source", name, error.remedy, Mend.BY_HAND) for name, error in found.lost),
    ]


def row(kind: str, where: str, path: str, repair: str, mend: Mend = Mend.REPAIR) -> Difference:
    return {"kind": kind, "where": where, "path": path, "repair": repair, "mend": mend}
