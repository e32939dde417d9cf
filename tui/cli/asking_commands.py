"""`status`, `uploads`, `activity`, `errors`, `held`, `verify`: what can be asked, and what waits for an answer."""

from __future__ import annotations

from typing import Annotated

import typer

from tui.cli.chosen import Chosen, Json, finish

errors_app = typer.Typer(help="What went wrong, why, and what to do.", rich_markup_mode=None)
held_app = typer.Typer(help="What waits for a yes.", rich_markup_mode=None)


def add_asking_commands(app: typer.Typer) -> None:
    app.add_typer(errors_app, name="errors")
    app.add_typer(held_app, name="held")
    for command in (status, uploads, activity, verify):
        app.command()(command)


def status(
    json: Json = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on printing as it changes.")] = False,
    check: Annotated[bool, typer.Option("--check", help="One line; exit 0 well, 1 trouble, 3 none runs.")] = False,
) -> None:
    """How everything is: the queue, the people, Drive, and whether it is safe to leave."""
    from tui.cli.asking import show_status

    finish(show_status(Chosen.workspace, json=json, watch=watch, check=check))


def uploads(
    json: Json = False,
    state: Annotated[
        str | None, typer.Option("--state", help="queued, active, verified or failed", metavar="S")
    ] = None,
) -> None:
    """The queue's rows: photo, folder, state, attempts, next try, error."""
    from tui.cli.asking import show_uploads

    finish(show_uploads(Chosen.workspace, json=json, state=state))


def activity(
    json: Json = False, follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as it happens.")] = False
) -> None:
    """What happened."""
    from tui.cli.asking import show_activity

    finish(show_activity(Chosen.workspace, json=json, follow=follow))


def verify(
    repair: Annotated[bool, typer.Option("--repair", help="Mend the differences.")] = False, json: Json = False
) -> None:
    """Compare disk, ledger, Drive and sources; exit 1 while differences remain."""
    from tui.cli.comparing import compare

    finish(compare(Chosen.workspace, repair=repair, json=json))


@errors_app.callback(invoke_without_command=True)
def errors(
    context: typer.Context,
    json: Json = False,
    dismissed: Annotated[
        bool,
        typer.Option("--dismissed", help="What was set aside, and which files exist only here or on the card."),
    ] = False,
) -> None:
    """What went wrong, why, and what to do."""
    if context.invoked_subcommand is None:
        from tui.cli.asking import show_errors, show_set_aside

        finish((show_set_aside if dismissed else show_errors)(Chosen.workspace, json=json))


@errors_app.command("dismiss")
def dismiss(
    ids: Annotated[list[int], typer.Argument(help="Numbers, as `errors` shows them", metavar="ID...")],
    json: Json = False,
) -> None:
    """Set errors aside: all may be packed up without these photos. `errors --dismissed` lists them."""
    from tui.cli.doing import dismiss_errors

    finish(dismiss_errors(Chosen.workspace, ids, json=json))


@errors_app.command("restore")
def restore(
    ids: Annotated[list[int], typer.Argument(help="Numbers, as `errors --dismissed` shows them", metavar="ID...")],
    json: Json = False,
) -> None:
    """Take that back: these errors need somebody again."""
    from tui.cli.doing import restore_errors

    finish(restore_errors(Chosen.workspace, ids, json=json))


@held_app.callback(invoke_without_command=True)
def held(context: typer.Context, json: Json = False) -> None:
    """What waits for a yes."""
    if context.invoked_subcommand is None:
        from tui.cli.asking import show_held

        finish(show_held(Chosen.workspace, json=json))


@held_app.command("approve")
def approve(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is held.")] = False,
    json: Json = False,
) -> None:
    """Say yes."""
    from tui.cli.doing import decide_held

    finish(decide_held(Chosen.workspace, ids or [], everything=everything, yes=True, json=json))


@held_app.command("reject")
def reject(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is held.")] = False,
    json: Json = False,
) -> None:
    """Say no: what would be taken away stays."""
    from tui.cli.doing import decide_held

    finish(decide_held(Chosen.workspace, ids or [], everything=everything, yes=False, json=json))
