"""Where settings come from: the environment over `.env` over config.toml over the defaults.

Merged here rather than by a settings library, so that an error can name the key, the value, what is accepted and
the place where it was set. What the values are worth is found out in `checked.py`; whoever only glances at one, as
the monitor does before its first paint, need not wait for that.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from agent.disk.atomic import read_text
from agent.errors import UsageError

PREFIX = "VENUESYNC_"
NOT_KEYS = {"VENUESYNC_WORKSPACE", "VENUESYNC_STATE_DIR"}  # they say where things lie, before any key is read

# The predecessors' names, so that their users' environments go on working.
ALIASES = {
    "DRIVE_ROOT_FOLDER_ID": "drive.destination",
    "UPLOAD_QUEUE_ENABLED": "drive.send",
    "UPLOAD_BATCH_SIZE": "drive.uploads",
    "UPLOAD_MAX_RETRIES": "drive.attempts",
    "UPLOAD_RETRY_DELAY": "drive.retry_delay",
    "FOLDER_SYNC_INTERVAL": "drive.folder_check",
    "AUTO_SYNC_INTERVAL": "sync.interval",
    "JWT_SECRET_KEY": "api.key",
}

Layer = dict[str, tuple[Any, str]]  # key -> (value, where it was set)


def merged_layers(workspace: Path, environ: Mapping[str, str] | None = None) -> Layer:
    """What is set for a workspace, not checked yet. Raises `UsageError` for a file that cannot be read."""
    merged: Layer = {}
    merged |= toml_layer(workspace / "config.toml")
    merged |= variable_layer(dotenv_file(workspace / ".env"), ".env")
    merged |= variable_layer(os.environ if environ is None else environ, "the environment")
    return merged


def glance(workspace: Path, key: str) -> Any:
    """One key's value as it is written, not checked; `None` where it is not set."""
    return merged_layers(workspace).get(key, (None, ""))[0]


def toml_layer(path: Path) -> Layer:
    """The keys of config.toml; none where there is no such file."""
    try:
        tables = tomllib.loads(read_text(path))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise unreadable(path, error) from None
    except UnicodeDecodeError as error:
        raise no_text(path, error) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
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
    """The variables of `.env`; none where there is no such file. Raises `UsageError`, which shows nothing of it."""
    if not path.exists():
        return {}
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    try:
        text = read_text(path)
        for one in parse_stream(StringIO(text)):
            if one.error or (one.value is None and one.key is not None and is_ours(one.key)):
                blank = len(one.original.string) - len(one.original.string.lstrip())
                number = one.original.line + one.original.string.count("\n", 0, blank)
                raise UsageError(
                    ".env cannot be read", f"{path}: no NAME=VALUE (at line {number})", "Correct that line"
                )
        return dotenv_values(stream=StringIO(text))
    except UnicodeDecodeError as error:
        raise no_text(path, error) from None
    except OSError as error:
        raise unreadable(path, error) from None


def is_ours(name: str) -> bool:
    """Whether a variable sets one of our keys."""
    return name in ALIASES or (name.startswith(PREFIX) and "__" in name and name not in NOT_KEYS)


def no_text(path: Path, error: UnicodeDecodeError) -> UsageError:
    """Shows nothing of what stands there: it may be a secret."""
    line = error.object.count(b"\n", 0, error.start) + 1
    return UsageError(
        f"{path.name} cannot be read", f"{path}: a sign that is not UTF-8 (at line {line})", "Save it as UTF-8"
    )


def unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path.name} cannot be read", f"{path}: {error.strerror or error}", "Let this user read it")


def variable_layer(variables: Mapping[str, str | None], origin: str) -> Layer:
    """The keys set by variables; our own names win over the predecessors' names."""
    layer: Layer = {}
    for name, key in ALIASES.items():
        if variables.get(name):
            layer[key] = (variables[name], f"{name} in {origin}")
    for name, value in variables.items():
        if name not in ALIASES and is_ours(name) and value is not None:
            section, _, key = name.removeprefix(PREFIX).lower().partition("__")
            key = key.removesuffix("__address") if key == "push__address" else key  # [drive.push] address
            layer[f"{section}.{key}"] = (value, f"{name} in {origin}")
    return layer
