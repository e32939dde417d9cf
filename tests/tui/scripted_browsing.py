"""The scripted agent's ledger: pages of what a test gave it, as a real agent would cut them."""

from __future__ import annotations

from collections.abc import Sequence

from agent.errors import UsageError
from agent.service import PhotoDetails
from agent.service_browse import ActivityEntry, PersonDetails, PhotoLine, PhotoPage, PhotoQuery, TroubleRow
from agent.service_snapshot import Snapshot

END = 2**62


class ScriptedBrowsing:
    """`past`: what happened before the snapshot's activity; all lists newest first."""

    document: Snapshot
    past: Sequence[ActivityEntry] = ()
    photo_lines: Sequence[PhotoLine] = ()
    rows_of_troubles: Sequence[TroubleRow] = ()
    details: dict[int, PhotoDetails] = {}  # noqa: RUF012 - a test replaces it
    persons: dict[str, PersonDetails] = {}  # noqa: RUF012
    thumbnails: dict[int, bytes] = {}  # noqa: RUF012

    async def activity(self, before: int | None = None, limit: int = 100) -> list[ActivityEntry]:
        return await self.search_activity("", before, limit)

    async def search_activity(self, words: str, before: int | None = None, limit: int = 100) -> list[ActivityEntry]:
        entries = [*self.document["activity"], *self.past]
        below = before or END
        return [entry for entry in entries if entry["id"] < below and words.lower() in entry["text"].lower()][:limit]

    async def trouble_rows(self, ids: Sequence[int]) -> list[TroubleRow]:
        return [row for row in self.rows_of_troubles if row["id"] in ids][:200]

    async def browse_photos(self, query: PhotoQuery) -> PhotoPage:
        below, limit = query.get("before") or END, query.get("limit", 100)
        whose = query.get("person")
        name = self.persons[whose]["person"]["name"] if whose in self.persons else ""
        words = query.get("words", "").lower()
        rows = [line for line in self.photo_lines if line["id"] < below and words in line["name"].lower()]
        if whose:
            rows = [line for line in rows if name in line["to"]]
        return {"rows": rows[:limit], "more": len(rows) > limit}

    async def person(self, id: str) -> PersonDetails:
        if id not in self.persons:
            raise UsageError("There is no such person", id, "See the list of people")
        return self.persons[id]

    async def photo(self, event_photo: int) -> PhotoDetails:
        if event_photo not in self.details:
            raise UsageError("There is no such photo", str(event_photo), "See `venuesync photos` for their numbers")
        return self.details[event_photo]

    async def thumbnail(self, event_photo: int) -> bytes | None:
        return self.thumbnails.get(event_photo)
