"""What each half of the scripted service needs of the whole: to note what was asked, and to say what changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from agent.service_snapshot import Section


class ScriptedAsks(ABC):
    @abstractmethod
    def say(self, section: Section, data: Any) -> None: ...

    @abstractmethod
    def _ask(self, name: str, *arguments: Any) -> None: ...
