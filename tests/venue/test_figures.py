"""What each benchmark prints is read as figures, each beside its yardstick, and stands in the table of `make bench`."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.tui import monitor_bench
from tests.venue import bench
from tests.venue.figures import BENCHES, Figure, of_figures, table, tell

CASE = {
    "seconds": 12.5,
    "link_seconds": 12.0,
    "agent_cpu_seconds": 1.0,
    "emulator_cpu_seconds": 0.5,
    "most_in_flight": 8,
    "bytes_again": 12_000_000,
    "photos": 4,
    "requests": {"files.create": 8, "upload.status": 3},
}


def read(name: str, said: str, root: Path = Path()) -> dict[str, Figure]:
    return {one.name: one for one in BENCHES[name][1](said, root)}


def test_every_benchmark_is_there() -> None:
    assert all(find_spec(module) for module, _ in BENCHES.values())


def test_uploads() -> None:
    said = "large: 4 x 4 MB …\n" + json.dumps({"large": CASE | {"link_seconds": None}, "videos": CASE})
    found = read("uploads", said)
    large = found["large: seconds, beside the line's own (1.01 of it allowed)"]
    assert (large.value, large.beside) == (12.5, None)
    assert found["videos: seconds, beside the line's own"].beside == 12.0
    again = found["videos: MB sent again of each that broke"]
    assert (again.value, again.beside) == (4.0, 8.0)
    assert found["videos: files.create a photo"].value == 2
    assert "large: MB sent again of each that broke" not in found
    beside = {
        "lossy": CASE | {"rclone_seconds": {"32": 20.0, "64": 13.0}},
        "lossy_small": CASE | {"rclone_seconds": {}},
    }
    found = read("uploads", json.dumps(beside))
    assert found["lossy: seconds, beside rclone tuned by hand (1.11 of it allowed)"].beside == 13.0
    assert found["lossy_small: seconds, beside the line's own"].beside == 12.0


def test_faces(tmp_path: Path) -> None:
    kept = tmp_path / ".bench" / "faces-speed.json"
    kept.parent.mkdir()
    told = {"ours_ms": {"total": 200.0}, "face_recognition_ms": {"total": 2500.0}}
    kept.write_text(json.dumps({**told, "ours_found": [48, 48], "face_recognition_found": [40, 48]}))
    found = read("faces", "", tmp_path)
    assert found["total: ms a photo"] == Figure("total: ms a photo", 200.0, 2500.0)
    assert found["faces found"] == Figure("faces found", 48, 40)


def test_monitor() -> None:
    said = "\n".join(map(str, [monitor_bench.Figure("first paint, attached", 0.3, 0.5, "s", "median of n=6")]))
    assert read("monitor", said) == {
        "first paint, attached: s": Figure("first paint, attached: s", 0.3, 0.5),
    }


def test_changes() -> None:
    said = "rename …\n" + json.dumps({"photos": 10, "took": {"rename": [{"answer": 0.1, "disk": 0.2}]}})
    assert {name: one.value for name, one in read("changes", said).items()} == {
        "rename: answer seconds": 0.1,
        "rename: disk seconds": 0.2,
    }


@pytest.mark.parametrize("name", [name for name, (_, reads) in BENCHES.items() if reads is of_figures])
def test_whoever_tells_by_tell(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A person reads the lines before the last, the table reads that one."""
    figures = [Figure("seconds until filed, beside what is allowed", 1.5, 2.0), Figure("times as fast", 1.8)]
    print("something that it said before")  # noqa: T201
    tell(figures, photos=[1000, 10_000], load=[0.5, 1.9])
    said = capsys.readouterr().out
    assert list(read(name, said).values()) == figures
    assert "seconds until filed, beside what is allowed: 1.5, beside 2" in said
    assert "photos [1000, 10000], load [0.5, 1.9]" in said


def test_the_table_has_a_row_for_each_figure() -> None:
    runs = [Figure("ms", value, 3.0) for value in (1.0, 2.0, 4.0)] + [Figure("wrong", 0, 0), Figure("MB", 117)]
    rows = bench.rows_of("matching", runs)
    _, ms, wrong, mb = table(rows, "yardstick", "measured").splitlines()
    assert ms.split() == ["matching,", "ms", "3", "2", "0.67", "3", "1", "to", "4", "3", "to", "3"]
    assert wrong.split() == ["matching,", "wrong", "0", "0", "1"]
    assert mb.split() == ["matching,", "MB", "117", "1"]


def test_one_that_fails_takes_no_other_s_figures_along(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """All of them take an hour and a half: what was measured is kept, and the others are run."""

    def run(name: str, _: Path) -> list[Figure]:
        if name == "burst":
            raise SystemExit("burst told no figures, and ended with 1:\nno photo was filed")
        return [Figure("seconds", 1.0, 2.0)]

    monkeypatch.setattr(bench, "run", run)
    out = tmp_path / "bench.json"
    monkeypatch.setattr("sys.argv", ["bench", "uploads", "burst", "flat", "--times", "2", "--out", str(out)])
    assert bench.main() == 1
    assert [one["name"] for one in json.loads(out.read_text())["rows"]] == ["uploads, seconds", "flat, seconds"]
    said = capsys.readouterr().out
    assert "no photo was filed" in said
    assert said.splitlines()[-1] == "Failed: burst"


def test_what_cannot_run_here_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(bench, "find_spec", lambda _: None)
    monkeypatch.setattr(bench, "LABELLED", Path("/nowhere"))
    assert [name for name in BENCHES if not bench.can_run(name)] == ["faces", "cluster"]
    said = capsys.readouterr().out
    assert "faces: left out, there are no labelled photos (set VENUESYNC_FACES)" in said
    assert "cluster: left out, Dask is not installed (make dev)" in said
