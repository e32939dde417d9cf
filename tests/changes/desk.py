"""The change feed alone, as a test drives it: a real ledger and roster, a real client, one round at a time.

Downloads are marked as done without bytes, at once or after the next look, so that only what is known of the sources
is under test.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from agent import clock
from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane
from agent.drive.endpoint import Endpoint
from agent.drive.http import Http
from agent.drive.limiter import Limiter
from agent.drive.sign_in.token import Token, open_credentials
from agent.ledger import Ledger, by_event, counts, downloads, photos, sources, superseded
from agent.ledger.downloads import Download
from agent.ledger.photos import Content
from agent.model import DriveId, Event, EventId, PhotoId, Source, SourceId
from agent.roster import Roster
from agent.settings import Settings
from agent.settings.addresses import parse_link
from agent.settings.keys import Sync
from agent.sync.arrivals import Arrival, Events, join
from agent.sync.draft import Gone, GonePolicy
from agent.sync.feeds import Feeds
from agent.sync.listing import ListFreshness
from agent.sync.sources import SourceStanding, standings
from agent.sync.tree import FolderTree
from agent.sync.verify import nothing_more
from agent.uploads import tags


class FeedDesk:
    """One account's feeds over a ledger on disk. `reopen` is a killed agent that starts again."""

    def __init__(
        self,
        folder: Path,
        url: str,
        gone: str = "remove",
        *,
        marks: bool = True,
        steady: Callable[[], float] = clock.steady,
    ) -> None:
        self.folder = folder
        self.url = url
        self.marks = marks
        self.steady = steady
        self._under_way: list[Download] = []
        self.settings = Settings(sync=Sync(gone=gone, adaptive=False))  # pyright: ignore[reportArgumentType]
        folder.mkdir(parents=True, exist_ok=True)
        self._open()

    def _open(self) -> None:
        self.ledger = Ledger(self.folder / "ledger.sqlite")
        self.ledger.open()
        self.roster = Roster(self.folder / "roster.json")
        endpoint = Endpoint(self.url)
        token = Token(lambda: open_credentials(endpoint))
        limiter = Limiter()
        self.http = Http(endpoint, token)
        self.client = DriveClient(self.http, limiter)
        self.lane = DriveLane(self.client.probe, token, limiter, changed=lambda _: None)
        tree = FolderTree(self.client)
        self._gone = GonePolicy(self.roster.events, self.settings.sync.gone)
        self.feeds = Feeds(
            self.ledger,
            self.roster,
            self.client,
            self.lane,
            self.settings,
            self._gone,
            ListFreshness(self.ledger, self.client, self.roster.workspace_id, lambda: self.marks),
            resolve=lambda event, source: tree.resolve(source, event.folder_depth),
            told=lambda _: None,
            doubt=nothing_more,
            news=lambda: None,
            changed=lambda: None,
            steady=self.steady,
        )

    async def reopen(self) -> None:
        await self.close()
        self._under_way.clear()
        self._open()

    async def close(self) -> None:
        await self.http.close()
        self.ledger.close()

    async def add_event(self, name: str, *folders: str, only: tuple[str, ...] = ()) -> EventId:
        """An event with these folders of Drive as its sources."""
        event = EventId(f"e-{name}")
        sources = tuple(
            Source(SourceId(f"s-{name}-{number}"), link.id, name, only=only, resource_key=link.resource_key)
            for number, link in enumerate(map(parse_link, folders))
        )
        await self.ledger.on_writer(self.roster.add_event, Event(event, name, name, sources=sources))
        return event

    async def look(self, rounds: int = 3, *, slowly: bool = False) -> None:
        """As many rounds as it takes to learn of new sources, list them, and read the feed to its end.

        `slowly`: what is fetched is on its way until the next look has ended.
        """
        for _ in range(rounds):
            self.feeds.look_now()
            await self.feeds.round()
        await self.ledger.write(fetch_all, self._under_way, self._gone, time.time(), self.roster.events)
        self._under_way = await self.ledger.read(all_due) if slowly else []
        if not slowly:
            await self.fetch_all()

    async def fetch_all(self) -> None:
        """Whatever is due has arrived."""
        while tasks := await self.ledger.read(all_due):
            await self.ledger.write(fetch_all, tasks, self._gone, time.time(), self.roster.events)

    async def make_own_folder(self) -> None:
        """A folder of ours on Drive, as it is there once anything was sent; marks are set on it."""
        drive_id = (await self.client.generate_ids(1))[0]
        await self.client.create_folder(drive_id, "venuesync", None, tags.of_folder(self.roster.workspace_id, "root"))
        await self.ledger.write(own_folder, drive_id, time.time())

    async def standings(self) -> list[SourceStanding]:
        """How sure it is that all of each source is here."""
        facts = await self.ledger.read(by_event.event_facts, 0.0)
        arrivals = await self.ledger.read(counts.arrivals)
        return standings(self.roster.events(), facts, self.feeds.looks(), arrivals)

    def polled_to_the_end(self) -> bool:
        """Whether the feed was read to its end by the last look."""
        return bool(self.feeds.looks().polled)

    async def sources(self) -> dict[str, list[str]]:
        """For each source that is looked at, the folders at which it begins."""
        return {one.source.id: [root for root, _ in one.roots] for one in self.feeds.watched()}

    async def folders(self) -> dict[str, list[str]]:
        """For each source that is looked at, all folders that it needs."""
        return {one.source.id: [one.source.folder, *(root for root, _ in one.roots)] for one in self.feeds.watched()}

    async def known(self) -> dict[tuple[str, str], str]:
        """The MD5 of every file that is there by our knowledge, by source and Drive id."""
        return await self.ledger.read(files_known)

    async def gone(self) -> set[tuple[str, str]]:
        """Every file that is gone by our knowledge."""
        return await self.ledger.read(files_gone)

    async def there(self) -> dict[str, set[tuple[str, str]]]:
        """For each event, the files that its sources have: (Drive id, MD5)."""
        return await self.ledger.read(files_there)

    async def photos(self) -> dict[str, set[str]]:
        """For each event, MD5s of its photos that are not taken out."""
        return await self.ledger.read(photos_there)


def own_folder(db: sqlite3.Connection, drive_id: DriveId, now: float) -> None:
    db.execute(
        "INSERT INTO folder (key, kind, name, wanted_at, drive, drive_id) VALUES ('root', 'root', 'venuesync', ?,"
        " 'there', ?)",
        (now, drive_id),
    )


def all_due(db: sqlite3.Connection) -> list[Download]:
    return downloads.downloads_due(db, [], [], 1e12, 10_000)


def fetch_all(db: sqlite3.Connection, tasks: list[Download], gone: Gone, now: float, events: Events) -> None:
    for one in tasks:
        fetch(db, one, gone, now, events)


def fetch(db: sqlite3.Connection, task: Download, gone: Gone, now: float, events: Events) -> None:
    """It has arrived, as the downloader would leave it."""
    known = db.execute("SELECT id FROM photo WHERE md5 = ?", (task.md5,)).fetchone()
    if known is None:
        sha256 = hashlib.sha256(task.md5.encode()).hexdigest()
        photo = photos.record_photo(db, Content(sha256, task.md5, task.bytes, task.mime, "image"))
    else:
        photo = PhotoId(known["id"])
    join(db, Arrival(task, None, replace=True, gone=gone), photo, now, events)
    give_way(db, now)


def give_way(db: sqlite3.Connection, now: float) -> None:
    """It is filed, as the router would leave it: what it took the place of goes."""
    waiting = "SELECT ep.id, ep.event, ep.photo FROM giving_way g JOIN event_photo ep ON ep.id = g.event_photo"
    for id, event, photo in db.execute(waiting).fetchall():
        db.execute("DELETE FROM giving_way WHERE event_photo = ?", (id,))
        if sources.nowhere_else(db, event, photo) is not None:
            superseded.supersede_one(db, id, now)


def files_there(db: sqlite3.Connection) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for row in db.execute("SELECT event, drive_id, md5 FROM source_file WHERE state <> 'gone'"):
        found.setdefault(row["event"], set()).add((row["drive_id"], row["md5"]))
    return found


def files_known(db: sqlite3.Connection) -> dict[tuple[str, str], str]:
    rows = db.execute(
        "SELECT f.source, f.drive_id, ph.md5 FROM source_file f JOIN photo ph ON ph.id = f.photo WHERE f.state = 'done'"
    )
    return {(row["source"], row["drive_id"]): row["md5"] for row in rows}


def files_gone(db: sqlite3.Connection) -> set[tuple[str, str]]:
    rows = db.execute("SELECT source, drive_id FROM source_file WHERE state = 'gone'")
    return {(row["source"], row["drive_id"]) for row in rows}


def photos_there(db: sqlite3.Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    query = (
        "SELECT ep.event, ph.md5 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.state <> 'superseded'"
    )
    for row in db.execute(query):
        found.setdefault(row["event"], set()).add(row["md5"])
    return found
