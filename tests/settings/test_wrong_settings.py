"""A wrong setting ends the command with 2, and says which key, what was given, what is accepted, and in which place."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.settings import load_settings
from agent.workspace import Workspace
from tests.conftest import Venuesync

# key, as written in TOML, as shown, what is accepted
WRONG = [
    ("drive.enabled", '"maybe"', "'maybe'", "true or false"),
    ("drive.uploads", "33", "33", "1 to 32"),
    ("drive.uploads", "8.5", "8.5", "1 to 32"),
    ("drive.uploads", "true", "True", "1 to 32"),
    ("drive.uploads", '"many"', "'many'", "1 to 32"),
    ("drive.uploads", "[8]", "[8]", "1 to 32"),
    ("drive.retry_delay", "nan", "nan", "0.1 to 60"),
    ("drive.retry_delay", "0", "0", "0.1 to 60"),
    ("drive.endpoint", "5", "5", "a text"),
    ("drive.destination", '"../about"', "'../about'", "a folder's address or id"),
    (
        "drive.destination",
        '"https://example.org/drive/folders/1aGuEsTsFoLdEr"',
        "'https://example.org/drive/folders/1aGuEsTsFoLdEr'",
        "a folder's address",
    ),
    ("sync.interval", "0.4", "0.4", "0.5 to 60 minutes"),
    ("sync.interval", "61", "61", "hourly (60)"),
    ("sync.interval", '"often"', "'often'", "fast (2)"),
    ("sync.interval", "[2]", "[2]", "0.5 to 60 minutes"),
    ("sync.interval", "{ minutes = 2 }", "{'minutes': 2}", "0.5 to 60 minutes"),
    ("sync.interval", "07:32:00", "datetime.time(7, 32)", "0.5 to 60 minutes"),
    ("sync.interval", "true", "True", "0.5 to 60 minutes"),
    ("sync.interval", "nan", "nan", "0.5 to 60 minutes"),
    ("sync.gone", '"delete"', "'delete'", "keep, remove"),
    ("incoming.folders", "3", "3", "a list of folders"),
    ("incoming.folders", '["/a", 3]', "['/a', 3]", "a list of folders"),
    ("faces.engine", '"magic"', "'magic'", "dlib-onnx, face_recognition"),
    ("faces.workers", "0", "0", "1 to 64, or cores"),
    ("faces.executor", '"dask"', "'dask'", "local, tls://HOST:PORT"),
    ("faces.executor", '"tcp://10.0.0.2:8786"', "'tcp://10.0.0.2:8786'", "photos leave this machine, encrypted"),
    ("faces.executor", '"tls://10.0.0.2"', "'tls://10.0.0.2'", "tls://HOST:PORT"),
    ("faces.workers", "2.7", "2.7", "1 to 64, or cores"),
    ("faces.workers", "inf", "inf", "1 to 64, or cores"),
    ("faces.workers", "[1]", "[1]", "1 to 64, or cores"),
    ("faces.tolerance", "0.7", "0.7", "0.3 to 0.6"),
    ("disk.keep_free", '"2 XB"', "'2 XB'", "an amount such as 2 GB"),
    ("disk.keep_free", "5", "5", "an amount such as 2 GB"),  # bytes: nobody means that
    ("disk.keep_free", '"500"', "'500'", "an amount such as 2 GB"),
    ("disk.keep_free", "0.5", "0.5", "an amount such as 2 GB"),
    ("disk.keep_free", "-1", "-1", "an amount such as 2 GB"),
    ("disk.keep_free", "inf", "inf", "an amount such as 2 GB"),
    ("disk.keep_free", "1e300", "1e+300", "an amount such as 2 GB"),
    ("disk.keep_free", '"1000001 TB"', "'1000001 TB'", "an amount such as 2 GB"),
    ("disk.keep_free", "true", "True", "an amount such as 2 GB"),
    ("filing.name", '"{person}_{number}"', "'{person}_{number}'", "a text with some of {date}"),
    ("filing.name", '"{event}"', "'{event}'", "a text with some of {date}"),
    ("filing.name", '"{event}/{number}"', "'{event}/{number}'", "{original} or {time}, without / and"),
    ("filing.name", '"{number"', "'{number'", "a text with some of {date}"),
    ("filing.name", '"{number:09}"', "'{number:09}'", "a text with some of {date}"),
    ("filing.name", "5", "5", "such as"),
    ("filing.mode", '"7777"', "'7777'", "rights such as 640"),
    ("filing.mode", '"444"', "'444'", "rights such as 640"),
    ("filing.mode", '"755"', "'755'", "rights such as 640"),
    ("filing.mode", "0o640", "416", "rights such as 640"),
    ("filing.group", '"nobody-is-in-it"', "'nobody-is-in-it'", "a group that this user is in"),
    ("filing.group", "5", "5", "a group that this user is in"),
    ("cleanup.at", '"25:00"', "'25:00'", "a time of day such as 02:00"),
    ("time.zone", '"Mars/Olympus"', "'Mars/Olympus'", "Europe/Stockholm"),
    ("time.zone", '"../../etc/passwd"', "'../../etc/passwd'", "Europe/Stockholm"),
    ("api.listen", '"localhost"', "'localhost'", "127.0.0.1:PORT"),
    ("api.listen", '"127.0.0.1:65536"', "'127.0.0.1:65536'", "127.0.0.1:PORT"),
    ("api.listen", '"127.0.0.1:0"', "'127.0.0.1:0'", "127.0.0.1:PORT"),
    ("keys.undo", '"1"', "'1'", "F9, ctrl+e or space"),
    ("keys.undo", '"escape"', "'escape'", "F9, ctrl+e or space"),
    ("keys.undo", '"ctrl+c"', "'ctrl+c'", "F9, ctrl+e or space"),
    ("keys.undo", '""', "''", "F9, ctrl+e or space"),
    ("keys.undo", "9", "9", "F9, ctrl+e or space"),
    ("notify.safe", '"{nobody}"', "'{nobody}'", "a text with {venue}, {title}"),
    ("notify.safe", '"{venue.__class__}"', "'{venue.__class__}'", "a text with {venue}, {title}"),
    ("notify.safe", '"{venue!r:>99999}"', "'{venue!r:>99999}'", "a text with {venue}, {title}"),
    ("notify.safe", '"{venue"', "'{venue'", "a text with {venue}, {title}"),
    ("notify.safe", "5", "5", "a text with {venue}, {title}"),
    ("log.level", '"loud"', "'loud'", "debug, info, warning, error"),
]


def refused(folder: Path, toml: str = "", dotenv: bytes = b"", **variables: str) -> UsageError:
    (folder / "config.toml").write_text(toml)
    (folder / ".env").write_bytes(dotenv)
    with pytest.raises(UsageError) as caught:
        load_settings(folder, variables)
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize(("key", "written", "shown", "accepted"), WRONG)
def test_key_given_accepted_and_place_are_named(
    key: str, written: str, shown: str, accepted: str, tmp_path: Path
) -> None:
    section, _, name = key.partition(".")
    message = str(refused(tmp_path, f"[{section}]\n{name} = {written}\n"))
    assert message.startswith(f"{key} has a wrong value: {shown} was given by {tmp_path / 'config.toml'}")
    assert accepted in message.partition("accepted: ")[2]


@pytest.mark.parametrize(
    ("place", "dotenv", "variables"),
    [
        ("VENUESYNC_DRIVE__UPLOADS in the environment", b"", {"VENUESYNC_DRIVE__UPLOADS": "99"}),
        ("UPLOAD_BATCH_SIZE in the environment", b"", {"UPLOAD_BATCH_SIZE": "99"}),
        ("VENUESYNC_DRIVE__UPLOADS in .env", b"VENUESYNC_DRIVE__UPLOADS=99\n", {}),
        ("UPLOAD_BATCH_SIZE in .env", b"UPLOAD_BATCH_SIZE=99\n", {}),
    ],
)
def test_the_variable_that_was_wrong_is_named(
    place: str, dotenv: bytes, variables: dict[str, str], tmp_path: Path
) -> None:
    message = str(refused(tmp_path, "[drive]\nuploads = 3\n", dotenv, **variables))
    assert "drive.uploads" in message
    assert "'99'" in message
    assert "1 to 32" in message
    assert message.count(place) == 2


def test_our_own_variable_that_is_empty_is_wrong_and_not_forgotten(tmp_path: Path) -> None:
    assert "''" in str(refused(tmp_path, VENUESYNC_DRIVE__UPLOADS=""))


@pytest.mark.parametrize(
    ("toml", "variables", "named", "meant"),
    [
        ("[drive]\nuplods = 3\n", {}, "drive.uplods is no setting", "drive.uploads?"),
        ("[sync]\nintervall = 3\n", {}, "sync.intervall is no setting", "sync.interval?"),
        ("[drives]\nuploads = 3\n", {}, "drives.uploads is no setting", "drive.uploads?"),
        ("[drive.uploads_at]\nonce = 3\n", {}, "drive.uploads_at is no setting", "drive.uploads?"),
        ("", {"VENUESYNC_FACE__TOLERANCE": "0.4"}, "face.tolerance is no setting", "faces.tolerance?"),
    ],
)
def test_an_unknown_key_is_named_with_its_place_and_the_one_that_was_meant(
    toml: str, variables: dict[str, str], named: str, meant: str, tmp_path: Path
) -> None:
    message = str(refused(tmp_path, toml, **variables))
    assert named in message
    assert meant in message
    assert (f"{tmp_path / 'config.toml'}" if toml else "VENUESYNC_FACE__TOLERANCE in the environment") in message


def test_a_key_like_no_other_is_sent_to_the_example(tmp_path: Path) -> None:
    assert "config.toml.example" in str(refused(tmp_path, "[zzz]\nqqq = 1\n"))


@pytest.mark.parametrize("toml", ["drive = 3\n", "[[drive]]\nuploads = 3\n", "uploads = 3\n"])
def test_a_key_outside_a_section_is_told_to_go_below_one(toml: str, tmp_path: Path) -> None:
    assert "outside a section" in str(refused(tmp_path, toml))


# ---- files that cannot be read


def test_a_line_that_is_no_toml_is_named_by_its_number(tmp_path: Path) -> None:
    message = str(refused(tmp_path, "[drive]\nuploads = = 3\n"))
    assert f"{tmp_path / 'config.toml'}" in message
    assert "line 2" in message


@pytest.mark.parametrize(
    "line", ["VENUESYNC_SYNC__INTERVAL 30", "JWT_SECRET_KEY hunter2", "VENUESYNC_SYNC__INTERVAL", "'"]
)
def test_a_line_of_dotenv_that_is_none_is_named_by_its_number(
    line: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It was left out, in the words of a library."""
    message = str(refused(tmp_path, dotenv=f"# ours\nOTHER=1\n\n{line}\nexport PATH\n".encode()))
    assert message == f".env cannot be read: {tmp_path / '.env'}: no NAME=VALUE (at line 4). Correct that line"
    assert not caplog.records


def test_bytes_that_are_no_text_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"[log]\nlevel = '\xff'\n")
    with pytest.raises(UsageError, match=r"config\.toml cannot be read"):
        load_settings(tmp_path, {})
    assert ".env cannot be read" in str(refused(tmp_path, dotenv=b"VENUESYNC_LOG__LEVEL=d\xe9bug\n"))


def test_a_folder_in_place_of_the_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(UsageError, match=r"config\.toml cannot be read"):
        load_settings(tmp_path, {})


@pytest.mark.parametrize("name", ["config.toml", ".env"])
def test_the_line_of_a_byte_that_is_no_text_is_named(name: str, tmp_path: Path) -> None:
    """As a text editor of a Windows machine saves `Fête`: its place was given in bytes from the file's first one."""
    lines = (
        '# one\n[notify]\nsafe = "Fête: {title}"\n' if name == "config.toml" else "\n\nVENUESYNC_NOTIFY__SAFE=Fête\n"
    )
    (tmp_path / name).write_bytes(lines.encode("latin-1"))
    with pytest.raises(UsageError) as caught:
        load_settings(tmp_path, {})
    told = f"{name} cannot be read: {tmp_path / name}: a sign that is not UTF-8 (at line 3). Save it as UTF-8"
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("key", "written", "why"),
    [
        ("api.listen", '"8080"', ""),
        ("guests.address", '"photos.example"', ""),
        ("sync.interval", '"2 min"', " (not a number)"),
        ("faces.workers", '"all"', " (not a number)"),
        ("drive.push", '"http://venue.example/hook"', " (not an https address)"),
        ("drive.push", '"venue.example"', " (not an https address)"),
    ],
)
def test_why_a_value_is_wrong_is_told_in_no_programmers_words(key: str, written: str, why: str, tmp_path: Path) -> None:
    section, _, name = key.partition(".")
    message = str(refused(tmp_path, f"[{section}]\n{name} = {written}\n"))
    assert f"was given by {tmp_path / 'config.toml'}{why}; accepted: " in message


# ---- secrets

SECRETS = [
    "hunter2hunter2",
    "a-real-looking-but-short-key",
    "change-me-change-me-change-me-change-me",
    "0123456701234567012345670123456701234567-your-key-here",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("name", ["JWT_SECRET_KEY", "VENUESYNC_API__KEY"])
def test_a_weak_key_is_refused_without_being_shown(name: str, secret: str, tmp_path: Path) -> None:
    message = str(refused(tmp_path, **{name: secret}))
    assert message.startswith("api.key has a wrong value: (hidden)")
    assert secret not in message
    assert "at least 32 bytes" in message


@pytest.mark.parametrize("written", ['"hunter2"', '["hunter2"]', '{ value = "hunter2" }'])
def test_a_key_in_the_file_is_not_shown_however_it_is_written(written: str, tmp_path: Path) -> None:
    assert "hunter2" not in str(refused(tmp_path, f"[api]\nkey = {written}\n"))


def test_a_key_under_a_misspelt_name_is_not_shown(tmp_path: Path) -> None:
    assert "hunter2" not in str(refused(tmp_path, '[api]\nkeey = "hunter2"\n'))
    assert "hunter2" not in str(refused(tmp_path, VENUESYNC_API__KEEY="hunter2"))


# ---- the command itself


@pytest.mark.parametrize("arguments", [("--no-ui",), ("status",), ("enroll", "Mia", "a.jpg")])
def test_the_command_ends_with_2_and_says_all_of_it(
    arguments: tuple[str, ...], workspace: Workspace, venuesync: Venuesync
) -> None:
    (workspace.root / "config.toml").write_text("[drive]\nuploads = 99\n")
    ended = venuesync("--workspace", workspace.root, *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    for part in ("drive.uploads", "99", "1 to 32", str(workspace.root / "config.toml")):
        assert part in ended.stderr
    assert "Traceback" not in ended.stderr
