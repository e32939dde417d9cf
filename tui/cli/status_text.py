"""The status document as lines for people, without a screen: also what a screen reader gets."""

from __future__ import annotations

from collections.abc import Iterator

from agent.model import DriveState, Mode
from agent.service_status import StatusDocument
from tui.verdict_words import note, told


def status_lines(document: StatusDocument) -> Iterator[str]:
    """Most important first: may I leave, what is stuck, what moves, who has photos."""
    yield told(document) + note(document)
    if document["mode"] == Mode.STOPPED:
        yield "Agent     stopped"
    else:
        yield f"Agent     {document['mode']}, pid {document['pid']}"
    yield f"Drive     {document['drive']['state']}{detail(document['drive']['detail'])}{sending(document)}"
    yield f"Folders   {document['watcher']['state']}{detail(document['watcher']['detail'])}"
    if document["paused"]["all"] or document["paused"]["uploads"]:
        yield f"Paused    {'everything' if document['paused']['all'] else 'uploads'}"
    photos, queue, uploads = document["photos"], document["queue"], document["uploads"]
    yield (
        f"Photos    {photos['seen']:,} seen: {photos['filed']:,} filed, {photos['unsorted']:,} unsorted, "
        f"{photos['waiting']:,} waiting, {photos['failed']:,} failed{aside(document)}; "
        f"{photos['verified']:,} whole on Drive"
    )
    yield (
        f"Queue     {queue['arriving']:,} arriving, {queue['faces']:,} faces, {queue['filing']:,} filing, "
        f"{queue['uploading']:,} uploading"
    )
    faces = document["faces"]
    looks = faces["second_looks"]
    yield (
        f"Faces     {faces['found']:,} found, {faces['unknown']:,} unknown; second looks: {looks['waiting']:,} due, "
        f"{looks['done']:,} done, {looks['found']:,} found"
    )
    yield (
        f"Uploads   {uploads['verified']:,} verified, {uploads['active']:,} active, {uploads['queued']:,} queued, "
        f"{uploads['failed']:,} failed, {uploads['bytes_per_second'] / 1e6:.1f} MB/s"
    )
    if document["errors"]:
        yield f"Errors    {document['errors']:,}: see venuesync errors"
    for person in document["people"][:20]:
        total = person["solo"] + person["group"]
        counts = f"{person['solo']:,} solo, {person['group']:,} group, {person['on_drive']:,}/{total:,} on Drive"
        yield f"  {person['name']}: {counts}"


def sending(document: StatusDocument) -> str:
    """That nothing is sent, by a setting: said whatever else there is to say."""
    if document["drive"]["state"] == DriveState.DISABLED:
        return ""
    if not document["drive"]["sending"]:
        return "; sending is off (drive.send = false)"
    off = [event["name"] for event in document["events"] if not event["send"]]
    return f"; sending is off for {', '.join(off)}" if off else ""


def aside(document: StatusDocument) -> str:
    count = document["safe_to_leave"]["set_aside"]
    return f", {count:,} set aside" if count else ""


def detail(text: str | None) -> str:
    return f": {text}" if text else ""
