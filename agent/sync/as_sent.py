"""What was sent, as Drive's feed tells of it: whether it lies there as it was sent.

What went with its folder alone, to the trash or out of sight, is not gone: it comes back with that, and sent again it
would lie there twice. So the folder is asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable

from agent.drive.client import DriveClient
from agent.drive.files import Change, DriveFile
from agent.ledger import Ledger, amiss_on_drive
from agent.ledger.amiss_on_drive import Sent
from agent.model import DriveId
from agent.sync.membership import Facts

Doubt = Callable[[Collection[str]], Awaitable[None]]


async def as_they_lie(
    ledger: Ledger, client: DriveClient, account: str, facts: Facts, doubt: Doubt
) -> list[tuple[Sent, bool | None]]:
    """Of what was sent how it lies there, for `amiss_on_drive.tell`. Where the page shows anything amiss, that is asked
    for: it may be older than what was done by ourselves since. `doubt` hears of all that is gone.
    """
    sent = await ledger.read(amiss_on_drive.sent_among, list(facts), account)
    doubtful = [one for one in sent if not lies_as_sent(one, facts[one.drive_id])]
    now = await client.get_all(one.drive_id for one in doubtful) if doubtful else {}
    out_of_sight = {home for one in doubtful if now[one.drive_id] is None for home in one.homes}
    out_of_sight -= {
        id for id, found in (await client.get_all(map(DriveId, out_of_sight))).items() if found is not None
    }
    found: list[tuple[Sent, bool | None]] = []
    gone = {drive_id for drive_id, fact in facts.items() if fact is None or fact.trashed}
    for one in sent:
        fact = now.get(one.drive_id, facts[one.drive_id])
        if fact is not None and went_with_its_folder(one, fact):
            gone.update(fact.parents)
        elif fact is None and one.homes and one.homes <= out_of_sight:
            gone.update(one.homes)
        else:
            is_there = fact is not None and not fact.trashed
            found.append((one, None if lies_as_sent(one, fact) else is_there))
    if gone:
        await doubt(gone)
    return found


async def is_amid(ledger: Ledger, account: str, facts: Facts) -> bool:
    """Whether a page shows anything amiss of what is being sent just now: once the answer to that is written down, it
    counts as sent, and the page has to be read once more.
    """
    coming = await ledger.read(amiss_on_drive.coming_among, list(facts), account)
    return any(not lies_as_sent(one, facts[one.drive_id]) for one in coming)


async def all_as_they_lie(
    ledger: Ledger, client: DriveClient, account: str, doubt: Doubt
) -> list[tuple[Sent, bool | None]]:
    """The same of all that was sent, where the feed begins anew: of what was done until then it tells nobody."""
    now = await client.get_all(await ledger.read(amiss_on_drive.all_sent, account))
    return await as_they_lie(ledger, client, account, {**now}, doubt)


async def back_again(
    ledger: Ledger, client: DriveClient, account: str, changes: Iterable[Change]
) -> dict[DriveId, DriveFile | None]:
    """What was gone, as it is now, where a page tells that a folder above it, or a drive, is there: with that it may be
    back, of which the feed tells nothing. Others' folders, which come all evening, ask for none of it.
    """
    there = [one for one in changes if not one.removed and (one.file is None or one.file.is_folder)]
    told, a_drive = {one.id for one in there}, any(one.file is None for one in there)
    gone, above = await ledger.read(amiss_on_drive.gone_from, account) if there else ([], [])
    while above and not told.intersection(above) and not a_drive:
        known = (await client.get_all(above)).values()
        above = list({DriveId(parent) for file in known if file is not None for parent in file.parents})
    return await client.get_all(gone) if above else {}


def lies_as_sent(one: Sent, file: DriveFile | None) -> bool:
    return file is not None and not file.trashed and file.md5 == one.md5 and lies_at_home(one, file)


def went_with_its_folder(one: Sent, file: DriveFile) -> bool:
    return file.trashed and not file.trashed_itself and lies_at_home(one, file)


def lies_at_home(one: Sent, file: DriveFile) -> bool:
    return not one.homes or not one.homes.isdisjoint(file.parents)
