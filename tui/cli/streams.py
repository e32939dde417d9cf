"""Which of the three streams are a terminal: the monitor takes keys from one, prints to one, and draws on the third.

Where one of them goes elsewhere nothing of it could be seen or typed, so there is no monitor.
"""

from __future__ import annotations

import sys


def not_a_terminal() -> str | None:
    """The name of the first stream that is none: `stderr`."""
    streams = {"stdout": sys.stdout, "stdin": sys.stdin, "stderr": sys.stderr}
    return next((name for name, stream in streams.items() if not stream.isatty()), None)
