"""The field for photos in the enroll dialog."""

from __future__ import annotations

from textual import events

from tui.fields import Field


class PhotoField(Field):
    """Typing looks for photos; with nothing typed, the space bar takes the marked one."""

    def on_key(self, event: events.Key) -> None:
        if event.key == "space" and not self.value:
            event.prevent_default()
            event.stop()
            self.call_later(self.screen.run_action, "take")
