"""All checks there are. Those that need settings are left out where there are none to go by: `config` says why."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from agent.disk.access import Access
from agent.disk.atomic import read_text
from agent.doctor import drive, folders, machine, stores
from agent.doctor.findings import Check, Finding, State, of_error, ok, warning
from agent.errors import UsageError, VenueError
from agent.handlers.guests import why_no_event
from agent.intake.folders import incoming_folders
from agent.model import Event
from agent.settings import Settings, load_settings
from agent.settings.checked import SECRET_KEYS, setting_errors
from agent.settings.environment import is_open
from agent.settings.keys import Guests
from agent.settings.kinds import LOCAL
from agent.settings.layers import merged_layers, toml_layer
from agent.workspace import Workspace

CONNECT = "Connect its disk or share, or take the folder off: venuesync events folder remove"


def checks(workspace: Workspace, agent: Callable[[], Iterator[Finding]], *, trial: bool) -> list[Check]:
    """`agent` looks at the one that runs; `trial`: a photo is sent to the real Drive, too."""
    try:
        settings = load_settings(workspace.root)
    except UsageError:
        settings = None
    known = [
        Check("python", machine.python),
        Check("libraries", machine.libraries, 4.0),
        Check("processor", partial(machine.processor, settings and settings.faces.workers)),
        Check("config", partial(config, workspace.root)),
        Check("people", partial(stores.people, workspace)),
        Check(
            "ledger", partial(stores.ledger, workspace), 4.0, "Have all of it compared: venuesync verify", State.WARNING
        ),
        Check("downloads", partial(stores.fetched, workspace), 4.0, "Look into .venuesync/downloads", State.WARNING),
        Check("agent", agent, 4.0),
    ]
    return known if settings is None else [*known, *by_settings(workspace, settings, trial=trial)]


def by_settings(workspace: Workspace, settings: Settings, *, trial: bool) -> list[Check]:
    intent = stores.intent(workspace) or stores.Intent()
    watched = incoming_folders(workspace, settings, intent.events)
    access = Access.of(settings.filing.mode, settings.filing.group)
    faces = settings.faces
    with_others = partial(machine.cluster, faces.executor, workspace.state / "cluster", faces.engine)
    about_guests = partial(guests, workspace.root, settings.guests, intent.events)
    to_drive = partial(drive.drive, workspace, settings, intent, trial=trial)
    return [
        *([] if faces.executor == LOCAL else [Check("cluster", with_others, 15.0)]),
        *([Check("api", partial(api, settings.api.listen))] if is_open(settings.api.listen) else []),
        *([Check("guests", about_guests)] if settings.guests.page else []),
        Check("disk", partial(machine.disk, workspace.state, settings.disk.keep_free), remedy="See what holds it up"),
        Check("sleep", partial(machine.sleep, settings.power.stay_awake)),
        Check("folders", partial(folders.incoming, workspace, settings, intent.events), remedy=CONNECT),
        Check("shares", partial(folders.lacking, workspace, intent.events, access), remedy=CONNECT),
        Check("filing", partial(folders.outputs, workspace, intent.events), remedy=CONNECT),
        Check("watches", partial(machine.watches, [one.path for one in watched]), remedy=CONNECT),
        Check("Drive", to_drive, drive.LIMIT, "Use another line, or see what else uses this one"),
    ]


# ---- the settings: what is wrong in them, all of it at once, and what the environment sets over config.toml


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
