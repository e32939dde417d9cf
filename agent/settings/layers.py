"""Where settings come from: the environment over `.env` over config.toml over the defaults.

Merged here rather than by a settings library, so that an error can name the key, the value, what is accepted and
the place where it was set.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args

from dotenv import dotenv_values
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from agent.errors import UsageError
from agent.settings.keys import ALIASES, Settings
from agent.settings.kinds import Accepts

PREFIX = "VENUESYNC_"
NOT_KEYS = {"VENUESYNC_WORKSPACE", "VENUESYNC_STATE_DIR"}  # they say where things lie, before any key is read
SECRET_KEYS = {"api.key"}

Layer = dict[str, tuple[Any, str]]  # key -> (value, where it was set)


def load_settings(workspace: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Read all layers of a workspace.

    Raises `UsageError` naming the key, what was given, what is accepted and where it was set.
    """
    merged: Layer = {}
    merged |= toml_layer(workspace / "config.toml")
    merged |= variable_layer(dotenv_file(workspace / ".env"), ".env")
    merged |= variable_layer(os.environ if environ is None else environ, "environment")
    nested: dict[str, dict[str, Any]] = {}
    for key, (value, _) in merged.items():
        section, _, name = key.partition(".")
        nested.setdefault(section, {})[name] = value
    try:
        return Settings.model_validate(nested)
    except ValidationError as error:
        raise explain(error.errors()[0], merged) from None


def toml_layer(path: Path) -> Layer:
    """The keys of config.toml; none where there is no such file."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise unreadable(path, error) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError("config.toml cannot be read", f"{path}: {error}", "Correct that line") from None
    layer: Layer = {}
    for section, table in tables.items():
        if not isinstance(table, dict):
            raise UsageError(
                f"{section} stands outside a section", f"in {path}", f"Write it below one, such as [{section}]"
            )
        for name, value in table.items():  # pyright: ignore[reportUnknownVariableType]
            layer[f"{section}.{name}"] = (value, str(path))
    return layer


def dotenv_file(path: Path) -> Mapping[str, str | None]:
    """The variables of `.env`; none where there is no such file."""
    try:
        return dotenv_values(path, encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(".env cannot be read", f"{path}: {error}", "Save it as UTF-8") from None
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path.name} cannot be read", f"{path}: {error.strerror or error}", "Let this user read it")


def variable_layer(variables: Mapping[str, str | None], origin: str) -> Layer:
    """The keys set by variables; our own names win over the predecessors' names."""
    layer: Layer = {}
    for name, key in ALIASES.items():
        if variables.get(name):
            layer[key] = (
                variables[name],
                f"{name} in the {origin}" if origin == "environment" else f"{name} in {origin}",
            )
    for name, value in variables.items():
        if name.startswith(PREFIX) and "__" in name and name not in NOT_KEYS and value is not None:
            section, _, key = name.removeprefix(PREFIX).lower().partition("__")
            key = key.removesuffix("__address") if key == "push__address" else key  # [drive.push] address
            layer[f"{section}.{key}"] = (value, f"{name} in {'the ' if origin == 'environment' else ''}{origin}")
    return layer


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
    detail = f"{given} was given by {origin} ({reason[:1].lower() + reason[1:]}); accepted: {accepted(key)}"
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
