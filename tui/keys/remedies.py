"""Remedies as the monitor says them: by the key that does what the agent's remedy names a command for.

A command stands at the end of what it is good for, as `Take them back: venuesync undo`, or `Run: venuesync login`.
"""

from __future__ import annotations

import re

from agent.requests.troubles import Trouble, TroubleSection
from tui.keys.keymap import named

KEYS = {
    "enroll": "e",
    "errors": "5",
    "events show": "4",
    "held": "5",
    "held approve": "5 y",
    "login": "g",
    "metered off": "D",
    "notify test": "T",
    "people": "2",
    "people consent": "2 C",
    "people forget": "2 F",
    "people link": "2 l",
    "people merge": "m",
    "photos": "/",
    "report": "N",
    "resume": "p",
    "resume all": "P",
    "retry": "5 X",
    "review": "3",
    "undo": "z",
    "unknown": "3",
}
_LONGEST_FIRST = "|".join(sorted(KEYS, key=len, reverse=True))
_COMMAND = re.compile(
    rf"([Rr]un:? |)venuesync ({_LONGEST_FIRST})\b(?: --account ([^\s,;]+))?"
    r"(?: --?\w+| [A-Z][\w.]*…?| p[0-9a-f]{12})*"
)


def by_key(remedy: str) -> str:
    """`Press g` for `Run: venuesync login`; a command that no key stands for stays."""
    return _COMMAND.sub(_pressed, remedy)


def on_errors(remedy: str) -> str:
    """The same on Errors, which nobody has to open first."""
    return by_key(remedy).replace(f"ress {named('5')}, then ", "ress ")


def press_to_start(*, beneath: bool = False) -> str:
    """Where no agent runs in the workspace that an attached monitor shows; `beneath`: and a dialog has the keys."""
    return f"Press {'esc, then ' if beneath else ''}{named('S')} to start it again"


def _pressed(found: re.Match[str]) -> str:
    keys = ", then ".join(named(key) for key in KEYS[found[2]].split())
    choose = f", choose {found[3]}" if found[3] else ""
    return f"{'Press' if found[1].startswith('R') else 'press'} {keys}{choose}"


def troubles_by_key(section: TroubleSection) -> TroubleSection:
    return {**section, "open": [_by_key(one) for one in section["open"]]}


def _by_key(trouble: Trouble) -> Trouble:
    return {**trouble, "remedy": by_key(trouble["remedy"])}
