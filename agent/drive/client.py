"""Drive's metadata calls for tasks: plain values in, plain values out, `DriveError` for everything that goes wrong.

Each waits for its turn at the account's limiter, is sent once, and has a time limit. Repeating is the caller's
business, who knows the id to repeat with.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from agent.drive.errors import Aim, DriveError, contradicted, from_row
from agent.drive.exchange import Limits
from agent.drive.files import (
    ABOUT_FIELDS,
    FILE_FIELDS,
    FOLDER_TYPE,
    About,
    Body,
    Changes,
    DriveFile,
    NewFolder,
    Page,
    about_from,
    changes_from,
    channel_from,
    described,
    file_from,
    ids_from,
    page_from,
    permission_from,
    quoted,
    readable,
    readers_from,
    takes_files,
    timestamp,
    token_from,
)
from agent.drive.http import Http
from agent.drive.limiter import Limiter
from agent.drive.reasons import NOT_THERE, Next
from agent.drive.requests import MOST, Calls
from agent.model import DriveId

T = TypeVar("T")
# Addresses beyond 2,048 characters are sent as a POST by Google's library; with 25 folders they stay below.
FOLDERS_AT_ONCE = 25
ASKED_AT_ONCE = 8
TOGETHER_FROM = 3  # files that are asked for by their ids in one request
ALL_DRIVES = {"supportsAllDrives": True}
LIST_ALL = {"supportsAllDrives": True, "includeItemsFromAllDrives": True}
CHANGE_FIELDS = f"nextPageToken,newStartPageToken,changes(fileId,removed,file({FILE_FIELDS}))"

A_FILE = re.compile(r"[A-Za-z0-9_-]+")  # an id: all that Drive makes are of these


class DriveClient:
    """All calls of one account. Every method raises `DriveError` only, and nothing is ever sent twice by itself.

    `hung` hears of a probe that no answer came to, until it was begun anew over another connection.
    """

    def __init__(
        self, http: Http, limiter: Limiter, limits: Limits | None = None, *, hung: Callable[[], None] = lambda: None
    ) -> None:
        self._limiter = limiter
        self._keys = http.token.resource_keys
        self._calls = Calls(http, limiter, limits or Limits(), hung)

    # ---- folders and files

    async def generate_ids(self, count: int = 1000) -> list[DriveId]:
        """New ids (1 to 1,000 at once) for `create_folder`, `copy` and uploads. Each is good for ever, for one item."""
        parameters = {"count": count, "space": "drive", "type": "files"}
        return await self._read(ids_from, "files", "generateIds", parameters)

    @property
    def pace(self) -> int:
        """How many calls may be under way now: less after Google asked to slow down."""
        return self._limiter.limit

    async def create_folder(
        self,
        id: DriveId,
        name: str,
        parent: DriveId | None,
        tags: Mapping[str, str] | None = None,
        description: str = "",
        where: str = "",
    ) -> DriveFile:
        """Make a folder under a reserved id; `parent` `None`: in My Drive. Repeated, it raises `id_taken`.

        `where` is what people call the parent.
        """
        parameters = folder_call(NewFolder(id, name, parent, tags or {}, description, where))
        return await self._read(file_from, "files", "create", parameters, Aim.CREATE, where)

    async def create_folders(self, wanted: Sequence[NewFolder]) -> list[DriveFile | DriveError]:
        """Make many in one request, at most 100: each one's folder or error, in their order.

        Raises where the request as a whole failed: then any of them may be there. Repeated, each that is answers
        `id_taken`.
        """
        calls = [(ALL_DRIVES | folder_call(one), one.where) for one in wanted]
        found = await self._calls.batch("files", "create", calls, Aim.CREATE)
        return [one if isinstance(one, DriveError) else _made(one) for one in found]

    async def get_all(self, ids: Iterable[DriveId]) -> dict[DriveId, DriveFile | None]:
        """What Drive says of each of these now; `None`: it is not there, or not for our eyes. Raises `DriveError`.

        A hundred in one request: 1,000 in 0.4 s, eight single requests at a time in 11 s (80 ms round trip).
        """
        wanted = list(dict.fromkeys(ids))
        plain = [one for one in wanted if A_FILE.fullmatch(one) and not self._keys.opens(one)]
        plain = plain if len(plain) >= TOGETHER_FROM else []
        alone = [[one] for one in sorted({*wanted} - {*plain})]
        gate = asyncio.Semaphore(ASKED_AT_ONCE)

        async def ask(some: list[DriveId]) -> list[DriveFile | None]:
            async with gate:
                return await (self._get_together(some) if len(some) > 1 else self._get_alone(*some))

        asked = [*alone, *(plain[start : start + MOST] for start in range(0, len(plain), MOST))]
        answers = await asyncio.gather(*map(ask, asked))
        found = {
            id: one for some, answer in zip(asked, answers, strict=True) for id, one in zip(some, answer, strict=True)
        }
        return {one: found[one] for one in wanted}

    async def _get_alone(self, id: DriveId) -> list[DriveFile | None]:
        try:
            return [await self.get(id)]
        except DriveError as error:
            _unless_nothing(error)
            return [None]

    async def _get_together(self, ids: Sequence[DriveId]) -> list[DriveFile | None]:
        calls = [(ALL_DRIVES | {"fileId": id, "fields": FILE_FIELDS}, "") for id in ids]
        found = await self._calls.batch("files", "get", calls, Aim.READ)
        for one in found:
            if isinstance(one, DriveError):
                _unless_nothing(one)
        there = [None if isinstance(one, DriveError) else readable(file_from, one, aim=Aim.READ) for one in found]
        return [one and self._learned(one) for one in there]

    async def get(self, id: DriveId) -> DriveFile:
        """A file by its id, in the trash, too. `not_found` for an unknown one and for one not for our eyes."""
        return self._learned(await self._read(file_from, "files", "get", {"fileId": id, "fields": FILE_FIELDS}))

    async def find(self, id: DriveId) -> DriveFile | None:
        """The same; `None` for an unknown one and for one not for our eyes."""
        try:
            return await self.get(id)
        except DriveError as error:
            if error.next is not Next.GONE:
                raise
            return None

    async def takes_files(self, id: DriveId) -> bool:
        """Whether we may put something into this folder. Raises as `get` does."""
        fields = "mimeType,trashed,capabilities(canAddChildren)"
        return await self._read(takes_files, "files", "get", {"fileId": id, "fields": fields})

    def learn_key(self, id: DriveId, key: str | None) -> None:
        """A resource key that came with a link: from now on it goes with every request for this file."""
        self._keys.learn(id, key)

    def _learned(self, file: DriveFile) -> DriveFile:
        self._keys.learn(file.id, file.resource_key)
        if file.target is not None:
            self._keys.learn(file.target, file.target_key)
        return file

    async def list(self, q: str, page: str | None = None, size: int = 1000, order: str | None = None) -> Page:
        """One page of what matches `q` (Drive's grammar; texts through `files.quoted`), at most 1,000 a page."""
        parameters = {
            "q": q,
            "pageSize": size,
            "pageToken": page,
            "orderBy": order,
            "fields": f"nextPageToken,files({FILE_FIELDS})",
            "includeItemsFromAllDrives": True,
        }
        given = {key: value for key, value in parameters.items() if value is not None}
        page_read = await self._read(page_from, "files", "list", given)
        for one in page_read.files:
            self._learned(one)
        return page_read

    async def list_all(self, q: str) -> AsyncGenerator[DriveFile]:
        """Every file that matches, page by page."""
        page: str | None = None
        while True:
            found = await self.list(q, page)
            for one in found.files:
                yield one
            page = found.next
            if page is None:
                return

    async def children(
        self, folders: Sequence[DriveId], also: str | None = None, *, trashed: bool = False
    ) -> AsyncGenerator[DriveFile]:
        """Everything that lies directly in these folders, and is not trashed unless so asked; 25 folders a request.

        A folder that is not there any more has nothing in it, once Drive says so of its id, too. `also`: a question
        whose answers every list is to show beside that.
        """
        left = [list(folders[start : start + FOLDERS_AT_ONCE]) for start in range(0, len(folders), FOLDERS_AT_ONCE)]
        while left:
            some, begun = left.pop(), False
            places = " or ".join([*(f"{quoted(one)} in parents" for one in some), *([also] if also else [])])
            try:
                async for one in self.list_all(f"({places})" + ("" if trashed else " and trashed = false")):
                    begun = True
                    yield one
            except DriveError as error:  # Drive refuses the whole question for one unknown folder in it
                if error.next is not Next.GONE or begun:
                    raise
                if len(some) == 1:
                    await self._is_gone(error, some[0])
                else:
                    left += [some[: len(some) // 2], some[len(some) // 2 :]]

    async def find_tagged(
        self, key: str, value: str, *, folders: bool = False, trashed: bool | None = False
    ) -> list[DriveFile]:
        """What we tagged so and is not trashed, or is; `None`: both. `folders`: these alone.

        Tags are private to the OAuth client that wrote them.
        """
        q = f"appProperties has {{ key={quoted(key)} and value={quoted(value)} }}"
        if trashed is not None:
            q += f" and trashed = {str(trashed).lower()}"
        if folders:
            q += f" and mimeType = {quoted(FOLDER_TYPE)}"
        return [one async for one in self.list_all(q)]

    async def copy(
        self,
        source: DriveId,
        id: DriveId,
        name: str,
        parent: DriveId,
        tags: Mapping[str, str] | None = None,
        created_at: float | None = None,
        modified_at: float | None = None,
        description: str = "",
        where: str = "",
    ) -> DriveFile:
        """Let Drive copy a file under a reserved id: no byte crosses the line. Repeated, it raises `id_taken`.

        `where` is what people call the parent.
        """
        body = {"id": id, "name": name, "parents": [parent]}
        body |= described(tags or {}, description, created_at, modified_at)
        parameters = {"fileId": source, "body": body, "fields": FILE_FIELDS}
        return await self._read(file_from, "files", "copy", parameters, Aim.COPY, where)

    async def update(
        self,
        id: DriveId,
        *,
        name: str | None = None,
        parent: DriveId | None = None,
        old_parents: Sequence[DriveId] = (),
        trashed: bool | None = None,
        tags: Mapping[str, str | None] | None = None,
        description: str | None = None,
        modified_at: float | None = None,
    ) -> DriveFile:
        """Change what is given, leave the rest; without `modified_at` it counts as modified now.

        `parent` moves it out of `old_parents`; a tag of `None` is removed.

        `not_found` is raised once Drive says so of the id itself, too: it may say it of what is there.
        """
        body: dict[str, Any] = {
            "name": name,
            "trashed": trashed,
            "description": description,
            "modifiedTime": None if modified_at is None else timestamp(modified_at),
            "appProperties": dict(tags) if tags else None,
        }
        parameters: dict[str, Any] = {
            "fileId": id,
            "body": {key: value for key, value in body.items() if value is not None},
            "fields": FILE_FIELDS,
        }
        if parent is not None:
            parameters["addParents"] = parent
        if old_parents:
            parameters["removeParents"] = ",".join(old_parents)
        try:
            return await self._read(file_from, "files", "update", parameters, Aim.CHANGE)
        except DriveError as error:
            if error.next is Next.GONE:
                await self._is_gone(error, id, *([parent] if parent else []))
            raise

    async def trash(self, id: DriveId) -> DriveFile:
        """Into Drive's trash, a folder with all below it; twice is once."""
        return await self.update(id, trashed=True)

    async def untrash(self, id: DriveId) -> DriveFile:
        """Out of the trash again; twice is once."""
        return await self.update(id, trashed=False)

    async def delete(self, id: DriveId) -> None:
        """For good, with all below it. What is gone already is no error."""
        try:
            await self._call("files", "delete", {"fileId": id}, Aim.CHANGE)
        except DriveError as error:
            if error.next is not Next.GONE:
                raise
            await self._is_gone(error, id)

    async def _is_gone(self, error: DriveError, *ids: DriveId) -> None:
        """Drive said that nothing is there, and says so of one of these ids, too; else raises `contradicted`."""
        if None not in [await self.find(one) for one in ids]:
            raise contradicted(error) from error

    async def share(self, id: DriveId, to: str = "", where: str = "") -> str:
        """Anyone with the link may read it, and all below it; it is not to be found by searching. Twice is once.

        `to`: nobody but that address, which Drive writes a mail to: without one it lets in only addresses that have a
        Google account (GAM wiki, Users-Drive-Permissions). Returns the permission's id.
        """
        body = (
            {"type": "user", "role": "reader", "emailAddress": to}
            if to
            else {"type": "anyone", "role": "reader", "allowFileDiscovery": False}
        )
        parameters = {"fileId": id, "body": body, "fields": "id", "supportsAllDrives": True}
        return await self._read(permission_from, "permissions", "create", parameters, Aim.SHARE, where)

    async def unshare(self, id: DriveId, permission: str, where: str = "") -> None:
        """It opens nothing any more. What is gone already is no error, once Drive says so when asked for it."""
        parameters = {"fileId": id, "permissionId": permission, "supportsAllDrives": True}
        try:
            await self._call("permissions", "delete", parameters, Aim.SHARE, where)
        except DriveError as error:
            if error.status != 404:
                raise
            if await self.is_shared(id, permission, where):
                await self._call("permissions", "delete", parameters, Aim.SHARE, where)

    async def readers(self, id: DriveId, where: str = "") -> dict[str, str]:
        """Who is let in by their address, of a hundred at most -> the permission's id. Nobody into what is gone."""
        fields = "permissions(id,emailAddress)"
        parameters = {"fileId": id, "pageSize": 100, "fields": fields, "supportsAllDrives": True}
        try:
            return await self._read(readers_from, "permissions", "list", parameters, where=where)
        except DriveError as error:
            if error.status != 404:
                raise
            return {}

    async def is_shared(self, id: DriveId, permission: str, where: str = "") -> bool:
        """Whether that permission holds on it, also where it was given to a folder above."""
        parameters = {"fileId": id, "permissionId": permission, "supportsAllDrives": True}
        try:
            await self._call("permissions", "get", parameters, where=where)
        except DriveError as error:
            if error.status != 404:
                raise
            return False
        return True

    # ---- the account

    async def about(self) -> About:
        return await self._read(about_from, "about", "get", {"fields": ABOUT_FIELDS})

    async def probe(self) -> About:
        """`about`, past the limiter and with short limits: whether Drive can be reached, when nothing else can tell."""
        return readable(about_from, await self._calls.probe("about", "get", {"fields": ABOUT_FIELDS}), aim=Aim.READ)

    async def start_page_token(self, shared_drive: str | None = None) -> str:
        parameters: dict[str, Any] = dict(ALL_DRIVES)
        if shared_drive:
            parameters["driveId"] = shared_drive
        return await self._read(token_from, "changes", "getStartPageToken", parameters)

    async def changes(self, token: str, shared_drive: str | None = None) -> Changes:
        """What changed since `token`; raises scope `cursor` where Drive does not know it any more."""
        parameters: dict[str, Any] = LIST_ALL | {
            "pageToken": token,
            "pageSize": 1000,
            "includeRemoved": True,
            "restrictToMyDrive": False,
            "spaces": "drive",
            "fields": CHANGE_FIELDS,
        }
        if shared_drive:
            parameters["driveId"] = shared_drive
        page = await self._read(changes_from, "changes", "list", parameters, Aim.FEED)
        for one in page.changes:
            if one.file is not None:
                self._learned(one.file)
        return page

    async def watch_changes(
        self, token: str, shared_drive: str | None, channel: str, address: str, secret: str, until: float
    ) -> tuple[str, float]:
        """Have word of changes sent to `address`; returns the resource's id and when it ends, seconds UTC."""
        parameters: dict[str, Any] = LIST_ALL | {
            "pageToken": token,
            "body": {
                "id": channel,
                "type": "web_hook",
                "address": address,
                "token": secret,
                "expiration": str(int(until * 1000)),
            },
        }
        if shared_drive:
            parameters["driveId"] = shared_drive
        resource, ends = await self._read(channel_from, "changes", "watch", parameters, Aim.FEED)
        return resource, until if ends is None else ends / 1000

    async def stop_channel(self, channel: str, resource: str) -> None:
        """No more of that."""
        await self._call("channels", "stop", {"body": {"id": channel, "resourceId": resource}}, Aim.CHANGE)

    async def _read(
        self,
        read: Callable[[Body], T],
        resource: str,
        method: str,
        parameters: dict[str, Any],
        aim: Aim = Aim.READ,
        where: str = "",
    ) -> T:
        return readable(read, await self._call(resource, method, parameters, aim, where), aim=aim, where=where)

    async def _call(
        self, resource: str, method: str, parameters: dict[str, Any], aim: Aim = Aim.READ, where: str = ""
    ) -> dict[str, Any]:
        if not A_FILE.fullmatch(parameters.get("fileId", "root")):  # in an address it would lead elsewhere
            raise from_row(NOT_THERE, "no file has such an id", where=where or str(parameters["fileId"]), status=404)
        if resource == "files" and method != "generateIds":
            parameters = parameters | ALL_DRIVES
        return await self._calls.call(resource, method, parameters, aim, where)


def _made(body: Body) -> DriveFile | DriveError:
    """One folder of many; or that it may be there."""
    try:
        return readable(file_from, body, aim=Aim.CREATE)
    except DriveError as error:
        return error


def _unless_nothing(error: DriveError) -> None:
    """That nothing is there, or that it is not for our eyes, is an answer; anything else is raised."""
    if error.status not in (403, 404) or error.pauses_lane:
        raise error


def folder_call(folder: NewFolder) -> dict[str, Any]:
    """The parameters that make a folder."""
    body = {"id": folder.id, "name": folder.name, "mimeType": FOLDER_TYPE, "parents": [folder.parent or "root"]}
    body |= described(folder.tags, folder.description, None, None)
    return {"body": body, "fields": FILE_FIELDS}
