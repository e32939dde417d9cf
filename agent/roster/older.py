"""Copies of a list of people: whose they are, and what one that is put back keeps of the list that lies there.

Its tables are changed as they are, before they are written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from agent.disk.atomic import write_whole
from agent.errors import VenueError
from agent.roster.decisions import DONE, UNDONE
from agent.roster.storage import Tables, check_id, parse
from agent.roster.tables import check

NAMED = 3  # people, of a list that is another workspace's
STANDING = ("switches", "shared", "link_ends", "readers")  # what is paused, and who may read a folder on Drive


def list_at(path: Path) -> Tables:
    """A list of people as it lies there, whoever made it; of what is none, nothing."""
    with suppress(OSError, ValueError):
        found = json.loads(path.read_bytes())
        return cast(Tables, found) if isinstance(found, dict) else {}
    return {}


def own_row(tables: Tables) -> dict[str, Any]:
    """The workspace's own row."""
    with suppress(LookupError, TypeError, ValueError):
        return dict(tables["workspace"]["1"])
    return {}


def list_there(path: Path) -> dict[str, Any]:
    """The workspace's own row in the list of people as it lies there; of one that cannot be read, or that a newer
    program made, nothing.
    """
    tables = list_at(path)
    return own_row(tables) if is_whole(tables) else {}


def is_whole(tables: Tables) -> bool:
    with suppress(ValueError, LookupError, TypeError, AttributeError, VenueError):  # the last: a newer program made it
        check(tables)
        return True
    return False


def decisions_in(path: Path) -> dict[str, Any]:
    """The rows of a file as it lies there; of one that cannot be read none, it is set aside at the next opening."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        return dict(json.loads(path.read_bytes())["decisions"])
    return {}


def event_of(path: Path) -> str:
    """Whose decisions a file holds, or a generation of it."""
    return path.name.removeprefix("decisions-").partition(".json")[0]


def check_decisions_file(name: str) -> None:
    """Raise where a backup calls a file so, and no decisions are kept in one: it may come from anywhere."""
    check_id(name)
    if name != f"decisions-{event_of(Path(name))}.json":
        raise ValueError(f"{name!r} holds no decisions")


def whose(tables: Tables) -> tuple[str, str]:
    """The id of the workspace that a list is of, and whom it knows, in words."""
    with suppress(LookupError, TypeError, AttributeError):
        names = [str(one["name"]) for one in tables.get("people", {}).values()]
        more = ["…"] if len(names) > NAMED else []
        return str(own_row(tables).get("id", "")), ", ".join([*names[:NAMED], *more]) or "nobody is known there"
    return "", ""


def says_whose(tables: Tables) -> bool:
    """Whether anything was ever said in it; not so where it was begun because the one before was gone."""
    return bool(tables.get("people") or tables.get(DONE)) and not own_row(tables).get("anew")


def keep_from_later(path: Path, planned: int, copies: Callable[[], Iterable[Tables]]) -> None:
    """One that somebody laid there by hand keeps the same, by the last copy that was made after it (of what was said
    last there is none): what was not to be sent since then is not sent.

    `planned`: the revision of the last plan, by which it is known as an older one. Raises `OSError`.
    """
    tables = parse(path, check)
    if tables is None or own_row(tables).get("put_back") or revision_of(tables) >= planned:
        return
    own = [one for one in copies() if is_whole(one) and own_row(one)["id"] == own_row(tables)["id"]]
    if later := [one for one in own if revision_of(one) > revision_of(tables)]:
        keep_events(max(later, key=revision_of), tables)
        write_whole(path, json.dumps(tables, ensure_ascii=False, indent=1).encode())


def revision_of(tables: Tables) -> int:
    """Of a list that is whole."""
    return int(own_row(tables)["revision"])


def keep_events(now: Tables, older: Tables) -> None:
    """The list that is there now says which events there are, who is being forgotten, and what stands here and on Drive
    whatever a list says of it.

    An event that it has no more is back, unless another has its name or its folder by now: then its people stay away,
    too. So is somebody who is known again. What anybody is called now is what they were called before.
    """
    rows = list(now["events"].values())
    taken = {str(row[key]).casefold() for row in rows for key in ("id", "name", "folder")}
    rows += [
        row
        for row in older["events"].values()
        if not {str(row[key]).casefold() for key in ("id", "name", "folder")} & taken
    ]
    leave_away(older, {str(row["id"]) for row in older["events"].values()} - {str(row["id"]) for row in rows})
    older["events"] = {str(number): row for number, row in enumerate(rows, 1)}
    known = {str(row["id"]) for row in older.get("people", {}).values()}
    forgetting: list[dict[str, Any]] = now["workspace"]["1"].get("forgetting") or []
    older["workspace"]["1"]["forgetting"] = [one for one in forgetting if known.isdisjoint(one["ids"])]
    keep_names(now, older)
    keep_strangers(now, older)
    older["workspace"]["1"] |= {key: now["workspace"]["1"].get(key) or {} for key in STANDING}


def keep_names(now: Tables, older: Tables) -> None:
    """Names that people of an older list got since: they go with them, should they be forgotten. And how they consented
    since, which says until when they may be known at all.
    """
    since = {str(row["id"]): row for row in now.get("people", {}).values()}
    for row in older.get("people", {}).values():
        if (known := since.get(str(row["id"]))) is not None:
            names = [*row.get("names_before", ()), *known.get("names_before", ()), known["name"], known["folder"]]
            kept = [one for one in dict.fromkeys(names) if one not in ("", row["name"], row["folder"])]
            row["names_before"] = kept
            given, before = known.get("consent"), row.get("consent")
            if given and (not before or before["at"] < given["at"]):
                row["consent"] = given


def keep_strangers(now: Tables, older: Tables) -> None:
    """What is kept of whoever was forgotten, so that they are not known again, and blurred where that was said."""
    people = older.setdefault("people", {})
    known = {str(row["id"]) for row in people.values()}
    rows = [row for row in now.get("people", {}).values() if row.get("look") and not row["merged_into"]]
    free = max(map(int, people), default=0) + 1
    people.update({str(one): row for one, row in enumerate((row for row in rows if row["id"] not in known), free)})


def leave_away(tables: Tables, events: Collection[str]) -> None:
    """These events are not there any more: neither are their people, nor what could be taken back in them."""
    people = tables.get("people", {})
    gone = {str(row["id"]) for row in people.values() if row["event"] in events}
    tables["people"] = {key: row for key, row in people.items() if row["id"] not in gone}
    for name in (DONE, UNDONE):
        for key, entry in [*tables.get(name, {}).items()]:
            entry["people"] = {
                one: row
                for one, row in entry["people"].items()
                if one not in gone and (row is None or row["event"] not in events)
            }
            entry["decisions"] = {event: rows for event, rows in entry["decisions"].items() if event not in events}
            if not (entry["people"] or entry["decisions"]):
                del tables[name][key]
