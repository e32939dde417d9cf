"""The converted network: made once, checked by hash, whole or absent, also when several processes make it at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.faces.encoder import Encoder, converted, is_intact
from agent.faces.models import ENCODER, Conv, Linear, WeightsError, model_file, read_steps
from agent.faces.results import Fault, LookError


def only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_made_once_under_a_name_that_carries_the_weights_hash(tmp_path: Path) -> None:
    model, version = converted(model_file(ENCODER), tmp_path)
    file = only_file(tmp_path)
    assert version in file.name
    assert file.read_bytes() == model
    before = file.stat().st_mtime_ns
    assert converted(model_file(ENCODER), tmp_path) == (model, version)
    assert file.stat().st_mtime_ns == before


@pytest.mark.parametrize("harm", ["cut", "changed", "emptied"])
def test_a_harmed_file_is_made_again(tmp_path: Path, harm: str) -> None:
    model, _ = converted(model_file(ENCODER), tmp_path)
    file = only_file(tmp_path)
    middle = len(model) // 2
    harmed = {"cut": model[:-1], "changed": model[:middle] + bytes([model[middle] ^ 1]) + model[middle + 1 :]}
    file.write_bytes(harmed.get(harm, b""))
    assert not is_intact(file.read_bytes())
    assert converted(model_file(ENCODER), tmp_path)[0] == model
    assert only_file(tmp_path).read_bytes() == model


@pytest.mark.slow
def test_four_processes_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from agent.faces.encoder import converted, is_intact; "
        "from agent.faces.models import ENCODER, model_file; "
        "sys.exit(not is_intact(converted(model_file(ENCODER), Path(sys.argv[1]))[0]))"
    )
    many = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(4)]
    assert [process.wait(60) for process in many] == [0] * 4
    assert is_intact(only_file(tmp_path).read_bytes())


def test_what_a_killed_process_left_is_swept_and_a_running_ones_is_not(tmp_path: Path) -> None:
    converted(model_file(ENCODER), tmp_path)
    name = only_file(tmp_path).name
    only_file(tmp_path).unlink()
    old, new = tmp_path / f".{name}.old.new", tmp_path / f".{name}.fresh.new"
    for part in (old, new):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    converted(model_file(ENCODER), tmp_path)
    assert not old.exists()
    assert new.exists()


def test_a_cache_that_cannot_be_written_is_gone_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert Encoder(tmp_path / "file" / "cache").version


def test_missing_and_foreign_weights_are_the_engines_fault(tmp_path: Path) -> None:
    foreign = tmp_path / "weights.dat"
    foreign.write_bytes(b"\1\1something else")
    for weights in (tmp_path / "none.dat", foreign):
        with pytest.raises(LookError) as caught:
            Encoder(tmp_path, weights)
        assert caught.value.fault is Fault.ENGINE
        assert not caught.value.photos_own
    with pytest.raises(LookError, match="missing from this installation"):
        model_file("no_such_model.dat")


def test_the_network_as_steps() -> None:
    steps = read_steps(model_file(ENCODER).read_bytes())
    assert sum(isinstance(step, Conv) for step in steps) == 29
    assert isinstance(steps[-1], Linear)
    assert steps[-1].weights.shape == (256, 128)


def test_damaged_weights_are_refused_and_nothing_else_happens() -> None:
    data = model_file(ENCODER).read_bytes()
    for bad in (b"", data[:100], data[:-1], data + b"\0", data[100:], bytes(1000)):
        with pytest.raises(WeightsError):
            read_steps(bad)
    for offset in range(0, 340, 3):  # the head of the file and of its first layer
        head = data[:offset] + bytes([data[offset] ^ 0x41]) + data[offset + 1 : 1 << 20]
        with pytest.raises(WeightsError):  # each ends early, if nothing else
            read_steps(head)
