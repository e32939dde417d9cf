"""The sources of an event, as far as Drive tells of them while a person waits; what it cannot be asked about now is
asked when it can be.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace

from agent.drive.connection import DriveLane
from agent.drive.errors import DriveError
from agent.errors import Cause, NotThere, UsageError, VenueError
from agent.model import DriveId, Event, EventId, Source, SourceId
from agent.settings.addresses import parse_link
from agent.sync.sources import is_loss
from agent.sync.tree import Choosing, FolderTree

NO_EVENT = Event(EventId(""), "", "")
PATIENCE = 10.0  # seconds to ask Drive for a folder's name, while a person waits


class SourcesOnDrive:
    def __init__(self, lane: DriveLane, tree: FolderTree, choosing: Choosing) -> None:
        self._lane = lane
        self._tree = tree
        self._choosing = choosing

    async def check(self, event: Event, news: Sequence[Source]) -> bool:
        """Refuse what may not be; `news`: sources that are not known to be good yet. Returns whether Drive told."""
        if not self._lane.is_open():
            return False
        try:
            async with asyncio.timeout(PATIENCE):
                await self._choosing.check(event, news)
        except TimeoutError:
            return False
        except DriveError as error:
            if is_loss(error):
                raise unreachable(f"A folder of {event.name}", self._lane) from None
            return False
        return True

    async def learn(self, event: Event, source: Source, link: str) -> Source:
        """With its folder's name and drive."""
        if not self._lane.is_open():
            return source
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._tree.resolve(source, event.folder_depth)
        except TimeoutError:
            return source
        except DriveError as error:
            if not is_loss(error):
                return source
            raise unreachable(link, self._lane) from None

    async def home(self, event: Event, link: str) -> DriveId:
        """The folder of an event's destination: a shortcut stands for its target, here as well."""
        given = source_of(NO_EVENT, link)
        return (await self.learn(replace(event, folder_depth=0), given, link)).folder


class SourcesUnseen:
    """Where Drive is off: a source is what was given."""

    async def check(self, _event: Event, _news: Sequence[Source]) -> bool:
        """Nothing of it can be known."""
        return False

    async def learn(self, _event: Event, source: Source, _link: str) -> Source:
        return source

    async def home(self, _event: Event, link: str) -> DriveId:
        return parse_link(link).id


def unreachable(what: str, lane: DriveLane) -> VenueError:
    account = lane.status.account or "the account that is signed in"
    return VenueError(
        "That folder cannot be reached",
        f"{what} is not there, or not shared",
        f"Share it with {account}, then add it again",
        cause=Cause.MISSING,
        kind="folder_not_found",
    )


# ---- what a change makes of an event


def source_of(event: Event, link: str) -> Source:
    """A source by its address or id. Raises `UsageError` for one that the event has."""
    found = parse_link(link)
    refuse_known(event, found.id)
    return Source(SourceId(f"s{secrets.token_hex(5)}"), found.id, str(found.id), resource_key=found.resource_key)


def refuse_known(event: Event, folder: DriveId) -> None:
    """Raise `UsageError` for a folder that is a source of the event."""
    if any(one.folder == folder for one in event.sources):
        raise UsageError("That is a source of the event already", str(folder), "Nothing to do", cause=Cause.CONFLICT)


def with_another(event: Event, source: Source) -> Event:
    """The source may have been added a second time while Drive was asked about it."""
    refuse_known(event, source.folder)
    return replace(event, sources=(*event.sources, source))


def in_doubt(event: Event, ids: Collection[SourceId]) -> Event:
    """These sources are asked about when Drive can be, and refused then if they may not be."""
    return replace(
        event, sources=tuple(replace(one, resolved=False) if one.id in ids else one for one in event.sources)
    )


def with_source(event: Event, action: str, which: str) -> Event:
    chosen = [one for one in event.sources if which in (one.id, one.folder, one.name)]
    if len(chosen) > 1:
        ids = ", ".join(f"{one.id} (folder {one.folder})" for one in chosen)
        raise UsageError("Several sources are called so", f"{which}: {ids}", "Give one's id")
    if not chosen:
        known = ", ".join(f"{one.name} ({one.id})" for one in event.sources) or "none"
        raise NotThere("That is no source of the event", which, f"It has: {known}")
    if action == "remove":
        return replace(event, sources=tuple(one for one in event.sources if one not in chosen))
    if action not in ("enable", "disable"):
        raise UsageError("There is nothing of that name to do", repr(action), "Give add, remove, enable or disable")
    on = action == "enable"
    return replace(event, sources=tuple(replace(one, enabled=on) if one in chosen else one for one in event.sources))
