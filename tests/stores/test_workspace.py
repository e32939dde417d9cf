"""Which folder is the workspace, what is made in it, and where its socket lies."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import workspace as room
from agent.errors import UsageError
from agent.settings import load_settings
from agent.workspace import NETWORK_FILE_SYSTEMS, Workspace, file_system, find_workspace, prepare
from tests.conftest import Venuesync

# ---- which one


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, and an empty current folder outside it."""
    for name in ("home", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "home"


def test_the_chosen_folder_goes_before_all_else(home: Path, tmp_path: Path) -> None:
    (Path.cwd() / "config.toml").touch()
    assert find_workspace(tmp_path / "a", {"VENUESYNC_WORKSPACE": str(tmp_path / "b")}).root == tmp_path / "a"


def test_then_the_variable(home: Path, tmp_path: Path) -> None:
    (Path.cwd() / "config.toml").touch()
    assert find_workspace(None, {"VENUESYNC_WORKSPACE": str(tmp_path / "b")}).root == tmp_path / "b"


def test_then_the_current_folder_if_it_has_a_config(home: Path) -> None:
    (Path.cwd() / "config.toml").touch()
    assert find_workspace(None, {}).root == Path.cwd()


@pytest.mark.parametrize("variable", [{}, {"VENUESYNC_WORKSPACE": ""}])
def test_else_venuesync_in_the_home_folder(variable: dict[str, str], home: Path) -> None:
    assert find_workspace(None, variable).root == home / "Venuesync"


def test_a_tilde_is_the_home_folder(home: Path) -> None:
    assert find_workspace(Path("~/party"), {}).root == home / "party"
    assert find_workspace(None, {"VENUESYNC_WORKSPACE": "~/party", "VENUESYNC_STATE_DIR": "~/state"}) == Workspace(
        home / "party", home / "state"
    )


def test_somebody_unknowns_home_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="no such home"):
        find_workspace(Path("~nobody-of-this-name/party"), {})


def test_a_user_without_a_home_is_told_to_choose(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", nobody)
    with pytest.raises(UsageError, match="no such home"):
        find_workspace(None, {})


def test_a_file_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(UsageError, match="no folder"):
        find_workspace(tmp_path / "a", {})


def test_the_state_can_lie_elsewhere_and_everything_of_ours_with_it(tmp_path: Path) -> None:
    made = find_workspace(tmp_path / "venue", {"VENUESYNC_STATE_DIR": str(tmp_path / "elsewhere")})
    prepare(made)
    assert made.state == tmp_path / "elsewhere"
    assert not (made.root / ".venuesync").exists()
    ours = (made.roster, made.ledger, made.references, made.thumbnails, made.cache, made.logs, made.sign_in)
    assert all(made.state in path.parents for path in ours)


def test_two_workspaces_have_no_state_together(tmp_path: Path) -> None:
    """The second one had the people and photos of the first, and said of itself what was so of that."""
    environ = {"VENUESYNC_STATE_DIR": str(tmp_path / "state")}
    first, second = tmp_path / "first", tmp_path / "second"
    prepare(find_workspace(first, environ))
    for one in (second, first / "Incoming"):
        with pytest.raises(UsageError, match="another workspace") as refused:
            find_workspace(one, environ)
        assert str(first) in refused.value.detail and "VENUESYNC_STATE_DIR" in refused.value.remedy
    prepare(find_workspace(second, {}))
    with pytest.raises(UsageError, match="another workspace"):
        find_workspace(first, {"VENUESYNC_STATE_DIR": str(second / ".venuesync")})
    (tmp_path / "link").symlink_to(first)
    assert find_workspace(tmp_path / "link", environ).state == find_workspace(first, environ).state
    first.rename(tmp_path / "moved")
    prepare(find_workspace(tmp_path / "moved", environ))
    first.mkdir()
    (first / "config.toml").touch()
    with pytest.raises(UsageError, match="another workspace"):
        find_workspace(first, environ)


# ---- network file systems

MOUNTS = """\
/dev/vda1 / ext4 rw,relatime 0 0
tmpfs {base}/fast tmpfs rw 0 0
nas:/photos {base}/nas nfs4 rw 0 0
/dev/sdb1 {base}/nas/disk xfs rw 0 0
//nas/fotos {base}/Fotos\\040B\u00fcro cifs rw 0 0
systemd-1 {base}/auto autofs rw 0 0
nas:/auto {base}/auto nfs rw 0 0
me@host: {base}/ssh fuse.sshfs rw 0 0
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    for name in ("fast", "nas/disk", "Fotos B\u00fcro", "auto", "ssh", "nasty"):
        (tmp_path / name).mkdir(parents=True)
    path = tmp_path / "mounts"
    path.write_bytes(
        MOUNTS.format(base=tmp_path).encode() + b"/dev/x " + os.fsencode(tmp_path) + b"/\xff vfat rw 0 0\n"
    )
    return path


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("", "ext4"),
        ("fast", "tmpfs"),
        ("nas", "nfs4"),
        ("nas/not/there/yet", "nfs4"),
        ("nas/disk/venue", "xfs"),
        ("nasty", "ext4"),
        ("Fotos B\u00fcro/venue", "cifs"),
        ("auto/venue", "nfs"),
        ("ssh/venue", "fuse.sshfs"),
    ],
)
def test_the_file_system_below_a_folder_is_known(folder: str, kind: str, mounts: Path) -> None:
    assert file_system(mounts.parent / folder, mounts) == kind


def test_a_link_is_followed_to_where_it_leads(mounts: Path) -> None:
    (mounts.parent / "link").symlink_to(mounts.parent / "nas")
    assert file_system(mounts.parent / "link/venue", mounts) == "nfs4"


def test_where_the_system_does_not_tell_nothing_is_refused(tmp_path: Path) -> None:
    assert file_system(tmp_path, tmp_path / "no such file") == ""


def test_state_on_a_network_file_system_is_refused_and_told_where_to_go(
    mounts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "file_system", lambda path: file_system(path, mounts))
    venue = mounts.parent / "nas/venue"
    with pytest.raises(UsageError) as refused:
        find_workspace(venue, {})
    assert refused.value.exit_code == 2
    for part in (str(venue / ".venuesync"), "has to lie on a local file system", "nfs4", "VENUESYNC_STATE_DIR"):
        assert part in str(refused.value)
    elsewhere = find_workspace(venue, {"VENUESYNC_STATE_DIR": str(mounts.parent / "fast/state")})
    assert elsewhere.root == venue


def test_the_usual_network_file_systems_are_known() -> None:
    assert {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone"} <= NETWORK_FILE_SYSTEMS


# ---- what is made


@pytest.fixture
def loose_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("loose_umask")
def test_what_is_ours_is_for_its_owner_alone(tmp_path: Path) -> None:
    made = find_workspace(tmp_path / "venue", {})
    made.state.mkdir(parents=True, mode=0o777)
    prepare(made)
    for folder in (made.state, made.references, made.thumbnails, made.cache, made.logs, made.sign_in):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_nothing_of_the_operator_goes_into_a_repository(workspace: Workspace) -> None:
    ignored = (workspace.root / ".gitignore").read_text().split()
    assert ignored == [".venuesync/", "Incoming/", "People/", "Unsorted/", "Processed/", "Events/", ".env"]


def test_preparing_twice_changes_nothing(workspace: Workspace) -> None:
    (workspace.root / "config.toml").write_text("# mine\n")
    (workspace.root / ".gitignore").write_text("")
    before = {path: path.stat() for path in workspace.root.rglob("*")}
    prepare(workspace)
    after = {path: path.stat() for path in workspace.root.rglob("*")}
    assert {path: (one.st_ino, one.st_mtime_ns, one.st_mode) for path, one in after.items()} == {
        path: (one.st_ino, one.st_mtime_ns, one.st_mode) for path, one in before.items()
    }
    assert (workspace.root / "config.toml").read_text() == "# mine\n"


def test_a_file_where_a_folder_should_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "Incoming").touch()
    with pytest.raises(UsageError, match="Incoming cannot be made"):
        prepare(find_workspace(tmp_path, {}))


@pytest.mark.slow
def test_init_makes_a_workspace_and_says_what_is_next(venuesync: Venuesync, tmp_path: Path) -> None:
    made = venuesync("init", tmp_path / "venue")
    assert made.returncode == 0, made.stderr
    assert f"venuesync --workspace {tmp_path / 'venue'}" in made.stdout
    assert (tmp_path / "venue/Incoming").is_dir()
    load_settings(tmp_path / "venue", {})
    (tmp_path / "venue/config.toml").write_text("# mine\n")
    again = venuesync("init", tmp_path / "venue")
    assert (again.returncode, again.stdout.splitlines()[0]) == (0, f"Already a workspace: {tmp_path / 'venue'}")
    assert (tmp_path / "venue/config.toml").read_text() == "# mine\n"


def test_the_line_to_type_next_is_one_that_a_shell_takes(venuesync: Venuesync, tmp_path: Path) -> None:
    made = venuesync("init", tmp_path / "Mia & Tom's")
    assert shlex.split(made.stdout.splitlines()[-1]) == ["Next:", "venuesync", "--workspace", f"{tmp_path}/Mia & Tom's"]


@pytest.mark.parametrize("name", ["x" * 256, "é" * 128, "/".join(["y" * 200] * 3)])
@pytest.mark.parametrize("words", [["init", "{}"], ["--workspace", "{}", "status"], ["--workspace", "{}", "--no-ui"]])
def test_a_path_that_is_too_long_is_wrong_usage(
    venuesync: Venuesync, tmp_path: Path, name: str, words: list[str]
) -> None:
    """The disk was to be checked, or it went on by itself."""
    done = venuesync(*(one.format(tmp_path / name) for one in words))
    assert (done.returncode, done.stdout) == (2, "")
    assert "is too long: " in done.stderr and " bytes, at most " in done.stderr
    assert not [*tmp_path.iterdir()]


# ---- the socket's place


@pytest.mark.parametrize("long", ["", "/" + "a long name/" * 30])
def test_the_socket_fits_however_deep_the_workspace_lies(long: str, tmp_path: Path, runtime_dir: Path) -> None:
    deep = Workspace(Path(f"{tmp_path}{long}"), Path(f"{tmp_path}{long}/.venuesync"))
    path = deep.socket({"XDG_RUNTIME_DIR": str(runtime_dir)})
    assert path.parent == runtime_dir
    assert len(os.fsencode(path)) <= 103


@pytest.mark.parametrize("runtime", ["", "/no/such/folder", "{tmp}/" + "x" * 90])
def test_without_a_fit_runtime_folder_it_lies_in_one_of_our_own(
    runtime: str, tmp_path: Path, runtime_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(runtime_dir))
    (tmp_path / ("x" * 90)).mkdir()
    venue = Workspace(tmp_path, tmp_path / ".venuesync")
    path = venue.socket({"XDG_RUNTIME_DIR": runtime.format(tmp=tmp_path)})
    assert path.parent == runtime_dir / f"venuesync-{os.getuid()}"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.parent.chmod(0o755)
    assert venue.socket({}) == path
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("taken_by", ["a link", "a file", "another user"])
@pytest.mark.parametrize("deep", [False, True])
def test_where_somebody_has_taken_its_place_it_lies_elsewhere_in_a_folder_of_ours(
    taken_by: str, deep: bool, tmp_path: Path, runtime_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(runtime_dir))
    taken = runtime_dir / f"venuesync-{os.getuid()}"
    match taken_by:
        case "a link":
            taken.symlink_to(tmp_path)
        case "a file":
            taken.write_text("")
        case _:
            somebody = os.getuid() + 1
            monkeypatch.setattr("os.getuid", lambda: somebody)
            (runtime_dir / f"venuesync-{somebody}").mkdir()
    state = runtime_dir / ("x" * 90 if deep else "s")
    state.mkdir(mode=0o700)
    path = Workspace(tmp_path, state).socket({})
    assert path.parent == state or path.parent.name.startswith("venuesync-socket-")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(os.fsencode(path)) <= 103


def test_two_workspaces_have_two_sockets(tmp_path: Path, runtime_dir: Path) -> None:
    environ = {"XDG_RUNTIME_DIR": str(runtime_dir)}
    paths = {Workspace(tmp_path / name, tmp_path / name / ".venuesync").socket(environ) for name in ("a", "b")}
    assert len(paths) == 2
