"""Whatever is sent to the API, drawn from its own description: answered as described, never by a fault of ours.

By both doors, with what fits the description and what does not. At the end the agent is as it was: the same process,
its workers within their limits, nothing beside its folders, all photos where they belong.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode

from tests.conftest import sign_in_alone
from tests.emulator.drive import Emulator
from tests.hostile.house import Door, open_house
from tests.venue.house import wait_for

EXAMPLES = int(os.environ.get("VENUESYNC_EXAMPLES", "1"))  # of each operation, in each way
WAYS = [
    ("socket", GenerationMode.POSITIVE),
    ("tcp", GenerationMode.NEGATIVE),
    ("tcp", GenerationMode.POSITIVE),
    ("socket", GenerationMode.NEGATIVE),
]
NEVER_ENDS = "/stream"
ENDS_IT = {"/commands/stop"}
PHOTOS = 2
TAKEN_AWAY = {"/commands/photos-withdraw", "/commands/photos-move"}  # of photos that are there: a person's own doing


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = Path(tmp_path_factory.mktemp("h"))
    (folder / "home").mkdir()
    with (
        sign_in_alone(),
        Emulator.start() as emulator,
        open_house(folder, emulator, PHOTOS, HOME=str(folder / "home")) as door,
    ):
        yield door


@pytest.mark.parametrize(("way", "mode"), WAYS if EXAMPLES > 1 else WAYS[:2])
def test_every_operation_answers_as_it_is_described(door: Door, way: str, mode: GenerationMode) -> None:
    described: Any = schemathesis.openapi.from_dict(door.over("socket").get("/openapi.json").json())
    wrong: list[str] = []
    asked = 0
    with door.over(way) as api:
        for found in described.get_all_operations():
            operation = found.ok()
            if operation.path == NEVER_ENDS or operation.path in ENDS_IT:
                continue
            asked += 1
            wrong += wrong_answers(api, operation, mode)
    assert asked > 80
    assert not wrong, "\n".join(wrong)


def wrong_answers(api: httpx.Client, operation: Any, mode: GenerationMode) -> list[str]:
    """In words, each with what was asked."""
    wrong: list[str] = []

    @hypothesis.seed(int(os.environ.get("VENUESYNC_SEED", "1")))
    @hypothesis.settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if takes_photos_away(case):
            return
        sent = requests.Request(**case.as_transport_kwargs(base_url=str(api.base_url))).prepare()
        headers = {name: value for name, value in sent.headers.items() if name.lower() != "authorization"}
        try:
            answer = api.request(str(sent.method), str(sent.url), headers=headers, content=sent.body)
        except httpx.LocalProtocolError:  # no request at all, by HTTP's own rules
            return
        fault = wrong_answer(case, answer)
        if fault is not None:
            wrong.append(
                f"{sent.method} {sent.url} {sent.body!r:.300}: {answer.status_code} {fault} {answer.text:.300}"
            )

    with suppress(hypothesis.errors.Unsatisfiable):  # nothing about it can be wrong
        ask()
    return wrong


def takes_photos_away(case: Any) -> bool:
    if case.path not in TAKEN_AWAY or not isinstance(case.body, dict):
        return False
    ids = case.body.get("ids", ())
    return isinstance(ids, list) and any(number in range(1, PHOTOS + 1) for number in ids)  # 1.0 is one of them, too


def wrong_answer(case: Any, answer: httpx.Response) -> str | None:
    from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

    if answer.status_code >= 500:
        return "is a fault of ours"
    try:
        case.validate_response(answer, checks=[status_code_conformance, response_schema_conformance])
    except (AssertionError, BaseExceptionGroup) as breach:
        return " ".join(str(breach).split())[:300]
    return None


def test_at_the_end_all_is_as_it_was(door: Door) -> None:
    house = door.house
    assert house.agent is not None and house.agent.poll() is None
    assert "Traceback" not in door.log
    assert {path.name for path in house.root.parent.iterdir()} <= {
        "venue",
        "run",
        "home",
        *(f"{n}.jpg" for n in range(9)),
    }
    assert [path.name for path in (house.root.parent / "home").rglob("*")] == []
    with door.over("socket") as api:
        api.post("/commands/resume", json={})
        api.post("/commands/resume", json={"what": "all"})
    wait_for(lambda: house.json("status")["uploads"]["verified"] >= PHOTOS, 30, "all are sent")
    house.assert_invariants()
