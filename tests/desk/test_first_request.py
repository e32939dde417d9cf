"""What takes long to import is not waited for by everything else that the agent does."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = """
import asyncio, sys, time
from agent.api.app import ControlApi

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "fastapi":
            time.sleep(3)  # a machine with much to do

async def main():
    gaps = []
    async def beat():
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - began)
    beating = asyncio.create_task(beat())
    await asyncio.sleep(0.1)
    sent = []
    async def send(message):
        sent.append(message)
    scope = {"type": "http", "method": "GET", "path": "/nothing", "headers": [], "query_string": b"", "root_path": ""}
    await ControlApi(None)(scope, None, send)
    print(sent[0]["status"], max(gaps) < 2.5)

assert "fastapi" not in sys.modules
sys.meta_path.insert(0, Slow())
asyncio.run(main())
"""


@pytest.mark.slow
def test_the_first_request_that_needs_the_framework_holds_nothing_up() -> None:
    """Under load the import took 7 s, and no photo moved meanwhile."""
    done = subprocess.run([sys.executable, "-c", SLOW], capture_output=True, text=True, check=True)
    assert done.stdout == "404 True\n"


def test_whether_it_works_is_answered_without_the_framework() -> None:
    """Whoever looks every few seconds waits for nothing that takes long."""
    code = (
        "import asyncio, sys\n"
        "from agent.api.app import ControlApi\n"
        "from agent.errors import VenueError\n"
        "class Gone:\n"
        "    async def ask(self, request):\n"
        "        raise VenueError('It is gone')\n"
        "async def send(message):\n"
        "    print(message.get('status', ''), end='')\n"
        "scope = {'type': 'http', 'method': 'GET', 'path': '/health', 'headers': [], 'query_string': b'',"
        " 'root_path': ''}\n"
        "asyncio.run(ControlApi(Gone())(scope, None, send))\n"
        "print('', 'fastapi' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "503 False\n"
