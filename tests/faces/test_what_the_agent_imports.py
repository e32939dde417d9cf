"""The agent's own process never loads what the workers need: its start stays quick, and a crash in C stays theirs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agent.faces.face_recognition_engine import FaceRecognition
from agent.faces.faults import Fault, LookError

HEAVY = ("dlib", "onnxruntime", "PIL", "simplejpeg", "pillow_heif", "face_recognition", "multiprocessing")


def test_no_heavy_library_comes_with_the_agents_side() -> None:
    modules = ("workers", "match", "prominent", "seen", "faults")
    program = (
        f"import sys, {', '.join(f'agent.faces.{module}' for module in modules)}\n"
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


def test_our_own_engine_loads_no_face_recognition() -> None:
    program = (
        "import sys, agent.faces.engines\n"
        "print(*{'face_recognition', 'face_recognition_models', 'pkg_resources'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("missing", ["face_recognition", "pkg_resources", "face_recognition_models"])
def test_a_missing_package_is_named_and_never_ends_the_process(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(LookError) as caught:
        FaceRecognition()
    assert caught.value.kind is Fault.ENGINE
    assert missing in caught.value.detail
    assert "pip install" in caught.value.remedy


def test_not_even_where_the_package_itself_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def quits(name: str) -> None:
        raise SystemExit

    monkeypatch.setattr("agent.faces.face_recognition_engine.import_module", quits)
    with pytest.raises(LookError, match="does not load"):
        FaceRecognition()
