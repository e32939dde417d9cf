"""The settings of a workspace, checked: each key has the kind that its class says, or an error says what it accepts."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from agent.errors import UsageError
from agent.settings.environment import key_errors
from agent.settings.keys import Settings
from agent.settings.kinds import Accepts
from agent.settings.layers import Layer, merged_layers

SECRET_KEYS = {"api.key", "notify.addresses"}


def load_settings(workspace: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Read all layers of a workspace.

    Raises `UsageError` naming the key, what was given, what is accepted and where it was set.
    """
    settings, errors, merged = _validated(workspace, environ)
    if settings is None:
        raise explain(errors[0], merged)
    for wrong in key_errors(workspace, environ):
        raise wrong
    return settings


def setting_errors(workspace: Path) -> list[UsageError]:
    """All that is wrong in the settings. Raises `UsageError` for a file that cannot be read."""
    _, errors, merged = _validated(workspace, None)
    return [*(explain(one, merged) for one in errors), *key_errors(workspace)]


def _validated(workspace: Path, environ: Mapping[str, str] | None) -> tuple[Settings | None, list[ErrorDetails], Layer]:
    merged = merged_layers(workspace, environ)
    nested: dict[str, dict[str, Any]] = {}
    for key, (value, _) in merged.items():
        section, _, name = key.partition(".")
        nested.setdefault(section, {})[name] = value
    try:
        return Settings.model_validate(nested), [], merged
    except ValidationError as error:
        return None, error.errors(), merged


def explain(error: ErrorDetails, merged: Layer) -> UsageError:
    """One error in a person's words."""
    key = ".".join(str(part) for part in error["loc"][:2])
    key = key if key in merged else next((one for one in merged if one.startswith(f"{key}.")), key)
    value, origin = merged.get(key, (error.get("input"), "the defaults"))
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, all_keys(), n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else "See config.toml.example for all keys"
        return UsageError(f"{key} is no setting", f"set by {origin}", hint)
    given = "(hidden)" if key in SECRET_KEYS else repr(value)
    reason = error["msg"].removeprefix("Value error, ")
    why = (
        "" if error["type"] == "string_pattern_mismatch" else f" ({reason[:1].lower() + reason[1:]})"
    )  # a pattern is for programs
    detail = f"{given} was given by {origin}{why}; accepted: {accepted(key)}"
    return UsageError(f"{key} has a wrong value", detail, f"Change it in {origin}")


def all_keys() -> list[str]:
    """Every key as `section.name`, in the order of the classes."""
    return [f"{section}.{name}" for section in Settings.model_fields for name in section_class(section).model_fields]


def section_class(section: str) -> type[BaseModel]:
    return cast(type[BaseModel], Settings.model_fields[section].annotation)


def field_of(key: str) -> FieldInfo | None:
    section, _, name = key.partition(".")
    return section_class(section).model_fields.get(name) if section in Settings.model_fields else None


def accepted(key: str) -> str:
    """What a key accepts, in words: `1 to 32`, `true or false`, `keep, remove`."""
    field = field_of(key)
    if field is None:
        return "a table of keys"
    for item in field.metadata:
        if isinstance(item, Accepts):
            return item.text
    if field.annotation is bool:
        return "true or false"
    if get_args(field.annotation):
        return ", ".join(str(choice) for choice in get_args(field.annotation))
    low = next((item.ge for item in field.metadata if hasattr(item, "ge")), None)
    high = next((item.le for item in field.metadata if hasattr(item, "le")), None)
    return "a text" if low is None else f"{low:g} to {high:g}"
