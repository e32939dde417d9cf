"""The reducer: snapshots and changes in, a state out; what must not jump does not."""

from __future__ import annotations

from typing import Any

from monitor_scenes import clock_of, scene, text_time

from agent.requests.snapshot import Change
from tui import state as states
from tui.state import HOLD, MEMORY, BarScale, Held

NOW = 1_000_000.0


def change(section: str, data: Any, seq: int = 11, boot: str = "boot-1") -> Change:
    return Change(boot=boot, seq=seq, section=section, data=data)  # type: ignore[typeddict-item]


def fresh(name: str = "live") -> states.ScreenState:
    return states.fresh(states.start(NOW), scene(name), clock_of(name))


def test_a_snapshot_ends_the_silence() -> None:
    before = states.start(NOW)
    assert before.unheard(NOW + 5) == 5
    assert fresh().unheard(NOW + 5) == 0


def test_a_change_replaces_its_section_alone() -> None:
    before = fresh()
    after = states.apply(before, change("latest", []), NOW)
    assert after.latest == []
    assert after.seq == 11
    assert after.status is before.status


def test_old_changes_and_those_of_another_run_change_nothing() -> None:
    before = fresh()
    assert states.apply(before, change("latest", [], seq=10), NOW) is before
    assert states.apply(before, change("latest", [], boot="boot-2"), NOW) is before
    assert states.apply(before, change("resync", None), NOW) is before


def test_activity_grows_newest_first_and_has_an_end() -> None:
    then = text_time(1.0)
    entries = [{"id": n, "at": then, "kind": "k", "event": None, "text": str(n)} for n in range(150)]
    after = states.apply(fresh(), change("activity", entries), NOW)
    assert [entry["id"] for entry in after.activity[:2]] == [149, 148]
    assert len(after.activity) == 100


def test_the_silence_counts_from_its_first_moment() -> None:
    once = states.lost(fresh(), NOW)
    assert states.lost(once, NOW + 9) is once
    assert once.unheard(NOW + 60) == 60


def test_a_tick_that_changes_nothing_answers_the_same_object() -> None:
    settled = states.tick(fresh("safe"), clock_of("safe"))
    assert states.tick(settled, clock_of("safe") + 1) is settled


def test_the_answer_to_pause_shows_before_its_event() -> None:
    after = states.paused(fresh(), {"uploads": True, "all": False, "since": None})
    assert after.status is not None
    assert after.status["paused"]["uploads"]


def test_the_head_names_the_event_as_commands_do() -> None:
    state = fresh()
    assert states.event_name(state) == "Mia & Jonas"
    assert state.status is not None
    state.status["events"] = [{**state.status["events"][0], "id": "default", "name": "default"}]
    assert states.event_name(state) == "default"


# ---- the bars' scale


def test_the_scale_is_the_next_step_above_the_depth() -> None:
    full = [BarScale().note(depth, NOW).full for depth in (0, 9, 10, 19, 20, 49, 99, 117, 209, 1000)]
    assert full == [10, 10, 20, 20, 50, 50, 100, 200, 500, 2000]


def test_the_scale_stays_up_for_ten_minutes_after_a_high_depth() -> None:
    scale = BarScale().note(117, NOW).note(5, NOW + 60)
    assert scale.full == 200
    assert scale.note(5, NOW + 60 + MEMORY).full == 200
    assert scale.note(5, NOW + 61 + MEMORY).full == 10


def test_the_scale_forgets_the_lower_of_two_heights() -> None:
    scale = BarScale().note(30, NOW).note(5, NOW + 1).note(60, NOW + 2).note(5, NOW + 3)
    assert scale.full == 100
    assert len(scale.past) == 1


# ---- the time to go


def test_the_first_time_to_go_shows_at_once() -> None:
    assert Held().say("about 40 s", NOW).shown == "about 40 s"


def test_a_new_time_to_go_must_last() -> None:
    held = Held().say("about 40 s", NOW).say("about 30 s", NOW + 1)
    assert held.shown == "about 40 s"
    assert held.say("about 30 s", NOW + HOLD).shown == "about 40 s"
    assert held.say("about 30 s", NOW + 1 + HOLD).shown == "about 30 s"


def test_a_time_to_go_that_wavers_stays() -> None:
    held = Held().say("about 40 s", NOW)
    for second in range(1, 20):
        held = held.say("about 30 s" if second % 2 else "about 40 s", NOW + second)
        assert held.shown == "about 40 s"


def test_the_held_time_to_go_comes_with_a_tick() -> None:
    now = clock_of("live")
    state = states.fresh(states.start(now), scene(), now)
    status = scene()["status"]
    status["uploads"]["eta_seconds"] = 12.0
    state = states.apply(state, change("status", status), now + 1)
    assert state.about.shown == "about 40 s"
    assert states.tick(state, now + 4).about.shown == "about 15 s"
