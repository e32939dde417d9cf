"""The faces of photos that may become references: each looked at once by the agent, with its verdict."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from agent.errors import VenueError
from agent.service_people import ReferencePreview
from tui.draw import Row
from tui.fields import Told
from tui.fit import cut, wrap
from tui.host import Host
from tui.pictures.picture import Picture
from tui.screens.enroll_words import verdict

SOON = 0.15  # seconds that the mark has to stand on a photo before the agent looks at it


class Previews(Vertical):
    """The marked photo's face and verdict; `words` knows those of every photo that was looked at."""

    class Seen(Message):
        """One more photo was looked at."""

    def __init__(self, host: Host) -> None:
        super().__init__(id="previews")
        self._host = host
        self._known: dict[str, ReferencePreview] = {}
        self._marked = ""

    def compose(self) -> ComposeResult:
        yield Picture(self._host.pictures, id="preview-face", classes="face")
        yield Told("preview-verdict")

    def on_mount(self) -> None:
        self.query_one(Told).tell(self._draw_verdict)

    def words(self, path: str) -> tuple[str, str] | None:
        """The verdict in capitals and its style; None: not looked at yet."""
        known = self._known.get(path)
        return None if known is None else (verdict(known["verdict"])[0], style_of(known))

    def look(self, marked: str, taken: Sequence[str]) -> None:
        """Show the marked one, and look at what was taken, too."""
        if marked != self._marked:
            self._marked = marked
            self._show()
        wanted = [path for path in (marked, *taken) if path and path not in self._known]
        if wanted:
            self.run_worker(partial(self._ask, wanted), group="preview", exclusive=True, exit_on_error=False)

    async def _ask(self, wanted: Sequence[str]) -> None:
        await asyncio.sleep(SOON)
        for path in wanted:
            try:
                found = await self._host.service.preview_references([path])
            except VenueError:
                return  # enrolling will say so
            self._known |= {one["path"]: one for one in found}
            if path == self._marked:
                self._show()
            self.post_message(self.Seen())

    def _show(self) -> None:
        known = self._known.get(self._marked)
        picture = known["picture"] if known else None
        self.query_one(Picture).show(base64.b64decode(picture) if picture else None)
        self.query_one(Told).redraw()

    def _draw_verdict(self, width: int, height: int) -> list[Row]:
        known = self._known.get(self._marked)
        if known is None:
            return []
        word, reason = verdict(known["verdict"])
        rows: list[Row] = [[(cut(word, width), style_of(known))]]
        return [*rows, *([(line, "$dim")] for line in wrap(reason.partition(",")[0], width, height - 1))]


def style_of(preview: ReferencePreview) -> str:
    return "bold $ok" if preview["verdict"]["used"] else "bold $warn"
