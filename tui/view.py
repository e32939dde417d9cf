"""What a pane is given to draw: the state, the time, and what the terminal and the monitor can do."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.offers import Offers
from tui.state import ScreenState


@dataclass(frozen=True, slots=True)
class View:
    """`plain`: no colour, so inverse video takes the place of fills. `closing`: the monitor ends when all is sent."""

    state: ScreenState = field(default_factory=ScreenState)
    now: float = 0.0
    offers: Offers = field(default_factory=Offers)
    plain: bool = False
    closing: bool = False

    @property
    def silent(self) -> bool:
        """The agent cannot be heard: what is shown of it was so once, and is nothing to go by."""
        return self.state.silent(self.now)
