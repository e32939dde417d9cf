"""The ear on this machine's loopback to which Google sends the browser back.

It answers until the right one has come: a favicon, a port scan or an old tab does not use it up. Google's address is
too long to be typed or copied from a terminal: a short one here, which nobody can guess, leads to it.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress

from agent.addresses import split
from agent.drive.login import LoginAttempt, LoginFailed, code_in
from agent.errors import UsageError

LONGEST_REQUEST = 16_384  # bytes
PATIENCE = 10.0  # seconds for a browser to say what it wants

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>venuesync</title></head>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 3rem auto">
<h1>{title}</h1><p>{text}</p></body></html>"""


async def code_for(attempt: LoginAttempt, port: int, timeout: float) -> str:
    """Serve 127.0.0.1 at `port` until the answer to this attempt has come; answers its code.

    Raises `LoginFailed` if the person said no or nothing came within `timeout` seconds, `UsageError` if the port is
    taken.
    """
    answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(reply(attempt, head, answered))
                await writer.drain()
        writer.close()

    try:
        server = await asyncio.start_server(serve, "127.0.0.1", port, limit=LONGEST_REQUEST)
    except OSError as error:
        raise UsageError(
            f"port {port} is taken", error.strerror or str(error), "End the other login, or choose another port"
        ) from None
    async with server:
        try:
            async with asyncio.timeout(timeout):
                return await answered
        except TimeoutError:
            raise LoginFailed(
                "Nobody signed in", f"no answer came within {timeout:.0f} s", "Run: venuesync login"
            ) from None


def reply(attempt: LoginAttempt, head: bytes, answered: asyncio.Future[str]) -> bytes:
    """What a browser gets to see; the right answer is handed to whoever waits for it, once."""
    line = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
    if len(line) != 3 or line[0] != "GET":
        return page(405, "Not here", "This address waits for Google's answer only.")
    query = split(line[1]).query
    if line[1] == start_path(attempt):
        return redirect(attempt.url)
    if not query:
        return page(404, "Not here", "This address waits for Google's answer only.")
    try:
        code = code_in(attempt, f"{attempt.redirect_uri}?{query}")
    except LoginFailed as error:
        ours = attempt.matches(state_in(query))
        if ours and not answered.done():
            answered.set_exception(error)
        return page(400, error.title, "Go back to the terminal and sign in again.")
    if not answered.done():
        answered.set_result(code)
    return page(200, "Signed in", "venuesync goes on. You may close this window.")


def start_path(attempt: LoginAttempt) -> str:
    """Where the browser may begin: known to whoever sees the attempt alone, as its state is secret."""
    return f"/{hashlib.sha256(attempt.state.encode()).hexdigest()[:12]}"


def redirect(url: str) -> bytes:
    head = ["HTTP/1.1 302 Found", f"Location: {url}", "Content-Length: 0", "Cache-Control: no-store"]
    return "\r\n".join([*head, "Referrer-Policy: no-referrer", "Connection: close", "", ""]).encode()


def state_in(query: str) -> str:
    return next((part[6:] for part in query.split("&") if part.startswith("state=")), "")


def page(status: int, title: str, text: str) -> bytes:
    """A whole HTTP answer with no word from outside in it."""
    words = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}
    body = PAGE.format(title=title, text=text).encode()
    head = [
        f"HTTP/1.1 {status} {words[status]}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",  # the address holds the code
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
