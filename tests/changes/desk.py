"""The change feed alone, as a test drives it: a real ledger and roster, a real client, one round at a time.

Downloads are marked as done without bytes, so that only what is known of the sources is under test.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from pathlib import Path

from agent.changes.downloads import join
from agent.changes.feeds import Feeds
from agent.changes.gone import GonePolicy
from agent.changes.links import parse_link
from agent.changes.tree import FolderTree
from agent.drive.access import Token, open_credentials
from agent.drive.client import DriveClient
from agent.drive.endpoint import Endpoint
from agent.drive.lane import DriveLane
from agent.drive.pacing import Limiter
from agent.ledger import Ledger, downloads, photos
from agent.ledger.downloads import Download
from agent.ledger.photos import Content
from agent.model import Event, EventId, PhotoId, Source, SourceId
from agent.roster import Roster
from agent.settings import Settings
from agent.settings.keys import Sync


class FeedDesk:
    """One account's feeds over a ledger on disk. `reopen` is a killed agent that starts again."""

    def __init__(self, folder: Path, url: str, gone: str = "remove") -> None:
        self.folder = folder
        self.url = url
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
        self.client = DriveClient(endpoint, token, limiter)
        self.lane = DriveLane(self.client.probe, token, limiter, changed=lambda _: None)
        self.feeds = Feeds(
            self.ledger,
            self.roster,
            self.client,
            self.lane,
            self.settings,
            GonePolicy(self.roster.event, self.settings.sync.gone),
            resolve=FolderTree(self.client).resolve,
            news=lambda: None,
            changed=lambda: None,
        )

    async def reopen(self) -> None:
        await self.close()
        self._open()

    async def close(self) -> None:
        await self.client.close()
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

    async def look(self, rounds: int = 3) -> None:
        """As many rounds as it takes to learn of new sources, list them, and read the feed to its end."""
        for _ in range(rounds):
            self.feeds.look_now()
            await self.feeds.round()
        await self.ledger.write(fetch_all, time.time())

    async def there(self) -> dict[str, set[tuple[str, str]]]:
        """For each event, the files that its sources have: (Drive id, MD5)."""
        return await self.ledger.read(files_there)

    async def photos(self) -> dict[str, set[str]]:
        """For each event, MD5s of its photos that are not taken out."""
        return await self.ledger.read(photos_there)


def fetch_all(db: sqlite3.Connection, now: float) -> None:
    """What is due has arrived, as the downloader would leave it."""
    while tasks := downloads.due(db, [], [], now + 1e6, 10_000):
        for task in tasks:
            fetch(db, task, now)


def fetch(db: sqlite3.Connection, task: Download, now: float) -> None:
    known = db.execute("SELECT id FROM photo WHERE md5 = ?", (task.md5,)).fetchone()
    if known is None:
        sha256 = hashlib.sha256(task.md5.encode()).hexdigest()
        photo = photos.record_photo(db, Content(sha256, task.md5, task.bytes, task.mime, "image"))
    else:
        photo = PhotoId(known["id"])
    join(db, task, photo, now, replace=True)


def files_there(db: sqlite3.Connection) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for row in db.execute("SELECT event, drive_id, md5 FROM source_file WHERE state <> 'gone'"):
        found.setdefault(row["event"], set()).add((row["drive_id"], row["md5"]))
    return found


def photos_there(db: sqlite3.Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    query = (
        "SELECT ep.event, ph.md5 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.state <> 'superseded'"
    )
    for row in db.execute(query):
        found.setdefault(row["event"], set()).add(row["md5"])
    return found
