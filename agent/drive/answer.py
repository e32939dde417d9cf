"""An HTTP answer as plain values, and what it says about itself when it is a refusal.

Two HTTP libraries are at work here (Google's for metadata, httpx for bytes); errors are told apart once, from this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, cast

from agent import clock

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PORTAL = 511  # RFC 6585: the network wants a sign-in
DETAIL_LENGTH = 300  # characters of somebody else's text that we repeat


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (lower case) and whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_html(self) -> bool:
        """Whether this is a page for people, whatever its headers say."""
        start = self.body[:200].lstrip().lower()
        return start.startswith((b"<!doctype", b"<html")) or "text/html" in self.headers.get("content-type", "").lower()

    @property
    def is_portal(self) -> bool:
        """Whether somebody between us and Google answered: a page or a redirect where JSON or bytes are due.

        Drive's own 4xx and 5xx may come as HTML; a good answer of the API never does, and it never redirects.
        """
        if self.status == PORTAL or self.status in REDIRECTS:
            return True
        return 200 <= self.status < 300 and bool(self.body) and self.is_html

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks us to wait (RFC 9110 10.2.3: seconds or a date)."""
        value = self.headers.get("retry-after", "").strip()
        if not value:
            return None
        try:
            return max(0.0, float(value))
        except ValueError:
            pass
        try:
            return max(0.0, parsedate_to_datetime(value).timestamp() - clock.wall())
        except ValueError:
            return None

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty for anything else."""
        try:
            found: Any = json.loads(self.body)
        except ValueError:
            return {}
        return cast(dict[str, Any], found) if isinstance(found, dict) else {}

    def refusal(self) -> Refusal:
        """Drive's own words for what it refuses; empty ones where it gave none (HTML, an empty body)."""
        error: Any = self.json().get("error")
        if isinstance(error, str):  # the token endpoint's form (RFC 6749 5.2)
            return Refusal(error, str(self.json().get("error_description") or error)[:DETAIL_LENGTH], "")
        if not isinstance(error, dict):
            return Refusal("", "", "")
        body = cast(dict[str, Any], error)
        listed: Any = body.get("errors")
        first = cast(dict[str, Any], listed[0]) if isinstance(listed, list) and listed else {}
        reason = str(first.get("reason") or body.get("status") or "")
        return Refusal(reason, str(body.get("message") or "")[:DETAIL_LENGTH], str(first.get("location") or ""))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Drive's machine word, its sentence, and the parameter it is about."""

    reason: str
    message: str
    location: str
