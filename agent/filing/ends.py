"""What each end of a placement has to do next: the table of the design, as code.

The ledger's columns `disk_due` and `drive_due` say the same to SQL; a test holds the two together.
"""

from __future__ import annotations

from enum import StrEnum

from agent.model import End


class Step(StrEnum):
    NOTHING = "nothing"
    PLACE = "place"  # keep a name or an id, then put the bytes there
    FINISH = "finish"  # it was begun: look what is there, then finish it
    TAKE_BACK = "take back"  # ours, and not wanted any more
    REVIVE = "revive"  # we trashed it, and it is wanted again
    RENAME = "rename"  # the name on disk is another one


def disk_step(*, wanted: bool, disk: End) -> Step:
    """The disk end. What a person removed stays removed; what is reserved is finished, never begun a second time."""
    if wanted:
        return {End.ABSENT: Step.PLACE, End.RESERVED: Step.FINISH}.get(disk, Step.NOTHING)
    return Step.TAKE_BACK if disk in (End.RESERVED, End.THERE) else Step.NOTHING


def drive_step(*, wanted: bool, drive: End, same_name: bool = True) -> Step:
    """Drive's end. What may be on its way is asked for by its id before anything else."""
    if wanted and drive is End.THERE and not same_name:
        return Step.RENAME
    if wanted:
        steps = {
            End.ABSENT: Step.PLACE,
            End.RESERVED: Step.PLACE,
            End.SENDING: Step.FINISH,
            End.TRASHED: Step.REVIVE,
        }
        return steps.get(drive, Step.NOTHING)
    return Step.TAKE_BACK if drive in (End.RESERVED, End.SENDING, End.THERE) else Step.NOTHING
