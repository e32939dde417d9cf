"""One change feed: the account's, or a shared drive's. Its token moves only with what it brought, in one transaction.

The token is taken before the first full listing; a refused one means: take a new one, list everything again, compare.
Lists lag: nothing is gone because a list does not show it, and what was listed is listed again later.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agent import clock
from agent.changes.draft import Draft, Gone, Lose, Written, write
from agent.changes.inquiry import Inquiry
from agent.changes.listing import Lister, Listing, roots_of
from agent.changes.lost import is_loss
from agent.changes.membership import Effects
from agent.changes.watched import Watched
from agent.changes.witness import Mark, Witness
from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.drive.files import Changes, DriveFile
from agent.drive.reasons import Scope
from agent.errors import Cause, VenueError
from agent.ledger import Ledger, activity, counts, feeds, recorded, sources, syncs
from agent.ledger.again import Again
from agent.ledger.rehearsal import undone
from agent.ledger.sources import Held, ListedFolder
from agent.model import DriveId, SourceId


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a source holds, by Drive's ids."""

    known: Mapping[DriveId, Held]
    found: Mapping[DriveId, Held]


class Feed:
    """`key` is "" for the account, else the shared drive's id. Every method raises `DriveError`.

    `gone` says what becomes of photos that disappeared, `lose` records that a source cannot be reached.
    """

    def __init__(
        self,
        key: str,
        ledger: Ledger,
        client: DriveClient,
        witness: Witness,
        gone: Gone,
        lose: Lose,
        steady: Callable[[], float] = clock.steady,
    ) -> None:
        self.key = key
        self._ledger = ledger
        self._client = client
        self._witness = witness
        self._gone = gone
        self._lose = lose
        self._steady = steady

    # ---- from the beginning

    async def begin(self) -> str:
        """The token to go on from. A new one is taken before anything is listed; then all has to be listed."""
        token = await self._ledger.read(feeds.token, self.key)
        if token is None:
            token = await self._client.start_page_token(self.key or None)
            await self._ledger.write(feeds.keep_token, self.key, token, clock.wall(), changed=False)
        return token

    async def list_whole(self, watched: Watched, run: int, after: int) -> int:
        """A full listing of a source, compared with what is known. Answers how many photos are news.

        `after`: the last mark that may have been set when the feed was read last. A folder that is not there (any
        more) is said to be lost by its caller.
        """
        above = await self._above([await self._reach(watched, drive_id) for drive_id, _ in watched.roots])
        mark = await self._witness.mark(after)
        roots = roots_of(watched.source.id, watched.roots)
        draft = await self._compare(watched, roots, mark)
        draft.whole[watched.source.id] = run
        return (await self._ledger.write(self._write_whole, watched, draft, above, clock.wall())).found

    async def rehearse(self, watched: Watched) -> Rehearsal:
        """What the source is known to hold, and what a full listing would make of that; nothing is changed."""
        for drive_id, _ in watched.roots:
            await self._reach(watched, drive_id)
        draft = await self._compare(watched, roots_of(watched.source.id, watched.roots), None)
        return await self._ledger.write(self._rehearse, watched.source.id, draft, clock.wall())

    def _rehearse(self, db: sqlite3.Connection, source: SourceId, draft: Draft, now: float) -> Rehearsal:
        before = sources.held_by(db, source)
        with undone(db):
            write(db, draft, self._gone, self._lose, now)
            return Rehearsal(before, sources.held_by(db, source))

    async def list_again(self, watched: Watched, rows: Sequence[Again]) -> bool:
        """List these folders of a source once more, and compare. Answers whether that brought anything."""
        known = await self._ledger.read(sources.folders_of, watched.source.id)
        waiting = [row.mark for row in rows if not row.confirmed]
        mark = await self._witness.mark(max(waiting)) if waiting else None
        draft = await self._compare(watched, [known[row.folder] for row in rows if row.folder in known], mark)
        draft.fresh = 0  # the mark may be older than what was found now
        draft.again = rows
        draft.since = min((listing.since for _, listing in draft.listings), default=0)
        return (await self._ledger.write(self._write_again, watched, draft, clock.wall())).anything

    async def _above(self, roots: Sequence[DriveFile]) -> set[DriveId]:
        """All folders above these, as far as we can see."""
        found: set[DriveId] = set()
        level = {parent for root in roots for parent in root.parents}
        while level - found:
            found |= level
            files = (await self._client.get_all(level)).values()
            level = {parent for file in files if file is not None for parent in file.parents} - found
        return found

    async def _reach(self, watched: Watched, drive_id: str) -> DriveFile:
        """The root itself, by its id: a listing of a folder that is not shared any more looks empty."""
        found = await self._client.get(DriveId(drive_id))
        if found.trashed:
            raise DriveError(
                "The folder is in the trash",
                watched.source.name,
                "Take it out of Drive's trash",
                cause=Cause.MISSING,
                kind="folder_not_found",
                scope=Scope.ITEM,
            )
        return found

    # ---- comparing a listing with what is known

    async def _compare(self, watched: Watched, roots: Sequence[ListedFolder], mark: Mark | None) -> Draft:
        """What lies below these folders. Whatever is known there and not shown is asked for itself; a folder that is
        still inside is listed, whether its own parent's list shows it or not.
        """
        inquiry, listing = Inquiry(self._ledger, self._client), Listing()
        lister = await self._lister(mark)
        source = watched.source.id
        await lister.below(watched.event, roots, listing)
        while True:
            known = await self._ledger.read(sources.subtree, source, [root.id for root in roots])
            unseen = known.keys() - listing.shown - inquiry.facts.keys()
            if not unseen:
                break
            await inquiry.ask(unseen)
            _, homes = await inquiry.effects({source})
            inside = [homes.of(one)[source] for one in sorted(unseen) if source in homes.of(one)]
            await lister.below(watched.event, inside, listing)
        await inquiry.ask(await self._ledger.read(in_doubt, source, list(known), listing))
        return await self._finish(inquiry, {source: watched}, mark, [(source, listing)])

    def _write_whole(
        self, db: sqlite3.Connection, watched: Watched, draft: Draft, above: set[DriveId], now: float
    ) -> Written:
        written = write(db, draft, self._gone, self._lose, now)
        sources.keep_above(db, watched.source.id, above)
        if watched.source.id not in draft.lost:
            syncs.listed(db, watched.source.id, now)
        if written.found:
            feeds.brought(db, self.key, now)
            activity.note(
                db, "listed", f"{watched.source.name}: {counts.plural(written.found)} found", now, watched.event
            )
        return written

    def _write_again(self, db: sqlite3.Connection, watched: Watched, draft: Draft, now: float) -> Written:
        written = write(db, draft, self._gone, self._lose, now)
        if written.found:
            feeds.brought(db, self.key, now)
            text = f"{watched.source.name}: {counts.plural(written.found)} that Drive's lists had not shown before"
            activity.note(db, "listed", text, now, watched.event)
        return written

    # ---- from change to change

    async def poll(self, watched: Sequence[Watched]) -> bool:
        """Read the feed to its end. Answers whether it brought anything for the sources.

        Raises scope `cursor` where all has to be listed again.
        """
        token = await self.begin()
        brought = False
        while True:
            page = await self._client.changes(token, self.key or None)
            if page.changes or page.token != token:
                brought |= await self._take(page, watched)
            token = page.token
            if not page.more:
                return brought

    async def _take(self, page: Changes, watched: Sequence[Watched]) -> bool:
        """A page: what it needs is asked for first, then its effects and the token after it are written together."""
        inquiry = Inquiry(self._ledger, self._client)
        inquiry.facts |= {str(one.id): None if one.removed else one.file for one in page.changes if one.id}
        named = set(inquiry.facts)
        draft = await self._finish(inquiry, {one.source.id: one for one in watched}, None, [])
        draft.named = named
        return await self._ledger.write(self._write_page, draft, page.token, clock.wall())

    def _write_page(self, db: sqlite3.Connection, draft: Draft, token: str, now: float) -> bool:
        """A source whose own folder changed, or one above it, may have been away for a while: it is listed anew."""
        written = write(db, draft, self._gone, self._lose, now)
        syncs.require(db, sorted(sources.resting_on(db, draft.named)))
        feeds.keep_token(db, self.key, token, now, changed=written.anything)
        return written.anything

    # ---- for all of them

    async def _lister(self, mark: Mark | None) -> Lister:
        return Lister(self._client, await self._ledger.read(recorded.our_folders), mark)

    async def _finish(
        self,
        inquiry: Inquiry,
        watched: dict[SourceId, Watched],
        mark: Mark | None,
        listings: list[tuple[SourceId, Listing]],
    ) -> Draft:
        """List what enters, until nothing more does, and make photos of the files among the facts."""
        listed: set[tuple[SourceId, DriveId]] = set()
        while True:
            effects, _ = await inquiry.effects(watched)
            lost = await self._lost_roots(effects, watched)
            effects.keep(watched.keys() - lost.keys())
            news = [row for row in effects.entered if (row.source, row.id) not in listed]
            if not news:
                break
            listed |= {(row.source, row.id) for row in news}
            mark = mark or await self._witness.mark()
            for source in dict.fromkeys(row.source for row in news):
                listing = Listing()
                entered = [row for row in news if row.source == source]
                await (await self._lister(mark)).below(watched[source].event, entered, listing)
                listings.append((source, listing))
                await inquiry.ask(await self._ledger.read(in_doubt, source, [], listing))
        fresh = mark.number if mark is not None else 0
        draft = Draft(watched, inquiry.facts, effects, lost, self._steady(), listings=listings, fresh=fresh)
        await self._photos(draft)
        return draft

    async def _photos(self, draft: Draft) -> None:
        """The files among the facts as photos; what was one, and is something else now, is gone."""
        lister = await self._lister(None)
        for home, file in draft.effects.put:
            made = await lister.file(draft.watched[home.source].event, home, file)
            if made is not None:
                draft.files.append(made)
            else:
                draft.effects.gone.append((home.source, file.id))

    async def _lost_roots(self, effects: Effects, watched: dict[SourceId, Watched]) -> dict[SourceId, VenueError]:
        """Sources whose own folder cannot be reached: nothing leaves them, they are lost as a whole."""
        lost: dict[SourceId, VenueError] = {}
        for source in effects.takes_away | effects.roots:
            if source in watched:
                for drive_id, _ in watched[source].roots:
                    try:
                        await self._reach(watched[source], drive_id)
                    except DriveError as error:
                        if not is_loss(error):
                            raise
                        lost[source] = error
        return lost


def in_doubt(db: sqlite3.Connection, source: SourceId, folders: Sequence[DriveId], listing: Listing) -> set[DriveId]:
    """Files that only they themselves can tell of: those known in these folders that no list showed, and those that a
    list showed and that were gone by then.
    """
    known = sources.files_in(db, source, folders)
    unseen = {file for file, one in known.items() if not one.gone and file not in listing.shown}
    shown = {file.id: file.version for file in listing.files}
    among = sources.files_among(db, source, shown)
    return unseen | {file for file, one in among.items() if one.gone and shown[file] <= one.version}
