"""Rows of the roster's file and the values that they stand for."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from agent.model import Box, Person, Reference

Row = dict[str, Any]


def known_fields(kind: type[Any], row: Row) -> Row:
    """What this program knows of a row; what a newer one wrote beside it stays in the file."""
    return {field.name: row[field.name] for field in fields(kind) if field.name in row}


def person_from(row: Row) -> Person:
    known = known_fields(Person, row)
    known["references"] = tuple(reference_from(one) for one in row["references"])
    return Person(**known)


def reference_from(row: Row) -> Reference:
    known = known_fields(Reference, row)
    known["box"] = Box(**row["box"])
    return Reference(**known)


def check_folder(name: str) -> None:
    """Raise where it could be no folder of ours but something elsewhere; "" is the one above."""
    if "\0" in name or (name and any(part in ("", ".", "..") for part in name.split("/"))):
        raise ValueError(f"{name!r} is no folder's name")
