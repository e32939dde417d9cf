"""Keys as a terminal sends them, and what became of them."""

from __future__ import annotations

from typing import Any

from monitor_pilot import Stage
from textual.driver import Driver
from textual.drivers import linux_driver
from textual.widgets import Input

from agent.requests.ask import Command
from agent.requests.people import PreviewReferences

SLOWER = 4  # than a hand: what is told by the time between keys, told on a busy machine, too

BACK, DOWN, LEFT = "\x7f", "\x1b[B", "\x1b[D"


def send(on: Stage, *packets: str) -> None:
    """As they come from the terminal, all before the screen does anything."""
    driver, parser = on.app._driver, linux_driver.XTermParser()
    assert isinstance(driver, Driver)
    for packet in packets:
        for event in parser.feed(packet):
            driver.process_message(event)


def click_on(on: Stage, text: str) -> str:
    """The packet of a click on the first place where this text stands."""
    y, x = next((y, row.index(text) + 2) for y, row in enumerate(on.rows, 1) if text in row)
    return f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m"


def typed(on: Stage) -> list[str]:
    """What stands in the fields of the screen."""
    return [one.value for one in on.app.screen.query(Input)]


def decided(on: Stage) -> list[Command[Any]]:
    """What was asked of the agent, but for looks at photos."""
    return [one for one in on.line.asked if not isinstance(one, PreviewReferences)]
