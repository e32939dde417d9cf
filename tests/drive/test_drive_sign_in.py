"""Signing in on a machine without a browser, by the emulator's own consent page; kept encrypted; ended on request."""

import asyncio
import socket
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from agent.drive.client import DriveClient
from agent.drive.endpoint import Endpoint
from agent.drive.errors import DriveError
from agent.drive.http import Http
from agent.drive.limiter import Limiter
from agent.drive.reasons import Scope
from agent.drive.sign_in.kept import SignIn
from agent.drive.sign_in.login import Level, LoginFailed
from agent.drive.sign_in.token import Token
from agent.drive.sign_in.vault import Unreadable
from agent.errors import UsageError, VenueError
from tests.drive.signing import CLIENT, consent, signed_in
from tests.emulator.drive import Emulator
from tui.cli.sign_in import answer


async def test_the_address_asks_for_what_the_level_needs_with_pkce_and_state(sign_in: SignIn) -> None:
    attempt = await sign_in.begin(Level.FULL, CLIENT, hint="ana@example.com")
    asked = {key: values[0] for key, values in parse_qs(urlsplit(attempt.url).query).items()}
    assert asked["access_type"] == "offline"
    assert asked["prompt"] == "consent"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://127.0.0.1:8765/"
    assert asked["state"] == attempt.state
    assert len(attempt.state) >= 43  # 256 bits
    assert asked["login_hint"] == "ana@example.com"
    drive = "https://www.googleapis.com/auth/drive"
    assert set(asked["scope"].split()) == {"openid", "email", "profile", f"{drive}.file", f"{drive}.readonly"}
    other = await sign_in.begin(Level.FULL, CLIENT)
    assert other.state != attempt.state
    assert other.verifier() != attempt.verifier()


@pytest.mark.parametrize("form", ["address", "query", "code", "quoted"])
async def test_a_pasted_answer_signs_in(sign_in: SignIn, browser: httpx.Client, form: str) -> None:
    attempt = await sign_in.begin(Level.UPLOAD, CLIENT)
    address = consent(browser, attempt, emulator_account="ana@example.com")
    query = urlsplit(address).query
    pasted = {"address": address, "query": f"?{query}", "code": parse_qs(query)["code"][0], "quoted": f' "{address}"\n'}
    account = await sign_in.finish(attempt, pasted[form])
    assert account.name == "ana@example.com"
    assert account.level is Level.UPLOAD
    assert account.client_id == "venue-app"
    assert sign_in.account == account


async def test_the_sign_in_reaches_drive(sign_in: SignIn, browser: httpx.Client, emulator: Emulator) -> None:
    await signed_in(sign_in, browser, Level.UPLOAD, emulator_account="ana@example.com")
    http = Http(Endpoint(emulator.url), Token(sign_in.load))
    client = DriveClient(http, Limiter())
    assert (await client.about()).account == "ana@example.com"
    (id,) = await client.generate_ids(1)
    await client.create_folder(id, "mine", None)
    await http.close()


async def test_the_listener_waits_for_the_right_answer(sign_in: SignIn, browser: httpx.Client, port: int) -> None:
    attempt = await sign_in.begin(Level.UPLOAD, CLIENT, port=port)
    listening = asyncio.create_task(sign_in.listen(attempt, port, timeout=10))
    await asyncio.sleep(0.1)
    address = consent(browser, attempt)
    async with httpx.AsyncClient(trust_env=False, timeout=60) as visitor:
        root = f"http://127.0.0.1:{port}/"
        assert (await visitor.get(f"{root}favicon.ico")).status_code == 404
        assert (await visitor.get(root)).status_code == 404
        assert (await visitor.post(f"{root}?code=x&state={attempt.state}")).status_code == 405
        assert (await visitor.get(f"{root}?code=evil&state=wrong")).status_code == 400
        assert (await visitor.get(f"{root}?code=evil")).status_code == 400
        assert (await visitor.get(f"{root}?error=access_denied&state=wrong")).status_code == 400
        assert not listening.done()
        good = await visitor.get(address)
        assert good.status_code == 200
        assert "Google has answered" in good.text and "Signed in" not in good.text  # it may be refused still
        assert attempt.state not in good.text
        assert good.headers["referrer-policy"] == "no-referrer"
    account = await sign_in.finish(attempt, await listening)
    assert account.level is Level.UPLOAD


async def test_the_address_is_told_once_somebody_listens(sign_in: SignIn, browser: httpx.Client, port: int) -> None:
    """A browser that was opened at once was refused."""
    attempt = await sign_in.begin(Level.UPLOAD, CLIENT, port=port)
    reached = list[bool]()

    def tell(_: str) -> None:
        with socket.socket() as visitor:
            reached.append(visitor.connect_ex(("127.0.0.1", port)) == 0)

    answering = asyncio.create_task(answer(sign_in, attempt, port, tell))
    while not reached:
        await asyncio.sleep(0.01)
    assert all(reached)
    address = consent(browser, attempt)
    await asyncio.to_thread(httpx.get, address, trust_env=False)
    assert (await answering).level is Level.UPLOAD


async def test_a_port_scan_does_not_end_the_listener(sign_in: SignIn, port: int) -> None:
    attempt = await sign_in.begin(Level.UPLOAD, CLIENT, port=port)
    listening = asyncio.create_task(sign_in.listen(attempt, port, timeout=10))
    await asyncio.sleep(0.1)
    for noise in (b"", b"\x16\x03\x01\x02", b"GET\r\n\r\n", b"x" * 40_000):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(noise)
        await writer.drain()
        writer.close()
    await asyncio.sleep(0.05)
    assert not listening.done()
    listening.cancel()


async def test_the_listener_gives_up_in_time_and_names_a_taken_port(sign_in: SignIn, port: int) -> None:
    attempt = await sign_in.begin(Level.UPLOAD, CLIENT, port=port)
    first = asyncio.create_task(sign_in.listen(attempt, port, timeout=0.3))
    await asyncio.sleep(0.1)
    with pytest.raises(UsageError) as caught:
        await sign_in.listen(attempt, port, timeout=1)
    assert str(port) in str(caught.value)
    with pytest.raises(LoginFailed):
        await first


async def test_a_person_who_says_no_ends_the_listener(sign_in: SignIn, browser: httpx.Client, port: int) -> None:
    attempt = await sign_in.begin(Level.UPLOAD, CLIENT, port=port)
    listening = asyncio.create_task(sign_in.listen(attempt, port, timeout=10))
    await asyncio.sleep(0.1)
    address = consent(browser, attempt, emulator_confirm="0")
    async with httpx.AsyncClient(trust_env=False, timeout=60) as visitor:
        await visitor.get(address)
    with pytest.raises(LoginFailed) as caught:
        await listening
    assert caught.value.title == "Google was told no"


async def test_an_answer_to_another_attempt_is_refused_and_this_one_stays_open(
    sign_in: SignIn, browser: httpx.Client
) -> None:
    attempt, other = await sign_in.begin(Level.UPLOAD, CLIENT), await sign_in.begin(Level.UPLOAD, CLIENT)
    with pytest.raises(LoginFailed) as caught:
        await sign_in.finish(attempt, consent(browser, other))
    assert "another sign-in" in caught.value.title
    assert sign_in.account is None
    await sign_in.finish(attempt, consent(browser, attempt))


async def test_what_google_does_not_take_leaves_the_attempt_open(sign_in: SignIn, browser: httpx.Client) -> None:
    """A wrong word pasted used it up: the right answer was told to have been used already."""
    attempt = await sign_in.begin(Level.UPLOAD, CLIENT)
    with pytest.raises(DriveError):
        await sign_in.finish(attempt, "hello")
    assert attempt.is_open
    await sign_in.finish(attempt, consent(browser, attempt))
    assert not attempt.is_open


async def test_an_answer_is_good_once(sign_in: SignIn, browser: httpx.Client) -> None:
    attempt = await sign_in.begin(Level.UPLOAD, CLIENT)
    address = consent(browser, attempt)
    await sign_in.finish(attempt, address)
    with pytest.raises(LoginFailed):
        await sign_in.finish(attempt, address)


async def test_a_code_of_another_attempt_is_useless_without_its_verifier(
    sign_in: SignIn, browser: httpx.Client
) -> None:
    attempt, other = await sign_in.begin(Level.UPLOAD, CLIENT), await sign_in.begin(Level.UPLOAD, CLIENT)
    code = parse_qs(urlsplit(consent(browser, other)).query)["code"][0]
    with pytest.raises(DriveError) as caught:
        await sign_in.finish(attempt, code)
    assert caught.value.scope is Scope.AUTH


async def test_an_unticked_box_is_noticed_and_nothing_is_kept(sign_in: SignIn, browser: httpx.Client) -> None:
    attempt = await sign_in.begin(Level.FULL, CLIENT)
    address = consent(browser, attempt, emulator_scopes="openid email https://www.googleapis.com/auth/drive.file")
    with pytest.raises(DriveError) as caught:
        await sign_in.finish(attempt, address)
    assert caught.value.title == "Permission missing: tick Drive access"
    assert "drive.readonly" in caught.value.detail
    assert caught.value.exit_code == 4
    assert sign_in.account is None


async def test_identity_alone_opens_no_drive(sign_in: SignIn, browser: httpx.Client) -> None:
    await signed_in(sign_in, browser, Level.IDENTITY)
    assert sign_in.account is not None
    assert sign_in.load() is None


@pytest.fixture
def port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_errors_here_are_ours() -> None:
    assert issubclass(LoginFailed, VenueError)
    assert issubclass(Unreadable, VenueError)
    assert LoginFailed.exit_code == 4
