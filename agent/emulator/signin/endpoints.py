"""OAuth's addresses: which request goes where.

Google has had several addresses for the same thing, and clients use all of them.
"""

from collections.abc import Awaitable, Callable

from agent.emulator.parts import Parts
from agent.emulator.signin import consent, device, tokens
from agent.emulator.wire.answer import Answer
from agent.emulator.wire.request import Request

Handler = Callable[[Parts, Request], Awaitable[Answer]]

_AUTH = ("oauth.auth", consent.consent)
_TOKEN = ("oauth.token", tokens.token_endpoint)
_DEVICE = ("oauth.device", device.device_code)

ENDPOINTS: dict[str, tuple[str, Handler]] = {
    "/o/oauth2/auth": _AUTH,
    "/o/oauth2/v2/auth": _AUTH,
    "/token": _TOKEN,
    "/oauth2/v4/token": _TOKEN,
    "/o/oauth2/token": _TOKEN,
    "/revoke": ("oauth.revoke", tokens.revoke),
    "/o/oauth2/revoke": ("oauth.revoke", tokens.revoke),
    "/device/code": _DEVICE,
    "/o/oauth2/device/code": _DEVICE,
    "/device": ("oauth.device_page", device.device_page),
    "/tokeninfo": ("oauth.tokeninfo", tokens.token_info),
    "/oauth2/v3/tokeninfo": ("oauth.tokeninfo", tokens.token_info),
    "/oauth2/v3/userinfo": ("oauth.userinfo", tokens.user_info),
    "/v1/userinfo": ("oauth.userinfo", tokens.user_info),
    "/oauth2/v2/userinfo": ("oauth.userinfo", tokens.user_info),
}


def find_endpoint(request: Request) -> tuple[str, Handler] | None:
    return ENDPOINTS.get(request.path)
