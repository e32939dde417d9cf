"""What files here say of somebody who is forgotten: copies of the stores, pictures, lines of the log; found, and gone.

The search is by bytes and reads every file of ours, but for the photos in `downloads` and `withdrawn`: those are
originals. It is told what it has found, so it is a check of the removing, not a part of it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import cast

from agent.disk.atomic import NotRegular, open_given
from agent.disk.own_folders import OwnFolders, folders_below, names_in
from agent.faces import np
from agent.filing.check import LeftOver
from agent.filing.files import Spot, digest, made_at
from agent.filing.plan import FILED, outputs
from agent.jobs.backups import Kind, of_kind
from agent.jobs.pictures import drop_unfinished
from agent.ledger.faces import Encoding
from agent.ledger.sqlite import ledger_file
from agent.model import Event
from agent.page import is_printed
from agent.roster.forgetting import Says, saying, spellings
from agent.workspace import Workspace

ORIGINALS = ("downloads", "withdrawn")
PIECE = 8 << 20  # bytes that are looked through in one go
LONGEST = 1024  # bytes of an encoding in float64
COMMENT = 200  # bytes at an archive's end
SURE = 6  # bytes from which a name is no accident between others


@dataclass(frozen=True)
class Traces:
    """By what somebody is found. `pictures`: SHA-256 of those that they were known by; `others`: names that are not
    theirs; `given`: what an operator called folders and files.
    """

    names: tuple[str, ...]
    ids: tuple[str, ...]
    encodings: frozenset[bytes]
    pictures: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()

    @cached_property
    def say(self) -> Says:
        """For what we write: a folder's name is none of a person's there."""
        return saying(self.names, self.others | self.given)

    @cached_property
    def are_borne(self) -> Says:
        """For what is not ours alone."""
        return saying(self.names, self.others)

    def are_in(self, path: Path, last: int | None = None) -> bool:
        """Whether a file, or the `last` bytes of it, names them."""
        with suppress(OSError), open_given(path) as file:
            file.seek(0 if last is None else max(0, path.stat().st_size - last))
            text = file.read().decode("utf-8", "replace")
            return any(one in text for one in self.ids) or self.are_borne(text) or self.are_borne(unescape(text))
        return False


@dataclass(frozen=True, slots=True)
class Searched:
    """`found`: files of ours, below the workspace, and what of them is in each."""

    files: int
    bytes: int
    found: list[str]


def as_bytes(encodings: Sequence[Encoding]) -> frozenset[bytes]:
    """As a store or a library could have written them."""
    return frozenset(one.astype(kind).tobytes() for one in encodings for kind in ("<f4", "<f8"))


# ---- gone


def copies(workspace: Workspace, traces: Traces) -> list[Path]:
    """Copies of stores that hold them: every ledger, as it has the faces of its time; lists that name them."""
    state = workspace.state
    ledgers = [one.path for one in of_kind(workspace, Kind.LEDGER)]
    ledgers += [one for folder in (state, workspace.backups) for one in folder.glob(".*.part*")]
    ledgers += [*state.glob("ledger.damaged-*"), *state.glob("ledger.left-*")]
    lists = [one.path for one in of_kind(workspace, Kind.PEOPLE)]
    lists += [*state.glob("*.damaged-*.json*"), *state.glob(".*.new"), *workspace.backups.glob(".*.new")]
    before = [
        folder
        for folder in state.glob("before-restore-*")
        if any(one.name.startswith("ledger") or traces.are_in(one) for one in folder.glob("*"))
    ]
    return [*ledgers, *before, *(one for one in lists if traces.are_in(one))]


def drop_copies(workspace: Workspace, traces: Traces) -> list[str]:
    """Remove those, and the pictures of faces in the cache. Returns the copies' names. Raises `OSError`."""
    gone = copies(workspace, traces)
    for path in gone:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        shutil.rmtree(workspace.cache / "faces")
    with suppress(FileNotFoundError):
        shutil.rmtree(workspace.renditions)
    return sorted(path.name for path in gone)


def drop_pictures(workspace: Workspace, references: Sequence[str], photos: Sequence[str]) -> None:
    """Pictures that they were known by, and thumbnails; also what a killed process left of them. While nobody is being
    enrolled. Raises `OSError`.
    """
    drop_unfinished(workspace)
    thumbnails = {f"{one}.jpg" for one in photos}
    gone = [workspace.references / one for one in references] + [workspace.thumbnails / one for one in thumbnails]
    left = workspace.thumbnails.glob(".*.new")  # as `beside` calls them
    gone += [one for one in left if one.name[1:].rsplit(".", 2)[0] in thumbnails]
    for path in gone:
        path.unlink(missing_ok=True)


# ---- searched


def search(workspace: Workspace, traces: Traces) -> Searched:
    """Blocks: some seconds for 100 MB."""
    searched = Searched(0, 0, [])
    for path in files_of(workspace.state):
        with suppress(OSError):
            size = path.stat().st_size
            kinds = sorted({*found_in(path, traces)})
            shown = f".venuesync/{path.relative_to(workspace.state)}"
            found = [*searched.found, *([f"{shown}: {', '.join(kinds)}"] if kinds else [])]
            searched = replace(searched, files=searched.files + 1, bytes=searched.bytes + size, found=found)
    return searched


def unblurred(own: OwnFolders, events: Sequence[Event], shown: Mapping[str, int]) -> list[LeftOver]:
    """Files in folders that photos are filed in, whoever put them there, that are any of these: SHA-256 -> bytes. Reads
    those alone that have as many bytes. Blocks.
    """
    found: list[LeftOver] = []
    sizes = set(shown.values())
    for event in events:
        for path, folder in folders_below(own, outputs(event, FILED)):
            for name in names_in(folder):
                spot = Spot(folder, name)
                with suppress(OSError, NotRegular):
                    there = made_at(spot)
                    sha256 = digest(spot) if there is not None and there.bytes in sizes else ""
                    if there is not None and sha256 in shown:
                        found.append(LeftOver(event.id, f"{path}/{name}", there, sha256))
    return found


def files_of(state: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(state):
        if Path(folder) == state:
            names[:] = [one for one in names if one not in ORIGINALS]
        yield from (path for name in files if (path := Path(folder, name)).is_file() and not path.is_symlink())


def found_in(path: Path, traces: Traces) -> Iterator[str]:
    """What of them is in the file, or in its name: `name`, `encoding`, `picture`."""
    if traces.say(path.name):
        yield "name"
    if path.parent.name == "references" and any(one in path.name for one in traces.pictures):
        yield "picture"
    data = bytes_of(path)
    if data.startswith(ledger_file.MAGIC):
        yield from (["name"] if any(stands_in_ledger(path, data, one, traces.say) for one in traces.names) else [])
    elif stands_in(data, traces):
        yield "name"
    if traces.encodings and any(holds_one(data[at : at + PIECE + LONGEST], traces.encodings) for at in pieces(data)):
        yield "encoding"


def bytes_of(path: Path) -> bytes:
    """The open ledger is asked for them: a file of it that this process opened itself and closed again would end all
    locks on it. Its companions hold what was written since the scrubbing.
    """
    if path.name in [f"ledger.sqlite{one}" for one in ledger_file.COMPANIONS]:
        return ledger_file.image(path) if path.suffix == ".sqlite" else b""
    return path.read_bytes()


def stands_in(data: bytes, traces: Traces) -> bool:
    """A text has a name as a word. A picture, a model or the reserve has every short one by accident."""
    names = traces.names if b"\0" not in data else tuple(one for one in traces.names if len(one.encode()) >= SURE)
    return has_bytes_of(names, data) and replace(traces, names=names).say(without_given(data))


def without_given(data: bytes) -> str:
    """The text of a file; of the list of people and of decisions without what an operator called events, their folders
    and cameras.
    """
    text = data.decode("utf-8", "surrogateescape")
    try:
        tables: object = json.loads(text)
    except ValueError:
        return text
    return json.dumps(_without(tables, "events", "camera"), ensure_ascii=False)


def _without(value: object, *keys: str) -> object:
    if isinstance(value, dict):
        rows = cast(dict[str, object], value).items()
        return {key: _without(one, *keys) for key, one in rows if key not in keys}
    return [_without(one, *keys) for one in cast(list[object], value)] if isinstance(value, list) else value


def stands_in_ledger(path: Path, data: bytes, name: str, says: Says) -> bool:
    """A text of ours has it as a word; or bytes have it that are of no text: what was deleted and not overwritten."""
    if not has_bytes_of([name], data):
        return False
    texts = [found for one in spellings(name) for found in ledger_file.texts_with(path, one)]
    ours = [text for place, text in texts if place not in ledger_file.GIVEN]
    return any(map(says, ours)) or (not texts and len(name.encode()) >= SURE)


def has_bytes_of(names: Iterable[str], data: bytes) -> bool:
    return any(form.encode("utf-8", "surrogateescape") in data for name in names for form in spellings(name))


def pieces(data: bytes) -> range:
    return range(0, len(data), PIECE)


def holds_one(data: bytes, encodings: frozenset[bytes]) -> bool:
    """Whether one of these stands anywhere in it: their second four bytes are looked for, wherever they begin."""
    heads = np.unique(np.array([int.from_bytes(one[4:8], "little") for one in encodings], dtype="<u4"))
    likely = np.zeros(1 << 16, dtype=bool)
    likely[heads & 0xFFFF] = True  # by half of each first: five times as fast
    for shift in range(min(4, len(data))):
        words = np.frombuffer(data, dtype="<u4", count=(len(data) - shift) // 4, offset=shift)
        places = np.flatnonzero(likely[words & 0xFFFF])
        for at in places[np.isin(words[places], heads)]:
            start = shift + 4 * int(at) - 4
            if any(data[start : start + length] in encodings for length in (LONGEST // 2, LONGEST)):
                return True
    return False


def paths_with(workspace: Workspace, traces: Traces) -> list[str]:
    """Files and folders that are not ours alone and are called so; reports and exports that tell of them, wherever in
    the workspace somebody wrote them: among our own files, too.
    """
    found: set[Path] = set()
    for folder, names, files in os.walk(workspace.root):
        at = Path(folder)
        if not at.is_relative_to(workspace.state):
            borne = [one for one in [*names, *files] if traces.are_borne(one)]
            found |= {at / one for one in borne if at / one != workspace.state}
        found |= {at / one for one in files if tells_of(traces, at / one)}
    return sorted(map(str, found))


def tells_of(traces: Traces, path: Path) -> bool:
    """A page or an archive: an export says whose it is in its last bytes, a report anywhere. Of one that was printed
    nobody can tell, as nothing in it can be searched.
    """
    kind = path.suffix.lower()
    if kind == ".pdf":
        return is_printed(path)
    return kind in (".html", ".zip") and traces.are_in(path, last=COMMENT if kind == ".zip" else None)
