"""`people`, `unknown`, `review`, `photos`, `undo`, `redo`: what can be typed about people, and what was decided."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.errors import UsageError
from tui.cli.chosen import Chosen, Json, finish

people_app = typer.Typer(help="Everybody with a folder, and how many photos.", rich_markup_mode=None)
unknown_app = typer.Typer(help="Guests and groups of faces that nobody has named.", rich_markup_mode=None)
review_app = typer.Typer(help="Near misses: is it her?", rich_markup_mode=None)
photos_app = typer.Typer(help="Photos, and where they are filed.", rich_markup_mode=None)

InEvent = Annotated[str | None, typer.Option("--event", help="The event; else the first one.", metavar="E")]
Person = Annotated[str, typer.Argument(metavar="A", help="A person's name or id")]
Photos = Annotated[list[int], typer.Argument(metavar="ID...", help="Numbers, as `photos` shows them")]
Unknown = Annotated[str, typer.Argument(metavar="ID", help="As `unknown` shows it")]
Question = Annotated[int, typer.Argument(metavar="ID", help="As `review` shows it")]


def add_people_commands(app: typer.Typer) -> None:
    app.add_typer(people_app, name="people")
    app.add_typer(unknown_app, name="unknown")
    app.add_typer(review_app, name="review")
    app.add_typer(photos_app, name="photos")
    app.command("undo")(undo)
    app.command("redo")(redo)


# ---- people


@people_app.callback(invoke_without_command=True)
def people(context: typer.Context, json: Json = False) -> None:
    """Everybody with a folder, and how many photos."""
    if context.invoked_subcommand is None:
        from tui.cli.asking import show_people

        finish(show_people(Chosen.workspace, json=json))


@people_app.command("rename")
def rename(
    person: Person, name: Annotated[str, typer.Argument(metavar="B")], event: InEvent = None, json: Json = False
) -> None:
    """Another name; the folders here and on Drive follow."""
    from tui.cli.people import rename_person

    finish(rename_person(Chosen.workspace, person, name, event, json=json))


@people_app.command("merge")
def merge(
    names: Annotated[list[str], typer.Argument(metavar="A INTO B", help="Two people who are one")],
    event: InEvent = None,
    json: Json = False,
) -> None:
    """Two names, one person: all that was A's is B's."""
    from tui.cli.people import merge_people

    two = [names[0], names[-1]] if len(names) == 3 and names[1].casefold() == "into" else names
    if len(two) != 2:
        raise UsageError("Two people are needed", " ".join(names), "Write: venuesync people merge A INTO B")
    finish(merge_people(Chosen.workspace, two[0], two[1], event, json=json))


@people_app.command("link")
def link(
    person: Person,
    qr: Annotated[bool, typer.Option("--qr", help="Draw its QR code, too.")] = False,
    off: Annotated[bool, typer.Option("--off", help="Take the link back.")] = False,
    event: InEvent = None,
    json: Json = False,
) -> None:
    """A link to her folder on Drive: anyone who has it may read. The first time it is made; --off takes it back."""
    from tui.cli.people import link_person

    finish(link_person(Chosen.workspace, person, event, qr=qr, off=off, json=json))


@people_app.command("not")
def not_person(person: Person, photos: Photos, event: InEvent = None, json: Json = False) -> None:
    """A is not on these photos, whatever they look like."""
    from tui.cli.people import not_this_person

    finish(not_this_person(Chosen.workspace, person, photos, event, json=json))


@people_app.command("find")
def find(photo: Annotated[Path, typer.Argument(metavar="PHOTO")], json: Json = False) -> None:
    """Who is on this picture, with the folder; nothing of it is kept."""
    from tui.cli.people import find_people

    finish(find_people(Chosen.workspace, photo, json=json))


# ---- faces of nobody known, and questions


@unknown_app.callback(invoke_without_command=True)
def unknown(context: typer.Context, event: InEvent = None, json: Json = False) -> None:
    """Guests and groups of faces that nobody has named, most photos first."""
    if context.invoked_subcommand is None:
        from tui.cli.people import show_unknown

        finish(show_unknown(Chosen.workspace, event, json=json))


@unknown_app.command("name")
def name_unknown(id: Unknown, name: Annotated[str, typer.Argument(metavar="NAME")], json: Json = False) -> None:
    """Give them a name; a name that is known makes them one."""
    from tui.cli.people import name_unknown as work

    finish(work(Chosen.workspace, id, name, json=json))


@unknown_app.command("ignore")
def ignore_unknown(id: Unknown, json: Json = False) -> None:
    """Never ask about them again; their folders go."""
    from tui.cli.people import ignore_unknown as work

    finish(work(Chosen.workspace, id, json=json))


@review_app.callback(invoke_without_command=True)
def review(context: typer.Context, event: InEvent = None, json: Json = False) -> None:
    """Near misses, newest photo first."""
    if context.invoked_subcommand is None:
        from tui.cli.people import show_review

        finish(show_review(Chosen.workspace, event, json=json))


@review_app.command("yes")
def review_yes(id: Question, json: Json = False) -> None:
    """It is her; kept for ever, and she is known better by it."""
    from tui.cli.people import answer_review

    finish(answer_review(Chosen.workspace, id, yes=True, json=json))


@review_app.command("no")
def review_no(id: Question, json: Json = False) -> None:
    """It is not her; kept for ever."""
    from tui.cli.people import answer_review

    finish(answer_review(Chosen.workspace, id, yes=False, json=json))


# ---- photos


@photos_app.callback(invoke_without_command=True)
def photos(
    context: typer.Context,
    event: InEvent = None,
    person: Annotated[str | None, typer.Option("--person", help="With this person.", metavar="A")] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="waiting, filed, unsorted, failed, withdrawn …", metavar="S")
    ] = None,
    before: Annotated[int | None, typer.Option("--before", help="Those with smaller numbers.", metavar="ID")] = None,
    json: Json = False,
) -> None:
    """Photos, newest first, 200 at a time."""
    if context.invoked_subcommand is None:
        from tui.cli.photos import show_photos

        finish(show_photos(Chosen.workspace, event, person, state, before, json=json))


@photos_app.command("withdraw")
def withdraw(ids: Photos, json: Json = False) -> None:
    """Out of every folder here, to Drive's trash, never placed again."""
    from tui.cli.photos import withdraw_photos

    finish(withdraw_photos(Chosen.workspace, ids, json=json))


@photos_app.command("move")
def move(
    ids: Photos,
    event: Annotated[str, typer.Option("--event", help="The event that is to have them.", metavar="E")],
    json: Json = False,
) -> None:
    """Into another event."""
    from tui.cli.photos import move_photos

    finish(move_photos(Chosen.workspace, ids, event, json=json))


@photos_app.command("file-as")
def file_as(
    company: Annotated[str, typer.Argument(metavar="solo|group|auto")], ids: Photos, json: Json = False
) -> None:
    """File them as portraits, as groups, or by the rule again."""
    from tui.cli.photos import set_company

    finish(set_company(Chosen.workspace, ids, company, json=json))


def undo(
    listed: Annotated[bool, typer.Option("--list", help="Only show what was decided, the newest first.")] = False,
    json: Json = False,
) -> None:
    """Take back what was decided last: enroll, rename, merge, name, ignore, review, not, withdraw, move, dismiss …"""
    from tui.cli.people import show_decisions, take_back

    finish((show_decisions if listed else take_back)(Chosen.workspace, json=json))


def redo(json: Json = False) -> None:
    """Do again what undo took back last; not after something new was decided."""
    from tui.cli.people import do_again

    finish(do_again(Chosen.workspace, json=json))
