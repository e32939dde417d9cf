"""Consent: recorded with a person, shown, exported, taken back; and, where it is required, nobody known without it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from agent.requests.consent import ListAudit
from agent.requests.people import EnrollPerson, LinkPerson
from agent.workspace import Workspace
from tests.venue.house import House, wait_for
from tests.venue.running import an_agent, linked
from tests.venue.test_people_commands import drop, of, ok, people_on_disk


@pytest.mark.slow
def test_a_consent_is_recorded_shown_exported_and_taken_back(house: House, tmp_path: Path) -> None:
    drop(house, *of("mia_lindqvist")[1:])
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]), "--consent", "told the <helper>", "--until", "2099-01-31")
    ok(house, "enroll", "Hassan", str(of("hassan_darwish")[0]))
    rows = {row["name"]: (row["how"], row["until"]) for row in house.json("people", "consent")}
    assert rows == {"Mia": ("told the <helper>", "2099-01-31"), "Hassan": (None, None)}
    assert house.run("people", "consent", "Hassan").returncode == 1
    assert "Hassan consented: signed form" in ok(house, "people", "consent", "Hassan", "signed form")
    (hassan,) = house.json("people", "consent", "hassan")  # however it is written, as with all other verbs
    assert (hassan["name"], hassan["how"]) == ("Hassan", "signed form")
    assert house.json("people", "consent", hassan["id"]) == [hassan]
    nobody = house.run("people", "consent", "Hasan")
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert "There is no such person: Hasan. Known are: Hassan" in nobody.stderr
    ok(house, "enroll", "Hassan", str(of("hassan_darwish")[1]))
    assert house.json("people", "consent", "Hassan")[0]["how"] == "signed form"  # known better: it stays
    ok(house, "undo")
    assert "Undone: Consent of Hassan recorded" in ok(house, "undo")
    assert house.json("people", "consent", "Hassan")[0]["how"] is None

    done = [(row["what"], row["name"], row["by"]) for row in house.json("people", "audit")]
    assert done == [
        ("enrolled", "Mia", "operator"),
        ("enrolled", "Hassan", "operator"),
        ("consent recorded", "Hassan", "operator"),
        ("enrolled", "Hassan", "operator"),
        ("undone", None, "operator"),
        ("undone", None, "operator"),
    ]
    ok(house, "people", "forget", "Hassan", "--yes")
    lines = house.json("people", "audit")
    assert [row["person"] for row in lines if row["what"] != "undone"][1:] == ["forgotten"] * 3 + [""]
    assert lines[-1]["what"] == "forgotten"
    log = (house.root / ".venuesync" / "audit.jsonl").read_text()
    assert not [name for name in ("Mia", "Hassan", "helper") if name in log]

    assert house.until_done().returncode == 0
    ok(house, "people", "export", "Mia", str(tmp_path / "mia.zip"))
    with zipfile.ZipFile(tmp_path / "mia.zip") as held:
        assert json.loads(held.read("data.json"))["consent"]["how"] == "told the <helper>"
        page = held.read("index.html").decode()
    assert "told the &lt;helper&gt;" in page
    assert "until 2099-01-31" in page


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.settings(VENUESYNC_PEOPLE__REQUIRE_CONSENT="true")
def test_where_it_is_required_nobody_is_made_known_without(house: House) -> None:
    mia, anna = of("mia_lindqvist"), of("anna_berg")
    drop(house, *anna)
    refused = house.run("enroll", "Mia", str(mia[0]))
    assert (refused.returncode, "How did Mia consent?" in refused.stderr) == (2, True)
    assert "--consent" in refused.stderr
    assert house.json("people") == []
    assert house.run("enroll", "Mia", str(mia[0]), "--consent", "   ").returncode == 2
    ok(house, "enroll", "Mia", str(mia[0]), "--consent", "signed form")
    ok(house, "enroll", "Mia", str(mia[1]))  # known by a consent that holds

    assert house.until_done().returncode == 0
    (guest,) = house.json("unknown")  # a guest is nobody yet
    for command in (
        ["unknown", "name", guest["id"], "Anna"],
        ["people", "rename", "Guest 01", "Anna"],
        ["enroll", "Anna", f"photo:{guest['photo_ids'][0]}"],
    ):
        done = house.run(*command)
        assert (done.returncode, "How did Anna consent?" in done.stderr) == (2, True), command
    assert set(people_on_disk(house)) == {"Guest 01"}
    ok(house, "unknown", "name", guest["id"], "Anna", "--consent", "asked her")
    assert set(people_on_disk(house)) == {"Anna"}

    house.start()
    (house.root / "Enroll" / "Hassan.jpg").write_bytes(of("hassan_darwish")[0].read_bytes())
    note = house.root / "Enroll" / "Hassan.jpg.txt"
    wait_for(note.exists, 60, "the note beside the picture")
    assert "How did Hassan consent?" in note.read_text()
    assert "large and sharp" not in note.read_text(), "another picture would help nobody"
    ok(house, "enroll", "Hassan", str(of("hassan_darwish")[1]), "--consent", "signed form")
    wait_for((house.root / "Enroll" / "Enrolled" / "Hassan.jpg").exists, 20, "it is used now")
    assert not note.exists()
    assert house.stop() == 0


async def test_whose_link_was_changed_stands_in_the_audit(workspace: Workspace) -> None:
    """It said that one was, and nobody could tell to whose photos the door had been opened."""
    async with an_agent(workspace) as running:
        await linked(running)
        await running.service.ask(EnrollPerson(name="Jonas", photos=[str(of("jonas_lindqvist")[0])]))
        await running.service.ask(LinkPerson(person="mia", on=False))
        lines = [(one["what"], one["name"]) for one in await running.service.ask(ListAudit())]
    assert lines == [("enrolled", "Mia"), ("link changed", "Mia"), ("enrolled", "Jonas"), ("link changed", "Mia")]
