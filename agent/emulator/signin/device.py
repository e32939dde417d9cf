"""Sign-in for a machine without a browser: a code to type on another one.

Google gives a device no more than an app's own files.
"""

import secrets
import time
from html import escape
from typing import Any

from agent.emulator import scopes
from agent.emulator.accounts import DEFAULT
from agent.emulator.parts import Parts
from agent.emulator.signin.consent import PAGE
from agent.emulator.signin.refused import Refused
from agent.emulator.store.documents import Document
from agent.emulator.store.ids import token
from agent.emulator.wire.answer import Answer, html_answer, json_answer
from agent.emulator.wire.request import Request

LIFE = 1800  # seconds
INTERVAL = 5  # seconds between polls
_PENDING = ("authorization_pending", "Precondition Required", 428)
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: no words


async def device_code(parts: Parts, request: Request) -> Answer:
    form = request.query | await request.form()
    wanted = frozenset(form.get("scope", "").split())
    if not form.get("client_id"):
        return Refused("invalid_request", "Missing client_id").answer()
    if not wanted or wanted - scopes.DEVICE:
        words = f"Invalid device flow scope: {' '.join(sorted(wanted - scopes.DEVICE))}"
        return Refused("invalid_scope", words).answer()
    code = token("AH-", 40)
    user_code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(2))
    body = {
        "client": form["client_id"],
        "scopes": sorted(wanted),
        "user_code": user_code,
        "expires": time.time() + LIFE,
        "state": "pending",
        "polled": 0.0,
        "user": None,
    }
    with parts.database.transaction():
        parts.documents.put("device", code, body)
    answer = {"device_code": code, "user_code": user_code, "expires_in": LIFE, "interval": INTERVAL}
    return json_answer(
        answer | {"verification_url": f"{request.base}/device", "verification_uri": f"{request.base}/device"}
    )


async def device_page(parts: Parts, request: Request) -> Answer:
    """GET asks for the code; POST (or emulator_confirm=1 with the code) allows or denies."""
    form = request.query | (await request.form() if request.method == "POST" else {})
    code = form.get("user_code", "").strip().upper()
    if request.method != "POST" and "emulator_confirm" not in form:
        return html_answer(_form(code))
    for key, body in parts.documents.all("device").items():
        if body["user_code"] == code and body["state"] == "pending" and body["expires"] > time.time():
            denied = form.get("emulator_confirm", "1") in {"0", "no", "deny"}
            with parts.database.transaction():
                user = parts.accounts.by_email(form.get("emulator_account") or DEFAULT)
                parts.documents.put("device", key, body | {"state": "denied" if denied else "allowed", "user": user.id})
            words = "Access denied." if denied else "Success! Your device may use your Drive now."
            return html_answer(PAGE.format(title="Device", body=f"<h1>{words}</h1>"))
    return html_answer(PAGE.format(title="Device", body="<h1>That code is not valid.</h1>"), 400)


def device_token(parts: Parts, form: dict[str, str]) -> dict[str, Any]:
    """The device's poll: its tokens, or Refused as pending, too fast, denied or expired."""
    key = form.get("device_code", "")
    body = parts.documents.get("device", key)
    if body is None or body["client"] != form.get("client_id"):
        raise Refused("invalid_grant", "Malformed device code.")
    _check_allowed(body)
    user = parts.accounts.by_id(body["user"])
    if user is None:
        raise Refused("invalid_grant")
    parts.documents.drop("device", key)
    granted = frozenset(body["scopes"])
    refresh = parts.grants.new_refresh(user, body["client"], granted)
    return parts.grants.issue(user, body["client"], granted, refresh=refresh) | {"refresh_token": refresh}


def _check_allowed(body: Document) -> None:
    now = time.time()
    if body["expires"] < now:
        raise Refused("expired_token")
    if body["state"] == "denied":
        raise Refused("access_denied", "Forbidden", 403)
    if body["state"] == "pending":
        early = now - body["polled"] < INTERVAL - 0.5
        body["polled"] = now  # of no account after a restart
        raise Refused("slow_down", "Forbidden", 403) if early else Refused(*_PENDING)


def _form(code: str) -> str:
    body = f"""<h1>Connect a device</h1><form method="post"><label>Code shown on the device
<input type="text" name="user_code" value="{escape(code)}" autofocus></label>
<button name="emulator_confirm" value="1">Allow</button>
<button name="emulator_confirm" value="0">Deny</button></form>"""
    return PAGE.format(title="Device", body=body)
