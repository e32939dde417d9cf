"""Activity: what happened, line by line, and a search through all of it."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from tui.lists.list_pane import ListPane
from tui.notes import Note
from tui.panes.activity_list import ActivityList
from tui.screens.frame import Frame


class Activity(Frame):
    NAME = "Activity"
    KEYS = ("open_marked", "find", "sync", "pause", "undo", "actions", "quit", "help")
    FINDS = True

    def body(self) -> ComposeResult:
        yield ActivityList(self.host)

    def find(self, words: str) -> None:
        self.query_one(ActivityList).narrow(words)

    @on(ListPane.Opened)
    def _open(self, event: ListPane.Opened) -> None:
        """The photo that it is about, where it is about one; else the whole line."""
        photo = event.entry["photo"]
        if photo:
            self.host.show_photo([photo], 0)
        else:
            self.say(Note(event.entry["text"]))
