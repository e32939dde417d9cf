"""Google's pages for people: links to files and folders, thumbnails, downloads in a browser.

A link opens for whoever it was shared with; here that means `anyone`, for a browser signs in nowhere.
"""

import re
from collections.abc import Awaitable, Callable
from html import escape

from agent.emulator.api.access import ANYONE
from agent.emulator.api.download import bytes_answer
from agent.emulator.api.resource import thumbnail_signature
from agent.emulator.control.page import STYLE, card
from agent.emulator.parts import Parts
from agent.emulator.store.item import Item
from agent.emulator.wire.answer import Answer, html_answer
from agent.emulator.wire.request import Request

Handler = Callable[[Parts, Request], Awaitable[Answer]]
_THUMBNAIL = re.compile(r"/thumbnail/([\w-]+)/([0-9a-f]+)=s(\d{1,4})")
_FILE = re.compile(r"/file/d/([\w-]+)/view")
_FOLDER = re.compile(r"/drive/folders/([\w-]+)")


NAMES = ("web.thumbnail", "web.download", "web.view")


def find_page(request: Request) -> tuple[str, Handler] | None:
    path = request.path
    if path.startswith("/thumbnail/"):
        return "web.thumbnail", _thumbnail
    if path == "/uc":
        return "web.download", _download
    if path == "/open" or _FILE.fullmatch(path) or _FOLDER.fullmatch(path):
        return "web.view", _view
    return None


async def _thumbnail(parts: Parts, request: Request) -> Answer:
    """A JPEG of the size that the address asks for; the address is the right to see it."""
    match = _THUMBNAIL.fullmatch(request.path)
    item = parts.items.get(match.group(1)) if match else None
    if match is None or item is None or match.group(2) != thumbnail_signature(parts.secret, item):
        return Answer(404, b"", "text/html")
    picture = await parts.pictures.thumbnail(item, max(int(match.group(3)), 16))
    if picture is None:
        return Answer(404, b"", "text/html")
    return Answer(200, picture, "image/jpeg", (("Cache-Control", "private, max-age=3600"),))


async def _download(parts: Parts, request: Request) -> Answer:
    item = _open_to_all(parts, request.query.get("id", ""))
    if item is None or item.size is None:
        return _refused()
    answer = bytes_answer(parts.contents, item, request.headers.get("range", ""))
    answer.headers += (("Content-Disposition", 'attachment; filename="file"'),)
    return answer


async def _view(parts: Parts, request: Request) -> Answer:
    match = _FILE.fullmatch(request.path) or _FOLDER.fullmatch(request.path)
    item = _open_to_all(parts, match.group(1) if match else request.query.get("id", ""))
    if item is None:
        return _refused()
    children = [child for child in parts.items.children(item.id) if not child.trashed] if item.is_folder else [item]
    cards = "".join(card(parts, child) for child in children[:500])
    body = f'<h1>{escape(item.name)}</h1><div class="files">{cards}</div>'
    return html_answer(
        f'<!DOCTYPE html><meta charset="utf-8"><title>{escape(item.name)}</title><style>{STYLE}</style>{body}'
    )


def _open_to_all(parts: Parts, item_id: str) -> Item | None:
    item = parts.items.get(item_id)
    if item is None or item.trashed or ANYONE not in parts.access.reaches(item.id):
        return None
    return item


def _refused() -> Answer:
    return html_answer("<!DOCTYPE html><title>Access denied</title><h1>You need access</h1>", 403)
