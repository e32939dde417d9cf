"""When `--until-done` is done, and with which exit code: what the agent's verdict says, in words."""

from __future__ import annotations

from dataclasses import dataclass

from agent.model import Outlook
from agent.service_status import StatusDocument

CODES = {
    Outlook.DONE: 0,
    Outlook.WAITS: None,
    Outlook.FAILED: 5,
    Outlook.NEEDS_YOU: 1,
    Outlook.NEEDS_SIGN_IN: 4,
}


@dataclass(frozen=True, slots=True)
class Ending:
    """`code` `None`: there is still something to wait for, namely `reason`."""

    code: int | None
    reason: str


def ending_of(document: StatusDocument) -> Ending:
    """An outage or a full Drive passes by waiting, a pause or a missing sign-in does not; defects alone make it 5."""
    told = document["safe_to_leave"]
    reason, remedy = told["reason"], told["remedy"]
    match told["outlook"]:
        case Outlook.DONE:
            said = f"{'Safe to pack up' if told['safe'] else 'Done'}: {reason}"
        case Outlook.FAILED:
            said = f"Done, but {told['needs_you']:,} failed: see venuesync errors"
        case Outlook.NEEDS_YOU | Outlook.NEEDS_SIGN_IN:
            said = f"Not done: {reason}. {remedy}".rstrip(". ")
        case _:
            said = reason
    return Ending(CODES.get(told["outlook"]), said)
