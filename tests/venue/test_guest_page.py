"""The guests' page: a selfie finds the photos of whoever is on it; consent first, and nothing of it is kept unasked."""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import sys
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from PIL import Image

from agent.api.connections import WHOLE
from tests.making import contents_below
from tests.venue.chromium import NAMES, chromium
from tests.venue.house import House, wait_for
from tests.venue.test_people_commands import drop, of, ok, people_on_disk


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def site(house: House) -> str:
    """Where the page of this house is."""
    address = f"127.0.0.1:{free_port()}"
    house.environ |= {"VENUESYNC_API__LISTEN": address, "VENUESYNC_GUESTS__PAGE": "true"}
    return f"http://{address}"


@contextmanager
def phone(site: str, language: str = "en") -> Generator[httpx.Client]:
    """A guest's own browser: it keeps its cookies, and follows where it is led."""
    with httpx.Client(
        base_url=site, follow_redirects=True, trust_env=False, timeout=90, headers={"Accept-Language": language}
    ) as one:
        yield one


def send(guest: httpx.Client, picture: Path | bytes, name: str = "", agree: str = "yes") -> httpx.Response:
    data = picture.read_bytes() if isinstance(picture, Path) else picture
    return guest.post("/guest", data={"name": name, "agree": agree}, files={"selfie": ("me.jpg", data, "image/jpeg")})


def slowly(guest: httpx.Client, picture: bytes) -> httpx.Response:
    """Over a line that takes longer for it than any other request may."""

    def pieces() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="agree"\r\n\r\nyes\r\n'
        yield b'--b\r\nContent-Disposition: form-data; name="selfie"; filename="me.jpg"\r\n\r\n'
        for at in range(0, len(picture), len(picture) // 4 + 1):
            time.sleep((WHOLE + 2) / 4)
            yield picture[at : at + len(picture) // 4 + 1]
        yield b"\r\n--b--\r\n"

    return guest.post("/guest", content=pieces(), headers={"Content-Type": "multipart/form-data; boundary=b"})


def pictures(page: str) -> list[str]:
    return re.findall(r'src="(/guest/photos/\d+)"', page)


def held_bytes(house: House) -> set[bytes]:
    """All files of the workspace's state."""
    return set(contents_below(house.root / ".venuesync").values())


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_selfie_finds_the_photos_of_its_face_and_nothing_of_it_is_kept(house: House, site: str) -> None:
    mia, anna, hassan = of("mia_lindqvist"), of("anna_berg"), of("hassan_darwish")
    drop(house, *mia[1:], *anna)
    ok(house, "enroll", "Mia", str(mia[1]))
    house.start()
    wait_for(lambda: people_on_disk(house) == {"Mia": 2, "Guest 01": 3}, 90, "all are filed")
    with phone(site) as guest, phone(site, "de-AT,de;q=0.9,en;q=0.5") as other:
        page = guest.get("/guest")
        assert page.status_code == 200
        assert "Take a selfie" in page.text
        assert "Selfie aufnehmen" in other.get("/guest").text
        assert "script-src" not in page.headers["content-security-policy"]
        assert "default-src 'none'" in page.headers["content-security-policy"]

        refused = send(guest, mia[0], agree="")
        assert (refused.status_code, "Tick the box first" in refused.text) == (422, True)
        assert not guest.cookies
        before = held_bytes(house)
        found = send(guest, mia[0])
        assert "2 photos of you" in found.text
        assert "Mia" not in found.text.replace("photos", "")  # who they are is nobody's to read
        shown = pictures(found.text)
        assert len(shown) == 2
        assert Image.open(io.BytesIO(guest.get(shown[0]).content)).format == "JPEG"
        selfie = mia[0].read_bytes()
        assert selfie not in held_bytes(house) - before
        assert not list((house.root / ".venuesync" / "selfies").iterdir())
        assert [row["references"] for row in house.json("people") if row["name"] == "Mia"] == [1]

        # somebody else sees theirs, and nobody else's
        theirs = send(other, anna[0])
        assert "3 Fotos von dir" in theirs.text
        assert other.get(shown[0]).status_code == 404
        assert guest.get(pictures(theirs.text)[0]).status_code == 404
        assert not set(pictures(theirs.text)) & set(shown)

        # as they come
        drop(house, mia[0])
        wait_for(lambda: "3 photos of you" in guest.get("/guest/photos").text, 60, "the new one is shown")
        assert re.search(r'http-equiv="refresh" content="\d+"', guest.get("/guest/photos").text)

        photo = shown[0].rpartition("/")[2]
        ok(house, "photos", "withdraw", photo)  # what the photographer takes out is seen by nobody
        wait_for(lambda: "2 photos of you" in guest.get("/guest/photos").text, 60, "it is gone")
        assert guest.get(shown[0]).status_code == 404
        ok(house, "undo")
        wait_for(lambda: "3 photos of you" in guest.get("/guest/photos").text, 60, "it is back")

        # nobody is told anything without a selfie, or with a ticket of their own making
        with phone(site) as stranger:
            assert "Take a selfie" in stranger.get("/guest/photos").text
            assert stranger.get(shown[0]).status_code == 404
            stranger.cookies.set("venuesync_guest", "gAAAAA" + "x" * 200)
            assert stranger.get(shown[0]).status_code == 404
            assert stranger.get("/status").status_code == 401
            assert stranger.post("/commands/stop", json={}).status_code == 401
        # found by nobody: not yet, and then as soon as there are any
        with phone(site) as late:
            assert "No photo of you yet" in send(late, hassan[0]).text
            drop(house, *hassan)
            wait_for(lambda: "3 photos of you" in late.get("/guest/photos").text, 90, "a guest without a name")
            assert "This phone keeps nothing more" in late.post("/guest/leave").text
            assert "Take a selfie" in late.get("/guest/photos").text
    assert house.stop() == 0


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_who_wants_a_folder_enrolls_and_may_have_it_all_deleted(house: House, site: str) -> None:
    mia, anna, hassan = of("mia_lindqvist"), of("anna_berg"), of("hassan_darwish")
    drop(house, *anna[1:], *hassan[1:])
    ok(house, "enroll", "Mia", str(mia[0]))
    ok(house, "enroll", "Hassan", str(hassan[0]))
    house.start()
    with phone(site) as guest:
        taken = send(guest, anna[0], name="mia")
        assert (taken.status_code, "has that name already" in taken.text) == (422, True)
        assert [row["references"] for row in house.json("people") if row["name"] == "Mia"] == [1]
        page = send(guest, anna[0], name="Anna <b>Berg</b>")
        assert "<b>Berg" not in page.text
        wait_for(lambda: "2 photos of you" in guest.get("/guest/photos").text, 60, "her photos follow")
        (anna_row,) = [row for row in house.json("people", "consent") if row["how"]]
        assert anna_row["name"] == "Anna <b>Berg</b>"
        assert "guests' page" in anna_row["how"]
        assert "Delete what is known of your face?" in guest.get("/guest/forget").text
        done = guest.post("/guest/forget", data={"never": "yes"})
        assert "is being deleted" in done.text
        wait_for(lambda: {row["name"] for row in house.json("people")} == {"Mia", "Hassan"}, 60, "she is forgotten")
        assert anna[0].read_bytes() not in held_bytes(house)
        assert "No photo of you yet" in send(guest, anna[1]).text  # never: not known again

    # whom the photographer knows by name is not forgotten by whoever holds a picture of theirs
    with phone(site) as guest:
        wait_for(lambda: "2 photos of you" in send(guest, hassan[1]).text, 60, "his photos")
        asked = guest.post("/guest/forget", data={})
        assert "was told of your wish" in asked.text
    (wish,) = [one for one in house.json("errors")["open"] if one["kind"] == "forget_asked"]
    assert "Hassan" in wish["detail"]
    assert wish["remedy"].startswith("venuesync people forget p")
    assert {row["name"] for row in house.json("people")} == {"Mia", "Hassan"}
    ok(house, *wish["remedy"].split()[1:], "--yes")
    assert not [one for one in house.json("errors")["open"] if one["kind"] == "forget_asked"]
    assert house.stop() == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_who_give_one_name_at_the_same_moment_are_not_made_one(house: House, site: str) -> None:
    """The second one is told that the name is taken; neither sees the other's photos."""
    anna, hassan = of("anna_berg"), of("hassan_darwish")
    drop(house, *anna[1:], *hassan[1:])
    house.start()
    wait_for(lambda: house.json("status")["photos"]["seen"] == len(anna[1:]) + len(hassan[1:]), 60, "all are here")
    with phone(site) as one, phone(site) as other, ThreadPoolExecutor() as pool:
        asked = [pool.submit(send, guest, selfie[0], "Kim") for guest, selfie in ((one, anna), (other, hassan))]
        pages = [each.result() for each in asked]
    assert sorted(page.status_code for page in pages) == [200, 422], [page.text for page in pages]
    assert [row["references"] for row in house.json("people") if row["name"] == "Kim"] == [1]
    assert house.stop() == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_guests_own_name_is_none_of_a_guest_without_one_and_no_longer_than_its_field(house: House, site: str) -> None:
    """By the first one a stranger's number is given away: the next one is counted on from the highest."""
    house.start()
    for name in ("Guest 01", "guest 99999", "N" * 300, "Kim\x1b[31m", "Kim\u202egnp", "\u200b"):
        with phone(site) as guest:
            guest.headers["X-Forwarded-For"] = f"10.0.0.{len(name)}"
            refused = send(guest, of("anna_berg")[0], name)
        assert (refused.status_code, "of 60 letters at most" in refused.text) == (422, True), name
    assert house.json("people") == []
    with phone(site) as guest:
        assert send(guest, of("anna_berg")[0], f"Guest {'n' * 54}").status_code == 200
        assert send(guest, of("hassan_darwish")[0], "علی\u200cرضا").status_code == 200
    assert house.stop() == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_who_taps_twice_to_be_forgotten_is_told_both_times_that_it_is_being_done(house: House, site: str) -> None:
    """And nothing that the second one comes to is a trace of them."""
    house.start()
    with phone(site) as guest, ThreadPoolExecutor(4) as pool:
        assert send(guest, of("anna_berg")[0], "Kim").status_code == 200
        (kim,) = [row["id"] for row in house.json("people")]

        def tap(_: int) -> httpx.Response:
            with phone(site) as finger:
                finger.cookies = guest.cookies
                return finger.post("/guest/forget", data={})

        told = [one.text for one in pool.map(tap, range(4))]
    assert ["is being deleted" in one for one in told] == [True] * 4, told
    assert house.json("people") == []
    assert house.stop() == 0
    assert kim not in (house.root / ".venuesync/logs/agent.log").read_text()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_is_no_selfie_is_refused_in_words_and_strangers_are_bounded(
    house: House, site: str, tmp_path: Path
) -> None:
    house.start()
    blank = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 120, 90)).save(blank, "JPEG")
    with phone(site) as guest:
        for picture, status, told in (
            (b"", 422, "There was no picture"),
            (b"GIF89a nothing", 422, "could not be read"),
            (os.urandom(300_000), 422, "could not be read"),
            (blank.getvalue(), 422, "No face was found"),
            (b"\xff" * (21 << 20), 413, "larger than 20 MB"),
        ):
            answer = send(guest, picture)
            assert (answer.status_code, told in answer.text) == (status, True), told
        assert guest.post("/guest", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 422
        broken = {"Content-Type": "multipart/form-data; boundary=b"}
        assert guest.post("/guest", content=b"--b\r\nnothing", headers=broken).status_code == 422
        for path in ("/guest/photos/999999999999999999", "/guest/../status", "/guest/nothing", "/guest/photos/-1"):
            assert guest.get(path).status_code in (401, 404), path
        assert slowly(guest, blank.getvalue()).status_code == 422  # no face in it: it was looked at
        answers = {send(guest, b"").status_code for _ in range(8)}
        assert 429 in answers
        assert guest.get("/guest", headers={"Host": "evil.example"}).status_code == 421
    assert not list((house.root / ".venuesync").glob("selfies/*"))
    assert house.stop() == 0


@pytest.mark.slow
def test_a_selfie_that_was_looked_at_as_the_plug_was_pulled_goes_though_there_is_no_page_any_more(
    house: House, site: str
) -> None:
    """It is deleted at once, as the page says: where that was switched off meanwhile, it lay there for good."""
    house.start()
    with phone(site) as guest, ThreadPoolExecutor() as pool:
        asked = pool.submit(send, guest, of("mia_lindqvist")[0])
        wait_for(lambda: list((house.root / ".venuesync").glob("selfies/*/selfie.jpg")), 30, "it is looked at")
        house.kill()
        assert isinstance(asked.exception(), httpx.HTTPError)
    assert list((house.root / ".venuesync").glob("selfies/*/selfie.jpg"))
    house.environ["VENUESYNC_GUESTS__PAGE"] = "false"
    house.start()
    assert not (house.root / ".venuesync" / "selfies").exists()


def test_its_address_and_code_are_shown_and_printed(house: House, tmp_path: Path) -> None:
    assert house.run("guests").returncode == 1
    house.environ |= {"VENUESYNC_API__LISTEN": "0.0.0.0:8080", "VENUESYNC_GUESTS__PAGE": "true"}
    address = house.json("guests")["address"]
    assert re.fullmatch(r"http://[0-9.]+:8080/guest", address)
    assert "0.0.0.0" not in address
    house.environ |= {"VENUESYNC_GUESTS__ADDRESS": "https://photos.example"}
    assert ok(house, "guests").startswith("https://photos.example/guest\n")
    for kind, begins in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        for _ in range(2):  # its own is replaced
            ok(house, "guests", str(tmp_path / f"code.{kind}"))
        assert (tmp_path / f"code.{kind}").read_bytes().startswith(begins)
    mine = tmp_path / "mine.png"
    mine.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 500_000)
    assert house.run("guests", str(mine)).returncode == 2
    assert mine.stat().st_size > 500_000
    assert house.run("guests", str(tmp_path / "code.gif")).returncode == 2


def test_it_is_reached_by_the_name_that_its_code_leads_to(house: House, site: str) -> None:
    """A proxy in front of it hands on the name that the phone asked for; any other is answered as before."""
    house.environ |= {"VENUESYNC_GUESTS__ADDRESS": "https://Photos.venue.example"}
    assert ok(house, "guests").startswith("https://Photos.venue.example/guest\n")
    house.start()
    with phone(site) as guest:
        for name, status in (("photos.venue.example", 200), ("photos.venue.example:443", 200), ("evil.example", 421)):
            assert guest.get("/guest", headers={"Host": name}).status_code == status, name
    assert house.stop() == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_event_that_is_renamed_is_shown_on(house: House, site: str) -> None:
    """The settings name it as it was called: the page was in trouble for good, and nobody but guests saw it."""
    house.environ["VENUESYNC_GUESTS__EVENT"] = "Gala"
    ok(house, "events", "add", "Gala")
    for name in ("Summer Gala", "Gala 2026"):
        house.start()
        ok(house, "events", "set", house.json("events")[-1]["name"], "name", name)
        with phone(site) as guest:
            page = guest.get("/guest")
            assert (page.status_code, name in page.text) == (200, True)
        assert house.stop() == 0
    ok(house, "events", "add", "Gala")
    house.start()
    with phone(site) as guest:
        page = guest.get("/guest").text
    assert ("Gala" in page, "Gala 2026" in page) == (True, False), "whoever is called so now goes before"


@pytest.mark.slow
def test_a_page_of_no_event_is_said_to_who_prints_its_code_and_by_the_doctor(house: House, site: str) -> None:
    """Each guest was told to try again in a minute, for good; the code was printed, and the doctor found all well."""
    house.environ |= {"VENUESYNC_GUESTS__EVENT": "Gala", "VENUESYNC_GUESTS__WORDS": "texts"}
    house.start()
    told = house.run("guests", "code.svg")
    assert (told.returncode, "guests.event" in told.stderr, "Choose one of: default" in told.stderr) == (2, True, True)
    said = house.run("doctor").stdout.splitlines()
    assert [line.split()[0] for line in said if " guests " in line[:16]] == ["problem", "warning"]
    assert [
        word for word in ("guests.event", "'Gala'", f"guests.words is {house.root / 'texts'}") if word not in str(said)
    ] == []
    ok(house, "events", "add", "gala")
    (house.root / "texts").mkdir()
    (house.root / "texts" / "pt.toml").write_text('title = "As tuas fotos"')
    assert ok(house, "guests").startswith(f"{site}/guest")
    assert " guests " not in house.run("doctor").stdout
    (house.root / "texts" / "de.toml").write_text("title = torn")
    assert "de.toml cannot be read" in house.run("doctor").stdout


@pytest.mark.slow
def test_a_sheet_of_cards_for_everybody_with_a_link(house: House, tmp_path: Path) -> None:
    sheet = tmp_path / "cards.html"
    nobody = house.run("people", "cards", str(sheet), "--link")
    assert (nobody.returncode, "Nobody has a name yet" in nobody.stdout) == (1, True)
    ok(house, "enroll", "Mia <i>Berg</i>", str(of("mia_lindqvist")[0]))
    ok(house, "enroll", "Hassan", str(of("hassan_darwish")[0]))
    none = house.run("people", "cards", str(sheet))
    assert (none.returncode, "add --link" in none.stdout, sheet.exists()) == (1, True, False)
    nowhere = house.run("people", "cards", str(sheet), "--event", "Nowhere")
    assert (nowhere.returncode, "no such event" in nowhere.stderr) == (2, True)
    house.start()
    wait_for(lambda: house.run("people", "link", "Hassan").returncode == 0, 60, "his folder is on Drive")
    assert house.run("people", "cards", str(tmp_path / "cards.txt"), "--link").returncode == 2
    assert [one["name"] for one in house.json("people") if one["link"]] == ["Hassan"], "no link is made for no sheet"
    done = house.run("people", "cards", str(sheet), "--event", "default")
    assert (done.returncode, "No card, as there is no link: Mia <i>Berg</i>" in done.stderr) == (0, True)
    wait_for(lambda: house.run("people", "cards", str(sheet), "--link").returncode == 0, 60, "and hers")
    page = sheet.read_text()
    assert page.count('class="card"') == page.count("<svg") == 2
    assert "Mia &lt;i&gt;Berg&lt;/i&gt;" in page
    assert all(one["link"] in page for one in house.json("people"))
    paper = tmp_path / "cards.pdf"
    if any(shutil.which(name) for name in NAMES):
        assert [house.run("people", "cards", str(paper)).returncode for _ in range(2)] == [0, 0]
        assert paper.read_bytes().startswith(b"%PDF-")
    house.environ["PATH"] = str(Path(sys.executable).parent)
    paper.write_bytes(b"%PDF-1.4 of mine")
    none = house.run("people", "cards", str(paper))
    assert (none.returncode, "Write cards.html, open it in a browser" in none.stderr) == (2, True)
    assert paper.read_bytes() == b"%PDF-1.4 of mine"
    sheet.write_text("something of mine")
    assert house.run("people", "cards", str(sheet)).returncode == 2
    assert sheet.read_text() == "something of mine"
    assert house.stop() == 0


def test_a_page_without_an_address_is_refused_at_the_start(house: House) -> None:
    house.environ |= {"VENUESYNC_GUESTS__PAGE": "true"}
    done = house.run("--no-ui", "--until-done")
    assert (done.returncode, "set api.listen" in done.stderr) == (2, True)


@pytest.mark.timeout(400)
def test_in_a_real_browser_as_a_guest_at_the_bar(house: House, site: str, tmp_path: Path) -> None:
    mia = of("mia_lindqvist")
    with chromium(tmp_path / "profile") as on:
        drop(house, *mia[1:])
        ok(house, "enroll", "Mia", str(mia[1]))
        house.start()
        wait_for(lambda: people_on_disk(house) == {"Mia": 2}, 90, "all are filed")
        on.open(f"{site}/guest")
        on.shows("Take a selfie")
        on.picture(tmp_path / "start.png")
        on.press("button")  # the browser itself wants picture and tick first
        assert "Take a selfie" in on.text
        on.choose("#selfie", mia[0])
        on.press("[name=agree]")
        on.press("button")
        on.shows("2 photos of you")
        wait_for(lambda: on.run("[...document.images].every(i => i.complete && i.naturalWidth > 0)"), 30, "pictures")
        on.picture(tmp_path / "photos.png")
        assert on.run("document.documentElement.scrollWidth <= innerWidth")
        on.press("form[action='/guest/leave'] button")
        on.shows("This phone keeps nothing more")
        assert house.stop() == 0
