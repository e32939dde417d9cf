"""Findings, and the checks that make them: all at once, each with a limit of time, told as they come."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from queue import Empty, Queue
from threading import Thread

from agent.disk.atomic import disk_trouble
from agent.errors import VenueError, chain

LIMIT = 3.0  # seconds
SWAMPED = 8.0  # processes for each core: from here on what comes late may be right, and only wait for its turn


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"  # it works, and could be better or will not last
    PROBLEM = "problem"  # somebody has to do something


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` begins with a verb; empty where there is nothing to do."""

    check: str
    state: State
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """From here on a check looks at something else: should it hang, that is said."""

    check: str


@dataclass(frozen=True, slots=True)
class Check:
    """`look` may block for ever: it is left alone after `seconds`, and what it hung at is said, with `remedy`."""

    name: str
    look: Callable[[], Iterator[Finding | Begun]]
    seconds: float = LIMIT
    remedy: str = "Try again when the machine is less busy"
    late: State = State.PROBLEM  # what it means that it hangs


def ok(check: str, detail: str) -> Finding:
    return Finding(check, State.OK, detail)


def warning(check: str, detail: str, remedy: str) -> Finding:
    return Finding(check, State.WARNING, detail, remedy)


def problem(check: str, detail: str, remedy: str) -> Finding:
    return Finding(check, State.PROBLEM, detail, remedy)


def of_error(check: str, error: VenueError, state: State = State.PROBLEM) -> Finding:
    return Finding(check, state, f"{error.title}: {error.detail}" if error.detail else error.title, error.remedy)


def examine(checks: list[Check]) -> Iterator[Finding]:
    """What all of them find, as it comes. A check that hangs keeps neither the others nor the end waiting."""
    said: Queue[tuple[Check, Finding | Begun | None]] = Queue()
    ends = {check.name: time.monotonic() + check.seconds for check in checks}
    at = {check.name: check.name for check in checks}
    for check in checks:  # threads that no end waits for: a share that hangs may hang on
        Thread(target=_look, args=(check, said), name=check.name, daemon=True).start()
    while ends:
        try:
            check, one = said.get(timeout=max(0.0, min(ends.values()) - time.monotonic()))
        except Empty:
            for check in checks:
                if ends.get(check.name, float("inf")) <= time.monotonic():
                    del ends[check.name]
                    hung = f"no answer within {check.seconds:g} s"
                    yield _too_late(Finding(at[check.name], check.late, hung, check.remedy))
            continue
        if check.name not in ends:
            continue  # too late: it was said
        if one is None:
            del ends[check.name]
        elif isinstance(one, Begun):
            at[check.name] = one.check
        else:
            yield one


def _too_late(found: Finding) -> Finding:
    """What took too long, and whether it can be held against it."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    if load > SWAMPED:
        busy = f"{found.detail}, while {load:.0f} processes share each core"
        return warning(found.check, busy, "Try again when the machine is less busy")
    return found


def _is_late(error: BaseException) -> bool:
    """Whether it came of waiting, and of nothing that anybody said."""
    timeouts = "Timeout"  # httpx's are called by what they waited for; its classes need not be loaded to know them
    return any(isinstance(one, TimeoutError) or type(one).__name__.endswith(timeouts) for one in chain(error))


def _look(check: Check, said: Queue[tuple[Check, Finding | Begun | None]]) -> None:
    at = check.name
    try:
        for one in check.look():
            at = one.check if isinstance(one, Begun) else at
            said.put((check, one))
    except VenueError as error:
        found = of_error(at, error)
        said.put((check, _too_late(found) if _is_late(error) else found))
    except OSError as error:
        said.put((check, of_error(at, disk_trouble(error))))
    except Exception as error:  # noqa: BLE001 - the boundary around one check: the others go on
        said.put(
            (check, problem(at, f"{type(error).__name__}: {error}", "Please report it: this is venuesync's fault"))
        )
    finally:
        said.put((check, None))
