"""Rows of the roster's file and the values that they stand for."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeVar

Row = dict[str, Any]
T = TypeVar("T")


def value_of(kind: type[T], row: Row) -> T:
    """What a row stands for; what a newer program wrote beside it stays in the file, and is passed over.

    Raises `ValueError` where anything in it is of another type than `kind` says.
    """
    return _adapter(kind).validate_json(json.dumps(row), strict=True)


@cache
def _adapter(kind: type[Any]) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def check_id(id: str) -> None:
    """Raise where it could be no file's name: files are named by ids of events and by SHA-256."""
    if id in ("", ".", "..") or "/" in id or "\0" in id:
        raise ValueError(f"{id!r} is no id")


def check_folder(name: str) -> None:
    """Raise where it could be no folder of ours but something elsewhere; "" is the one above."""
    if "\0" in name or (name and any(part in ("", ".", "..") for part in name.split("/"))):
        raise ValueError(f"{name!r} is no folder's name")
