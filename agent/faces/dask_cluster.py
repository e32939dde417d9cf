"""Looks at photos on more machines than this one: a cluster of dask.distributed, while the own face workers are busy.

What a cluster does not answer at once is looked at here, whatever the reason, so that it can cost time and nothing
else: no photo fails by another machine's word, and none waits for one that is gone. Bytes travel there and plain facts
come back; the engine has to be the same version, so that the decisions are.

Dask carries what it sends as pickles: whoever holds the scheduler can run code here. So there is a line without
encryption to this machine itself alone, and one with it only where both ends show a certificate of the same authority.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from tenacity import wait_random_exponential

from agent.disk.atomic import read_given
from agent.errors import VenueError
from agent.faces.dask_task import about, look_there
from agent.faces.results import Depth, Seen, from_line, to_seen
from agent.faces.workers import FaceWorkers
from agent.running.waiting import pause

LARGEST = 64 << 20  # bytes of a photo that travels
LATE = 5.0  # seconds after which an answer is not waited for
ANSWERS = 5.0  # seconds in which a scheduler answers
READY = 120.0  # seconds in which a machine has loaded its models
LOOKS_EVERY = 2.0  # seconds between two looks at who belongs to it
AWAY = wait_random_exponential(multiplier=1, min=1, max=30)
CERTIFICATES = {"tls_ca_file": "ca.pem", "tls_client_cert": "cert.pem", "tls_client_key": "key.pem"}
INSTALL = "Install it beside venuesync: pip install 'venuesync[dask]'"
MEANWHILE = "photos are looked at here meanwhile, and there again as soon as they can be"


class Looks(Protocol):
    """Whoever looks at photos, `at_once` of them."""

    @property
    def at_once(self) -> int: ...
    async def look(self, path: Path, sha256: str, depth: Depth = Depth.WHOLE) -> Seen: ...


class SharedLooks:
    """By the workers `here`; while those are busy, `there`."""

    def __init__(self, here: FaceWorkers, there: DaskCluster) -> None:
        self._here, self._there = here, there

    @property
    def at_once(self) -> int:
        return self._here.at_once + self._there.at_once

    async def look(self, path: Path, sha256: str, depth: Depth = Depth.WHOLE) -> Seen:
        """As `FaceWorkers.look`."""
        seen = None if self._here.free > 0 else await self._there.look(path, sha256, depth)
        return await self._here.look(path, sha256, depth) if seen is None else seen


@dataclass(slots=True, eq=False)
class Machine:
    """A Dask worker that has the models loaded. Until its first answer it is given one photo, and no more."""

    address: str
    at_once: int
    busy: int = 0
    answered: bool = False

    @property
    def free(self) -> int:
        return (self.at_once if self.answered else 1) - self.busy


@dataclass(slots=True)
class Rest:
    """A machine that did not answer: how often in a row, and when it is asked again, on the steady line."""

    times: int
    until: float
    why: str


class DaskCluster:
    """The machines of the scheduler at `address` (tcp://…, tls://…), as far as they have this `version` of the engine.

    `certificates`: the folder of ca.pem, cert.pem and key.pem, for tls://. `told` hears what is wrong, or
    None, and how many photos are looked at at once, each time that this changes.
    """

    def __init__(
        self,
        address: str,
        certificates: Path,
        engine: str,
        version: Callable[[], str | None],
        told: Callable[[VenueError | None, int], None] = lambda trouble, at_once: None,
    ) -> None:
        self.address = address
        self.looked = 0  # photos, since the start
        self._certificates, self._engine, self._version, self._told = certificates, engine, version, told
        self._client: Any = None
        self._machines: dict[str, Machine] = {}
        self._rests: dict[str, Rest] = {}
        self._joining: dict[str, asyncio.Task[None]] = {}
        self._tries = 0
        self._last: tuple[str, int] | None = None

    @property
    def at_once(self) -> int:
        return sum(one.at_once for one in self._machines.values())

    # ---- one photo

    async def look(self, path: Path, sha256: str, depth: Depth) -> Seen | None:
        """What is on these very bytes; None: it is to be found out here."""
        machine = max(self._machines.values(), key=lambda one: one.free, default=None)
        if machine is None or machine.free <= 0:
            return None
        machine.busy += 1
        try:
            data = await asyncio.to_thread(_travelling, path)
            if data is None:
                return None
            async with asyncio.timeout(LATE):
                seen = await self._ask(machine, data, sha256, depth)
            machine.answered = True
            self.looked += seen is not None
            self._rests.pop(machine.address, None)
            return seen
        except TimeoutError:
            self._no_answer(machine.address, f"no answer within {LATE:g} s")
        except Exception as error:  # noqa: BLE001 - whatever Dask, its line or its machines come up with
            self._no_answer(machine.address, str(error) or type(error).__name__)
        finally:
            machine.busy -= 1
        return None

    async def _ask(self, machine: Machine, data: bytes, sha256: str, depth: Depth) -> Seen | None:
        asked = {"engine": self._engine, "sha256": sha256, "depth": depth.value}
        answers = await self._client.run(look_there, data, asked, workers=[machine.address])
        answer = from_line(answers[machine.address])
        seen = to_seen(answer["ok"]) if "ok" in answer else None  # what is wrong with a photo is found here, too
        return seen if seen is None or seen.sha256 == sha256 else None

    def _no_answer(self, address: str, why: str) -> None:
        """It gets no more photos until it was asked whether it is there, after a pause that grows."""
        if self._machines.pop(address, None) is None and address not in self._joining:
            return  # it is out already
        before = self._rests.get(address)
        times = before.times + 1 if before else 1
        self._rests[address] = Rest(times, time.monotonic() + pause(AWAY, times), why)
        self._tell()

    # ---- who belongs to it

    async def run(self) -> None:
        """Stay connected, until cancelled."""
        while True:
            try:
                async with self._connected() as scheduler:
                    self._tries = 0
                    while True:
                        async with asyncio.timeout(ANSWERS):
                            known = await scheduler.identity(n_workers=-1)
                        self._follow(known["workers"])
                        await asyncio.sleep(LOOKS_EVERY)
            except Exception as error:  # noqa: BLE001 - whatever Dask and its line come up with
                self._tries += 1
                self._tell(error)
            await asyncio.sleep(pause(AWAY, self._tries))

    async def machines(self) -> list[tuple[str, int, str]]:
        """Each one's address, how many photos it looks at at once, and its engine's version. Raises `VenueError`."""
        try:
            async with self._connected(), asyncio.timeout(READY):
                answers = await self._client.run(about, self._engine)
        except Exception as error:
            raise self._because(error) from error
        return [(address, int(one["at_once"]), str(one["version"])) for address, one in answers.items()]

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[Any]:
        if find_spec("distributed") is None:
            raise self._unusable("dask.distributed is not installed", INSTALL)
        client_class, security = await asyncio.to_thread(self._library)
        client = client_class(self.address, asynchronous=True, timeout=ANSWERS, set_as_default=False, security=security)
        try:
            await client
            self._client = client
            yield client.scheduler
        finally:
            self._client = None
            self._machines.clear()
            for task in self._joining.values():
                task.cancel()
            self._joining.clear()
            with contextlib.suppress(Exception):
                async with asyncio.timeout(2.0):
                    await client.close(timeout=1)

    def _library(self) -> tuple[Any, Any]:
        """Dask's client, which takes a second to load, and what proves who we are; nothing of it writes on a screen."""
        from distributed import Client
        from distributed.security import Security

        for name in ("distributed", "bokeh", "tornado", "tornado.application"):
            for logger in (
                logging.getLogger(one) for one in [*logging.root.manager.loggerDict] if one.startswith(name)
            ):
                logger.handlers.clear()
                logger.propagate = True
            logging.getLogger(name).setLevel(logging.WARNING)
        if not self.address.startswith("tls://"):
            return Client, None
        files = {key: str(self._certificates / name) for key, name in CERTIFICATES.items()}
        for one in files.values():
            if not Path(one).is_file():
                raise self._unusable(f"{one} is not there", "Put ca.pem, cert.pem and key.pem into that folder")
        return Client, Security(require_encryption=True, **files)

    def _follow(self, there: dict[str, Any]) -> None:
        """Whoever left is forgotten, whoever came is asked what it is: once it is known what the engine here is."""
        for address in [one for one in self._machines if one not in there]:
            del self._machines[address]
        self._rests = {address: rest for address, rest in self._rests.items() if address in there}
        for address in there:
            rest = self._rests.get(address)
            known = address in self._machines or address in self._joining
            if not known and self._version() and (rest is None or time.monotonic() >= rest.until):
                self._joining[address] = asyncio.create_task(self._join(address))
        self._tell()

    async def _join(self, address: str) -> None:
        try:
            async with asyncio.timeout(READY):
                answers = await self._client.run(about, self._engine, workers=[address])
            found, own = answers[address], self._version()
            if found["version"] != own:
                self._no_answer(address, another_engine(found["version"], own))
            else:
                self._machines[address] = Machine(address, int(found["at_once"]))
        except Exception as error:  # noqa: BLE001 - whatever Dask, its line or that machine comes up with
            self._no_answer(address, str(error) or type(error).__name__)
        finally:
            self._joining.pop(address, None)
        self._tell()

    # ---- what is told

    def _tell(self, error: Exception | None = None) -> None:
        trouble = self._trouble(error)
        now = ("" if trouble is None else trouble.detail, self.at_once)
        if now != self._last:
            self._last = now
            self._told(trouble, self.at_once)

    def _trouble(self, error: Exception | None) -> VenueError | None:
        if error is not None:
            return self._because(error)
        out = {address: rest for address, rest in self._rests.items() if address not in self._machines}
        if out:
            said = "; ".join(f"{address}: {rest.why}" for address, rest in sorted(out.items()))
            return self._unusable(said, f"See how that machine is: {MEANWHILE}")
        if not self._machines and not self._joining and self._version():
            return self._unusable("no Dask worker is there", f"Start one: {MEANWHILE}")
        return None

    def _because(self, error: Exception) -> VenueError:
        if isinstance(error, VenueError):
            return error
        said = f" ({error})" if str(error) else ""
        return self._unusable(
            f"its scheduler does not answer{said}", f"See that its scheduler runs and can be reached: {MEANWHILE}"
        )

    def _unusable(self, why: str, remedy: str) -> VenueError:
        return VenueError("Another machine cannot look at photos", f"{self.address}: {why}", remedy, kind="cluster")


def another_engine(there: str, here: str | None) -> str:
    return f"its engine is {there}, the one here {here}"


def _travelling(path: Path) -> bytes | None:
    """A photo's bytes; None: it is not there, or too large, and whoever looks at it here finds that out."""
    try:
        return read_given(path, LARGEST)
    except OSError:
        return None
