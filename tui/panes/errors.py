"""Errors: by cause, not by photo, each with what to do about it; and whether the cards may be erased.

The remedy is plain ink, more readable than the complaint.
"""

from __future__ import annotations

from agent.service_snapshot import IncomingFolder, Trouble
from tui import words
from tui.answer import answer
from tui.draw import Row, heading
from tui.fit import cut, fit, sentences, width_of
from tui.pane import Pane
from tui.safe_text import safe_text
from tui.view import View

NARROW = 78
WIDE = 110  # from this width on it says why


def draw_errors(view: View, width: int, height: int) -> list[Row]:
    causes = view.state.troubles["open"]
    if width < NARROW and height <= 1:
        return [_one_row(view, width)]
    if not causes:
        return _none(view, width, height)
    room = height - 1
    shown = causes if len(causes) <= room else causes[: max(0, room - 1)]
    rows = [_title(len(causes), width)] + [_cause(trouble, width) for trouble in shown]
    if len(shown) < len(causes):
        rows.append([(" " * 5, ""), (fit(view.offers.more_causes(len(causes) - len(shown)), width - 5), "$dim")])
    return rows


def _columns(width: int) -> tuple[int, int, int]:
    """Widths of what, why and do; 0: not shown."""
    if width < NARROW:
        return (width - 5, 0, 0)
    what, why = (22, 38) if width >= WIDE else (24, 0)
    return what, why, width - 5 - what - (why + 2 if why else 0) - 2


def _title(count: int, width: int) -> Row:
    what, why, do = _columns(width)
    row = heading("Errors", what + 5, "", words.number(count))
    if why:
        row += [("  ", ""), ("why ", "$dim"), ("─" * (why - 4), "$rule")]
    if do:
        row += [("  ", ""), ("what to do ", "$dim"), ("─" * (do - 11), "$rule")]
    return row


def _cause(trouble: Trouble, width: int) -> Row:
    what, why, do = _columns(width)
    style = "bold $warn" if trouble["severity"] == "warning" else "bold $bad"
    row: Row = [(f"{words.number(trouble['count'], 3):>3}  ", style), (fit(trouble["title"], what), style)]
    if why:
        row += [("  ", ""), (fit(trouble["detail"], why), "$dim")]
    if do:
        row += [("  ", ""), (sentences(trouble["remedy"], do), "$ink")]
    return row


def _none(view: View, width: int, height: int) -> list[Row]:
    if view.state.status is None:
        return [heading("Errors", width)]
    if view.silent:
        return [heading("Errors", width, "", "not known")]
    healed = view.state.troubles["healed_today"]
    well = answer(view.state, view.now, view.offers).tone in ("ok", "work")
    aside = view.state.status["safe_to_leave"]["set_aside"]
    told = "Nothing needs you." if well else "No photo failed."
    if aside:
        told = f"{words.number(aside)} set aside, not on Drive: {view.offers.see_errors}."
    if healed:
        told += f" {words.number(healed)} {'trouble' if healed == 1 else 'troubles'} today healed by {_selves(healed)}."
    rows: list[Row] = [heading("Errors", width, "", "none"), [(sentences(told, width), "$dim")]]
    return rows + [folder_row(folder, width) for folder in view.state.folders[: max(0, height - 2)]]


def _selves(count: int) -> str:
    return "itself" if count == 1 else "themselves"


def folder_row(folder: IncomingFolder, width: int) -> Row:
    """`Incoming  all copied: the card may be erased`."""
    name = safe_text(folder["path"].rstrip("/").rpartition("/")[2] or folder["path"])
    name = fit(name, min(width_of(name), 24))
    tone = "$ok" if folder["copied"] else "$bad" if folder["state"] != "running" else "$ink"
    line = folder["line"] if folder["state"] == "running" else folder["detail"] or folder["line"]
    return [(name, "$dim"), ("  ", ""), (cut(line, width - width_of(name) - 2), tone)]


def _one_row(view: View, width: int) -> Row:
    """On a phone: the first cause and the short remedy, else whether the card may be erased."""
    causes = view.state.troubles["open"]
    if causes:
        first = causes[0]
        title = f"{safe_text(first['title'])}: "
        remedy = safe_text(first["remedy"])
        for end in (":", ";", ","):
            remedy = remedy.partition(end)[0]
        short = cut(remedy[:1].lower() + remedy[1:], max(8, width - width_of(title)))
        return [(fit(title, min(width_of(title), width - width_of(short))), "bold $bad"), (short, "$ink")]
    if view.state.status is None:
        return []
    if view.silent:
        return [("Errors: not known", "$dim")]
    row: Row = [("Errors: none", "$ok")]
    copied = [folder for folder in view.state.folders if folder["copied"]]
    if copied and len(copied) == len(view.state.folders):
        line = safe_text(copied[0]["line"])
        row.append((cut(f", {line.partition(': ')[2] or line}", width - 12), "$dim"))
    return row


class Errors(Pane):
    SECTIONS = frozenset({"troubles", "folders", "status"})

    def draw(self, width: int, height: int) -> list[Row]:
        return draw_errors(self.view, width, height)
