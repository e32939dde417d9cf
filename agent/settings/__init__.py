"""The operator's settings: what can be set, where it may be set, and a commented file of all of it."""

from agent.settings.keys import Settings
from agent.settings.layers import load_settings

__all__ = ["Settings", "load_settings"]
