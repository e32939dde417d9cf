"""What is kept of a sign-in: encrypted, for this user alone, until it is ended; and the OAuth client's file."""

import asyncio
import json
import os
import stat
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.drive.endpoint import Endpoint
from agent.drive.errors import DriveError
from agent.drive.reasons import Scope
from agent.drive.sign_in import kept, vault
from agent.drive.sign_in.kept import SignIn
from agent.drive.sign_in.login import Level, LoginFailed, OAuthClient
from agent.drive.sign_in.token import Token
from agent.drive.sign_in.vault import Unreadable, Vault
from agent.errors import UsageError, VenueError
from agent.settings.environment import key_from
from agent.workspace import Workspace
from tests.drive.signing import CLIENT, consent, signed_in
from tests.emulator.drive import Emulator
from tests.halting import Halt
from tests.patience import PATIENCE


async def test_secrets_lie_encrypted_and_for_this_user_alone(
    sign_in: SignIn, browser: httpx.Client, workspace: Workspace
) -> None:
    await signed_in(sign_in, browser, emulator_account="ana@example.com")
    kept = sign_in.load()
    assert kept is not None
    assert stat.S_IMODE(workspace.sign_in.stat().st_mode) == 0o700
    files = list(workspace.sign_in.iterdir())
    assert files
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        for secret in (kept.refresh_token, "s3cret", "ana@example.com"):
            assert secret.encode() not in path.read_bytes()
            assert secret not in path.name


async def test_a_sign_in_outlives_the_process(
    sign_in: SignIn, browser: httpx.Client, workspace: Workspace, emulator: Emulator
) -> None:
    await signed_in(sign_in, browser)
    again = SignIn(workspace, Endpoint(emulator.url))
    assert again.load() == sign_in.load()
    assert again.account == sign_in.account
    assert again.client == CLIENT


async def test_each_account_has_a_file_and_the_last_is_in_force(
    sign_in: SignIn, browser: httpx.Client, workspace: Workspace
) -> None:
    for name in ("ana@example.com", "ben@example.com", "ana@example.com"):
        await signed_in(sign_in, browser, emulator_account=name)
        assert sign_in.account is not None
        assert sign_in.account.name == name
    assert len(list(workspace.sign_in.glob("account-*"))) == 2


async def test_a_sign_in_is_never_shown_to_another_server(
    sign_in: SignIn, browser: httpx.Client, workspace: Workspace
) -> None:
    await signed_in(sign_in, browser)
    assert SignIn(workspace, Endpoint("")).load() is None
    other = SignIn(workspace, Endpoint("http://127.0.0.1:9")).load()
    assert other is not None
    assert other.refresh_token == "emulator"


async def test_when_it_began_and_ends_is_known(workspace: Workspace, browser: httpx.Client, emulator: Emulator) -> None:
    sign_in = SignIn(workspace, Endpoint(emulator.url), clock=lambda: 1_000_000.0)
    await signed_in(sign_in, browser)
    assert sign_in.account is not None
    assert sign_in.account.signed_in_at == 1_000_000.0
    assert sign_in.account.ends_at is None
    emulator.faults(
        {
            "method": "oauth.token",
            "status": 200,
            "body": json.dumps(
                {
                    "access_token": "a",
                    "refresh_token": "r",
                    "refresh_token_expires_in": 604_799,
                    "scope": "https://www.googleapis.com/auth/drive.file https://www.googleapis.com/auth/drive.readonly",
                    "id_token": "e30.eyJlbWFpbCI6ICJhbmFAZXhhbXBsZS5jb20ifQ.x",
                }
            ),
        }
    )
    await signed_in(sign_in, browser)
    assert sign_in.account.ends_at == 1_604_799.0


async def test_signing_out_ends_the_grant_and_deletes_it(
    sign_in: SignIn, browser: httpx.Client, workspace: Workspace, emulator: Emulator
) -> None:
    await signed_in(sign_in, browser)
    kept = sign_in.load()
    assert kept is not None
    forgotten = await sign_in.forget()
    assert forgotten.accounts and not forgotten.untold
    assert sign_in.account is None
    assert list(workspace.sign_in.glob("account-*")) == []
    with pytest.raises(DriveError):
        Token(lambda: kept).access_token()
    assert (await sign_in.forget()).accounts == ()


async def test_signing_out_while_offline_deletes_it_and_says_that_google_was_not_told(
    sign_in: SignIn, browser: httpx.Client, emulator: Emulator
) -> None:
    await signed_in(sign_in, browser)
    emulator.faults({"method": "oauth.revoke", "drop": True})
    forgotten = await sign_in.forget()
    assert forgotten.untold == forgotten.accounts != ()
    assert sign_in.account is None


@pytest.mark.parametrize("account", ["", "ana@example.com"], ids=["all", "hers"])
async def test_a_sign_in_that_had_begun_before_somebody_signed_out_comes_to_nothing(
    sign_in: SignIn, browser: httpx.Client, workspace: Workspace, emulator: Emulator, account: str
) -> None:
    """Whoever finished it afterwards, be it in another process, signed the machine in again."""
    await signed_in(sign_in, browser, emulator_account="ana@example.com")
    attempt = await sign_in.begin(Level.FULL, CLIENT)
    back = consent(browser, attempt, emulator_account="ana@example.com")
    await SignIn(workspace, Endpoint(emulator.url)).forget(account)
    emulator.forget_requests()
    with pytest.raises(LoginFailed, match="signed out meanwhile"):
        await sign_in.finish(attempt, back)
    assert sign_in.accounts() == [] and sign_in.account is None
    assert emulator.requests()["methods"]["oauth.revoke"] == 1
    await signed_in(sign_in, browser, emulator_account="ana@example.com")
    assert sign_in.account is not None, "a new one is good"


@pytest.mark.parametrize("account", ["", "ana@example.com"], ids=["all", "hers"])
async def test_a_sign_in_that_begins_and_ends_while_google_is_told_of_a_logout_stays(
    sign_in: SignIn,
    browser: httpx.Client,
    workspace: Workspace,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    account: str,
) -> None:
    """It had said that it was done, and was deleted by that logout; others were ended at Google, too."""
    both = ["ana@example.com", "ben@example.com"]
    for name in reversed(both):
        await signed_in(sign_in, browser, emulator_account=name)
    halt = Halt(monkeypatch, kept, "revoke")
    halt.begin.set()
    emulator.forget_requests()
    ending = asyncio.create_task(SignIn(workspace, Endpoint(emulator.url)).forget(account))
    assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
    for name in reversed(both):
        await signed_in(sign_in, browser, emulator_account=name)
    halt.end.set()
    assert len((await ending).accounts) == 1
    assert [one.name for one in sign_in.accounts()] == both
    assert sign_in.account is not None and sign_in.account.name == "ana@example.com"
    for name in both:
        assert Token(partial(sign_in.load, name)).access_token()
    assert emulator.requests()["methods"]["oauth.revoke"] == 1


@pytest.mark.parametrize(("chosen", "told"), [("ana@example.com", 0), ("carl@example.com", 1)])
async def test_whoever_is_signed_in_here_stays_so_where_they_are_chosen_for_somebody_else(
    sign_in: SignIn, browser: httpx.Client, emulator: Emulator, chosen: str, told: int
) -> None:
    """Google ends all that an account granted an app with any token of it: the sign-in that was kept, too."""
    await signed_in(sign_in, browser, emulator_account="ana@example.com")
    attempt = await sign_in.begin(Level.FULL, CLIENT, hint="ben@example.com")
    back = consent(browser, attempt, emulator_account=chosen)
    with pytest.raises(LoginFailed, match="Somebody else signed in"):
        await sign_in.finish(attempt, back, only="ben@example.com")
    assert emulator.requests()["methods"].get("oauth.revoke", 0) == told
    assert [one.name for one in sign_in.accounts()] == ["ana@example.com"]


async def test_a_sign_in_of_somebody_else_than_who_signed_out_goes_on(sign_in: SignIn, browser: httpx.Client) -> None:
    await signed_in(sign_in, browser, emulator_account="ben@example.com")
    attempt = await sign_in.begin(Level.FULL, CLIENT)
    await sign_in.forget("ben@example.com")
    signed = await sign_in.finish(attempt, consent(browser, attempt, emulator_account="ana@example.com"))
    assert (signed.name, sign_in.accounts()) == ("ana@example.com", [signed])


async def test_another_key_is_a_lost_sign_in_not_a_crash(
    sign_in: SignIn, browser: httpx.Client, workspace: Workspace, emulator: Emulator
) -> None:
    await signed_in(sign_in, browser)
    (workspace.sign_in / "key").write_bytes(vault.new_key())
    with pytest.raises(Unreadable):
        sign_in.load()
    token = Token(sign_in.load)
    with pytest.raises(DriveError) as caught:
        token.access_token()
    assert caught.value.scope is Scope.AUTH
    assert not token.reload()
    assert sign_in.client == OAuthClient.open()
    await signed_in(sign_in, browser)  # and signing in again mends it
    assert token.reload()


async def test_encryption_key_is_taken_from_the_environment_or_dotenv(
    workspace: Workspace, browser: httpx.Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCRYPTION_KEY", "a long enough sentence of the operator")
    endpoint = Endpoint(emulator.url)
    await signed_in(SignIn(workspace, endpoint), browser)
    assert not (workspace.sign_in / "key").exists()
    monkeypatch.delenv("ENCRYPTION_KEY")
    with pytest.raises(Unreadable):
        SignIn(workspace, endpoint).load()
    (workspace.root / ".env").write_text("ENCRYPTION_KEY='a long enough sentence of the operator'\n")
    assert SignIn(workspace, endpoint).load() is not None


def test_keys_of_either_form_are_taken_and_short_ones_refused() -> None:
    own = vault.new_key().decode()
    assert key_from(own) == own.encode()
    assert len(key_from("x" * 32)) == 44
    with pytest.raises(UsageError) as caught:
        key_from("change-me")
    assert "ENCRYPTION_KEY" in str(caught.value)
    assert "change-me" not in str(caught.value)


def test_without_the_keyring_library_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault.importlib, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name)))
    with pytest.raises(UsageError) as caught:
        Vault(tmp_path, keyring=True).write("x.sealed", {})
    assert "keyring" in str(caught.value)


async def test_without_the_keyring_library_nobody_signs_in(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was said once they had, and nothing was kept."""
    monkeypatch.setattr(vault.importlib, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name)))
    with pytest.raises(UsageError, match="keyring"):
        await SignIn(workspace, Endpoint(emulator.url), keyring=True).begin()


def test_the_keyring_holds_the_key_where_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ring:
        def __init__(self) -> None:
            self.kept: dict[tuple[str, str], str] = {}

        def get_password(self, service: str, name: str) -> str | None:
            return self.kept.get((service, name))

        def set_password(self, service: str, name: str, value: str) -> None:
            self.kept[service, name] = value

    ring = Ring()
    monkeypatch.setattr(vault.importlib, "import_module", lambda name: ring)
    Vault(tmp_path).write("earlier.sealed", {"b": 2})
    Vault(tmp_path, keyring=True).write("x.sealed", {"a": 1})
    assert not (tmp_path / "key").exists()
    assert Vault(tmp_path).read("earlier.sealed") == {"b": 2}  # the key moved, with all that it opens
    assert Vault(tmp_path).read("x.sealed") == {"a": 1}  # without being told again
    assert len(ring.kept) == 1


def test_a_document_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Vault(tmp_path)
    kept.write("x.sealed", {"a": 1})

    def fails(*_: Any) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(VenueError, match="power cut"):
        kept.write("x.sealed", {"a": 2})
    monkeypatch.undo()
    assert kept.read("x.sealed") == {"a": 1}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


# ---- the OAuth client's file


def written(path: Path, body: object) -> Path:
    path.write_text(json.dumps(body))
    return path


def test_both_forms_of_googles_file_are_taken(tmp_path: Path) -> None:
    installed = written(tmp_path / "a.json", {"installed": {"client_id": "i", "client_secret": "s"}})
    assert OAuthClient.from_file(installed) == OAuthClient("i", "s")
    back = "http://localhost:8765/"
    web = written(tmp_path / "b.json", {"web": {"client_id": "w", "client_secret": "s", "redirect_uris": [back]}})
    client = OAuthClient.from_file(web)
    assert client.kind == "web"
    assert client.redirect_uri(8765) == back
    with pytest.raises(UsageError) as caught:
        client.redirect_uri(9000)
    assert "http://127.0.0.1:9000/" in caught.value.remedy


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"installed": {}}', '{"installed": 7}', '{"type": "service_account"}']
)
def test_a_file_that_is_no_client_is_refused_by_name(tmp_path: Path, body: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(body)
    with pytest.raises(UsageError) as caught:
        OAuthClient.from_file(path)
    assert str(path) in str(caught.value)
    with pytest.raises(UsageError):
        OAuthClient.from_file(tmp_path / "missing.json")


async def test_without_a_client_google_is_not_asked(workspace: Workspace) -> None:
    with pytest.raises(UsageError) as caught:
        await SignIn(workspace, Endpoint("")).begin()
    assert "--client FILE.json" in caught.value.remedy


async def test_a_client_given_once_is_known_from_then_on(workspace: Workspace) -> None:
    SignIn(workspace, Endpoint("")).keep_client(CLIENT)
    attempt = await SignIn(workspace, Endpoint("")).begin(Level.MANAGE)
    assert attempt.url.startswith("https://accounts.google.com/o/oauth2/auth?")
    assert "client_id=venue-app" in attempt.url
    assert "s3cret" not in attempt.url
    assert "s3cret" not in repr(CLIENT)
