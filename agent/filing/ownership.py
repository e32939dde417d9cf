"""What is ours on disk: the log of what we ever made, and what a start has to learn about files made before.

After a lost ledger the log tells our files from those that somebody put among them or changed. Without it nothing that
is found is taken for ours to remove; so a line that could not be written does no harm.

Devices are numbered anew when a machine starts, and a workspace may be brought to another disk, or given back by a
backup: then every file in it is another one, and ours all the same. One file that is another one is somebody's; and
where nobody but the log knows, all of them are, as a number of ours is given to any file there. So it is where a person
deleted one of ours: a file is known by its number and the moment at which it was made.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePath

import structlog

from agent.disk.atomic import write_whole
from agent.disk.own_folders import Held, Identity, OpenFolders, OwnFolders
from agent.filing import files
from agent.filing.files import Spot
from agent.ledger import disk_folders, disk_queue, meta, recorded
from agent.ledger.placements import Made
from agent.ledger.recorded import MadeFile
from agent.ledger.sqlite.rows import Db
from agent.model import ORIGINAL, EventId

log = structlog.get_logger(__name__)

TOPMOST = "topmost_folders"  # how they were when the ledger was last open: path -> device, inode, whether it is a link
MOST_LINES = 10_000  # of a log that is not shortened
LINE = 80  # bytes, about
Known = dict[str, tuple[int, int, bool]]
StandIn = tuple[str, str]  # a photo's SHA-256, and what was made of it
Key = tuple[int, int | None, str]  # a file's inode, when it was made, and its SHA-256
NAMED = "#"  # how the digest of the name begins that a file got
HEAD = "venuesync 2\n"  # of a log that says of files when they were made; no line of an older program's
FOLDER = "folder"  # what a line of the log says of one, where a file's has its SHA-256
LEFT = "left"  # what it says of a file that lay in an event's folders when that was added; the event follows
Lay = tuple[EventId, int, int | None]  # that event, the file's inode, and when it was made


@dataclass(frozen=True, slots=True)
class Line:
    """One file or folder that we made; `what` is the file's SHA-256, or `FOLDER`.

    `stands_for`: the SHA-256 of the photo in whose place it lies, and what was made of that. `born_us`: as `Made` has
    it; of a folder nothing. `name`: what we call it; "": nobody says.
    """

    device: int
    inode: int
    what: str
    stands_for: StandIn | None = None
    born_us: int | None = None
    name: str = ""

    @classmethod
    def of(cls, made: Made, sha256: str, name: str = "", stands_for: StandIn | None = None) -> Line:
        return cls(made.device or 0, made.inode, sha256, stands_for, made.born_us, name)


@dataclass(frozen=True)
class EverMade:
    """`files` by inode, birth and SHA-256 (devices are numbered anew when a machine starts), `contents` by that alone.

    `stand_ins`: of those files that are no photos, the photo's SHA-256 and what was made of it. Of two photos that look
    the same these files have the same bytes. `left`: what an earlier event of that name left, whoever made it, is the
    operator's. `names`: digests of what each file was called by us.
    """

    files: set[Key]
    contents: set[str]
    stand_ins: Mapping[Key, StandIn] = field(default_factory=dict[Key, StandIn])
    left: set[Lay] = field(default_factory=set[Lay])
    names: set[tuple[Key, str]] = field(default_factory=set[tuple[Key, str]])

    def has(self, made: Made, sha256: str) -> bool:
        """Whether that very file, with these bytes, is one that we made."""
        return (made.inode, made.born_us, sha256) in self.files

    def was_called(self, made: Made, sha256: str, name: str) -> bool:
        """Whether that very file has a name that we gave it."""
        return ((made.inode, made.born_us, sha256), _digest(name)) in self.names

    def was_left(self, event: EventId, made: Made) -> bool:
        """Whether that very file lay there before the event."""
        return (event, made.inode, made.born_us) in self.left

    def has_folder(self, folder: Identity) -> bool:
        return (folder.inode, None, FOLDER) in self.files

    def stands_for(self, inode: int, born_us: int | None, sha256: str) -> StandIn | None:
        """In whose place a file lies; of a copy of one of ours, any photo's in whose place such bytes lay."""
        return self.stand_ins.get((inode, born_us, sha256)) or self._by_content.get(sha256)

    @cached_property
    def _by_content(self) -> dict[str, StandIn]:
        return {sha256: one for (_, _, sha256), one in self.stand_ins.items()}


class MadeLog:
    """The file at `path`, beside the ledger: `<device>@<when it was made> <inode> <SHA-256, or folder>` in each line.

    Of what lies in a photo's place, `<that photo's SHA-256> <what was made of it, its spaces as _>` follow; and of what
    got a name, `#<digest>` of that, which says nothing of anybody. Each method opens it anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, lines: Iterable[Line]) -> None:
        """Append before the names are given. Never raises: a line that could not be written does no harm."""
        if text := text_of(lines):
            try:
                self._append(text)
            except OSError as error:
                log.warning("made_log.not_written", error=error.strerror)

    def note_left(self, lay: Iterable[Lay]) -> None:
        """These lie in an event's folders before it is added. Raises `OSError`: they would be taken for ours."""
        if text := text_of_left(lay):
            self._append(text)

    def _append(self, text: str) -> None:
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            head = "" if os.fstat(fd).st_size else HEAD
            os.write(fd, f"{head}{text}".encode())
        finally:
            os.close(fd)

    def read(self) -> EverMade:
        """All that was noted; half a line, left by a crash, is passed over."""
        try:
            lines = self.path.read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            lines = []
        split = [line.partition(f" {NAMED}") for line in lines]
        told = [(one, name) for line, _, name in split if len(one := line.split(" ")) in (3, 5) and one[1].isdecimal()]
        parts = [one for one, _ in told]
        files = {_key(one) for one in parts}
        stand_ins = {_key(one): (one[3], one[4].replace("_", " ")) for one in parts if len(one) == 5}
        left = [one for line in lines if len(one := line.split(" ")) == 4 and one[1].isdecimal() and one[2] == LEFT]
        lay = {(EventId(one[3]), *_key(one)[:2]) for one in left}
        names = {(_key(one), name) for one, name in told if name}
        return EverMade(files, {what for _, _, what in files}, stand_ins, lay, names)

    def size(self) -> int:
        """In bytes; 0 where there is none."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def is_older(self) -> bool:
        """Whether an older program began it, that did not say when files were made."""
        try:
            with self.path.open("rb") as file:
                return file.read(len(HEAD)) not in (b"", HEAD.encode())
        except OSError:
            return False

    def begin_anew(self, lines: Iterable[Line], left: Iterable[Lay]) -> None:
        """Only these are left of all that was made. Raises `OSError`; then it is as before."""
        write_whole(self.path, f"{HEAD}{text_of(lines)}{text_of_left(left)}".encode())


def text_of(lines: Iterable[Line]) -> str:
    return "".join(
        f"{one.device}{_born(one.born_us)} {one.inode} {one.what}{_stands_for(one)}{_named(one)}\n" for one in lines
    )


def text_of_left(lay: Iterable[Lay]) -> str:
    return "".join(f"0{_born(born_us)} {inode} {LEFT} {event}\n" for event, inode, born_us in lay)


def _key(parts: Sequence[str]) -> Key:
    born = parts[0].partition("@")[2]
    return int(parts[1]), int(born) if born.isdecimal() else None, parts[2]


def _born(born_us: int | None) -> str:
    return "" if born_us is None else f"@{born_us}"


def _stands_for(line: Line) -> str:
    if line.stands_for is None:
        return ""
    sha256, made_as = line.stands_for
    return f" {sha256} {made_as.replace(' ', '_')}"


def _named(line: Line) -> str:
    return f" {NAMED}{_digest(line.name)}" if line.name else ""


def _digest(name: str) -> str:
    return sha256(os.fsencode(name)).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Changed:
    """Topmost folders that are others than before; of those `moved`, what lies in them may be faithful copies."""

    below: tuple[str, ...]
    moved: tuple[str, ...]

    def concerns(self, path: str) -> bool:
        return _is_below(path, self.below)

    def may_be_copies(self, path: str) -> bool:
        return _is_below(path, self.moved)


def recognise(db: Db, own: OwnFolders, held: Mapping[str, Held], made_log: MadeLog) -> int:
    """Record anew what tells our files from others, where it is known to have changed; what is another file by that
    stands in the log, too. Returns how many files.
    """
    now: Known = {path: (one.identity.device, one.identity.inode, one.link is not None) for path, one in held.items()}
    before: Known = {path: tuple(one) for path, one in json.loads(meta.get(db, TOPMOST, "{}")).items()}
    if now == before:
        return 0
    meta.put(db, TOPMOST, json.dumps(now))
    changed = changes(before, now)
    if not changed.below:  # folders that were not there before
        return 0
    with OpenFolders(own) as opened:
        learned = [
            (one, found)
            for one in recorded.made_on_disk(db)
            if changed.concerns(one.path) and (found := _learned(opened, one.path, one.made, changed)) is not None
        ]
    made, known = _learned_folders(db, own, changed), dict(disk_folders.of_ours(db))
    made_log.note(Line(device, inode, FOLDER) for path, device, inode in made if known.get(path) != inode)
    others = [replace(one, made=found) for one, found in learned if not _is_told_so(one.made, found)]
    made_log.note(_line_of(one) for one in others if one.file_sha256)
    recorded.is_ours_now(db, [(one.placement, found) for one, found in learned])
    disk_folders.are_ours(db, made)
    return len(learned)


def keep_log(db: Db, made_log: MadeLog) -> None:
    """Let the log of what we made say what the ledger knows, where it is not there, is an older program's, or has grown
    far beyond that. Bytes that were ours by an older one's are known still, though no file is ours by them alone.
    """
    if meta.rebuilding(db, drive=False) or meta.get(db, meta.REBUILD_REST) == "1":
        return  # it knows less than the log now
    known, lines = disk_queue.files_of_ours(db), made_log.size() / LINE
    older = made_log.is_older()
    if older or (known and not lines) or lines > MOST_LINES + 4 * known:
        files_made = [_line_of(one) for one in recorded.made_on_disk(db)]
        folders_made = [Line(0, inode, FOLDER) for _, inode in disk_folders.of_ours(db)]
        told = made_log.read()
        rest = told.contents - {FOLDER, *(one.what for one in files_made)} if older else set[str]()
        kept = [Line(0, 0, one, told.stands_for(0, None, one)) for one in sorted(rest)]
        made_log.begin_anew(folders_made + files_made + kept, told.left)


def _line_of(one: MadeFile) -> Line:
    stands_for = None if one.lies_as == ORIGINAL else (one.sha256, one.lies_as)
    return Line.of(one.made, one.file_sha256, PurePath(one.path).name, stands_for)


def _is_told_so(made: Made, found: Made) -> bool:
    """Whether the log tells both by the same line."""
    return (made.inode, made.born_us) == (found.inode, found.born_us)


def changes(before: Known, now: Known) -> Changed:
    """A topmost folder was moved if it lies on another device, or is a link or none any more; the workspace's own, if
    it is another folder.
    """
    if not before or before.get("") != now.get(""):
        return Changed(("",), ("",) if before else ())
    others = [path for path, one in now.items() if path in before and one != before[path]]
    moved = [path for path in others if (before[path][0], before[path][2]) != (now[path][0], now[path][2])]
    return Changed(tuple(others), tuple(moved))


def _learned(opened: OpenFolders, path: str, made: Made, changed: Changed) -> Made | None:
    """What tells the file at `path` from others from now on; `None`: as before, or it is not ours any more."""
    folder, _, name = path.rpartition("/")
    try:
        found = files.made_at(Spot(opened(folder), name))
    except OSError:
        return None
    if found is None or found == made:
        return None
    same = (found.inode, found.bytes, found.mtime_ns) == (made.inode, made.bytes, made.mtime_ns)
    return found if same or (changed.may_be_copies(path) and found.is_copy(made)) else None


def _learned_folders(db: Db, own: OwnFolders, changed: Changed) -> list[tuple[str, int, int]]:
    """The same for folders that we made; one of which only that is known is taken as it is."""
    learned: list[tuple[str, int, int]] = []
    for path, inode in disk_folders.of_ours(db):
        try:
            with own.opened_above(path) as (above, name):
                found = os.stat(name, dir_fd=above, follow_symlinks=False)
        except OSError:
            continue
        same = inode in (0, found.st_ino) or changed.may_be_copies(path)
        if stat.S_ISDIR(found.st_mode) and same and changed.concerns(path):
            one = Identity.of(found)
            learned.append((path, one.device, one.inode))
    return learned


def _is_below(path: str, tops: tuple[str, ...]) -> bool:
    return any(not top or path == top or path.startswith(f"{top}/") for top in tops)
