"""What Prometheus is told by a real agent after some trouble: the same as the status, and named as it expects."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import prometheus_client
import pytest
import yaml

from tests.emulator.drive import Emulator
from tests.venue.browser import log_in
from tests.venue.house import House, wait_for
from tests.venue.metrics import Numbers, numbers
from tests.venue.pictures import scene
from tests.venue.test_crash import child_pids

DOCS = Path(__file__).resolve().parents[2] / "docs"
ALERTS, DASHBOARD = DOCS / "prometheus-alerts.yml", DOCS / "grafana-dashboard.json"
METRIC = re.compile(r"\b((?:venuesync|process)_\w+)\b(?!\()(?:\{([^}]*)\})?")
PHOTOS = 4
REFUSED = 3  # uploads
QUOTA = 10**9
LABELS = {"code", "le", "part", "severity", "state", "step", "version", "what"}  # nobody's name can stand in them

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Somebody has signed in, a face worker dies at work, Drive refuses for a while; then all is verified."""
    with Emulator.start() as emulator:
        made = House(tmp_path_factory.mktemp("watched") / "venue", emulator, VENUESYNC_FACES__WORKERS="1")
        try:
            emulator.quota(QUOTA, account="ana@example.com")
            assert log_in(made, emulator_account="ana@example.com").code == 0
            made.processes_only = True  # of a forked agent the face worker is forked, too, by a process of its own
            agent = made.start()
            made.processes_only = False
            arrive(made, 0)
            wait_for(lambda: numbers(made)("verified_photos") == 1, 30, "the first is verified")
            (worker,) = child_pids(agent.pid)
            os.kill(worker, signal.SIGSTOP)
            emulator.faults({"method": "files.create", "status": 503, "reason": "backendError", "times": REFUSED})
            for number in range(1, PHOTOS):
                arrive(made, number)
            wait_for(lambda: numbers(made)("queue_photos", step="faces") == PHOTOS - 1, 30, "they are to be looked at")
            os.kill(worker, signal.SIGKILL)
            wait_for(
                lambda: numbers(made).all("safe_to_leave", code="safe") == [1], 60, "all is verified, and it is told"
            )
            yield made
        finally:
            made.close()


def arrive(house: House, number: int) -> None:
    house.drop(scene(house.root.parent / "made.jpg", number), f"DSC_{number:04}.jpg")


@pytest.mark.slow
def test_they_are_those_of_the_status(house: House) -> None:
    told, status = numbers(house), house.json("status")
    for state in ("waiting", "filed", "unsorted", "failed", "held", "dismissed"):
        assert told("photos", state=state) == status["photos"][state]
    assert told("verified_photos") == status["photos"]["verified"] == PHOTOS
    for state in ("queued", "active", "verified", "failed"):
        assert told("placements", state=state) == status["uploads"][state]
    for step, count in status["queue"].items():
        assert told("queue_photos", step=step) == count == 0
        assert told("queue_oldest_age_seconds", step=step) == 0
    assert told.all("safe_to_leave") == [1]
    assert told("drive_state", state="online") == 1
    assert sum(told.all("drive_state")) == 1
    assert told("drive_quota_used_bytes") == status["drive"]["quota"]["used"]
    assert told("drive_quota_limit_bytes") == QUOTA
    assert told("open_errors", severity="error") == told("held_decisions") == sum(told.all("paused")) == 0
    assert 0 < told("sign_in_age_seconds") < 120
    assert 0 <= told("status_age_seconds") < 60
    assert 0 <= told("event_loop_lag_seconds") < 60
    assert told("disk_free_bytes") > 0


def test_what_is_counted_is_what_happened(house: House) -> None:
    told = numbers(house)
    size = sum(one.stat().st_size for one in house.incoming.iterdir())
    assert told("uploads_total") == PHOTOS
    assert told("upload_retries_total") == REFUSED
    assert told("upload_failures_total") == 0
    assert size <= told("sent_bytes_total") <= 3 * size
    assert told("part_restarts_total", part="face workers") == 1
    assert sum(told.all("part_restarts_total")) == 1
    for step in ("filed", "on_drive"):
        assert told("photo_duration_seconds_count", step=step) == PHOTOS
        assert told("photo_duration_seconds_bucket", step=step, le="+Inf") == PHOTOS
        assert 0 < told("photo_duration_seconds_sum", step=step) < 120 * PHOTOS


def test_what_waits_and_what_is_wrong_is_told(house: House) -> None:
    assert house.run("pause").returncode == 0
    arrive(house, PHOTOS)
    wait_for(lambda: numbers(house)("queue_photos", step="uploading") == 1, 30, "one waits")
    told = numbers(house)
    assert told("queue_oldest_age_seconds", step="uploading") > 0
    assert told("paused", what="uploads") == 1
    assert told.all("safe_to_leave", code="uploads_paused") == [0]
    assert house.run("resume").returncode == 0
    wait_for(lambda: numbers(house).all("safe_to_leave", code="safe") == [1], 30, "it went on")


def test_they_are_named_as_prometheus_expects(house: House) -> None:
    with house.api() as api:
        answer = api.get("/metrics")
    assert answer.headers["content-type"] == prometheus_client.CONTENT_TYPE_PLAIN_0_0_4
    told = Numbers(answer.text)
    for family in told.families:
        assert re.fullmatch(r"(venuesync|process)_[a-z_]+", family.name), family.name
        assert family.documentation
        assert not re.search(r"_(ms|minutes|mb|gb|mbps|count|sum|bucket)$", family.name), family.name
        counted = family.type == "counter"
        assert counted is all(one.name.endswith("_total") for one in family.samples), family.name
    assert {label for one in told.samples for label in one.labels} <= LABELS
    assert len(told.samples) < 200
    lying = [*(one.name for one in house.incoming.iterdir()), "ana@example.com", str(house.root)]
    assert not [text for text in lying if text in answer.text]


# ---- what watches: the dashboard and the alert rules name nothing that is not told


def alerts() -> list[tuple[str, str]]:
    """Each rule's name and what it asks."""
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [(rule["alert"], rule["expr"]) for group in groups for rule in group["rules"]]


def panels() -> list[tuple[str, str]]:
    """The same of the dashboard, with its choice of an agent."""
    found = json.loads(DASHBOARD.read_text())
    lists = [(one["name"], one["query"]) for one in found["templating"]["list"]]
    return lists + [(panel["title"], target["expr"]) for panel in found["panels"] for target in panel["targets"]]


def missing(told: Numbers, expr: str) -> list[str]:
    """What of an expression is not told: a metric, a label, a label's value. Whose they are, Prometheus adds."""
    wanted = [(name, dict(re.findall(r'(\w+)="([^"]*)"', labels))) for name, labels in METRIC.findall(expr)]
    bad: list[str] = []
    for name, labels in wanted:
        own = {label: value for label, value in labels.items() if label not in ("job", "instance")}.items()
        if not any(one.name == name and own <= one.labels.items() for one in told.samples):
            bad.append(f"{name} {labels}")
    return bad


def test_dashboard_and_alerts_name_what_there_is(house: House) -> None:
    told = numbers(house)
    for what, asked in (("alerts", alerts()), ("panels", panels())):
        assert len(asked) > 10, what
        assert {name: missing(told, expr) for name, expr in asked if missing(told, expr)} == {}
    assert missing(told, 'venuesync_photos{state="lost"}')
    assert missing(told, "venuesync_weather")


@pytest.mark.slow
def test_every_metric_is_watched(house: House) -> None:
    """What nobody looks at needs not be told."""
    shown = " ".join(expr for _, expr in alerts() + panels())
    names = {family.name for family in numbers(house).families if family.name.startswith("venuesync_")}
    assert [name for name in names if name not in shown] == []


@pytest.mark.slow
def test_every_alert_says_what_happened_and_one_command(house: House) -> None:
    rules = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["annotations"].keys() == {"summary", "do"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        words = rule["annotations"]["do"].split()
        assert words[0] == "venuesync"
        assert house.run(*words[1:], "--help").returncode == 0, words


@pytest.mark.slow
def test_prometheus_takes_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not on the PATH")
    done = subprocess.run([promtool, "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
