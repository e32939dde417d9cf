"""`python -m agent.emulator`: the server by itself.

What `venuesync emulator` does, without the rest of venuesync.
"""

import argparse
import math
import sys
from pathlib import Path

from agent.emulator.scopes import named
from agent.emulator.server import serve


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m agent.emulator", description="A Google Drive v3 server on 127.0.0.1."
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--data", type=Path, default=None, help="folder that keeps everything; without it, in memory")
    parser.add_argument(
        "--latency-ms", type=_amount, default=0, help="added to each answer and once to each new connection"
    )
    parser.add_argument(
        "--uplink-mbps", type=_amount, default=0, help="pace of all request bodies together (0: no limit)"
    )
    parser.add_argument(
        "--grant",
        type=_grant,
        action="append",
        default=[],
        metavar="CLIENT=SCOPE,…",
        help="what the refresh token `emulator` gives that app (drive.file,drive.readonly): less than all scopes",
    )
    parser.add_argument("--until-eof", action="store_true", help="end when stdin does, as a pipe of a parent that died")
    given = parser.parse_args()
    line = given.latency_ms, given.uplink_mbps
    return serve(given.port, given.data, *line, narrowed=dict(given.grant), until_eof=given.until_eof)


def _amount(words: str) -> float:
    try:
        number = float(words)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{words!r} is no number from 0 on")
    return number


def _grant(words: str) -> tuple[str, frozenset[str]]:
    client, _, short = words.partition("=")
    try:
        return client, frozenset(map(named, short.split(",")))
    except ValueError as unknown:
        raise argparse.ArgumentTypeError(str(unknown)) from None


if __name__ == "__main__":
    sys.exit(main())
