"""The demo's guests and finished pictures, as the running demo needs them.

Reads what is shipped and draws nothing: neither numpy nor Pillow is loaded.
"""

import json
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, TypedDict

PHOTOS = "photos"
REFERENCES = "references"
LABELS = "labels.json"
REFERENCES_EACH = 3


class Label(TypedDict):
    """One photo's entry in labels.json."""

    file: str
    people: list[str]
    folder: Literal["solo", "group", "none"]
    camera: str
    taken_at: str


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody to enrol."""

    name: str
    references: tuple[str, ...]  # file names in the package's references folder

    def reference_files(self) -> list[Traversable]:
        return [_shipped(REFERENCES) / name for name in self.references]


@dataclass(frozen=True, slots=True)
class DemoPhoto:
    """A finished picture and what is known of it."""

    file: str
    people: tuple[str, ...]  # left to right; somebody whom nobody enrolled is "stranger"
    folder: Literal["solo", "group", "none"]
    camera: str
    taken_at: str  # ISO 8601 with offset

    def source(self) -> Traversable:
        """The JPEG in the package."""
        return _shipped(PHOTOS) / self.file


def reference_name(name: str, number: int) -> str:
    """File name of somebody's portrait, counted from 1."""
    return f"{name.lower().replace(' ', '_')}_{number}.jpg"


NAMES = (
    "Mia Lindqvist",
    "Jonas Lindqvist",
    "Anna Berg",
    "Samuel Osei",
    "Priya Raman",
    "Yuki Tanaka",
    "Hassan Darwish",
    "Beatriz Alves",
)
GUESTS: tuple[Guest, ...] = tuple(
    Guest(name, tuple(reference_name(name, number + 1) for number in range(REFERENCES_EACH))) for name in NAMES
)


def photos() -> list[DemoPhoto]:
    """In the order they were taken."""
    labels: list[Label] = json.loads(_shipped(LABELS).read_text(encoding="utf-8"))
    return [
        DemoPhoto(
            file=label["file"],
            people=tuple(label["people"]),
            folder=label["folder"],
            camera=label["camera"],
            taken_at=label["taken_at"],
        )
        for label in labels
    ]


def _shipped(name: str) -> Traversable:
    return files("agent.demo") / name
