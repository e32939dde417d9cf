"""The two pages of a report, from its figures and the small pictures of its moments."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Literal

from agent import page
from agent.model import DriveState, Whole
from agent.page import moment, name, report_maker, section, table, text
from agent.requests.report import Report
from agent.requests.troubles import Trouble
from tui import words
from tui.report import plots
from tui.report.plots import Bar
from tui.verdict import note, told

Audience = Literal["photographer", "couple"]
Pictures = Mapping[int, bytes | None]  # by the photo's number

STYLE = """
.plot { display: block; width: 100%; max-width: 32rem; height: auto; color: var(--ink); break-inside: avoid }
.plot, p + .plot { break-before: avoid } h2 + p { break-after: avoid }
.plot rect { fill: var(--mark) } .plot text { fill: currentColor; font-family: system-ui, sans-serif }
.verdict { border-left: .35rem solid var(--wait); background: var(--tint); padding: .6rem .9rem; margin: 1rem 0;
  font-weight: 600 } .verdict.safe { border-color: var(--good) } .verdict p { font-weight: 400 }
.tiles { display: flex; flex-wrap: wrap; gap: .3rem 1.8rem; margin: 1rem 0 }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums }
"""
WHOLE = {
    Whole.HERE: "whole only on this machine",
    Whole.CARD: "whole only on the card",
    Whole.SOURCE: "whole only in the photographer's folder",
}


def report_page(report: Report, pictures: Pictures, audience: Audience) -> bytes:
    title, parts = (
        (f"Report: {report['title']}", for_photographer)
        if audience == "photographer"
        else (report["title"], for_couple)
    )
    return page.page(title, parts(report, pictures), maker=report_maker(report["workspace_id"]), style=STYLE)


def for_photographer(report: Report, pictures: Pictures) -> Iterator[str]:
    yield f"<h1>{name(report['title'])}</h1>\n<p class='soft'>{moment(report['made_at'])}</p>\n"
    yield verdict(report)
    yield tiles(figures(report))
    found = plots.times({row["hour"]: row["photos"] for row in report["hours"]})
    others = f"<p class='soft small'>{words.photos(found.others)} at other times</p>\n" if found.others else ""
    yield section(f"Photos by {found.unit}", times(found), others)
    yield section("By camera", cameras(report))
    yield section("People", people(report))
    yield section("Who stood with whom", together(report))
    yield section("Moments", moments(report, pictures))
    yield section("What needs somebody", *(trouble(one) for one in report["errors"]))
    aside = (
        [name(one["name"]), text(one["title"] or "failed"), WHOLE[Whole(one["only"])]] for one in report["set_aside"]
    )
    yield section("Set aside", table(["Photo", "Why", "Where it is"], aside))
    yield page.foot(text(report["workspace"]))


def for_couple(report: Report, pictures: Pictures) -> Iterator[str]:
    yield f"<h1>{name(report['title'])}</h1>\n"
    named = [one for one in report["people"] if not one["guest"]]
    shown = [(f"{report['photos']['filed'] + report['photos']['unsorted']:,}", "photos")]
    yield tiles([*shown, (f"{len(report['people']):,}", "people")])
    yield section("Moments", moments(report, pictures))
    yield section("Through the hours", times(plots.times({row["hour"]: row["photos"] for row in report["hours"]})))
    everybody = ([name(one["name"]), f"{one['solo'] + one['group']:,}"] for one in named)
    yield section("Everybody", table(["Name", "Photos"], everybody, frozenset({1})))
    yield section("Who stood with whom", together(report))
    yield page.foot()


# ---- its parts


def verdict(report: Report) -> str:
    """The agent's own, in the words that everybody tells it in."""
    safe = report["safe_to_leave"]
    remedy = f"<p>{text(safe['remedy'])}</p>" if safe["remedy"] else ""
    whole = "" if report["event"] is None else "<p>That is said of all events together.</p>"
    kind = "verdict safe" if safe["safe"] else "verdict"
    return f"<div class='{kind}'>{text(told(report) + note(report))}{remedy}{whole}</div>\n"


def figures(report: Report) -> Iterator[tuple[str, str]]:
    photos = report["photos"]
    yield f"{photos['seen']:,}", "photos"
    yield f"{photos['filed']:,}", "filed by person"
    yield f"{photos['unsorted']:,}", "unsorted"
    if report["drive"] != DriveState.DISABLED:
        here = report["only_here"]
        yield f"{photos['verified']:,}", "verified on Drive"
        if here:
            yield f"{here:,}", "only here"
    waiting, failed, held, aside = photos["waiting"], photos["failed"], photos["held"], photos["dismissed"]
    for number, state in ((waiting, "waiting"), (failed, "failed"), (held, "held"), (aside, "set aside")):
        if number:
            yield f"{number:,}", state
    yield f"{len(report['people']):,}", "people"
    yield words.size(report["bytes"]), "of photos"


def tiles(shown: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> str:
    return f"<div class='tiles'>{''.join(f'<div><b>{text(a)}</b>{text(b)}</div>' for a, b in shown)}</div>\n"


def times(found: plots.Times) -> str:
    days = dict.fromkeys(bar.about[:10] for bar in (found.bars[0], found.bars[-1])) if found.bars else ()
    drawn = plots.standing(f"Photos in each {found.unit}", found.bars)
    return f"<p class='soft small'>{' to '.join(days)}</p>\n{drawn}" if drawn else ""


def cameras(report: Report) -> str:
    rows = [(one["camera"] or "folders here", one["photos"]) for one in report["cameras"]]
    return plots.lying("Photos of each camera", [Bar(label, f"{label}: {number:,}", number) for label, number in rows])


def people(report: Report) -> str:
    rows = (
        [name(one["name"]), *(f"{one[key]:,}" for key in ("solo", "group", "on_drive")), moment(one["last_seen_at"])]
        for one in report["people"]
    )
    return table(["Name", "Solo", "Group", "Drive", "Last seen"], rows, frozenset({1, 2, 3, 4}))


def together(report: Report) -> str:
    return plots.matrix(
        "Photos that two are on together", [(one["people"], one["names"], one["photos"]) for one in report["together"]]
    )


def moments(report: Report, pictures: Pictures) -> str:
    shown = [
        page.photo(f"data:image/jpeg;base64,{base64.b64encode(found).decode()}", one["name"], caption(one["people"]))
        for one in report["moments"]
        if (found := pictures.get(one["id"])) is not None
    ]
    return f"<div class='photos'>{''.join(shown)}</div>\n" if shown else ""


def caption(people: list[str]) -> str:
    return ", ".join(map(name, people))


def trouble(one: Trouble) -> str:
    subjects = ", ".join(map(name, one["subjects"])) + (", …" if one["count"] > len(one["subjects"]) else "")
    return (
        f"<p><b>{text(one['title'])}</b> ({one['count']:,}), since {moment(one['first_at'])}: {subjects}<br>\n"
        f"<span class='soft'>{text(one['detail'])}</span><br>{text(one['remedy'])}</p>\n"
    )
