"""watch and channels.stop: asking to be told.

A channel is a promise with an end: an hour unless asked otherwise, a day for a file, a week for the change feed at
most.
"""

import hashlib
import time
from typing import Any

from agent.emulator.api.call import Call
from agent.emulator.api.changes import log_of, position
from agent.emulator.api.pushes import allowed_address
from agent.emulator.errors import DriveError, refusal

_USUAL = 3600  # seconds
_LONGEST_FILE = 24 * 3600
_LONGEST_CHANGES = 7 * 24 * 3600


def watch_changes(call: Call) -> dict[str, Any]:
    log = log_of(call)
    position(call, log)
    uri = f"{call.request.base}/drive/v3/changes?alt=json&pageToken={call.text('pageToken')}"
    return _open(call, log=log, item=None, uri=uri, longest=_LONGEST_CHANGES)


def watch_file(call: Call) -> dict[str, Any]:
    item = call.item()
    uri = f"{call.request.base}/drive/v3/files/{item.id}?alt=json"
    return _open(call, log=None, item=item.id, uri=uri, longest=_LONGEST_FILE)


def stop_channel(call: Call) -> None:
    channel, resource = str(call.body.get("id", "")), str(call.body.get("resourceId", ""))
    if not call.parts.pushes.stop(channel, resource):
        raise refusal(
            "notFound", f"Channel '{channel}' not found for project '{call.caller.client}'", location="channelId"
        )


def _open(call: Call, *, log: str | None, item: str | None, uri: str, longest: int) -> dict[str, Any]:
    body = call.body
    channel_id, address = body.get("id"), str(body.get("address", ""))
    if not isinstance(channel_id, str) or not channel_id:
        raise refusal("required", "Required parameter: id", location="id")
    if body.get("type", "web_hook") not in {"web_hook", "webhook"}:
        raise DriveError(400, "push.channelTypeUnknown", "Unknown channel type.")
    if not allowed_address(address):
        raise DriveError(400, "push.webhookUrlNotHttps", f"WebHook callback must be HTTPS: {address}")
    if call.parts.pushes.known(channel_id):
        raise DriveError(400, "channelIdNotUnique", f"Channel id {channel_id} not unique")
    expires = _expires(body, longest)
    resource_id = hashlib.blake2b(f"{log}|{item}".encode(), digest_size=18).hexdigest()
    channel: dict[str, Any] = {
        "id": channel_id,
        "resourceId": resource_id,
        "resourceUri": uri,
        "address": address,
        "token": body.get("token"),
        "expires": expires,
        "log": log,
        "item": item,
        "user": call.caller.user.id,
        "number": 0,
    }
    call.parts.pushes.open(channel)
    shown: dict[str, Any] = {"kind": "api#channel", "id": channel_id, "resourceId": resource_id, "resourceUri": uri}
    if channel["token"]:
        shown["token"] = channel["token"]
    return shown | {"expiration": str(int(expires * 1000))}


def _expires(body: dict[str, Any], longest: int) -> float:
    now = time.time()
    asked = body.get("expiration")
    try:
        until = float(asked) / 1000 if asked is not None else now + _USUAL
    except (TypeError, ValueError):
        until = now + _USUAL
    return min(until, now + longest)
