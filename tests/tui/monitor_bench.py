"""How fast and how light the monitor is, on a venue late in the night, measured from outside: at its terminal.

    make monitor-bench        (or: python -m tests.tui.monitor_bench [photos people errors])

First paint from the command, key to paint, CPU and memory at rest, and bytes to the terminal, at rest and in a storm.
Everything is counted at a pseudo-terminal of 80x24, around and attached to a real agent on a real ledger.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.tui.large_venue import make
from tests.tui.pseudo_terminal import PseudoTerminal

ROOT = Path(__file__).resolve().parents[2]
VENUESYNC = [sys.executable, "-m", "tui.cli"]
FIRST_PAINTS = 7
SCREENS = ["2", "3", "4", "5", "6", "1"]
KEYS = ["2", "down", "down", "up", "5", "down", "up", "6", "down", "up", "1"] * 6  # each of them paints something
REST = 20.0  # seconds
STORM = 20.0  # seconds
CODES = {"down": "\x1b[B", "up": "\x1b[A"}


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    most: float
    unit: str
    how: str

    def __str__(self) -> str:
        word = "ok" if self.value <= self.most else "MISSED"
        return f"{self.name:34} {self.value:9.3g} {self.unit:6} (at most {self.most:g})  {word:6}  {self.how}"


def environment(folder: Path) -> dict[str, str]:
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("VENUESYNC_", "NO_COLOR", "PYTHONDONT"))
    }
    return {
        **kept,
        "VENUESYNC_DRIVE__ENABLED": "false",
        "VENUESYNC_DISK__KEEP_FREE": "0",
        "XDG_RUNTIME_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
    }


def measure(folder: Path, photos: int, people: int, errors: int) -> list[Figure]:
    workspace = make(folder / "venue", photos, people, errors)
    command = [*VENUESYNC, "--workspace", str(workspace.root)]
    environ = environment(folder)
    figures: list[Figure] = []
    around = [first_paint(command, environ) for _ in range(FIRST_PAINTS)]
    figures.append(paints("first paint, around its agent", around))
    agent = subprocess.Popen([*command, "--no-ui"], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_listening(workspace.agent_file)
        until_calm(agent.pid)
        attached = [first_paint(command, environ) for _ in range(FIRST_PAINTS)]
        figures.append(paints("first paint, attached", attached))
        with PseudoTerminal(command, environ) as terminal:
            terminal.until("[1 Venue]", 20)
            terminal.quiet(1.0, 20)
            first = keys_to_paint(terminal, SCREENS)
            figures.append(key_figure(keys_to_paint(terminal, KEYS), first))
            figures += at_rest(terminal)
            memory = resident(terminal.pid)
            figures.append(
                Figure("memory over the agent, attached", memory, 150, "MB", "VmRSS of the attached monitor")
            )
    finally:
        agent.send_signal(signal.SIGTERM)
        agent.wait(20)
    figures.append(storm(environ, folder))
    return figures


# ---- one by one


def first_paint(command: list[str], environ: dict[str, str]) -> tuple[float, float, float]:
    """Seconds from the command to the screen, CPU seconds in them, and seconds until the agent's facts stand on it."""
    began = time.monotonic()
    with PseudoTerminal(command, environ) as terminal:
        terminal.until("[1 Venue]", 30)
        painted, used = time.monotonic() - began, cpu_seconds(terminal.pid)
        terminal.until("Lindqvist", 60)  # somebody of the pane People
        return painted, used, time.monotonic() - began


def paints(name: str, all_of_them: list[tuple[float, float, float]]) -> Figure:
    """The first warms the cache and does not count."""
    seconds, used, facts = (list(column) for column in zip(*all_of_them[1:], strict=True))
    how = (
        f"median of n={len(seconds)}, {min(seconds):.2f} to {max(seconds):.2f} s, CPU {statistics.median(used):.2f} s; "
    )
    how += f"with facts {statistics.median(facts):.2f} s"
    return Figure(name, statistics.median(seconds), 0.5, "s", how)


def keys_to_paint(terminal: PseudoTerminal, keys: list[str]) -> list[float]:
    """Milliseconds from each key to the end of what it paints."""
    times: list[float] = []
    for key in keys:
        terminal.quiet(0.15, 5)
        began = time.monotonic()
        terminal.type(CODES.get(key, key))
        end = terminal.burst(0.5, 0.03)
        if end is not None:
            times.append((end - began) * 1000)
    return times


def key_figure(times: list[float], first: list[float]) -> Figure:
    """The 95th percentile; a screen's first visit, which builds it, is told beside it."""
    times.sort()
    p95 = times[int(len(times) * 0.95)]
    how = (
        f"n={len(times)}, median {statistics.median(times):.0f} ms; a screen's first visit {max(first):.0f} ms at most"
    )
    return Figure("key to paint, p95", p95, 50, "ms", how)


def at_rest(terminal: PseudoTerminal) -> list[Figure]:
    terminal.quiet(1.0, 10)
    before, counted = cpu_seconds(terminal.pid), terminal.received
    terminal.read_for(REST)
    share = (cpu_seconds(terminal.pid) - before) / REST * 100
    rate = (terminal.received - counted) / REST
    how = f"over {REST:.0f} s"
    return [Figure("CPU at rest", share, 2, "%", how), Figure("to the terminal at rest", rate, 200, "B/s", how)]


def storm(environ: dict[str, str], folder: Path) -> Figure:
    """Queue, uploads and latest photos change ten times a second."""
    command = [sys.executable, str(Path(__file__).with_name("evening_monitor.py")), "live", str(folder), "storm"]
    with PseudoTerminal(command, environ) as terminal:
        terminal.until("DSC_4471", 60)
        terminal.read_for(2)
        counted = terminal.received
        terminal.read_for(STORM)
        rate = (terminal.received - counted) / STORM / 1000
    return Figure("to the terminal in a storm", rate, 6, "kB/s", f"over {STORM:.0f} s, 30 changes a second")


# ---- what the system says of a process


def cpu_seconds(pid: int) -> float:
    """User and system time, of the process and all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Megabytes."""
    rows = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(rows["VmRSS"].split()[0]) / 1024


def until_listening(agent_file: Path) -> None:
    end = time.monotonic() + 60
    while not agent_file.exists():
        assert time.monotonic() < end, "the agent does not listen"
        time.sleep(0.05)


def until_calm(pid: int) -> None:
    """Its first sweep is over: less than a twentieth of a core for two seconds."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        before = cpu_seconds(pid)
        select.select([], [], [], 2.0)
        if cpu_seconds(pid) - before < 0.1:
            return


def main() -> int:
    photos, people, errors = (int(one) for one in (sys.argv[1:4] or ("20000", "500", "2000")))
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(f"{photos:,} photos, {people:,} people, {errors:,} errors; {os.cpu_count()} cores\n")
        sys.stdout.write(f"load {os.getloadavg()[0]:.1f} before\n")
        with contextlib.suppress(KeyboardInterrupt):
            figures = measure(Path(folder), photos, people, errors)
            sys.stdout.writelines(f"{figure}\n" for figure in figures)
            sys.stdout.write(f"load {os.getloadavg()[0]:.1f} after\n")
            return 0 if all(figure.value <= figure.most for figure in figures) else 1
    return 130


if __name__ == "__main__":
    sys.exit(main())
