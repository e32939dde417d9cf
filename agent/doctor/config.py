"""The settings: what is wrong in them, all of it at once, and what the environment sets over config.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.disk.atomic import read_text
from agent.doctor.findings import Finding, of_error, ok, warning
from agent.errors import UsageError, VenueError
from agent.handlers.guests import why_no_event
from agent.model import Event
from agent.settings.checked import SECRET_KEYS, setting_errors
from agent.settings.keys import Guests
from agent.settings.layers import merged_layers, toml_layer


def config(workspace: Path) -> Iterator[Finding]:
    try:
        wrong = setting_errors(workspace)
    except UsageError as error:  # a file that cannot be read at all
        wrong = [error]
    yield from (of_error("config", error) for error in wrong)
    if wrong:
        return
    merged, written = merged_layers(workspace), toml_layer(workspace / "config.toml")
    over = {key: origin for key, (_, origin) in merged.items() if key in written and written[key][1] != origin}
    differ = [key for key in over if str(merged[key][0]) != str(written[key][0])]
    for key in differ:
        given = "another value" if key in SECRET_KEYS else f"{merged[key][0]} instead of {written[key][0]}"
        remedy = f"Take it out of {over[key].rpartition(' in ')[2]}, or change config.toml"
        yield warning("config", f"{key} is {given}: {over[key]} goes before config.toml", remedy)
    if not differ:
        others = sorted(merged.keys() - written.keys() | over.keys())
        told = f"{len(written)} keys in {workspace / 'config.toml'}"
        yield ok("config", f"{told}; set elsewhere: {', '.join(others)}" if others else told)


def guests(root: Path, chosen: Guests, events: Sequence[Event]) -> Iterator[Finding]:
    """The page for guests: whether the event that it shows is one, and the operator's own texts are there."""
    if (no_event := why_no_event(chosen.event, events)) is not None:
        yield of_error("guests", no_event)
    if not chosen.words:
        return
    folder = root / Path(chosen.words).expanduser()
    if not (files := sorted(folder.glob("*.toml"))):
        remedy = "Put a file there for each language (pt.toml), or leave guests.words empty"
        yield warning("guests", f"guests.words is {folder}: no texts are there, ours alone are shown", remedy)
    for file in files:
        try:
            tomllib.loads(read_text(file))
        except (tomllib.TOMLDecodeError, VenueError, OSError, UnicodeDecodeError) as error:
            yield warning("guests", f"{file} cannot be read: {error}", "Correct it, then start venuesync again")


def api(listen: str) -> Iterator[Finding]:
    """`listen`: where other machines reach it, too."""
    port = listen.rpartition(":")[2]
    remedy = f"Set api.listen to 127.0.0.1:{port}, unless phones or other machines are to reach it"
    detail = f"api.listen is {listen}: all in this machine's networks reach the API, with a token and unencrypted"
    yield warning("api", detail, remedy)
