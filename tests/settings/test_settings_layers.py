"""Where settings come from, and which place wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.settings import Settings, load_settings
from agent.settings.layers import ALIASES

OF_ALIASES = {
    "DRIVE_ROOT_FOLDER_ID": ("1AbC", "1AbC"),
    "UPLOAD_QUEUE_ENABLED": ("false", False),
    "UPLOAD_BATCH_SIZE": ("5", 5),
    "UPLOAD_MAX_RETRIES": ("7", 7),
    "UPLOAD_RETRY_DELAY": ("2.5", 2.5),
    "FOLDER_SYNC_INTERVAL": ("30", 30.0),
    "AUTO_SYNC_INTERVAL": ("10", 10.0),
    "JWT_SECRET_KEY": ("k9Zr4vQ1xW7bN2mL8cT5yH3jD6fG0pSa", "k9Zr4vQ1xW7bN2mL8cT5yH3jD6fG0pSa"),
}


def write(folder: Path, toml: str = "", dotenv: str = "") -> None:
    (folder / "config.toml").write_text(toml)
    (folder / ".env").write_text(dotenv)


def test_the_environment_wins_over_dotenv_and_dotenv_over_the_file(tmp_path: Path) -> None:
    write(tmp_path, "[drive]\nuploads = 2\ndownloads = 2\nattempts = 2\n[log]\nlevel = 'debug'\n")
    dotenv = "VENUESYNC_DRIVE__UPLOADS=4\nVENUESYNC_DRIVE__DOWNLOADS=4\n"
    write(tmp_path, (tmp_path / "config.toml").read_text(), dotenv)
    drive = load_settings(tmp_path, {"VENUESYNC_DRIVE__UPLOADS": "6"}).drive
    assert (drive.uploads, drive.downloads, drive.attempts) == (6, 4, 2)
    assert load_settings(tmp_path, {}).log.level == "debug"


@pytest.mark.parametrize("alias", OF_ALIASES)
def test_the_predecessors_names_still_work(alias: str, tmp_path: Path) -> None:
    given, meant = OF_ALIASES[alias]
    section, _, name = ALIASES[alias].partition(".")

    def value(settings: Settings) -> object:
        found = getattr(getattr(settings, section), name)
        return found.get_secret_value() if alias == "JWT_SECRET_KEY" else found

    assert value(load_settings(tmp_path, {alias: given})) == meant
    write(tmp_path, dotenv=f"{alias}={given}\n")
    assert value(load_settings(tmp_path, {})) == meant


def test_all_aliases_are_tried_here() -> None:
    assert set(OF_ALIASES) == set(ALIASES)


def test_our_own_name_wins_over_the_predecessors_in_the_same_place(tmp_path: Path) -> None:
    both = {"UPLOAD_BATCH_SIZE": "5", "VENUESYNC_DRIVE__UPLOADS": "6"}
    assert load_settings(tmp_path, both).drive.uploads == 6
    assert load_settings(tmp_path, dict(reversed(both.items()))).drive.uploads == 6


def test_a_predecessors_name_in_the_environment_wins_over_ours_in_dotenv(tmp_path: Path) -> None:
    write(tmp_path, dotenv="VENUESYNC_DRIVE__UPLOADS=4\n")
    assert load_settings(tmp_path, {"UPLOAD_BATCH_SIZE": "5"}).drive.uploads == 5


def test_an_empty_predecessors_variable_is_none(tmp_path: Path) -> None:
    write(tmp_path, "[drive]\nuploads = 2\n")
    assert load_settings(tmp_path, {"UPLOAD_BATCH_SIZE": ""}).drive.uploads == 2


def test_dotenv_is_read_with_quotes_export_and_comments(tmp_path: Path) -> None:
    write(tmp_path, dotenv="# ours\nexport VENUESYNC_LOG__LEVEL='debug'\nVENUESYNC_DRIVE__UPLOADS=3 # three\n")
    settings = load_settings(tmp_path, {})
    assert (settings.log.level, settings.drive.uploads) == ("debug", 3)


def test_files_saved_by_windows_editors_are_read(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xef\xbb\xbf[drive]\r\nuploads = 3\r\n")
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfVENUESYNC_LOG__LEVEL=debug\r\n")
    settings = load_settings(tmp_path, {})
    assert (settings.drive.uploads, settings.log.level) == (3, "debug")


def test_other_peoples_variables_are_nobodys_setting(tmp_path: Path) -> None:
    others = {"DRIVE__UPLOADS": "99", "VENUESYNC_WORKSPACE": "/x", "VENUESYNC_STATE_DIR": "/y", "VENUESYNC_FACES": "/z"}
    assert load_settings(tmp_path, others) == Settings()


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().drive.uploads = 3  # type: ignore[misc]


def test_the_key_shows_in_no_print_of_the_settings(tmp_path: Path) -> None:
    secret = "k9Zr4vQ1xW7bN2mL8cT5yH3jD6fG0pSa"
    settings = load_settings(tmp_path, {"JWT_SECRET_KEY": secret})
    assert secret not in f"{settings!r}{settings}{settings.model_dump_json()}"


def test_without_arguments_the_process_environment_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENUESYNC_DRIVE__UPLOADS", "99")
    with pytest.raises(UsageError):
        load_settings(tmp_path)
