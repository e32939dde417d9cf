"""`people consent`: who consented to being known here, how, and until when."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.errors import UsageError
from agent.requests.consent import AuditRow, ConsentRow, ListAudit, ListConsents, RecordConsent
from tui import words
from tui.cli import say
from tui.cli.commands import InEvent, Json, ask

Said = Annotated[
    str, typer.Option("--consent", help="How they consented, in your words: kept with the person.", metavar="HOW")
]
Until = Annotated[
    str | None, typer.Option("--until", help="The last day that the consent holds.", metavar="2027-11-22")
]


def consent(
    person: Annotated[str | None, typer.Argument(metavar="A", help="A person's name or id; none: all of them")] = None,
    how: Annotated[str | None, typer.Argument(metavar="HOW", help="How they consented, in your words")] = None,
    until: Until = None,
    event: InEvent = None,
    json: Json = False,
) -> None:
    """Record how A consented to being known here; without HOW, show what is recorded. Exit 1 if A has none."""
    if person is not None and how is not None:
        row = ask(RecordConsent(person=person, how=how, until=until, event=event))
        say.answer(row, f"{row['name']} consented: {words.consent(row)}", json=json)
        return
    if until is not None:
        raise UsageError(
            "A consent that ends needs a word on how it was given", until, "Write: consent A HOW --until DATE"
        )
    rows = ask(ListConsents(event=event, person=person))
    say.rows(rows, cells, ["NAME", "SINCE", "UNTIL", "HOW"], nothing="No consent is recorded", json=json)
    if person is not None and not any(one["how"] for one in rows):
        raise typer.Exit(1)


def cells(row: ConsentRow) -> list[str]:
    return [row["name"], (row["at"] or "-")[:10], row["until"] or "-", row["how"] or "none recorded"]


def audit(json: Json = False) -> None:
    """What was done with people's faces, when and by whom; without faces, and of the forgotten without who it was."""
    rows = ask(ListAudit())
    say.rows(rows, audit_cells, ["AT", "BY", "WHAT", "WHO"], nothing="Nothing was done yet", json=json)


def audit_cells(row: AuditRow) -> list[str]:
    return [row["at"][:19].replace("T", " "), row["by"], row["what"], row["name"] or row["person"] or "-"]
