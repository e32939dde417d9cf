"""Photo bytes to Drive and back, each method one journey: sent whole, or fetched whole, and compared by MD5.

Repeating is the caller's business, who keeps ids and session addresses; nothing is repeated in here.
"""

from __future__ import annotations

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

from agent.drive import reasons
from agent.drive.errors import Aim, Answer, drive_error, from_row
from agent.drive.exchange import Limits, Request
from agent.drive.file_bytes import FileBody, PartFile, Progress, content_start, whole_length
from agent.drive.files import FILE_FIELDS, DriveFile, UploadMeta, file_from, readable, upload_body
from agent.drive.http import RESUME, Http
from agent.drive.limiter import Bandwidth, Limiter, Priority
from agent.model import DriveId

# Google's guide names 5 MB for one-request uploads, its servers take more, and rclone sends up to 8 MiB so.
# Above that a broken connection costs more than the one more round trip that a session takes.
MULTIPART_UP_TO = 8 * 1024 * 1024  # bytes
FILE_THREADS = 4
STANDSTILLS = 3  # answers in a row by which a session kept nothing new


def unheard(_: int) -> None:
    """Progress that nobody watches."""


class MediaClient:
    """Uploads and downloads of one account. Every method raises `DriveError` only.

    `up` and `down` are the bandwidth limits, to be changed at any time by their `set_limit(mbps)`. `progress_timeout`
    (seconds): how long a transfer may stand still before it is broken off.
    """

    def __init__(
        self,
        http: Http,
        limiter: Limiter,
        *,
        up_mbps: float = 0.0,
        down_mbps: float = 0.0,
        progress_timeout: float = 300.0,
        beside: MediaClient | None = None,
    ) -> None:
        """`beside`: another account's, with which it shares the line and its limits."""
        self.up = Bandwidth(up_mbps) if beside is None else beside.up
        self.down = Bandwidth(down_mbps) if beside is None else beside.down
        self._http = http
        self._limits = Limits(answer=progress_timeout)  # for each step of a photo's bytes
        self._limiter = limiter
        self._threads = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="drive-file")
        self._keys = http.token.resource_keys

    def learn_key(self, id: DriveId, key: str | None) -> None:
        """A resource key that goes with every request for this file."""
        self._keys.learn(id, key)

    # ---- up

    async def upload_multipart(
        self, file: Path, meta: UploadMeta, size: int, md5: str, progress: Progress = unheard
    ) -> DriveFile:
        """Send a photo and what is said about it in one request, under its reserved id; returns what Drive has now.

        Raises `changed` if the file is not these bytes any more (Drive keeps nothing then), `id_taken` if the id is in
        use, `damaged` if Drive's MD5 differs. An `ambiguous` error leaves open whether it is there: send again under
        the same id, and compare if that raises `id_taken`.
        """
        boundary = f"venuesync-{secrets.token_hex(12)}"
        head = (
            f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(upload_body(meta))}\r\n"
            f"--{boundary}\r\nContent-Type: {meta.mime}\r\n\r\n"
        ).encode()
        tail = f"\r\n--{boundary}--\r\n".encode()
        body = FileBody(file, size, md5, self._threads, self.up, progress, head=head, tail=tail)
        headers = {"Content-Type": f"multipart/related; boundary={boundary}"}
        request = self._request(
            "POST", self._upload_url("multipart"), headers, body, Aim.CREATE, meta.where or file.name
        )
        async with self._limiter.slot(Priority.BYTES):
            answer = await self._http.send(request)
        return verified(answer, md5, size, file.name, Aim.CREATE)

    async def start_resumable(self, meta: UploadMeta, size: int) -> str:
        """Open a session for a large file; returns its address, which is good for a week and is itself a secret."""
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "X-Upload-Content-Type": meta.mime,
            "X-Upload-Content-Length": str(size),
        }
        content = json.dumps(upload_body(meta)).encode()
        url = self._upload_url("resumable")
        request = self._request("POST", url, headers, content, Aim.CREATE, meta.where or meta.name)
        async with self._limiter.slot(Priority.SMALL):
            answer = await self._http.send(request)
        session = answer.headers.get("location", "")
        if not session:
            raise drive_error(answer, aim=Aim.CREATE, where=meta.name)
        return session

    async def query_resumable(self, session: str, size: int, md5: str) -> int | DriveFile:
        """How many bytes the session has, or the whole file, MD5 compared. Raises scope `session` if it is lost."""
        self._check_session(session)
        headers = {"Content-Range": f"bytes */{size}"}
        request = self._request("PUT", session, headers, b"", Aim.SESSION, "")
        async with self._limiter.slot(Priority.SMALL):
            answer = await self._http.send(request)
        return kept(answer) if answer.status == RESUME else verified(answer, md5, size, "", Aim.SESSION)

    async def send_resumable(
        self, session: str, file: Path, size: int, md5: str, progress: Progress = unheard, offset: int = 0
    ) -> DriveFile:
        """Send all from `offset` on in one request, and on from where Drive says if it kept less.

        After an error, `query_resumable` tells the offset to go on from. Raises as `upload_multipart` does, and of
        scope `session` if the session is lost.
        """
        self._check_session(session)
        standstills = 0
        while True:
            body = FileBody(file, size, md5, self._threads, self.up, progress, offset=offset)
            headers = {"Content-Range": f"bytes {offset}-{size - 1}/{size}"} if offset else {}
            request = self._request("PUT", session, headers, body, Aim.SESSION, file.name)
            async with self._limiter.slot(Priority.BYTES):
                answer = await self._http.send(request)
            if answer.status != RESUME:
                return verified(answer, md5, size, file.name, Aim.SESSION)
            standstills = 0 if kept(answer) > offset else standstills + 1
            if standstills == STANDSTILLS:
                raise from_row(reasons.SLOW, "the upload session keeps nothing of what is sent", where=file.name)
            offset = kept(answer)

    # ---- down

    async def download(
        self,
        id: DriveId,
        to: Path,
        size: int | None,
        md5: str | None,
        progress: Progress = unheard,
        *,
        keep_free: int = 0,
    ) -> str:
        """Fetch a file's bytes into `to`, going on behind what lies there already; returns their MD5 (hex).

        They are on disk, synced, when it returns. What came before an error stays for the next call; if size or MD5
        differ from what is expected at the end, `to` is removed and `damaged` raised. `None`: not known, not compared.
        `keep_free` bytes of the disk stay free: before that it is full.
        """
        async with self._limiter.slot(Priority.BYTES), PartFile.opened(to, self._threads, keep_free) as part:
            if size is not None and part.length > size:
                await part.restart()
            if size is None or part.length < size:
                url = f"{self._http.endpoint.root}/drive/v3/files/{id}?alt=media&supportsAllDrives=true"
                await self._fetch(url, part, size, progress)
            return await part.finished(size, md5)

    async def _fetch(self, url: str, part: PartFile, size: int | None, progress: Progress) -> None:
        headers = {"Accept-Encoding": "identity"}
        if part.length:
            headers["Range"] = f"bytes={part.length}-"
        request = self._request("GET", url, headers, b"", Aim.DOWNLOAD, part.name)
        async with self._http.exchange(request) as response:
            status, is_page = response.status_code, "text/html" in response.headers.get("content-type", "")
            if status not in {200, 206, 416} or (is_page and status != 416):
                answer = Answer(status, dict(response.headers), await response.aread())
                raise drive_error(answer, aim=Aim.DOWNLOAD, where=part.name)
            told = [response.headers.get(one, "") for one in ("content-length", "content-range")]
            length = whole_length(status, *told)
            if None not in (size, length) and length != size:
                await part.restart()
                raise from_row(reasons.DAMAGED, f"Drive has {length} bytes of it, and not {size}", where=part.name)
            if status == 416:
                return  # nothing beyond what lies there; the comparison decides
            if content_start(status, told[1]) != part.length:
                await part.restart()
            exchange = response.extensions["exchange"]
            async for block in response.aiter_bytes():
                exchange.ours()
                await self.down.take(len(block))
                await part.write(block)
                progress(part.length)
                exchange.theirs()

    # ---- connections

    async def close(self) -> None:
        """End at once, with all connections: what is under way raises as broken off."""
        await self._http.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _request(
        self, method: str, url: str, headers: dict[str, str], content: bytes | FileBody, aim: Aim, where: str
    ) -> Request:
        slow = isinstance(content, FileBody) or aim is Aim.DOWNLOAD
        limits = self._limits if slow else Limits()
        return Request(method, url, headers, content, aim, where, limits=limits, is_transfer=True)

    def _check_session(self, session: str) -> None:
        if not self._http.endpoint.owns(session):
            raise from_row(reasons.SESSION_LOST, "it was opened at another server")

    def _upload_url(self, kind: str) -> str:
        query = urlencode({"uploadType": kind, "supportsAllDrives": "true", "fields": FILE_FIELDS})
        return f"{self._http.endpoint.root}/upload/drive/v3/files?{query}"


def verified(answer: Answer, md5: str, size: int, where: str, aim: Aim) -> DriveFile:
    """What Drive has, if it is what was sent; raises `damaged` if it is not."""
    if not answer.json():
        raise drive_error(answer, aim=aim, where=where)
    file = readable(file_from, answer.json(), aim=aim, where=where)
    if file.md5 != md5 or file.size != size:
        had = f"Drive has {file.size} bytes with MD5 {file.md5}, sent were {size} with {md5}"
        raise from_row(reasons.DAMAGED, had, where=where, status=answer.status)
    return file


def kept(answer: Answer) -> int:
    """Bytes that a session has: `Range: bytes=0-X` of a 308; without that header, none."""
    last = answer.headers.get("range", "").rpartition("-")[2]
    return int(last) + 1 if last.isdecimal() else 0
