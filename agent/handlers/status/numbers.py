"""How everything stands, as numbers for Prometheus: from what was published last and what the parts count.

Nothing is asked of the ledger, so that it costs the same at any number of photos. Ages are told, not moments: a
venue's clock may be set otherwise than that of whoever watches. What ends in `_total`, and the durations, begin at zero
with the process; all else is as stores, parts and Drive have it. No label holds a name of a person, a file or an event.
Of several accounts each one's figures bear its address, but those of the account that all events use: their label is
empty, which is none to Prometheus, so that its series go on as they were when another account is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf

from prometheus_client import ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from agent import __version__, clock
from agent.clock import from_iso_or_none
from agent.handlers.status.parts import AllDriveParts, Counted
from agent.handlers.status.publisher import Published
from agent.model import DriveState, SafeCode
from agent.running.tally import Durations, Tally

PHOTOS = ("waiting", "filed", "unsorted", "failed", "held", "dismissed")
PLACEMENTS = ("queued", "active", "verified", "failed")
SEVERITIES = ("error", "warning")


def page(latest: Published, counted: Counted) -> str:
    """As Prometheus reads it."""
    return generate_latest(Made([*of_status(latest), *of_agent(counted), *of_drive(counted.drive)])).decode()


class Made(Collector):
    """Metrics that are made already."""

    def __init__(self, made: Sequence[Metric]) -> None:
        self._made = made

    def collect(self) -> Iterable[Metric]:
        return self._made


def of_status(latest: Published) -> Iterator[Metric]:
    status, steps, now = latest.status, latest.queue["steps"], clock.wall()
    safe, photos, placements, downloads = (
        status["safe_to_leave"],
        status["photos"],
        status["uploads"],
        status["downloads"],
    )
    since = {name: from_iso_or_none(one["oldest_at"]) for name, one in steps.items()}
    ages = {name: 0.0 if at is None else max(0.0, now - at) for name, at in since.items()}
    errors: dict[str, float] = dict.fromkeys(SEVERITIES, 0)
    for one in latest.troubles["open"]:
        errors[one["severity"]] += one["count"]
    yield gauge("build_info", "Always 1", {__version__: 1}, "version")
    yield gauge("status_age_seconds", "Since photos, errors and safety were read last", latest.age)
    yield gauge("safe_to_leave", "1: safe to pack up; 0: not, for this reason", {safe["code"]: safe["safe"]}, "code")
    yield gauge("queue_photos", "Photos in each step", {name: one["count"] for name, one in steps.items()}, "step")
    yield gauge("queue_oldest_age_seconds", "Since the oldest photo in each step arrived", ages, "step")
    yield gauge("photos", "Photos by state", {one: photos[one] for one in PHOTOS}, "state")
    yield gauge("verified_photos", "Photos that are verified on Drive", photos["verified"])
    wanted = {one: placements[one] for one in PLACEMENTS}
    yield gauge("placements", "Photos wanted on Drive, each in each of its folders", wanted, "state")
    yield gauge("upload_left_bytes", "Still to be sent", placements["bytes_left"])
    yield gauge("only_small_photos", "On Drive as small copies, as the line is metered", photos["only_small"])
    yield gauge("line_waiting_placements", "Waiting for a line that is not metered", placements["for_line"])
    day = status["drive"]["today"]
    yield gauge("metered", "1: small copies go first", status["drive"]["metered"])
    yield gauge("day_spent", "1: photos wait for the next day", safe["code"] == SafeCode.DAY_SPENT)
    yield gauge("day_sent_bytes", "Went to Drive today", day["sent"])
    yield gauge("day_limit_bytes", "May go to Drive a day; +Inf: there is no limit", day["limit"] or inf)
    yield gauge("download_left_photos", "Still to be fetched from Drive", downloads["queued"] + downloads["active"])
    yield gauge("download_left_bytes", "Still to be fetched from Drive", downloads["bytes_left"])
    yield gauge("open_errors", "What is wrong now", errors, "severity")
    yield gauge("held_decisions", "What waits for a yes", status["held"])
    yield gauge("paused", "1: by an operator", {one: status["paused"][one] for one in ("uploads", "all")}, "what")
    yield gauge("disk_free_bytes", "Where photos are filed", status["disk"]["free_bytes"])


def of_agent(counted: Counted) -> Iterator[Metric]:
    sending, fetching = counted.drive.uploads, counted.drive.downloads
    took = {"fetched": fetching.tally.took, "filed": counted.here.router.took, "on_drive": sending.tally.took}
    yield from of_transfers("upload", sending.tally)
    yield counter("sent_bytes", "Of photos, to Drive", sending.meter.total)
    yield from of_transfers("download", fetching.tally)
    yield counter("received_bytes", "Of photos, from Drive", fetching.meter.total)
    yield durations("photo_duration_seconds", "Each photo's way, from the end of the step before", took)
    yield counter("part_restarts", "Parts of the agent that stopped and were started again", counted.deaths, "part")
    yield gauge("event_loop_lag_seconds", "At worst, in this minute and the one before", counted.loop_watch.worst)
    yield from ProcessCollector(registry=None).collect()


def of_transfers(what: str, tally: Tally) -> Iterator[Metric]:
    yield counter(f"{what}s", "Photos that went well, each into each of its folders", tally.done)
    yield counter(f"{what}_retries", "Tries that ended badly, to be made again", tally.again)
    yield counter(f"{what}_failures", "Photos given up until somebody asks for them", tally.failed)


def of_drive(drive: AllDriveParts) -> Iterator[Metric]:
    """Of each account that events use. What is not known is left out."""
    each, now = drive.each(), clock.wall()
    label = ("account",) if len(each) > 1 else ()
    lanes = [((one.account,) if label else (), one.lane.status) for one in each]
    states = {(*whose, one.value): one is lane.state for whose, lane in lanes for one in DriveState}
    used = {whose: lane.used for whose, lane in lanes if lane.used is not None}
    limits = {whose: inf if lane.limit is None else lane.limit for whose, lane in lanes if whose in used}
    signed_in = zip((whose for whose, _ in lanes), (one.signed_in_at() for one in each), strict=True)
    ages = {whose: max(0.0, now - at) for whose, at in signed_in if at is not None}
    yield gauge("drive_state", "1: how Drive can be used now", states, *label, "state")
    if used:
        yield gauge("drive_quota_used_bytes", "What the account holds", used, *label)
        yield gauge("drive_quota_limit_bytes", "What it may hold; +Inf: there is no limit", limits, *label)
    if ages:
        yield gauge("sign_in_age_seconds", "Since somebody signed in", ages, *label)


# ---- as the library has them


Values = float | Mapping[str, float] | Mapping[tuple[str, ...], float]  # of no label, of one, of several


def gauge(name: str, says: str, values: Values, *labels: str) -> Metric:
    return labelled(GaugeMetricFamily, name, says, values, labels)


def counter(name: str, says: str, values: Values, *labels: str) -> Metric:
    return labelled(CounterMetricFamily, name, says, values, labels)


def labelled(
    kind: type[GaugeMetricFamily | CounterMetricFamily], name: str, says: str, values: Values, labels: Sequence[str]
) -> Metric:
    if not isinstance(values, Mapping):
        return kind(f"venuesync_{name}", says, values)
    made = kind(f"venuesync_{name}", says, labels=labels)
    for one, value in values.items():
        made.add_metric([one] if isinstance(one, str) else one, value)
    return made


def durations(name: str, says: str, values: Mapping[str, Durations]) -> Metric:
    made = HistogramMetricFamily(f"venuesync_{name}", says, labels=["step"])
    for step, took in values.items():
        counts = [("+Inf" if bound == inf else str(bound), count) for bound, count in took.up_to()]
        made.add_metric([step], counts, took.seconds)
    return made
