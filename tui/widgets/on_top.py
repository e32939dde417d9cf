"""`OnTop`: a screen that takes itself away alone, once; `Dialog`: a modal one.

The toolkit's `dismiss` takes away whatever is on top: at the second click on `esc Close` the screen beneath, at an
answer that comes while ctrl+c asks its question that question.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen

Result = TypeVar("Result")


class OnTop:
    """Mixed into screens, before the toolkit's own."""

    _goes_with: tuple[Any] | None = None  # its result, where it is to go as soon as nothing lies over it

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Beneath another screen it stays until that has gone, and goes with its first result. Gone it is gone once."""
        if cast("Screen[Any]", self).is_active:
            return cast(Any, super()).dismiss(result)
        self._goes_with = self._goes_with or (result,)
        return AwaitComplete.nothing()

    def on_screen_resume(self) -> None:
        if self._goes_with is not None:
            self.dismiss(*self._goes_with)


class Dialog(OnTop, ModalScreen[Result]):
    """What lies over a screen, and takes the keys."""

    def heard(self) -> None:
        """The agent's first word has come while it was open: what it tells of the agent is known only now."""
