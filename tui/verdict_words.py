"""The agent's verdict in one line, for commands and for leaving: the same words and numbers everywhere."""

from __future__ import annotations

from agent.model import SafeCode
from agent.service_status import StatusDocument

NEED_YOU = frozenset(
    {SafeCode.HELD, SafeCode.FAILED, SafeCode.UNREADABLE, SafeCode.TAKEN_AWAY, SafeCode.NOT_FETCHED}
)  # codes that say already how many need somebody


def more_need_you(status: StatusDocument) -> str:
    """`; 2 more need you`, where the first reason is another one; else ""."""
    told = status["safe_to_leave"]
    count = told["needs_you"]
    if not count or told["code"] in NEED_YOU:
        return ""
    return f"; {count:,} more {'needs' if count == 1 else 'need'} you"


def note(status: StatusDocument) -> str:
    """`; 1 file is no photo and stays where it is: notes.txt`; "" where there is none."""
    said = status["safe_to_leave"]["note"]
    return f"; {said}" if said else ""


def told(status: StatusDocument) -> str:
    """`Safe to pack up: 26 photos verified, 3 set aside`, or `Not yet:` and why not."""
    safe = status["safe_to_leave"]
    if safe["safe"]:
        return f"Safe to pack up: {safe['reason']}"
    return f"Not yet: {safe['reason']}{more_need_you(status)}"


def in_short(status: StatusDocument) -> str:
    """The same for a script: `safe: …`, `not yet: …`."""
    safe = status["safe_to_leave"]
    return f"safe: {safe['reason']}" if safe["safe"] else f"not yet: {safe['reason']}{more_need_you(status)}"
