"""Faults: what is to go wrong, with which requests, how often.

A rule is spent in the order given; it can refuse before or after the work, slow down, cut, truncate, damage, or let an
upload keep less than was sent.
"""

import random
from fnmatch import fnmatchcase
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agent.emulator.errors import refusal
from agent.emulator.wire.answer import HTML, JSON, Answer
from agent.emulator.wire.request import Interruption, Request

_HTML = "<!DOCTYPE html><html><title>Error {status}</title><body><h1>{status}. That's an error.</h1></body></html>"


EFFECTS = (
    *("status", "reason", "body", "drop", "delay_ms", "stall_ms", "truncate_to", "corrupt", "wrong_md5"),
    *("persist_chunks", "empty_page", "page_size"),
)


class Fault(BaseModel):
    """One rule. `docs/drive-emulator.md` lists every key with the test that shows it."""

    model_config = ConfigDict(extra="forbid")

    method: str = "*"  # as counted in /_emulator/requests; * and ? are wildcards
    status: int | None = Field(default=None, ge=200, le=599)
    reason: str | None = None  # of the catalogue, `html`, `empty`, or any other word
    message: str | None = None
    times: int | None = Field(default=1, ge=1)  # None: until cleared
    probability: float = Field(default=1.0, gt=0, le=1)  # of each matching request
    seed: int | None = None
    skip: int = Field(default=0, ge=0)  # matching requests that pass first
    file_id: str | None = None  # only requests about this file
    account: str | None = None  # only requests of this account, by its address
    after_commit: bool = False  # the work is done, and then it fails
    delay_ms: float = Field(default=0, ge=0)  # before the answer, after the work
    drop: bool = False  # the connection is closed without an answer
    retry_after: float | None = Field(default=None, ge=0)  # seconds, as header
    headers: dict[str, str] = {}
    body: str | None = None  # instead of Drive's own
    after_bytes: int | None = Field(default=None, ge=0)  # of the request's body, where it has one, else of the answer's
    stall_ms: float = Field(default=0, ge=0)  # after `after_bytes`, in mid-transfer
    truncate_to: int | None = Field(default=None, ge=0)  # bytes of the answer's body that get through; then closed
    corrupt: bool = False  # one byte of what is stored, or of what is downloaded, is flipped
    wrong_md5: bool = False  # the answer's md5Checksum is not that of the bytes
    persist_chunks: int | None = Field(default=None, ge=0)  # resumable: keeps so many × 256 KiB of this request's bytes
    empty_page: bool = False  # changes.list, files.list: nothing, and a next token
    page_size: int | None = Field(default=None, ge=1)  # changes.list, files.list: shorter pages than asked for

    @model_validator(mode="after")
    def _does_something(self) -> "Fault":
        does = self.refuses or self.drop or self.delay_ms or self.stall_ms or self.corrupt or self.wrong_md5
        if (
            does
            or self.empty_page
            or any(one is not None for one in (self.truncate_to, self.persist_chunks, self.page_size))
        ):
            return self
        given = self.model_dump(exclude_unset=True)
        raise ValueError(f"this rule would do nothing: {given}; say what goes wrong by one of {', '.join(EFFECTS)}")

    @property
    def refuses(self) -> bool:
        """Whether there is an answer of its own (or none at all) instead of the real one."""
        return self.without_answer or any(part is not None for part in (self.status, self.reason, self.body))

    @property
    def without_answer(self) -> bool:
        """Whether the connection closes with no answer at all, whatever status is named beside it."""
        return self.drop and self.after_bytes is None

    def interruption(self, request: Request) -> Interruption | None:
        """What this does to a request's body on its way in."""
        if not _has_body(request) or self._turning_point is None:
            return None
        return Interruption(self._turning_point, self.stall_ms / 1000, self.drop and self.after_bytes is not None)

    @property
    def _turning_point(self) -> int | None:
        """After how many bytes of a transfer something happens to it."""
        return 0 if self.after_bytes is None and self.stall_ms else self.after_bytes

    def damaged(self, piece: bytes, before: int) -> bytes:
        """A piece of an upload's content, `before` bytes from its start, with one byte flipped where that is due."""
        at = (self.after_bytes or 0) - before
        if not self.corrupt or not 0 <= at < len(piece):
            return piece
        return piece[:at] + bytes([piece[at] ^ 0xFF]) + piece[at + 1 :]

    def answer(self) -> Answer:
        """The refusal itself."""
        headers = tuple(self.headers.items())
        if self.retry_after is not None:
            headers += (("Retry-After", f"{self.retry_after:g}"),)
        if self.body is not None:
            kind = HTML if self.body.lstrip().startswith("<") else JSON
            return Answer(self.status or 200, self.body.encode(), kind, headers)
        if self.reason in {"html", "empty"}:
            status = self.status or 502
            text = _HTML.format(status=status) if self.reason == "html" else ""
            return Answer(status, text.encode(), HTML, headers)
        if self.reason is None and self.status is not None and self.status < 400:
            return Answer(self.status, b"", HTML, headers)
        error = refusal(self.reason or _USUAL.get(self.status or 500, "backendError"), self.message, status=self.status)
        return Answer(error.status, error.body(), JSON, headers + error.headers)

    def bend(self, request: Request, answer: Answer) -> Answer:
        """The real answer, made worse."""
        if self.wrong_md5 and answer.content_type == JSON and isinstance(answer.body, bytes):
            answer.body = _lie(answer.body)
        if self.truncate_to is not None:
            answer.cut_after = self.truncate_to
        if not _has_body(request):
            answer.stall, answer.stall_after = self.stall_ms / 1000, self._turning_point
            answer.corrupt_at = (self.after_bytes or 0) if self.corrupt else None
            answer.cut_after = self.after_bytes if self.drop else answer.cut_after
        return answer


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


_USUAL = {
    400: "badRequest",
    401: "authError",
    403: "rateLimitExceeded",
    404: "notFound",
    409: "fileIdInUse",
    429: "rateLimitExceeded",
    500: "internalError",
}


def _lie(body: bytes) -> bytes:
    """The same answer with the last digit of its MD5 changed."""
    key = b'"md5Checksum":"'
    at = body.find(key)
    if at < 0:
        return body
    digit = at + len(key) + 31
    return body[:digit] + (b"0" if body[digit : digit + 1] != b"0" else b"1") + body[digit + 1 :]


class Faults:
    """The rules in force. Each matching request spends at most one."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []

    def add(self, rules: list[Fault]) -> None:
        self._rules += [_Rule(rule) for rule in rules]

    def clear(self) -> None:
        self._rules.clear()

    def describe(self) -> list[dict[str, Any]]:
        return [rule.fault.model_dump(exclude_defaults=True) | {"left": rule.left} for rule in self._rules]

    @property
    def asks_who(self) -> bool:
        """Whether a rule is about one account."""
        return any(rule.fault.account is not None for rule in self._rules)

    def take(self, method: str, file_id: str | None, account: str | None = None) -> Fault | None:
        for rule in self._rules:
            if rule.strikes(method, file_id, account):
                if rule.left == 0:
                    self._rules.remove(rule)
                return rule.fault
        return None


class _Rule:
    """A fault with what is left of it."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.left = fault.times
        self._skip = fault.skip
        self._random = random.Random(fault.seed)

    def strikes(self, method: str, file_id: str | None, account: str | None) -> bool:
        fault = self.fault
        if fault.account is not None and fault.account != account:
            return False
        if not fnmatchcase(method, fault.method) or (fault.file_id is not None and fault.file_id != file_id):
            return False
        if self._skip:
            self._skip -= 1
            return False
        if fault.probability < 1 and self._random.random() >= fault.probability:
            return False
        if self.left is not None:
            self.left -= 1
        return True
