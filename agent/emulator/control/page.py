"""The page at `/`: the tree as a person would like to see it.

Plain HTML and no script; every name is somebody else's and is escaped. Large folders show their first files and link to
the rest.
"""

from html import escape
from typing import Any

from agent.emulator.accounts import User
from agent.emulator.api.making import used_by
from agent.emulator.api.resource import thumbnail_signature
from agent.emulator.parts import Parts
from agent.emulator.store.item import FOLDER, Item, loads
from agent.emulator.wire.answer import Answer, html_answer
from agent.emulator.wire.request import Request

_IN_TREE = 24  # files of a folder shown in the tree
_ON_PAGE = 200  # files of a folder shown on its own page
_MOST_FOLDERS = 400  # folders drawn in one page
_OPEN_LEVELS = 3
_FOLDERS = (FOLDER, _MOST_FOLDERS)

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #202124; margin: 0 auto; max-width: 72rem; padding: 1rem 1.5rem }
h1 { font-size: 1.3rem; margin: .5rem 0 } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem }
.soft { color: #5f6368 } a { color: #0b57d0; text-decoration: none } a:hover { text-decoration: underline }
details { margin-left: 1.1rem } summary { cursor: pointer; padding: .12rem 0 } details > div { margin-left: 1.1rem }
.files { display: flex; flex-wrap: wrap; gap: .5rem; padding: .3rem 0 .6rem }
figure { margin: 0; width: 7.5rem; font-size: .78rem; overflow: hidden } figcaption { overflow-wrap: anywhere }
figure img, .blank { width: 7.5rem; height: 5.2rem; background: #eef1f4; border-radius: 6px; display: block }
figure img { object-fit: cover }
.blank { display: grid; place-items: center; color: #9aa0a6 } .trashed { opacity: .45; text-decoration: line-through }
table { border-collapse: collapse } td { padding: .1rem 1.2rem .1rem 0 } meter { width: 16rem }
"""


def front_page(parts: Parts, request: Request) -> Answer:
    """Everything, or with `?folder=ID` one folder in full."""
    folder = parts.items.get(request.query.get("folder", ""))
    start = request.query.get("from", "0")
    if folder is not None:
        return html_answer(_folder_page(parts, folder, int(start) if start.isdigit() else 0))
    drawing = _Drawing(parts)
    body = "".join(_account(parts, user, drawing) for user in parts.accounts.known()) + _drives(parts, drawing)
    return html_answer(_page("Drive emulator", f"<h1>Drive emulator</h1>{_figures(parts)}{body}"))


def _page(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>{body}</body></html>'
    )


def _figures(parts: Parts) -> str:
    counts = parts.counts.describe()
    calls = sum(counts["methods"].values())
    rules = len(parts.faults.describe())
    trouble = f" · <b>{rules} fault{'s' * (rules != 1)} waiting</b>" if rules else ""
    trouble += " · <b>outage</b>" if parts.board.out else ""
    return (
        f'<p class="soft">{calls:,} requests · {_bytes(counts["bytes_in"])} in · {_bytes(counts["bytes_out"])} out'
        f'{trouble} · as JSON: <a href="/_emulator/files">files</a>, <a href="/_emulator/requests">requests</a></p>'
    )


def _account(parts: Parts, user: User, drawing: "_Drawing") -> str:
    root = parts.items.get(user.root)
    if root is None:
        return ""
    used = used_by(parts, user)
    room = f" of {_bytes(user.limit)}" if user.limit is not None else ""
    meter = f'<meter max="{user.limit}" value="{used}"></meter>' if user.limit else ""
    return (
        f"<h2>{escape(user.name)} <span class='soft'>{escape(user.email)} · {_bytes(used)}{room}</span></h2>{meter}"
        f"{drawing.inside(root, 0)}"
    )


def _drives(parts: Parts, drawing: "_Drawing") -> str:
    out = ""
    for drive in parts.documents.all("drive").values():
        root = parts.items.get(drive["id"])
        if root is not None:
            out += (
                f"<h2>{escape(str(drive['name']))} <span class='soft'>shared drive</span></h2>{drawing.inside(root, 0)}"
            )
    return out


class _Drawing:
    """Draws folders until there are too many of them for one page."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.folders_left = _MOST_FOLDERS

    def inside(self, folder: Item, level: int) -> str:
        items = self.parts.items
        folders = items.select("parent = ? AND mime = ? ORDER BY name COLLATE NOCASE LIMIT ?", [folder.id, *_FOLDERS])
        out = "".join(self.folder(child, level) for child in list(folders))
        files = list(items.select("parent = ? AND mime != ? ORDER BY seq DESC LIMIT ?", [folder.id, FOLDER, _IN_TREE]))
        if files:
            cards = "".join(card(self.parts, item) for item in reversed(files))
            rest = self.count("parent = ? AND mime != ?", folder.id, FOLDER) - _IN_TREE
            more = f'<a href="/?folder={folder.id}">and {rest:,} more</a>' if rest > 0 else ""
            out += f'<div class="files">{cards}{more}</div>'
        return out or '<p class="soft">empty</p>' * (level == 0)

    def folder(self, folder: Item, level: int) -> str:
        self.folders_left -= 1
        if self.folders_left < 0:
            return ""
        count = self.count("parent = ?", folder.id)
        is_open = " open" if level < _OPEN_LEVELS and not folder.trashed else ""
        name = f'<span class="{"trashed" if folder.trashed else ""}">{escape(folder.name)}</span>'
        link = f'<a href="/?folder={folder.id}" class="soft">{count:,}</a>'
        inside = self.inside(folder, level + 1)
        return f"<details{is_open}><summary>📁 {name} {link}</summary><div>{inside}</div></details>"

    def count(self, where: str, *parameters: str) -> int:
        return self.parts.database.value("SELECT count(*) FROM items WHERE " + where, parameters)  # noqa: S608 - our words


def card(parts: Parts, item: Item) -> str:
    """A file with its picture, where it is one."""
    if item.mime.startswith("image/") and item.size:
        signature = thumbnail_signature(parts.secret, item)
        face = f'<img loading="lazy" alt="" src="/thumbnail/{item.id}/{signature}=s220">'
    else:
        face = f'<span class="blank">{escape(item.mime.rpartition(".")[2].rpartition("/")[2][:12])}</span>'
    trashed = "trashed" if item.trashed else ""
    size = _bytes(item.size) if item.size is not None else ""
    return (
        f'<figure class="{trashed}"><a href="/?folder={item.id}">{face}</a>'
        f'<figcaption>{escape(item.name)}<br><span class="soft">{size}</span></figcaption></figure>'
    )


def _folder_page(parts: Parts, item: Item, start: int) -> str:
    above = [f'<a href="/?folder={each.id}">{escape(each.name)}</a>' for each in reversed(parts.items.ancestors(item))]
    trail = " / ".join(['<a href="/">All</a>', *above])
    facts = _facts(item)
    rows = "".join(f"<tr><td class='soft'>{escape(name)}<td>{escape(str(value))}" for name, value in facts if value)
    body = f"<p>{trail}</p><h1>{escape(item.name)}</h1><table>{rows}</table>"
    children = parts.items.select("parent = ? ORDER BY seq LIMIT ? OFFSET ?", [item.id, _ON_PAGE, start])
    body += f'<div class="files">{"".join(card(parts, child) for child in list(children))}</div>'
    rest = _Drawing(parts).count("parent = ?", item.id) - start - _ON_PAGE
    if rest > 0:
        body += f'<p><a href="/?folder={item.id}&amp;from={start + _ON_PAGE}">{rest:,} more</a></p>'
    return _page(item.name, body)


def _facts(item: Item) -> list[tuple[str, Any]]:
    return [
        ("id", item.id),
        ("type", item.mime),
        ("size", _bytes(item.size) if item.size is not None else None),
        ("MD5", item.md5),
        ("created", item.created),
        ("modified", item.modified),
        ("description", item.description),
        ("properties", loads(item.properties) or None),
        ("app properties", loads(item.app_properties) or None),
        ("in the trash", "yes" if item.trashed else None),
        ("made by client", item.client),
    ]


def _bytes(size: int) -> str:
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
