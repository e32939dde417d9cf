"""Small plots in SVG for a page: bars, and who stood with whom. Drawn 360 wide, so that a phone shows them as they are.

Colours are the page's own, by `currentColor` and its variables: light, dark and printed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from agent.page import text

WIDE = 360
BARS = 48  # hours or days at most
MOST_IN_HOURS = 0.8  # share of the photos from which the hours around them say more than the days
PEOPLE = 10
LABEL = 17  # characters beside a bar


@dataclass(frozen=True, slots=True)
class Bar:
    """`about` says all of it in words, for whoever points at it or hears the page."""

    label: str
    about: str
    photos: int


def svg(height: int, title: str, inside: Iterable[str]) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {WIDE} {height}" role="img" aria-label="{text(title)}">\n'
        f"<title>{text(title)}</title>\n{''.join(inside)}</svg>\n"
    )


def label(x: float, y: float, shown: object, kind: str = "", size: int = 11) -> str:
    """`kind`: `end`, `middle`, or none: from where the text goes."""
    anchor = f' text-anchor="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}"{anchor}>{text(shown)}</text>\n'


def short(name: str) -> str:
    return name if len(name) <= LABEL else f"{name[: LABEL - 1]}…"


# ---- bars that stand: hours, or days


def standing(title: str, bars: Sequence[Bar]) -> str:
    """One after the other from left to right; nothing where there are none."""
    most = max((bar.photos for bar in bars), default=0)
    if not most:
        return ""
    step = WIDE / len(bars)
    every = -(-len(bars) * 34 // WIDE)  # labels that have room
    inside: list[str] = []
    for place, bar in enumerate(bars):
        left, tall = place * step, 90 * bar.photos / most
        inside.append(
            f'<rect x="{left + step * 0.1:.1f}" y="{108 - tall:.1f}" width="{step * 0.8:.1f}" height="{tall:.1f}"'
            f' rx="1.5"><title>{text(bar.about)}</title></rect>\n'
        )
        if bar.photos and (len(bars) <= 14 or bar.photos == most):
            inside.append(label(left + step / 2, 104 - tall, f"{bar.photos:,}", "middle", 10))
        if place % every == 0:
            inside.append(label(left + step / 2, 122, bar.label, "middle"))
    return svg(128, title, inside)


@dataclass(frozen=True, slots=True)
class Times:
    """`unit`: hour or day; `others`: photos at times too far away from most to be shown beside them."""

    unit: str
    bars: Sequence[Bar]
    others: int


def times(hours: Mapping[str, int]) -> Times:
    """From `2026-11-21T22` -> photos: the two days around most of them by hour; where those are not most, by day."""
    known = Counter({at: photos for hour, photos in hours.items() if (at := moment(hour)) is not None})
    whole = sum(hours.values())
    by_hour = window(known, timedelta(hours=1))
    if sum(by_hour.values()) >= MOST_IN_HOURS * whole:
        bars = [Bar(f"{at:%H}", f"{at:%Y-%m-%d %H}:00: {photos:,}", photos) for at, photos in by_hour.items()]
        return Times("hour", bars, whole - sum(by_hour.values()))
    days: Counter[datetime] = Counter()
    for at, photos in known.items():
        days[at.replace(hour=0)] += photos
    by_day = window(days, timedelta(days=1))
    bars = [Bar(f"{at:%d.%m.}", f"{at:%Y-%m-%d}: {photos:,}", photos) for at, photos in by_day.items()]
    return Times("day", bars, whole - sum(by_day.values()))


def moment(hour: str) -> datetime | None:
    try:
        return datetime.fromisoformat(hour)
    except ValueError:
        return None


def window(counts: Mapping[datetime, int], step: timedelta) -> dict[datetime, int]:
    """The steps in a row with the most photos, 48 at most, from the first with a photo to the last; empty ones, too."""
    known = sorted(counts)
    if not known:
        return {}
    until = [0, *accumulate(counts[at] for at in known)]  # photos before each of them
    ends = [bisect_left(known, BARS * step, key=lambda at, start=start: at - start) for start in known]
    first = max(range(len(known)), key=lambda one: until[ends[one]] - until[one])
    start, last = known[first], known[ends[first] - 1]
    return {at: counts.get(at, 0) for at in (start + number * step for number in range((last - start) // step + 1))}


# ---- bars that lie: cameras


def lying(title: str, bars: Sequence[Bar]) -> str:
    """One below the other, with their labels before them; nothing where there are none."""
    most = max((bar.photos for bar in bars), default=0)
    if not most:
        return ""
    inside: list[str] = []
    for place, bar in enumerate(bars):
        top, long = place * 22, 190 * bar.photos / most
        inside.append(f"<g><title>{text(bar.about)}</title>\n{label(0, top + 15, short(bar.label))}")
        inside.append(f'<rect x="118" y="{top + 4}" width="{long:.1f}" height="14" rx="1.5"/>\n')
        inside.append(f"{label(122 + long, top + 15, f'{bar.photos:,}')}</g>\n")
    return svg(len(bars) * 22, title, inside)


# ---- who stood with whom


def matrix(title: str, pairs: Sequence[tuple[tuple[str, str], tuple[str, str], int]]) -> str:
    """Each pair is ids, names and photos. Those who stood with others most; nothing where nobody did."""
    often: Counter[str] = Counter()
    names: dict[str, str] = {}
    for ids, called, photos in pairs:
        often.update(dict.fromkeys(ids, photos))
        names |= dict(zip(ids, called, strict=True))
    people = [id for id, _ in often.most_common(PEOPLE)]
    if not any(set(ids) <= set(people) for ids, _, _ in pairs):  # each of them with others only
        people = list(dict.fromkeys(id for ids, _, _ in pairs for id in ids))[:PEOPLE]
    if not people:
        return ""
    return svg(22 + 22 * len(people), title, cells(people, names, pairs))


def cells(
    people: Sequence[str], names: Mapping[str, str], pairs: Sequence[tuple[tuple[str, str], tuple[str, str], int]]
) -> Iterator[str]:
    places = {id: place for place, id in enumerate(people)}
    shown = [(ids, called, photos) for ids, called, photos in pairs if set(ids) <= places.keys()]
    most = max(photos for _, _, photos in shown)
    for id, place in places.items():
        yield label(0, 37 + 22 * place, f"{place + 1}  {short(names[id])}")
        yield label(141 + 22 * place, 14, place + 1, "middle")
    for (one, other), called, photos in shown:
        title, deep = text(f"{' and '.join(called)}: {photos:,}"), 0.1 + 0.4 * photos / most
        for row, column in ((places[one], places[other]), (places[other], places[one])):
            left, top = 131 + 22 * column, 22 + 22 * row
            yield f'<g><title>{title}</title><rect x="{left}" y="{top}" width="20" height="20" rx="2"'
            yield f' fill-opacity="{deep:.2f}"/>\n{label(left + 10, top + 14, photos, "middle", 10)}</g>\n'
