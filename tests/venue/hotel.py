"""A hotel's network, in a name space of its own: every name leads to the portal, which answers on 80 and on 443.

`unshare -n -m python -m tests.venue.hotel FOLDER COMMAND…` runs the command in it. Needs to be root.
"""

from __future__ import annotations

import ctypes
import os
import signal
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.certificates import certificates

NAMES = ("www.googleapis.com", "oauth2.googleapis.com", "accounts.google.com", "connectivitycheck.gstatic.com")
PR_SET_PDEATHSIG = 1  # linux/prctl.h
WELCOME = "http://welcome.hotel.example/room"


class Portal(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", WELCOME)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


def main(folder: Path, command: list[str]) -> None:
    """The portal ends with the command, which takes this process's place."""
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost " + " ".join(NAMES) + "\n")
    for one in (
        ("mount", "--make-rprivate", "/"),
        ("mount", "--bind", str(hosts), "/etc/hosts"),
        ("ip", "link", "set", "lo", "up"),
    ):
        subprocess.run(one, check=True)
    theirs = certificates(folder / "their certificates", *NAMES)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(theirs / "cert.pem", theirs / "key.pem")
    ready, begun = os.pipe()
    if os.fork():
        os.read(ready, 1)
        os.execvp(command[0], command)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for port in (80, 443):
        server = ThreadingHTTPServer(("127.0.0.1", port), Portal)
        if port == 443:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    os.write(begun, b"!")
    for stream in (0, 1, 2):
        os.close(stream)  # whoever reads what the command says waits for their end
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
