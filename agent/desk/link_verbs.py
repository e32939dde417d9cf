"""Links of people's folders: made and taken back."""

from __future__ import annotations

from agent import clock
from agent.desk.house import House
from agent.errors import Cause, UsageError, VenueError
from agent.ledger import activity, browse
from agent.model import DriveId, EventId, Person, PersonId
from agent.people.rows import link_of
from agent.uploads.sharing import Sharing


async def link_person(house: House, person: Person, *, on: bool) -> str | None:
    """Let anyone with the link read her folder on Drive, or nobody any more. Answers the link that there is then."""
    sharing = house.sharing
    if sharing is None:
        if house.roster.shared(person.id) is None and not on:
            return None
        raise UsageError(
            "Drive is off here", person.name, "Run `venuesync`, signed in, and try again", cause=Cause.CONFLICT
        )
    async with sharing.alone:
        return await (_open(house, sharing, person) if on else _close(house, sharing, person))


async def _close(house: House, sharing: Sharing, person: Person) -> None:
    shared = house.roster.shared(person.id)
    if shared is not None:
        await sharing.close(shared)
        await house.ledger.on_writer(house.roster.set_shared, person.id, None)
        await _note(house, person, f"Link of {person.name} taken back")


async def _open(house: House, sharing: Sharing, person: Person) -> str | None:
    folder = await house.ledger.read(browse.folder_of_person, person.id)
    if folder is None or folder["drive"] != "there":
        raise VenueError(
            "Her folder is not on Drive yet",
            person.name,
            "Try again in a moment: folders are made by themselves",
            cause=Cause.TRANSIENT,
            kind="folder_not_made",
        )
    made = DriveId(str(folder["drive_id"]))
    await sharing.open(made)
    await house.ledger.on_writer(house.roster.set_shared, person.id, made)
    await _note(house, person, f"Link of {person.name}: anyone who has it may read her folder")
    return link_of(made)


async def renew_links(house: House) -> int:
    """A folder that was made anew has another address: what was open by its link is so by the new one.

    Answers how many links are others now. Raises `VenueError` where Drive cannot be asked.
    """
    sharing = house.sharing
    if sharing is None:
        return 0
    renewed = 0
    for whose in list(house.roster.open_by_link()):
        async with sharing.alone:
            renewed += await _renew(house, sharing, whose)
    return renewed


async def _renew(house: House, sharing: Sharing, whose: PersonId) -> bool:
    """Whether there was need: it may have been taken back meanwhile."""
    person, shared = house.roster.person(whose), house.roster.shared(whose)
    folder = await house.ledger.read(browse.folder_of_person, whose)
    if person is None or shared is None or folder is None or folder["drive"] != "there" or folder["drive_id"] == shared:
        return False
    made = DriveId(str(folder["drive_id"]))
    await sharing.open(made)
    await house.ledger.on_writer(house.roster.set_shared, whose, made)
    await _note(house, person, f"Link of {person.name} is another: the folder was made anew. Show its code again")
    return True


async def _note(house: House, person: Person, text: str) -> None:
    await house.ledger.write(activity.note, "link", text, clock.wall(), EventId(person.event))
