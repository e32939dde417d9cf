"""One access token for all threads: fetched ahead, once, and a refused one replaced once."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.drive.endpoint import Endpoint
from agent.drive.errors import DriveError
from agent.drive.reasons import Scope
from agent.drive.sign_in import token as access
from agent.drive.sign_in.token import Credentials, Token, open_credentials
from agent.errors import Cause
from tests.emulator.drive import Emulator
from tests.patience import PATIENCE

KEPT = Credentials("r", "client", "s", "http://127.0.0.1:9/token")


class Google:
    """Counts refreshes instead of asking anybody."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, life: float = 3600, delay: float = 0.0) -> None:
        self.life, self.delay, self.count = life, delay, 0
        self.error: DriveError | None = None
        monkeypatch.setattr(access, "renewed", self.renewed)

    def renewed(self, *_: object) -> tuple[str, float]:
        time.sleep(self.delay)
        if self.error is not None:
            raise self.error
        self.count += 1
        return f"token-{self.count}", self.life


def test_many_threads_fetch_one_token(monkeypatch: pytest.MonkeyPatch) -> None:
    google = Google(monkeypatch, delay=0.1)
    token = Token(lambda: KEPT)
    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(lambda _: token.access_token(), range(64))) == {"token-1"}
    assert google.count == 1


def test_it_is_renewed_ahead_of_its_end_while_others_use_the_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    google = Google(monkeypatch)
    token = Token(lambda: KEPT, clock=lambda: now[0])
    assert token.access_token() == "token-1"
    now[0] += 3600 - access.AHEAD - 1
    assert token.access_token() == "token-1"
    now[0] += 2
    google.delay = 1.0
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(token.access_token)
        time.sleep(0.05)
        assert token.access_token() == "token-1"
        assert not first.done()
        assert first.result() == "token-2"
    assert token.access_token() == "token-2"


def test_a_token_that_is_still_good_outlives_a_token_endpoint_that_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    google = Google(monkeypatch)
    token = Token(lambda: KEPT, clock=lambda: now[0])
    token.access_token()
    google.error = DriveError("slow", cause=Cause.TRANSIENT, scope=Scope.NETWORK)
    now[0] += 3600 - access.AHEAD + 1
    assert token.access_token() == "token-1"
    now[0] += access.AHEAD
    with pytest.raises(DriveError):
        token.access_token()


def test_a_refused_token_is_replaced_once_however_many_met_it(monkeypatch: pytest.MonkeyPatch) -> None:
    google = Google(monkeypatch)
    token = Token(lambda: KEPT)
    old = token.access_token()
    for _ in range(8):
        token.invalidate(old)
        token.access_token()
    assert google.count == 2


def test_nothing_but_asking_for_it_waits_for_google(monkeypatch: pytest.MonkeyPatch) -> None:
    Google(monkeypatch, delay=1.0)
    token = Token(lambda: KEPT)
    fetching = threading.Thread(target=token.access_token)
    fetching.start()
    time.sleep(0.1)
    token.invalidate("other")
    token.refused()
    token.reload()
    assert token.fresh() is None
    assert fetching.is_alive()
    fetching.join()


def test_a_token_of_a_sign_in_that_was_replaced_meanwhile_is_not_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Credentials("other", "client", "s", KEPT.token_uri)
    kept = [KEPT]
    token = Token(lambda: kept[0])

    def renewed(credentials: Credentials, _: object) -> tuple[str, float]:
        if credentials is KEPT:
            kept[0] = other
            token.reload()
        return f"of {credentials.refresh_token}", 3600

    monkeypatch.setattr(access, "renewed", renewed)
    assert token.access_token() == "of other"


def test_what_google_refuses_of_a_sign_in_that_was_replaced_meanwhile_is_nobody_s_trouble(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever had just signed in was taken for the refused one."""
    other = Credentials("other", "client", "s", KEPT.token_uri)
    kept = [KEPT]
    token = Token(lambda: kept[0])

    def renewed(credentials: Credentials, _: object) -> tuple[str, float]:
        if credentials is KEPT:
            kept[0] = other
            token.reload()
            raise DriveError("Sign in to Google again", cause=Cause.AUTH, scope=Scope.AUTH)
        return f"of {credentials.refresh_token}", 3600

    monkeypatch.setattr(access, "renewed", renewed)
    assert token.access_token() == "of other"


async def test_a_task_never_blocks_the_loop_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Google(monkeypatch, delay=0.2)
    token = Token(lambda: KEPT)
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0.01)

    heart = asyncio.create_task(beat())
    assert await token.bearer() == "token-1"
    heart.cancel()
    assert beats >= 3


async def test_a_fetch_that_is_cut_is_begun_anew_for_whoever_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, broken = threading.Event(), threading.Event()
    asked: list[int] = []

    def renewed(*_: object) -> tuple[str, float]:
        asked.append(1)
        if len(asked) == 1:
            begun.set()
            assert broken.wait(PATIENCE * 5)
            raise DriveError("cut", cause=Cause.TRANSIENT, scope=Scope.NETWORK)
        return "token-2", 3600

    monkeypatch.setattr(access, "renewed", renewed)
    token = Token(lambda: KEPT)
    waiting = [asyncio.create_task(token.bearer()) for _ in range(40)]  # more than there are threads
    assert await asyncio.to_thread(begun.wait, PATIENCE * 5)
    token.cut()
    late = asyncio.create_task(token.bearer())
    broken.set()
    assert set(await asyncio.gather(*waiting, late)) == {"token-2"}
    assert len(asked) == 2


async def test_a_fetch_that_failed_is_told_to_all_who_waited_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    google = Google(monkeypatch, delay=0.2)
    google.error = DriveError("slow", cause=Cause.TRANSIENT, scope=Scope.NETWORK)
    token = Token(lambda: KEPT)
    found = await asyncio.gather(*(token.bearer() for _ in range(5)), return_exceptions=True)
    assert found == [google.error] * 5


def test_without_a_sign_in_it_asks_for_one() -> None:
    with pytest.raises(DriveError) as caught:
        Token(lambda: None).access_token()
    assert caught.value.scope is Scope.AUTH
    assert caught.value.title == "Sign in to Google"


def test_reload_tells_another_sign_in_from_the_refused_one() -> None:
    kept = [KEPT]
    token = Token(lambda: kept[0])
    assert token.reload()
    token.refused()
    assert not token.reload()
    kept[0] = Credentials("new", "client", "s", KEPT.token_uri)
    assert token.reload()


def test_secrets_are_in_no_text() -> None:
    assert "'r'" not in repr(KEPT)
    assert "'s'" not in repr(KEPT)


def test_google_has_no_open_sign_in_and_an_emulator_has() -> None:
    assert open_credentials(Endpoint("")) is None
    opened = open_credentials(Endpoint("http://127.0.0.1:7/"))
    assert opened is not None
    assert opened.token_uri == "http://127.0.0.1:7/token"


# ---- with a server


def emulated(emulator: Emulator) -> Token:
    endpoint = Endpoint(emulator.url)
    return Token(lambda: open_credentials(endpoint))


def test_the_emulator_gives_a_token_by_itself(emulator: Emulator) -> None:
    assert emulated(emulator).access_token().startswith("ya29.")


def test_a_revoked_sign_in_says_so(emulator: Emulator) -> None:
    emulator.expire("refresh_tokens")
    with pytest.raises(DriveError) as caught:
        emulated(emulator).access_token()
    assert (caught.value.scope, caught.value.reason) == (Scope.AUTH, "invalid_grant")


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        ({"status": 503, "reason": "html"}, "Google Drive is slow, retrying"),
        ({"status": 500}, "Google Drive is slow, retrying"),
        ({"status": 429}, "Google asked us to slow down"),
        ({"status": 403, "body": '{"error": "rate_limit_exceeded"}'}, "Google asked us to slow down"),
        ({"status": 403, "body": ""}, "Google Drive is slow, retrying"),
        ({"status": 401, "body": "{}"}, "Google Drive is slow, retrying"),
        ({"status": 403, "reason": "html"}, "The Wi-Fi wants you to sign in"),
        ({"drop": True}, "The connection to Google Drive broke off"),
        ({"status": 200, "body": "<html>Hotel</html>"}, "The Wi-Fi wants you to sign in"),
        ({"status": 302, "headers": {"Location": "http://hotel.example/"}}, "The Wi-Fi wants you to sign in"),
        ({"status": 200, "body": '{"access_token": null}'}, "Google Drive is slow, retrying"),
        ({"status": 200, "body": '{"access_token": "a\\nb"}'}, "Google Drive is slow, retrying"),
        ({"status": 200, "body": '{"access_token": "ä"}'}, "Google Drive is slow, retrying"),
        ({"status": 200, "body": '{"access_token": "a", "expires_in": "soon"}'}, "Google Drive is slow, retrying"),
        ({"status": 200, "body": '{"access_token": "a", "expires_in": 1e300}'}, "Google Drive is slow, retrying"),
        ({"status": 200, "body": '{"access_token": "a", "expires_in": []}'}, "Google Drive is slow, retrying"),
    ],
)
def test_the_token_endpoints_troubles_are_told_at_once_and_not_repeated(
    emulator: Emulator, fault: dict[str, object], title: str
) -> None:
    emulator.faults({"method": "oauth.token", "times": 9, **fault})
    emulator.forget_requests()
    began = time.monotonic()
    with pytest.raises(DriveError) as caught:
        emulated(emulator).access_token()
    assert caught.value.title == title
    assert time.monotonic() - began < 5
    assert emulator.requests()["methods"].get("oauth.token", 1) == 1


def test_locks_are_free_after_an_error(emulator: Emulator) -> None:
    token = emulated(emulator)
    emulator.faults({"method": "oauth.token", "status": 503})
    with pytest.raises(DriveError):
        token.access_token()
    done = threading.Thread(target=token.access_token)
    done.start()
    done.join(5)
    assert not done.is_alive()
