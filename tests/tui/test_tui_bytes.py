"""What a change of screens costs a thin line, counted at a terminal of 80x24."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from prepared import templates

from tests.tui.monitor_bench import environment
from tests.tui.pseudo_terminal import PseudoTerminal

MOST = 8_000  # bytes, without pictures
REST = 100  # bytes a second
PROGRAM = Path(__file__).with_name("evening_monitor.py")


@pytest.fixture
def terminal(tmp_path: Path) -> PseudoTerminal:
    os.environ.pop("NO_COLOR", None)
    return PseudoTerminal([sys.executable, str(PROGRAM), "live", str(templates())], environment(tmp_path))


@pytest.mark.slow
def test_a_change_of_screens_is_painted_once_and_at_rest_nothing_is(terminal: PseudoTerminal) -> None:
    costs: dict[str, int] = {}
    with terminal:
        terminal.until("Lindqvist", 60)
        terminal.quiet(1.5, 20)
        for key in ["2", "4", "5", "6", "1", "2", "4", "5", "6", "?", "\x1b", "1"]:
            before = terminal.received
            terminal.type(key)
            terminal.quiet(1.0, 10)
            costs[key] = terminal.received - before
        assert max(costs.values()) <= MOST, costs
        before = terminal.received
        terminal.read_for(3)
        assert terminal.received - before < 3 * REST
