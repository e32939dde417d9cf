"""Who may read a person's folder on Drive: whoever has its link, or single addresses. Made, kept and taken back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Protocol

from agent import clock
from agent.drive.errors import DriveError
from agent.errors import Cause, NotThere, UsageError, VenueError
from agent.ledger import Ledger, accounts, folders, meta, troubles
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import DriveId, EventId, Person, PersonId, Share
from agent.people.consent import today
from agent.people.enroll import link_of
from agent.people.told import note_of
from agent.roster import Roster
from agent.roster.forgetting import with_merged
from agent.running.waiting import Bell
from agent.uploads.folder_upkeep import Sharing

AGAIN = 30.0  # seconds, where Drive did not answer: it may be there again before anybody knew that it was away
LINKS_EVERY = 600.0  # seconds between looks at the links, and whether they hold; and whenever folders were made


class Links(Protocol):
    async def set(self, person: Person, *, on: bool, to: str = "", until: str = "") -> str | None:
        """Let anyone with the link read their folder on Drive, or nobody any more. Returns the link that there is.

        `to`: an address; it and nobody else is let in, or kept out again. `until`: the last day; "": as it is.
        """
        ...

    async def close_left(self, person: Person, to: str = "") -> Mapping[str, VenueError]:
        """The same off, on Drives that their event has left. Returns those that could not be asked, and why."""
        ...


class LinksOff:
    """Where Drive is off: there is no link to make, and none to take back but what was made before."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    async def set(self, person: Person, *, on: bool, to: str = "", until: str = "") -> str | None:
        if not on and share_of(self._roster, person, to) is None:
            return None
        raise UsageError(
            "Drive is off here", person.name, "Run `venuesync`, signed in, and try again", cause=Cause.CONFLICT
        )

    async def close_left(self, person: Person, to: str = "") -> Mapping[str, VenueError]:
        return {}


class LinksOfAccounts:
    """Each person's folder lies on their event's account; `of` returns its links, `at` those of an account.

    What their event left on another one stays open until it is taken back, whether any event uses that or none; or a
    last day is said, on which nobody would end it there.
    """

    def __init__(self, ledger: Ledger, of: Callable[[EventId], PersonLinks], at: Callable[[str], PersonLinks]) -> None:
        self._ledger = ledger
        self._of = of
        self._at = at

    async def set(self, person: Person, *, on: bool, to: str = "", until: str = "") -> str | None:
        out: Mapping[str, VenueError] = {} if on and not until else await self.close_left(person, to)
        try:
            link = await self._of(person.event).set(person, on=on, to=to, until=until)
        except VenueError:  # of what lies on a Drive that could not be asked no other one says more
            if not out:
                raise
            link = None
        for account, error in out.items():
            remedy = error.remedy if account in error.remedy else f"{error.remedy}; take it back again then"
            raise VenueError(
                f"Their folder on the Drive of {account or 'all events'} may be open still",
                f"{person.name}: {error.title}: {error.detail}",
                remedy,
                cause=Cause.TRANSIENT,
            )
        return link

    async def close_left(self, person: Person, to: str = "") -> Mapping[str, VenueError]:
        out: dict[str, VenueError] = {}
        for account, folder in await self._ledger.read(accounts.left_of_person, person.id):
            try:
                await self._at(account).close_left(person, folder, to)
            except VenueError as error:
                out[account] = error
        return out


class PersonLinks:
    """As a part it keeps them: a person's link leads to the folder that is theirs now, whoever threw the old one away.
    What somebody took back on Drive is not told to be given.

    `changed` is called when a link became another. `ahead`: seconds by which this machine's clock is ahead of Drive's.
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        sharing: Sharing,
        changed: Callable[[], None],
        ahead: Callable[[], float | None],
        account: str = "",
    ) -> None:
        self._account = account
        self._ahead = ahead
        self.bell = Bell()
        self._ledger = ledger
        self._roster = roster
        self._sharing = sharing
        self._changed = changed
        self._doubted: set[str] = set()  # folders of which Drive is to be asked whether they are open still
        self._asked_of: set[str] = set()  # and those of which it is
        self._asked_at = clock.steady()
        self._not_given: dict[tuple[DriveId, str], PersonId] = {}  # what Drive may have opened, to which address; whose

    def doubt(self, ids: Collection[str]) -> None:
        """Somebody did something to these on Drive: to folders that are open, maybe."""
        if doubted := self._open_ones().intersection(ids):
            self._doubted |= doubted
            self.bell.ring()

    def doubt_all(self) -> None:
        self._asked_at = float("-inf")
        self.bell.ring()

    async def run(self) -> None:
        self._not_given |= await self._ledger.read(being_opened, self._account)  # by whoever was ended amid it
        while True:
            left = False
            if clock.steady() - self._asked_at >= LINKS_EVERY:
                self._asked_at = clock.steady()
                self._doubted |= self._open_ones()
            self._asked_of, self._doubted = self._doubted, set()
            if not self._roster.switches.all:
                events = {one.id for one in self._roster.events() if one.lane == self._account}
                for person in [one for one in self._roster.everybody() if one.event in events]:
                    left |= not await self._keep(person)
                left |= not await self._end_not_given()
            if left:
                self._doubted |= self._asked_of
            await self.bell.wait(AGAIN if left else LINKS_EVERY)

    def _open_ones(self) -> set[str]:
        return {str(one.folder) for person in self._roster.everybody() for one in self._roster.shares(person.id)}

    async def set(self, person: Person, *, on: bool, to: str = "", until: str = "") -> str | None:
        async with self._sharing.alone:
            if on:
                return await self._open(person, to, until)
            before = share_of(self._roster, person, to)
            await self._close(person, to)
            for gone in with_merged(person, self._roster.everybody())[1:]:
                if share_of(self._roster, gone, to) is not None:
                    await self._close(gone, to)
            if before is not None and await self._sharing.is_open(before, folder_of(person)):
                raise VenueError(
                    "Their folder can be opened still",
                    f"{person.name}: a folder above theirs on Drive is shared with {to or 'anyone who has its link'}",
                    "Take that back on Drive, at People or at a folder above it",
                    cause=Cause.CONFLICT,
                )
            return None

    async def close_left(self, person: Person, folder: DriveId, to: str) -> None:
        """A folder of theirs on this Drive, which their event has left; who was not let in there is no error."""
        await self._sharing.reached()
        async with self._sharing.alone:
            await self._sharing.close_to(folder, to, folder_of(person))
            share = share_of(self._roster, person, to)
            if share is not None and share.folder == folder:  # no other Drive has anything of it yet
                await self._is_closed(person, share)

    async def _is_over(self, one: Share) -> bool:
        """By Drive's clock, as soon as it has answered: what is taken back by a wrong one stays so."""
        last = date.fromisoformat(one.ends) if one.ends else None
        if last is None or last >= today():
            return False
        await self._sharing.reached()
        return last < today(self._ahead() or 0.0)

    async def _keep(self, person: Person) -> bool:
        """Whose last day is over opens nothing any more; a folder that was made anew is shared as the old one was.

        Also of whoever is somebody else by now, or ignored: nobody else sees to that. What Drive refuses of one is
        told, and holds no other up. Returns `False` where it did not answer: then it is to be done soon.
        """
        done = True
        for one in self._roster.shares(person.id):
            try:
                async with self._sharing.alone:
                    if share_of(self._roster, person, one.to) != one:
                        continue  # taken back meanwhile
                    if await self._is_over(one):
                        await self._close(person, one.to)
                    elif not (await self._renewed(person, one) or await self._taken_back(person, one)):
                        continue
            except VenueError as error:
                if self._roster.person(person.id) is None:
                    return True  # forgotten meanwhile: nothing is to say their name
                done = done and error.cause is not Cause.TRANSIENT
                if not error.pauses_lane:
                    subject = Subject(f"link:{person.id}", person.name, EventId(person.event))
                    await self._ledger.write(troubles.open_trouble, subject, error, clock.wall())
                continue
            self._changed()
        return done

    async def _end_not_given(self) -> bool:
        """What was said not to be given, or was refused, opens nothing, unless it was given once more meanwhile.

        Returns `False` where Drive did not answer: then it is to be done soon.
        """
        done = True
        for (folder, to), person in [*self._not_given.items()]:
            async with self._sharing.alone:
                try:
                    if not any((one.folder, one.to) == (folder, to) for one in self._roster.shares(person)):
                        await self._sharing.close_to(folder, to, folder)
                except VenueError as error:
                    if error.pauses_lane or error.cause is Cause.TRANSIENT:
                        done = False
                        continue
                await self._ledger.write(meta.forget, opening(self._account, folder, to))
                del self._not_given[folder, to]
        return done

    async def _let_in(self, person: Person, folder: DriveId, to: str) -> Share:
        """That Drive is asked is written down first: killed before the roster says that it was given, nobody would know
        of it.
        """
        await self._ledger.write(meta.put, opening(self._account, folder, to), person.id)
        try:
            return await self._sharing.open(folder, to, folder_of(person))
        except VenueError as error:
            if isinstance(error, DriveError) and error.ambiguous:
                self._is_not_given(person, folder, to)
            else:
                await self._ledger.write(meta.forget, opening(self._account, folder, to))
            raise

    def _is_not_given(self, person: Person, folder: DriveId, to: str) -> None:
        self._not_given[folder, to] = person.id
        self.bell.ring()

    async def _open(self, person: Person, to: str, until: str) -> str | None:
        folder, was = await self._folder(person), share_of(self._roster, person, to)
        if folder is None:
            raise VenueError(
                "Their folder is not on Drive yet",
                person.name,
                "Try again in a moment: folders are made by themselves",
                cause=Cause.TRANSIENT,
                kind="folder_not_made",
            )
        if was is not None and was.folder != folder:
            await self._leave(person, was)
        known = was is not None and was.folder == folder and to  # a second time would be a second mail
        made = was if was is not None and known else await self._let_in(person, folder, to)
        await self._put(person, replace(made, ends=until or ("" if was is None else was.ends)))
        if to:
            await self._note(person, f"The folder of {person.name} is open to {to}")
        else:
            await self._note(person, f"Link of {person.name}: anyone who has it may read their folder")
        return link_of(folder)

    async def _close(self, person: Person, to: str) -> None:
        share = share_of(self._roster, person, to)
        if share is None and (folder := await self._folder(person)) is not None:
            await self._sharing.close_to(folder, to, folder_of(person))  # Drive may have made it, its answer was lost
        if share is not None:
            await self._sharing.close(share, folder_of(person))
            await self._is_closed(person, share)

    async def _is_closed(self, person: Person, share: Share) -> None:
        await self._over(person)
        await self._put(person, share, gone=True)
        closed = f"The folder of {person.name} is closed to {share.to}" if share.to else ""
        await self._note(person, closed or f"Link of {person.name} taken back")

    async def _renewed(self, person: Person, share: Share) -> bool:
        """Whether there was need."""
        folder = await self._folder(person)
        if folder is None or folder == share.folder:
            return False
        await self._leave(person, share)
        made = replace(await self._let_in(person, folder, share.to), ends=share.ends)
        await self._over(person)
        await self._put(person, made)
        again = f"{share.to} was let in again" if share.to else "Show its code again"
        await self._note(person, f"Link of {person.name} is another: the folder was made anew. {again}")
        return True

    async def _taken_back(self, person: Person, share: Share) -> bool:
        """Whether somebody did so on Drive: it is told, and given again only where that is asked for."""
        if share.folder not in self._asked_of or share.folder != await self._folder(person):
            return False
        where = folder_of(person)
        if await self._sharing.is_open(share, where) or not await self._sharing.is_there(share.folder):
            return False
        await self._over(person)
        await self._put(person, share, gone=True)
        closed = f"The folder of {person.name} was closed to {share.to}" if share.to else ""
        await self._note(person, f"{closed or f'Link of {person.name} was taken back'} on Drive, by hand")
        return True

    async def _leave(self, person: Person, share: Share) -> None:
        """A folder that another one has the place of: whoever brings it back out of the trash opens nothing by that."""
        try:
            await self._sharing.close(share, folder_of(person))
        except VenueError as error:
            if error.pauses_lane or error.cause is Cause.TRANSIENT:
                raise  # else it is another account's, which is asked when the link is taken back

    async def _over(self, person: Person) -> None:
        """What Drive refused of theirs; said before the roster knows: killed in between, nobody would look again."""
        await self._ledger.write(troubles.heal, f"link:{person.id}", clock.wall())

    async def _folder(self, person: Person) -> DriveId | None:
        found = await self._ledger.read(folders.folder_of_person, person.id)
        return DriveId(str(found["drive_id"])) if found is not None and found["drive"] == "there" else None

    async def _put(self, person: Person, share: Share, *, gone: bool = False) -> None:
        """Raises `NotThere` for somebody who is forgotten, or went with their event, by now, and `VenueError` where
        that went to another account: nobody would end it there. Then it is taken back.
        """
        others = [one for one in self._roster.shares(person.id) if one.to != share.to]

        def write() -> VenueError | None:
            event = self._roster.find_event(person.event)
            if event is not None and event.lane != self._account and not gone:
                again = "Try again in a moment: folders are made by themselves"
                return VenueError("Their event went to another account", person.name, again, cause=Cause.TRANSIENT)
            if self._roster.set_shares(person.id, others if gone else [*others, share]) or gone:
                return None
            see = "See who there is: venuesync people"
            return NotThere("There is no such person any more", person.name, see)

        refused = await self._ledger.on_writer(write)
        if refused is not None:
            try:
                await self._sharing.close(share, folder_of(person))
            except VenueError:
                self._is_not_given(person, share.folder, share.to)
                raise refused from None
        if not gone:
            await self._ledger.write(meta.forget, opening(self._account, share.folder, share.to))
        if refused is not None:
            raise refused

    async def _note(self, person: Person, text: str) -> None:
        await self._ledger.write(note_of, self._roster, person, "link", text, clock.wall())


async def close_all_left(links: Links, roster: Roster, person: Person) -> Mapping[str, VenueError]:
    """Whoever was let in on Drives that their event has left is not any more, by the link or by an address: once they
    are forgotten, nobody knows their folders there. Returns those that could not be asked, and why.
    """
    out: dict[str, VenueError] = {}
    for to in ["", *(one.to for one in roster.shares(person.id) if one.to)]:
        out |= await links.close_left(person, to)
    return out


def opening(account: str, folder: DriveId, to: str) -> str:
    """Under which it is written down that Drive is asked to let somebody in; the fact is whose folder it is."""
    return f"{meta.OPENING}:{account}:{folder}:{to}"


def being_opened(db: Db, account: str) -> dict[tuple[DriveId, str], PersonId]:
    """What that Drive was asked to open, and to which address, of which it is not known yet that it was given."""
    found: dict[tuple[DriveId, str], PersonId] = {}
    for key in meta.keys(db, f"{meta.OPENING}:{account}:"):
        _, _, folder, to = key.split(":", 3)
        found[DriveId(folder), to] = PersonId(meta.get(db, key))
    return found


def folder_of(person: Person) -> str:
    """As Drive's refusals call it."""
    return f"the folder of {person.name}"


def share_of(roster: Roster, person: Person, to: str) -> Share | None:
    return next((one for one in roster.shares(person.id) if one.to == to), None)
