"""The connection to Drive: whether requests may go, why not, and how it opens again by itself.

An outage is not a failure: whoever meets one reports it here and waits at the gate, instead of using up attempts. One
look at a time finds out when it is over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog
from tenacity import wait_exponential, wait_random_exponential

from agent import clock
from agent.drive import reasons
from agent.drive.errors import DriveError, from_row
from agent.drive.files import About, amount
from agent.drive.limiter import Limiter
from agent.drive.reasons import Next, Scope
from agent.drive.sign_in.token import Token
from agent.model import DriveState
from agent.running.waiting import pause

log = structlog.get_logger(__name__)

# What people see when several hold: whatever they can do something about, or what stops the most, first.
GRAVITY = (DriveState.DISABLED, DriveState.NEEDS_LOGIN, DriveState.OFFLINE, DriveState.THROTTLED, DriveState.FULL)


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds between looks at Drive, by what stands in the way."""

    first: float = 0.25  # offline: before the next look; it doubles
    longest: float = 1.0  # offline: a look costs little, and the line's return is not to be waited for
    slow: float = 5.0  # Drive answers with its own errors
    sure: float = 3.0  # without an answer: offline
    full: float = 60.0  # at most: it begins with `full_first` and doubles, as who frees space looks at once
    full_first: float = 5.0
    project: float = 1800.0  # the Cloud project's own quota or setting
    sign_in: float = 30.0  # for a sign-in that nobody told us of
    watch: float = 240.0  # all well: for the quota's figures
    nearly_full: float = 60.0  # the same while less than a tenth is free
    refused: int = 2  # times in a row for its rate, until sending waits longer than all else
    sending: float = 300.0  # at most: where uploads alone are refused, again and again
    tried: float = 60.0  # and for so long none is refused: that is over
    strikes: int = 5  # Drive's own errors in a row until everybody waits

    def growing(self, tries: int, longest: float) -> float:
        """Full jitter (a random part of a doubling pause): many machines do not come back in one wave."""
        return pause(wait_random_exponential(multiplier=self.first, max=longest), tries + 1)

    def until_sending(self, refused: int) -> float:
        """Until uploads are tried again that were refused so often."""
        return pause(wait_exponential(multiplier=0.5, max=self.sending), refused)

    def until_space(self, tries: int) -> float:
        """Between looks at a full Drive."""
        return pause(wait_exponential(multiplier=self.full_first, max=self.full), tries + 1)


@dataclass(slots=True)
class Trouble:
    """One thing in the way. `due`: when to look again, by the monotonic clock.

    Troubles do not replace each other: a Drive that is full stays full while the internet is away.
    """

    detail: str
    due: float
    tries: int = 0
    by_time: bool = False  # over at `due`, whatever else happens; else over when Drive answers well
    pause: float | None = None  # between looks; None: growing
    free: int | None = None  # bytes free on Drive when it was found full
    counted: bool = False  # whether `free` is known
    connecting: bool = False  # nothing is known yet
    sending: bool = False  # only sending is refused, again and again; at `due` it is tried
    tried: bool = False  # and is: over at `due`, where it is not refused again


@dataclass(frozen=True, slots=True)
class DriveStatus:
    """Drive for everybody: `next_try_at` and `since` in seconds UTC; quota in bytes, `limit` `None` without one."""

    state: DriveState
    since: float
    detail: str
    next_try_at: float | None = None
    account: str | None = None
    used: int | None = None
    limit: int | None = None
    connecting: bool = False  # offline only as nothing is known yet


# Bytes free with which uploads are tried again, even if it was no less when they were refused.
AMPLE = 256 * 1024 * 1024
SLOWER = 2.0  # times as long as the last look's answer may the next one take


class DriveLane:
    """The one state of Drive. For one event loop; every method but `open` and `run` returns at once.

    `probe` asks Drive for its figures past every queue (`DriveClient.probe`). `changed` hears of each new status.
    `moving`: whether a photo's byte moved within so many seconds, so that the line is there whoever does not answer.
    `opened` is called whenever Drive can be used again after it could not: nothing put off meanwhile has to wait on.
    `line_back`: before that, when it was the line that was away: connections from before may be dead.
    """

    def __init__(
        self,
        probe: Callable[[], Awaitable[About]],
        token: Token,
        limiter: Limiter,
        *,
        enabled: bool = True,
        changed: Callable[[DriveStatus], None] = lambda _: None,
        moving: Callable[[float], bool] = lambda _: False,
        opened: Callable[[], None] = lambda: None,
        line_back: Callable[[], None] = lambda: None,
        pauses: Pauses | None = None,
        clock: Callable[[], float] = clock.wall,
    ) -> None:
        self._probe = probe
        self._token = token
        self._limiter = limiter
        self._changed = changed
        self._moving = moving
        self._opened = opened
        self._line_back = line_back
        self._trial = False  # sending is tried again
        self._hung = False  # a look had to be begun anew over another connection
        self._succeeded_at = 0.0
        self._pauses = pauses or Pauses()
        self._sure = self._pauses.sure  # longer where Drive was slow to answer the last look
        self._clock = clock
        self._calls = asyncio.Event()
        self._uploads = asyncio.Event()
        self._wake = asyncio.Event()
        self._suspected = False  # a connection broke: is it the network, or only that one?
        self._told_of_sign_in = False
        self._is_anybodys = False  # another sign-in is in force, maybe, and Drive did not say yet whose
        self._asks = 0  # for a look
        self._strikes = 0
        self._refused = 0  # times that sending was refused for its rate since anything was sent
        self._rounds = 0  # times that it had to be waited for since a request last went well, whatever a look said
        self._watch_due = 0.0
        self._about: About | None = None
        first = DriveState.OFFLINE if enabled else DriveState.DISABLED
        words = "Connecting to Google Drive" if enabled else "Drive is switched off in the settings"
        self._troubles = {first: Trouble(words, 0.0, connecting=enabled)}
        self._status = DriveStatus(first, clock(), words, connecting=enabled)

    # ---- for everybody

    @property
    def status(self) -> DriveStatus:
        return self._status

    async def open(self, *, sending: bool = False) -> None:
        """Wait until requests may go; `sending`: until uploads may, too (a full Drive stops only those)."""
        await (self._uploads if sending else self._calls).wait()

    def is_open(self, *, sending: bool = False) -> bool:
        return (self._uploads if sending else self._calls).is_set()

    @property
    def is_off(self) -> bool:
        """Whether Drive is switched off; that never changes."""
        return self._status.state is DriveState.DISABLED

    def report(self, error: DriveError, *, sending: bool = False) -> bool:
        """Hear of trouble. True: it is the world's, so no attempt is used up; wait at `open`, and try again. `sending`:
        it came of an upload.
        """
        match error.scope:
            case Scope.NETWORK:
                self._network(error)
            case Scope.RATE:
                self._slowed(sending)
            case Scope.PROJECT:
                self._stand(DriveState.THROTTLED, error, self._pauses.project)
            case Scope.QUOTA:
                if DriveState.FULL not in self._troubles:
                    self._stand(DriveState.FULL, error, self._pauses.full, due_in=0.0)
            case Scope.AUTH:
                self._token.refused()
                self._stand(DriveState.NEEDS_LOGIN, error, self._pauses.sign_in)
            case _:
                pass
        self._publish()
        return error.pauses_lane

    def succeeded(self, *, sending: bool = False) -> None:
        """A request went well: Drive can be reached. Cheap enough for every request. `sending`: a photo was sent."""
        self._refused = 0 if sending else self._refused
        self._strikes = self._rounds = 0
        self._succeeded_at = time.monotonic()
        throttled = self._troubles.get(DriveState.THROTTLED)
        over = throttled is not None and (throttled.sending and sending if throttled.by_time else True)
        if not (self._suspected or over or DriveState.OFFLINE in self._troubles):
            return
        self._suspected = False
        self._troubles.pop(DriveState.OFFLINE, None)
        if over:
            self._troubles.pop(DriveState.THROTTLED)
        self._publish()

    def signed_in(self) -> None:
        """Somebody signed in, or out: read the sign-in again and look at once."""
        self._told_of_sign_in = True
        self._wake.set()

    def look_now(self) -> None:
        """Look at Drive at once: somebody says that the network is back, or that there is space."""
        self._asks += 1
        for trouble in self._troubles.values():
            if not trouble.by_time or (trouble.sending and not trouble.tried):
                trouble.due = 0.0
        self._watch_due = 0.0
        self._wake.set()

    def hung(self) -> None:
        """A look was not answered, and over a new connection it was: others may hang on theirs."""
        self._hung = True

    def wonder(self) -> None:
        """Something takes longer than it should: ask whether the line is there. Nobody waits meanwhile."""
        if not self._troubles and not self._suspected:
            self._watch_due = 0.0
            self._wake.set()

    # ---- what stands in the way

    def _network(self, error: DriveError) -> None:
        if error.next is Next.WAIT_IF_OFTEN:
            self._strike(error)
        elif error.next is Next.LOOK:
            self._suspected = True  # one broken connection says little: the next success or look decides
        else:
            self._stand(DriveState.OFFLINE, error, None)

    def _strike(self, error: DriveError) -> None:
        """Drive answers, with its own errors: everybody waits only when nothing else comes any more."""
        self._strikes += 1
        if self._strikes >= self._pauses.strikes:
            if DriveState.THROTTLED not in self._troubles:
                self._rounds += 1
            self._stand(DriveState.THROTTLED, error, None)

    def _slowed(self, sending: bool) -> None:
        """By a rate answer: until the limiter's pause is over. Where uploads alone are refused, one time after the
        other, a day's limit may be reached: they wait longer each time, and the state is one until one is sent.
        """
        standing, now = self._troubles.get(DriveState.THROTTLED), time.monotonic()
        if standing is not None and not standing.by_time:
            return
        waits = standing is not None and not standing.tried and standing.due > now
        self._refused += sending and not waits  # of those that are refused together one counts
        due, words = now + self._limiter.pause_left, reasons.RATE.title
        often = self._refused >= self._pauses.refused
        if often and (not sending or waits) and standing is not None and standing.sending:
            return
        if often:
            due = max(due, now + self._pauses.until_sending(self._refused))
            words = reasons.NO_UPLOADS
        self._troubles[DriveState.THROTTLED] = Trouble(words, due, by_time=True, sending=often)
        self._wake.set()

    def _stand(self, state: DriveState, error: DriveError, pause: float | None, *, due_in: float | None = None) -> None:
        """Note a trouble, or that it still stands after one more look."""
        standing = self._troubles.get(state)
        fresh = self._rounds if state is DriveState.THROTTLED else 0
        tries = fresh if standing is None or standing.by_time else standing.tries
        words = error.title
        if state is DriveState.NEEDS_LOGIN or error.scope is Scope.PROJECT:  # goes on only if somebody does it
            words = f"{error.title}. {error.remedy}"
        wait = self._pause(state, tries) if pause is None else pause
        due = time.monotonic() + (wait if due_in is None else due_in)
        if state is DriveState.OFFLINE:
            self._suspected = False
        if standing is not None and standing.due > time.monotonic() and not standing.by_time:
            due = min(due, standing.due)  # eight that fail together are one failure
        self._troubles[state] = Trouble(words, due, tries, pause=pause)
        self._wake.set()

    def _pause(self, state: DriveState, tries: int) -> float:
        """Seconds until the next look."""
        longest = self._pauses.longest if state is DriveState.OFFLINE else self._pauses.slow
        return self._pauses.growing(tries, longest)

    # ---- looking

    async def run(self) -> None:
        """Look whenever something stands in the way and its time has come, and every few minutes for the figures."""
        if DriveState.DISABLED in self._troubles:
            await asyncio.Event().wait()
        while True:
            self._wake.clear()
            wait = self._next_look() - time.monotonic()
            if wait > 0 and not self._told_of_sign_in:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._wake.wait()
                continue
            asks = self._asks
            await self._look()
            if asks != self._asks:  # amid that look, which may have asked Drive before
                self.look_now()
            self._publish()

    def _next_look(self) -> float:
        """When to look, by the monotonic clock."""
        if self._suspected:
            return 0.0
        needs_login = self._troubles.get(DriveState.NEEDS_LOGIN)
        if needs_login is not None:
            return needs_login.due
        return min([trouble.due for trouble in self._troubles.values()], default=self._watch_due)

    async def _look(self) -> None:
        throttled = self._troubles.get(DriveState.THROTTLED)
        if throttled is not None and throttled.by_time and throttled.due <= time.monotonic():
            if throttled.sending and not throttled.tried:
                throttled.tried, throttled.due = True, time.monotonic() + self._pauses.tried
                self._trial = True
            else:
                self._refused = 0 if throttled.sending else self._refused
                del self._troubles[DriveState.THROTTLED]
            if not self._suspected and not self._told_of_sign_in and self._next_look() > time.monotonic():
                return
        if not await self._worth_asking():
            return
        try:
            about = await self._answer()
        except DriveError as error:
            self._failed(error)
        else:
            self._reached(about)
        finally:
            self._is_anybodys = False

    async def _answer(self) -> About:
        """Drive's answer. As long as none comes, and nothing else moves on the line, that is said: offline.

        Where it comes after all, Drive may be slow, and the next one is waited for longer: what was under way would be
        broken off by each look, for ever. Or the line was away: another look at once finds that out.
        """
        asked, began = asyncio.ensure_future(self._probe()), time.monotonic()
        try:
            while not (await asyncio.wait({asked}, timeout=self._sure))[0]:
                if not self._moving(self._sure) and time.monotonic() - self._succeeded_at > self._sure:
                    self._stand(DriveState.OFFLINE, from_row(reasons.NO_INTERNET, "no answer"), None)
                    self._publish()
            about, took = asked.result(), time.monotonic() - began
        finally:
            asked.cancel()
        self._asks += took > self._sure and not self._hung
        self._sure = max(self._pauses.sure, 0.0 if self._hung else SLOWER * took)
        return about

    async def _worth_asking(self) -> bool:
        """Without a sign-in, or with one that was refused, there is nothing to ask Drive."""
        needs_login = self._troubles.get(DriveState.NEEDS_LOGIN)
        if needs_login is None and not self._told_of_sign_in:
            return True
        told, self._told_of_sign_in = self._told_of_sign_in, False
        if told:  # nothing goes there, nor counts as gone, by a sign-in of which nobody knows whose it is
            self._is_anybodys = True
            self._publish()
        another = await asyncio.to_thread(self._token.reload)
        if needs_login is not None:
            needs_login.due = time.monotonic() + self._pauses.sign_in
        self._suspected = self._suspected and (another or told)
        return another or told

    def _reached(self, about: About) -> None:
        """Drive answered well."""
        self._about = about
        self._suspected = False
        self._strikes = 0
        for state in (DriveState.NEEDS_LOGIN, DriveState.OFFLINE):
            self._troubles.pop(state, None)
        throttled = self._troubles.get(DriveState.THROTTLED)
        if throttled is not None and not throttled.by_time:
            del self._troubles[DriveState.THROTTLED]
        self._weigh(about)
        tight = about.free is not None and about.limit is not None and about.free * 10 < about.limit
        self._watch_due = time.monotonic() + (self._pauses.nearly_full if tight else self._pauses.watch)

    def _weigh(self, about: About) -> None:
        """Whether a full Drive has space again: more than there was when it refused, or plenty."""
        full = self._troubles.get(DriveState.FULL)
        if full is None:
            return
        if about.limit is not None:
            full.detail = f"{reasons.FULL.title} ({amount(about.used, about.limit)})"
        if not full.counted:
            full.counted, full.free = True, about.free
        elif about.free is None or about.free > (full.free or 0) or about.free >= AMPLE:
            del self._troubles[DriveState.FULL]
            return
        full.due = time.monotonic() + self._pauses.until_space(full.tries)
        full.tries += 1

    def _failed(self, error: DriveError) -> None:
        """The look itself failed: that is more than a suspicion."""
        self._suspected = False
        self._watch_due = time.monotonic() + self._pauses.watch
        for state in (DriveState.OFFLINE, DriveState.THROTTLED, DriveState.FULL):
            trouble = self._troubles.get(state)
            if trouble is not None and not trouble.by_time:
                trouble.tries += 1
                trouble.due = time.monotonic() + (
                    self._pause(state, trouble.tries) if trouble.pause is None else trouble.pause
                )
        if error.scope is Scope.RATE:
            self._limiter.refused(error.retry_after)
        if error.scope is not Scope.NETWORK:
            self.report(error)
            offline = self._troubles.get(DriveState.OFFLINE)
            if offline is not None and not error.pauses_lane:  # Drive says no to the question itself
                offline.detail = str(error)
        elif error.next is Next.WAIT_IF_OFTEN:  # reached, but no better
            if self._troubles.pop(DriveState.OFFLINE, None) is not None:
                self._stand(DriveState.THROTTLED, error, None)
        else:
            self._stand(DriveState.OFFLINE, error, None)

    # ---- telling

    def _publish(self) -> None:
        """Open or close the gates, and tell whoever listens if anything is different."""
        state = next((one for one in GRAVITY if one in self._troubles), DriveState.ONLINE)
        throttled = self._troubles.get(DriveState.THROTTLED)
        calls = state in {DriveState.ONLINE, DriveState.FULL} or (throttled is not None and throttled.sending)
        calls = calls and not self._suspected and not self._is_anybodys and state not in GRAVITY[:3]
        uploads = calls and DriveState.FULL not in self._troubles and (throttled is None or throttled.tried)
        for gate, is_open in ((self._calls, calls), (self._uploads, uploads)):
            if is_open:
                gate.set()
            else:
                gate.clear()
        if self._suspected:
            self._wake.set()
        status, before = self._described(state), self._status
        if abs((status.next_try_at or 0.0) - (before.next_try_at or 0.0)) < 0.5:  # the two clocks' rounding
            status = replace(status, next_try_at=before.next_try_at)
        if status != before:
            self._status = status
            if status.state is not before.state:
                log.info("drive.state", state=status.state.value, detail=status.detail)
            self._changed(status)
        if calls:
            self._tell_back(before.state, state)

    def _tell_back(self, before: DriveState, now: DriveState) -> None:
        """Whoever waited longer than for a look hears that the way is open."""
        line = self._hung or (before is DriveState.OFFLINE and now is not before)
        self._hung = False
        if line:
            self._line_back()
        trial, self._trial = self._trial, False
        if line or trial or before not in (DriveState.ONLINE, now):
            self._opened()

    def _described(self, state: DriveState) -> DriveStatus:
        trouble = self._troubles.get(state)
        next_try = None
        if trouble is not None and state not in (DriveState.DISABLED, DriveState.OFFLINE):  # offline: all the time
            next_try = self._clock() + max(0.0, trouble.due - time.monotonic())
        before = self._status
        about = self._about
        return DriveStatus(
            state,
            before.since if before.state is state else self._clock(),
            "" if trouble is None else trouble.detail,
            next_try,
            None if about is None else about.account,
            None if about is None else about.used,
            None if about is None else about.limit,
            connecting=trouble is not None and trouble.connecting,
        )


def drive_off() -> DriveLane:
    """The lane of an agent that has none: never open, and nobody looks."""

    async def nobody() -> About:
        raise AssertionError("Drive is off")

    return DriveLane(nobody, Token(lambda: None), Limiter(), enabled=False)
