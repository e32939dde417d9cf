"""What came in since the start: calls by method, bytes both ways, answers by status.

Tests count requests per photo with it; its own endpoints do not count.
"""

from collections import Counter
from typing import Any


class Counts:
    def __init__(self) -> None:
        self.methods: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.bytes_in = 0  # of request bodies
        self.bytes_out = 0  # of answers' bodies
        self.in_flight = 0
        self.most_in_flight = 0
        self.cut = 0  # connections closed by a fault or an outage instead of an answer

    def began(self, method: str) -> None:
        self.methods[method] += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def ended(self) -> None:
        self.in_flight -= 1

    def describe(self) -> dict[str, Any]:
        return {
            "methods": dict(sorted(self.methods.items())),
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "statuses": dict(sorted(self.statuses.items())),
            "most_in_flight": self.most_in_flight,
            "cut": self.cut,
        }

    def clear(self) -> None:
        running = self.in_flight
        self.__init__()
        self.in_flight = self.most_in_flight = running
