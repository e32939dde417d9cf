"""`venuesync token`: access tokens for the API over TCP, made, listed and taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from agent.api.tokens import Issued, Scope, Tokens
from agent.errors import NotThere
from agent.times import iso
from tui.cli import say
from tui.cli.embed import Place, existing, reach


async def tokens_of(found: Place) -> Tokens:
    """They are for this workspace alone, whose id stands in its list of people."""
    async with reach(found) as reached:
        document = await reached.service.status()
    return Tokens(found.workspace, found.settings.api, document["workspace_id"])


async def make_token(chosen: Path | None, days: float | None, *, read_only: bool, json: bool) -> int:
    """Print a new one. It cannot be shown again."""
    found = existing(chosen)
    token, made = (await tokens_of(found)).make(days, Scope.READ if read_only else Scope.ALL)
    if json:
        say.value({"token": token, **row(made)})
        return 0
    say.line(token)
    say.message(f"Good until {day(made.ends_at)}; take it back: venuesync token revoke {made.id}")
    if not found.settings.api.listen:
        say.message("Nothing listens yet: set api.listen, and start the agent again")
    return 0


async def list_tokens(chosen: Path | None, *, json: bool) -> int:
    given = (await tokens_of(existing(chosen))).given_out()
    if json:
        say.value([row(one) for one in given])
        return 0
    heads = ["ID", "MADE", "GOOD UNTIL", "MAY"]
    cells = [[one.id, day(one.made_at), day(one.ends_at), MAY[one.scope]] for one in given]
    say.rows(cells, list, heads, nothing="No access token is good here", json=False)
    return 0


async def revoke_token(chosen: Path | None, id: str, *, json: bool) -> int:
    if not (await tokens_of(existing(chosen))).revoke(id):
        raise NotThere("There is no such access token", id, "See `venuesync token list` for their ids")
    if json:
        say.value({"id": id, "revoked": True})
    else:
        say.line(f"Taken back: {id}")
    return 0


MAY = {Scope.ALL: "do everything", Scope.READ: "look only"}


def row(one: Issued) -> dict[str, str | bool]:
    return {
        "id": one.id,
        "made_at": iso(one.made_at),
        "expires_at": iso(one.ends_at),
        "read_only": one.scope is Scope.READ,
    }


def day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone():%Y-%m-%d %H:%M}"
