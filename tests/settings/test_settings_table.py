"""The contract's table of settings, word for word, against the classes; and config.toml.example against both."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent.errors import UsageError
from agent.settings import load_settings
from agent.settings.checked import all_keys
from agent.settings.example import example_text
from agent.settings.layers import ALIASES
from agent.workspace import find_workspace, prepare

REPOSITORY = Path(__file__).parents[2]
MINUTES = (0.5, 60)

KEYS = {
    "enroll": "e", "pause": "p", "pause_all": "P", "sync": "s", "resync": "R", "retry": "x", "retry_all": "X",
    "set_aside": "d", "bring_back": "b", "healed": "h", "undo": "z", "redo": "U", "yes": "y", "no": "n",
    "link": "l", "open": "o", "order": "c", "kind": "k", "rename": "r", "merge": "m", "ignore": "i",
    "file_as": "f", "move": "M", "withdraw": "w", "add": "a", "add_source": "A", "long_side": "L", "next_event": "v",
    "clocks": "K",
    "look": "space", "faces": "f2", "export": "E", "consent": "C", "guests": "G", "forget": "F", "report": "N",
    "messages": "T", "agent": "S", "find": "/", "find_anywhere": "ctrl+p", "sign_in": "g", "light": "t", "help": "?",
    "quit": "q", "metered": "D", "account": "W",
}  # fmt: skip
# key: (default, what is accepted, alias). A pair of numbers is a range, a set all choices; None: the table names none.
TABLE: dict[str, tuple[Any, Any, str | None]] = {
    "drive.enabled": (True, None, None),
    "drive.endpoint": ("", None, None),
    "drive.destination": ("", None, "DRIVE_ROOT_FOLDER_ID"),
    "drive.send": (True, None, "UPLOAD_QUEUE_ENABLED"),
    "drive.uploads": (8, (1, 32), "UPLOAD_BATCH_SIZE"),
    "drive.downloads": (3, (1, 32), None),
    "drive.attempts": (3, None, "UPLOAD_MAX_RETRIES"),
    "drive.retry_delay": (1.0, None, "UPLOAD_RETRY_DELAY"),
    "drive.folder_check": (10.0, None, "FOLDER_SYNC_INTERVAL"),
    "drive.up_mbps": (0.0, None, None),
    "drive.down_mbps": (0.0, None, None),
    "drive.metered": (False, None, None),
    "drive.metered_long_side": (2048, (640, 8000), None),
    "drive.metered_quality": (80, (50, 100), None),
    "drive.daily_mb": (0.0, None, None),
    "drive.progress_timeout": (300.0, None, None),
    "drive.push": ("", None, None),
    "sync.interval": (2.0, MINUTES, "AUTO_SYNC_INTERVAL"),
    "sync.adaptive": (True, None, None),
    "sync.gone": ("keep", {"keep", "remove"}, None),
    "incoming.folders": ([], None, None),
    "incoming.after": ("keep", {"keep", "move"}, None),
    "incoming.sweep": (60.0, None, None),
    "incoming.replaced": ("keep", {"keep", "replace"}, None),
    "faces.engine": ("dlib-onnx", {"dlib-onnx", "face_recognition"}, None),
    "faces.workers": (os.cpu_count(), None, None),
    "faces.executor": ("local", None, None),
    "faces.second_looks": (True, None, None),
    "faces.tolerance": (0.50, (0.3, 0.6), None),
    "faces.review": (0.60, (0.3, 0.7), None),
    "people.guest_after": (3, None, None),
    "people.require_consent": (False, {True, False}, None),
    "people.consent_ended": ("ask", {"ask", "forget"}, None),
    "people.forgotten": ("stay", None, None),
    "people.unknown_days": (0, None, None),
    "people.strangers_days": (7, None, None),
    "people.ended_days": (0, None, None),
    "disk.keep_free": (2_000_000_000, None, None),
    "filing.name": ("", None, None),
    "filing.mode": ("", None, None),
    "filing.group": ("", None, None),
    "power.stay_awake": (True, {True, False}, None),
    "cleanup.at": ("02:00", None, None),
    "cleanup.days": (7, None, None),
    "time.zone": ("system", None, None),
    "schedule.sync_hours": (6.0, None, None),
    "schedule.mark_hours": (12.0, None, None),
    "schedule.stale_hours": (24.0, None, None),
    "schedule.pace": ([], None, None),
    "monitor.on_hangup": ("headless", {"headless", "stop"}, None),
    "monitor.pictures": ("auto", {"auto", "pixels", "blocks", "off"}, None),
    "monitor.bell": (True, None, None),
    "monitor.desktop": ("auto", {"auto", "9", "777", "off"}, None),
    "monitor.theme": ("auto", None, None),
    **{f"keys.{name}": (key, None, None) for name, key in KEYS.items()},
    "api.listen": ("", None, None),
    "api.token_days": (90, None, None),
    "api.key": ("", None, "JWT_SECRET_KEY"),
    "guests.page": (False, None, None),
    "guests.event": ("", None, None),
    "guests.address": ("", None, None),
    "guests.enroll": (True, {True, False}, None),
    "guests.hours": (12, None, None),
    "guests.words": ("", None, None),
    "notify.addresses": ([], None, None),
    "notify.tell": (["safe", "problems"], None, None),
    "notify.safe_after": (5.0, (0, 1440), None),
    "notify.offline_after": (10.0, (0, 1440), None),
    "notify.every": (30.0, (1, 1440), None),
    "notify.quiet": ("", None, None),
    "notify.problem": ("{venue}: {title}\n{text}", None, None),
    "notify.over": ("{venue}: Over: {title}\n{text}", None, None),
    "notify.safe": ("{venue}: safe to pack up\n{text}", None, None),
    "notify.new_photos": ("{venue}: new photos of {count}\n{text}", None, None),
    "log.level": ("info", {"debug", "info", "warning", "error"}, None),
    "log.format": ("text", {"text", "json"}, None),
    "log.names": (False, {True, False}, None),
}
RANGES = {key: accepted for key, (_, accepted, _) in TABLE.items() if isinstance(accepted, tuple)}
CHOICES = [
    (key, choice) for key, (_, accepted, _) in TABLE.items() if isinstance(accepted, set) for choice in sorted(accepted)
]


def value_of(key: str, folder: Path, **variables: str) -> Any:
    section, _, name = key.partition(".")
    value = getattr(getattr(load_settings(folder, variables), section), name)
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def variable(key: str) -> str:
    return "VENUESYNC_" + key.upper().replace(".", "__")


def test_there_are_the_keys_of_the_contract_and_no_others() -> None:
    assert sorted(all_keys()) == sorted(TABLE)


@pytest.mark.parametrize("key", TABLE)
def test_the_default_is_the_contracts(key: str, tmp_path: Path) -> None:
    assert value_of(key, tmp_path) == TABLE[key][0]


@pytest.mark.parametrize("key", RANGES)
def test_the_range_is_the_contracts_to_its_ends(key: str, tmp_path: Path) -> None:
    low, high = RANGES[key]
    assert value_of(key, tmp_path, **{variable(key): str(low)}) == low
    assert value_of(key, tmp_path, **{variable(key): str(high)}) == high
    for outside in (low - 0.01 if isinstance(low, float) else low - 1, high + 0.01 if high < 1 else high + 1):
        with pytest.raises(UsageError) as refused:
            load_settings(tmp_path, {variable(key): str(outside)})
        assert f"{low:g} to {high:g}" in str(refused.value)


@pytest.mark.parametrize(("key", "choice"), CHOICES)
def test_every_choice_of_the_contract_is_accepted(key: str, choice: Any, tmp_path: Path) -> None:
    assert value_of(key, tmp_path, **{variable(key): str(choice)}) == choice


def test_the_aliases_are_the_contracts() -> None:
    assert {alias: key for key, (_, _, alias) in TABLE.items() if alias} == ALIASES


@pytest.mark.parametrize(
    ("name", "minutes"), [("fast", 2), ("normal", 10), ("slow", 30), ("hourly", 60), (" Fast ", 2), ("0.5", 0.5)]
)
def test_intervals_have_names(name: str, minutes: float, tmp_path: Path) -> None:
    assert value_of("sync.interval", tmp_path, VENUESYNC_SYNC__INTERVAL=name) == minutes
    assert value_of("sync.interval", tmp_path, AUTO_SYNC_INTERVAL=name) == minutes


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("2 GB", 2 * 10**9),
        ("500MB", 500 * 10**6),
        ("1 GiB", 2**30),
        ("1.5 gb", 1_500_000_000),
        ("12345", 12345),
        ("0", 0),
        ("64 KiB", 65536),
        ("1 TB", 10**12),
    ],
)
def test_amounts_are_written_as_people_write_them(written: str, amount: int, tmp_path: Path) -> None:
    assert value_of("disk.keep_free", tmp_path, VENUESYNC_DISK__KEEP_FREE=written) == amount


def test_another_pace_by_time_of_day_stands_in_a_variable_too(tmp_path: Path) -> None:
    """As every key does: whatever was written there was refused."""
    written = '[{"from": "18:00", "to": "23:30", "interval": "fast", "up_mbps": 20}]'
    (rule,) = load_settings(tmp_path, {"VENUESYNC_SCHEDULE__PACE": written}).schedule.pace
    assert (rule.start, rule.end, rule.interval, rule.up_mbps) == ("18:00", "23:30", 2.0, 20.0)
    assert load_settings(tmp_path, {"VENUESYNC_SCHEDULE__PACE": ""}).schedule.pace == []
    for wrong in ("18:00", '{"from": "18:00"}', '[{"from": "18:00"}]', "[", "[1]"):
        with pytest.raises(UsageError, match=r"schedule\.pace has a wrong value.*as JSON"):
            load_settings(tmp_path, {"VENUESYNC_SCHEDULE__PACE": wrong})


def test_folders_in_a_variable_are_separated_as_in_path(tmp_path: Path) -> None:
    assert value_of("incoming.folders", tmp_path, VENUESYNC_INCOMING__FOLDERS=f"/a b{os.pathsep}/c") == ["/a b", "/c"]


# ---- config.toml.example


def test_the_example_in_the_repository_is_the_generated_one() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "agent.settings.example"], capture_output=True, text=True, check=True
    ).stdout
    assert (REPOSITORY / "config.toml.example").read_text() == printed == example_text()


def test_the_example_changes_nothing_as_it_is(tmp_path: Path) -> None:
    prepare(find_workspace(tmp_path, {}))
    assert (tmp_path / "config.toml").read_text() == example_text()
    assert load_settings(tmp_path, {}) == load_settings(tmp_path / "nowhere", {})


def test_every_line_of_the_example_can_be_uncommented_and_is_then_the_default(tmp_path: Path) -> None:
    text = "\n".join(
        line[1:] if line.startswith("#") and not line.startswith("# ") else line for line in example_text().splitlines()
    )
    set_here = {f"{section}.{name}" for section, table in tomllib.loads(text).items() for name in table}
    assert set_here == set(TABLE)
    (tmp_path / "config.toml").write_text(text)
    assert load_settings(tmp_path, {}) == load_settings(tmp_path / "nowhere", {})


@pytest.mark.parametrize("key", TABLE)
def test_the_example_explains_every_key_and_names_its_alias(key: str) -> None:
    lines = example_text().splitlines()
    explained = [lines[number - 1] for number, line in enumerate(lines) if line.startswith(f"#{key.split('.')[1]} = ")]
    assert any(". Accepts " in line and len(line) > 30 for line in explained)
    alias = TABLE[key][2]
    assert alias is None or any(f"(also {alias})" in line for line in explained)
