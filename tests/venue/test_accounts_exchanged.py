"""An event's Google account becomes another, and what becomes of who is on its photos."""

from __future__ import annotations

import json

import pytest

from tests.venue.browser import log_in
from tests.venue.house import wait_for
from tests.venue.manifest import md5
from tests.venue.pictures import FACES
from tests.venue.test_forget import TOGETHER
from tests.venue.test_people_commands import of as of_person
from tests.venue.two_accounts import ANA, BEN, GALA, Two, of


@pytest.mark.slow
def test_killed_while_an_event_goes_to_another_account_it_goes_on(two: Two) -> None:
    house = two.house
    house.start()
    names = [two.photo("Gala") for _ in range(4)]
    two.verified(4)
    two.emulator.outage(3)
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    house.kill()
    house.start()
    wait_for(lambda: two.there(ANA) == of("Gala", *names), 40, "all is on Ana's Drive")
    two.verified(4)
    two.safe()
    assert two.there(BEN) == of("Gala", *names)
    for _ in range(3):  # to and fro, before anything is done
        for account in (BEN, ""):
            assert house.run("events", "set", "Gala", "account", account, "--yes").returncode == 0
    two.verified(4)
    two.safe()
    assert two.there(ANA) == two.there(BEN) == of("Gala", *names)


@pytest.mark.slow
def test_without_an_agent_what_is_set_holds_at_the_next_start(two: Two) -> None:
    name = two.photo("Gala")
    assert two.house.run("events", "set", "Gala", "account", "").returncode == 0
    two.house.start()
    two.verified(1)
    assert (two.there(ANA), two.there(BEN)) == (of("Gala", name), [])


def test_the_account_that_all_events_use_is_no_other_one(two: Two) -> None:
    """Named by an event, it is that one: there is one way to one Drive."""
    assert two.house.json("events", "add", "Ball", "--account", ANA.upper())["settings"]["account"] is None
    assert two.house.run("events", "set", "Gala", "account", "no address").returncode == 2
    assert log_in(two.house, emulator_account=BEN).code == 0  # an event's: it stays beside
    rows = {one["account"]: one for one in json.loads(two.house.run("accounts", "--json").stdout)}
    assert rows[ANA]["default"] and not rows[BEN]["default"]
    done = log_in(two.house, "--account", BEN, emulator_account="carl@example.com")
    assert done.code == 4 and "Somebody else signed in" in done.said
    assert "carl@example.com" not in two.house.run("accounts").stdout


@pytest.mark.slow
def test_a_photo_moved_between_events_of_two_accounts_is_sent_there_and_goes_here(two: Two) -> None:
    """Drive moves nothing from one account to another; undone, it comes out of the trash by its id."""
    house = two.house
    house.start()
    name = two.photo()
    two.verified(1)
    (photo,) = house.json("photos")
    assert house.run("photos", "move", str(photo["id"]), "--event", "Gala").returncode == 0
    wait_for(lambda: (two.there(ANA), two.there(BEN)) == ([], of("Gala", name)), 30, "it is on the other Drive alone")
    two.safe()
    assert house.run("undo").returncode == 0
    wait_for(lambda: (two.there(ANA), two.there(BEN)) == (of("default", name), []), 30, "it is back")
    two.safe()
    assert house.run("verify").returncode == 0


@pytest.mark.slow
def test_an_event_that_is_gone_leaves_nothing_to_do_for_its_account(two: Two) -> None:
    """Though nobody had ever signed in to it: no folder is waited for that is never made."""
    house = two.house
    assert house.run("logout", "--account", BEN).returncode == 0
    two.emulator.expire("refresh_tokens")  # the emulator's open sign-in, too
    assert log_in(house, "--account", ANA).code == 0
    house.start()
    two.photo("Gala")
    wait_for(lambda: two.status["photos"]["unsorted"] == 1, 30, "it is filed here")
    two.photo()
    two.verified(1)
    assert two.drive_of(BEN)["state"] == "needs_login"
    assert house.run("events", "remove", "Gala").returncode == 0
    two.safe()
    assert two.status["drive"]["state"] == "online"


@pytest.mark.slow
def test_who_is_forgotten_is_deleted_where_the_event_is_and_older_files_are_named(two: Two) -> None:
    house = two.house
    house.start()
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg"), "--event", "Gala").returncode == 0
    target = house.root / GALA / "her.jpg"
    target.write_bytes((FACES / "one_guest.jpg").read_bytes())
    two.verified(1)
    assert two.there(BEN) == ["venuesync/Gala/People/Ana/Solo/her.jpg"]
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: two.there(ANA) == ["venuesync/Gala/People/Ana/Solo/her.jpg"], 30, "she is on Ana's Drive")
    two.verified(1)
    done = house.json("people", "forget", "Ana", "--event", "Gala", "--yes")
    assert f"the Drive of {BEN}, from before" in done["named"]
    wait_for(lambda: not [one for one in two.there(ANA) if "People" in one], 30, "nothing of her is there")
    assert two.there(BEN) == ["venuesync/Gala/People/Ana/Solo/her.jpg"]


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")
def test_who_is_forgotten_is_blurred_on_every_account_before_an_event_leaves_one(two: Two) -> None:
    """A photo of theirs was moved into an event of another account: the photo itself goes from that Drive for good."""
    house = two.house
    house.start()
    assert house.run("enroll", "Mia", str(of_person("mia_lindqvist")[0]), "--event", "default").returncode == 0
    house.drop(TOGETHER, "IMG.jpg")
    two.verified(1)
    (photo,) = house.json("photos")
    assert house.run("photos", "move", str(photo["id"]), "--event", "Gala").returncode == 0
    wait_for(lambda: [len(two.there(one)) for one in (ANA, BEN)] == [0, 1], 30, "it is on Ben's Drive")
    two.safe()
    shown = lambda: [one for one in two.emulator.files() if one.get("md5Checksum") == md5(TOGETHER.read_bytes())]  # noqa: E731
    assert BEN in {one["owner"] for one in shown()}
    assert house.run("pause").returncode == 0
    assert house.run("people", "forget", "Mia", "--event", "default", "--blur", "--yes").returncode in (0, 5)
    refused = house.run("events", "set", "Gala", "account", "", "--yes")
    assert refused.returncode == 2 and "being forgotten" in refused.stderr
    assert house.run("resume").returncode == 0
    wait_for(lambda: not shown(), 40, "nobody is to be seen, on no Drive, and in no trash")
    two.safe()
    assert [len(two.there(one)) for one in (ANA, BEN)] == [0, 1]
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: len(two.there(ANA)) == 1, 30, "it goes to Ana's Drive as it is")
    assert not shown()
