"""A web server that takes push notifications, for tests.

It keeps the headers of what came, and answers what it is told to.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Received:
    """What came so far, and the status to answer with next."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.statuses: list[int] = []
        self.address = ""

    def states(self, channel: str) -> list[str]:
        return [each["x-goog-resource-state"] for each in self.messages if each["x-goog-channel-id"] == channel]


@contextmanager
def receiver() -> Iterator[Received]:
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = received.statuses.pop(0) if received.statuses else 204
            if status < 300:
                received.messages.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.address = f"http://127.0.0.1:{server.server_address[1]}/push"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
