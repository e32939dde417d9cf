"""Several Google accounts in one workspace: each event goes over its own, and one's trouble stops its own events."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.venue import test_metrics
from tests.venue.browser import log_in
from tests.venue.house import House, wait_for
from tests.venue.metrics import numbers
from tests.venue.photographer import Photographer
from tests.venue.pictures import padded, scene
from tests.venue.test_monitor_in_tmux import Terminal, terminal
from tests.venue.two_accounts import ANA, BEN, GALA, Two, of

__all__ = ["terminal"]

OFFERED = "The Google account"


@pytest.mark.slow
def test_each_events_photos_go_to_its_account(two: Two) -> None:
    """And the monitor's document says how each Drive stands; a photo of both events crosses the line for each."""
    two.house.start()
    a, b = two.photo(), two.photo("Gala")
    both = (two.house.incoming / a).read_bytes()
    target = two.house.root / GALA / a
    target.write_bytes(both)
    two.house.expected.arrived(target, two.gala)
    two.verified(3)
    two.safe()
    assert two.there(ANA) == of("default", a)
    assert two.there(BEN) == of("Gala", a, b)
    drive = two.status["drive"]
    assert (drive["state"], drive["account"]) == ("online", ANA)
    assert [(one["account"], one["default"], one["events"]) for one in drive["accounts"]] == [
        (ANA, True, ["default"]),
        (BEN, False, ["Gala"]),
    ]
    two.house.assert_invariants()


@pytest.mark.slow
def test_an_expired_sign_in_stops_its_own_events_alone(two: Two) -> None:
    """The verdict and the commands name whose it is; nothing fails, and signed in again it goes on."""
    two.house.start()
    first = two.photo(), two.photo("Gala")
    two.verified(2)
    two.emulator.expire("refresh_tokens", BEN)
    two.emulator.expire("access_tokens", BEN)
    second = two.photo("Gala"), two.photo()
    wait_for(lambda: two.drive_of(BEN)["state"] == "needs_login", 30, "Ben has to sign in")
    two.verified(3)
    status = two.status
    assert two.drive_of(ANA)["state"] == "online"
    assert (status["drive"]["state"], status["drive"]["account"]) == ("needs_login", BEN)
    assert BEN in status["drive"]["detail"]
    assert status["photos"]["failed"] == 0
    wait_for(lambda: two.status["safe_to_leave"]["outlook"] == "needs_sign_in", 30, "all else is done")
    safe = two.status["safe_to_leave"]
    assert (safe["safe"], safe["code"]) == (False, "needs_sign_in")
    assert safe["reason"] == f"Drive of {BEN} needs sign-in, 1 photo waits here"
    assert safe["remedy"] == f"Sign in: venuesync login --account {BEN}"
    assert two.house.run("--no-ui", "--until-done", "--timeout", "30").returncode == 4
    shown = {one["account"]: one for one in json.loads(two.house.run("accounts", "--json").stdout)}
    assert (shown[BEN]["state"], shown[ANA]["state"]) == ("needs_login", "online")
    lines = two.house.run("status").stdout
    assert f"Drive     needs_login: {BEN}" in lines and f"  {ANA} (default): online\n" in lines
    assert log_in(two.house, "--account", BEN).code == 0
    two.verified(4)
    two.safe()
    assert two.there(ANA) == of("default", first[0], second[1])
    assert two.there(BEN) == of("Gala", first[1], second[0])
    two.house.assert_invariants()


@pytest.mark.slow
def test_a_full_drive_stops_its_own_events_alone(two: Two) -> None:
    two.house.start()
    two.emulator.quota(1000, BEN)
    full = two.photo("Gala")
    wait_for(lambda: two.drive_of(BEN)["state"] == "full", 30, "Ben's Drive is full")
    other = two.photo()
    two.verified(1)
    assert two.there(ANA) == of("default", other)
    safe = two.status["safe_to_leave"]
    assert (safe["code"], safe["reason"]) == ("drive_full", f"Drive of {BEN} is full, 1 photo waits here")
    wait_for(lambda: two.drive_of(BEN)["quota"]["limit"] == 1000, 30, "the figures are known")
    two.emulator.quota(10**9, BEN)
    two.verified(2, 60)
    assert two.there(BEN) == of("Gala", full)
    two.safe()
    two.house.assert_invariants()


@pytest.mark.slow
def test_until_done_says_that_a_sign_in_is_needed_beside_a_full_drive(two: Two) -> None:
    """It waited for room, without an end and a word, where nothing goes on without somebody at either."""
    two.emulator.quota(1000, ANA)
    two.emulator.expire("refresh_tokens", BEN)
    two.emulator.expire("access_tokens", BEN)
    two.photo()
    two.photo("Gala")
    done = two.house.until_done(60)
    assert (done.returncode, done.stderr.strip()) == (
        4,
        f"Not done: Drive of {BEN} needs sign-in, 1 photo waits here. Sign in: venuesync login --account {BEN}",
    )


@pytest.mark.slow
def test_one_that_is_asked_to_slow_down_slows_its_own_events_alone(two: Two) -> None:
    two.house.start()
    two.photo("Gala")
    two.verified(1)
    rate = {"status": 429, "reason": "rateLimitExceeded", "retry_after": 10, "account": BEN}
    two.emulator.faults({"method": "files.create", "times": 1, **rate})
    two.photo("Gala")
    wait_for(lambda: two.drive_of(BEN)["state"] == "throttled", 30, "Ben's is slowed down")
    two.photo()
    two.verified(2, 8)
    assert two.drive_of(ANA)["state"] == "online"
    assert two.drive_of(BEN)["state"] == "throttled"
    two.verified(3)
    two.safe()


@pytest.mark.slow
def test_killed_amid_and_begun_again_nothing_is_sent_twice(two: Two) -> None:
    two.house.start()
    two.verified(0)
    for seen in (3, 9, 15):
        for _ in range(3):
            two.photo("Gala")
            two.photo()
        wait_for(lambda seen=seen: two.status["photos"]["seen"] >= seen, 30, "they have arrived")
        two.house.kill()
        two.house.start()
    two.verified(18, 60)
    two.safe()
    for account in (ANA, BEN):
        paths = two.there(account)
        assert len(paths) == len(set(paths)) == 9
    two.house.assert_invariants()


@pytest.mark.slow
def test_a_lost_ledger_is_rebuilt_from_both_drives(two: Two) -> None:
    """No byte crosses the line again, and nothing is made a second time."""
    two.house.start()
    names = [two.photo(), two.photo("Gala"), two.photo("Gala")]
    two.verified(3)
    two.safe()
    two.house.stop()
    for one in [
        *(two.house.root / ".venuesync").glob("ledger.sqlite*"),
        *(two.house.root / ".venuesync").rglob("backup*/*"),
    ]:
        one.unlink() if one.is_file() else None
    before = two.emulator.files()
    two.emulator.forget_requests()
    two.house.start()
    two.verified(3, 60)
    two.safe()
    methods = two.emulator.requests()["methods"]
    assert "files.copy" not in methods and "files.create.media" not in methods
    live = lambda files: sorted((one["id"], one["path"]) for one in files if not one["trashed"])  # noqa: E731
    assert live(two.emulator.files()) == live(before)
    assert two.there(BEN) == of("Gala", *names[1:])
    two.house.assert_invariants()


@pytest.mark.slow
def test_signing_one_out_leaves_the_other(two: Two) -> None:
    two.house.start()
    two.photo(), two.photo("Gala")
    two.verified(2)
    two.emulator.forget_requests()
    done = two.house.run("logout", "--account", BEN, "--json")
    assert json.loads(done.stdout) == {"signed_out": [BEN], "untold": []}
    assert two.emulator.requests()["methods"]["oauth.revoke"] == 1
    rows = {one["account"]: one for one in json.loads(two.house.run("accounts", "--json").stdout)}
    assert (rows[ANA]["level"], rows[BEN]["level"]) == ("full", None)
    assert rows[BEN]["events"] == ["Gala"]
    again = two.house.run("logout", "--account", BEN)
    assert again.returncode == 2 and BEN in again.stderr
    two.photo()
    two.verified(3)
    all_of_them = two.house.run("logout")
    assert ANA in all_of_them.stdout


@pytest.mark.slow
def test_verify_compares_each_drive_and_mends_it(two: Two) -> None:
    two.house.start()
    mine, his = two.photo(), two.photo("Gala")
    two.verified(2)
    two.safe()
    for account, name in ((ANA, mine), (BEN, his)):
        (file,) = [one for one in two.emulator.files() if one["name"] == name]
        with two.emulator.client("browser", account=account) as browser:
            assert browser.delete(f"/drive/v3/files/{file['id']}").status_code == 204
    report = two.house.json("verify")
    assert sorted((one["kind"], one["where"]) for one in report["differences"]) == [("missing", "drive")] * 2
    assert report["checked_drive"] == 2
    assert two.house.run("verify", "--repair").returncode == 0
    two.verified(2)
    two.safe()
    assert two.house.run("verify").returncode == 0
    assert (two.there(ANA), two.there(BEN)) == (of("default", mine), of("Gala", his))
    two.emulator.expire("refresh_tokens", BEN)
    two.emulator.expire("access_tokens", BEN)
    two.photo("Gala")
    wait_for(lambda: two.drive_of(BEN)["state"] == "needs_login", 30, "Ben has to sign in")
    report = two.house.json("verify")
    unseen = [one for one in report["differences"] if one["where"] == "drive"]
    assert [(one["kind"], one["path"], one["mend"]) for one in unseen] == [("unseen", BEN, "by hand")]
    assert unseen[0]["repair"].endswith(f"venuesync login --account {BEN}")
    assert report["checked_drive"] == 1


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__PUSH="http://127.0.0.1:1/hook")
def test_that_one_account_is_sent_no_word_is_not_over_as_another_is(two: Two) -> None:
    house = two.house
    two.emulator.faults([{"method": "changes.watch", "reason": "badRequest", "times": None, "account": BEN}])
    photographers = {account: Photographer(two.emulator, account) for account in (ANA, BEN)}
    house.start()
    assert house.run("events", "source", "add", "Gala", photographers[BEN].folder("Ben")).returncode == 0
    (told,) = wait_for(lambda: house.json("errors")["open"], 20, "it is refused")
    assert told["detail"].startswith(f"{BEN}: http://127.0.0.1:1/hook: ")
    assert house.run("events", "source", "add", "default", photographers[ANA].folder("Ana")).returncode == 0
    ledger = f"file:{house.root}/.venuesync/ledger.sqlite?mode=ro"
    with closing(sqlite3.connect(ledger, uri=True)) as db:
        wait_for(lambda: db.execute("SELECT * FROM channel").fetchall(), 20, "Ana's Drive sends word")
    assert house.stop() == 0
    house.environ["VENUESYNC_DRIVE__PUSH"] = ""
    assert [one["detail"] for one in house.json("errors")["open"]] == [told["detail"]]
    house.start()
    wait_for(lambda: house.json("errors")["open"] == [], 20, "nobody is to be sent word")


@pytest.mark.slow
def test_what_was_on_its_way_to_one_drive_is_without_an_answer_whatever_becomes_of_another(two: Two) -> None:
    """The one that all events use needs a sign-in: its own queue does not begin."""
    house = two.house
    house.start()
    two.photo("Gala")
    two.verified(1)
    assert house.stop() == 0
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db, db:
        db.execute("INSERT INTO asked SELECT drive_id, 'to the trash', ?, 0 FROM placement", (time.time(),))
    two.emulator.expire("refresh_tokens", ANA)
    two.emulator.expire("access_tokens", ANA)
    house.start()
    two.photo("Gala")
    two.verified(2)
    ledger = f"file:{house.root}/.venuesync/ledger.sqlite?mode=ro"
    with closing(sqlite3.connect(ledger, uri=True)) as db:
        assert db.execute("SELECT lost FROM asked WHERE aim = 'to the trash'").fetchall() == [(1,)]
    assert two.status["drive"]["state"] == "needs_login"


# ---- an event's account becomes another


# ---- the one line that all of them use


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__METERED_LONG_SIDE="640")
def test_a_metered_line_and_a_day_s_budget_are_for_all_accounts_together(two: Two) -> None:
    """Small copies go to both, and originals take their places on both: as many in all as the day has room for."""
    house = two.house
    assert house.run("metered", "on").returncode == 0
    house.start()
    mine = [two.photo(size=1_100_000) for _ in range(3)]
    his = [two.photo("Gala", size=1_100_000) for _ in range(3)]
    all_small = "6 photos are on Drive only as small copies"
    wait_for(lambda: two.status["safe_to_leave"]["reason"] == all_small, 40, f"{two.status['safe_to_leave']}")
    assert two.status["safe_to_leave"]["code"] == "metered"
    assert (two.there(ANA), two.there(BEN)) == (of("default", *mine), of("Gala", *his))
    assert two.sizes(ANA) == two.sizes(BEN) == [False] * 3
    house.assert_invariants()

    assert house.run("limit", "--day", "3").returncode == 0
    assert house.run("metered", "off").returncode == 0
    told = "the day's 3 MB are used up, "
    wait_for(lambda: two.status["safe_to_leave"]["reason"].startswith(told), 40, f"{two.status['safe_to_leave']}")
    assert two.status["safe_to_leave"]["code"] == "day_spent"
    assert sum(two.sizes(ANA)) + sum(two.sizes(BEN)) == 2
    all_there = (two.there(ANA), two.there(BEN)) == (of("default", *mine), of("Gala", *his))
    assert all_there, "no small copy is taken away for an original that another account leaves no room for"
    assert two.status["photos"]["verified"] + two.status["uploads"]["queued"] == 6
    assert 2_200_000 < two.status["drive"]["today"]["sent"] <= 3_000_000
    assert 2_200_000 < two.emulator.requests()["bytes_in"] <= 3_000_000
    assert house.until_done().returncode == 1
    house.kill()
    house.environ["VENUESYNC_DRIVE__DAILY_MB"] = "3"
    house.start()
    wait_for(lambda: two.status["safe_to_leave"]["reason"].startswith(told), 40, "it is kept, and once for all")
    assert 2_200_000 < two.emulator.requests()["bytes_in"] <= 3_000_000

    assert house.run("limit", "--day", "0").returncode == 0
    assert house.until_done().returncode == 0
    assert two.sizes(ANA) == two.sizes(BEN) == [True] * 3
    assert (two.there(ANA), two.there(BEN)) == (of("default", *mine), of("Gala", *his))
    house.assert_invariants()


# ---- photos from photographers' folders


@pytest.mark.slow
def test_each_events_sources_are_read_by_its_account(two: Two) -> None:
    """Shared with one account alone; a folder that both see is not forgotten for one by the other."""
    house, emulator = two.house, two.emulator
    photographers = {account: Photographer(emulator, f"for.{account}") for account in (ANA, BEN)}
    folders: dict[str, str] = {}
    house.start()
    wait_for(lambda: {one["state"] for one in two.status["drive"]["accounts"]} == {"online"}, 30, "both are there")
    for (account, anna), event in zip(photographers.items(), ("default", "Gala"), strict=True):
        anna.venue = account
        folder = folders[account] = anna.folder("Camera 1", share=True)
        added = house.run("events", "source", "add", event, folder)
        assert added.returncode == 0, added.stderr
        data = scene(two.house.root.parent / "made.jpg", 10 + len(event)).read_bytes()
        anna.put(data, f"{event}.jpg", folder)
    two.verified(2, 60)
    two.safe()
    assert (two.there(ANA), two.there(BEN)) == (of("default", "default.jpg"), of("Gala", "Gala.jpg"))
    refused = house.run("events", "source", "add", "Gala", photographers[ANA].folder("Private"))
    assert refused.returncode != 0 and BEN in refused.stderr
    emulator.expire("page_tokens")
    data = scene(two.house.root.parent / "made.jpg", 99).read_bytes()
    photographers[BEN].put(data, "late.jpg", folders[BEN])
    assert house.run("sync", "Gala").returncode == 0
    two.verified(3, 60)
    two.safe()


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__DOWN_MBPS="4", VENUESYNC_DRIVE__DOWNLOADS="1")
def test_what_is_being_fetched_when_its_event_goes_to_another_account_is_not_fetched_beside(two: Two) -> None:
    """Both would write to one file. What waits is fetched by the other one at once."""
    house, anna = two.house, Photographer(two.emulator)
    folder = anna.folder("Camera 1")
    for anna.venue in (ANA, BEN):
        anna.share(folder)
    for number in (1, 2):
        made = scene(house.root.parent / "made.jpg", number)
        anna.put(padded(made, 2_000_000, number), f"DSC_{number}.jpg", folder)
    house.start()
    assert house.run("events", "source", "add", "Gala", folder).returncode == 0
    fetched = lambda: two.emulator.requests()["methods"].get("files.get_media", 0)  # noqa: E731
    wait_for(fetched, 20, "the first is being fetched")
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    two.verified(2)
    assert two.there(ANA) == of("Gala", "DSC_1.jpg", "DSC_2.jpg")
    assert fetched() == 2
    told = house.json("errors")
    assert told["open"] == told["healed"] == [], "nobody stood still meanwhile"


# ---- keys, service accounts, shared drives


@pytest.mark.slow
def test_a_lost_key_asks_for_a_sign_in_and_loses_nothing_else(two: Two) -> None:
    """Of every account; people, photos and their places stay as they were."""
    house = two.house
    house.start()
    names = two.photo(), two.photo("Gala")
    two.verified(2)
    assert house.stop() == 0
    before = two.emulator.files()
    (house.root / ".venuesync" / "sign-in" / "key").unlink()
    house.start()
    states = lambda: [one["state"] for one in two.status["drive"]["accounts"]]  # noqa: E731
    wait_for(lambda: states() == ["needs_login"] * 2, 30, "it asks")
    late = two.photo("Gala")
    wait_for(lambda: two.status["photos"]["unsorted"] == 3, 30, "it is filed here")
    two.sign_in()
    two.verified(3)
    two.safe()
    assert {one["id"] for one in before} <= {one["id"] for one in two.emulator.files() if not one["trashed"]}
    assert (two.there(ANA), two.there(BEN)) == (of("default", names[0]), of("Gala", names[1], late))
    house.assert_invariants()


def test_a_service_accounts_key_is_refused_with_the_reason(house: House, tmp_path: Path) -> None:
    key = tmp_path / "service-account.json"
    key.write_text(json.dumps({"type": "service_account", "client_email": "bot@project.example", "private_key": "…"}))
    done = log_in(house, "--client", str(key))
    assert done.code == 2
    assert "no storage of its own" in done.said and "shared drive" in done.said and str(key) in done.said


@pytest.mark.slow
def test_the_doctor_looks_at_each_account(two: Two) -> None:
    """One that has to be signed in again is named with its command; the others' findings stand."""
    found = json.loads(two.house.run("doctor", "--json").stdout)
    said = [one["detail"] for one in found if one["check"] == "sign-in"]
    assert len(said) == 2 and said[0].startswith(ANA) and said[1].startswith(BEN)
    assert [one["state"] for one in found if one["check"] == "quota"] == ["ok", "ok"]
    two.emulator.expire("refresh_tokens", BEN)
    two.emulator.expire("access_tokens", BEN)
    found = json.loads(two.house.run("doctor", "--json").stdout)
    (bad,) = [one for one in found if one["check"] == "sign-in" and one["state"] != "ok"]
    assert BEN in bad["detail"] and bad["remedy"] == f"Run: venuesync login --account {BEN}"
    assert [one["state"] for one in found if one["check"] == "quota"] == ["ok"]


@pytest.mark.slow
def test_prometheus_is_told_of_each(two: Two) -> None:
    """By its address; what is without one is the account's that all events use, as where there is no other."""
    two.emulator.quota(10**9, account=ANA)
    two.emulator.quota(10**8, account=BEN)
    two.house.start()
    two.photo("Gala")
    two.verified(1)
    two.safe()
    told = numbers(two.house)
    for address, limit in (("", 10**9), (BEN, 10**8)):
        assert told("drive_quota_limit_bytes", account=address) == limit
        assert told("drive_quota_used_bytes", account=address) == two.drive_of(address or ANA)["quota"]["used"]
        assert told("drive_state", account=address, state="online") == 1
        assert sum(told.all("drive_state", account=address)) == 1
        assert 0 < told("sign_in_age_seconds", account=address) < 120
    for expr in (expr for _, expr in test_metrics.alerts() + test_metrics.panels() if "drive_" in expr):
        assert test_metrics.missing(told, expr) == []
    two.emulator.expire("refresh_tokens", BEN)
    two.emulator.expire("access_tokens", BEN)
    two.photo("Gala")
    wait_for(lambda: numbers(two.house)("drive_state", account=BEN, state="needs_login") == 1, 30, "Ben has to sign in")
    assert numbers(two.house)("drive_state", account="", state="online") == 1
    assert two.house.run("events", "set", "Gala", "account", ANA, "--yes").returncode == 0
    (alone,) = numbers(two.house).all("drive_quota_limit_bytes")
    assert (alone, BEN in two.house.run("status").stdout) == (10**9, False)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_an_event_gets_its_account_in_the_monitor(house: House, terminal: Terminal, tmp_path: Path) -> None:
    """The key is there once a second account is signed in; what would be sent anew is asked for."""
    two = Two(house, tmp_path)
    terminal.shows("no photo has arrived")
    terminal.keys("4", "?", "g", "o", "o", "g")
    assert OFFERED not in terminal.shows("goog")
    terminal.keys("Escape", "Escape", "W")
    two.sign_in()
    two.photo()
    two.verified(1)
    terminal.at_once("1", "4")
    time.sleep(1)
    terminal.keys("?", "g", "o", "o", "g")
    terminal.shows(OFFERED)
    terminal.keys("Escape", "Escape", "W")
    terminal.shows("Google account of default")
    terminal.at_once(*["BSpace"] * len(ANA), *"ben")
    terminal.keys("Tab", "Enter")
    terminal.shows("Send all photos of")
    terminal.keys("n")
    assert two.there(BEN) == []
    terminal.keys("W")
    terminal.at_once(*["BSpace"] * len(ANA), *BEN, "Enter")
    terminal.shows("Send all photos of")
    terminal.keys("y")
    terminal.shows(f"its photos go to {BEN} from now on")
    wait_for(lambda: len(two.there(BEN)) == 1, 30, "it is on Ben's Drive")
    terminal.shows(f"of {BEN}")
