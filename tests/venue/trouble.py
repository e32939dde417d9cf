"""Ways in which Drive fails and that pass by themselves: the mix that benches and soaks run under."""

from __future__ import annotations

from typing import Any

# Every transient row of the failure table: before the work, after it, in the middle of it, and no word at all.
TRANSIENT: list[dict[str, Any]] = [
    {"status": 500, "reason": "internalError"},
    {"status": 502, "reason": "html"},
    {"status": 503, "reason": "backendError"},
    {"status": 503, "reason": "empty"},
    {"status": 503, "reason": "backendError", "after_commit": True},
    {"status": 504, "reason": "backendError"},
    {"status": 429, "reason": "rateLimitExceeded", "retry_after": 0.2},
    {"status": 403, "reason": "userRateLimitExceeded"},
    {"status": 408, "reason": "empty"},
    {"drop": True},
    {"drop": True, "after_commit": True},
    {"drop": True, "after_bytes": 5_000},
    {"stall_ms": 300, "after_bytes": 5_000},
    {"delay_ms": 400},
    {"truncate_to": 30},
    {"status": 401, "reason": "authError"},
]


def share(rules: list[dict[str, Any]], part: float, seed: int, method: str = "*") -> list[dict[str, Any]]:
    """The rules, so that `part` of all requests is struck, each rule as often as any other.

    A request is struck by the first rule that fits, so the later ones have to be likelier.
    """
    each, left, made = part / len(rules), 1.0, list[dict[str, Any]]()
    for number, rule in enumerate(rules):
        made.append({"method": method, "times": None, "probability": each / left, "seed": seed + number, **rule})
        left -= each
    return made
