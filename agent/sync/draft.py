"""What a page of changes, or a listing, is found to do: looked up first, then written in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from agent import clock
from agent.drive.files import DriveFile
from agent.errors import VenueError
from agent.ledger import counts, downloads, held, in_place, meta, photos, placements, sources, superseded, syncs, twins
from agent.ledger.held import ONE_CHANGE
from agent.ledger.sources import ListedFile, ListedFolder
from agent.ledger.sqlite.rows import Db
from agent.ledger.syncs import ListingAgain
from agent.model import DriveId, Event, EventId, EventPhotoId, PhotoId, SourceId
from agent.sync.listing import Listing, last_tried
from agent.sync.membership import Effects, Facts
from agent.sync.sources import Watched, camera_of

Gone = Callable[[Db, EventId, Sequence[int], float], None]
Lose = Callable[[Db, Watched, VenueError, float], None]
GONE_AT_SOURCE = "gone_at_source"  # what is held for that
NAMED = 5  # names in a line
DISAPPEARED = "they disappeared at the source, and are to be taken out here by sync.gone"  # more of them may join


@dataclass(slots=True)
class Draft:
    """`effects` of `facts`, with the photos among them as `files`, and what lists showed beside that.

    `at`: now, on the steady line. `fresh`: a mark that was set after all that the lists depend on; 0: none. `whole`:
    the sources that were listed from their roots on, each with its run. `again`: what was listed once more, by lists
    that show the mark `since`. `named`: what the page spoke of.
    """

    watched: dict[SourceId, Watched]
    facts: Facts
    effects: Effects
    lost: dict[SourceId, VenueError]
    at: float
    files: list[ListedFile] = field(default_factory=list[ListedFile])
    listings: list[tuple[SourceId, Listing]] = field(default_factory=list[tuple[SourceId, Listing]])
    fresh: int = 0
    whole: dict[SourceId, int] = field(default_factory=dict[SourceId, int])
    again: Sequence[ListingAgain] = ()
    since: int = 0
    named: set[str] = field(default_factory=set[str])
    account: str = ""  # whose Drive was asked
    hidden: list[tuple[EventId, str]] = field(default_factory=list[tuple[EventId, str]])  # as of a listing

    def keep(self, known: Collection[SourceId]) -> None:
        """Leave out what concerns other sources: they were removed while Drive was asked."""
        self.effects.keep(known)
        self.files = [one for one in self.files if one.source in known]
        self.listings = [one for one in self.listings if one[0] in known]
        self.whole = {source: run for source, run in self.whole.items() if source in known}
        self.lost = {source: error for source, error in self.lost.items() if source in known}


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it: photos that are news, files that are gone."""

    found: int
    gone: int

    @property
    def anything(self) -> bool:
        return bool(self.found or self.gone)


def write(db: Db, draft: Draft, gone: Gone, lose: Lose, now: float) -> Written:
    """In an order that needs no other: what came, moved or changed is where it is now, then all that left goes, then
    comes what lists showed, as far as nothing newer is known.
    """
    draft.keep({SourceId(one) for one in syncs.states(db)})
    tally = Tally(db, draft, now)
    effects = draft.effects
    news = [(row.source, row.id) for row in effects.entered]
    for row in (*effects.entered, *effects.moved):
        tally.put_folder(row)
    for file in draft.files:
        tally.put(file)
    for source, drive_id in effects.left:
        sources.drop_folder(db, source, drive_id)
    for source, drive_id in effects.gone:
        tally.file_gone(source, drive_id)
    for source, listing in draft.listings:
        news += tally.put_shown(source, listing)
    _remember_foreign(db, draft, now)
    syncs.listed_again(db, draft.again, draft.since, draft.at)
    _plan_again(db, draft, set(news))
    for source, error in draft.lost.items():
        lose(db, draft.watched[source], error, now)
    for event, lost in tally.lost_photos.items():
        gone(db, event, lost, now)
    return tally.close()


def _plan_again(db: Db, draft: Draft, news: set[tuple[SourceId, DriveId]]) -> None:
    """What entered may hold what no list shows yet: the topmost of it is listed again, with all below. So is a folder
    that changed: it may have been elsewhere since the last look.
    """
    wanted = {(row.source, row.id) for source in draft.whole for row in sources.roots_of(db, source)}
    for source, drive_id in news:
        row = sources.folder(db, source, drive_id)
        if source not in draft.whole and row is not None and (source, row.parent) not in news:
            wanted.add((source, drive_id))
    wanted |= {(row.source, row.id) for row in sources.known_as(db, draft.named) if row.source in draft.watched}
    confirmed = 0 < draft.fresh <= min((listing.since for _, listing in draft.listings), default=0)
    syncs.plan_listing_again(db, sorted(wanted), draft.at, last_tried(db), confirmed=confirmed)


def _remember_foreign(db: Db, draft: Draft, now: float) -> None:
    """What is not there for us may come back in any place; with one parent, it is told when a folder moves."""
    sources.forget_foreign(db, [drive_id for drive_id, fact in draft.facts.items() if fact is None])
    sources.forget_foreign(db, [row.id for row in (*draft.effects.entered, *draft.effects.moved)])
    outside = [one for one in draft.effects.foreign if len(one.parents) < 2]
    parents = [(one.id, one.parents[0] if one.parents else None, one.version) for one in outside]
    sources.remember_foreign(db, parents, now, draft.account)


class Tally:
    """What it brings to each event, as a row of its own once there is something."""

    def __init__(self, db: Db, draft: Draft, now: float) -> None:
        self._db = db
        self._draft = draft
        self._now = now
        self._runs: dict[EventId, int] = {draft.watched[one].event: run for one, run in draft.whole.items()}
        self._given = set(self._runs.values())
        self._found: dict[EventId, int] = {}
        self._gone: dict[EventId, int] = {}
        self._never_here: dict[EventId, list[str]] = {}  # what was gone before it was fetched
        self.lost_photos: dict[EventId, list[int]] = {}

    def _run(self, event: EventId) -> int:
        if event not in self._runs:
            self._runs[event] = syncs.begin_run(self._db, event, "changes", self._now)
        return self._runs[event]

    def put_folder(self, row: ListedFolder, *, shown: bool = False) -> None:
        """A folder that is called otherwise by now gives its name to what lies in it."""
        if sources.put_folder(self._db, row, shown=shown):
            event = self._draft.watched[row.source].event
            sources.rename_camera(self._db, event, row, camera_of(row.name))

    def put(self, file: ListedFile) -> None:
        if sources.put_file(self._db, file, self._now, self._run(file.event)):
            self._found[file.event] = self._found.get(file.event, 0) + 1

    def put_shown(self, source: SourceId, listing: Listing) -> list[tuple[SourceId, DriveId]]:
        """What lists showed, where no fact says more and nothing newer is known. Returns the folders that are news."""
        elsewhere = sources.foreign_versions(self._db, [row.id for row in listing.folders], self._draft.account)
        news: list[tuple[SourceId, DriveId]] = []
        for row in listing.folders:
            newer = self._is_newer(row.id, row.version) and elsewhere.get(row.id, -1) <= row.version
            if row.is_root or newer:
                known = sources.folder(self._db, source, row.id) is not None
                inside = row.parent is None or sources.folder(self._db, source, row.parent) is not None
                if known or inside:
                    self.put_folder(row, shown=not row.is_root)
                    sources.forget_foreign(self._db, [row.id])
                    news += [] if known else [(source, row.id)]
        parents = {file.parent for file in listing.files}
        homes = {parent for parent in parents if sources.folder(self._db, source, parent) is not None}
        same = unchanged(self._db, source, listing)
        for file in listing.files:
            if file.id not in same and file.parent in homes and self._is_newer(file.id, file.version):
                self.put(file)
        return news

    def _is_newer(self, drive_id: DriveId, version: int) -> bool:
        """Whether a list may say something new of it: facts are newer than lists of the same version."""
        if drive_id not in self._draft.facts:
            return True
        fact = self._draft.facts[drive_id]
        return fact is not None and fact.version < version

    def file_gone(self, source: SourceId, drive_id: DriveId) -> None:
        """Without effect for what is not known, or gone already."""
        if sources.is_there(self._db, source, drive_id):
            fact: DriveFile | None = self._draft.facts.get(drive_id)
            version = None if fact is None else fact.version
            event = self._draft.watched[source].event
            if (name := downloads.not_fetched(self._db, source, drive_id)) is not None:
                self._never_here.setdefault(event, []).append(name)
            photo = sources.file_gone(self._db, source, drive_id, self._now, version)
            self._run(event)
            self._gone[event] = self._gone.get(event, 0) + 1
            self.lost_photos.setdefault(event, []).extend([] if photo is None else [photo])

    def close(self) -> Written:
        """Looks that brought nothing after all (a view, a rename) leave no row, but for those that were asked for."""
        for event, run in list(self._runs.items()):
            found, gone = self._found.get(event, 0), self._gone.get(event, 0)
            if found or gone or run in self._given:
                syncs.end_run(self._db, run, self._now, found=found, gone=gone, outcome="ok")
            else:
                syncs.drop_run(self._db, run)
        for event, names in self._never_here.items():
            removed_before_download(self._db, event, names, self._now)
        return Written(sum(self._found.values()), sum(self._gone.values()))


def removed_before_download(db: Db, event: EventId, names: Sequence[str], now: float) -> None:
    """Nobody here will ever have these: who took them has to be asked."""
    meta.note_activity(db, "gone", f"Removed by the photographer before download: {_some(names)}", now, event)


def note_hidden(db: Db, draft: Draft, now: float) -> None:
    """Shortcuts to photos that nobody shares with this account: whose they are has to be asked. And files that neither
    their name nor their type calls photos: they may be some all the same. Of an event the same is said once.
    """
    hidden = draft.hidden + [
        (draft.watched[source].event, one) for source, each in draft.listings for one in each.hidden
    ]
    for event, names in _named(hidden):
        meta.note_activity(db, "lost", f"Not shared with this account, but for a shortcut: {names}", now, event)
    untaken = [(draft.watched[source].event, one) for source, each in draft.listings for one in each.untaken]
    for event, names in _named(untaken):
        said = sha256(names.encode("utf-8", "surrogatepass")).hexdigest()  # nobody's name is kept by it
        if said != meta.get(db, f"untaken {event}"):
            meta.put(db, f"untaken {event}", said)
            text = f"Not taken, as neither name nor type is a photo's or a video's: {names}"
            meta.note_activity(db, "listed", text, now, event)


def _named(found: Sequence[tuple[EventId, str]]) -> Iterator[tuple[EventId, str]]:
    """Each event with some of its names."""
    for event in dict.fromkeys(event for event, _ in found):
        yield event, _some(sorted(name for one, name in found if one == event))


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def unchanged(db: Db, source: SourceId, listing: Listing) -> set[DriveId]:
    """Files that are known as the lists show them."""
    shown = {file.id: file for file in listing.files}
    among = sources.files_among(db, source, shown)
    return {
        file
        for file, one in among.items()
        if not (one.gone or one.shortcut) and (one.version, one.parent) == (shown[file].version, shown[file].parent)
    }


class GonePolicy:
    """What becomes of photos that disappear at their source: kept (by default), or taken out of what is placed.

    Taken out is guarded: what would take more than a tenth of an event away waits for a yes, whether it goes at once or
    bit by bit: somebody who empties a folder is read in several pages, and what is being fetched is told one by one.

    `events` returns those there are; `default` is the workspace's setting: keep or remove."""

    def __init__(self, events: Callable[[], Sequence[Event]], default: str) -> None:
        self._events = events
        self._default = default

    def removes(self, event: EventId) -> bool:
        """Of an event that was removed nothing goes."""
        return any((one.gone or self._default) == "remove" for one in self._events() if one.id == event)

    def __call__(self, db: Db, event: EventId, gone: Sequence[int], now: float) -> None:
        """Within the transaction of the page that said so."""
        gone = self._without_broken(db, event, gone, now)
        if not self.removes(event) or not gone:
            return
        gone = [*gone, *in_place.waiting_at_sources(db, event, gone)]
        lost = [
            one for photo in dict.fromkeys(gone) if (one := sources.nowhere_else(db, event, PhotoId(photo))) is not None
        ]
        if lost and held.too_many_to_remove(db, event, max(len(lost), sources.gone_since(db, event, now - ONE_CHANGE))):
            held.hold_back(db, event, GONE_AT_SOURCE, DISAPPEARED, lost, now)
            return
        for one in lost:
            take_out(db, one, now)
        if lost:
            held.note_taken_out(db, len(lost), clock.local(now).date().isoformat())
            meta.note_activity(db, "gone", f"{counts.plural(len(lost))} gone at the source: taken out here", now, event)

    def _without_broken(self, db: Db, event: EventId, gone: Sequence[int], now: float) -> list[int]:
        """What could not be opened, and is nowhere any more, is gone whatever the setting: nothing is lost by that."""
        left: list[int] = []
        for photo in gone:
            failed = photos.was_never_opened(db, event, PhotoId(photo))
            one = sources.nowhere_else(db, event, PhotoId(photo)) if failed else None
            if one is None:
                left.append(photo)
            else:
                take_out(db, one, now)
        return left


def take_out(db: Db, event_photo: EventPhotoId, now: float) -> None:
    """Out of every folder, here and on Drive (there into the trash)."""
    placements.want_nowhere(db, event_photo)
    superseded.supersede_one(db, event_photo, now)
    twins.free_in_event(db, event_photo)
