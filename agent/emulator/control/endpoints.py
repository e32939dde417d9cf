"""/_emulator/*: where a test says what goes wrong, and reads what came in.

They answer during an outage, cost no latency and are not counted. Loopback only, like the server itself.
"""

from collections.abc import Awaitable, Callable
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.emulator import routes
from agent.emulator.accounts import DEFAULT, User
from agent.emulator.api.resumable import NAMES as SESSION_NAMES
from agent.emulator.control.faults import Fault
from agent.emulator.control.page import front_page
from agent.emulator.control.tree_view import files_as_json
from agent.emulator.control.web import NAMES as WEB_NAMES
from agent.emulator.errors import DriveError
from agent.emulator.parts import Parts
from agent.emulator.scopes import named
from agent.emulator.signin.endpoints import ENDPOINTS as SIGN_IN
from agent.emulator.store.item import Item, dumps, loads
from agent.emulator.times import now
from agent.emulator.wire.answer import JSON, Answer, json_answer
from agent.emulator.wire.request import Request

NAMES = sorted(  # by which requests are counted, and faults go
    {*routes.NAMES, *SESSION_NAMES, *WEB_NAMES, *(name for name, _ in SIGN_IN.values()), "batch", "unknown"}
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Outage(_Strict):
    seconds: float = Field(ge=0)


class Expiry(_Strict):
    what: Literal["access_tokens", "refresh_tokens", "page_tokens", "upload_sessions", "channels"]
    account: str | None = None  # of tokens: only this account's; none: all


class Quota(_Strict):
    limit: int | None = Field(ge=0)  # bytes; null: no limit
    account: str = DEFAULT


class Lag(_Strict):
    list_ms: float | None = Field(default=None, ge=0)
    changes_ms: float | None = Field(default=None, ge=0)


class ClockBody(_Strict):
    at: float | None = None


class LimitsBody(_Strict):
    children: int | None = None
    depth: int | None = None
    drive_items: int | None = None
    log_descendants: bool | None = None
    copy_readonly: bool | None = None
    move_folders: bool | None = None


class Link(_Strict):
    latency_ms: float | None = Field(default=None, ge=0)
    uplink_mbps: float | None = Field(default=None, ge=0)


class Picked(_Strict):
    client: str
    file_id: str


class Viewed(_Strict):
    file_id: str


class Granted(_Strict):
    client: str
    scopes: list[Annotated[str, AfterValidator(named)]]


class Keyed(_Strict):
    file_id: str
    key: str | None = Field(pattern="^[A-Za-z0-9_-]+$")  # null: none any more


_FAULTS = TypeAdapter(list[Fault])


async def control(parts: Parts, request: Request) -> Answer:
    """One of its own endpoints; what cannot be understood is 400 with the reason."""
    handler = _HANDLERS.get((request.method, request.path.rstrip("/") or "/"))
    if handler is None:
        await request.body.drain()
        known = sorted({path for _, path in _HANDLERS})
        return json_answer(
            {"error": f"no such endpoint: {request.method} {request.path}", "endpoints": known}, status=404
        )
    try:
        return await handler(parts, request)
    except (ValidationError, DriveError) as wrong:
        return json_answer({"error": str(wrong)}, status=400)


async def _page(parts: Parts, request: Request) -> Answer:
    return front_page(parts, request)


async def _files(parts: Parts, request: Request) -> Answer:
    del request
    return Answer(200, files_as_json(parts), JSON)


async def _requests(parts: Parts, request: Request) -> Answer:
    del request
    lines = {"connections": parts.board.opened, "connections_open": len(parts.board.open)}
    return json_answer(parts.counts.describe() | lines)


async def _clear_requests(parts: Parts, request: Request) -> Answer:
    del request
    parts.counts.clear()
    return json_answer({})


async def _show_faults(parts: Parts, request: Request) -> Answer:
    del request
    return json_answer({"faults": parts.faults.describe(), "methods": NAMES})


async def _add_faults(parts: Parts, request: Request) -> Answer:
    body = (await request.body.read()).strip()
    rules = _FAULTS.validate_json(body if body.startswith(b"[") else b"[" + body + b"]")
    for rule in rules:
        if not any(fnmatchcase(name, rule.method) for name in NAMES):
            return json_answer(
                {"error": f"there is no method {rule.method!r}; there are: {', '.join(NAMES)}"}, status=400
            )
    parts.faults.add(rules)
    return json_answer({"faults": parts.faults.describe()})


async def _clear_faults(parts: Parts, request: Request) -> Answer:
    await request.body.drain()
    parts.faults.clear()
    return json_answer({"faults": []})


async def _outage(parts: Parts, request: Request) -> Answer:
    wanted = Outage.model_validate_json(await request.body.read())
    parts.board.outage(wanted.seconds, sparing=request.line)
    return json_answer({"seconds": wanted.seconds})


async def _expire(parts: Parts, request: Request) -> Answer:
    wanted = Expiry.model_validate_json(await request.body.read())
    with parts.database.transaction():
        user = None if wanted.account is None else parts.accounts.by_email(wanted.account)
        _EXPIRE[wanted.what](parts, user)
    return json_answer({"expired": wanted.what})


def _expire_pages(parts: Parts) -> None:
    parts.new_epoch("pages")
    parts.documents.put("setting", "epoch:changes", {"value": parts.changes.jump()})


_EXPIRE: dict[str, Callable[[Parts, User | None], None]] = {
    "access_tokens": lambda parts, user: parts.grants.expire_access(user),
    "refresh_tokens": lambda parts, user: parts.grants.expire_refresh(user),
    "page_tokens": lambda parts, _: _expire_pages(parts),
    "upload_sessions": lambda parts, _: parts.sessions.drop_all(),
    "channels": lambda parts, _: parts.pushes.expire(),
}


async def _revive(parts: Parts, request: Request) -> Answer:
    await request.body.drain()
    with parts.database.transaction():
        parts.grants.revive()
    return json_answer({})


async def _reset(parts: Parts, request: Request) -> Answer:
    await request.body.drain()
    parts.reset()
    return json_answer({})


async def _quota(parts: Parts, request: Request) -> Answer:
    wanted = Quota.model_validate_json(await request.body.read())
    with parts.database.transaction():
        parts.accounts.limit(parts.accounts.by_email(wanted.account), wanted.limit)
    return json_answer({"limit": wanted.limit})


async def _lag(parts: Parts, request: Request) -> Answer:
    wanted = Lag.model_validate_json(await request.body.read() or b"{}")
    if wanted.list_ms is not None:
        parts.items.list_lag = wanted.list_ms / 1000
    if wanted.changes_ms is not None:
        parts.changes.lag = wanted.changes_ms / 1000
    return json_answer({"list_ms": parts.items.list_lag * 1000, "changes_ms": parts.changes.lag * 1000})


async def _clock(parts: Parts, request: Request) -> Answer:
    """Puts the clock by which lists and feed lag; it stands there until it is put again, or lets it run."""
    wanted = ClockBody.model_validate_json(await request.body.read() or b"{}")
    parts.clock.stand_at(wanted.at)
    return json_answer({"at": parts.clock.now()})


async def _limits(parts: Parts, request: Request) -> Answer:
    wanted = LimitsBody.model_validate_json(await request.body.read() or b"{}")
    limits = parts.tree.limits
    for name in wanted.model_fields_set:
        value = getattr(wanted, name)
        if value is not None or name in {"children", "drive_items"}:
            setattr(limits, name, value)
    return json_answer({name: getattr(limits, name) for name in LimitsBody.model_fields})


async def _link(parts: Parts, request: Request) -> Answer:
    wanted = Link.model_validate_json(await request.body.read() or b"{}")
    parts.link.set(
        latency=None if wanted.latency_ms is None else wanted.latency_ms / 1000,
        uplink=None if wanted.uplink_mbps is None else wanted.uplink_mbps * 125_000,
    )
    return json_answer({"latency_ms": parts.link.latency * 1000, "uplink_mbps": parts.link.uplink / 125_000})


async def _pick(parts: Parts, request: Request) -> Answer:
    wanted = Picked.model_validate_json(await request.body.read())
    parts.database.execute("INSERT OR IGNORE INTO picked VALUES (?, ?)", (wanted.client, wanted.file_id))
    return json_answer({})


async def _grant(parts: Parts, request: Request) -> Answer:
    """What the open sign-in gives a client: less than all, as a person's consent does."""
    wanted = Granted.model_validate_json(await request.body.read())
    with parts.database.transaction():
        parts.grants.narrow(wanted.client, frozenset(wanted.scopes))
    return json_answer({"client": wanted.client, "scopes": wanted.scopes})


async def _view(parts: Parts, request: Request) -> Answer:
    """A person looks at a file: nothing changes but the change feed, as on Drive."""
    wanted = Viewed.model_validate_json(await request.body.read())
    item: Item | None = parts.items.get(wanted.file_id)
    if item is None:
        return json_answer({"error": "no such file"}, status=404)
    with parts.database.transaction():
        parts.tree.report(parts.items.change(item, item._replace(viewed=now())))
    return json_answer({})


async def _keyed(parts: Parts, request: Request) -> Answer:
    """A file that is open by its link only together with a resource key, as after Google's update of 2021."""
    wanted = Keyed.model_validate_json(await request.body.read())
    item: Item | None = parts.items.get(wanted.file_id)
    if item is None:
        return json_answer({"error": "no such file"}, status=404)
    with parts.database.transaction():
        parts.items.change(item, item._replace(extra=dumps(loads(item.extra) | {"resourceKey": wanted.key})))
    return json_answer({})


Handler = Callable[[Parts, Request], Awaitable[Answer]]
_HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "/"): _page,
    ("GET", "/_emulator/files"): _files,
    ("GET", "/_emulator/requests"): _requests,
    ("DELETE", "/_emulator/requests"): _clear_requests,
    ("GET", "/_emulator/faults"): _show_faults,
    ("POST", "/_emulator/faults"): _add_faults,
    ("DELETE", "/_emulator/faults"): _clear_faults,
    ("POST", "/_emulator/outage"): _outage,
    ("POST", "/_emulator/expire"): _expire,
    ("POST", "/_emulator/revive"): _revive,
    ("POST", "/_emulator/reset"): _reset,
    ("POST", "/_emulator/quota"): _quota,
    ("POST", "/_emulator/lag"): _lag,
    ("POST", "/_emulator/clock"): _clock,
    ("POST", "/_emulator/limits"): _limits,
    ("POST", "/_emulator/link"): _link,
    ("POST", "/_emulator/pick"): _pick,
    ("POST", "/_emulator/grant"): _grant,
    ("POST", "/_emulator/view"): _view,
    ("POST", "/_emulator/resource-key"): _keyed,
}
