"""What a headless agent prints: whoever does not read it holds nothing up."""

from __future__ import annotations

import os
import time

from tui.cli.say import MOST, Teller


def test_a_reader_that_stands_still_holds_nothing_up() -> None:
    read, write = os.pipe()
    teller = Teller(write)
    began = time.monotonic()
    for number in range(MOST * 5):
        teller.line(f"{number:05} {'x' * 100}")
    assert time.monotonic() - began < 10
    told = b""
    while b"more)" not in told:
        told += os.read(read, 65_536)
    lines = told.decode().splitlines()
    assert lines[0].startswith("00000 ")
    os.close(read)
    teller.close()
    os.close(write)


def test_lines_arrive_in_order_and_without_terminal_codes() -> None:
    read, write = os.pipe()
    teller = Teller(write)
    teller.line("one")
    teller.line("two \x1b[2J")
    teller.close()
    assert os.read(read, 1000) == b"one\ntwo ?[2J\n"


def test_nobody_reads_any_more() -> None:
    read, write = os.pipe()
    os.close(read)
    teller = Teller(write)
    teller.line("one")
    teller.line("two")
    teller.close()
