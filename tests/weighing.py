"""The agent's verdict on a made-up status document: what it would say of those numbers."""

from __future__ import annotations

import time
from typing import Any

from agent.clock import iso
from agent.handlers.status.standing import Numbers, Standing
from agent.handlers.status.verdict import decide, stopped
from agent.model import DiskState, DriveState, Mode, WatcherState


def weighed(document: Any, **standing: Any) -> Any:
    """The document with the verdict that follows from it, and from what it does not hold (`swept=False`)."""
    photos, queue, uploads = document["photos"], document["queue"], document["uploads"]
    off = document["drive"]["state"] == DriveState.DISABLED
    numbers = Numbers(
        done=photos["filed"] + photos["unsorted"] if off else photos["verified"],
        waiting=queue["faces"] + queue["filing"],
        sending=0 if off else queue["uploading"],
        refused=0 if off else uploads["failed"],
        failed=photos["failed"],
        held=photos["held"],
        set_aside=photos["dismissed"],
        settling=queue["arriving"],
        fetching=document["downloads"]["queued"] + document["downloads"]["active"],
        not_fetched=document["downloads"]["failed"],
        decisions_held=document["held"],
        folders=uploads.get("folders_left", 0),
        removals=uploads.get("removals", 0),
    )
    facts: dict[str, Any] = {
        "drive": DriveState(document["drive"]["state"]),
        "connecting": document["drive"]["connecting"],
        "watcher": WatcherState(document["watcher"]["state"]),
        "watcher_detail": document["watcher"]["detail"],
        "disk": DiskState(document["disk"]["state"]),
        "paused": document["paused"]["all"],
        "uploads_paused": document["paused"]["uploads"],
        "sending_off": not document["drive"]["sending"],
        **standing,
    }
    verdict = stopped(numbers) if document["mode"] == Mode.STOPPED else decide(Standing(numbers, **facts))
    said = {
        "safe": verdict.safe,
        "code": verdict.code.value,
        "reason": verdict.reason,
        "remedy": verdict.remedy,
        "note": "",
        "outlook": verdict.outlook.value,
        "needs_somebody": verdict.needs_somebody,
        "set_aside": numbers.all_aside,
        "verified": numbers.verified,
        "only_here": numbers.left_here[1],
        "on_the_way": numbers.on_the_way,
        "needs_you": numbers.needs_you,
        "checked_at": iso(time.time()),
    }
    return {**document, "safe_to_leave": said}
