"""A page as a browser reads it: every element closed where it was opened; what it shows, and what it points at."""

from __future__ import annotations

from html.parser import HTMLParser

EMPTY = frozenset({"meta", "img", "br", "link"})


class Page(HTMLParser):
    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.points_at: list[str] = []
        self.shown = ""
        self.feed(html.decode("utf-8"))
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [key for key, _ in attrs if key.startswith("on")], attrs
        self.points_at += [str(one) for key, one in attrs if key in ("src", "href")]
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown += "" if self.open and self.open[-1] == "style" else data
