"""What is said of the line, and of where messages go: neither is among what can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from tests.crash.deed import Deed, Party
from tests.crash.stores import Roster

NOWHERE = "json://127.0.0.1:9/{}"  # nobody listens there
METERED = {"on": True, "off": False, "auto": None}


def metered(party: Party) -> Deed:
    now = Roster.read(party.root).metered
    to = party.dice.choice([word for word, said in METERED.items() if said is not now])
    return Deed("metered", ["metered", to], "metered", {"to": to}, lambda _, after: after.metered is METERED[to])


def add_address(party: Party) -> Deed:
    address = NOWHERE.format(party.name("to").replace(" ", "-"))
    number = max(party.addresses, default=0) + 1

    def then(_: Roster, __: Roster) -> None:
        party.addresses[number] = address

    words, body = ["notify", "add", address], {"address": address}
    return Deed("notify add", words, "notify-add", body, sealed_anew(party.root), then=then)


def remove_address(party: Party) -> Deed | None:
    if not party.addresses:
        return None
    number = party.dice.choice([*party.addresses])

    def then(_: Roster, __: Roster) -> None:
        del party.addresses[number]

    words, body = ["notify", "remove", str(number)], {"number": number}
    return Deed("notify remove", words, "notify-remove", body, sealed_anew(party.root), then=then)


def sealed_anew(root: Path) -> Callable[[Roster, Roster], bool]:
    """Whether the sealed addresses are others than when this was asked for: nobody but the agent can open them."""
    before = _seal(root)
    return lambda _before, _after: _seal(root) != before


def _seal(root: Path) -> str:
    found = [path for path in (root / ".venuesync").rglob("notify.sealed") if path.is_file()]
    return sha256(found[0].read_bytes()).hexdigest() if found else ""
