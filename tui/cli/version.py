"""`--version`: which venuesync this is, down to its commit, and what it stands on: for whoever is told of a fault."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import agent

CHECKOUT = Path(agent.__file__).parents[1]
GIT = ("git", "-C", str(CHECKOUT), "describe", "--always", "--dirty", "--exclude", "*")
LIBRARIES = {  # those whose version decides what becomes of a photo, or what is seen of it
    "pictures": ("pillow", "pillow-heif", "simplejpeg", "av"),
    "faces": ("dlib-bin", "onnxruntime", "numpy"),
    "Drive": ("httpx", "google-api-python-client", "google-auth", "cryptography"),
    "stores and folders": ("tinydb", "watchdog"),
    "screen and API": ("textual", "typer", "pydantic", "fastapi", "uvicorn", "prometheus-client"),
}


def version_lines() -> list[str]:
    found = commit()
    own = f"venuesync {agent.__version__}" + (f" ({found})" if found else "")
    machine = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.platform(terse=True)}"
    of = [f"{what}: {', '.join(map(with_version, names))}" for what, names in LIBRARIES.items()]
    return [own, machine, *of]


def commit() -> str:
    """The commit that is checked out, `-dirty` where files differ from it; "" without checkout or git."""
    if not (CHECKOUT / ".git").exists():
        return ""
    try:
        environ = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}  # it only looks
        asked = subprocess.run(GIT, capture_output=True, text=True, timeout=5, check=True, env=environ)  # noqa: S603 - ours
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.strip()


def with_version(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return f"{library} missing"
