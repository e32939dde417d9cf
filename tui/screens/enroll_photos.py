"""Photos to enroll by: found by name, path or pattern, chosen, and looked at by the agent before they are used."""

from __future__ import annotations

import asyncio
import base64
import glob
import heapq
import os
import re
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from agent.errors import VenueError
from agent.requests.people import PreviewReferences, ReferencePreview
from tui import words
from tui.draw import Row, cut, fit, heading, wrap
from tui.pictures.picture import Picture
from tui.screens.enroll_faces import verdict
from tui.widgets.dialogs import Field, Told

if TYPE_CHECKING:
    from tui.app import Monitor

# ---- finding: the newest ones that arrived, or any by path and pattern
# Reads folders and may block; whoever calls does so outside the event loop. What it offers is a suggestion by name: the
# agent looks at the content.

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".heic", ".heif", ".tif", ".tiff", ".webp", ".gif", ".bmp"})
SUFFIXES_RAW = frozenset({".cr2", ".cr3", ".nef", ".arw", ".raf", ".dng", ".orf", ".rw2"})
LIMIT = 200
SECONDS = 2.0  # a search ends after this and offers what it has


@dataclass(frozen=True, slots=True)
class Found:
    """A photo, or a folder to go into; `at` is when it was last changed."""

    path: str
    name: str
    where: str
    at: float
    folder: bool = False


def is_path(text: str) -> bool:
    """Whether the text means a place or a pattern, rather than a part of a photo's name."""
    return "/" in text or text.startswith("~") or is_pattern(text)


def is_pattern(text: str) -> bool:
    """Whether all that it means is taken at once."""
    return "*" in text or "?" in text or len(dropped(text)) > 1


def dropped(text: str) -> list[str]:
    """The paths of files that were dropped, as terminals paste them: quoted, escaped, as addresses; else none."""
    try:
        parts = shlex.split(text)
    except ValueError:  # a quote that is typed still
        return []
    paths = [unquote(re.sub("^file://[^/]*", "", one)) if one.startswith("file://") else home(one) for one in parts]
    changed = paths != [text] and (len(paths) > 1 or text.strip()[:1] in "'\"f" or "\\" in text or text != text.strip())
    there = os.path.exists(text)  # noqa: PTH110 - False, too, for more than any path has
    return paths if changed and all(one.startswith("/") for one in paths) and not there else []


def home(path: str) -> str:
    """A path that begins with `~`, as it is."""
    return os.path.expanduser(path)  # noqa: PTH111 - of no such home it stays as it is


def pasted(text: str) -> list[str]:
    """The paths of photos, where nothing else was pasted: a line each or in one, as `dropped` or as they are."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    paths = [path for line in lines for path in dropped(line) or re.split(" (?=/)", line)]
    return paths if all(path.startswith("/") and looks_like_photo(path.rpartition("/")[2]) for path in paths) else []


def on_disk(paths: Sequence[str]) -> tuple[list[Found], list[str]]:
    """Those that are files here, and those that are not."""
    here = [path for path in paths if os.path.isfile(path)]  # noqa: PTH113 - as above
    return [_offer(Path(path)) for path in here], [path for path in paths if path not in here]


def newest(folders: Sequence[str], limit: int = LIMIT, seconds: float = SECONDS) -> list[Found]:
    """The newest photos below these folders, newest first."""
    ends = time.monotonic() + seconds
    found = (entry for folder in folders for entry in _walk(Path(folder), ends))
    return heapq.nlargest(limit, found, key=lambda photo: (photo.at, photo.name))


def _walk(top: Path, ends: float) -> Iterator[Found]:
    folders = [top]
    while folders and time.monotonic() < ends:
        here = folders.pop()
        for entry in _entries(here):
            if entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry.path))
            elif looks_like_photo(entry.name):
                where = os.path.relpath(here, top.parent)
                yield Found(entry.path, entry.name, where, _changed(entry))
            if time.monotonic() >= ends:
                return


def by_path(text: str, start: str, limit: int = LIMIT) -> list[Found]:
    """What a typed path or pattern means, from `start` on where it is relative: folders first, then photos by name."""
    named = [Path(name) for name in dropped(text)]
    if found := [_offer(path) for path in named if _takes(path, pattern=True)]:
        return found[:limit]
    typed = os.path.join(start, home(text.strip()))  # noqa: PTH118 - what is typed keeps its last slash
    if is_pattern(text):
        names = sorted(glob.glob(typed.replace("[", "[[]")))  # noqa: PTH207 - absolute patterns
        return [_offer(Path(name)) for name in names if _takes(Path(name), pattern=True)][:limit]
    here, _, prefix = typed.rpartition("/")
    begins = prefix.casefold()
    entries = [entry for entry in _entries(Path(here or "/")) if entry.name.casefold().startswith(begins)]
    offers = [_offer(Path(entry.path)) for entry in entries if _takes(Path(entry.path), pattern=False)]
    return sorted(offers, key=lambda found: (not found.folder, found.name.casefold()))[:limit]


def completed(text: str, offers: Sequence[Found]) -> str:
    """The typed path made longer, as far as all offers agree."""
    names = [offer.name + ("/" if offer.folder else "") for offer in offers]
    typed = text.rpartition("/")[2]
    if not names:
        return text
    folded = [name.casefold() for name in names]
    first, last = min(folded), max(folded)  # what these two share, all share
    common = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return text if common <= len(typed) else text[: len(text) - len(typed)] + names[0][:common]


def looks_like_photo(name: str) -> bool:
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name, not a path
    return not name.startswith(".") and (suffix in SUFFIXES or suffix in SUFFIXES_RAW)


def _takes(path: Path, pattern: bool) -> bool:
    if path.is_dir():
        return not pattern and not path.name.startswith(".")
    return looks_like_photo(path.name)


def _offer(path: Path) -> Found:
    try:
        at = path.stat().st_mtime
    except OSError:
        at = 0.0
    return Found(str(path), path.name, str(path.parent), at, path.is_dir())


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return []


def _changed(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0


# ---- choosing: what is offered, what is taken, and where the mark stands; pure, so that every key is testable


@dataclass(frozen=True, slots=True)
class Choice:
    offered: tuple[Found, ...] = ()
    taken: tuple[Found, ...] = ()  # in the order of taking
    mark: int = 0

    @property
    def marked(self) -> Found | None:
        return self.offered[self.mark] if self.mark < len(self.offered) else None

    @property
    def paths(self) -> list[str]:
        return [found.path for found in self.taken]

    def offer(self, found: Sequence[Found]) -> Choice:
        """Other offers; the mark goes to the first, unless nothing changed."""
        offered = tuple(found)
        return self if offered == self.offered else replace(self, offered=offered, mark=0)

    def move(self, rows: int) -> Choice:
        last = max(0, len(self.offered) - 1)
        return replace(self, mark=min(last, max(0, self.mark + rows)))

    def take(self, photos: Sequence[Found]) -> Choice:
        """Each photo once; folders are gone into, never taken."""
        new = [photo for photo in photos if not photo.folder and photo not in self.taken]
        return replace(self, taken=(*self.taken, *new))

    def toggle(self, index: int) -> Choice:
        """Take the photo of this row, or put it back."""
        if not 0 <= index < len(self.offered):
            return self
        photo = self.offered[index]
        marked = replace(self, mark=index)
        if photo in self.taken:
            return replace(marked, taken=tuple(taken for taken in self.taken if taken != photo))
        return marked.take([photo])

    def window(self, rows: int) -> range:
        """Which offers are in sight: a page at a time, so that rows stand still while the mark walks."""
        first = self.mark // rows * rows if rows > 0 else 0
        return range(first, min(len(self.offered), first + rows))


Words = Callable[[str], tuple[str, str] | None]  # of a path: its verdict and the style of that


def draw_choice(
    choice: Choice, empty: str, now: float, width: int, height: int, words_of: Words = lambda _path: None
) -> list[Row]:
    """A heading and a page of offers; the marked row has `>`, a taken photo `[x]`, a seen one its verdict."""
    taken = f"{len(choice.taken)} chosen" if choice.taken else "none chosen"
    rows = [heading("Choose photos", width, taken)]
    if not choice.offered:
        rows.append([(cut(f"  {empty}", width), "$dim")])
    age = 11 if width >= 34 else 0
    for index in choice.window(height - 1):
        found = choice.offered[index]
        here, has = index == choice.mark, found in choice.taken
        box = "    " if found.folder else "[x] " if has else "[ ] "
        name = found.name + ("/" if found.folder else "")
        room = width - 6 - age
        where = min(24, room // 2) if width >= 50 else 0
        row: Row = [
            ("> " if here else "  ", "bold $accent"),
            (box, "bold $accent" if has else "$dim"),
            (fit(name, room - where), "bold $ink" if here else "$ink"),
        ]
        if age:
            told, style = words_of(found.path) or (words.ago(now - found.at), "$dim")
            row += [(fit(found.where, where), "$dim"), (f"{cut(told, age - 1):>{age}}", style)]
        rows.append(row)
    return rows


class DropField(Field):
    """Photos that are dropped on it are the dialog's."""

    def on_paste(self, event: events.Paste) -> None:
        if pasted(event.text):
            event.prevent_default()


class PhotoField(DropField):
    """Typing looks for photos; with nothing typed, the space bar takes the marked one."""

    def on_key(self, event: events.Key) -> None:
        if event.key == "space" and not self.value:
            event.prevent_default()
            event.stop()
            self.call_later(self.screen.run_action, "take")


SOON = 0.15  # seconds that the mark has to stand on a photo before the agent looks at it


class Previews(Vertical):
    """The marked photo's face and verdict; `words` knows those of every photo that was looked at."""

    class Seen(Message):
        """One more photo was looked at."""

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="previews")
        self._monitor = monitor
        self._known: dict[str, ReferencePreview] = {}
        self._marked = ""

    def compose(self) -> ComposeResult:
        yield Picture(self._monitor.pictures, id="preview-face", classes="face")
        yield Told("preview-verdict", self._draw_verdict)

    def words(self, path: str) -> tuple[str, str] | None:
        """The verdict in capitals and its style; None: not looked at yet."""
        known = self._known.get(path)
        return None if known is None else (verdict(known["verdict"])[0], style_of(known))

    def look(self, marked: str, taken: Sequence[str]) -> None:
        """Show the marked one, and look at what was taken, too."""
        if marked != self._marked:
            self._marked = marked
            self._show()
        wanted = [path for path in (marked, *taken) if path and path not in self._known]
        if wanted:
            self.run_worker(partial(self._ask, wanted), group="preview", exclusive=True, exit_on_error=False)

    async def _ask(self, wanted: Sequence[str]) -> None:
        await asyncio.sleep(SOON)
        for path in wanted:
            try:
                found = await self._monitor.agent.ask(PreviewReferences(photos=[path]))
            except VenueError:
                return  # enrolling will say so
            self._known |= {one["path"]: one for one in found}
            if path == self._marked:
                self._show()
            self.post_message(self.Seen())

    def _show(self) -> None:
        known = self._known.get(self._marked)
        picture = known["picture"] if known else None
        self.query_one(Picture).show(base64.b64decode(picture) if picture else None)
        self.query_one(Told).redraw()

    def _draw_verdict(self, width: int, height: int) -> list[Row]:
        known = self._known.get(self._marked)
        if known is None:
            return []
        word, reason = verdict(known["verdict"])
        rows: list[Row] = [[(cut(word, width), style_of(known))]]
        return [*rows, *([(line, "$dim")] for line in wrap(reason.partition(",")[0], width, height - 1))]


def style_of(preview: ReferencePreview) -> str:
    return "bold $ok" if preview["verdict"]["used"] else "bold $warn"
