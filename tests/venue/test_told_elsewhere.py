"""Who looks elsewhere is told by the terminal: its window's name, its bell, a message on the desktop; once each."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from agent.errors import UsageError
from tests.tui.pseudo_terminal import PseudoTerminal
from tests.venue.house import VENUESYNC, House, wait_for
from tests.venue.pictures import FACES, scene
from tui.terminal import osc, themes

TITLE = re.compile(rb"\x1b\]2;([^\x07]*)\x07")
MESSAGE = re.compile(rb"\x1b\]9;([^\x1b]*)\x1b\\")


def monitor(house: House, **environ: str) -> PseudoTerminal:
    kept = {key: value for key, value in house.environ.items() if key not in ("TMUX", "NO_COLOR", "VTE_VERSION")}
    command = [*VENUESYNC, "--workspace", str(house.root)]
    return PseudoTerminal(command, {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environ})


def bells(seen: bytes) -> int:
    """Of a terminal's own commands some end with the same byte."""
    return re.sub(rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)", b"", seen).count(b"\x07")


def sent(terminal: PseudoTerminal, what: re.Pattern[bytes]) -> list[str]:
    terminal.read_for(0.2)
    return [one.decode() for one in what.findall(terminal.seen)]


@pytest.mark.slow
def test_safe_and_five_minutes_without_drive_are_told_once_each(house: House, tmp_path: Path) -> None:
    offset = tmp_path / "offset"
    offset.write_text("0")
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    with monitor(house, VENUESYNC_CLOCK_OFFSET=str(offset)) as terminal:
        terminal.until("Safe to pack up", 60)
        wait_for(lambda: sent(terminal, MESSAGE), 20, "it is told")
        assert sent(terminal, MESSAGE)[0].startswith("Safe to pack up: 1 photo verified on Drive")
        assert sent(terminal, TITLE)[-1] == "Safe to pack up: 1 photo verified on Drive - venuesync"
        assert bells(terminal.seen) == 1
        house.emulator.outage(300)
        house.drop(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg")
        terminal.until("Drive offline", 60)
        wait_for(lambda: sent(terminal, TITLE)[-1].startswith("Not yet: Drive offline"), 20, "its window says so")
        assert len(sent(terminal, MESSAGE)) == 1, "an outage of seconds is no news"
        offset.write_text("301")
        wait_for(lambda: len(sent(terminal, MESSAGE)) == 2, 20, "it is told")
        assert sent(terminal, MESSAGE)[1] == "Drive is away: for 5 min and more; photos wait here"
        terminal.read_for(4)
        assert (len(sent(terminal, MESSAGE)), bells(terminal.seen)) == (2, 2)
        assert osc.KEEP_TITLE.encode() in terminal.seen
        terminal.type("q")
        terminal.until("Close the monitor", 20)
        terminal.type("s")
        assert terminal.ended(30) == 0
        assert terminal.seen.rindex(osc.TITLE_BACK.encode()) > terminal.seen.rindex(b"\x1b]2;")


@pytest.mark.slow
@pytest.mark.settings(
    VENUESYNC_MONITOR__BELL="false", VENUESYNC_MONITOR__DESKTOP="777", VENUESYNC_MONITOR__THEME="nord"
)
def test_who_wants_no_bell_has_none_and_what_was_safe_before_is_no_news(house: House, tmp_path: Path) -> None:
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    with monitor(house) as terminal:
        terminal.until("Safe to pack up", 60)
        wait_for(lambda: sent(terminal, re.compile(rb"\x1b\]777;notify;([^\x1b]*)\x1b\\")), 20, "it is told")
        assert b"38;2;216;222;233" in terminal.seen or b"48;2;46;52;64" in terminal.seen, "nord's own colours"
        assert bells(terminal.seen) == 0
        terminal.type("q")
        terminal.until("Close the monitor", 20)
        terminal.type("s")
        assert terminal.ended(30) == 0
    with monitor(house, VENUESYNC_MONITOR__BELL="true") as again:
        again.until("Safe to pack up", 60)
        again.read_for(5)
        assert bells(again.seen) == 0


@pytest.mark.slow
def test_folders_and_addresses_lead_there_and_y_copies(house: House) -> None:
    reference = FACES / "one_guest.jpg"
    assert house.run("enroll", "Ana [b", str(reference)).returncode == 0
    house.drop(reference, "DSC_9.jpg")
    with monitor(house) as terminal:
        terminal.until("Safe to pack up", 60)
        terminal.type("2")
        folder = house.root / "People" / "Ana [b"
        wait_for(lambda: osc.folder(str(folder)).encode() in read(terminal), 20, "their folder leads there")
        wait_for(lambda: b"8;https://drive.google.com/drive/folders/" in joined(terminal), 20, "and there")
        terminal.type("y")
        terminal.until("(copied)", 20)
        assert base64.b64encode(str(folder).encode()) in terminal.seen


def read(terminal: PseudoTerminal) -> bytes:
    osc.Host.name = osc.Host.here()
    terminal.read_for(0.2)
    return terminal.seen


def joined(terminal: PseudoTerminal) -> bytes:
    return re.sub(rb"8;id=[0-9]+;", b"8;", read(terminal))


@pytest.mark.parametrize(
    ("environ", "begins"),
    [
        ({"TERM": "xterm-kitty"}, "\x1b]9;Safe: all"),
        ({"TERM": "foot"}, "\x1b]777;notify;Safe;all"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7402"}, "\x1b]777;notify;Safe;all"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x"}, "\x1bPtmux;\x1b\x1b]9;Safe: all"),
    ],
)
def test_a_message_goes_by_the_way_that_the_terminal_knows(environ: dict[str, str], begins: str) -> None:
    assert osc.message("Safe", "all", "auto", environ).startswith(begins)
    assert not osc.message("Safe", "all", "off", environ)
    assert "\x07" not in osc.message("a\x07b\x1b]0;x\x07", "c", "9", environ)[4:-2].strip("\x1b\\")


def test_a_theme_is_one_of_the_toolkits_or_a_file_and_what_is_none_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, house: House
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "venuesync" / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('ground = "light"\naccent = "#123456"\n')
    assert (themes.theme("mine").accent, themes.theme("mine").dark) == ("#123456", False)
    for name, text, says in (
        ("a", "accent = 5", "accent = 5"),
        ("b", 'shade = "#123456"', "shade"),
        ("c", 'accent = "red"', "'red'"),
        ("d", "accent", "d.toml"),
        ("e", 'ground = "grey"', "'grey'"),
    ):
        (folder / f"{name}.toml").write_text(text)
        with pytest.raises(UsageError) as refused:
            themes.theme(name)
        assert says in refused.value.detail and refused.value.remedy
    for name in ("../mine", "zzz", "ansi-dark"):
        with pytest.raises(UsageError, match="No such theme"):
            themes.theme(name)
    house.environ["VENUESYNC_MONITOR__THEME"] = "zzz"
    with monitor(house) as terminal:
        assert terminal.ended(30) == 2
        assert b"nord" in terminal.seen and b"Traceback" not in terminal.seen
