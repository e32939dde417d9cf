"""A sheet of cards to print and cut: a name, the code of their link, and the link."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from agent import page
from agent.disk.atomic import written
from agent.errors import UsageError
from agent.page import is_made_by, name, text
from tui.report.write import browser_for, pdf

SHEET = "venuesync cards"
KINDS = (".html", ".pdf")
STYLE = """
body { max-width: none } .cards { display: grid; grid-template-columns: 1fr 1fr; gap: 0 }
.card { display: flex; gap: 1rem; align-items: center; padding: 1rem; border: 1px dashed var(--line);
  break-inside: avoid; min-height: 11rem }
.card svg { flex: none; width: 8.5rem; height: 8.5rem; background: #fff } .card b { font-size: 1.25rem }
@page { size: A4; margin: 10mm } @media print { footer { display: none } .card { padding: 6mm } }
"""

Linked = tuple[str, str]  # a person's name, and the address


def write_cards(path: Path, linked: Sequence[Linked]) -> None:
    """Raises `UsageError` where something else lies there, or no PDF can be made."""
    with cards_at(path) as write:
        write(linked)


@contextmanager
def cards_at(path: Path) -> Generator[Callable[[Sequence[Linked]], object]]:
    """What writes them, as HTML, or as a PDF by its name. What stands in its way is raised before, as `UsageError`."""
    if path.suffix.lower() not in KINDS:
        raise UsageError("Cards cannot be written so", path.name, f"End it in {' or '.join(KINDS)}")
    as_pdf = path.suffix.lower() == ".pdf"
    if as_pdf:
        browser_for(path.name)

    def made(linked: Sequence[Linked]) -> bytes:
        return pdf(sheet(linked), path.name, SHEET) if as_pdf else sheet(linked)

    with written(path, lambda there: is_made_by(there, SHEET)) as new:
        yield lambda linked: new.write(made(linked))


def counted(number: int) -> str:
    return "1 card" if number == 1 else f"{number:,} cards"


def sheet(linked: Sequence[Linked]) -> bytes:
    """One page of HTML."""
    import segno

    def card(who: str, address: str) -> str:
        code = segno.make_qr(address, error="m").svg_inline(border=4, omitsize=True)
        where = f'<p class="small soft">{text(address)}</p>'
        return f'<div class="card">{code}<div><b>{name(who)}</b><p>Your photos</p>{where}</div></div>\n'

    return page.page(
        SHEET, ['<div class="cards">', *(card(*one) for one in linked), "</div>"], maker=SHEET, style=STYLE
    )
