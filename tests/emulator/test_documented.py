"""The document names every route, endpoint, fault and reason there is, and only tests that exist."""

import re
from pathlib import Path

import httpx
import pytest

from agent.emulator.control.endpoints import LimitsBody
from agent.emulator.control.faults import Fault
from agent.emulator.errors import CATALOGUE
from agent.emulator.routes import NAMES
from agent.emulator.signin.endpoints import ENDPOINTS
from tests.emulator.drive import ROOT, Emulator

TEXT = (ROOT / "docs" / "drive-emulator.md").read_text()
FOLDER = Path(__file__).parent


@pytest.mark.parametrize(
    "names",
    [NAMES, sorted(CATALOGUE), sorted(Fault.model_fields), sorted(LimitsBody.model_fields)],
    ids=["methods", "reasons", "faults", "limits"],
)
def test_every_name_is_there(names: list[str]):
    assert [name for name in names if f"`{name}`" not in TEXT] == []


def test_every_sign_in_name_is_there():
    assert [name for name, _ in ENDPOINTS.values() if f"`{name}`" not in TEXT] == []


def test_every_endpoint_of_its_own_is_there(drive: Emulator):
    known = httpx.get(f"{drive.url}/_emulator/?", trust_env=False, timeout=60).json()["endpoints"]
    assert [path for path in known if path not in TEXT] == []


def test_the_tests_it_names_exist():
    files = set(re.findall(r"`(test_\w+\.py|\w+\.mjs)`", TEXT))
    assert [name for name in files if not (FOLDER / name).exists()] == []
    code = "".join(path.read_text() for path in FOLDER.glob("test_*.py"))
    functions = set(re.findall(r"`(test_\w+)`", TEXT))
    assert [name for name in functions if f"def {name}(" not in code] == []
