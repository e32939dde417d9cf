"""How fast the emulator is: `python -m tests.emulator.measure [FILES]`.

Prints one line a figure. The client is raw sockets, so that it is not the client that is measured; where there are two
cores the server has one of them to itself (Linux).
"""

import json
import os
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import quote

from tests.emulator.drive import Emulator

Sent = tuple[str, str, bytes, str]  # method, path, body, content type
_BOUNDARY = "measure"


class Line:
    """One kept-alive connection."""

    def __init__(self, server: Emulator, token: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port))
        self._head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        self._buffer = b""

    def send(self, sent: Sent) -> bytes:
        method, path, body, kind = sent
        head = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        while b"\r\n\r\n" not in self._buffer:
            self._buffer += self._socket.recv(1 << 18)
        answer, _, rest = self._buffer.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in answer.split(b"\r\n")[1:])
        length = int(fields[b"content-length"])
        pieces = bytearray(rest)
        while len(pieces) < length:
            pieces += self._socket.recv(1 << 18)
        self._buffer = bytes(pieces[length:])
        assert answer.startswith(b"HTTP/1.1 2"), pieces
        return bytes(pieces[:length])


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def rate(server: Emulator, token: str, name: str, requests: list[Sent], lines: int = 4) -> float:
    """Requests a second over some connections; the seconds they took."""

    def work(share: list[Sent]) -> None:
        line = Line(server, token)
        for each in share:
            line.send(each)

    threads = [threading.Thread(target=work, args=(requests[number::lines],)) for number in range(lines)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begun
    say(f"{name}: {len(requests) / took:.0f} requests/s")
    return took


def create(metadata: dict[str, object]) -> Sent:
    return "POST", "/drive/v3/files?fields=id", json.dumps(metadata).encode(), "application/json"


def upload(metadata: dict[str, object], content: bytes) -> Sent:
    edge = f"--{_BOUNDARY}".encode()
    kinds = (b"application/json", b"image/jpeg")
    first, second = (edge + b"\r\nContent-Type: " + kind + b"\r\n\r\n" for kind in kinds)
    body = first + json.dumps(metadata).encode() + b"\r\n" + second + content + b"\r\n" + edge + b"--\r\n"
    path = "/upload/drive/v3/files?uploadType=multipart&fields=id,md5Checksum"
    return "POST", path, body, f"multipart/related; boundary={_BOUNDARY}"


def pages(server: Emulator, token: str, q: str, order: str = "") -> None:
    """Lists all that a query finds, a thousand a page."""
    line, page, found, slowest, begun = Line(server, token), "", 0, 0.0, time.monotonic()
    fields = "nextPageToken,files(id,name,md5Checksum,size,parents,appProperties)"
    while True:
        path = (
            f"/drive/v3/files?pageSize=1000&q={quote(q)}&orderBy={quote(order)}&fields={fields}&pageToken={quote(page)}"
        )
        asked = time.monotonic()
        answer = json.loads(line.send(("GET", path, b"", "")))
        slowest = max(slowest, time.monotonic() - asked)
        found += len(answer["files"])
        page = answer.get("nextPageToken", "")
        if not page:
            break
    took = time.monotonic() - begun
    say(f"list by {order or 'no order'}: {found} files in {took:.2f} s, slowest page {slowest * 1000:.0f} ms")


def memory(server: Emulator) -> str:
    status = Path(f"/proc/{server.pid}/status")
    if not status.exists():
        return "unknown"
    return next(line.split(":")[1].strip() for line in status.read_text().splitlines() if line.startswith("VmRSS"))


def measure(server: Emulator, files: int) -> None:
    token = server.token()
    room = json.loads(Line(server, token).send(create({"mimeType": "application/vnd.google-apps.folder"})))["id"]
    look = f"/drive/v3/files/{room}?fields=id,name,parents,trashed,md5Checksum,size,version"
    rate(server, token, "files.get", [("GET", look, b"", "")] * 5000)
    rate(
        server, token, "files.create, 1 kB photo", [upload({"parents": [room]}, b"%08d" % n * 128) for n in range(3000)]
    )
    large = [upload({"parents": [room]}, b"%08d" % n * (1 << 19)) for n in range(64)]
    took = rate(server, token, "files.create, 4 MB photo", large, 8)
    say(f"intake: {64 * 4.194 / took:.0f} MB/s")
    many = [create({"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "parents": [room]}) for n in range(files)]
    rate(server, token, "files.create, metadata", many)
    pages(server, token, f"'{room}' in parents and trashed=false")
    pages(server, token, f"'{room}' in parents", "name")
    say(f"memory: {memory(server)}")


def main() -> None:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for name in ("in memory", "with a data folder"):
        with tempfile.TemporaryDirectory() as folder:
            say(f"--- {name}")
            with Emulator.start(data=Path(folder) if "data" in name else None) as server:
                if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
                    os.sched_setaffinity(server.pid, {0})
                    os.sched_setaffinity(0, {1})
                measure(server, files)


if __name__ == "__main__":
    main()
