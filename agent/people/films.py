"""Videos and the clocks of their cameras: whose a video is among an event's cameras, and when that clock says it was.

A container tells make and model, never a number: a video is of the camera with photos of the same make and model in the
same photographer's folder, if there is one such camera alone. What it does not say, those photos do:

- Its time is what the clock showed, and they say their zone: it is of that zone, too.
- Its time is UTC, and they say no zone: a clock left at home time is off by hours on them, and not in UTC, as a camera
  that writes UTC knows its zone by its settings. So a video is corrected by the minutes alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from agent.ledger.clocks import Film
from agent.ledger.sqlite.rows import Row

NEAREST, HALF = 2700, 1800  # seconds; a clock less wrong is in its right zone, and zones differ by halves of an hour


@dataclass(slots=True)
class Body:
    """A camera by its photos in one folder. `zones`: how many photos say which; '': none."""

    names: set[str] = field(default_factory=set[str])
    zones: Counter[str] = field(default_factory=Counter[str])

    @property
    def zone(self) -> str:
        return self.zones.most_common(1)[0][0]


class Filmed:
    """An event's videos beside its cameras; `rows` as `clocks.bodies` gives them."""

    def __init__(self, films: Iterable[Film], rows: Iterable[Row]) -> None:
        by_model: defaultdict[tuple[str, str], Body] = defaultdict(Body)
        for row in rows:
            body = by_model[_model(row["device"]), row["folder"]]
            body.names.add(row["camera"])
            body.zones[row["zone"]] += row["photos"]
        self._bodies = {which: body for which, body in by_model.items() if len(body.names) == 1}
        self._films = list(films)

    @property
    def cameras(self) -> Counter[str]:
        """How many videos each has."""
        return Counter(self._camera(one) for one in self._films)

    def told(self, ahead: Mapping[str, float]) -> list[Film]:
        """Those of which something else counts than so far. `ahead`: of each camera's clock, seconds."""
        now = [self._told(one, ahead.get(self._camera(one), 0.0)) for one in self._films]
        return [one for one, before in zip(now, self._films, strict=True) if one != before]

    def _of(self, one: Film) -> Body | None:
        return self._bodies.get((_model(one.device), one.folder))

    def _camera(self, one: Film) -> str:
        body = self._of(one)
        return one.camera if body is None else next(iter(body.names))

    def _told(self, one: Film, ahead: float) -> Film:
        body, camera = self._of(one), self._camera(one)
        time = "" if body is None else time_by(one.said, body.zone, ahead)
        return replace(one, body="" if camera == one.camera else camera, told=time)


def time_by(said: str, zone: str, ahead: float) -> str:
    """A video's time as photos with that zone (`+02:00`, or none) would say it; '': as it says itself."""
    try:
        moment = datetime.fromisoformat(said)
        if moment.tzinfo is None:
            return said + zone if zone else ""
        hours = 0 if zone or abs(ahead) < NEAREST else round(ahead / HALF) * HALF
        shown = moment.astimezone().replace(tzinfo=None) + timedelta(seconds=hours)
        return shown.isoformat() if hours else ""
    except (ValueError, OverflowError, OSError):
        return ""


def _model(device: str) -> str:
    return device.partition(" #")[0].casefold()
