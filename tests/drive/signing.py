"""A person who signs in by the emulator's own consent page."""

import httpx

from agent.drive.sign_in.kept import SignIn
from agent.drive.sign_in.login import Level, LoginAttempt, OAuthClient

CLIENT = OAuthClient("venue-app", "s3cret")


def consent(browser: httpx.Client, attempt: LoginAttempt, **answer: str) -> str:
    """What a person's browser ends up with in its address bar."""
    page = browser.get(attempt.url)
    assert page.status_code == 200, page.text
    return browser.post(attempt.url, data={"emulator_confirm": "1", **answer}).headers["location"]


async def signed_in(sign_in: SignIn, browser: httpx.Client, level: Level = Level.FULL, **answer: str) -> LoginAttempt:
    attempt = await sign_in.begin(level, CLIENT)
    await sign_in.finish(attempt, consent(browser, attempt, **answer))
    return attempt
