"""The manual page, made of the commands themselves: python -m tui.cli.man > venuesync.1"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from agent import __version__
from tui.cli import say
from tui.cli.commands import SECTIONS, command

NAME = "venuesync"
EXITS = {
    "0": "done",
    "1": "failed, or differences remain",
    "2": "wrong usage or setting; the message names what was given and what is accepted",
    "3": "no agent runs here",
    "4": "sign-in needed",
    "5": "done, but some failed: see venuesync errors",
}
VARIABLES = {
    "VENUESYNC_WORKSPACE": "The workspace, where --workspace does not name one.",
    "VENUESYNC_STATE_DIR": "Where stores, sign-in and logs of one workspace are kept; else .venuesync in it.",
    "VENUESYNC_SECTION__KEY": "Any setting of config.toml.",
}


def page() -> Iterator[str]:
    """Lines of roff."""
    root = command()
    yield f'.TH {NAME.upper()} 1 "" "{NAME} {__version__}" "User Commands"'
    yield from (".SH NAME", rf"{NAME} \- {plain(first_line(root.help))}")
    yield from (".SH SYNOPSIS", f".B {NAME}", plain(usage(root, NAME)))
    yield from (".SH DESCRIPTION", *paragraphs(root.help), ".SH OPTIONS", *parameters(root, NAME))
    for heading, words in SECTIONS.items():
        yield f".SH {plain(heading.upper())}"
        for word in words:
            yield from one_command(root.get_command(None, word), f"{NAME} {word}")
    yield from (".SH EXIT STATUS", *definitions(EXITS))
    yield from (".SH ENVIRONMENT", *definitions(VARIABLES))


def one_command(found: Any, name: str) -> Iterator[str]:
    """A command, and those below it."""
    yield f'.SS "{plain(f"{name} {usage(found, name)}".strip())}"'
    yield from paragraphs(found.help)
    yield from parameters(found, name)
    if found.epilog:
        yield from (".PP", plain(found.epilog))
    for word in found.list_commands(None) if hasattr(found, "commands") else ():
        yield from one_command(found.get_command(None, word), f"{name} {word}")


def usage(found: Any, name: str) -> str:
    return " ".join(found.collect_usage_pieces(context(found, name)))


def parameters(found: Any, name: str) -> Iterator[str]:
    records = [one.get_help_record(context(found, name)) for one in found.params]
    yield from definitions(dict(record for record in records if record is not None and record[1]))


def context(found: Any, name: str) -> Any:
    return found.context_class(found, info_name=name)


def definitions(told: dict[str, str]) -> Iterator[str]:
    for what, says in told.items():
        yield from (".TP", rf"\fB{plain(what)}\fR", plain(says))


def paragraphs(text: str | None) -> Iterator[str]:
    for one in re.split(r"\n\s*\n", text or ""):
        yield from (".PP", plain(one))


def first_line(text: str) -> str:
    return re.split(r"\n\s*\n", text)[0]


def plain(text: str) -> str:
    """On one line, with nothing in it that roff would read."""
    joined = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    safe = "".join(char if char.isascii() else rf"\[u{ord(char):04X}]" for char in joined)
    return rf"\&{safe}" if safe[:1] in (".", "'") else safe


if __name__ == "__main__":
    for one in page():
        say.line(one)
