"""files.list and files.get: one caller's view of the tree.

A list may lag behind the tree, get never does.
"""

from typing import Any

from agent.emulator.accounts import Caller
from agent.emulator.api import paging
from agent.emulator.api.access import ANYONE
from agent.emulator.api.call import Call
from agent.emulator.api.query import parse
from agent.emulator.api.resource import View
from agent.emulator.api.search import Condition
from agent.emulator.errors import invalid, refusal
from agent.emulator.fields import below, pick, wants
from agent.emulator.store.ids import permission_id
from agent.emulator.store.item import Item

_CORPORA = {"", "user", "domain", "drive", "allDrives"}
_SPACES = {"drive", "appDataFolder", "photos"}


def get_file(call: Call) -> dict[str, Any]:
    view = View(call.parts, call.caller, call.request.base, call.mask("File"))
    return view.file(call.item())


def list_files(call: Call) -> dict[str, Any]:
    size = call.number("pageSize", 100, 1, 1000)
    mask = call.mask("FileList")
    fault = call.request.attributes.get("fault")
    items, token = _page(call, size, fault)
    out: dict[str, Any] = {"kind": "drive#fileList", "incompleteSearch": False}
    if token:
        out["nextPageToken"] = token
    if wants(mask, "files"):
        view = View(call.parts, call.caller, call.request.base, below(mask, "files"))
        out["files"] = [view.file(item) for item in items]
    return pick(out, None if mask is None else {name: None for name in mask})


def _page(call: Call, size: int, fault: Any) -> tuple[list[Item], str]:
    """A page's items, and the token for the next one where there is one."""
    keys = paging.order(call.text("orderBy"))
    question = _question(call)
    where, parameters = _where(call)
    source, before = call.parts.items.source()
    given = call.text("pageToken")
    if given:
        values = paging.read_token(question, given)
        if len(values) != len(keys):
            raise paging.refused_token()
        sql, more = paging.following(keys, values)
        where.append(sql)
        parameters += more
    if fault is not None and fault.page_size:
        size = min(size, fault.page_size)
    columns = ", ".join(["*", *(key.sql for key in keys)])
    ordering = ", ".join(f"{key.sql} {key.direction}" for key in keys)
    sql = f"SELECT {columns} FROM {source} WHERE {' AND '.join(where)} ORDER BY {ordering} LIMIT ?"  # noqa: S608 - values are bound
    rows = call.parts.database.execute(sql, [*before, *parameters, size + 1]).fetchall()
    width = len(Item._fields)
    token = paging.make_token(question, list(rows[size - 1][width:])) if len(rows) > size else ""
    return [Item._make(row[:width]) for row in rows[:size]], token


def _question(call: Call) -> str:
    names = ("q", "orderBy", "corpora", "driveId", "spaces", "includeItemsFromAllDrives")
    return "|".join([call.caller.user.id, str(call.parts.epoch("pages")), *(call.text(name) for name in names)])


def _where(call: Call) -> tuple[list[str], list[Any]]:
    caller = call.caller
    node = parse(call.text("q"))
    condition = Condition(caller, call.parts.access, lambda who: _user(caller, who))
    asked = condition.sql(node) if node is not None else ""
    where, parameters = _within(call)
    reach, those = _reachable(caller, through_links=condition.names_folder)
    where += reach
    parameters += those
    if asked:
        where.append(f"({asked})")
        parameters += condition.parameters
    return where, parameters


def _within(call: Call) -> tuple[list[str], list[Any]]:
    """The space and the drives that the list is about."""
    spaces = {space.strip() for space in (call.text("spaces") or "drive").split(",")}
    if not spaces <= _SPACES:
        raise invalid("Invalid Value", "spaces")
    if "appDataFolder" in spaces and not call.caller.has_appdata:
        raise refusal("insufficientPermissions")
    where = ["parent IS NOT NULL", f"space IN ({', '.join('?' * len(spaces))})"]
    parameters: list[Any] = sorted(spaces)
    corpora = call.text("corpora")
    if corpora not in _CORPORA:
        raise invalid("Invalid Value", "corpora")
    drive = call.text("driveId") or call.text("teamDriveId")
    if corpora == "drive" and not drive:
        raise refusal("required", "The driveId parameter must be specified if and only if corpora is set to drive.")
    if drive:
        if corpora not in {"drive", ""} or not (call.with_drives and call.all_drives):
            raise invalid("The driveId parameter must be specified if and only if corpora is set to drive.", "driveId")
        call.parts.access.find(call.caller, drive)
        return [*where, "drive = ?"], [*parameters, drive]
    if not call.with_drives:
        where.append("drive IS NULL")
    return where, parameters


def _reachable(caller: Caller, *, through_links: bool) -> tuple[list[str], list[Any]]:
    """What the user has access to, as far as the app's scopes reach; link-shared items only inside a named folder."""
    where = ["(owner = ? OR EXISTS (SELECT 1 FROM access r WHERE r.item = id AND r.who IN (?, ?, ?)))"]
    parameters: list[Any] = [caller.user.id, caller.user.id, caller.user.domain, ANYONE if through_links else ""]
    own = "(space = 'appDataFolder' OR client = ? OR id IN (SELECT item FROM picked WHERE client = ?))"
    if not caller.sees_all:
        where.append(own)
        parameters += [caller.client, caller.client]
    where.append("(space = 'drive' OR client = ?)")
    parameters.append(caller.client)
    return where, parameters


def _user(caller: Caller, who: str) -> str:
    return caller.user.id if who == "me" else permission_id(who)
