"""Every verb and every question, asked of a real agent with a real store: over its socket, in its own process, typed at
a terminal with an agent and without one. Good arguments, wrong ones, what is not there: never a crash, never a 5xx."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.api.app import ControlApi
from agent.api.described import make_described
from agent.requests.people import EnrollPerson
from tests.conftest import sign_in_alone
from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.running import Running
from tests.venue.test_people_both_ends import of
from tests.venue.verb_table import APART, COMMANDS_APART, EVENING, Example, signing_in
from tui.cli.commands import command

FACT = re.compile(r"\$(\w+)")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ARRIVING = [*of("beatriz_alves"), *of("anna_berg"), *of("hassan_darwish")[1:]]
SPENT = {"stop"}  # after it nobody is there to be asked


FAILS_WITHIN = 60.0  # seconds: it may go on arriving for half of that


def photo(name: str) -> tuple[str, Callable[[Any], Any]]:
    return "/photos", lambda found: next(row["id"] for row in rows_of(found) if row["name"] == name)


def rows_of(found: Any) -> list[Any]:
    """Over HTTP a page, by the command its rows."""
    return found["rows"] if isinstance(found, dict) else found


def first(path: str, key: str) -> tuple[str, Callable[[Any], Any]]:
    return path, lambda rows: rows[0][key]


def called(path: str, name: str) -> tuple[str, Callable[[Any], Any]]:
    return path, lambda rows: next(row["id"] for row in rows if row["name"] == name)


FACTS: dict[str, tuple[str, Callable[[Any], Any]]] = {  # what to ask, and what of the answer it is
    "photo": photo("beatriz_alves_1.jpg"),
    "of_hassan": photo("hassan_darwish_2.jpg"),
    "broken": photo("broken.jpg"),
    "yuki": called("/people", "Yuki"),
    "face": first("/faces", "face_id"),
    "question": first("/review", "id"),
    "guest": called("/unknown", "Guest 01"),
    "trouble": (
        "/errors",
        lambda found: next(one["ids"][0] for one in found["open"] if one["subjects"] == ["broken.jpg"]),
    ),
    "aside": first("/errors/dismissed", "id"),
}


class Evening:
    """What the rows of the table stand on: a workspace where something of each kind has happened."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        card = folder / "card"
        card.mkdir()
        self.lying: dict[str, Any] = {
            "mia": str(of("mia_lindqvist")[0]),
            "hassan": str(of("hassan_darwish")[0]),
            "nobody": str(scene(folder / "nobody.jpg", 1)),
            "folder": str(card),
            "zip": str(folder / "person.zip"),
            "shared": Photographer(emulator).folder("Shared", share=True),
        }

    def prepare(self, incoming: Path) -> None:
        """Photos arrive; one of them is cut short, an hour ago."""
        for one in ARRIVING:
            (incoming / one.name).write_bytes(one.read_bytes())
        broken = incoming.parent / "broken.jpg"
        broken.write_bytes(of("priya_raman")[0].read_bytes()[:9000])
        os.utime(broken, (time.time() - 3600,) * 2)
        broken.rename(incoming / "broken.jpg")


def filled(value: Any, facts: Mapping[str, Any]) -> Any:
    """The same with every `$name` looked up; one that stands alone keeps its kind."""
    if isinstance(value, Mapping):
        return {key: filled(one, facts) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, facts) for one in value]
    if not isinstance(value, str):
        return value
    alone = FACT.fullmatch(value)
    return facts[alone[1]] if alone else FACT.sub(lambda found: str(facts[found[1]]), value)


def names_in(value: Any) -> set[str]:
    return set(FACT.findall(json.dumps(value)))


def is_ready(status: Mapping[str, Any]) -> bool:
    """All was looked at, the guest was found, near misses are asked about, and Drive has all that it gets.

    The broken photo fails half a minute after its arrival, beside the first rows.
    """
    uploads = status["uploads"]
    return (
        status["photos"]["seen"] == len(ARRIVING) + 1
        and status["photos"]["waiting"] <= 1
        and status["faces"]["to_review"] == 1
        and {one["name"] for one in status["people"]} == {"Yuki", "Guest 01"}
        and not any(uploads[key] for key in ("queued", "active", "folders_left", "removals"))
    )


@pytest.fixture
def evening(tmp_path: Path, emulator: Emulator) -> Evening:
    return Evening(tmp_path, emulator)


def in_turn() -> Iterator[Example]:
    """The evening's rows in order; where a sign-in of theirs is open, none of another test is."""
    signs_in = list(signing_in())
    for alone, rows in groupby(EVENING, signs_in.__contains__):
        with sign_in_alone() if alone else nullcontext():
            yield from rows


# ---- over HTTP


def request_of(example: Example, given: Any) -> dict[str, Any]:
    """As a request; arguments that stand in the address are taken out of the others."""
    method, _, path = example.operation.partition(" ")
    parts = set(re.findall(r"{(\w+)}", path))
    rest = {key: one for key, one in given.items() if key not in parts}
    asked = {"params": rest} if method == "GET" else {"json": rest}
    return {"method": method, "url": path.format(**{key: given[key] for key in parts}), **asked}


def judged(example: Example, answer: httpx.Response) -> list[str]:
    """What is wrong with an answer: nothing, or one line."""
    told = f"{example}: {answer.status_code} {answer.text[:300]}"
    if answer.status_code != example.status or example.says not in answer.text:
        return [told]
    if example.status >= 400 and not answer.headers["content-type"].startswith("text/html"):
        problem = answer.json()
        return [] if problem["status"] == example.status and problem["title"] else [told]
    if answer.headers["content-type"].startswith("application/json"):
        return [f"{example}: {key} is no moment: {one!r}" for key, one in odd_moments(answer.json())]
    return []


def odd_moments(found: Any) -> Iterator[tuple[str, Any]]:
    """What stands in an answer where a moment belongs, and is no text in UTC; a photo's own time has no zone, often."""
    if isinstance(found, list):
        for one in found:
            yield from odd_moments(one)
    elif isinstance(found, Mapping):
        for key, one in found.items():
            if (key.endswith("_at") and key != "taken_at") or key in ("at", "since"):
                if one is not None and not MOMENT.fullmatch(str(one)):
                    yield key, one
            else:
                yield from odd_moments(one)


@pytest.mark.timeout(240)
def test_every_verb_over_the_socket(house: House, evening: Evening) -> None:
    assert house.run("enroll", "Yuki", str(of("yuki_tanaka")[0])).returncode == 0
    evening.prepare(house.incoming)
    house.start()
    wait_for(lambda: is_ready(house.json("status")), 60, "all has happened")
    with house.api() as api:
        bad: list[str] = []
        for example in in_turn():
            given = filled(dict(example.given), facts_of(example.given, evening, getter(api)))
            bad += judged(example, api.request(**request_of(example, given)))
            if example.verb not in SPENT:
                bad += odd_bodies(api, example)
    assert not bad, "\n".join(bad)
    assert house.agent is not None
    assert house.agent.wait(15) == 0
    log = (house.root / ".venuesync" / "logs" / "agent.log").read_text(encoding="utf-8")
    assert "Traceback" not in log


def getter(api: httpx.Client) -> Callable[[str], Any]:
    return lambda path: api.get(path).raise_for_status().json()


def facts_of(value: Any, evening: Evening, get: Callable[[str], Any]) -> dict[str, Any]:
    found = dict(evening.lying)
    for name in sorted(names_in(value) & FACTS.keys()):
        path, pick = FACTS[name]
        if name == "trouble":
            wait_for(lambda: get("/errors")["open"], FAILS_WITHIN, "the broken photo has failed")
        found[name] = pick(get(path))
    return found


def odd_bodies(api: httpx.Client, example: Example) -> list[str]:
    """No object at all, and one that says more than is known, are wrong arguments of every command."""
    if not example.operation.startswith("POST /commands/") or example.status != 200:
        return []
    path = example.operation.removeprefix("POST ")
    bodies = (None, 7, "text", [1], {**example.given, "more": 1})
    answers = [(body, api.post(path, json=body)) for body in bodies]
    return [f"{path} {body}: {answer.status_code}" for body, answer in answers if answer.status_code != 422]


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("sign_in_port")
@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_every_verb_in_the_agents_own_process(
    running: Running, evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.pipeline.GROWING_FOR", 0.5)
    await running.service.ask(EnrollPerson(name="Yuki", photos=[str(of("yuki_tanaka")[0])]))
    evening.prepare(running.incoming)
    await running.until(lambda now: is_ready(now) and now["photos"]["failed"] == 1, 60)
    app = ControlApi(running.agent.service)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://agent", timeout=60) as api:
        bad: list[str] = []
        for example in EVENING:
            if example.verb in SPENT:
                continue
            facts = dict(evening.lying)
            for name in names_in(example.given) & FACTS.keys():
                path, pick = FACTS[name]
                facts[name] = pick((await api.get(path)).raise_for_status().json())
            bad += judged(example, await api.request(**request_of(example, filled(dict(example.given), facts))))
        assert not bad, "\n".join(bad)


# ---- typed at a terminal


def typed(example: Example, facts: Mapping[str, Any], house: House) -> tuple[int, str]:
    """The exit code, and all that was printed."""
    done = house.run(*(str(filled(word, facts)) for word in shlex.split(example.typed or "")))
    return done.returncode, done.stdout + done.stderr


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "alone",
    [pytest.param(False, id="with an agent"), pytest.param(True, id="without one", marks=pytest.mark.slow)],
)
def test_every_verb_typed(house: House, evening: Evening, alone: bool) -> None:
    assert house.run("enroll", "Yuki", str(of("yuki_tanaka")[0])).returncode == 0
    evening.prepare(house.incoming)
    house.start()
    wait_for(lambda: is_ready(house.json("status")), 60, "all has happened")
    wait_for(lambda: house.json("errors")["open"], FAILS_WITHIN, "the broken photo has failed")
    if alone:
        assert house.stop() == 0
    bad: list[str] = []
    for example in EVENING:
        if example.typed is None or (alone and example.status >= 400):  # refused by the same lines, at either end
            continue
        code, said = typed(example, facts_of([example.typed], evening, lambda path: asked(house, path)), house)
        wanted = example.alone if alone and example.alone is not None else example.exit
        silent = code != example.exit or example.verb in SPENT
        if code != wanted or "Traceback" in said or "unexpected" in said or (example.says not in said and not silent):
            bad.append(f"{example.typed}: {code} for {wanted}: {said[:300]}")
    assert not bad, "\n".join(bad)
    for log in (house.root / ".venuesync" / "logs").glob("agent.log*"):
        assert "Traceback" not in log.read_text(encoding="utf-8")


def asked(house: House, path: str) -> Any:
    """What a GET answers, by the agent, or by the command of that name where none runs."""
    commands_of = {"/errors/dismissed": ("errors", "--dismissed"), "/faces": ("photos",)}
    words = commands_of.get(path, (path.removeprefix("/"),))
    return house.json(*words)


# ---- nothing is left out


def test_every_operation_has_a_good_example() -> None:
    app = make_described(None)  # type: ignore[arg-type]
    paths = app.openapi()["paths"]
    operations = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    good = {one.operation for one in EVENING if one.status < 300 or one.operation in NEVER_GOOD}
    assert operations - good - APART.keys() == set()
    assert {one.operation for one in EVENING} - operations == set(), "examples of what is there no more"


NEVER_GOOD = {  # by the socket alone: they are for browsers, for Drive, and for when no agent runs
    "POST /api/cloud/gmail-auth",
    "POST /api/cloud/drive-auth",
    "GET /api/cloud/gmail-callback",
    "GET /api/cloud/oauth/callback",
    "POST /drive/notifications",
    "POST /commands/sign-in-finish",
    "POST /commands/restore",
}


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command that can be typed."""
    for name in command.list_commands(None) if hasattr(command, "commands") else ():
        yield " ".join((*path, name))
        yield from leaves(command.get_command(None, name), (*path, name))


def test_every_command_has_a_good_example() -> None:
    good = [shlex.split(one.typed) for one in EVENING if one.typed is not None and one.exit in (0, 1, 5)]
    there = set(leaves(command()))
    shown = {" ".join(words[:length]) for words in good for length in (1, 2)}
    assert there - shown - COMMANDS_APART.keys() == set()
    assert COMMANDS_APART.keys() - there == set()


@pytest.mark.parametrize(("what", "file"), {**APART, **COMMANDS_APART}.items())
def test_what_is_asked_elsewhere_is_asked_there(what: str, file: str) -> None:
    """Two of these stood in other files than the table said, and nobody would have missed them."""
    assert set(what.split()) - {"GET", "POST"} <= words_in(file)


def words_in(file: str) -> set[str]:
    """What a test says there: each text of its own, and the words of it."""
    nodes = ast.walk(ast.parse((Path(__file__).parents[2] / file).read_text()))
    texts = {one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return texts | {word for text in texts for word in text.split()}
