"""The operator's settings: what can be set, where it may be set, and a commented file of all of it.

`Settings` and `load_settings` come when they are first asked for: checking takes a library that is slow to import, and
the monitor is on the screen before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.settings.checked import load_settings
    from agent.settings.keys import Settings

__all__ = ["Settings", "load_settings"]


def __getattr__(name: str) -> Any:
    if name == "Settings":
        from agent.settings.keys import Settings

        return Settings
    if name == "load_settings":
        from agent.settings.checked import load_settings

        return load_settings
    raise AttributeError(name)
