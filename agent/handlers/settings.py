"""The settings read again while the agent runs: what is another one now, what of it holds at once, what has to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from agent import clock
from agent.errors import UsageError
from agent.ledger import Ledger, meta
from agent.log import set_level
from agent.requests.control import Effect, ReadSettings, SettingChange
from agent.settings import Settings, load_settings
from agent.settings.checked import SECRET_KEYS, all_keys
from agent.settings.keys import PaceRule

AT_ONCE = (
    "drive.up_mbps",
    "drive.down_mbps",
    "drive.metered",
    "drive.metered_long_side",
    "drive.metered_quality",
    "drive.daily_mb",
    "log.level",
)
OF_MONITORS = ("monitor.", "keys.")  # which reads them as it opens, whoever runs the agent


class SettingsHandlers:
    """`follow` is called with the settings in force when they are others."""

    def __init__(
        self, root: Path, settings: Settings, ledger: Ledger, follow: Callable[[Settings], None] = lambda _: None
    ) -> None:
        self._root = root
        self._in_force = settings
        self._ledger = ledger
        self._follow = follow

    @property
    def metered(self) -> bool:
        """What the settings in force say of the line."""
        return self._in_force.drive.metered

    async def read_settings(self, _asked: ReadSettings) -> list[SettingChange]:
        """Raises `UsageError` for a wrong one, and changes nothing then."""
        try:
            new = await asyncio.to_thread(load_settings, self._root)
        except UsageError as error:
            await self._say(f"The settings stay as they were: {error}")
            raise
        changed = [key for key in all_keys() if value_of(new, key) != value_of(self._in_force, key)]
        changes = [self._change(key, new) for key in changed]
        self._in_force = self._apply(new, [key for key in changed if key in AT_ONCE])
        words = [f"{one['key']} is {one['now']} instead of {one['before']} ({HOLDS[one['holds']]})" for one in changes]
        await self._say(f"The settings were read again: {', '.join(words) or 'nothing is another one'}")
        return changes

    def _change(self, key: str, new: Settings) -> SettingChange:
        return {"key": key, "before": shown(self._in_force, key), "now": shown(new, key), "holds": effect(key)}

    def _apply(self, new: Settings, keys: list[str]) -> Settings:
        """The settings in force with these of the new ones."""
        values: dict[str, dict[str, Any]] = {}
        for key in keys:
            section, _, name = key.partition(".")
            values.setdefault(section, {})[name] = value_of(new, key)
        sections = {one: getattr(self._in_force, one).model_copy(update=values[one]) for one in values}
        settings = self._in_force.model_copy(update=sections)
        set_level(settings.log.level)
        self._follow(settings)
        return settings

    async def _say(self, text: str) -> None:
        await self._ledger.write(meta.note_activity, "settings", text, clock.wall())


HOLDS: Mapping[Effect, str] = {
    Effect.NOW: "now",
    Effect.MONITOR: "when a monitor is opened next",
    Effect.RESTART: "after a restart",
}


def effect(key: str) -> Effect:
    if key in AT_ONCE:
        return Effect.NOW
    return Effect.MONITOR if key.startswith(OF_MONITORS) else Effect.RESTART


def value_of(settings: Settings, key: str) -> Any:
    section, _, name = key.partition(".")
    return getattr(getattr(settings, section), name)


def shown(settings: Settings, key: str) -> str:
    return "(hidden)" if key in SECRET_KEYS else in_words(value_of(settings, key))


def in_words(value: Any) -> str:
    """As config.toml has it, without its quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, PaceRule):
        return " ".join(f"{name} {one}" for name, one in value.model_dump(by_alias=True, exclude_none=True).items())
    if isinstance(value, list):
        return ", ".join(in_words(one) for one in cast(list[Any], value)) or "empty"
    return str(value) or "empty"
