"""The terminal: what it can show and in which colours, how its line may drop, and the desktop around it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Literal, TypeVar, cast

from rich.console import Console
from textual.app import App
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.theme import Theme
from textual.worker import WorkerFailed

from agent.clock import iso
from tui.ink import thinned
from tui.keys.typeahead import TypeAhead

# ---- what it can show, read from the environment

Look = Literal["dark", "light", "sixteen", "plain"]
Wanted = Literal["auto", "dark", "light"]
_LIGHT_GROUNDS = frozenset({"7", "15"})  # white and bright white, as COLORFGBG tells the background


def look(wanted: Wanted = "auto") -> Look:
    """NO_COLOR first, then sixteen colours, then the ground that is wanted, or light where the terminal tells so."""
    if os.environ.get("NO_COLOR"):
        return "plain"
    if Console(force_terminal=True).color_system in (None, "standard"):
        return "sixteen"
    if wanted != "auto":
        return wanted
    ground = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if ground in _LIGHT_GROUNDS else "dark"


def has_utf8() -> bool:
    """Whether what is written to the terminal is UTF-8."""
    screen = sys.__stderr__  # where Textual draws
    return screen is None or (screen.encoding or "").lower().replace("-", "") == "utf8"


# ---- its line: one that may go away at any moment, as SSH does
# Textual writes in a thread of its own. A terminal that is gone answers every write with an error; that thread would
# end with it, and the screen, and the agent inside, would stand still at the thirtieth write that nobody takes.


class Line:
    """The terminal as a file: what cannot be written any more is dropped, and `gone` is told once."""

    def __init__(self, file: IO[str], gone: Callable[[], None]) -> None:
        self._file = file
        self._gone = gone
        self._lost = False

    def write(self, text: str) -> int:
        self._do(lambda: self._file.write(text))
        return len(text)

    def flush(self) -> None:
        self._do(self._file.flush)

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()

    def _do(self, act: Callable[[], object]) -> None:
        if self._lost:
            return
        try:
            act()
        except OSError:
            self._lost = True
            self._gone()


def on_a_line(driver: type[Driver], gone: Callable[[], None]) -> type[Driver]:
    """The same driver, on such a line; `gone` is called from another thread."""

    class OnALine(driver):  # type: ignore[misc, valid-type]
        def __init__(self, app: App[Any], **options: Any) -> None:
            super().__init__(app, **options)
            file = cast("IO[str] | None", getattr(self, "_file", None))
            if file is not None:
                self._file = Line(file, gone)

        def write(self, data: str) -> None:
            super().write(thinned(data))

        def _sigcont_application(self, *_: object) -> None:
            """Only after a stop. A line that drops sends SIGCONT behind SIGHUP to whoever was never stopped; Textual
            would begin anew for it, with a second thread that reads for ever, and the process could not end."""
            if getattr(self, "_must_signal_resume", False):
                super()._sigcont_application()  # type: ignore[misc]

    return OnALine


def screen_is_over() -> None:
    """Textual's handlers for stop and continue outlive its screen, and would begin another: back to the system's."""
    for one in (signal.SIGTSTP, signal.SIGCONT):
        signal.signal(one, signal.SIG_DFL)


def let_go() -> None:
    """From now on nothing is read from, or written to, a terminal that has gone: standard streams lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


# ---- a fault of the screen's own closes the screen and nothing else; told in words, and written down whole

FILE = "monitor.log"
T = TypeVar("T")


class OwnFault(TypeAhead[T]):
    """An application that does not print a traceback over the terminal as it ends."""

    fault: Exception | None = None

    def _handle_exception(self, error: Exception) -> None:
        """Of a screen that is left as it opens the toolkit makes no part, and then misses one: that is no fault."""
        missing = error.error if isinstance(error, WorkerFailed) else error
        if not (self._exit and isinstance(missing, NoMatches)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """The toolkit's own hook for what nobody caught."""
        self.fault = self._exception
        self._close_messages_no_wait()


def in_words(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"


def write_down(fault: Exception, logs: Path, now: float) -> str:
    """Keep the whole of it in the workspace's log folder. Returns it in words."""
    words, path = in_words(fault), logs / FILE
    try:
        own = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with os.fdopen(os.open(path, own, 0o600), "a", encoding="utf-8") as file:
            file.write(f"{iso(now)} {''.join(traceback.format_exception(fault))}\n")
    except OSError:  # a full disk: the words have to do
        return words
    return f"{words}; all of it is in {path}"


# ---- the desktop around it, where there is one: folders are opened there


def opener(environ: Mapping[str, str] | None = None) -> str | None:
    """The command that opens a folder on this machine's own screen; None over SSH and without one."""
    environ = os.environ if environ is None else environ
    if environ.get("SSH_CONNECTION"):
        return None
    if sys.platform == "darwin":
        return shutil.which("open")
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return shutil.which("xdg-open")
    return None


def open_folder(path: str) -> bool:
    """Open it; False where there is no screen. What becomes of it is the desktop's."""
    command = opener()
    if command is None:
        return False
    subprocess.Popen(  # noqa: S603 - a folder of ours, as one argument
        [command, path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return True


# ---- from how many columns and rows on another layout holds: a screen has the class of its size (`-w80`, `-h24`)

WIDTHS = [(0, "-w0"), (40, "-w40"), (80, "-w80"), (120, "-w120"), (200, "-w200")]
HEIGHTS = [(0, "-h0"), (15, "-h15"), (18, "-h18"), (24, "-h24"), (36, "-h36"), (50, "-h50")]


# ---- colours, by what they say: dark, light, sixteen colours, none
# Everything else names these tokens. The values keep their hue in 256 colours; text has 5:1 on its ground.

TOKENS = {  # dark, light, and of the terminal's own palette, set explicitly: fills stay there, tints go
    "paper": ("#0f1214", "#fcfbf8", "ansi_default"),
    "shelf": ("#191d20", "#efeeeb", "ansi_default"),
    "ink": ("#e6e8ea", "#1c2329", "ansi_default"),
    "dim": ("#939aa1", "#5a6670", "ansi_bright_black"),
    "rule": ("#363b40", "#cfcbc1", "ansi_bright_black"),
    "accent": ("#74c0e3", "#0b6288", "ansi_cyan"),
    "people": ("#c6aef5", "#6a3fa6", "ansi_magenta"),
    "ok": ("#4fc9a0", "#00734b", "ansi_green"),
    "warn": ("#f5b417", "#8a5200", "ansi_yellow"),
    "bad": ("#ff7d6b", "#b3261e", "ansi_red"),
    "work-fill": ("#343b42", "#dbe2e8", "ansi_white"),
    "work-on": ("#f4f7f9", "#1c2329", "ansi_black"),
    "warn-fill": ("#f5b417", "#f7ba1e", "ansi_yellow"),
    "warn-on": ("#1c1300", "#1c1300", "ansi_black"),
    "hold-fill": ("#74c0e3", "#0b6288", "ansi_cyan"),
    "hold-on": ("#06141c", "#ffffff", "ansi_black"),
    "bad-fill": ("#b3261e", "#b3261e", "ansi_red"),
    "bad-on": ("#ffffff", "#ffffff", "ansi_bright_white"),
    "ok-fill": ("#2fae86", "#0f7d5b", "ansi_green"),
    "ok-on": ("#04140e", "#ffffff", "ansi_black"),
}
DARK, LIGHT, SIXTEEN = ({name: values[at] for name, values in TOKENS.items()} for at in range(3))
PLAIN = dict.fromkeys(SIXTEEN, "ansi_default")

DARK_NAME, LIGHT_NAME, SIXTEEN_NAME, PLAIN_NAME = "venue-dark", "venue-light", "venue-sixteen", "venue-plain"


def themes() -> list[Theme]:
    return [
        _theme(DARK_NAME, DARK),
        _theme(LIGHT_NAME, LIGHT, dark=False),
        _theme(SIXTEEN_NAME, SIXTEEN, ansi=True),
        _theme(PLAIN_NAME, PLAIN, ansi=True),
    ]


def _theme(name: str, tokens: dict[str, str], *, dark: bool = True, ansi: bool = False) -> Theme:
    variables = dict(tokens)
    if ansi:
        variables |= {"ansi-background": "ansi_black", "ansi-foreground": "ansi_white"}
    return Theme(
        name,
        primary=tokens["accent"],
        secondary=tokens["people"],
        accent=tokens["accent"],
        success=tokens["ok"],
        warning=tokens["warn"],
        error=tokens["bad"],
        foreground=tokens["ink"],
        background=tokens["paper"],
        surface=tokens["shelf"],
        panel=tokens["shelf"],
        dark=dark,
        variables=variables,
        ansi=ansi,
    )
