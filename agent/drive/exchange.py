"""One request on its way: what goes out, over what, when something moved last, and when its connection must be dead."""

from __future__ import annotations

import asyncio
import errno
import math
import socket
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.drive import reasons
from agent.drive.errors import Aim, Answer, DriveError, drive_error, from_row
from agent.drive.file_bytes import FileBody

UNSENT = 131_072  # bytes that the kernel may hold unsent: progress stays true, and a stop takes effect at once
# What was sent and is not acknowledged for so long, however often the system sent it again, has no other end any more.
# Without this it would try for a quarter of an hour. A slow line acknowledges slowly, but it does.
UNACKNOWLEDGED = 10_000  # milliseconds
# And where nothing was sent, the other end is asked for a sign of life, three times.
LINUX = hasattr(socket, "TCP_USER_TIMEOUT") and hasattr(socket, "TCP_KEEPIDLE")
GIVE_UP = (
    (
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    )
    if LINUX
    else ()
)
SMALL_STEPS = ((socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT),) if hasattr(socket, "TCP_NOTSENT_LOWAT") else ()
OPTIONS = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), *GIVE_UP, *SMALL_STEPS)
SMALL = 65_536  # bytes that go as quickly as none
REMEMBERED = 300.0  # seconds that a slow answer counts at least, and twice as long at most
MANY_TIMES = 3.0  # as long as the slowest answer lately may the next one take


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for the connection to stand, and for each part of the answer to come.

    `usual`: seconds in which it comes unless its connection is dead or Drive slower than ever lately.
    """

    connect: float = 10.0
    answer: float = 30.0
    usual: float = 3.0


@dataclass(frozen=True, slots=True)
class Request:
    """What goes out once. `where` names its file or folder for people; `parent` is the id of a copy's new folder.

    `is_transfer`: it carries a photo's bytes, or is about them; no limit of time stands on the whole of it.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | FileBody = b""
    aim: Aim = Aim.READ
    where: str = ""
    parent: str = ""
    limits: Limits = Limits()
    is_transfer: bool = False

    @property
    def length(self) -> int:
        return self.content.length if isinstance(self.content, FileBody) else len(self.content)

    @property
    def again(self) -> Hashable:
        """The same for the same request when it is sent again."""
        return self.method, self.url, self.content.path if isinstance(self.content, FileBody) else self.length

    def error(self, answer: Answer) -> DriveError:
        """A refusal of this request, as ours."""
        whole = self.content.whole if isinstance(self.content, FileBody) else True
        return drive_error(answer, aim=self.aim, sent=whole, where=self.where, parent=self.parent)


class Trace:
    """What the library tells of one request on its way: whether it went out, and over what."""

    def __init__(self) -> None:
        self.is_fresh = False  # its connection was made for it
        self.is_sent = False
        self.socket: socket.socket | None = None

    def note(self, event: str, info: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.started":
            self.is_fresh = True
        elif event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self.socket = info["return_value"].get_extra_info("socket")
            if event.startswith("connection.connect_tcp") and self.socket is not None:
                for option in OPTIONS:  # here, as the library forgets them where a proxy stands between
                    self.socket.setsockopt(*option)
        elif event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self.is_sent = True

    @property
    def address(self) -> str | None:
        """This machine's end, as far as it is known: of a connection that was kept it is not."""
        try:
            return None if self.socket is None else str(self.socket.getsockname()[0])
        except OSError:
            return None

    async def note_async(self, event: str, info: Mapping[str, Any]) -> None:
        self.note(event, info)


def is_ours(address: str) -> bool:
    """Whether this machine has that address, now."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind((address, 0))
        except OSError as error:
            return error.errno != errno.EADDRNOTAVAIL
    return True


class AnswerTimes:
    """How long answers take lately, and so how long one may stay away until its connection is taken for dead.

    From what was measured; and for a request that was given up, twice as long each time that it is sent again, as a
    sender of TCP does (RFC 6298): what is only slow is given up a few times, not for ever. Times by a clock of seconds.

    `newest`: when the one of the answered requests was begun that was begun last. `trials`: how many were given up to
    see whether another is answered, and none was yet.
    """

    def __init__(self) -> None:
        self.newest = -math.inf
        self.trials = 0
        self._given_up: dict[Hashable, tuple[float, float]] = {}
        self.forget(-math.inf)

    def forget(self, now: float) -> None:
        """What was measured over an outage tells of the outage."""
        self._since = self._turned = now
        self._slowest = self._slowest_before = 0.0
        self._given_up.clear()

    def heard(self, begun: float, waited: float, now: float) -> None:
        """An answer, or the next bytes of one, came after so many seconds, to a request that was begun at `begun`."""
        if begun < self._since:
            return
        if now - self._turned >= REMEMBERED:
            self._turned, self._slowest_before, self._slowest = now, self._slowest, 0.0
        self._slowest = max(self._slowest, waited)

    def given_up(self, request: Hashable, after: float, now: float) -> None:
        """It was taken for dead after so many seconds."""
        self._given_up = {one: known for one, known in self._given_up.items() if now - known[1] < REMEMBERED}
        self._given_up[request] = (2 * after, now)

    def answered(self, request: Hashable, begun: float) -> None:
        self._given_up.pop(request, None)
        self.newest = max(self.newest, begun)
        self.trials = 0

    def patience(self, usual: float, request: Hashable, weight: float) -> float:
        """Seconds to wait for an answer that usually comes within `usual`. `weight`: what heard times are to count."""
        again, _ = self._given_up.get(request, (0.0, 0.0))
        return max(usual, MANY_TIMES * weight * max(self._slowest, self._slowest_before), again)


class Exchange(Trace):
    """One request under way: when a byte of it moved last (for a call: when it was begun), and whose turn it is."""

    def __init__(self, request: Request, scope: asyncio.Timeout, answers: AnswerTimes) -> None:
        super().__init__()
        self.request = request
        self.answers = answers
        self._scope = scope
        self._given_up = False
        self._weight = 1.0  # a photo takes longer by its length
        if isinstance(request.content, FileBody):
            self._weight = max(1.0, request.length / SMALL)
        self._clock = asyncio.get_running_loop().time
        self.begun = self.moved_at = self.waits_since = self._clock()

    def theirs(self) -> None:
        """From now on the line and Drive are waited for."""
        self.waits_since = self._clock()

    def ours(self) -> None:
        """Something came, or was taken; what takes long now is this machine's disk, or a limit that we keep."""
        self.moved_at = self._clock()
        self.answers.heard(self.begun, (self.moved_at - self.waits_since) / self._weight, self.moved_at)
        self.waits_since = math.inf

    def answered(self) -> None:
        """The answer has begun to come."""
        self.answers.answered(self.request.again, self.begun)
        self.ours()
        self.theirs()

    def is_overdue(self, trials: int = 0) -> bool:
        """Whether its answer has stayed away for longer than answers do; doubled by each of so many trials.

        A photo's last bytes may stand in the kernel, and take as long again as those before. Of what is still being
        sent the system knows better: it finds out by what is not acknowledged.
        """
        content, limits, sending = self.request.content, self.request.limits, 0.0
        if isinstance(content, FileBody):
            if not content.whole:
                return False
            sending = self.waits_since - self.begun
        patience = self.answers.patience(limits.usual, self.request.again, self._weight) * 2**trials
        return self._clock() >= self.waits_since + sending + min(patience, limits.answer)

    def give_up(self) -> None:
        """Break it off as dead."""
        now = self._clock()
        self.answers.given_up(self.request.again, now - self.waits_since, now)
        self.break_off(answers=True)

    def break_off(self, *, answers: bool = False) -> None:
        """`answers`: somebody does, over another connection."""
        if not self._scope.expired():
            self._given_up = answers
            self._scope.reschedule(self._clock())

    def error(self, trouble: Exception) -> DriveError:
        """What became of it, as ours."""
        aim, content, where = self.request.aim, self.request.content, self.request.where
        sent = content.whole if isinstance(content, FileBody) else self.is_sent
        if isinstance(trouble, TimeoutError):  # by us: that says nothing of the line
            ambiguous = sent and aim.changes
            broken = from_row(reasons.BROKEN_OFF, type(trouble).__name__, where=where, ambiguous=ambiguous)
            broken.given_up = self._given_up
            return broken
        return drive_error(trouble, aim=aim, sent=sent, where=where)
