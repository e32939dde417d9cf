"""What must hold after any trouble: nothing lost, nothing doubled, nothing touched that is not ours, no false word.

    python -m tests.venue.invariants WORKSPACE --drive URL --expected manifest.json [--moving]

Reads the ledger's tables, the disk and the emulator by itself: no line of it is shared with what it judges.
Prints each breach on a line and exits 1; `--moving`: while the agent is still at work, so without what holds at rest.
"""

# ruff: noqa: T201 - a command

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.venue.manifest import Manifest, Photo, look_of, md5
from tests.venue.recount import recount

FOLDER = "application/vnd.google-apps.folder"
OURS, OUR_FOLDER, OUR_PHOTO, MADE = "venuesync", "venuesync_folder", "venuesync_photo", "venuesync_made"
HERE = "-"  # in a placement: nothing of it is wanted on Drive
OUTPUTS = ("People", "Unsorted", "All Photos", "Processed")
Row = dict[str, Any]


@dataclass
class Seen:
    """Ledger, disk and Drive as they are at one moment. `drive` is `None` where Drive is off."""

    root: Path
    tables: dict[str, list[Row]]
    drive: dict[str, Row] | None
    workspace_id: str
    status: Row | None
    at_rest: bool = True
    filed: dict[str, str] = field(default_factory=dict)  # path below the workspace -> MD5

    def __post_init__(self) -> None:
        self.photos = {row["id"]: row for row in self.tables["photo"]}
        self.folders = {row["id"]: row for row in self.tables["folder"]}
        self.made = {(row["sha256"], row["made_as"]): row["md5"] for row in self.tables["rendition"]}
        self.placements: dict[int, list[Row]] = defaultdict(list)
        for row in self.tables["placement"]:
            self.placements[row["event_photo"]].append(row)
        self.troubles: dict[int, list[Row]] = defaultdict(list)
        for row in self.tables["trouble"]:
            if row["event_photo"] is not None:
                self.troubles[row["event_photo"]].append(row)

    def is_to_lie(self, placement: Row, photo: Row) -> str | None:
        """The MD5 of what a placement is on disk; of a blurred face alone it is another one than the photo's."""
        name = placement["filed_as"]
        assert not name or (photo["kind"] == "image" and "~" in name), f"filed as {name}"
        return self.made.get((photo["sha256"], name)) if name else photo["md5"]

    def path_of(self, placement: Row) -> str | None:
        folder = self.folders[placement["folder"]]["disk_path"]
        return None if folder is None or placement["disk_name"] is None else f"{folder}/{placement['disk_name']}"


def look(workspace: Path, drive_url: str | None, *, at_rest: bool = True, status: Row | None = None) -> Seen:
    """Take everything in. The ledger is read in one transaction, before disk and Drive."""
    ledger = ledger_of(workspace)
    return Seen(
        workspace,
        tables_of(ledger),
        None if drive_url is None else drive_files(drive_url),
        workspace_id(ledger.with_name("roster.json")),
        status,
        at_rest,
        dict(filed_files(workspace)),
    )


def ledger_of(workspace: Path) -> Path:
    return Path(os.environ.get("VENUESYNC_STATE_DIR") or workspace / ".venuesync") / "ledger.sqlite"


def tables_of(ledger: Path) -> dict[str, list[Row]]:
    names = (
        "photo",
        "event_photo",
        "placement",
        "folder",
        "trouble",
        "activity",
        "face",
        "sighting",
        "source_file",
        "rendition",
        "amiss_on_drive",
    )
    db = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, isolation_level=None, timeout=30)
    try:
        db.row_factory = sqlite3.Row
        db.execute("BEGIN")
        return {name: [dict(row) for row in db.execute(f"SELECT * FROM {name}")] for name in names}
    finally:
        db.close()


def drive_files(url: str) -> dict[str, Row]:
    with urllib.request.urlopen(f"{url}/_emulator/files", timeout=60) as answer:
        return {one["id"]: one for one in json.load(answer)}


def workspace_id(roster: Path) -> str:
    return str(next(iter(json.loads(roster.read_bytes())["workspace"].values()))["id"])


def filed_files(workspace: Path) -> Iterator[tuple[str, str]]:
    """Every file and link in output folders, with its MD5; a link by where it leads."""
    events = workspace / "Events"
    bases = [workspace, *(sorted(events.iterdir()) if events.is_dir() else [])]
    for top in (base / output for base in bases for output in OUTPUTS):
        for folder, folders, names in os.walk(top):
            for name in [*names, *(one for one in folders if (Path(folder) / one).is_symlink())]:
                path = Path(folder) / name
                try:
                    told = f"link to {os.readlink(path)}" if path.is_symlink() else md5(path.read_bytes())  # noqa: PTH115
                except FileNotFoundError:  # on its way to its name, where an agent is at work
                    continue
                yield str(path.relative_to(workspace)), told


# ---- the invariants; each yields its breaches in words


def breaches(seen: Seen, expected: Manifest) -> list[str]:
    """Every invariant, in the order in which a breach hurts."""
    found = [
        *every_photo_is_accounted_for(seen, expected),
        *placements_lie_on_disk(seen, expected),
        *nothing_else_lies_on_disk(seen, expected),
        *blurred_photos_are_not_seen(seen),
        *nothing_of_others_was_touched(seen, expected),
    ]
    if seen.drive is not None:
        found += [*placements_lie_on_drive(seen, expected), *nothing_else_is_tagged(seen)]
        found += others_files_on_drive_are_untouched(seen, expected)
    if seen.status is not None and seen.at_rest:
        found += recount(seen.tables, seen.status)
        found += safe_is_true(seen, expected)
    return found


def every_photo_is_accounted_for(seen: Seen, expected: Manifest) -> Iterator[str]:
    """Placed, failed with a reason, set aside by name, or named as missing."""
    by_sha = {row["sha256"]: row["id"] for row in seen.tables["photo"]}
    rows: dict[tuple[int, str], Row] = {(row["photo"], row["event"]): row for row in seen.tables["event_photo"]}
    for photo in expected.photos:
        row = rows.get((by_sha.get(photo.sha256, 0), photo.event))
        why = "the ledger does not know it" if row is None else unaccounted(seen, expected, photo, row)
        if why is not None and not named_as_missing(seen, photo):
            yield f"lost: {photo.name} of {photo.event} ({photo.path or photo.drive_id}): {why}"


def unaccounted(seen: Seen, expected: Manifest, photo: Photo, row: Row) -> str | None:
    """Why a photo that the ledger knows is not where it should be; `None`: it is."""
    wanted = [one for one in seen.placements[row["id"]] if one["wanted"]]
    match row["state"]:
        case "filed" | "unsorted":
            return None if wanted else f"{row['state']}, and wanted in no folder"
        case "failed":
            return None if told(seen, row, "open") else "failed, and nothing says why"
        case "dismissed":
            aside = photo.sha256 in expected.dismissed or told(seen, row, "dismissed")
            return None if aside else "set aside, and by nobody"
        case "withdrawn" | "moved":
            return None if photo.sha256 in expected.withdrawn else f"{row['state']} by nobody"
        case "superseded":
            return None if photo.path in expected.gone else "superseded, though its original was not taken away"
        case state:
            return f"still {state}" if seen.at_rest and state != "held" else None


def told(seen: Seen, row: Row, state: str) -> bool:
    """Whether a trouble of the photo says what happened and what to do."""
    return any(one["state"] == state and one["detail"] and one["remedy"] for one in seen.troubles[row["id"]])


def named_as_missing(seen: Seen, photo: Photo) -> bool:
    return any(photo.name in one["detail"] or photo.name in one["subject"] for one in open_troubles(seen))


def open_troubles(seen: Seen) -> list[Row]:
    return [one for one in seen.tables["trouble"] if one["state"] == "open"]


def placements_lie_on_disk(seen: Seen, expected: Manifest) -> Iterator[str]:
    """Each wanted placement is exactly one file here, with its photo's bytes, or with what is to stand for it."""
    taken: Counter[str] = Counter()
    photo_of = {row["id"]: seen.photos[row["photo"]] for row in seen.tables["event_photo"]}
    for one in seen.tables["placement"]:
        path, photo = seen.path_of(one), photo_of[one["event_photo"]]
        if one["disk"] == "there":
            taken[str(path)] += 1
            if (lies := seen.filed.get(str(path))) != seen.is_to_lie(one, photo):
                yield f"on disk: {path} is {'not there' if lies is None else 'of other bytes'}"
        if one["disk"] == "removed" and path not in expected.removed:
            yield f"on disk: {path} counts as removed by hand, and nobody removed it"
        if seen.at_rest and one["disk_due"] and not seen.troubles[one["event_photo"]]:
            yield f"on disk: {path} is still {one['disk']}, wanted {one['wanted']}"
    yield from (f"on disk: {path} stands for {count} placements" for path, count in taken.items() if count > 1)


def blurred_photos_are_not_seen(seen: Seen) -> Iterator[str]:
    """Where a face is blurred, the photo itself lies in no folder of its event, and of ours nowhere on Drive."""
    photo_of = {row["id"]: seen.photos[row["photo"]] for row in seen.tables["event_photo"]}
    blurred = [one for one in seen.tables["placement"] if one["filed_as"] and one["wanted"]]
    for one in blurred if seen.at_rest else ():
        photo, folder = photo_of[one["event_photo"]], seen.folders[one["folder"]]["disk_path"] or ""
        base = folder.partition("People/")[0] if folder.startswith("Events/") else ""
        for path, content in seen.filed.items():
            mine = path.startswith(base) if base else not path.startswith("Events/")
            if content == photo["md5"] and mine and "Processed" not in Path(path).parts:
                yield f"on disk: {path} shows somebody whose face is to be blurred"
        for file in (seen.drive or {}).values():
            tags = file["appProperties"]
            ours = tags.get(OURS) == seen.workspace_id and tags.get(OUR_PHOTO) == photo["sha256"]
            elsewhere = any(row["drive_id"] == file["id"] and not row["filed_as"] for row in seen.tables["placement"])
            if ours and not elsewhere and tags.get(MADE, "").partition("~")[2] != one["filed_as"].partition("~")[2]:
                yield f"on Drive: {file['path']} shows somebody whose face is to be blurred"


def nothing_else_lies_on_disk(seen: Seen, expected: Manifest) -> Iterator[str]:
    known = {seen.path_of(one) for one in seen.tables["placement"] if one["disk"] != "absent"}
    arrived = {photo.md5 for photo in expected.photos}
    for path, content in seen.filed.items():
        if str(seen.root / path) in expected.kept or path in known:
            continue
        if "Processed" in Path(path).parts and content in arrived:
            continue  # an original that was moved there
        if seen.at_rest or not Path(path).name.startswith(".venuesync-"):
            yield f"on disk: {path} is nobody's"


def nothing_of_others_was_touched(seen: Seen, expected: Manifest) -> Iterator[str]:
    arrived = {photo.md5 for photo in expected.photos}
    processed = {content for path, content in seen.filed.items() if "Processed" in Path(path).parts}
    originals = {photo.path: photo.md5 for photo in expected.photos}
    for path, before in expected.kept.items():
        try:
            now = look_of(Path(path))
        except FileNotFoundError:
            if originals.get(path) in arrived & processed:
                continue
            now = "not there"
        except OSError as error:
            now = str(error)
        if now != before:
            yield f"touched: {path} was {before}, is {now}"


def placements_lie_on_drive(seen: Seen, expected: Manifest) -> Iterator[str]:
    """Each wanted placement is exactly one file there, in its folder, with the right MD5 and tag."""
    assert seen.drive is not None
    photo_of = {row["id"]: seen.photos[row["photo"]] for row in seen.tables["event_photo"]}
    taken = Counter(one["drive_id"] for one in seen.tables["placement"] if one["drive_id"] and one["drive"] == "there")
    yield from (f"on Drive: {one} stands for {count} placements" for one, count in taken.items() if count > 1)
    for one in seen.tables["placement"]:
        path, photo = seen.path_of(one), photo_of[one["event_photo"]]
        if one["drive"] == "there":
            yield from (f"on Drive: {path} {why}" for why in wrong_on_drive(seen, one, photo))
        if one["made_as"] == HERE and one["wanted"] and one["drive"] == "removed":
            if one["drive_id"] is not None:
                yield f"on Drive: {path} is to be here alone, and has an id there"
        elif one["drive"] == "removed" and not {path, one["drive_id"]} & set(expected.removed):
            yield f"on Drive: {path} counts as removed by hand, and nobody removed it"
        waits = one["owed"] is not None and one["owed"] == one["made_as"]  # for a line that is not metered
        if seen.at_rest and one["drive_due"] and not waits and not seen.troubles[one["event_photo"]]:
            yield f"on Drive: {path} is still {one['drive']}, wanted {one['wanted']}"


def wrong_on_drive(seen: Seen, placement: Row, photo: Row) -> Iterator[str]:
    assert seen.drive is not None
    file = seen.drive.get(placement["drive_id"])
    if file is None or file["trashed"]:
        yield "is not there" if file is None else "lies in the trash"
        return
    made_as = placement["made_as"]
    if file["md5Checksum"] != (seen.made.get((photo["sha256"], made_as)) if made_as else photo["md5"]):
        yield "has other bytes"
    if file["appProperties"].get(MADE, "") != made_as:
        yield f"is {file['appProperties'].get(MADE) or 'the original'} and not {made_as or 'that'}"
    if file["appProperties"].get(OUR_PHOTO) != photo["sha256"]:
        yield "carries another photo's mark"
    folder = seen.folders[placement["folder"]]
    if folder["account"] and file["driveId"] is None and file["owner"] != folder["account"]:
        yield f"lies on the Drive of {file['owner']} and not of {folder['account']}"
    up = seen.drive.get(file["parent"] or "", {})
    tagged = up.get("appProperties", {}).get(OUR_FOLDER) == folder["key"]
    if seen.at_rest and not (tagged or file["parent"] == folder["drive_id"]):
        yield f"lies in {up.get('path')}"


def nothing_else_is_tagged(seen: Seen) -> Iterator[str]:
    """What carries our tag and is not trashed is a placement's or a folder's, and each of these once."""
    assert seen.drive is not None
    photos = {one["drive_id"] for one in seen.tables["placement"] if one["drive_id"]}
    folders = {one["drive_id"] for one in seen.tables["folder"] if one["drive_id"]}
    makers: set[str] = set()
    keys: Counter[tuple[str, str]] = Counter()
    for file in seen.drive.values():
        mine = file["appProperties"].get(OURS) == seen.workspace_id
        if not mine:
            continue
        makers.add(file["client"])
        if file["trashed"] or not seen.at_rest:
            continue
        if file["mimeType"] == FOLDER:
            keys[file["owner"], file["appProperties"].get(OUR_FOLDER, file["path"])] += file["id"] in folders
        if file["id"] not in (folders if file["mimeType"] == FOLDER else photos):
            yield f"on Drive: {file['path']} carries our tag and is nobody's"
    yield from (f"on Drive: {count} folders of {who} are {key}" for (who, key), count in keys.items() if count > 1)
    for file in seen.drive.values():
        if file["client"] in makers and OURS not in file["appProperties"] and not file["trashed"]:
            yield f"on Drive: {file['path']} was made by us and carries no tag"


def others_files_on_drive_are_untouched(seen: Seen, expected: Manifest) -> Iterator[str]:
    assert seen.drive is not None
    for drive_id, before in expected.foreign.items():
        file = seen.drive.get(drive_id)
        if file is None or file["trashed"]:
            yield f"touched on Drive: {before.get('name')} is gone"
            continue
        for key, value in before.items():
            if file.get(key) != value:
                yield f"touched on Drive: {file['path']}: {key} was {value}, is {file.get(key)}"


def safe_is_true(seen: Seen, expected: Manifest) -> Iterator[str]:
    """Who is told that it is safe has everything where it belongs."""
    assert seen.status is not None
    safe = seen.status["safe_to_leave"]
    if safe["safe"]:
        owed = [
            seen.path_of(one)
            for one in seen.tables["placement"]
            if one["wanted"] and one["owed"] is not None and one["drive"] != "removed"
        ]
        yield from (f"safe said too soon: {path} is only a small copy, or waits for a line" for path in owed)
        here_alone = left_here(seen)
        photos = [one for one in expected.photos if one.sha256 not in here_alone]
        filed = {**seen.filed, **stand_ins(seen)}
        yield from (f"safe said too soon: {why}" for why in not_home(seen.drive, filed, expected, photos))
        if stand_ins(seen) and seen.drive is not None and "blurred only here" not in safe["reason"]:
            yield f"safe does not say that originals are only here: {safe['reason']}"
        if len(photos) < len(expected.photos) and "only here" not in safe["reason"]:
            yield f"safe does not say what is only here: {safe['reason']}"


def stand_ins(seen: Seen) -> dict[str, str]:
    """Photos of which something else is filed, path -> MD5: it has to lie there, and the photo itself to be kept."""
    found: dict[str, str] = {}
    photo_of = {row["id"]: seen.photos[row["photo"]] for row in seen.tables["event_photo"]}
    for one in seen.tables["placement"]:
        photo = photo_of[one["event_photo"]]
        kept = seen.root / ".venuesync" / "withdrawn" / photo["sha256"]
        lies = seen.filed.get(str(seen.path_of(one))) == seen.is_to_lie(one, photo)
        if one["filed_as"] and one["wanted"] and lies and kept.is_file() and md5(kept.read_bytes()) == photo["md5"]:
            found[f"{seen.path_of(one)} stands for it"] = photo["md5"]
    return found


def left_here(seen: Seen) -> set[str]:
    """Contents of which nothing is wanted on Drive, by the rules of an event that has such."""
    wanted = [one for one in seen.tables["placement"] if one["wanted"]]
    photo_of = {row["id"]: seen.photos[row["photo"]]["sha256"] for row in seen.tables["event_photo"]}
    up = {photo_of[one["event_photo"]] for one in wanted if one["made_as"] != HERE}
    return {photo_of[one["event_photo"]] for one in wanted} - up


def not_home(
    drive: dict[str, Row] | None, filed: dict[str, str], expected: Manifest, photos: list[Photo]
) -> Iterator[str]:
    """Photos whose bytes lie in no output folder here, or (where Drive is on) in no file of ours there.

    Set-aside, withdrawn and taken-away ones may be missing: somebody said so.
    """
    here = set(filed.values())
    there = None
    if drive is not None:
        ours = [one for one in drive.values() if not one["trashed"] and OURS in one["appProperties"]]
        there = {one["md5Checksum"] for one in ours}
        there |= {one["appProperties"][OUR_PHOTO] for one in ours if one["appProperties"].get(MADE)}
    excused = {*expected.withdrawn, *expected.dismissed}
    for photo in photos:
        if photo.sha256 in excused or photo.path in expected.gone:
            continue
        if photo.md5 not in here:
            yield f"{photo.name} {'' if photo.drive_id is None else 'of a source '}is not filed"
        elif there is not None and not {photo.md5, photo.sha256} & there:
            yield f"{photo.name} is not on Drive"


# ---- the command


def status_of(workspace: Path) -> Row | None:
    command = [sys.executable, "-m", "tui.cli", "--workspace", str(workspace), "status", "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return json.loads(told.stdout) if told.stdout else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--drive", help="the emulator's address; none: Drive is off")
    parser.add_argument("--expected", type=Path, required=True, help="the campaign's manifest")
    parser.add_argument("--moving", action="store_true", help="the agent is still at work")
    given = parser.parse_args()
    expected = Manifest.load(given.expected)
    status = None if given.moving else status_of(given.workspace)
    found = breaches(look(given.workspace, given.drive, at_rest=not given.moving, status=status), expected)
    for one in found:
        print(one)
    print(f"{len(expected.photos)} photos, {len(found)} breaches", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
