"""Google Drive from here: the line and its pace, the clock against Drive's, the sign-in, room, sources, destinations.

One after the other, each only where the one before it came through: without a line nobody's sign-in can be tried.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from agent import clock
from agent.clock import span
from agent.doctor import stores
from agent.doctor.findings import Begun, Finding, State, of_error, ok, problem, warning
from agent.doctor.stores import Intent
from agent.drive.client import DriveClient
from agent.drive.connection import DriveStatus
from agent.drive.endpoint import Endpoint, proxy_for
from agent.drive.errors import Answer, DriveError, at_date, drive_error
from agent.drive.exchange import Limits, Request
from agent.drive.files import About, DriveFile, UploadMeta, size
from agent.drive.http import DOOR, Http, Single
from agent.drive.limiter import Limiter
from agent.drive.portal import in_place_of
from agent.drive.sign_in.kept import Account, SignIn
from agent.drive.sign_in.login import Level
from agent.drive.sign_in.token import Token
from agent.drive.transfers import MediaClient
from agent.errors import VenueError
from agent.handlers.drive import level_for
from agent.ledger import drive_queue
from agent.ledger.counts import plural
from agent.model import ORIGINAL, DriveId, DriveState, Event, Source
from agent.running.waiting import Unwaited
from agent.settings import Settings
from agent.sync.sources import is_loss, roots_of, told_lost
from agent.uploads.forecast import ends_soon, too_small
from agent.uploads.tags import of_photo
from agent.workspace import Workspace

Found = TypeVar("Found")

LIMIT = 4.2  # seconds for all of it
AT_THE_DOOR = Limits(connect=2.5, answer=2.5)
FAST_CLOCK, WRONG_CLOCK = 5.0, 60.0  # seconds by which it may differ, and from which on it has to be set
SLOW_LINE = 1.0  # seconds until an answer
TRIAL = Path(__file__).parents[1] / "demo" / "photos" / "DSC_4401.jpg"
TRIAL_NAME = "venuesync trial photo.jpg"
TRIAL_TIME, REMOVAL_TIME = 2.0, 1.0  # seconds
LEAST = 0.2  # seconds, by which a line can be told from a machine that is busy
SOURCES_TIME = 1.5  # seconds
AT_ONCE = 16  # sources
ROOT = DriveId("root")


@dataclass(frozen=True, slots=True)
class Line:
    """Everything that leads to Drive. `trial`: send a photo there, and delete it again."""

    workspace: Workspace
    settings: Settings
    intent: Intent
    endpoint: Endpoint
    sign_in: SignIn
    token: Token
    trial: bool
    account: str = ""  # "": the one that all events use

    @classmethod
    def of(cls, workspace: Workspace, settings: Settings, intent: Intent, *, trial: bool) -> Line:
        """An emulator is there to be tried; the real Drive is not, unless somebody says so."""
        endpoint = Endpoint(settings.drive.endpoint)
        sign_in = SignIn(workspace, endpoint)
        trial = trial or not endpoint.is_google
        return cls(workspace, settings, intent, endpoint, sign_in, Token(sign_in.load), trial)

    def to(self, account: str) -> Line:
        """The same to another account's Drive, which need not be tried."""
        return replace(self, account=account, token=Token(partial(self.sign_in.load, account)), trial=False)

    @property
    def events(self) -> list[Event]:
        """Those of the account."""
        return [one for one in self.intent.events if one.lane == self.account]

    @property
    def login(self) -> str:
        return f"venuesync login --account {self.account}" if self.account else "venuesync login"


def drive(workspace: Workspace, settings: Settings, intent: Intent, *, trial: bool) -> Iterator[Finding | Begun]:
    """All that there is to say; a lack of time within it is said by whoever runs it."""
    if not settings.drive.enabled:
        yield ok("Drive", "switched off (drive.enabled = false): photos are filed on this machine only")
        return
    end = time.monotonic() + LIMIT
    line = Line.of(workspace, settings, intent, trial=trial)
    yield Begun("line")
    yield from proxy(line.endpoint)
    yield from door(line.endpoint)
    yield Begun("sign-in")
    yield from sign_in(line)
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(Unwaited())
        yield from folders_of(line, runner)
        for account in sorted({one.lane for one in intent.events} - {""}):
            yield from of_account(line.to(account), runner)
        if line.trial:
            yield Begun("trial")
            left = end - time.monotonic() - REMOVAL_TIME
            yield from runner.run(connected(line, lambda client, media: try_out(line, client, media, left)))


def folders_of(line: Line, runner: asyncio.Runner) -> Iterator[Finding | Begun]:
    """Room on the account's Drive, and the folders that are read and written there."""
    yield Begun("quota")
    about = runner.run(connected(line, lambda client, _: client.about()))
    yield from quota(line, about)
    yield Begun("sources")
    yield from runner.run(connected(line, lambda client, _: sources(line, client, about.account)))
    yield Begun("destination")
    yield from runner.run(connected(line, lambda client, _: destinations(line, client)))


def of_account(line: Line, runner: asyncio.Runner) -> Iterator[Finding | Begun]:
    """An account that an event names: what is wrong with it says nothing of the others."""
    try:
        yield Begun("sign-in")
        yield from sign_in(line)
        yield from folders_of(line, runner)
    except VenueError as error:
        yield replace(of_error("sign-in", error), detail=f"{line.account}: {error.title}", remedy=f"Run: {line.login}")


async def connected(line: Line, work: Callable[[DriveClient, MediaClient], Coroutine[Any, Any, Found]]) -> Found:
    """With connections of its own, put down afterwards."""
    http, limiter = Http(line.endpoint, line.token), Limiter()
    media = MediaClient(http, limiter)
    try:
        return await work(DriveClient(http, limiter), media)
    finally:
        await media.close()
        await http.close()


# ---- the line


def proxy(endpoint: Endpoint) -> Iterator[Finding]:
    """What stands between, without its password."""
    used, named = proxy_for(endpoint.root), urllib.request.getproxies()
    if used is not None:
        yield ok("proxy", f"{used.url.scheme}://{used.url.host}:{used.url.port} on the way to {endpoint.root}")
    elif named:
        yield ok("proxy", f"set in the environment ({', '.join(sorted(named))}), and not used for {endpoint.root}")
    else:
        yield ok("proxy", "none")


def door(endpoint: Endpoint) -> Iterator[Finding]:
    """Whether anybody answers there, how soon, and what time it is by their clock. Costs no quota: nobody signs in."""
    import_module("httpx")  # its own time is not the line's
    sent_at, began = clock.wall(), time.monotonic()
    try:
        answer = Single().send(Request("GET", f"{endpoint.root}{DOOR}", {}, limits=AT_THE_DOOR))
    except DriveError as error:
        raise in_place_of(error, endpoint) from error
    took = time.monotonic() - began
    if answer.is_portal or answer.status not in (200, 401, 403):
        raise drive_error(answer)
    told = f"{endpoint.root} answers in {1000 * took:,.0f} ms"
    if took > SLOW_LINE:
        yield warning("line", told, "Use another line, or see what else uses this one")
    else:
        yield ok("line", told)
    yield from time_there(answer, sent_at + took / 2)


def time_there(answer: Answer, here: float) -> Iterator[Finding]:
    """This machine's clock against the answer's Date, which is cut to the second."""
    if (there := at_date(answer.headers.get("date", ""))) is None:
        return
    wrong = here - (there + 0.5)
    by = f"{span(abs(wrong))} {'fast' if wrong > 0 else 'slow'} by Drive's Date"
    remedy = "Let the network set it: sudo timedatectl set-ntp true"
    if abs(wrong) >= WRONG_CLOCK:
        yield problem("clock", f"{by}: photos' times and the night's work are wrong, sign-ins may fail", remedy)
    elif abs(wrong) >= FAST_CLOCK:
        yield warning("clock", by, remedy)
    else:
        yield ok("clock", "right by Drive's Date")


# ---- the account


def sign_in(line: Line) -> Iterator[Finding]:
    """Who is signed in, and what that is good for. Raises where somebody has to sign in."""
    account, needed = line.sign_in.of(line.account), needed_level(line)
    line.token.access_token()
    if account is None:
        whose = f" for {line.account}" if line.account else ""
        yield ok("sign-in", f"the emulator's own{whose}, open to anybody")
        return
    age = f"signed in {span(max(0.0, clock.wall() - account.signed_in_at))} ago"
    told = f"{account.name}, level {account.level.value}, {age}{until(account)}"
    soon, levels = ends_soon(account, clock.wall(), named=bool(line.account)), list(Level)
    if levels.index(account.level) < levels.index(needed):
        detail = f"{told}: sources and destinations here want the level {needed.value}"
        yield problem("sign-in", detail, f"Run: {line.login} --level {needed.value}")
    elif soon is not None:
        yield of_error("sign-in", soon, State.WARNING)
    else:
        yield ok("sign-in", told)


def until(account: Account) -> str:
    return "" if account.ends_at is None else f", ends in {span(max(0.0, account.ends_at - clock.wall()))}"


def needed_level(line: Line) -> Level:
    """The least that is enough for what stands in this workspace."""
    level = level_for(line.settings, line.intent.events, line.account)
    reads = any(event.sources for event in line.events)
    return Level.UPLOAD if level is Level.FULL and not reads else level


def quota(line: Line, about: About) -> Iterator[Finding]:
    sends = line.settings.drive.send
    quiet = [one.id for one in line.events if not (sends and one.send)]
    waiting = stores.asked(line.workspace, partial(drive_queue.bytes_to_store, account=line.account, quiet=quiet), 0)
    if about.limit is None or about.free is None:
        yield ok("quota", f"{about.account}: {size(about.used)} used, without a limit")
        return
    small = too_small(DriveStatus(DriveState.ONLINE, 0.0, "", used=about.used, limit=about.limit), waiting)
    told = f"{about.account}: {size(about.free)} of {size(about.limit)} free"
    if small is not None:
        yield of_error("quota", small)
    elif about.free * 10 < about.limit:
        yield warning("quota", told, "Make room on Drive, or get more storage there")
    else:
        yield ok("quota", told)


# ---- folders there


async def sources(line: Line, client: DriveClient, account: str) -> list[Finding]:
    """Each that this account cannot see any more, and then all others in one line; of events that are over, none."""
    wanted = [one for event in line.events for one in event.looked_at]
    end, lost, seen = time.monotonic() + SOURCES_TIME, list[Source](), 0
    for one in wanted:
        client.learn_key(one.folder, one.resource_key)
    for some in (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE)):
        if time.monotonic() > end:
            break
        there = await client.get_all(DriveId(root) for one in some for root in roots_of(one))
        lost += [one for one in some if any(is_gone(there[DriveId(root)]) for root in roots_of(one))]
        seen += len(some)
    found = [of_error("source", told_lost(one, account)) for one in lost]
    if seen < len(wanted):
        detail = f"{seen:,} of {len(wanted):,} were looked at in {SOURCES_TIME:g} s"
        found.append(warning("sources", detail, "See the others with: venuesync events"))
    elif not lost:
        told = f"{plural(len(wanted), 'source')} can be read by {account}" if wanted else "none"
        found.append(ok("sources", told))
    return found


def is_gone(folder: DriveFile | None) -> bool:
    return folder is None or folder.trashed


async def destinations(line: Line, client: DriveClient) -> list[Finding]:
    """The folders of somebody's own into which photos are to go; ours are made in My Drive."""
    given = {event.name: event.destination for event in line.events if event.destination}
    if line.settings.drive.destination and not line.account:
        given["drive.destination"] = line.settings.drive.destination
    if not given:
        whose = f" of {line.account}" if line.account else ""
        return [ok("destination", f"venuesync in My Drive{whose}, made by us")]
    refused = [(name, one) for name, one in given.items() if not await may_fill(client, DriveId(one))]
    found = [
        problem(
            "destination",
            f"{name}: nothing can be put into the folder {one}: it is gone, in the trash, or not ours to write",
            "Let the account that is signed in edit it, sign in with --level manage, or choose another folder",
        )
        for name, one in refused
    ]
    return found or [ok("destination", f"photos can be put into {', '.join(given.values())}")]


async def may_fill(client: DriveClient, folder: DriveId) -> bool:
    try:
        return await client.takes_files(folder)
    except DriveError as error:
        if not is_loss(error):
            raise
        return False


# ---- a photo there and back


async def try_out(line: Line, client: DriveClient, media: MediaClient, seconds: float) -> list[Finding]:
    """Send a photo, fetch it, delete it again, in so many seconds; it carries our mark, so no agent takes it in."""
    if seconds < LEAST:
        told = "not measured: all else took the time that there was"
        return [warning("trial", told, "Ask once more when the machine is less busy")]
    data = TRIAL.read_bytes()
    (id,) = await client.generate_ids(1)
    tags = of_photo(line.intent.workspace_id, hashlib.sha256(data).hexdigest(), ORIGINAL)
    meta = UploadMeta(id, TRIAL_NAME, ROOT, "image/jpeg", tags=tags)
    began, sent = time.monotonic(), None
    try:
        with TemporaryDirectory() as folder:
            async with asyncio.timeout(min(TRIAL_TIME, seconds)):
                md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
                await media.upload_multipart(TRIAL, meta, len(data), md5)
                sent = time.monotonic()
                await media.download(id, Path(folder) / "trial", len(data), md5)
    except TimeoutError:
        half = "did not arrive" if sent is None else "arrived, and did not come back"
        told = f"a photo of {size(len(data))} {half} in {time.monotonic() - began:.1f} s"
        found = warning("trial", told, "Expect photos to take long, or use another line")
    except DriveError as error:
        if error.pauses_lane:
            raise
        remedy = "Try once more; if it stays so, see what stands between this machine and Drive"
        found = replace(of_error("trial", error), remedy=remedy)
    else:
        up, down = sent - began, time.monotonic() - sent
        found = ok("trial", f"a photo of {size(len(data))} arrived in {up:.2f} s and came back whole in {down:.2f} s")
    finally:
        left = await removed(client, id)
    return [found, *left]


async def removed(client: DriveClient, id: DriveId) -> list[Finding]:
    """What is wrong with that. Where Drive's answer takes longer, it may have done it all the same."""
    try:
        async with asyncio.timeout(REMOVAL_TIME):
            await client.delete(id)
    except TimeoutError:
        late = f"{TRIAL_NAME} may be there still: that it was deleted again Drive did not say in {REMOVAL_TIME:g} s"
        return [warning("trial", late, "Look for it in My Drive, and delete it there")]
    except DriveError:
        return [problem("trial", f"{TRIAL_NAME} could not be deleted again", "Delete it in My Drive")]
    return []
