"""Sign-in as people do it: consent page, codes with PKCE, refresh, revocation, devices; no shortcut by hand."""

import base64
import hashlib
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from google_auth_oauthlib.flow import Flow

from tests.emulator.conftest import ok, put, reason
from tests.emulator.drive import Emulator

FULL = "https://www.googleapis.com/auth/drive"
FILE = "https://www.googleapis.com/auth/drive.file"
READONLY = "https://www.googleapis.com/auth/drive.readonly"
BACK = "http://127.0.0.1:8765/"
VERIFIER = "v" * 64


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def ask(**changes: str) -> dict[str, str]:
    return {
        "client_id": "app",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": f"{FILE} {READONLY}",
        "state": "s 1",
        "access_type": "offline",
        "prompt": "consent",
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
    } | changes


def back(answer: httpx.Response) -> dict[str, str]:
    """What the browser brings back to the app."""
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


@pytest.fixture
def web(emulator: Emulator) -> httpx.Client:
    return httpx.Client(base_url=emulator.url, trust_env=False, timeout=60)


def exchange(web: httpx.Client, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "app",
        "client_secret": "s",
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    } | changes
    return web.post("/token", data=form)


def signed_in(web: httpx.Client, **changes: str) -> dict[str, Any]:
    code = back(web.get("/o/oauth2/auth", params=ask(emulator_confirm="1", **changes)))["code"]
    return ok(exchange(web, code, **{name: value for name, value in changes.items() if name == "client_id"}))


def test_a_person_sees_a_form_and_allows(web: httpx.Client):
    page = web.get("/o/oauth2/auth", params=ask(client_id="<i>app"))
    assert page.status_code == 200 and "&lt;i&gt;app" in page.text and "<i>app" not in page.text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    boxes = re.findall(r'<input type="checkbox" checked name="([^"]+)"', page.text)
    assert boxes == [f"scope:{FILE}", f"scope:{READONLY}"]
    ticked = {boxes[0]: "on"}  # the second one is unticked
    form = {"emulator_account": "ana@example.com", "emulator_confirm": "1", **fields, **ticked, "client_id": "app"}
    got = back(web.post("/o/oauth2/auth", data=form))
    assert got["state"] == "s 1" and got["scope"] == FILE
    tokens = ok(exchange(web, got["code"]))
    assert tokens["scope"] == FILE and tokens["refresh_token"] and tokens["expires_in"] == 3599
    about = web.get(
        "/drive/v3/about", params={"fields": "user"}, headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert ok(about)["user"]["emailAddress"] == "ana@example.com"


def test_a_person_may_say_no(web: httpx.Client):
    got = back(web.post("/o/oauth2/auth", params=ask(), data={"emulator_confirm": "0"}))
    assert got == {"state": "s 1", "error": "access_denied"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": ""}, "client_id"),
        ({"redirect_uri": "http://example.com/"}, "redirect URI"),
        ({"redirect_uri": "urn:ietf:wg:oauth:2.0:oob"}, "out-of-band"),
        ({"scope": "https://www.googleapis.com/auth/nope"}, "scopes were invalid"),
        ({"response_type": "token"}, "response type"),
        ({"code_challenge_method": "S512"}, "code challenge"),
    ],
)
def test_a_wrong_request_stays_on_googles_page(web: httpx.Client, changes: dict[str, str], words: str):
    answer = web.get("/o/oauth2/auth", params=ask(emulator_confirm="1", **changes))
    assert answer.status_code == 400 and words in answer.text


def test_a_code_buys_once_and_only_for_whom_it_was_given(web: httpx.Client):
    def code() -> str:
        return back(web.get("/o/oauth2/auth", params=ask(emulator_confirm="1")))["code"]

    used = code()
    ok(exchange(web, used))
    assert exchange(web, used).json()["error"] == "invalid_grant"
    assert exchange(web, code(), code_verifier="w" * 64).json()["error_description"] == "Invalid code verifier."
    assert exchange(web, code(), code_verifier="").json()["error_description"] == "Missing code verifier."
    assert exchange(web, code(), redirect_uri="http://127.0.0.1:1/").json()["error"] == "redirect_uri_mismatch"
    assert exchange(web, code(), client_id="other").json()["error"] == "invalid_client"
    unguarded = ask(emulator_confirm="1", code_challenge="")
    dropped = exchange(web, back(web.get("/o/oauth2/auth", params=unguarded))["code"])
    assert (dropped.json()["error"], "without a code challenge" in dropped.text) == ("invalid_grant", True)
    assert exchange(web, "made up").status_code == 400
    assert exchange(web, code(), grant_type="telepathy").json()["error"] == "unsupported_grant_type"


def test_a_refresh_token_comes_with_the_first_consent_or_when_asked_for(web: httpx.Client):
    assert "refresh_token" in signed_in(web, prompt="")
    assert "refresh_token" not in signed_in(web, prompt="")
    assert "refresh_token" in signed_in(web, prompt="consent")
    assert "refresh_token" not in signed_in(web, access_type="online")


def refreshed(web: httpx.Client, token: str, **changes: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "app", "client_secret": "s"}
    return web.post("/oauth2/v4/token", data=form | changes)


def test_refreshing_and_revoking(web: httpx.Client):
    tokens = signed_in(web)
    again = ok(refreshed(web, tokens["refresh_token"]))
    assert again["access_token"] != tokens["access_token"] and set(again["scope"].split()) == {FILE, READONLY}
    assert refreshed(web, tokens["refresh_token"], client_id="other").json()["error"] == "invalid_grant"
    headers = {"Authorization": f"Bearer {again['access_token']}"}
    assert web.get("/drive/v3/files", headers=headers).status_code == 200
    assert web.post("/revoke", data={"token": again["access_token"]}).status_code == 200
    refused = web.get("/drive/v3/files", headers=headers)
    assert reason(refused) == (401, "authError")
    assert (
        refused.json()["error"]["errors"][0] | {"location": "Authorization", "locationType": "header"}
        == (refused.json()["error"]["errors"][0])
    )
    dead = refreshed(web, tokens["refresh_token"])
    assert (dead.status_code, dead.json()) == (
        400,
        {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
    )
    assert web.post("/revoke", data={"token": "nonsense"}).status_code == 400


def test_the_open_refresh_token_until_it_expires(emulator: Emulator, web: httpx.Client):
    tokens = ok(refreshed(web, "emulator", client_id="anything"))
    assert FULL in tokens["scope"].split()
    emulator.expire("refresh_tokens")
    assert refreshed(web, "emulator").json()["error"] == "invalid_grant"
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert web.get("/drive/v3/files", headers=headers).status_code == 200  # what was given out lives its hour
    emulator.expire("access_tokens")
    assert reason(web.get("/drive/v3/files", headers=headers)) == (401, "authError")
    fresh = signed_in(web)  # a person signs in again
    assert ok(refreshed(web, fresh["refresh_token"]))
    emulator.post("revive", {})
    assert ok(refreshed(web, "emulator"))


def test_what_the_open_refresh_token_gives_one_app_may_be_less_than_all(emulator: Emulator, web: httpx.Client):
    def granted(client: str, scope: str = "") -> set[str]:
        said = ok(refreshed(web, "emulator", client_id=client, scope=scope))["scope"].split()
        return {each.rpartition("/")[2] for each in said if "/auth/drive" in each}

    before = {"Authorization": f"Bearer {ok(refreshed(web, 'emulator', client_id='app'))['access_token']}"}
    emulator.post("grant", {"client": "app", "scopes": ["drive.file", "drive.readonly"]})
    assert web.get("/drive/v3/files", headers=before).status_code == 401
    assert granted("app") == granted("app", FULL) == {"drive.file", "drive.readonly"}
    assert "drive" in granted("another")
    with pytest.raises(AssertionError, match="no such scope"):
        emulator.post("grant", {"client": "app", "scopes": ["drive.everything"]})
    emulator.post("reset", {})
    assert "drive" in granted("app")


def test_a_token_that_was_not_given_out_is_refused(web: httpx.Client):
    for headers in ({"Authorization": "Bearer ya29.mine"}, {"Authorization": "Basic x"}):
        assert reason(web.get("/drive/v3/files", headers=headers)) == (401, "authError")
    assert reason(web.get("/drive/v3/files")) == (401, "required")


def test_a_device_without_a_browser(emulator: Emulator, web: httpx.Client):
    got = ok(web.post("/device/code", data={"client_id": "tv", "scope": f"openid {FILE}"}))
    assert got["interval"] == 5 and got["verification_url"] == f"{emulator.url}/device"

    def poll() -> httpx.Response:
        grant = "urn:ietf:params:oauth:grant-type:device_code"
        form = {"grant_type": grant, "device_code": got["device_code"], "client_id": "tv", "client_secret": "s"}
        return web.post("/token", data=form)

    assert (poll().status_code, poll().json()["error"]) == (428, "slow_down")
    assert "Code shown" in web.get("/device").text
    assert web.post("/device", data={"user_code": "WRNG-CODE"}).status_code == 400
    assert web.post("/device", data={"user_code": got["user_code"].lower()}).status_code == 200
    tokens = ok(poll())
    assert set(tokens["scope"].split()) == {"openid", FILE} and tokens["refresh_token"]
    denied = ok(web.post("/device/code", data={"client_id": "tv", "scope": FILE}))
    web.get("/device", params={"user_code": denied["user_code"], "emulator_confirm": "0"})
    got = denied
    assert (poll().status_code, poll().json()["error"]) == (403, "access_denied")


def test_devices_get_no_more_than_an_apps_own_files(web: httpx.Client):
    answer = web.post("/device/code", data={"client_id": "tv", "scope": READONLY})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_who_am_i(web: httpx.Client):
    tokens = signed_in(web, scope=f"openid email {FILE}", login_hint="bo@example.com")
    claims = json.loads(base64.urlsafe_b64decode(tokens["id_token"].split(".")[1] + "=="))
    assert (claims["email"], claims["aud"]) == ("bo@example.com", "app")
    info = ok(web.get("/oauth2/v3/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}))
    assert info["email"] == "bo@example.com"
    assert ok(web.get("/tokeninfo", params={"access_token": tokens["access_token"]}))["aud"] == "app"
    assert web.get("/tokeninfo", params={"access_token": "x"}).status_code == 400


def test_a_service_account_has_no_room_of_its_own(web: httpx.Client):
    claims = json.dumps({"iss": "robot@project.iam.gserviceaccount.com", "scope": FULL}).encode()
    assertion = f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.sig"
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    tokens = ok(web.post("/token", data={"grant_type": grant, "assertion": assertion}))
    web.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    answer = web.post("/upload/drive/v3/files", params={"uploadType": "media"}, content=b"x")
    assert reason(answer) == (403, "storageQuotaExceeded")
    assert "Service Accounts" in answer.json()["error"]["message"]


def test_googles_own_sign_in_library(emulator: Emulator, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    installed = {
        "client_id": "app",
        "client_secret": "s",
        "auth_uri": f"{emulator.url}/o/oauth2/auth",
        "token_uri": f"{emulator.url}/token",
        "redirect_uris": [BACK],
    }
    flow = Flow.from_client_config({"installed": installed}, scopes=[FILE], redirect_uri=BACK)
    address, _ = flow.authorization_url(access_type="offline", prompt="consent")
    agreed = f"{address}&{urlencode({'emulator_confirm': '1'})}"
    landed = httpx.get(agreed, trust_env=False, timeout=60).headers["Location"]
    flow.oauth2session.trust_env = False
    flow.fetch_token(authorization_response=landed)
    assert flow.credentials.refresh_token
    token = f"Bearer {flow.credentials.token}"
    with httpx.Client(base_url=emulator.url, headers={"Authorization": token}, trust_env=False, timeout=60) as api:
        assert put(api, b"x")["isAppAuthorized"] is True


def test_one_accounts_tokens_expire_and_no_others(emulator: Emulator):
    with emulator.client(account="ana@example.com") as hers, emulator.client(account="ben@example.com") as his:
        emulator.expire("access_tokens", "ben@example.com")
        about = {"params": {"fields": "user"}}
        assert hers.get("/drive/v3/about", **about).status_code == 200
        assert his.get("/drive/v3/about", **about).status_code == 401
