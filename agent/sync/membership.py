"""What facts about Drive's items do to the sources: pure.

A folder lies in a source if its parents lead to a root of that source. What Drive says of an item itself (in its feed,
or by `get`) goes before what is remembered of it, and all facts of a page hold at once: what enters is a home for the
rest of the page, in whatever order they stand there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agent.drive.files import DriveFile
from agent.intake.kinds import named_like_picture
from agent.ledger.sources import ListedFolder
from agent.model import DriveId, SourceId
from agent.uploads import tags

Facts = Mapping[str, DriveFile | None]  # by id; `None`: it is not there, or not for our eyes


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of the ids that facts speak of, and of all folders above them.

    `through`: by a shortcut's id, the folders of sources that it led to. `foreign`: folders that lie in no source, with
    their parents. `ours`: what venuesync made is never a source's.
    """

    folders: Mapping[str, Sequence[ListedFolder]]
    through: Mapping[str, Sequence[ListedFolder]]
    files: Mapping[str, Collection[SourceId]]
    foreign: Mapping[str, DriveId | None] = field(default_factory=dict[str, DriveId | None])
    ours: frozenset[str] = frozenset()


@dataclass(slots=True)
class Effects:
    """What the facts do. `entered`: folders that are news, so that what lies in them has to be listed."""

    put: list[tuple[ListedFolder, DriveFile]] = field(default_factory=list[tuple[ListedFolder, DriveFile]])
    gone: list[tuple[SourceId, DriveId]] = field(default_factory=list[tuple[SourceId, DriveId]])
    entered: list[ListedFolder] = field(default_factory=list[ListedFolder])
    moved: list[ListedFolder] = field(default_factory=list[ListedFolder])
    left: list[tuple[SourceId, DriveId]] = field(default_factory=list[tuple[SourceId, DriveId]])
    roots: set[SourceId] = field(default_factory=set[SourceId])  # whose own folder changed: look at it
    foreign: list[DriveFile] = field(default_factory=list[DriveFile])  # folders that lie in no source

    def keep(self, sources: Collection[SourceId]) -> None:
        """Forget what concerns other sources: those that are switched off, or lost as a whole."""
        self.put = [one for one in self.put if one[0].source in sources]
        self.gone = [one for one in self.gone if one[0] in sources]
        self.entered = [one for one in self.entered if one.source in sources]
        self.moved = [one for one in self.moved if one.source in sources]
        self.left = [one for one in self.left if one[0] in sources]

    @property
    def takes_away(self) -> set[SourceId]:
        """Sources that something leaves: their root is asked for first, as losing it looks the same."""
        return {source for source, _ in self.gone} | {source for source, _ in self.left}


def effects_of(membership: Membership) -> Effects:
    """What the facts do; certain only where nothing is left unknown.

    Views, comments and our own uploads change nothing that is listed.
    """
    effects = Effects()
    for fact in membership.facts.values():
        if fact is not None and fact.trashed and not fact.trashed_itself:
            membership.doubt(fact.parents)
    for drive_id in dict.fromkeys(folders_in(membership.facts, membership.known)):
        _folder(DriveId(drive_id), membership, effects)
    for drive_id, fact in membership.facts.items():
        if drive_id in membership.known.files or (fact is not None and may_be_photo(fact)):
            _file(DriveId(drive_id), fact, membership, effects)
    return effects


def folders_in(facts: Facts, known: Known) -> Iterator[str]:
    """The folders that facts speak of: themselves, or through a shortcut to them."""
    for drive_id, fact in facts.items():
        if drive_id in known.folders or (fact is not None and fact.is_folder):
            yield drive_id
        if fact is not None and leads_to_folder(fact):
            yield str(fact.target)
        yield from (row.id for row in known.through.get(drive_id, ()))


def _folder(drive_id: DriveId, membership: Membership, effects: Effects) -> None:
    fact, rows = membership.facts.get(drive_id), membership.known.folders.get(drive_id, ())
    effects.roots |= {row.source for row in rows if row.is_root}
    before = {row.source: row for row in rows}
    after = membership.of(drive_id)
    for source, row in after.items():
        if row.is_root:
            continue
        if source not in before:
            effects.entered.append(row)
        elif replace(row, depth=0) != replace(before[source], depth=0):
            effects.moved.append(row)
    effects.left += [(source, drive_id) for source in before.keys() - after.keys()]
    if fact is not None and not after and drive_id not in membership.known.ours:
        effects.foreign.append(fact)


def _file(drive_id: DriveId, fact: DriveFile | None, membership: Membership, effects: Effects) -> None:
    found: dict[SourceId, ListedFolder] = {}
    if fact is not None and not fact.trashed:
        for parent in fact.parents:
            found |= membership.of(parent)
        effects.put += [(home, fact) for home in found.values()]
    effects.gone += [(source, drive_id) for source in membership.known.files.get(drive_id, ()) if source not in found]


class Membership:
    """In which sources a folder lies, by facts and by what is remembered; `unknown`: folders to be asked for first."""

    def __init__(self, facts: Facts, known: Known) -> None:
        self.facts = facts
        self.known = known
        self.unknown: set[DriveId] = set()
        self._found: dict[str, dict[SourceId, ListedFolder]] = {}
        self._shortcuts: dict[str, list[DriveFile]] = {}
        for fact in facts.values():
            if fact is not None and leads_to_folder(fact) and not fact.trashed:
                self._shortcuts.setdefault(str(fact.target), []).append(fact)

    def of(self, drive_id: str) -> dict[SourceId, ListedFolder]:
        """By source, the folder as a member of it. What is found so far is seen by a circle that comes back here."""
        found = self._found.get(drive_id)
        if found is None:
            rows = self.known.folders.get(drive_id, ())
            found = self._found[drive_id] = {row.source: row for row in rows if row.is_root}
            if not self._is_ours(drive_id):
                for place in self._places(drive_id, rows):
                    found.setdefault(place.source, place)
        return found

    def doubt(self, folders: Sequence[DriveId]) -> None:
        """What lies in them is in the trash, and not by itself: then they are, too, though nobody said so."""
        self.unknown |= {one for one in folders if one in self.known.folders and one not in self.facts}

    def _is_ours(self, drive_id: str) -> bool:
        fact = self.facts.get(drive_id)
        return drive_id in self.known.ours or (fact is not None and tags.WORKSPACE in fact.tags)

    def _places(self, drive_id: str, rows: Sequence[ListedFolder]) -> Iterator[ListedFolder]:
        fact = self.facts.get(drive_id)
        if drive_id in self.facts and (fact is None or fact.trashed):
            return
        if fact is not None:
            for parent in fact.parents:
                yield from (listed(fact, home) for home in self.of(parent).values())
        elif rows:
            yield from self._remembered(newest([row for row in rows if row.via is None]))
        else:
            self._ask_for(drive_id)
        yield from self._remembered([row for row in rows if row.via is not None and row.via not in self.facts])
        for shortcut in self._shortcuts.get(drive_id, ()):
            for parent in shortcut.parents:
                yield from (listed(shortcut, home) for home in self.of(parent).values())

    def _remembered(self, rows: Sequence[ListedFolder]) -> Iterator[ListedFolder]:
        """Where it lay, if that is still in a source: in each source that this is in."""
        for row in rows:
            if row.parent is not None:
                for home in self.of(row.parent).values():
                    yield replace(row, source=home.source, depth=home.depth + 1)

    def _ask_for(self, drive_id: str) -> None:
        """Nothing is known of it, or it was foreign and what it lies in is not any more."""
        if drive_id in self._shortcuts:
            return
        above = self.known.foreign.get(drive_id)
        if drive_id not in self.known.foreign or (above is not None and self.of(above)):
            self.unknown.add(DriveId(drive_id))


def newest(rows: Sequence[ListedFolder]) -> list[ListedFolder]:
    """Of what is remembered of a folder in each source: where it lay last. Some may be as an old list showed it."""
    latest = max((row.version for row in rows), default=0)
    return [row for row in rows if row.version == latest]


def listed(folder: DriveFile, home: ListedFolder) -> ListedFolder:
    """A folder, or what a shortcut leads to, as a member of the source that `home` is in."""
    via = folder.id if folder.is_shortcut else None
    drive_id = folder.target if folder.is_shortcut and folder.target is not None else folder.id
    return ListedFolder(home.source, drive_id, home.id, folder.name, home.depth + 1, via, folder.version)


def leads_to_folder(file: DriveFile) -> bool:
    return file.is_shortcut and file.target is not None and "folder" in (file.target_mime or "")


def may_be_photo(file: DriveFile) -> bool:
    """By Drive's type, else by the name: what it really is shows when its bytes are here. Shortcuts may lead to one."""
    if file.is_folder or leads_to_folder(file) or tags.WORKSPACE in file.tags:
        return False
    return file.is_shortcut or is_picture(file)


UNKNOWN_TYPE = "application/octet-stream"  # what Drive says where nobody told it, as of a name without an extension


def is_picture(file: DriveFile) -> bool:
    nobody_knows = file.mime == UNKNOWN_TYPE and "." not in file.name  # its bytes say what it is
    return nobody_knows or file.mime.startswith(("image/", "video/")) or named_like_picture(file.name)
