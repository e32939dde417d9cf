"""What a guest's own phone keeps between two looks: the encoding of their face, sealed. Nothing of it is kept here.

It is a cookie that only this workspace can open, and only for so long; whoever has it sees that face's photos.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken

from agent.faces import np
from agent.faces.results import Encoding
from agent.model import PersonId

NUMBERS = 128  # of an encoding


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """`look`: (128,) float32. `mine`: the person that was enrolled with it, on this page."""

    look: Encoding = field(repr=False)
    mine: PersonId | None = None


class Seal:
    """`secret` is the workspace's; `seconds`: how long a ticket is good."""

    def __init__(self, secret: str, seconds: int) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"guests {secret}".encode()).digest()))
        self.seconds = seconds

    def close(self, ticket: Ticket) -> str:
        look = base64.b64encode(np.asarray(ticket.look, dtype="<f4").tobytes()).decode()
        return self._fernet.encrypt(json.dumps({"look": look, "mine": ticket.mine}).encode()).decode()

    def open(self, text: str) -> Ticket | None:
        """`None` for what is none of ours, or too old."""
        try:
            held = cast(dict[str, Any], json.loads(self._fernet.decrypt(text.encode(), ttl=self.seconds)))
            look = np.frombuffer(base64.b64decode(held["look"]), dtype="<f4").astype(np.float32)
        except (InvalidToken, ValueError, LookupError, TypeError):
            return None
        mine = PersonId(str(held["mine"])) if held["mine"] else None
        return Ticket(look, mine) if look.shape == (NUMBERS,) else None
