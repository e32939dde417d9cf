"""`login` and `logout` against a real sign-in server, the browser on another machine."""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.conftest import Venuesync
from tests.emulator.drive import Emulator
from tests.venue.browser import Way, bring_back, free_port, log_in
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene

ANA = "ana@example.com"


@pytest.mark.slow
@pytest.mark.parametrize("way", ["port", "pasted"])
def test_whoever_signs_in_has_the_photos(tmp_path: Path, house: House, emulator: Emulator, way: Way) -> None:
    """By a forwarded port or by the pasted address; the photos go to that account, for whose eyes they are."""
    done = log_in(house, "--level", "upload", way=way, emulator_account=ANA)
    assert done.code == 0, done.said
    assert f"Signed in as {ANA}, level upload." in done.said
    assert "ssh -L" in done.said
    assert "Testing" in done.said  # the seven days of a client that is not published
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    done = house.until_done()
    assert done.returncode == 0, done.stderr
    with emulator.client(account=ANA) as client:
        found = client.get("/drive/v3/files", params={"q": "'me' in owners and mimeType = 'image/jpeg'"}).json()[
            "files"
        ]
    assert [one["name"] for one in found] == ["DSC_0001.jpg"]


@pytest.mark.parametrize("wrapped", [[], ["sh", "-c", 'exec "$@" <&-', "sh"]], ids=["nothing to read", "closed"])
def test_where_nobody_can_type_the_port_alone_is_waited_for(house: House, wrapped: list[str]) -> None:
    house.wrapped = wrapped
    done = log_in(house, way="nobody")
    assert done.code == 0, done.said
    assert "Exception" not in done.said


@pytest.mark.slow
def test_the_terminal_is_left_as_it_was(house: House) -> None:
    """What reads from it next, as a script's own question, was told that nothing is there just now."""
    ours, theirs = os.openpty()
    try:
        running = house.begun(
            ["login", "--port", str(free_port())], stderr=subprocess.STDOUT, stdin=theirs, stdout=subprocess.PIPE
        )
        assert running.stdout is not None
        said = ""
        while "paste its whole address" not in said:
            said += running.stdout.readline()
        bring_back(re.findall(r"https?://\S+auth\S*", said)[0], None, {})
        rest, _ = running.communicate(timeout=30)
        assert (running.returncode, "Signed in as" in rest) == (0, True)
        assert os.get_blocking(theirs)
    finally:
        os.close(ours)
        os.close(theirs)


def test_where_the_port_is_taken_what_is_pasted_does(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = log_in(house, "--port", port, way="pasted", emulator_account=ANA)
        assert done.code == 0, done.said
        nobody = house.process("login", "--port", port)
    assert nobody.returncode == 2 and f"port {port} is taken" in nobody.stderr


WRONG = ("hello", "http://127.0.0.1:8765/?state=of-another&code=4/0A", "https://accounts.google.com/")


@pytest.mark.parametrize("way", ["port", "pasted"])
def test_what_is_pasted_wrong_is_said_and_the_right_answer_waited_for(house: House, way: Way) -> None:
    """It ended, and said to open the address printed last, to which nobody listened any more."""
    done = log_in(house, way=way, pasted_before=WRONG, emulator_account=ANA)
    assert done.code == 0, done.said
    assert done.said.count("Paste the whole address that the browser shows at the end") == len(WRONG)
    assert f"Signed in as {ANA}" in done.said


def test_where_nothing_but_a_wrong_answer_is_piped_in_it_ends_at_once(house: House) -> None:
    running = house.begun(["login", "--port", str(free_port())], stderr=subprocess.STDOUT, stdin=subprocess.PIPE)
    said, _ = running.communicate("hello\n", timeout=30)
    assert running.returncode == 4, said
    assert "Malformed auth code" in said


@pytest.mark.parametrize("words", [("--level", "bogus"), ("--port", "70000"), ("--client", "none.json")])
def test_what_cannot_be_is_refused_before_a_workspace_is_made(
    venuesync: Venuesync, tmp_path: Path, words: tuple[str, str]
) -> None:
    done = venuesync("--workspace", tmp_path / "new", "login", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert words[1] in done.stderr and "unexpected" not in done.stderr, done.stderr
    assert not (tmp_path / "new").exists()


def test_as_json(house: House, emulator: Emulator) -> None:
    done = log_in(house, "--json", emulator_account=ANA)
    assert json.loads(done.said[done.said.index("{") :]) == {"account": ANA, "level": "full", "ends_at": None}
    assert json.loads(house.run("logout", "--json").stdout) == {"signed_out": [ANA], "untold": []}


KEY = "a long enough sentence of the operator"


@pytest.mark.slow
@pytest.mark.parametrize("words", [["login"], ["--no-ui"], ["accounts"]])
def test_a_key_that_is_none_is_refused_before_anybody_signs_in(house: House, words: list[str]) -> None:
    """Somebody was let through at Google, was told so, and nothing was kept."""
    house.environ["ENCRYPTION_KEY"] = "short"
    done = house.process(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "ENCRYPTION_KEY is too short: 5 bytes were given" in done.stderr
    found = [one for one in json.loads(house.run("doctor", "--json").stdout) if one["state"] == "problem"]
    assert [(one["check"], "ENCRYPTION_KEY" in one["detail"]) for one in found] == [("config", True)]


@pytest.mark.slow
def test_where_another_key_opens_the_sign_in_the_end_of_a_wait_names_it(house: House, tmp_path: Path) -> None:
    """It said that Drive needs a sign-in, which is there."""
    house.environ["ENCRYPTION_KEY"] = KEY
    assert log_in(house, emulator_account=ANA).code == 0
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    house.environ["ENCRYPTION_KEY"] = KEY.upper()
    done = house.until_done()
    assert done.returncode == 4
    said = "1 photo waits here. The stored sign-in cannot be opened. Set ENCRYPTION_KEY as it was, or run"
    assert said in done.stderr
    house.environ["ENCRYPTION_KEY"] = KEY
    assert house.until_done().returncode == 0


def test_where_no_agent_runs_the_accounts_say_that(house: House) -> None:
    """They said that Drive is switched off, which it is not."""
    assert log_in(house, emulator_account=ANA).code == 0
    assert house.run("events", "add", "Gala", "--account", "ben@example.com").returncode == 0
    rows = house.json("accounts")
    assert [(one["account"], one["state"], one["detail"]) for one in rows] == [
        (ANA, "offline", "no agent runs here"),
        ("ben@example.com", "offline", "no agent runs here"),
    ]
    assert "offline: no agent runs here" in house.run("accounts").stdout
    house.environ["VENUESYNC_DRIVE__ENABLED"] = "false"
    assert house.json("accounts")[0]["state"] == "disabled"


def test_nothing_secret_lies_open(house: House, emulator: Emulator) -> None:
    assert log_in(house, emulator_account=ANA).code == 0
    files = [one for one in (house.root / ".venuesync").rglob("*") if one.is_file() and "sign-in" in one.parts]
    assert files
    for one in files:
        assert stat.S_IMODE(one.stat().st_mode) == 0o600, one
        assert b"refresh_token" not in one.read_bytes()
        assert ANA.encode() not in one.read_bytes()


def test_an_unticked_box_keeps_nothing(house: House) -> None:
    done = log_in(house, "--level", "full", emulator_scopes="openid email https://www.googleapis.com/auth/drive.file")
    assert done.code == 4
    assert "tick" in done.said.lower()


def test_a_person_who_says_no(house: House) -> None:
    done = log_in(house, emulator_confirm="0")
    assert done.code == 4, done.said
    assert "Traceback" not in done.said


@pytest.mark.slow
def test_a_destination_of_somebodys_own_wants_the_level_manage(house: House, emulator: Emulator) -> None:
    """Otherwise refused before Google is asked, with that remedy; with it, photos go below that folder."""
    with emulator.client("browser", account=ANA) as client:
        body = {"name": "Wedding", "mimeType": "application/vnd.google-apps.folder"}
        folder = client.post("/drive/v3/files", json=body).json()["id"]
    house.environ["VENUESYNC_DRIVE__DESTINATION"] = folder
    done = log_in(house, "--level", "upload")
    assert done.code == 2
    assert "--level manage" in done.said
    done = log_in(house, "--level", "manage", emulator_account=ANA)
    assert done.code == 0, done.said
    house.drop(scene(house.root.parent / "made.jpg", 1), "DSC_0001.jpg")
    done = house.until_done()
    assert done.returncode == 0, done.stderr
    paths = [one["path"] for one in emulator.files() if one.get("md5Checksum")]
    assert paths == ["Wedding/Unsorted/No Faces/DSC_0001.jpg"]


@pytest.mark.usefixtures("sign_in_port")
@pytest.mark.parametrize("kind", ["installed", "web"])
def test_an_oauth_client_of_the_operators_own(tmp_path: Path, house: House, kind: str) -> None:
    """Either form of Google's file, needed once."""
    uris = ["http://127.0.0.1:8765/"] if kind == "web" else ["http://localhost"]
    file = tmp_path / "client.json"
    own = {"client_id": "my-own-app", "client_secret": "s3cret", "redirect_uris": uris}
    file.write_text(json.dumps({kind: own}))
    extra = ("--port", "8765") if kind == "web" else ()
    done = log_in(house, "--client", str(file), *extra, way="pasted", emulator_account=ANA)
    assert done.code == 0, done.said
    file.unlink()
    again = log_in(house, *extra, way="pasted", emulator_account=ANA)
    assert again.code == 0, again.said
    assert "client_id=my-own-app" in again.said


@pytest.mark.slow
def test_signed_out_the_queue_is_kept_and_signed_in_again_it_goes_on(
    tmp_path: Path, house: House, emulator: Emulator
) -> None:
    """With an agent running all the while, which says what to do."""
    assert log_in(house, emulator_account=ANA).code == 0
    house.start()
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 20, "the first is there")
    emulator.expire("refresh_tokens")
    emulator.expire("access_tokens")
    house.drop(scene(tmp_path / "made.jpg", 2), "DSC_0002.jpg")
    wait_for(lambda: house.json("status")["drive"]["state"] == "needs_login", 20, "it asks for a sign-in")
    status = house.json("status")
    assert "venuesync login" in status["drive"]["detail"]
    assert status["photos"]["failed"] == 0
    assert house.run("status", "--check").returncode != 0
    assert log_in(house, emulator_account=ANA).code == 0
    wait_for(lambda: house.json("status")["photos"]["verified"] == 2, 20, "the second is there, too")
    assert house.json("status")["drive"]["state"] == "online"
    house.assert_same_tree(2)
    assert house.stop() == 0


def test_logout_ends_it_at_google_too(house: House, emulator: Emulator) -> None:
    """Of every account that was ever signed in here, not of the last one alone."""
    ben = "ben@example.com"
    assert log_in(house, emulator_account=ben).code == 0
    assert log_in(house, emulator_account=ANA).code == 0
    emulator.forget_requests()
    done = house.run("logout")
    assert done.returncode == 0
    assert "Signed out" in done.stdout and ANA in done.stdout and ben in done.stdout
    assert emulator.requests()["methods"]["oauth.revoke"] == 2
    assert not list((house.root / ".venuesync" / "sign-in").glob("account-*"))
    assert "Nobody is signed in" in house.run("logout").stdout


@pytest.mark.slow
def test_over_the_api_one_or_all_are_signed_out(house: House, emulator: Emulator) -> None:
    """Ended at Google, and the agent that is asked looks at once; there was no such verb."""
    ben = "ben@example.com"
    assert log_in(house, emulator_account=ANA).code == 0
    assert log_in(house, "--account", ben, way="pasted").code == 0
    house.start()
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", 20, "Ana is signed in")
    with house.api() as api:
        unknown = api.post("/commands/logout", json={"account": "cleo@example.com"})
        assert (unknown.status_code, unknown.json()["remedy"]) == (404, "See: venuesync accounts")
        assert api.post("/commands/logout", json={"account": ben}).json() == {"signed_out": [ben], "untold": []}
        assert [one["account"] for one in api.get("/accounts").json() if one["level"]] == [ANA]
        assert api.post("/commands/logout", json={}).json() == {"signed_out": [ANA], "untold": []}
        assert api.get("/sign-in").json()["account"] is None
        assert api.post("/commands/logout", json={}).json() == {"signed_out": [], "untold": []}
    assert emulator.requests()["methods"]["oauth.revoke"] == 2
    assert not list((house.root / ".venuesync" / "sign-in").glob("account-*"))


@pytest.mark.usefixtures("sign_in_port")
@pytest.mark.parametrize("by", ["the API", "the command"])
def test_a_sign_in_that_had_begun_ends_when_somebody_signs_out(house: House, by: str) -> None:
    """Whoever finished its page in the browser afterwards signed the machine in again."""
    house.start()
    with house.api() as api, httpx.Client(trust_env=False, timeout=60) as browser:
        begun = api.post("/commands/sign-in-begin", json={}).raise_for_status().json()
        back = browser.post(begun["url"], data={"emulator_confirm": "1"}).headers["location"]
        if by == "the API":
            api.post("/commands/logout", json={}).raise_for_status()
        else:
            assert house.run("logout").returncode == 0
        state = api.get("/sign-in").json()
        assert (state["state"], state["title"]) == ("failed", "Somebody signed out meanwhile")
        with pytest.raises(httpx.ConnectError):
            browser.get(back)
        assert api.post("/commands/sign-in-finish", json={"pasted": back}).status_code == 409
    assert not list((house.root / ".venuesync" / "sign-in").glob("account-*"))


@pytest.mark.usefixtures("sign_in_port")
@pytest.mark.parametrize("by", ["the API", "the command"])
def test_a_sign_in_that_was_done_is_none_once_somebody_signed_out(house: House, by: str) -> None:
    """After the command it was still said to be done, with the name of whoever was signed out."""
    house.start()
    with house.api() as api, httpx.Client(trust_env=False, timeout=60) as browser:
        begun = api.post("/commands/sign-in-begin", json={}).raise_for_status().json()
        consent = {"emulator_confirm": "1", "emulator_account": ANA}
        back = browser.post(begun["url"], data=consent).headers["location"]
        api.post("/commands/sign-in-finish", json={"pasted": back}).raise_for_status()
        state = api.get("/sign-in").json()
        assert (state["state"], state["account"]) == ("done", ANA)
        if by == "the API":
            api.post("/commands/logout", json={}).raise_for_status()
        else:
            assert house.run("logout").returncode == 0
        state = api.get("/sign-in").json()
        assert (state["state"], state["account"]) == ("none", None)


@pytest.mark.usefixtures("sign_in_port")
def test_a_sign_in_that_had_begun_ends_when_an_account_is_signed_out_that_was_not_signed_in_yet(house: House) -> None:
    """That was said, and the agent went on waiting for the browser."""
    house.start()
    with house.api() as api, httpx.Client(trust_env=False, timeout=60) as browser:
        begun = api.post("/commands/sign-in-begin", json={"account": ANA}).raise_for_status().json()
        consent = {"emulator_confirm": "1", "emulator_account": ANA}
        back = browser.post(begun["url"], data=consent).headers["location"]
        done = house.run("logout", "--account", ANA)
        assert done.returncode == 2 and "Nobody of that address is signed in" in done.stderr
        state = api.get("/sign-in").json()
        assert (state["state"], state["title"]) == ("failed", "Somebody signed out meanwhile")
        with pytest.raises(httpx.ConnectError):
            browser.get(back)
