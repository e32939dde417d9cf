"""`AbstractMeta`: widgets that leave something to their subclasses to write. One that lacks it cannot be made."""

from __future__ import annotations

from abc import ABCMeta

from textual.message_pump import _MessagePumpMeta  # pyright: ignore[reportPrivateUsage] - Textual's own metaclass


class AbstractMeta(ABCMeta, _MessagePumpMeta):
    """Both: `@abstractmethod` counts, and Textual still finds its handlers."""
