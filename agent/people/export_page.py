"""The page of an export: what is held about a person, for them to read. Pictures lie beside it in the same archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from agent import page
from agent.ledger.counts import plural
from agent.page import moment, name, section, table, text

Held = Mapping[str, Any]


def index(held: Held) -> bytes:
    """`held` is what stands in `data.json`."""
    person = held["person"]
    title = f"{person['name']}: what is held"
    return page.page(title, parts(held), maker="venuesync export")


def parts(held: Held) -> Iterator[str]:
    person = held["person"]
    yield f"<h1>{name(person['name'])}</h1>\n"
    yield f"<p class='soft'>Everything that is held about them, event {name(held['event'])}</p>\n"
    yield table(["", ""], facts(held))
    for kind, title in (("solo", "Portraits (Solo)"), ("group", "With others (Group)")):
        yield section(title, grid([photo(one) for one in held["photos"] if one["kind"] == kind]))
    yield section("Reference pictures", grid([reference(one) for one in held["references"]]))
    decided = ([moment(one["at"]), text(one["what"])] for one in held["decisions"])
    yield section("What was decided about them", table(["When", "What"], decided))
    asked = ([text(one["photo"]), f"{one['distance']:.2f}", text(one["why"])] for one in held["asked"])
    yield section("Asked, and not answered: may this be them?", table(["Photo", "Distance", "Why"], asked))
    missing = "".join(f"<li>{name(one)}</li>" for one in held["missing"])
    lost = "No file here has their bytes any more: they were removed, or changed by hand."
    yield section("Known, and not in this archive", f"<p>{lost}</p><ul>{missing}</ul>" if missing else "")
    yield section("Numbers that a face is known by", f"<p>{encodings(held)}</p>")
    yield page.foot("The same as data: <a href='data.json'>data.json</a>")


def facts(held: Held) -> Iterator[list[str]]:
    person = held["person"]
    yield ["Known since", moment(held["known_since"])]
    if held["called_before"]:
        yield ["Called before", ", ".join(map(name, held["called_before"]))]
    yield ["Consent", consent(held["consent"])]
    yield ["Last seen, by what was filed", moment(person["last_seen_at"])]
    number = person["solo"] + person["group"]
    yield ["Photos", f"{plural(number)}: {person['solo']:,} solo, {person['group']:,} group"]
    there = {one["shot"] for one in held["photos"] if one["on_drive"]}  # not what is only here, by rule or by hand
    yield ["On Google Drive", f"{len(there):,} of them"]
    yield ["Reference pictures", f"{person['references']:,}"]
    link = person["link"]
    yield [
        "Link to their folder",
        f"<a href='{text(link)}'>{text(link)}</a>" if link else "none: nobody may open it by one",
    ]
    for one in held["readers"]:
        yield ["Open to", text(f"{one['to']}, until {one['ends']}" if one["ends"] else one["to"])]
    if held["folder"]:
        yield ["Folder in the workspace", text(held["folder"])]
    if person["guest"]:
        yield ["Named by nobody", "found by the same face in several photos"]


def consent(known: Held | None) -> str:
    if known is None:
        return "none is recorded"
    end = f", until {text(known['until'])}" if known["until"] else ""
    return f"{text(known['how'])}, recorded {moment(known['at'])}{end}"


def encodings(held: Held) -> str:
    faces, references = plural(held["faces"], "face"), plural(len(held["references"]), "reference picture")
    return (
        f"For {faces} found in photos and for {references}, 128 numbers each are kept on the machine to know them by."
        " They are not in this archive, and never leave the machine."
    )


def grid(figures: list[str]) -> str:
    return f"<div class='photos'>{''.join(figures)}</div>\n" if figures else ""


def photo(one: Held) -> str:
    lines = [linked(one)]
    if one["taken_at"]:
        lines.append(f"taken {text(one['taken_at'][:16].replace('T', ' '))}")  # on a clock that is right
    lines.append(f"arrived {moment(one['arrived_at'])}")
    if one["camera"]:
        lines.append(name(one["camera"]))
    if one["distance"] is not None:
        lines.append(f"distance {one['distance']:.2f}")
    lines.append("on Drive" if one["on_drive"] else "not on Drive")
    return page.photo(quote(one["picture"] or ""), one["name"], "<br>".join(lines))


def reference(one: Held) -> str:
    how = "learned from an answer" if one["learned"] else "given"
    return page.photo(quote(one["file"] or ""), one["name"], f"{linked(one)}<br>{how}")


def linked(one: Held) -> str:
    shown = name(one["name"])
    return f"<a href='{quote(one['file'])}'>{shown}</a>" if one["file"] else f"{shown} (not here)"
