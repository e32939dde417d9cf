"""Metadata calls against the emulator: each does what it says, once, and says what went wrong."""

import asyncio
import subprocess
import sys
import time

import pytest

from agent.drive.client import DriveClient
from agent.drive.endpoint import Endpoint
from agent.drive.errors import DriveError
from agent.drive.exchange import Limits
from agent.drive.files import FOLDER_TYPE
from agent.drive.http import Http
from agent.drive.limiter import Limiter
from agent.drive.reasons import Scope
from agent.drive.sign_in.token import Token, open_credentials
from agent.model import DriveId
from tests.drive.kit import Kit
from tests.emulator.drive import Emulator
from tests.patience import latest, within


async def test_a_folder_is_made_under_its_reserved_id_with_tags(kit: Kit) -> None:
    (id,) = await kit.ids(1)
    made = await kit.client.create_folder(id, "Ana [/b] 'Silva\\ 🎉", kit.folder, {"venuesync": "w1"}, "Ana's photos")
    assert (made.id, made.name, made.mime, made.parents) == (id, "Ana [/b] 'Silva\\ 🎉", FOLDER_TYPE, (kit.folder,))
    assert made.tags == {"venuesync": "w1"}
    assert made.is_folder
    assert await kit.client.get(id) == made


async def test_making_a_folder_again_tells_that_its_id_is_taken(kit: Kit) -> None:
    (id,) = await kit.ids(1)
    await kit.client.create_folder(id, "Solo", kit.folder)
    with pytest.raises(DriveError) as caught:
        await kit.client.create_folder(id, "Solo", kit.folder)
    assert caught.value.kind == "id_taken"


async def test_ids_come_by_the_thousand_in_one_request(kit: Kit, emulator: Emulator) -> None:
    assert len(set(await kit.client.generate_ids(1000))) == 1000
    assert emulator.requests()["methods"] == {"files.generateIds": 1}


async def test_tagged_files_are_found_again_whatever_the_tag(kit: Kit) -> None:
    (id,) = await kit.ids(1)
    tag = "o'neill \\ co"
    await kit.client.create_folder(id, "x", kit.folder, {"key": tag})
    assert [one.id for one in await kit.client.find_tagged("key", tag)] == [id]
    await kit.client.trash(id)
    assert await kit.client.find_tagged("key", tag) == []


async def test_a_listing_goes_on_to_its_end(kit: Kit, emulator: Emulator) -> None:
    ids = await kit.ids(7)
    for number, id in enumerate(ids):
        await kit.client.create_folder(id, f"f{number}", kit.folder)
    emulator.forget_requests()
    q = f"'{kit.folder}' in parents"
    first = await kit.client.list(q, size=3)
    assert len(first.files) == 3
    assert first.next is not None
    emulator.faults({"method": "files.list", "page_size": 2, "times": 4})
    assert {one.id async for one in kit.client.list_all(q)} == set(ids)
    assert emulator.requests()["methods"]["files.list"] == 5


async def test_many_folders_are_listed_25_at_a_time_whether_or_not_all_are_there(kit: Kit, emulator: Emulator) -> None:
    folders = await kit.ids(60)
    inner = await kit.ids(60)
    for folder, child in zip(folders, inner, strict=True):
        await kit.client.create_folder(folder, "outer", kit.folder)
        await kit.client.create_folder(child, "inner", folder)
    emulator.forget_requests()
    assert {one.id async for one in kit.client.children(folders)} == set(inner)
    assert emulator.requests()["methods"]["files.list"] == 3
    await kit.client.delete(folders[7])
    assert {one.id async for one in kit.client.children(folders)} == set(inner) - {inner[7]}


async def test_what_drive_says_is_not_there_is_gone_once_it_says_so_of_the_id(kit: Kit, emulator: Emulator) -> None:
    (id,) = await kit.ids(1)
    await kit.client.create_folder(id, "x", kit.folder)
    for method in ("files.list", "files.update", "files.delete"):
        emulator.faults([{"method": method, "reason": "notFound"}])
        with pytest.raises(DriveError, match="Drive contradicts itself"):
            if method == "files.list":
                assert [one async for one in kit.client.children([id])] == []
            else:
                await (kit.client.delete(id) if method == "files.delete" else kit.client.update(id, name="y"))
    assert (await kit.client.get(id)).name == "x"


@pytest.mark.parametrize("id", ["a/b", "..", "../about", ".", "a?alt=media", "½", " ", "a\n"])
async def test_what_is_no_id_is_not_there_and_never_part_of_an_address(kit: Kit, emulator: Emulator, id: str) -> None:
    """As an address `../about` led to the account, and a page came where an answer was due: offline, by Wi-Fi."""
    emulator.forget_requests()
    assert await kit.client.find(DriveId(id)) is None
    assert await kit.client.get_all([DriveId(id)]) == {id: None}
    assert emulator.requests()["methods"] == {}


async def test_a_move_leaves_the_old_folder(kit: Kit) -> None:
    a, b, child = await kit.ids(3)
    for id in (a, b):
        await kit.client.create_folder(id, id, kit.folder)
    await kit.client.create_folder(child, "child", a, {"one": "1", "two": "2"})
    moved = await kit.client.update(child, name="kid", parent=b, old_parents=[a], tags={"one": None, "two": "3"})
    assert (moved.name, moved.parents, moved.tags) == ("kid", (b,), {"two": "3"})


async def test_trash_untrash_and_delete_may_be_repeated(kit: Kit) -> None:
    (id,) = await kit.ids(1)
    await kit.client.create_folder(id, "x", kit.folder)
    for _ in range(2):
        assert (await kit.client.trash(id)).trashed
    for _ in range(2):
        assert not (await kit.client.untrash(id)).trashed
    for _ in range(2):
        await kit.client.delete(id)
    with pytest.raises(DriveError) as caught:
        await kit.client.get(id)
    assert caught.value.kind == "not_found"


async def test_the_account_and_its_space(kit: Kit, emulator: Emulator) -> None:
    about = await kit.client.about()
    assert about.account == "operator@venuesync.example"
    assert about.limit == 15 * 1024**3
    assert about.free == about.limit - about.used
    emulator.quota(None)
    assert (await kit.client.about()).free is None


async def test_the_feed_tells_what_changed_since(kit: Kit) -> None:
    token = await kit.client.start_page_token()
    (id,) = await kit.ids(1)
    await kit.client.create_folder(id, "new", kit.folder)
    page = await kit.client.changes(token)
    assert [(one.id, one.removed, one.file and one.file.name) for one in page.changes] == [(id, False, "new")]
    assert not page.more
    await kit.client.delete(id)
    later = await kit.client.changes(page.token)
    assert [(one.id, one.removed, one.file) for one in later.changes] == [(id, True, None)]
    assert (await kit.client.changes(later.token)).changes == ()


async def test_an_empty_page_of_the_feed_goes_on(kit: Kit, emulator: Emulator) -> None:
    token = await kit.client.start_page_token()
    (id,) = await kit.ids(1)
    await kit.client.create_folder(id, "new", kit.folder)
    emulator.faults({"method": "changes.list", "empty_page": True})
    page = await kit.client.changes(token)
    assert page.changes == ()
    assert page.more
    assert [one.id for one in (await kit.client.changes(page.token)).changes] == [id]


async def test_a_lost_page_token_is_a_lost_cursor(kit: Kit, emulator: Emulator) -> None:
    token = await kit.client.start_page_token()
    emulator.expire("page_tokens")
    with pytest.raises(DriveError) as caught:
        await kit.client.changes(token)
    assert caught.value.scope is Scope.CURSOR


async def test_nothing_is_sent_twice_by_itself(kit: Kit, emulator: Emulator) -> None:
    (id,) = await kit.ids(1)
    emulator.faults({"method": "files.create", "drop": True, "times": 5})
    emulator.forget_requests()
    with pytest.raises(DriveError) as caught:
        await kit.client.create_folder(id, "x", kit.folder)
    assert caught.value.ambiguous
    assert emulator.requests()["methods"] == {"files.create": 1}


async def test_a_create_that_was_done_and_not_answered_is_there(kit: Kit, emulator: Emulator) -> None:
    (id,) = await kit.ids(1)
    emulator.faults({"method": "files.create", "after_commit": True, "drop": True})
    with pytest.raises(DriveError) as caught:
        await kit.client.create_folder(id, "x", kit.folder)
    assert caught.value.ambiguous
    with pytest.raises(DriveError) as caught:
        await kit.client.create_folder(id, "x", kit.folder)
    assert caught.value.kind == "id_taken"
    assert (await kit.client.get(id)).parents == (kit.folder,)


async def test_a_kept_connection_that_the_server_closed_costs_nothing(kit: Kit, emulator: Emulator) -> None:
    await kit.client.about()
    emulator.outage(0.01)  # closes every connection
    await asyncio.sleep(0.1)
    (id,) = await kit.ids(1)
    await kit.client.create_folder(id, "x", kit.folder)


async def test_an_expired_token_is_renewed_once_for_all(kit: Kit, emulator: Emulator) -> None:
    await asyncio.gather(*(kit.client.about() for _ in range(4)))
    emulator.expire("access_tokens")
    emulator.forget_requests()
    await asyncio.gather(*(kit.client.about() for _ in range(4)))
    methods = emulator.requests()["methods"]
    assert methods["oauth.token"] <= 2
    assert methods["about.get"] <= 8


async def test_a_refused_sign_in_is_an_auth_error(kit: Kit, emulator: Emulator) -> None:
    await kit.client.about()
    emulator.expire("refresh_tokens")
    emulator.expire("access_tokens")
    with pytest.raises(DriveError) as caught:
        await kit.client.about()
    assert caught.value.scope is Scope.AUTH
    assert "venuesync login" in caught.value.remedy


async def test_a_question_is_asked_anew_where_other_connections_are_answered(emulator: Emulator, kit: Kit) -> None:
    """Whoever compared all with Drive was told that the line broke off, as something else had taken Drive a second."""
    emulator.faults({"method": "about.get", "delay_ms": 20_000})
    asked = asyncio.create_task(kit.client.about())
    await asyncio.sleep(1)
    kit.http.renew(0.5, answers=True)
    async with within(5):
        assert (await asked).account == (await kit.client.about()).account
    emulator.faults({"method": "about.get", "delay_ms": 20_000})
    asked = asyncio.create_task(kit.client.about())
    await asyncio.sleep(0.5)
    await kit.http.close()
    with pytest.raises(DriveError):
        async with within(5):
            await asked


async def test_a_slow_answer_ends_in_bounded_time(emulator: Emulator, kit: Kit) -> None:
    client = DriveClient(kit.http, kit.limiter, Limits(connect=1, answer=0.3))
    emulator.faults({"method": "about.get", "delay_ms": 20_000})
    end = latest(5)
    with pytest.raises(DriveError) as caught:
        await client.about()
    assert time.monotonic() < end
    assert caught.value.scope is Scope.NETWORK


async def test_closing_ends_what_waits(kit: Kit, emulator: Emulator) -> None:
    await kit.client.about()
    emulator.faults({"method": "about.get", "delay_ms": 30_000})
    waiting = asyncio.create_task(kit.client.about())
    await asyncio.sleep(0.2)
    end = latest(5)
    await kit.http.close()
    with pytest.raises(DriveError):
        await waiting
    assert time.monotonic() < end
    with pytest.raises(DriveError):
        await kit.client.about()


async def test_cancelling_frees_the_thread(kit: Kit, emulator: Emulator) -> None:
    emulator.faults({"method": "about.get", "delay_ms": 8000, "times": 8})
    tasks = [asyncio.create_task(kit.client.about()) for _ in range(8)]
    await asyncio.sleep(0.3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    emulator.clear_faults()
    async with within(2):
        await kit.client.about()


async def test_the_probe_passes_every_queue(kit: Kit, emulator: Emulator) -> None:
    kit.limiter.refused(60.0)
    async with within(2):
        assert (await kit.client.probe()).account


async def test_warm_connections_stand_before_they_are_needed(kit: Kit, emulator: Emulator) -> None:
    before = emulator.requests()["connections"]
    await kit.http.warm(4)
    after = emulator.requests()["connections"]
    await asyncio.gather(*(kit.client.about() for _ in range(4)))
    assert emulator.requests()["connections"] == after > before
    await kit.http.warm(4)


async def test_an_unreachable_server_says_so_at_once() -> None:
    endpoint = Endpoint("http://127.0.0.1:9")
    http = Http(endpoint, Token(lambda: open_credentials(endpoint)))
    client = DriveClient(http, Limiter())
    with pytest.raises(DriveError) as caught:
        await client.get(DriveId("x"))
    assert caught.value.title == "No internet"
    assert not caught.value.ambiguous
    await http.warm(2)  # never raises
    await http.close()


def test_importing_the_room_loads_no_slow_library() -> None:
    code = (
        "import sys, agent.drive.connection, agent.drive.client, agent.drive.transfers, agent.drive.sign_in.kept\n"
        "print([m for m in ('googleapiclient', 'google.auth', 'httpx', 'httplib2', 'requests', 'cryptography')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_a_question_too_long_for_an_address_goes_as_googles_library_sends_it(kit: Kit) -> None:
    (id,) = await kit.ids(1)
    await kit.client.create_folder(id, "x", kit.folder)
    places = " or ".join(f"'{one}' in parents" for one in [kit.folder] * 60)
    asked = (await kit.client._calls._api()).request("files", "list", {"q": places}, Limits())
    assert (asked.method, asked.headers["x-http-method-override"]) == ("POST", "GET")
    assert asked.url.endswith("/drive/v3/files")
    assert asked.content.startswith(b"q=")  # type: ignore[union-attr]
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
