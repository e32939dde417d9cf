"""Venue: the four live panes; what an operator leaves open all night."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical

from tui.panes.errors import Errors
from tui.panes.events import Events
from tui.panes.latest import Latest
from tui.panes.people import People
from tui.panes.queue import Queue
from tui.panes.uploading import Uploading
from tui.screens.frame import Frame


class Venue(Frame):
    NAME = "Venue"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "app.retry", "Retry", id="retry", tooltip="Retry the first error, all of its cause"),
    ]
    KEYS = ("enroll", "pause", "sync", "retry", "actions", "quit", "pause_all", "help")

    def body(self) -> ComposeResult:
        with Container(id="top"):
            with Vertical(id="left"):
                yield Queue()
                yield Uploading()
                yield Events()
            with Container(id="right"):
                yield People()
                yield Latest()
        yield Errors()
