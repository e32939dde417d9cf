"""What can go wrong with a request, and what makes the agent send each kind of request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.venue.trouble import TRANSIENT

Rule = dict[str, Any]

# Every endpoint that an agent asks, and the deed (of `tests.faults.evening`) that makes it ask.
ENDPOINTS = {
    "files.create": "card",
    "files.copy": "card",
    "files.get_media": "source",
    "files.generateIds": "without_ids",
    "files.get": "resync",
    "files.list": "resync",
    "files.update": "withdraw",
    "changes.list": "sync",
    "changes.getStartPageToken": "without_page_tokens",
    "changes.watch": "without_channels",
    "channels.stop": "source_off_and_on",
    "permissions.create": "link",
    "permissions.delete": "unlink",
    "permissions.list": "keep_out",
    "batch": "enroll",
    "about.get": "ask_drive",
    "oauth.token": "without_token",
}
BEYOND: list[Rule] = [
    {"status": 200, "body": "<!DOCTYPE html><title>Hotel</title>"},
    {"status": 302, "headers": {"Location": "http://hotel.example/login"}},
    {"reason": "notFound"},
    {"reason": "badRequest"},
    {"reason": "insufficientFilePermissions"},
    {"reason": "sharingRateLimitExceeded"},
    {"reason": "dailyLimitExceeded"},
    {"reason": "storageQuotaExceeded"},
    {"status": 200, "body": "{}"},
    {"status": 200, "body": "[]"},
    {"delay_ms": 40_000},
]
OF_UPLOADS: list[Rule] = [
    {"reason": "fileIdInUse"},
    {"status": 400, "reason": "invalid", "message": "The provided file ID is not usable."},
    {"wrong_md5": True},
    {"corrupt": True, "after_bytes": 9_000},
]
OF_DOWNLOADS: list[Rule] = [{"corrupt": True, "after_bytes": 9_000}]
OF_LISTS: list[Rule] = [{"empty_page": True}, {"page_size": 1}]
OF_TOKENS: list[Rule] = [
    {"status": 403, "body": '{"error": "rate_limit_exceeded"}'},
    {"status": 403, "body": ""},
    {"status": 401, "body": "{}"},
]
OWN = {
    "files.create": OF_UPLOADS,
    "files.copy": OF_UPLOADS[:2],
    "files.get_media": OF_DOWNLOADS,
    "files.list": OF_LISTS,
    "changes.list": OF_LISTS,
    "oauth.token": OF_TOKENS,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One way of failing at one endpoint, twice in a row."""

    method: str
    rule: Rule

    @property
    def deed(self) -> str:
        return ENDPOINTS[self.method]

    @property
    def words(self) -> str:
        return f"{self.method} {' '.join(f'{key}={value}' for key, value in self.rule.items())}"[:90]


def every_case() -> list[Case]:
    return [Case(method, rule) for method in ENDPOINTS for rule in [*TRANSIENT, *BEYOND, *OWN.get(method, [])]]
