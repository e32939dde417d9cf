"""Push notifications: who is told, of what, in which words."""

import time
from typing import Any

import httpx
import pytest

from tests.emulator.conftest import make, ok, put, reason, until
from tests.emulator.drive import Emulator
from tests.emulator.receiver import receiver
from tests.emulator.shape_check import check


def watch(api: httpx.Client, what: str, address: str, channel: str = "c1", **body: Any) -> httpx.Response:
    start = ok(api.get("/drive/v3/changes/startPageToken"))["startPageToken"]
    body = {"id": channel, "type": "web_hook", "address": address, **body}
    return api.post(f"/drive/v3/{what}/watch", params={"pageToken": start}, json=body)


def test_the_change_feed_is_watched(emulator: Emulator):
    with emulator.client() as api, receiver() as received:
        channel = ok(watch(api, "changes", received.address, token="secret"))
        check("Channel", channel)
        assert channel.keys() == {"kind", "id", "resourceId", "resourceUri", "token", "expiration"}
        assert abs(int(channel["expiration"]) / 1000 - time.time() - 3600) < 60
        until(lambda: received.states("c1") == ["sync"])
        make(api, name="x")
        until(lambda: received.states("c1") == ["sync", "change"])
        sync, told = received.messages
        assert sync["x-goog-message-number"] == "1" and int(told["x-goog-message-number"]) > 1
        assert told["x-goog-channel-token"] == "secret" and told["x-goog-resource-id"] == channel["resourceId"]
        assert told["x-goog-channel-expiration"] and "changes" in told["x-goog-resource-uri"]


def test_a_file_is_watched_in_its_own_words(emulator: Emulator):
    with emulator.client() as api, receiver() as received:
        made = put(api, b"x")["id"]
        ok(watch(api, f"files/{made}", received.address))
        put(api, b"another")
        ok(api.patch(f"/drive/v3/files/{made}", json={"name": "n"}))
        ok(api.patch(f"/drive/v3/files/{made}", json={"trashed": True}))
        ok(api.patch(f"/drive/v3/files/{made}", json={"trashed": False}))
        api.delete(f"/drive/v3/files/{made}")
        until(lambda: received.states("c1") == ["sync", "update", "trash", "untrash", "remove"])
        assert received.messages[1]["x-goog-changed"] == "content,properties"


def test_a_stopped_channel_is_silent(emulator: Emulator):
    with emulator.client() as api, receiver() as received:
        channel = ok(watch(api, "changes", received.address))
        wrong = api.post("/drive/v3/channels/stop", json={"id": "c1", "resourceId": "other"})
        assert reason(wrong) == (404, "notFound")
        stop = api.post("/drive/v3/channels/stop", json={"id": "c1", "resourceId": channel["resourceId"]})
        assert (stop.status_code, stop.content) == (204, b"")
        ok(watch(api, "changes", received.address, channel="c2"))
        make(api)
        until(lambda: "change" in received.states("c2"))
        assert "change" not in received.states("c1")


def test_expired_channels_are_silent_and_their_ids_free(emulator: Emulator):
    with emulator.client() as api, receiver() as received:
        ok(watch(api, "changes", received.address))
        until(lambda: received.states("c1"))
        emulator.expire("channels")
        make(api)
        ok(watch(api, "changes", received.address))
        until(lambda: received.states("c1") == ["sync", "sync"])


def test_no_channel_lives_longer_than_drive_lets_it(emulator: Emulator):
    year = str(int(time.time() + 365 * 86400) * 1000)
    with emulator.client() as api, receiver() as received:
        made = make(api)["id"]
        for what, days in (("changes", 7), (f"files/{made}", 1)):
            channel = ok(watch(api, what, received.address, channel=what, expiration=year))
            assert abs(int(channel["expiration"]) / 1000 - time.time() - days * 86400) < 60


def test_a_receiver_that_fails_is_tried_again(emulator: Emulator):
    with emulator.client() as api, receiver() as received:
        received.statuses = [503, 500]
        ok(watch(api, "changes", received.address))
        until(lambda: received.states("c1") == ["sync"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"address": "http://example.com/push"}, (400, "push.webhookUrlNotHttps")),
        ({"address": "ftp://127.0.0.1/"}, (400, "push.webhookUrlNotHttps")),
        ({"address": ""}, (400, "push.webhookUrlNotHttps")),
        ({"id": ""}, (400, "required")),
        ({"type": "pigeon"}, (400, "push.channelTypeUnknown")),
    ],
)
def test_channels_that_cannot_be(api: httpx.Client, body: dict[str, str], expected: tuple[int, str]):
    start = ok(api.get("/drive/v3/changes/startPageToken"))["startPageToken"]
    channel = {"id": "c9", "type": "web_hook", "address": "http://127.0.0.1:9/", **body}
    assert reason(api.post("/drive/v3/changes/watch", params={"pageToken": start}, json=channel)) == expected


def test_a_channel_id_is_used_once(emulator: Emulator):
    with emulator.client() as api, receiver() as received:
        ok(watch(api, "changes", received.address))
        assert reason(watch(api, "changes", received.address)) == (400, "channelIdNotUnique")
