"""What is said of all photos of an event: what of them goes to Drive, and as what; how they are called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tests.crash.deed import Deed, Party
from tests.crash.event_deeds import set_key
from tests.crash.stores import Roster

# Each ends with the photo's own name: what is left out by its name is so after a lost ledger, too.
TEMPLATES = ("", "{number}_{original}", "{date}_{time} {original}", "{event} {original}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A key of an event: each value that is given, and what it becomes in the roster."""

    key: str
    values: dict[str, Any]


RULES = (
    Rule("exclude", {"": [], "*3.jpg": ["*3.jpg"], "*7.JPG, *1.jpg": ["*7.JPG", "*1.jpg"]}),
    Rule("without_faces", {"true": True, "false": False}),
    Rule("all_photos", {"true": True, "false": False}),
    Rule("long_side", {"0": None, "640": 640}),
    Rule("quality", {"": 90, "70": 70}),
)


def exclude(party: Party) -> Deed | None:
    return rule(party, RULES[0])


def set_rule(party: Party) -> Deed | None:
    return rule(party, party.dice.choice(RULES[1:]))


def template(party: Party) -> Deed | None:
    return rule(party, Rule("name_template", {one: one or None for one in TEMPLATES}))


def watermark(party: Party) -> Deed | None:
    """One of two, or none."""
    event = party.dice.choice(list(party.events))
    row = _row(party, event)
    if row is None:
        return None
    if row["watermark"] is not None and party.dice.random() < 1 / 2:
        return set_key(party, event, "watermark", "", None)
    colours = {str(logo(party.root, one)): one for one in ("red", "blue")}
    path = next(one for one in colours if row["watermark"] is None or row["watermark"]["path"] != one)

    def kept(_: Roster, after: Roster) -> bool:
        found = after.event_of(party.events[event])
        return found is not None and found["watermark"] is not None and found["watermark"]["path"] == path

    return set_key(party, event, "watermark", path, path, kept=kept)


def rule(party: Party, one: Rule) -> Deed | None:
    event = party.dice.choice(list(party.events))
    row = _row(party, event)
    if row is None:
        return None
    value = party.dice.choice([given for given, becomes in one.values.items() if becomes != row[one.key]])
    return set_key(party, event, one.key, value, one.values[value])


def _row(party: Party, event: str) -> dict[str, Any] | None:
    return Roster.read(party.root).event_of(party.events[event])


def logo(root: Path, colour: str) -> Path:
    path = root.parent / f"{colour}.png"
    if not path.exists():
        Image.new("RGBA", (200, 100), colour).save(path)
    return path
