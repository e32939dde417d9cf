"""The consent page: who signs in, which scopes are ticked, and back to the app with a code.

A person gets a form; a script confirms by POST, or by `emulator_confirm=1` in the address.
"""

import time
from html import escape
from urllib.parse import urlencode, urlsplit

from agent.emulator import scopes
from agent.emulator.accounts import DEFAULT
from agent.emulator.parts import Parts
from agent.emulator.store.ids import token
from agent.emulator.wire.answer import Answer, html_answer, redirect
from agent.emulator.wire.request import Request

CODE_LIFE = 600.0  # seconds
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 3rem auto; padding: 0 1rem; color: #202124 }}
label {{ display: block; margin: .4rem 0 }} button {{ font: inherit; padding: .4rem 1.2rem; margin: 1rem .5rem 0 0 }}
input[type=email], input[type=text] {{ font: inherit; width: 100%; padding: .3rem }} .soft {{ color: #5f6368 }}
</style></head><body>{body}</body></html>"""


async def consent(parts: Parts, request: Request) -> Answer:
    """GET shows the form; POST (or emulator_confirm=1) is the person's answer."""
    asked = dict(request.query)
    if request.method == "POST":
        form = await request.form()
        asked |= form | {"emulator_confirm": form.get("emulator_confirm", "1")}
        if "emulator_form" in form:
            asked["emulator_scopes"] = " ".join(name[6:] for name in form if name.startswith("scope:"))
    problem = _problem(asked)
    if problem:
        return _error(*problem)
    answer = asked.get("emulator_confirm", "")
    if not answer:
        return html_answer(_form(asked))
    if answer in {"0", "no", "deny"}:
        return _back(asked, {"error": "access_denied"})
    return _granted(parts, asked)


def _problem(asked: dict[str, str]) -> tuple[str, str] | None:
    """What Google shows instead of the form: an error's name and its words."""
    missing = next(
        (name for name in ("client_id", "redirect_uri", "response_type", "scope") if not asked.get(name)), None
    )
    if missing is not None:
        return "invalid_request", f"Missing required parameter: {missing}"
    unknown = set(asked["scope"].split()) - set(scopes.WORDS) - scopes.IDENTITY
    parts = urlsplit(asked["redirect_uri"])
    problems = {
        ("unsupported_response_type", f"Unsupported response type: {asked['response_type']}"): (
            asked["response_type"] != "code"
        ),
        ("invalid_request", "The out-of-band (OOB) flow has been blocked."): asked["redirect_uri"] == _OUT_OF_BAND,
        ("redirect_uri_mismatch", "The redirect URI in the request does not match the ones for this OAuth client."): (
            parts.scheme != "https" and parts.hostname not in _LOOPBACK
        ),
        ("invalid_scope", f"Some requested scopes were invalid: {' '.join(sorted(unknown))}"): bool(unknown),
        ("invalid_request", "Invalid code challenge method."): (
            asked.get("code_challenge_method", "plain") not in {"plain", "S256"}
        ),
    }
    return next((problem for problem, holds in problems.items() if holds), None)


def _granted(parts: Parts, asked: dict[str, str]) -> Answer:
    wanted = set(asked["scope"].split())
    ticked = set(asked["emulator_scopes"].split()) if "emulator_scopes" in asked else wanted
    code = token("4/0A", 40)
    with parts.database.transaction():
        user = parts.accounts.by_email(asked.get("emulator_account") or asked.get("login_hint") or DEFAULT)
        key = f"{user.id}|{asked['client_id']}"
        # Google gives a refresh token with the first consent only, unless the app asks for consent again.
        first = parts.documents.get("consent", key) is None
        refresh = asked.get("access_type") == "offline" and (first or "consent" in asked.get("prompt", ""))
        parts.documents.put("consent", key, {"at": time.time()})
        granted = sorted((wanted & ticked) | (wanted & scopes.IDENTITY))
        grant = {
            "user": user.id,
            "client": asked["client_id"],
            "redirect_uri": asked["redirect_uri"],
            "scopes": granted,
            "challenge": asked.get("code_challenge", ""),
            "method": asked.get("code_challenge_method", "plain"),
            "refresh": refresh,
            "expires": time.time() + CODE_LIFE,
        }
        parts.documents.put("code", code, grant)
    return _back(asked, {"code": code, "scope": " ".join(granted)})


def _back(asked: dict[str, str], words: dict[str, str]) -> Answer:
    if asked.get("state"):
        words = {"state": asked["state"]} | words
    target = asked["redirect_uri"]
    return redirect(f"{target}{'&' if urlsplit(target).query else '?'}{urlencode(words)}")


def _form(asked: dict[str, str]) -> str:
    wanted = asked["scope"].split()
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in asked.items()
    )
    boxes = "".join(
        f'<label><input type="checkbox" checked name="scope:{escape(scope)}"> '
        f"{escape(scopes.WORDS.get(scope, scope))}</label>"
        for scope in wanted
    )
    account = escape(asked.get("login_hint") or DEFAULT)
    body = f"""<h1>Sign in</h1><p>The app <b>{escape(asked["client_id"])}</b> wants to use your Drive.</p>
<form method="post">{hidden}<input type="hidden" name="emulator_form" value="1">
<label>Account <input type="email" name="emulator_account" value="{account}"></label>
<p>It may:</p>{boxes}
<button name="emulator_confirm" value="1">Allow</button><button name="emulator_confirm" value="0">Cancel</button></form>
<p class="soft">This is the Drive emulator: any account will do, and nothing leaves this machine.</p>"""
    return PAGE.format(title="Sign in", body=body)


def _error(name: str, words: str) -> Answer:
    body = f"<h1>Access blocked</h1><p>{escape(words)}</p><p class='soft'>Error 400: {escape(name)}</p>"
    return html_answer(PAGE.format(title="Access blocked", body=body), 400)
