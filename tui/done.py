"""When `--until-done` is done, and with which exit code. Pure: from the status document alone."""

from __future__ import annotations

from dataclasses import dataclass

from agent.model import DriveState
from agent.service_status import StatusDocument


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` `None`: there is still something to wait for, namely `reason`."""

    code: int | None
    reason: str


def verdict_on(document: StatusDocument) -> Verdict:
    """Done is: everything that can be filed is, and verified where Drive is on; defects alone make it 5."""
    reason = document["safe_to_leave"]["reason"]
    blocked = _blocked(document)
    if blocked is not None:
        return blocked
    photos, uploads = document["photos"], document["uploads"]
    sending = uploads["queued"] or uploads["active"] or uploads["folders_left"]
    fetching = document["downloads"]["queued"] or document["downloads"]["active"]
    busy = document["queue"]["arriving"] or photos["waiting"] or sending or fetching
    if busy or not document["safe_to_leave"]["swept"]:
        return Verdict(None, reason)
    failed = photos["failed"] + uploads["failed"] + document["downloads"]["failed"]
    if failed:
        return Verdict(5, f"Done, but {failed} failed: see venuesync errors")
    if document["safe_to_leave"]["safe"]:
        return Verdict(0, f"Safe to pack up: {reason}")
    return Verdict(0, "Done: no photo has arrived") if not photos["seen"] else Verdict(None, reason)


def _blocked(document: StatusDocument) -> Verdict | None:
    """What will not pass by waiting. An outage or a full Drive will, so it is waited for."""
    work = document["photos"]["waiting"] or document["uploads"]["queued"] or document["queue"]["arriving"]
    uploads = document["uploads"]
    sending = uploads["queued"] or uploads["removals"] or uploads["folders_left"]
    sending = sending or document["downloads"]["queued"] or any(one["sources"] for one in document["events"])
    filing = document["photos"]["waiting"] or document["queue"]["arriving"]  # here that can still be done
    if document["drive"]["state"] == DriveState.NEEDS_LOGIN and sending and (not filing or document["paused"]["all"]):
        return Verdict(4, f"Drive needs a sign-in: {document['drive']['detail']}")
    paused = document["paused"]
    if paused["all"] and work:
        return Verdict(1, "Not done: everything is paused. Go on with: venuesync resume all")
    if paused["uploads"] and (uploads["queued"] or uploads["removals"]) and not document["photos"]["waiting"]:
        return Verdict(1, "Not done: uploads are paused. Go on with: venuesync resume")
    if document["safe_to_leave"]["reason"].startswith("sending is off"):
        return Verdict(1, f"Not done: {document['safe_to_leave']['reason']}")
    if document["held"]:
        return Verdict(1, "Not done: something is held. See: venuesync held")
    return None
