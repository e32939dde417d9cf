"""First steps: what a new workspace still needs, each with the key that does it. It goes when the first photo comes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, cast

from agent.errors import Cause, UsageError
from agent.model import DriveState
from agent.requests.status import StatusDocument
from tui import state as states
from tui.draw import Row, cut, fit, heading
from tui.keys.keymap import named
from tui.state import ScreenState, View
from tui.widgets.rows import Pane

MARK, NAME = 4, 8  # cells


def are_due(state: ScreenState) -> bool:
    """Nobody is enrolled and nothing has arrived."""
    status = state.status
    return status is not None and not status["photos"]["seen"] and not status["people"]


def sign_in_is_due(state: ScreenState) -> bool:
    """Nobody is signed in, or not for long any more."""
    needs = state.status is not None and state.status["drive"]["state"] == DriveState.NEEDS_LOGIN
    return needs or any(trouble["cause"] == Cause.AUTH for trouble in state.troubles["open"])


class FirstSteps(Pane):
    """`classes`: `-due` on the screen shows it in place of Latest and People."""

    SECTIONS = frozenset({"status", "folders"})

    def draw(self, width: int, height: int) -> list[Row]:
        rows: list[Row] = [heading("First steps", width)]
        for done, name, lines, action in steps(self.view, width - MARK - NAME):
            start = len(rows)
            for number, (own, text) in enumerate(lines):
                key = named(own)
                mark = ("[x] " if done else "[ ] ") if not number else " " * MARK
                told: Row = [(key, "bold $accent"), (" " if key else "", "")]
                ink = "$dim" if done and not key else "$ink"
                name_shown = fit(name if not number else "", NAME)
                rows.append(
                    [
                        (mark, "bold $ok" if done else "$ink"),
                        (name_shown, "bold $ink"),
                        *told,
                        (cut(text, width - MARK - NAME - len(key) - 1), ink),
                    ]
                )
            if action:
                for y in range(start, len(rows)):
                    self.on_part(y, 0, width, partial(cast(Any, self).app.run_action, action))
        return rows[:height]


Step = tuple[bool, str, list[tuple[str, str]], str]  # done, name, (key, text) a row, action of a click


def steps(view: View, room: int) -> list[Step]:
    """Folder, event, Drive, people; `room`: cells for a text."""
    status = view.state.status
    if status is None:
        return []
    return [_folder(view.state, room), _event(view.state), _drive(status), _people()]


def _folder(state: ScreenState, room: int) -> Step:
    folders = state.folders
    well = bool(folders) and all(one["state"] == "running" for one in folders)
    where = fit(folders[0]["path"], room).rstrip() if folders else "not known yet"
    more = f"and {len(folders) - 1} more; add another" if len(folders) > 1 else "watch another folder"
    return well, "Folder", [("", where), ("a", more)], "screen.add_folder"


def _event(state: ScreenState) -> Step:
    event = states.shown_event(state)
    if event is not None and states.has_name(event):
        return True, "Event", [("", event["name"])], ""
    return False, "Event", [("r", "give it a name")], "screen.name_event"


def _drive(status: StatusDocument) -> Step:
    drive = status["drive"]
    if drive["state"] == DriveState.NEEDS_LOGIN:
        return False, "Drive", [("g", "sign in"), ("", "photos are filed meanwhile")], "app.sign_in"
    if drive["state"] == DriveState.DISABLED:
        return True, "Drive", [("", "off: photos stay here")], ""
    if drive["state"] == DriveState.OFFLINE:
        word = "connecting" if drive["connecting"] else "no way to it yet; goes on by itself"
        return False, "Drive", [("", word)], ""
    return True, "Drive", [("", drive["account"] or "online")], ""


def _people() -> Step:
    return False, "People", [("e", "enroll the first guest")], "app.enroll"


# ---- a folder that photos are to arrive in: it is there, or somebody has said that it is to be made


class PhotoFolder:
    """Typed once more as it is, one that is missing is made."""

    def __init__(self) -> None:
        self._missing = ""

    def place(self, typed: str) -> str:
        """Its whole path. Raises `UsageError` while there is none. Blocks."""
        try:
            path = Path(typed).expanduser().absolute()
            if typed == self._missing:
                path.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                return str(path)
        except (OSError, RuntimeError) as error:  # `~nobody` is the second
            why = error.strerror if isinstance(error, OSError) else ""
            raise UsageError(f"{typed} cannot be made", why or str(error), "Type another folder") from None
        if path.exists():
            raise UsageError("That is no folder", str(path), "Type a folder")
        self._missing = typed
        raise UsageError("That folder is not there", str(path), "Press enter to make it, or type another")
