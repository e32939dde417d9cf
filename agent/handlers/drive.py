"""Signing in to Drive, its folders to choose from, its messages, and how much of the line may be used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent import clock
from agent.clock import iso, iso_or_none
from agent.drive.connection import DriveStatus
from agent.drive.endpoint import Endpoint
from agent.drive.lanes import Lanes, not_looked_at
from agent.drive.sign_in.kept import Account, SignIn, plain, signed_out_meanwhile
from agent.drive.sign_in.login import PORT, Level, LoginAttempt, OAuthClient, start_path
from agent.drive.sign_in.token import heard
from agent.drive.sign_in.vault import Unreadable
from agent.errors import Cause, UsageError, VenueError
from agent.handlers.status.publisher import Publisher
from agent.ledger import Ledger, syncs
from agent.model import NO_AGENT, TO_BE_SYNCED, DriveState, Event, EventId
from agent.requests.control import LimitLine, LineLimit
from agent.requests.drive import (
    NO_CLIENT,
    AccountRow,
    BeginSignIn,
    FinishSignIn,
    GetSignIn,
    ListAccounts,
    ListSubfolders,
    NoteChange,
    Selection,
    SignedIn,
    SignedOut,
    SignInAttempt,
    SignInState,
    SignOut,
    Subfolders,
    ValidateSelection,
)
from agent.requests.events import SyncPending
from agent.roster import Roster
from agent.running.supervise import Errands
from agent.settings import Settings
from agent.sync.all_feeds import AllFeeds
from agent.sync.pace import LineLimits
from agent.sync.tree import Choosing
from agent.uploads.metered import MEGABYTE, MeteredLine
from agent.workspace import Workspace, absolute

NO_NEWS = "sync"  # Drive's first word on a new channel
PATIENCE = 900.0  # seconds that the browser may take
APART = 1.0  # seconds between the first looks of a bulk sync


# ---- signing in: completed by the browser on the loopback or by a pasted address. So the monitor signs in wherever it
# is attached, and over SSH, without ending anything


def level_for(settings: Settings, events: Iterable[Event], account: str | None = None) -> Level:
    """Enough to write where photos are to go: those of one account's events, or all of them.

    What the settings say of that is the account's that all events use, "".
    """
    given = "" if account else settings.drive.destination
    elsewhere = given or any(one.destination for one in events if account in (None, one.lane))
    return Level.MANAGE if elsewhere else Level.FULL


def lane_of(account: str, sign_in: SignIn, events: Iterable[Event]) -> str:
    """An address as events name accounts: "" where it is whose Drive they all use."""
    first = sign_in.account
    named = {one.lane for one in events}
    return "" if first is not None and plain(first.name) == account and account not in named else account


class FirstAccount:
    """Whose Drive all events use that name none."""

    def __init__(self, workspace: Workspace, settings: Settings, lane: Lanes) -> None:
        self._sign_in = SignIn(workspace, Endpoint(settings.drive.endpoint))
        self._lane = lane

    async def name(self) -> str:
        """By the sign-in, else as Drive told; "" where nobody knows."""
        try:
            kept = await asyncio.to_thread(lambda: self._sign_in.account)
        except Unreadable:
            kept = None
        told = next((one.status.account for one in self._lane.each() if not one.account), None)
        return plain(kept.name if kept is not None else told or "")


class SignInHandlers:
    """One attempt at a time."""

    def __init__(self, workspace: Workspace, settings: Settings, roster: Roster, lane: Lanes, errands: Errands) -> None:
        self._settings = settings
        self._roster = roster
        self._lane = lane
        self._errands = errands
        self._sign_in = SignIn(workspace, Endpoint(settings.drive.endpoint))
        self._attempt: LoginAttempt | None = None
        self._listening: asyncio.Task[None] | None = None
        self._account: Account | None = None
        self._failed: VenueError | None = None
        self._only = ""  # who has to sign in with the newest attempt; "": anybody
        self._one_begins = asyncio.Lock()  # of two at once the first one's ear would have the port, and nobody end it

    async def begin(self, asked: BeginSignIn) -> SignInAttempt:
        async with self._one_begins:
            return await self._begin(asked)

    async def _begin(self, asked: BeginSignIn) -> SignInAttempt:
        if self._lane.is_off:
            raise UsageError(
                "Drive is off",
                "there is nothing to sign in to",
                "Set drive.enabled = true, and start again",
                cause=Cause.CONFLICT,
            )
        client = asked.client
        given = None if client is None else await asyncio.to_thread(OAuthClient.from_file, absolute(Path(client)))
        if given is None and await asyncio.to_thread(lambda: self._sign_in.client) is None:
            raise UsageError(
                "Google has to know this app first",
                "no OAuth client is known here",
                "Give the JSON file from Google's console, as docs/google-setup.md shows",
                cause=Cause.CONFLICT,
                kind=NO_CLIENT,
            )
        await self._stop_listening(self._listening)
        account = plain(asked.account)
        events = self._roster.events()
        lane = await asyncio.to_thread(lane_of, account, self._sign_in, events) if account else None
        level = level_for(self._settings, events, lane)
        attempt = await self._sign_in.begin(level, given, hint=account)
        if given is not None:
            await asyncio.to_thread(self._sign_in.keep_client, given)
        self._attempt, self._only, self._account, self._failed = attempt, account, None, None
        listens = await self._listen(attempt)
        return {
            "url": attempt.url,
            "start": f"http://127.0.0.1:{PORT}{start_path(attempt)}" if listens else None,
            "port": PORT if listens else None,
            "redirect_uri": attempt.redirect_uri,
            "scopes": list(attempt.scopes),
        }

    async def _listen(self, attempt: LoginAttempt) -> bool:
        """Wait for the browser in the background. False: the port is somebody else's."""
        self._listening = listening = self._errands.run("sign-in", self._wait(attempt, self._only))
        await asyncio.wait({listening}, timeout=0.1)
        if not listening.done():
            return True
        self._failed = None
        return False

    async def _wait(self, attempt: LoginAttempt, only: str) -> None:
        try:
            code = await self._sign_in.listen(attempt, PORT, PATIENCE)
            await self._complete(attempt, code, only)
        except VenueError as error:
            if self._attempt is attempt:
                self._failed = error

    async def _stop_listening(self, listening: asyncio.Task[None] | None) -> None:
        """One attempt's ear: a newer attempt may have its own by then."""
        if listening is not None:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def finish(self, asked: FinishSignIn) -> SignInState:
        attempt, listening = self._attempt, self._listening
        if attempt is None:
            raise UsageError("No sign-in has begun", "", "Begin one first", cause=Cause.CONFLICT)
        account = await self._complete(attempt, asked.pasted, self._only)
        await self._stop_listening(listening)
        return {
            "state": "done",
            "account": account.name,
            "ends_at": iso_or_none(account.ends_at),
            "title": "",
            "remedy": "",
        }

    async def _complete(self, attempt: LoginAttempt, pasted: str, only: str) -> Account:
        """To its end, also where nobody waits for it any more: what it keeps is used at once."""
        ending = asyncio.create_task(self._kept(attempt, pasted, only), name="sign-in kept")
        ending.add_done_callback(heard)
        return await asyncio.shield(ending)

    async def _kept(self, attempt: LoginAttempt, pasted: str, only: str) -> Account:
        account = await self._sign_in.finish(attempt, pasted, only=only)
        if self._attempt is attempt:
            self._attempt, self._account, self._failed = None, account, None
        self._lane.signed_in()
        return account

    async def signed_in(self, _asked: SignedIn) -> None:
        await self._end_if_over()
        self._lane.signed_in()

    async def _end_if_over(self) -> None:
        """An attempt that had begun when somebody signed out ends with that: no browser meets its ear any more."""
        attempt, listening = self._attempt, self._listening
        if attempt is None or not await asyncio.to_thread(self._sign_in.is_over, attempt):
            return
        if self._attempt is attempt:
            self._attempt, self._failed = None, signed_out_meanwhile(attempt.who)
        await self._stop_listening(listening)

    async def sign_out(self, asked: SignOut) -> SignedOut:
        try:
            forgotten = await self._sign_in.forget(asked.account)
        finally:
            await self._end_if_over()
        self._lane.signed_in()
        return {"signed_out": list(forgotten.accounts), "untold": list(forgotten.untold)}

    async def state(self, _asked: GetSignIn) -> SignInState:
        return await self._state()

    async def accounts(self, _asked: ListAccounts) -> list[AccountRow]:
        return await asyncio.to_thread(self._rows)

    def _rows(self) -> list[AccountRow]:
        """Whoever is signed in, and whoever an event names. Reads small files."""
        events = self._roster.events()
        states = {one.account: one.status for one in self._lane.each()}
        if self._lane.is_off and self._settings.drive.enabled:  # a command's own: it has no line to Drive
            none = DriveStatus(DriveState.OFFLINE, clock.wall(), NO_AGENT)
            states = dict.fromkeys(["", *(one.lane for one in events)], none)
        first = self._sign_in.account
        known = {plain(one.name): one for one in self._sign_in.accounts()}
        rows = [self._row("", first, events, states)]
        others = ({*known} - ({plain(first.name)} if first is not None else set[str]())) | {one.lane for one in events}
        return rows + [self._row(one, known.get(one), events, states) for one in sorted(others - {""})]

    def _row(
        self, lane: str, kept: Account | None, events: Sequence[Event], states: Mapping[str, DriveStatus]
    ) -> AccountRow:
        status = states.get(lane)
        told = status.account if status is not None else None
        return {
            "account": kept.name if kept is not None else lane or told,
            "default": not lane,
            "level": None if kept is None else kept.level.value,
            "scopes": [] if kept is None else list(kept.scopes),
            "signed_in_at": None if kept is None else iso(kept.signed_in_at),
            "ends_at": None if kept is None else iso_or_none(kept.ends_at),
            "state": None if status is None else status.state.value,
            "detail": "" if status is None else status.detail,
            "events": [one.name for one in events if one.lane == lane],
        }

    async def _done(self) -> Account | None:
        """Whom the newest attempt signed in, for as long as that is kept: somebody may sign out beside the agent."""
        account = self._account
        if account is None:
            return None
        kept = await asyncio.to_thread(self._sign_in.of, account.name)
        if self._account is account:
            self._account = kept
        return self._account

    async def _state(self) -> SignInState:
        done = await self._done()
        kept = done or await asyncio.to_thread(lambda: self._sign_in.account)
        failed = self._failed
        word = "failed" if failed else "waiting" if self._attempt else "done" if done else "none"
        return {
            "state": word,
            "account": kept.name if kept else None,
            "ends_at": iso_or_none(kept.ends_at) if kept else None,
            "title": str(failed.title) if failed else "",
            "remedy": failed.remedy if failed else "",
        }


# ---- folders, messages, the line


class FolderHandlers:
    """Drive's folders to choose from. `of` returns what knows those of an event's account; of no event: of all's."""

    def __init__(self, roster: Roster, of: Callable[[Event | None], Choosing]) -> None:
        self._roster = roster
        self._of = of

    async def list_subfolders(self, asked: ListSubfolders) -> Subfolders:
        event = None if asked.event is None else self._roster.event(asked.event)
        tree = self._of(event).tree
        if asked.refresh:
            tree.refresh()
        depth = 0 if event is None else event.folder_depth
        return await tree.list_subfolders(asked.parent_id or "root", asked.max_results, depth_rule=depth)

    async def validate_selection(self, asked: ValidateSelection) -> Selection:
        chosen = None if asked.event is None else self._roster.event(asked.event)
        choosing = self._of(chosen)

        async def refused(folder: str) -> str | None:
            return await choosing.why_not(folder, chosen)

        depth = 0 if chosen is None else chosen.folder_depth
        return await choosing.tree.validate(asked.folder_ids, depth, refused)


@dataclass(eq=False, slots=True)
class FeedHandlers:
    _ledger: Ledger
    _roster: Roster
    _lane: Lanes
    _publisher: Publisher
    _feeds: AllFeeds
    _errands: Errands

    async def note_change(self, asked: NoteChange) -> bool:
        feed = await self._ledger.read(syncs.feed_of_channel, asked.channel, asked.token)
        if feed is not None and asked.state != NO_NEWS:
            self._feeds.look_now(feed)
        return feed is not None

    async def sync_pending(self, _asked: SyncPending) -> list[str]:
        """One after the other, so that a night's worth of events does not come at once. Raises `NeedsSignIn`, once that
        has begun, where a Drive of theirs cannot be looked at before somebody signs in.
        """
        statuses = (await self._publisher.document())["events"]
        pending = [one for one in statuses if one["sync_status"] in TO_BE_SYNCED]

        async def one_by_one() -> None:
            for number, one in enumerate(pending):
                await asyncio.sleep(APART if number else 0)
                await self._feeds.ask([EventId(one["id"])], whole=True)

        self._errands.run("bulk sync", one_by_one())
        named = {one["id"] for one in pending}
        accounts = {one.lane for one in self._roster.events() if one.id in named}
        if out := self._lane.signed_out(accounts):
            raise not_looked_at(out, accounts, "Drive is not looked at")
        return [one["name"] for one in pending]


class LineHandlers:
    """`changed` is called when the line's limits are others."""

    def __init__(self, line: LineLimits, metered: MeteredLine, changed: Callable[[], None]) -> None:
        self._line = line
        self._metered = metered
        self._changed = changed

    async def limit(self, asked: LimitLine) -> LineLimit:
        if asked.off:
            self._line.forget()
            self._metered.forget()
        self._line.say(asked.up_mbps, asked.down_mbps)
        self._metered.say(asked.daily_mb)
        self._changed()
        up, down = self._line.now
        daily, sent = self._metered.limit / MEGABYTE, self._metered.sent_today / MEGABYTE
        return {"up_mbps": up, "down_mbps": down, "daily_mb": daily, "sent_mb": round(sent, 1)}


class DriveOff:
    """The same requests where Drive is off."""

    async def list_subfolders(self, _asked: ListSubfolders) -> Subfolders:
        raise drive_off("its folders cannot be shown")

    async def validate_selection(self, _asked: ValidateSelection) -> Selection:
        raise drive_off("its folders cannot be shown")

    async def limit(self, _asked: LimitLine) -> LineLimit:
        raise drive_off("there is no line to limit")

    async def note_change(self, _asked: NoteChange) -> bool:
        return False

    async def sync_pending(self, _asked: SyncPending) -> list[str]:
        raise drive_off("no source can be looked at")


def drive_off(why: str) -> VenueError:
    return VenueError("Drive is off", why, "Switch it on with drive.enabled = true", kind="drive_off")
