"""Many folders in one request: each has its own answer, and no answer that was lost makes a second folder."""

import pytest

from agent.drive.errors import Answer, DriveError
from agent.drive.exchange import Request
from agent.drive.files import DriveFile, NewFolder
from agent.drive.reasons import Scope
from agent.drive.requests import answers_in, envelope
from agent.model import DriveId
from tests.drive.kit import Kit
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer


async def wanted(kit: Kit, count: int) -> list[NewFolder]:
    return [
        NewFolder(id, f"Guest {number} é\r\n--x", kit.folder, {"n": str(number)}, "", "Event")
        for number, id in enumerate(await kit.ids(count))
    ]


def made(answers: list[DriveFile | DriveError]) -> list[DriveId]:
    return [one.id for one in answers if isinstance(one, DriveFile)]


async def test_a_hundred_folders_are_one_request(kit: Kit, emulator: Emulator) -> None:
    folders = await wanted(kit, 100)
    emulator.forget_requests()
    answers = await kit.client.create_folders(folders)
    assert made(answers) == [one.id for one in folders]
    assert [one.name for one in answers if isinstance(one, DriveFile)] == [one.name for one in folders]
    assert emulator.requests()["methods"] == {"batch": 1, "files.create": 100}


async def test_each_call_has_its_own_refusal(kit: Kit, emulator: Emulator) -> None:
    folders = await wanted(kit, 4)
    await kit.client.create_folder(folders[1].id, "there already", kit.folder)
    folders[3] = NewFolder(folders[3].id, "orphan", DriveId("nowhere"))
    one, taken, three, orphan = await kit.client.create_folders(folders)
    assert isinstance(one, DriveFile)
    assert isinstance(three, DriveFile)
    assert isinstance(taken, DriveError)
    assert taken.kind == "id_taken"
    assert isinstance(orphan, DriveError)
    assert orphan.kind == "folder_not_found"


async def test_a_refusal_names_the_folder(kit: Kit, emulator: Emulator) -> None:
    folders = await wanted(kit, 3)
    emulator.faults({"method": "files.create", "status": 403, "reason": "insufficientFilePermissions"})
    refused, *rest = await kit.client.create_folders(folders)
    assert isinstance(refused, DriveError)
    assert refused.title == "No right to write into Event"
    assert len(made(rest)) == 2


async def test_a_rate_answer_inside_slows_everybody_once(kit: Kit, emulator: Emulator) -> None:
    folders = await wanted(kit, 10)
    before = kit.client.pace
    emulator.faults(
        {"method": "files.create", "status": 403, "reason": "userRateLimitExceeded", "retry_after": 1, "times": 4}
    )
    answers = await kit.client.create_folders(folders)
    assert sum(isinstance(one, DriveError) and one.scope is Scope.RATE for one in answers) == 4
    assert kit.client.pace == before // 2
    assert kit.limiter.pause_left > 0


async def test_an_answer_lost_as_a_whole_is_asked_for_again_by_the_same_ids(kit: Kit, emulator: Emulator) -> None:
    folders = await wanted(kit, 20)
    emulator.faults({"method": "batch", "drop": True, "after_commit": True})
    with pytest.raises(DriveError) as caught:
        await kit.client.create_folders(folders)
    assert caught.value.scope is Scope.NETWORK
    again = await kit.client.create_folders(folders)
    assert [one.kind for one in again if isinstance(one, DriveError)] == ["id_taken"] * 20
    assert len([one async for one in kit.client.children([kit.folder])]) == 20


async def test_a_token_that_ran_out_is_renewed(kit: Kit, emulator: Emulator) -> None:
    folders = await wanted(kit, 5)
    emulator.expire("access_tokens")
    assert len(made(await kit.client.create_folders(folders))) == 5


async def test_a_call_refused_with_401_goes_once_more(kit: Kit, emulator: Emulator) -> None:
    folders = await wanted(kit, 5)
    emulator.faults({"method": "files.create", "status": 401, "reason": "authError", "times": 2})
    assert made(await kit.client.create_folders(folders)) == [one.id for one in folders]


@pytest.mark.parametrize(
    "body", [b"", b"--b--", b"--b\r\nContent-ID: <response-call-0@venuesync>\r\n\r\nnonsense\r\n--b--"]
)
def test_an_answer_that_cannot_be_read_is_missing_not_wrong(body: bytes) -> None:
    assert answers_in(Answer(200, {"content-type": "multipart/mixed; boundary=b"}, body), 2) == [None, None]


def test_answers_in_another_order_go_to_their_calls() -> None:
    parts = "".join(
        f"--b\r\nContent-Type: application/http\r\nContent-ID: <response-call-{number}@venuesync>\r\n\r\n"
        f'HTTP/1.1 200 OK\r\nX: y\r\n\r\n{{"n": {number}}}\r\n'
        for number in (1, 0)
    )
    found = answers_in(Answer(200, {"content-type": "multipart/mixed; boundary=b"}, f"{parts}--b--".encode()), 2)
    assert [one.json() for one in found if one is not None] == [{"n": 0}, {"n": 1}]


def test_text_of_other_people_stays_inside_its_part() -> None:
    kind, body = envelope([Request("POST", "http://d/x", {}, b'{"name": "--venuesync\\r\\n"}')])
    boundary = kind.partition("boundary=")[2].encode()
    assert body.count(boundary) == 2


# ---- many that are asked for by their ids


async def test_a_hundred_files_are_asked_for_in_one_request(kit: Kit, emulator: Emulator) -> None:
    folders = await wanted(kit, 149)
    ids = [one.id for one in folders]
    there, nowhere, no_id = ids[::2], [*ids[1::2], DriveId("nowhere")], DriveId("../about")
    await kit.client.create_folders([one for one in folders if one.id in there])
    emulator.forget_requests()
    found = await kit.client.get_all([*ids, DriveId("nowhere"), no_id, ids[0]])
    assert [*found] == [*ids, "nowhere", no_id]
    assert {id: one.name for id, one in found.items() if one} == {one.id: one.name for one in folders[::2]}
    assert [id for id, one in found.items() if one is None] == [*nowhere, no_id]
    assert emulator.requests()["methods"] == {"batch": 2, "files.get": 150}


async def test_one_or_two_files_are_asked_for_by_themselves(kit: Kit, emulator: Emulator) -> None:
    folders = await wanted(kit, 2)
    await kit.client.create_folders(folders)
    emulator.forget_requests()
    assert all((await kit.client.get_all(one.id for one in folders)).values())
    assert emulator.requests()["methods"] == {"files.get": 2}


async def test_a_trouble_of_one_file_is_not_taken_for_its_absence(kit: Kit, emulator: Emulator) -> None:
    folders = await wanted(kit, 10)
    ids = [one.id for one in folders]
    await kit.client.create_folders(folders)
    for trouble in ({"status": 503}, {"body": "no answer"}):
        emulator.faults({"method": "files.get", "file_id": ids[7], **trouble})
        with pytest.raises(DriveError):
            await kit.client.get_all(ids)
        assert all((await kit.client.get_all(ids)).values())
    emulator.faults({"method": "files.get", "file_id": ids[7], "reason": "userRateLimitExceeded", "status": 403})
    assert all((await kit.client.get_all(ids)).values())


async def test_a_file_that_a_key_opens_is_asked_for_with_it(kit: Kit, emulator: Emulator) -> None:
    anna = Photographer(emulator)
    shared = [DriveId(anna.folder(f"Old link {number}")) for number in range(5)]
    for one in shared:
        anna.open_by_link(one)
    emulator.post("resource-key", {"file_id": shared[2], "key": "0-aBc_1"})
    assert [id for id, one in (await kit.client.get_all(shared)).items() if one is None] == [shared[2]]
    kit.client.learn_key(shared[2], "0-aBc_1")
    assert all((await kit.client.get_all(shared)).values())


async def test_of_many_what_the_rate_refuses_is_asked_for_again_and_nothing_else(kit: Kit, emulator: Emulator) -> None:
    """All were asked for again: of more than a minute's worth of them none ever came."""
    ids = made(await kit.client.create_folders(await wanted(kit, 100)))
    ids += made(await kit.client.create_folders(await wanted(kit, 100)))
    emulator.faults(
        {"method": "files.get", "status": 403, "reason": "userRateLimitExceeded", "retry_after": 1, "times": 120}
    )
    emulator.forget_requests()
    found = await kit.client.get_all(ids)
    assert [one.id for one in found.values() if one is not None] == ids
    assert emulator.requests()["methods"]["files.get"] == 200 + 120
