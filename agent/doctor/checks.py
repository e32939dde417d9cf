"""All checks there are. Those that need settings are left out where there are none to go by: `config` says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from agent.disk.access import Access
from agent.doctor import config, drive, folders, machine, stores
from agent.doctor.findings import Check, Finding, State
from agent.errors import UsageError
from agent.intake.folders import incoming_folders
from agent.settings import Settings, load_settings
from agent.settings.kinds import LOCAL
from agent.settings.network import is_open
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
        Check("config", partial(config.config, workspace.root)),
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
    about_guests = partial(config.guests, workspace.root, settings.guests, intent.events)
    to_drive = partial(drive.drive, workspace, settings, intent, trial=trial)
    return [
        *([] if faces.executor == LOCAL else [Check("cluster", with_others, 15.0)]),
        *([Check("api", partial(config.api, settings.api.listen))] if is_open(settings.api.listen) else []),
        *([Check("guests", about_guests)] if settings.guests.page else []),
        Check("disk", partial(machine.disk, workspace.state, settings.disk.keep_free), remedy="See what holds it up"),
        Check("sleep", partial(machine.sleep, settings.power.stay_awake)),
        Check("folders", partial(folders.incoming, workspace, settings, intent.events), remedy=CONNECT),
        Check("shares", partial(folders.lacking, workspace, intent.events, access), remedy=CONNECT),
        Check("filing", partial(folders.outputs, workspace, intent.events), remedy=CONNECT),
        Check("watches", partial(machine.watches, [one.path for one in watched]), remedy=CONNECT),
        Check("Drive", to_drive, drive.LIMIT, "Use another line, or see what else uses this one"),
    ]
