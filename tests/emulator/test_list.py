"""Lists: the q grammar, orders, pages, lag."""

import time

import httpx
import pytest

from tests.emulator.conftest import FOLDER, listed, make, ok, put, reason
from tests.emulator.drive import Emulator


@pytest.fixture(scope="module")
def stocked(drive: Emulator) -> tuple[httpx.Client, str]:
    """A folder with a bit of everything."""
    api = drive.client(client="stocked")
    room = make(api, name="stock", mimeType=FOLDER)["id"]
    put(api, b"1", name="HelloWorld one.jpg", parents=[room], createdTime="2024-01-01T00:00:00Z", properties={"a": "b"})
    put(api, b"22", "image/png", name="it's \\ two.png", parents=[room], modifiedTime="2024-06-01T00:00:00Z")
    put(api, b"333", "text/plain", name="IMG_10.txt", parents=[room], appProperties={"venuesync": "w1", "src": "x'y"})
    make(api, name="img_9", mimeType=FOLDER, parents=[room], starred=True, description="the hello there world")
    gone = make(api, name="gone", parents=[room])["id"]
    ok(api.patch(f"/drive/v3/files/{gone}", json={"trashed": True}))
    return api, room


ONE, TWO, TEXT, SUB, GONE = "HelloWorld one.jpg", "it's \\ two.png", "IMG_10.txt", "img_9", "gone"


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("trashed = false", {ONE, TWO, TEXT, SUB}),
        ("trashed=true", {GONE}),
        ("trashed", {GONE}),
        ("not trashed", {ONE, TWO, TEXT, SUB}),
        ("trashed != true", {ONE, TWO, TEXT, SUB}),
        ("name = 'it\\'s \\\\ two.png'", {TWO}),
        ("name = 'HELLOWORLD ONE.JPG'", {ONE}),
        ("name != 'gone'", {ONE, TWO, TEXT, SUB}),
        ("name contains 'Hello'", {ONE}),
        ("name contains 'World'", set()),
        ("name contains 'one hel'", {ONE}),
        ("name contains 'img'", {TEXT, SUB}),
        ("fullText contains 'hello'", {SUB}),
        ("fullText contains '\"hello there\"'", {SUB}),
        ("fullText contains '\"hello world\"'", set()),
        ("mimeType = 'image/png'", {TWO}),
        ("mimeType != 'image/png' and trashed=false", {ONE, TEXT, SUB}),
        ("mimeType contains 'image/'", {ONE, TWO}),
        ("createdTime < '2024-01-02'", {ONE}),
        ("createdTime = '2024-01-01T01:00:00+01:00'", {ONE}),
        ("modifiedTime <= '2024-06-01T00:00:00' and trashed=false", {TWO}),
        ("modifiedTime > '2024-06-01T00:00:00' and trashed=false", {ONE, TEXT, SUB}),
        ("starred", {SUB}),
        ("starred = false and trashed = false", {ONE, TWO, TEXT}),
        ("'me' in owners", {ONE, TWO, TEXT, SUB, GONE}),
        ("'nobody@example.com' in owners", set()),
        ("'operator@venuesync.example' in writers and name='gone'", {GONE}),
        ("'me' in readers and trashed", {GONE}),
        ("sharedWithMe", set()),
        ("properties has { key='a' and value='b' }", {ONE}),
        ("appProperties has { key='venuesync' and value='w1' }", {TEXT}),
        ("appProperties has { key='src' and value='x\\'y' }", {TEXT}),
        ("appProperties has { key='venuesync' and value='w2' }", set()),
        ("visibility = 'limited' and trashed", {GONE}),
        ("name='gone' or name='img_9'", {GONE, SUB}),
        ("(name='gone' or name='img_9') and trashed=false", {SUB}),
        ("name='gone' or name='img_9' and trashed=true", {GONE}),
        ("not (name='gone' or starred = true)", {ONE, TWO, TEXT}),
        ("not name contains 'img' and not trashed=true", {ONE, TWO}),
    ],
)
def test_a_query_finds_what_it_says(stocked: tuple[httpx.Client, str], q: str, expected: set[str]):
    api, room = stocked
    assert set(listed(api, f"'{room}' in parents and ({q})")) == expected


def test_rclones_own_queries_are_understood(stocked: tuple[httpx.Client, str]):
    api, room = stocked
    kinds = f"mimeType='{FOLDER}' or mimeType='application/vnd.google-apps.shortcut'"
    assert listed(api, f"trashed=false and ('{room}' in parents) and (name='img_9') and ({kinds})") == [SUB]
    assert "stock" in listed(api, f"trashed=false and ('root' in parents) and (name='stock') and ({kinds})")
    others = [make(api, name=f"o{n}", mimeType=FOLDER)["id"] for n in range(49)]
    many = " or ".join(f"'{each}' in parents" for each in [room, *others])
    assert set(listed(api, f"({many}) and trashed=false")) == {ONE, TWO, TEXT, SUB}


@pytest.mark.parametrize(
    "q",
    [
        "name",
        "name =",
        "name = x'",
        "name ~ 'x'",
        "size > '3'",
        "nope = 'x'",
        "(trashed=false",
        "trashed=false)",
        "trashed = maybe",
        "'x' in",
        "'x' in heaven",
        "and",
        "appProperties has { key='a' }",
        "name = 'a' name = 'b'",
        "createdTime > 'noon'",
        "name = 'open",
        "(" * 300 + "trashed" + ")" * 300,
    ],
)
def test_what_is_no_query_is_refused_at_q(api: httpx.Client, q: str):
    answer = api.get("/drive/v3/files", params={"q": q})
    assert reason(answer) == (400, "invalid")
    assert answer.json()["error"]["errors"][0]["location"] == "q"


def test_a_folder_that_is_not_there_is_404_without_a_name(api: httpx.Client, folder: str):
    for q in ("'nowhere' in parents", f"'{folder}' in parents or 'nowhere' in parents"):
        answer = api.get("/drive/v3/files", params={"q": q})
        assert reason(answer) == (404, "notFound")
        assert answer.json()["error"]["message"] == "File not found: ."


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("name", [GONE, ONE, TEXT, SUB, TWO]),
        ("name desc", [TWO, SUB, TEXT, ONE, GONE]),
        ("name_natural", [GONE, ONE, SUB, TEXT, TWO]),
        ("folder,name", [SUB, GONE, ONE, TEXT, TWO]),
        ("quotaBytesUsed desc,name", [TEXT, TWO, ONE, GONE, SUB]),
        ("createdTime", [ONE, TWO, TEXT, SUB, GONE]),
        ("modifiedTime", [TWO, ONE, TEXT, SUB, GONE]),
        ("starred desc,name", [SUB, GONE, ONE, TEXT, TWO]),
        ("", [GONE, SUB, TEXT, TWO, ONE]),
    ],
)
def test_orders_hold_over_pages_of_any_size(stocked: tuple[httpx.Client, str], order: str, expected: list[str]):
    api, room = stocked
    for size in (1, 2, 1000):
        parameters = {"pageSize": size, "orderBy": order}
        assert listed(api, f"'{room}' in parents", **parameters) == expected, size


def test_an_unknown_order_is_refused(api: httpx.Client):
    assert reason(api.get("/drive/v3/files", params={"orderBy": "size"})) == (400, "invalid")


def test_page_sizes_have_their_limits(api: httpx.Client):
    for size in (0, 1001, "x"):
        assert reason(api.get("/drive/v3/files", params={"pageSize": size})) == (400, "invalid")


def test_a_page_token_serves_its_own_question_only(api: httpx.Client, folder: str):
    for n in range(3):
        make(api, name=str(n), parents=[folder])
    q = f"'{folder}' in parents"
    token = ok(api.get("/drive/v3/files", params={"q": q, "pageSize": 1}))["nextPageToken"]
    for parameters in ({"q": "trashed=false"}, {"q": q, "orderBy": "name"}, {"q": q, "pageToken": "garbage"}):
        answer = api.get("/drive/v3/files", params={"pageToken": token, **parameters})
        assert reason(answer) == (400, "invalid")
        assert answer.json()["error"]["errors"][0]["location"] == "pageToken"
    assert len(ok(api.get("/drive/v3/files", params={"q": q, "pageToken": token, "pageSize": 2}))["files"]) == 2


def test_files_that_come_and_go_between_pages_hide_no_others(api: httpx.Client, folder: str):
    names = [f"{n:02}" for n in range(10)]
    ids = [make(api, name=name, parents=[folder])["id"] for name in names]
    q, order = f"'{folder}' in parents and trashed=false", "name"
    first = ok(api.get("/drive/v3/files", params={"q": q, "orderBy": order, "pageSize": 4}))
    ok(api.patch(f"/drive/v3/files/{ids[0]}", json={"trashed": True}))
    make(api, name="00a", parents=[folder])
    rest = listed(api, q, orderBy=order, pageToken=first["nextPageToken"])
    assert [file["name"] for file in first["files"]] == names[:4]
    assert rest == names[4:]


def test_a_mask_without_nextPageToken_gets_none(api: httpx.Client, folder: str):
    for n in range(3):
        make(api, name=str(n), parents=[folder])
    page = ok(api.get("/drive/v3/files", params={"q": f"'{folder}' in parents", "pageSize": 1, "fields": "files(id)"}))
    assert page.keys() == {"files"} and page["files"][0].keys() == {"id"}


def test_lists_may_lag_while_get_never_does(emulator: Emulator):
    with emulator.client() as api:
        room = make(api, name="room", mimeType=FOLDER)["id"]
        old = make(api, name="old", parents=[room])["id"]
        removed = make(api, name="removed", parents=[room])["id"]
        emulator.lag(list_ms=700)
        new = make(api, name="new", parents=[room])["id"]
        ok(api.patch(f"/drive/v3/files/{old}", json={"name": "renamed"}))
        ok(api.patch(f"/drive/v3/files/{old}", json={"name": "renamed again"}))
        assert api.delete(f"/drive/v3/files/{removed}").status_code == 204
        q = f"'{room}' in parents"
        assert set(listed(api, q)) == {"old", "removed"}
        assert ok(api.get(f"/drive/v3/files/{new}"))["name"] == "new"
        assert ok(api.get(f"/drive/v3/files/{old}"))["name"] == "renamed again"
        assert api.get(f"/drive/v3/files/{removed}").status_code == 404
        time.sleep(0.75)
        assert set(listed(api, q)) == {"renamed again", "new"}


def test_lists_lag_by_a_clock_that_a_test_may_put(emulator: Emulator):
    """They show the tree as it was so long ago: with less lag, or some time later, more of it, in the order it came."""
    with emulator.client() as api:
        room = make(api, name="room", mimeType=FOLDER)["id"]
        began = time.time() + 1000
        emulator.clock(began)
        emulator.lag(list_ms=300_000)
        make(api, name="first", parents=[room])
        emulator.clock(began + 100)
        make(api, name="second", parents=[room])
        q = f"'{room}' in parents"
        assert listed(api, q) == []
        emulator.clock(began + 300)
        assert listed(api, q) == ["first"]
        emulator.lag(list_ms=350_000)
        assert listed(api, q) == []
        emulator.lag(list_ms=200_000)
        assert sorted(listed(api, q)) == ["first", "second"]
        emulator.lag()
        make(api, name="third", parents=[room])
        emulator.lag(list_ms=1000)
        assert sorted(listed(api, q)) == ["first", "second"]
        emulator.clock(None)


def test_many_files_come_in_pages_each_once(api: httpx.Client, folder: str):
    for n in range(250):
        make(api, "id", name=str(n), parents=[folder])
    assert sorted(listed(api, f"'{folder}' in parents", pageSize=99), key=int) == [str(n) for n in range(250)]
