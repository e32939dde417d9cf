"""`login`, `token`, `logout`: who may come in, here and at Google."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tui.cli.chosen import Chosen, Json, finish

token_app = typer.Typer(help="Access tokens for the API over TCP.", rich_markup_mode=None)


def add_sign_in_commands(app: typer.Typer) -> None:
    for command in (login, logout):
        app.command()(command)
    app.add_typer(token_app, name="token")


def login(
    client: Annotated[
        Path | None,
        typer.Option("--client", help="Your own OAuth client, as Google's console gives it.", metavar="FILE.json"),
    ] = None,
    level: Annotated[
        str,
        typer.Option(
            "--level", help="identity, upload (our own files), full (and reading shared folders), manage (all)"
        ),
    ] = "full",
    account: Annotated[
        str | None, typer.Option("--account", help="The address to sign in with.", metavar="NAME")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Where the browser comes back to: 8765.", min=1)] = None,
    keyring: Annotated[bool, typer.Option("--keyring", help="Keep the key in the system's keyring.")] = False,
    json: Json = False,
) -> None:
    """Sign in to Google; fit for a machine reached by SSH."""
    from tui.cli.sign_in import log_in

    work = log_in(Chosen.workspace, client=client, level=level, account=account, port=port, keyring=keyring, json=json)
    finish(work)


@token_app.callback(invoke_without_command=True)
def token(
    context: typer.Context,
    days: Annotated[
        float | None, typer.Option("--days", help="How long it is good for; else api.token_days.", min=0.001, max=3650)
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="It may look, and change nothing.")] = False,
    json: Json = False,
) -> None:
    """Make an access token for the API over TCP (api.listen), for this workspace alone."""
    if context.invoked_subcommand is None:
        from tui.cli.token import make_token

        finish(make_token(Chosen.workspace, days, read_only=read_only, json=json))


@token_app.command("list")
def tokens(json: Json = False) -> None:
    """The access tokens that are good."""
    from tui.cli.token import list_tokens

    finish(list_tokens(Chosen.workspace, json=json))


@token_app.command("revoke")
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `token list` shows it.")], json: Json = False
) -> None:
    """Take one back: from now on it is none."""
    from tui.cli.token import revoke_token

    finish(revoke_token(Chosen.workspace, id, json=json))


def logout(json: Json = False) -> None:
    """Sign out: end it at Google and delete it here."""
    from tui.cli.sign_in import log_out

    finish(log_out(Chosen.workspace, json=json))
