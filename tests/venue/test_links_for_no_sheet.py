"""A link is made for a sheet, or a code, that can be written; whose cannot be made keeps nobody else from theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.test_people_commands import of, ok
from tests.venue.two_accounts import BEN, Two


def links(house: House) -> dict[str, bool]:
    return {one["name"]: bool(one["link"]) for one in house.json("people")}


@pytest.mark.slow
def test_no_link_is_made_for_what_cannot_be_written(house: House, tmp_path: Path) -> None:
    """Their folders were open to whoever has the link, and nobody had been told of one."""
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]))
    house.start()
    wait_for(lambda: "venuesync/default/People/Mia" in house.folders_on_drive(), 60, "her folder is on Drive")
    wait_for(lambda: house.json("status")["uploads"]["folders_left"] == 0, 60, "and that is known")
    mine, code = tmp_path / "cards.html", tmp_path / "code.svg"
    mine.write_text("something of mine")
    code.write_text("something of mine")
    house.environ["PATH"] = str(tmp_path)  # no browser
    for words in (
        ("cards", str(mine), "--link"),
        ("cards", str(tmp_path / "nowhere" / "cards.html"), "--link"),
        ("cards", str(tmp_path / "cards.pdf"), "--link"),
        ("link", "Mia", "--file", str(code)),
        ("link", "Mia", "--file", str(tmp_path / "nowhere" / "code.png")),
    ):
        refused = house.run("people", *words)
        assert (refused.returncode, refused.stdout, links(house)) == (2, "", {"Mia": False}), words
    assert mine.read_text() == code.read_text() == "something of mine"
    assert house.run("people", "link", "Mia", "--file", str(tmp_path / "mia.svg")).returncode == 0
    assert house.run("people", "cards", str(tmp_path / "all.html")).returncode == 0
    assert sorted(one.name for one in tmp_path.glob("*.*")) == ["all.html", "cards.html", "code.svg", "mia.svg"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_whose_link_cannot_be_made_keeps_nobody_else_from_their_card(two: Two, tmp_path: Path) -> None:
    """No sheet was written at all, though the links of those before them had been made."""
    house, sheet = two.house, tmp_path / "cards.html"
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]))
    ok(house, "enroll", "Zoe", str(of("hassan_darwish")[0]), "--event", "Gala")
    house.start()
    there = {"venuesync/default/People/Mia", "venuesync/Gala/People/Zoe"}
    wait_for(lambda: there <= {*house.folders_on_drive()}, 60, "both folders are on Drive")
    wait_for(lambda: two.status["uploads"]["folders_left"] == 0, 60, "and that is known")
    for what in ("refresh_tokens", "access_tokens"):
        two.emulator.expire(what, BEN)
    two.photo("Gala")
    wait_for(lambda: two.drive_of(BEN)["state"] == "needs_login", 30, "Ben has to sign in again")
    made = house.run("people", "cards", str(sheet), "--link")
    assert (made.returncode, "1 card" in made.stdout) == (5, True), made
    assert "No card, as there is no link: Zoe" in made.stderr
    assert (">Mia<" in sheet.read_text(), "Zoe" in sheet.read_text()) == (True, False)
    alone = house.run("people", "cards", str(tmp_path / "gala.html"), "--link", "--event", "Gala")
    assert (alone.returncode, (tmp_path / "gala.html").exists()) == (4, False), alone
