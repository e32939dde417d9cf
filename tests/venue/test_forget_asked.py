"""What was said yes to is what is forgotten, and nothing is said to be that is not: somebody else may be quick."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from agent.requests.ask import Request
from agent.requests.people import ForgetPerson
from tests.venue.house import House
from tests.venue.test_people_commands import drop, of, ok, people_on_disk
from tui.cli.commands import ask


def between(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> None:
    """Somebody else is that quick: between what is weighed and the forgetting."""

    def asked(request: Request[Any]) -> Any:
        if isinstance(request, ForgetPerson):
            meanwhile()
        return ask(request)

    monkeypatch.setattr("tui.cli.people.ask", asked)


@pytest.mark.slow
def test_who_is_one_with_somebody_else_by_now_is_not_said_to_be_forgotten(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that was known of them is known still, by the other name: "They are forgotten already", it was said."""
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]))
    ok(house, "enroll", "Mia Berg", str(of("mia_lindqvist")[1]))
    between(monkeypatch, lambda: ok(house, "people", "merge", "Mia", "INTO", "Mia Berg"))
    told = house.run("people", "forget", "Mia", "--yes")
    assert (told.returncode, "forgotten" in told.stderr, "Mia is Mia Berg" in told.stderr) == (2, False, True)
    assert [one["name"] for one in house.json("people")] == ["Mia Berg"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_guest_who_is_named_while_it_is_asked_whether_to_forget_them_is_not_forgotten(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Yes was said of a guest without a name: all that was held of whoever had just been named went, for good."""
    drop(house, *of("mia_lindqvist"))
    assert house.until_done().returncode == 0
    assert people_on_disk(house) == {"Guest 01": 3}

    class Typing:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            ok(house, "people", "rename", "Guest 01", "Mia")
            return "yes\n"

    monkeypatch.setattr("tui.cli.people.sys", SimpleNamespace(stdin=Typing()))
    told = house.run("people", "forget", "Guest 01")
    assert (told.returncode, "Guest 01 is Mia" in told.stderr) == (2, True), told
    assert [(one["name"], one["solo"]) for one in house.json("people")] == [("Mia", 3)]
