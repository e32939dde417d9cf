"""The agent's own process never loads what the workers need: its start stays quick, and a crash in C stays theirs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.faces.engine import FaceRecognition
from agent.faces.results import Fault, LookError

HEAVY = ("dlib", "onnxruntime", "PIL", "simplejpeg", "pillow_heif", "face_recognition", "multiprocessing")


def test_no_heavy_library_comes_with_the_agents_side() -> None:
    modules = ("workers", "rule", "cluster", "quality", "models", "results")
    program = (
        f"import sys, {', '.join(f'agent.faces.{module}' for module in modules)}\n"
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


def test_our_own_engine_loads_no_face_recognition() -> None:
    program = (
        "import sys, agent.faces.engine\n"
        "print(*{'face_recognition', 'face_recognition_models', 'pkg_resources'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("missing", ["face_recognition", "pkg_resources", "face_recognition_models"])
def test_a_missing_package_is_named_and_never_ends_the_process(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(LookError) as caught:
        FaceRecognition()
    assert caught.value.fault is Fault.ENGINE
    assert missing in caught.value.detail
    assert "pip install" in caught.value.remedy


def test_not_even_where_the_package_itself_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def quits(name: str) -> None:
        raise SystemExit

    monkeypatch.setattr("agent.faces.engine.import_module", quits)
    with pytest.raises(LookError, match="does not load"):
        FaceRecognition()


@pytest.mark.slow
def test_the_encoders_library_tells_nobody_of_its_runs(tmp_path: Path) -> None:
    """Since 1.29 onnxruntime keeps a device's id and events for its maker, in the home and the temporary folder."""
    program = (
        "import sys, time, numpy\nfrom pathlib import Path\nfrom agent.faces.encoder import Encoder\n"
        "print(Encoder(Path(sys.argv[1])).encode(numpy.zeros((1, 150, 150, 3), numpy.uint8)).shape)\n"
        "time.sleep(0.5)"
    )
    home, temporary, cache = (tmp_path / name for name in ("home", "temporary", "cache"))
    home.mkdir()
    temporary.mkdir()
    kept = {key: one for key, one in os.environ.items() if not key.startswith(("XDG_", "ORT_"))}
    environ = {**kept, "HOME": str(home), "TMPDIR": str(temporary)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(cache)], env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "(1, 128)\n"
    assert [*home.rglob("*"), *temporary.rglob("*")] == []
