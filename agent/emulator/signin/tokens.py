"""The token endpoint and its neighbours: codes, refresh tokens and device codes for access tokens; revocation.

Refusals are OAuth's own (`invalid_grant`), not Drive's.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from agent.emulator.parts import Parts
from agent.emulator.signin.device import device_token
from agent.emulator.signin.refused import Refused
from agent.emulator.wire.answer import Answer, json_answer
from agent.emulator.wire.request import Request


async def token_endpoint(parts: Parts, request: Request) -> Answer:
    form = _with_client(await request.form(), request)
    kind = form.get("grant_type", "")
    exchange = _EXCHANGES.get(kind)
    try:
        if exchange is None:
            raise Refused("unsupported_grant_type", f"Invalid grant_type: {kind}")
        with parts.database.transaction():
            return json_answer(exchange(parts, form))
    except Refused as refusal:
        return refusal.answer()


def _with_client(form: dict[str, str], request: Request) -> dict[str, str]:
    """The form with the client's id and secret, which may come in the header."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form
    try:
        client, _, secret = base64.b64decode(value).decode().partition(":")
    except ValueError:
        return form
    return {"client_id": unquote(client), "client_secret": unquote(secret)} | form


def _from_code(parts: Parts, form: dict[str, str]) -> dict[str, Any]:
    """A code buys tokens once, for the client and address it was given for, to whoever knows the verifier."""
    grant = parts.documents.drop("code", form.get("code", ""))
    if grant is None or grant["expires"] < time.time():
        raise Refused("invalid_grant", "Malformed auth code.")
    if form.get("client_id") != grant["client"]:
        raise Refused("invalid_client", "The OAuth client was not found.", 401)
    if form.get("redirect_uri") != grant["redirect_uri"]:
        raise Refused("redirect_uri_mismatch", "Bad Request")
    _verify(form.get("code_verifier", ""), grant)
    user = parts.accounts.by_id(grant["user"])
    if user is None:
        raise Refused("invalid_grant", "Bad Request")
    granted = frozenset(grant["scopes"])
    refresh = parts.grants.new_refresh(user, grant["client"], granted) if grant["refresh"] else None
    answer = parts.grants.issue(user, grant["client"], granted, refresh=refresh)
    if refresh:
        answer["refresh_token"] = refresh
    if "openid" in granted:
        answer["id_token"] = _identity(parts, user.id, user.email, grant["client"])
    return answer


def _verify(verifier: str, grant: dict[str, Any]) -> None:
    if verifier and not grant["challenge"]:  # somebody has taken it out of the address on the way
        raise Refused("invalid_grant", "The code was asked for without a code challenge.")
    if grant["challenge"] and not verifier:
        raise Refused("invalid_grant", "Missing code verifier.")
    if grant["challenge"] and not hmac.compare_digest(_challenge(verifier, grant["method"]), grant["challenge"]):
        raise Refused("invalid_grant", "Invalid code verifier.")


def _challenge(verifier: str, method: str) -> str:
    if method == "plain":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _identity(parts: Parts, subject: str, email: str, client: str) -> str:
    """An id token. Its signature is this server's own: nobody publishes a key to check it with."""
    now = int(time.time())
    claims = {
        "iss": "https://accounts.google.com",
        "aud": client,
        "sub": subject,
        "email": email,
        "email_verified": True,
    }
    words = [{"alg": "HS256", "typ": "JWT"}, claims | {"iat": now, "exp": now + 3600}]
    text = b".".join(_encoded(json.dumps(word).encode()) for word in words)
    return (text + b"." + _encoded(hmac.digest(parts.secret, text, "sha256"))).decode()


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _from_refresh(parts: Parts, form: dict[str, str]) -> dict[str, Any]:
    wanted = frozenset(form.get("scope", "").split())
    answer = parts.grants.refresh(form.get("refresh_token", ""), form.get("client_id", ""), wanted)
    if answer is None:
        raise Refused("invalid_grant", "Token has been expired or revoked.")
    return answer


def _from_assertion(parts: Parts, form: dict[str, str]) -> dict[str, Any]:
    """A service account's signed wish; who signed is believed."""
    try:
        middle = form.get("assertion", "").split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        issuer, scope, subject = str(claims["iss"]), str(claims["scope"]), claims.get("sub")
    except (IndexError, KeyError, ValueError):
        raise Refused("invalid_grant", "Invalid JWT Signature.") from None
    user = parts.accounts.by_email(str(subject)) if subject else parts.accounts.by_email(issuer, service=True)
    return parts.grants.issue(user, issuer, frozenset(scope.split()), refresh=None)


_EXCHANGES: dict[str, Callable[[Parts, dict[str, str]], dict[str, Any]]] = {
    "authorization_code": _from_code,
    "refresh_token": _from_refresh,
    "urn:ietf:params:oauth:grant-type:device_code": device_token,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": _from_assertion,
}


async def revoke(parts: Parts, request: Request) -> Answer:
    """Ends a token and what came of it."""
    form = request.query | (await request.form() if request.method == "POST" else {})
    with parts.database.transaction():
        if not parts.grants.revoke(form.get("token", "")):
            return Refused("invalid_token", "Token expired or revoked").answer()
    return json_answer({})


async def token_info(parts: Parts, request: Request) -> Answer:
    form = request.query | (await request.form() if request.method == "POST" else {})
    access = form.get("access_token", "")
    caller, body = parts.grants.caller(access), parts.grants.describe(access)
    if caller is None or body is None:
        return Refused("invalid_token", "Invalid Value").answer()
    return json_answer(
        {
            "aud": caller.client,
            "azp": caller.client,
            "sub": caller.user.id,
            "scope": " ".join(sorted(caller.scopes)),
            "exp": str(int(body["expires"])),
            "expires_in": str(max(int(body["expires"] - time.time()), 0)),
            "email": caller.user.email,
            "email_verified": "true",
            "access_type": "offline" if body["refresh"] else "online",
        }
    )


async def user_info(parts: Parts, request: Request) -> Answer:
    await request.body.drain()
    caller = parts.grants.caller(request.headers.get("authorization", "").partition(" ")[2])
    if caller is None:
        return Refused("invalid_request", "Invalid Credentials", 401).answer()
    user = caller.user
    return json_answer({"sub": user.id, "name": user.name, "email": user.email, "email_verified": True})
