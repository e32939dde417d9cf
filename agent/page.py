"""A page of HTML that stands alone: its style is in it, nothing is loaded from elsewhere, no script runs.

Every text in it is somebody else's until it went through `text`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from html import escape
from pathlib import Path

from agent import __version__, clock
from agent.disk.atomic import open_given

# What HTML does not allow, what breaks a line, and what turns the text around it; joiners of emoji and letters stay.
_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)

STYLE = """
:root { color-scheme: light dark; --ink: #1c1f23; --soft: #5c6470; --line: #dfe3e8; --back: #fff; --tint: #f4f6f8;
  --mark: #2a6fdb; --good: #1a7f4b; --wait: #b26a00 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a3abb6; --line: #3a4049; --back: #16181c;
  --tint: #21252b; --mark: #7fb0ff; --good: #5bd08f; --wait: #f0b357 } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); max-width: 52rem;
  margin: 0 auto; padding: 1.2rem 1rem 3rem; overflow-wrap: anywhere }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .6rem 0 .2rem }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; break-after: avoid }
p { margin: .4rem 0 } a { color: var(--mark) } .soft { color: var(--soft) } .small { font-size: .85rem }
table { border-collapse: collapse; width: 100%; font-size: .95rem }
th, td { text-align: left; vertical-align: top; padding: .3rem 1.2rem .3rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: break-word }
th { font-weight: 600; color: var(--soft); font-size: .85rem } tr { break-inside: avoid }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
@media (max-width: 30rem) { table { font-size: .8rem } th, td { padding-right: .6rem } }
.photos { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .8rem }
figure { margin: 0; break-inside: avoid; font-size: .82rem }
figure img, .blank { display: block; width: 100%; height: 7.5rem; object-fit: cover; border-radius: 6px;
  background: var(--tint) }
.blank { display: grid; place-items: center; color: var(--soft) }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --back: #fff; --tint: #eee;
  --mark: #1d4f9e; --good: #10613a; --wait: #8a5200 } body { max-width: none; padding: 0; font-size: 11pt } }
"""


def text(value: object) -> str:
    """Text as HTML has it, also between quotes; what would not be shown as it is becomes a mark."""
    return escape(_UNSHOWN.sub("\ufffd", str(value)))


def name(value: str) -> str:
    """A name within a line: whichever way it is written, the line goes on as before."""
    return f"<bdi>{text(value)}</bdi>"


def page(
    title: str,
    body: Iterable[str],
    *,
    maker: str,
    style: str = "",
    language: str = "en",
    turned: str = "ltr",
    refresh: int | None = None,
) -> bytes:
    """`maker`: by which it is known again as ours; `title` is text, `body` is HTML.

    `turned`: `ltr` or `rtl`; `refresh`: seconds after which it is loaded again.
    """
    again = f'<meta http-equiv="refresh" content="{refresh}">\n' if refresh else ""
    whole = (
        f'<!DOCTYPE html>\n<html lang="{text(language)}" dir="{turned}"><head><meta charset="utf-8">\n{again}'
        f'<meta name="generator" content="{text(maker)}">\n<title>{text(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'; object-src 'none'\">\n"
        f"<style>{STYLE}{style}</style></head>\n<body>\n{''.join(body)}</body></html>\n"
    )
    return whole.encode()


def section(title: str, *inside: str) -> str:
    """With its heading; nothing where there is nothing to show."""
    found = "".join(inside)
    return f"<section><h2>{text(title)}</h2>\n{found}</section>\n" if found else ""


def table(heads: Iterable[str], rows: Iterable[Iterable[str]], numbers: frozenset[int] = frozenset()) -> str:
    """Cells are HTML; `numbers`: columns that are. Nothing where there is no row."""

    def line(tag: str, cells: Iterable[str]) -> str:
        kinds = (' class="number"' if column in numbers else "" for column in range(99))
        return f"<tr>{''.join(f'<{tag}{kind}>{cell}</{tag}>' for kind, cell in zip(kinds, cells, strict=False))}</tr>\n"

    found = "".join(line("td", row) for row in rows)
    return f"<table><thead>{line('th', map(text, heads))}</thead><tbody>\n{found}</tbody></table>\n" if found else ""


def photo(source: str, about: str, caption: str) -> str:
    """`source` is where its picture lies, or the picture itself; none: there is no picture. `caption` is HTML."""
    shown = f'<img loading="lazy" alt="{text(about)}" src="{text(source)}">' if source else '<div class="blank">–</div>'
    return f"<figure>{shown}<figcaption>{caption}</figcaption></figure>\n"


def moment(at: str | None) -> str:
    """A time's text, by this machine's clock: `2026-11-21 22:14`; what is none as it is."""
    if at is None:
        return "–"
    try:
        known = datetime.fromisoformat(at)
    except ValueError:
        return text(at)
    return f"{known.astimezone():%Y-%m-%d %H:%M}"


def foot(*lines: str) -> str:
    """What stands at the end, small; lines are HTML."""
    made = f"Made by venuesync {__version__}, {moment(clock.iso(clock.wall()))}"
    return f'<footer><p class="soft small">{"<br>".join((*lines, made))}</p></footer>\n'


# ---- a page that lies there already

ENDS = 1000  # bytes in which its maker stands: of a page those at its beginning, of a PDF those at its end


def report_maker(workspace_id: str) -> str:
    """By which a report is known again as ours, of this workspace."""
    return f"venuesync report of {workspace_id}"


def is_made_by(path: Path, who: str) -> bool:
    """Whether a page says so of itself, or a PDF that was made of one."""
    with suppress(OSError), open_given(path) as file:
        head = file.read(ENDS)
        file.seek(max(0, os.fstat(file.fileno()).st_size - ENDS))
        return f'content="{text(who)}"'.encode() in head or pdf_mark(who) in file.read(ENDS)
    return False


def is_printed(path: Path) -> bool:
    """Whether a PDF was made of a page of ours, whichever that was."""
    with suppress(OSError), open_given(path) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - ENDS))
        return pdf_mark("venuesync ").rstrip(b"\n") in file.read(ENDS)
    return False


def pdf_mark(who: str) -> bytes:
    """A comment behind a PDF's end, which every reader of PDFs passes over."""
    return f"\n%{who}\n".encode()
