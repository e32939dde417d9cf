"""What the monitor can do about what it says: which keys exist for its own advice.

An answer never names a key that leads nowhere. When a screen or verb comes, its key stands here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offers:
    """The keys, or "" where there is none."""

    errors: str = ""  # opens the Errors screen
    sign_in: str = ""

    @property
    def see_errors(self) -> str:
        return f"press {self.errors}" if self.errors else "see Errors"

    def more_causes(self, count: int) -> str:
        """The last row of the pane when there are more causes than rows."""
        causes = "1 more cause" if count == 1 else f"{count:,} more causes"
        return f"and {causes}: press {self.errors}" if self.errors else f"and {causes}: venuesync errors lists them"
