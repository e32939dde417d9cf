"""Opening a workspace's stores: folders that overlap, a workspace that was moved, folders named from elsewhere."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from agent.building.opening import open_stores
from agent.errors import UsageError
from agent.intake.folders import incoming_folders
from agent.ledger import counts, moved_photos, removed_events, sightings
from agent.ledger.sightings import FileFacts, Sighting
from agent.model import DEFAULT_EVENT, EventId
from agent.roster import Roster
from agent.settings import Settings
from agent.settings.keys import Incoming
from agent.workspace import Workspace, find_workspace
from tests.conftest import Venuesync
from tests.making import content, folder_row, photo_row, want


def watching(*folders: str | Path) -> Settings:
    return Settings(incoming=Incoming(folders=[str(folder) for folder in folders]))


def refused(workspace: Workspace, *folders: str | Path) -> str:
    with pytest.raises(UsageError) as caught:
        open_stores(workspace, watching(*folders))
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    "inside", ["People", "People/Mia", "Unsorted", "Processed", ".venuesync", ".venuesync/cache", ".", ".."]
)
def test_a_folder_in_or_around_what_we_file_is_refused_by_name(inside: str, workspace: Workspace) -> None:
    folder = (workspace.root / inside).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    message = refused(workspace, folder)
    assert str(folder) in message
    assert "overlap" in message


def test_incoming_folders_in_each_other_are_refused_by_name(workspace: Workspace, tmp_path: Path) -> None:
    assert str(workspace.incoming) in refused(workspace, workspace.incoming / "card")
    assert str(tmp_path / "a/b") in refused(workspace, tmp_path / "a", tmp_path / "a/b")
    assert "overlap" in refused(workspace, tmp_path / "a", tmp_path / "a")


@pytest.mark.parametrize("named", [".", "/", "Incoming/x", "Incoming"])
def test_a_folder_that_overlaps_with_what_is_always_watched_is_to_be_left_out(workspace: Workspace, named: str) -> None:
    """It said to watch the outer one alone: Incoming is watched whatever is said."""
    folder = workspace.root / named
    told = f"Leave {folder} out of incoming.folders: {workspace.incoming} is always watched"
    assert refused(workspace, named).endswith(told)


def test_a_link_does_not_hide_an_overlap(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.root / "People").mkdir()
    (tmp_path / "card").symlink_to(workspace.root / "People")
    assert str(tmp_path / "card") in refused(workspace, tmp_path / "card")


def test_links_in_a_circle_are_no_overlap_and_no_crash(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    opened = open_stores(workspace, watching(tmp_path / "a"))
    opened.ledger.close()


def test_names_that_begin_alike_do_not_overlap(workspace: Workspace, tmp_path: Path) -> None:
    opened = open_stores(workspace, watching(tmp_path / "card", tmp_path / "card 2", f"{workspace.root}-more"))
    opened.ledger.close()


@pytest.mark.slow
def test_the_command_ends_with_2(workspace: Workspace, venuesync: Venuesync) -> None:
    (workspace.root / "config.toml").write_text(f"[incoming]\nfolders = [{json.dumps(str(workspace.root / 'People'))}]")
    ended = venuesync("--workspace", workspace.root, "--no-ui", "--until-done")
    assert ended.returncode == 2, ended.stderr
    assert str(workspace.root / "People") in ended.stderr
    assert "incoming.folders" in ended.stderr


def test_a_relative_folder_lies_in_the_workspace_wherever_the_command_is_typed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = watching("cards/1", "/mnt/nas", "~/Pictures")
    watched = incoming_folders(workspace, settings, Roster(workspace.roster).events())
    assert [one.path for one in watched] == [
        workspace.incoming,
        workspace.root / "cards/1",
        Path("/mnt/nas"),
        Path.home() / "Pictures",
    ]


def test_a_moved_workspace_knows_its_photos_again(workspace: Workspace, tmp_path: Path) -> None:
    path, other = workspace.incoming / "a.jpg", tmp_path / "card/b.jpg"

    def fill(db: Any) -> None:
        for seen in (path, other):
            sighting = Sighting(str(seen), DEFAULT_EVENT, str(seen.parent), FileFacts(1, 1, 1))
            sightings.record_photo_at(db, sighting, content(seen.name.encode()), time.time(), seen.name)

    opened = open_stores(workspace, Settings())
    opened.ledger.submit(fill).result()
    opened.ledger.close()
    moved = find_workspace(workspace.root.rename(tmp_path / "moved"), {})
    opened = open_stores(moved, Settings())
    for folder, name in ((moved.incoming, "a.jpg"), (tmp_path / "card", "b.jpg")):
        assert list(opened.known_facts(str(folder), str(folder))) == [(str(folder / name), FileFacts(1, 1, 1))]
    assert list(opened.known_facts(str(workspace.incoming), str(workspace.incoming))) == []
    opened.ledger.close()


def test_files_that_drive_should_lose_hold_up_nobody_where_drive_is_off(workspace: Workspace) -> None:
    """Drive was on once, and switched off since."""
    opened = open_stores(workspace, Settings())

    def fill(db: Any) -> None:
        photo, unknown = photo_row(db), folder_row(db)
        want(db, photo, unknown)
        db.execute("UPDATE placement SET wanted = 0, disk = 'absent', drive = 'there', drive_id = 'd'")

    opened.ledger.submit(fill).result()
    assert opened.ledger.submit(counts.removals_due, drive=True).result() == 1
    assert opened.ledger.submit(counts.removals_due, drive=False).result() == 0
    opened.ledger.close()


def test_an_event_whose_removal_was_cut_short_is_forgotten_wholly(workspace: Workspace) -> None:
    """The roster has no such event any more; so it is, too, with a ledger that is older than the removal."""
    path, gone = workspace.incoming / "a.jpg", EventId("e1")

    def fill(db: Any) -> None:
        for event in (DEFAULT_EVENT, gone):
            sighting = Sighting(str(path.with_name(event)), event, str(path.parent), FileFacts(1, 1, 1))
            sightings.record_photo_at(db, sighting, content(b"a"), time.time(), "a.jpg")

    opened = open_stores(workspace, Settings())
    opened.ledger.submit(fill).result()
    opened.ledger.close()
    opened = open_stores(workspace, Settings())
    assert opened.ledger.ask(counts.photos)["seen"] == 1
    assert opened.ledger.ask(lambda db: db.column("SELECT DISTINCT event FROM sighting")) == [DEFAULT_EVENT]
    opened.ledger.close()


def test_a_photo_that_was_moved_out_of_an_event_that_went_does_not_belong_back_there(workspace: Workspace) -> None:
    """Learned anew from disk it would be made one of that event's, where nobody looks after it."""
    gone, photo = EventId("e1"), content(b"a")

    def fill(db: Any) -> None:
        sighting = Sighting(str(workspace.incoming / "a.jpg"), gone, str(workspace.incoming), FileFacts(1, 1, 1))
        arrival = sightings.record_photo_at(db, sighting, photo, time.time(), "a.jpg")
        moved_photos.move_in(db, DEFAULT_EVENT, arrival.photo, "a.jpg", gone, time.time())

    opened = open_stores(workspace, Settings())
    opened.ledger.submit(fill).result()
    opened.ledger.submit(removed_events.forget_event, gone, []).result()
    assert opened.ledger.ask(lambda db: moved_photos.came_from(db, DEFAULT_EVENT, photo.sha256)) is None
    opened.ledger.close()
