"""People: who has photos, how many alone and with others, and how many of them lie on Drive."""

from __future__ import annotations

from agent.service_browse import PersonStatus
from tui import words
from tui.draw import Row, heading
from tui.fit import fit
from tui.pane import Pane
from tui.view import View

WIDE = 52  # from this width on it says when somebody was last seen


def draw_people(view: View, width: int, height: int) -> list[Row]:
    """Most photos first, so that rows seldom move."""
    people = view.state.status["people"] if view.state.status else []
    ordered = sorted(people, key=lambda person: (-person["solo"] - person["group"], person["name"], person["id"]))
    heads = "Solo  Group    On Drive  Last seen" if width >= WIDE else "Solo Group   On Drive"
    rows = [heading("People", width, heads, words.number(len(people)) if people else "none")]
    rows += [_person(view, person, width) for person in ordered[: height - 1]]
    if not people and view.state.status:
        rows.append([(fit("Press e to enroll the first one.", width), "$dim")])
    return rows


def _person(view: View, person: PersonStatus, width: int) -> Row:
    total, there = person["solo"] + person["group"], person["on_drive"]
    off = view.state.status is not None and view.state.status["drive"]["state"] == "disabled"
    on_drive = words.NOTHING if off else f"{words.number(there, 5)}/{words.number(total, 5)}"
    tone = "$dim" if off or there >= total else "bold $ink"
    name = "$dim italic" if person["guest"] else "$people"
    if width < WIDE:
        return [
            (fit(person["name"], width - 23) + " ", name),
            (f"{words.number(person['solo'], 5):>5}{words.number(person['group'], 5):>6}", "$ink"),
            (f"{on_drive:>11}", tone),
        ]
    seen = words.moment(person["last_seen_at"])
    return [
        (fit(person["name"], width - 37) + " ", name),
        (f"{words.number(person['solo'], 6):>6}{words.number(person['group'], 6):>7}", "$ink"),
        (f"{on_drive:>12}", tone),
        (f"{words.day_clock(seen, view.now) if seen else words.NOTHING:>11}", "$dim"),
    ]


class People(Pane):
    SECTIONS = frozenset({"status"})

    def draw(self, width: int, height: int) -> list[Row]:
        return draw_people(self.view, width, height)
