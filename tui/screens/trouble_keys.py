"""The keys that act on a trouble: on the list of causes and on a cause's own page alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from agent.service_browse import TroubleRow
from agent.service_people import HeldRow
from agent.service_snapshot import Trouble
from tui import words
from tui.notes import Note
from tui.panes.causes import Need
from tui.panes.trouble_list import TroubleList
from tui.safe_text import safe_text
from tui.screens.frame import Frame


class TroubleKeys(Frame):
    """A screen with troubles: `need` is the marked cause; the list of its photos is there, shown or not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "retry", "Retry", id="retry", tooltip="Try the marked one again"),
        Binding("X", "retry_all", "Retry all like it", id="retry_all", tooltip="Try all of this cause again"),
        Binding("d", "set_aside", "Set aside", id="set_aside", tooltip="Set aside: counts no more against packing up"),
    ]

    @property
    @abstractmethod
    def need(self) -> Need | None:
        """The marked cause."""

    @property
    def trouble_list(self) -> TroubleList:
        return self.query_one(TroubleList)

    @property
    def marked_row(self) -> TroubleRow | None:
        """The marked photo, while the list of them has the keys."""
        return self.trouble_list.marked if self.trouble_list.has_focus else None

    @property
    def marked_trouble(self) -> Trouble | None:
        return self.need.trouble if self.need is not None else None

    def action_retry(self) -> None:
        """The marked photo; on a cause its newest one, whose reason it tells."""
        trouble, row = self.marked_trouble, self.marked_row
        photos = [row["photo"]] if row is not None else trouble["photos"][:1] if trouble is not None else []
        self._try([photo for photo in photos if photo is not None], trouble)

    def action_retry_all(self) -> None:
        trouble = self.marked_trouble
        self._try(trouble["photos"] if trouble is not None else [], trouble)

    def _try(self, photos: Sequence[int], trouble: Trouble | None) -> None:
        if not photos:
            self.host.say(Note("Nothing here to try again", trouble["remedy"] if trouble else ""))
            return

        async def retry() -> Note:
            await self.host.service.retry(photos)
            title = safe_text(trouble["title"]) if trouble else ""
            return Note("Trying again", f"{words.photos(len(photos))}: {title}")

        self.host.do("retry", retry)

    def action_set_aside(self) -> None:
        trouble, row = self.marked_trouble, self.marked_row
        if row is not None:
            self.host.decide("set aside", partial(self._set_aside, [row["id"]]))
        elif trouble is not None and len(trouble["ids"]) == 1:
            self.host.decide("set aside", partial(self._set_aside, trouble["ids"]))
        elif trouble is not None and not trouble["ids"]:
            self.host.say(Note("This cannot be set aside", trouble["remedy"]))
        elif trouble is not None:
            count, ids = words.number(len(trouble["ids"])), trouble["ids"]
            self.host.ask(
                f"Set all {count} of “{safe_text(trouble['title'])}” aside?",
                "They stay as they are, and no longer count against packing up.",
                lambda: self.host.decide("set aside", partial(self._set_aside, ids)),
            )

    async def _set_aside(self, ids: Sequence[int]) -> Note:
        count = await self.host.service.dismiss(ids)
        return Note("Set aside", f"{words.number(count)}: no longer counted against packing up" if count else "nothing")

    def answer_held(self, held: HeldRow, yes: bool) -> None:
        async def answer() -> Note:
            if yes:
                await self.host.service.approve([held["id"]])
                return Note("Yes", f"it happens now: {safe_text(held['what'])}")
            await self.host.service.reject([held["id"]])
            return Note("No", "all stays where it is")

        self.host.do("held", answer)
