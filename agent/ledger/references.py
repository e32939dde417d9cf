"""Encodings of the faces in the roster's reference pictures."""

from __future__ import annotations

import sqlite3

from agent.ledger.faces import Encoding, from_blob, to_blob
from agent.model import Box, Reference

Key = tuple[str, Box]  # a picture's SHA-256, and which of its faces


def key_of(reference: Reference) -> Key:
    return reference.sha256, reference.box


def record(db: sqlite3.Connection, reference: Reference, engine: str, encoding: Encoding) -> None:
    db.execute(
        "INSERT OR REPLACE INTO reference VALUES (?, ?, ?, ?)",
        (reference.sha256, box_text(reference.box), engine, to_blob(encoding)),
    )


def encodings(db: sqlite3.Connection, engine: str) -> dict[Key, Encoding]:
    """All that one engine made."""
    found: dict[Key, Encoding] = {}
    for row in db.execute("SELECT sha256, box, encoding FROM reference WHERE engine = ?", (engine,)):
        encoding = from_blob(row["encoding"])
        if encoding is not None:
            found[str(row["sha256"]), box_from(row["box"])] = encoding
    return found


def keys(db: sqlite3.Connection, engine: str) -> set[Key]:
    """Which there are of one engine."""
    rows = db.execute("SELECT sha256, box FROM reference WHERE engine = ?", (engine,))
    return {(str(row["sha256"]), box_from(row["box"])) for row in rows}


def box_text(box: Box) -> str:
    return ",".join(str(edge) for edge in box.edges)


def box_from(text: str) -> Box:
    left, top, right, bottom = (int(edge) for edge in text.split(","))
    return Box(left, top, right, bottom)
