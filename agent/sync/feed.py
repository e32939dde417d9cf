"""One change feed: the account's, or a shared drive's. Its token moves only with what it brought, in one transaction.

The token is taken before the first full listing; a refused one means: take a new one, list everything again, compare.
Lists lag: nothing is gone because a list does not show it, and what was listed is listed again later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from agent import clock
from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.drive.files import Changes, DriveFile
from agent.drive.reasons import Scope
from agent.errors import Cause, VenueError
from agent.ledger import Ledger, accounts, amiss_on_drive, counts, meta, ours_on_drive, sources, syncs
from agent.ledger.amiss_on_drive import Sent
from agent.ledger.sources import HeldFile, ListedFolder
from agent.ledger.sqlite.rows import Db
from agent.ledger.syncs import ListingAgain
from agent.model import DriveId, SourceId
from agent.sync.as_sent import Doubt, all_as_they_lie, as_they_lie, back_again, is_amid
from agent.sync.draft import Draft, Gone, Lose, Written, note_hidden, write
from agent.sync.listing import Lister, ListFreshness, Listing, Mark, listed_roots
from agent.sync.membership import Effects, Facts, Known, Membership, effects_of, leads_to_folder
from agent.sync.sources import Watched, is_loss


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a source holds, by Drive's ids."""

    known: Mapping[DriveId, HeldFile]
    found: Mapping[DriveId, HeldFile]


class Feed:
    """`drive` is "" for the account's own, else a shared drive's id. Every method raises `DriveError`.

    `gone` says what becomes of photos that disappeared, `lose` records that a source cannot be reached. `doubt` hears
    what is said to be gone, among which folders of ours may be. `amid`, which outlives it: the ids of what was being
    sent as the feed began, and is to be asked for once the answers are written down.
    """

    def __init__(
        self,
        drive: str,
        ledger: Ledger,
        client: DriveClient,
        freshness: ListFreshness,
        gone: Gone,
        lose: Lose,
        doubt: Doubt,
        steady: Callable[[], float] = clock.steady,
        account: str = "",
        amid: set[DriveId] | None = None,
    ) -> None:
        self._amid = set[DriveId]() if amid is None else amid
        self.key = syncs.feed_key(account, drive)  # in the ledger
        self._drive = drive
        self._account = account
        self._ledger = ledger
        self._client = client
        self._freshness = freshness
        self._gone = gone
        self._lose = lose
        self._doubt = doubt
        self._steady = steady
        self.named: set[str] = set()  # what was told of so far

    # ---- from the beginning

    async def begin(self, watched: Sequence[Watched]) -> str:
        """The token to go on from. A new one is taken before anything is listed; then all has to be listed, and what
        was sent is asked for. It is not kept where somebody else signed in meanwhile.
        """
        token = await self._ledger.read(syncs.feed_token, self.key)
        if token is None:
            whose = await self._ledger.read(accounts.whose, self._account)
            token = await self._client.start_page_token(self._drive or None)
            sources = [one.source.id for one in watched]
            sent: list[tuple[Sent, bool | None]] = []
            if not self._drive:  # the account's own feed tells of it
                self._amid |= {*await self._ledger.read(amiss_on_drive.all_coming, self._account)}
                sent = await all_as_they_lie(self._ledger, self._client, self._account, self._doubt)
            await self._ledger.write(self._begin, whose, token, sources, sent, clock.wall())
        return token

    def _begin(
        self,
        db: Db,
        whose: str,
        token: str,
        sources: Sequence[SourceId],
        sent: Sequence[tuple[Sent, bool | None]],
        now: float,
    ) -> None:
        if accounts.whose(db, self._account) != whose:
            return
        amiss_on_drive.tell(db, sent, self._account)
        syncs.begin_feed(db, self.key, token, sources, now)

    async def list_whole(self, watched: Watched, reached: Sequence[DriveFile], run: int, after: int) -> Written:
        """A full listing of a source, compared with what is known.

        `reached`: its roots, as they are now. `after`: the last mark that may have been set when the feed was read
        last. A folder that is not there (any more) is said to be lost by its caller.
        """
        above = await self._above(reached)
        mark = await self._freshness.mark(after)
        roots = begins_at(watched, reached)
        draft = await self._compare(watched, roots, mark, whole=True)
        draft.whole[watched.source.id] = run
        return await self._ledger.write_much(self._write_whole, watched, draft, above, clock.wall())

    async def rehearse(self, watched: Watched) -> Rehearsal:
        """What the source is known to hold, and what a full listing would make of that; nothing is changed."""
        draft = await self._compare(watched, begins_at(watched, await self.roots(watched)), None, whole=True)
        return await self._ledger.rehearse(self._rehearse, watched.source.id, draft, clock.wall())

    def _rehearse(self, db: Db, source: SourceId, draft: Draft, now: float) -> Rehearsal:
        before = sources.held_by(db, source)
        write(db, draft, self._gone, self._lose, now)
        return Rehearsal(before, sources.held_by(db, source))

    async def list_again(self, watched: Watched, rows: Sequence[ListingAgain]) -> bool:
        """List these folders of a source once more, and compare. Returns whether that brought anything."""
        known = await self._ledger.read(sources.folders_of, watched.source.id)
        waiting = [row.mark for row in rows if not row.confirmed]
        mark = await self._freshness.mark(max(waiting)) if waiting else None
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

    async def roots(self, watched: Watched) -> list[DriveFile]:
        """The folders at which it begins, as they are now."""
        return [await self._reach(watched, drive_id) for drive_id, _ in watched.roots]

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

    async def _compare(
        self, watched: Watched, roots: Sequence[ListedFolder], mark: Mark | None, *, whole: bool = False
    ) -> Draft:
        """What lies below these folders. Whatever is known there and not shown is asked for itself; a folder that is
        still inside is listed, whether its own parent's list shows it or not. `whole`: they are all of the source.
        """
        inquiry, listing = Inquiry(self._ledger, self._client, self._account), Listing()
        lister = await self._lister(mark)
        source = watched.source.id
        await lister.below(watched.event, roots, listing)
        while True:
            known = await self._ledger.read(sources.subtree, source, [root.id for root in roots])
            unseen = known.keys() - listing.shown - inquiry.facts.keys()
            if not unseen:
                break
            await self._ask(watched, inquiry, unseen)
            _, membership = await inquiry.effects({source})
            there = [membership.of(one)[source] for one in sorted(unseen) if source in membership.of(one)]
            await lister.below(watched.event, there, listing)
        folders = None if whole else list(known)
        await self._ask(watched, inquiry, await self._ledger.read(in_doubt, source, folders, listing))
        return await self._finish(inquiry, {source: watched}, mark, [(source, listing)])

    async def _ask(self, watched: Watched, inquiry: Inquiry, unseen: Collection[DriveId]) -> None:
        """Of many at once, the source's own folder first: where that is lost, none of them needs to be asked for."""
        if len(unseen) > len(watched.roots):
            await self.roots(watched)
        await inquiry.ask(unseen)

    def _write_whole(self, db: Db, watched: Watched, draft: Draft, above: set[DriveId], now: float) -> Written:
        if watched.source.id not in syncs.states(db):  # it was removed meanwhile
            syncs.drop_run(db, draft.whole[watched.source.id])
            return Written(0, 0)
        written = write(db, draft, self._gone, self._lose, now)
        note_hidden(db, draft, now)
        sources.keep_above(db, watched.source.id, above)
        if watched.source.id not in draft.lost:
            syncs.listed(db, watched.source.id, now)
        if written.found:
            syncs.feed_brought(db, self.key, now)
            meta.note_activity(
                db, "listed", f"{watched.source.name}: {counts.plural(written.found)} found", now, watched.event
            )
        return written

    def _write_again(self, db: Db, watched: Watched, draft: Draft, now: float) -> Written:
        written = write(db, draft, self._gone, self._lose, now)
        if written.found:
            syncs.feed_brought(db, self.key, now)
            text = f"{watched.source.name}: {counts.plural(written.found)} that Drive's lists had not shown before"
            meta.note_activity(db, "listed", text, now, watched.event)
        return written

    # ---- from change to change

    async def poll(self, watched: Sequence[Watched]) -> bool:
        """Read the feed to its end. Returns whether it brought anything for the sources.

        Raises scope `cursor` where all has to be listed again.
        """
        token = kept = await self.begin(watched)
        await self._look_behind()
        brought, again = False, None  # from where it is read once more by the next poll
        while True:
            page = await self._client.changes(token, self._drive or None)
            if page.changes or page.token != token:
                if again is None and await is_amid(self._ledger, self._account, facts_of(page)):
                    again = token
                kept, before = again or page.token, kept
                brought |= await self._take(page, watched, before, kept)
            token = page.token
            if not page.more:
                return brought

    async def _look_behind(self) -> None:
        """At what was being sent as the feed began: what was done to it until then, nothing tells."""
        if not self._amid:
            return
        coming = {*await self._ledger.read(amiss_on_drive.all_coming, self._account)}
        now = await self._client.get_all(self._amid - coming)
        sent = await as_they_lie(self._ledger, self._client, self._account, {**now}, self._doubt)
        await self._ledger.write(amiss_on_drive.tell, sent, self._account)
        self._amid &= coming

    async def _take(self, page: Changes, watched: Sequence[Watched], before: str, after: str) -> bool:
        """A page: what it needs is asked for first, then its effects and the token `after` it are written together. Not
        where the feed does not stand `before` it, forgotten as somebody else signed in: it is not theirs.
        """
        inquiry = Inquiry(self._ledger, self._client, self._account)
        inquiry.facts |= facts_of(page)
        named = set(inquiry.facts)
        self.named |= named
        back = await back_again(self._ledger, self._client, self._account, page.changes)
        ours = await as_they_lie(self._ledger, self._client, self._account, back | inquiry.facts, self._doubt)
        draft = None
        if watched:
            await inquiry.ask(await self._ledger.read(sources.shortcuts_to, named))  # of which nothing is told then
            draft = await self._finish(inquiry, {one.source.id: one for one in watched}, None, [])
            draft.named = named
        return await self._ledger.write(self._write_page, draft, ours, (before, after), clock.wall())

    def _write_page(
        self, db: Db, draft: Draft | None, ours: Sequence[tuple[Sent, bool | None]], tokens: tuple[str, str], now: float
    ) -> bool:
        """`draft`: `None` where nothing is watched, and the feed tells of nothing else. `tokens`: where the
        feed stands, and where it will.

        A source whose own folder changed, or one above it, may have been away for a while: it is listed anew.
        """
        before, after = tokens
        if syncs.feed_token(db, self.key) != before:
            return False
        amiss_on_drive.tell(db, ours, self._account)
        written = Written(0, 0)
        if draft is not None:
            written = write(db, draft, self._gone, self._lose, now)
            note_hidden(db, draft, now)
            syncs.require(db, sorted(sources.resting_on(db, draft.named)))
        syncs.keep_feed_token(db, self.key, after, now, changed=written.anything)
        return written.anything

    # ---- for all of them

    async def _lister(self, mark: Mark | None) -> Lister:
        return Lister(self._client, await self._ledger.read(ours_on_drive.our_folders), mark)

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
            mark = mark or await self._freshness.mark()
            for source in dict.fromkeys(row.source for row in news):
                listing = Listing()
                entered = [row for row in news if row.source == source]
                await (await self._lister(mark)).below(watched[source].event, entered, listing)
                listings.append((source, listing))
                await inquiry.ask(await self._ledger.read(in_doubt, source, [], listing))
        fresh = mark.number if mark is not None else 0
        now = self._steady()
        draft = Draft(watched, inquiry.facts, effects, lost, now, listings=listings, fresh=fresh, account=self._account)
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
                draft.hidden += [(draft.watched[home.source].event, one) for one in lister.hidden]
                lister.hidden.clear()

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


def facts_of(page: Changes) -> dict[str, DriveFile | None]:
    return {str(one.id): None if one.removed else one.file for one in page.changes if one.id}


def begins_at(watched: Watched, roots: Sequence[DriveFile]) -> list[ListedFolder]:
    """Its own folders: chosen ones are called as they are on Drive, as photographers are told by them."""
    source = watched.source
    return listed_roots(source.id, [(one.id, one.name if source.only else source.name) for one in roots])


def in_doubt(db: Db, source: SourceId, folders: Sequence[DriveId] | None, listing: Listing) -> set[DriveId]:
    """Files that only they themselves can tell of: those known in these folders (`None`: in the source) that no list
    showed as photos (any more), and those that a list showed and that were gone by then.
    """
    known = sources.files_in(db, source, folders)
    shown = {file.id: file.version for file in listing.files}
    unseen = {file for file, one in known.items() if not one.gone and file not in shown}
    among = sources.files_among(db, source, shown)
    return unseen | {file for file, one in among.items() if one.gone and shown[file] <= one.version}


class Inquiry:
    """Facts about Drive's items, completed by asking Drive for more, until it is certain what they do.

    `get` never lags: by it an unknown folder is followed upward until it is clear whose it is, and only by it is
    something gone. Folders that lie in no source are remembered, so that whatever else the account does costs next to
    nothing. `facts` grow as they are asked for. Raises `DriveError`."""

    def __init__(self, ledger: Ledger, client: DriveClient, account: str) -> None:
        self.facts: dict[str, DriveFile | None] = {}
        self._ledger = ledger
        self._client = client
        self._account = account

    async def ask(self, ids: Collection[DriveId]) -> None:
        """What Drive says of these now, of those that are no facts yet."""
        self.facts |= await self._client.get_all(one for one in sorted(ids) if one not in self.facts)

    async def effects(self, watched: Collection[SourceId]) -> tuple[Effects, Membership]:
        """What the facts do. For the `watched` sources, whatever lay in a folder that leaves is asked for itself."""
        while True:
            membership = Membership(self.facts, await self._ledger.read(known_of, self.facts, self._account))
            effects = effects_of(membership)
            leaving = [one for one in effects.left if one[0] in watched]
            missing = membership.unknown | (await self._ledger.read(inside, leaving) if leaving else set[DriveId]())
            if not missing - self.facts.keys():
                return effects, membership
            await self.ask(missing)


def known_of(db: Db, facts: Facts, account: str) -> Known:
    """What is remembered of everything that the facts speak of; `account`: whose Drive tells them."""
    there = [fact for fact in facts.values() if fact is not None]
    ids = {*facts, *(parent for fact in there for parent in fact.parents)}
    ids |= {str(fact.target) for fact in there if leads_to_folder(fact)}
    through = sources.folders_through(db, facts)
    ids |= {row.id for row in through}
    rows = sources.folders_and_above(db, ids)
    by_id: dict[str, list[ListedFolder]] = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    by_shortcut: dict[str, list[ListedFolder]] = {}
    for row in through:
        by_shortcut.setdefault(str(row.via), []).append(row)
    return Known(
        by_id,
        by_shortcut,
        sources.sources_of_files(db, facts),
        sources.foreign_above(db, ids, account),
        ours_on_drive.ours_among(db, ids | {row.id for row in rows}),
    )


def inside(db: Db, leaving: Sequence[tuple[SourceId, DriveId]]) -> set[DriveId]:
    """Folders and files that lie in these folders, by our knowledge."""
    found: set[DriveId] = set()
    for source in {source for source, _ in leaving}:
        below = sources.subtree(db, source, [folder for one, folder in leaving if one == source])
        found |= below.keys()
        found |= {file for file, known in sources.files_in(db, source, below).items() if not known.gone}
    return found
