"""The Venue screen, row by row, in every size and state that DESIGN draws."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import pytest
from monitor_pilot import stage
from picture import cells
from prepared import Evening, opened, stores
from rich.cells import cell_len
from standing import at
from textual import timer

from agent.errors import AgentEnded, NoAgent, PhotoDefect
from agent.ledger import counts, drive_queue, faces, meta, recorded, troubles
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import DEFAULT_EVENT, PhotoId, PlacementId, Step
from agent.people import intents
from agent.requests.events import SetEvent
from agent.requests.faces import ListUnknown
from agent.requests.snapshot import GetSnapshot
from agent.roster.decisions import Draft, Verb
from agent.workspace import Workspace
from tests.making import ids_to_use
from tui.widgets.notice import Note
from tui.widgets.photos import Latest
from tui.widgets.rows import Rows

LIVE_80 = """\
 Mia & Jonas               Drive online  up  4.2 MB/s  down  0.3 MB/s  22:14:07
   ▄  ▄  ▄
  ▀█  █  █        Not yet: 14 photos on their way to Drive, about 40 s
   █  ▀▀▀█        1,166 of 1,182 verified. 2 more need you: press 5
  ▀▀▀    ▀

 Queue 14 ────────────── full bar = 20  People 36 ─────── Solo Group   On Drive
 Arriving  ▄▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁     1  Mia Lindqvist      148   312    457/460
 Faces     ▄▄▄▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁     3  Jonas Lindqvist    131   298    426/429
 Filing    ▄▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁     1  Anna Berg           42   118    158/160
 Uploading ▄▄▄▄▄▄▄▄▄▁▁▁▁▁▁▁▁▁▁▁▁     9  Fredrik Åkesson     37    96    133/133
 Per min   ▁▁▃▄▅▆▇▆▅▃▂▃▄▅▇█▇▅▆▇▇    18  Ingrid Holm         21    88    109/109

 Uploading 4 ────────────────── 6 wait  Latest on Drive ────────────────── took
 DSC_4471.jpg ▄▄▄▄▄▄▁▁▁  62%  1.4 MB/s  22:14 DSC_4468.jpg Mia, Jonas +2    6 s
 DSC_4473.jpg ▄▄▄▄▁▁▁▁▁  41%  1.1 MB/s  22:13 DSC_4467.jpg Anna Berg        5 s
 DSC_4472.jpg ▄▄▄▄▄▄▄▄▁  88%  0.9 MB/s  22:13 DSC_4466.jpg Fredrik Åkesson  7 s
 IMG_2026112… ▄▁▁▁▁▁▁▁▁   7%  0.8 MB/s  22:13 DSC_4465.jpg Mia Lindqvist    6 s

 Errors 2 ────────────────────  what to do ────────────────────────────────────
   1  Photo cut short           Copy it from the card again
   1  File damaged in transfer  Press 5, then X
[1 Venue]  2 People   3 Faces (10)    4 Events   5 Errors (2)     6 Activity
 e Enroll   p Pause   s Sync   x Retry   / Find   q Quit   P Pause all   ? Keys"""

LIVE_40 = """\
 Mia & Jonas        Drive online  22:14
 Not yet: 14 photos on their way to
 Drive, about 40 s
 2 more need you: press 5

 Arriving  ▄▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁     1
 Faces     ▄▄▄▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁     3
 Filing    ▄▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁     1
 Uploading ▄▄▄▄▄▄▄▄▄▄▁▁▁▁▁▁▁▁▁▁▁▁     9
 up 4.2 MB/s  ▄▅▆▇▆▅▃▂▃▄▅▇█▇▅▆▇▇ 18/min

 22:14 DSC_4468.jpg Mia, Jonas +2   6 s
 22:13 DSC_4467.jpg Anna Berg       5 s
 Photo cut short: copy it from the…
 e Enroll  p Pause  1-6 Screens  ? Keys"""


async def test_the_live_screen_at_80x24_row_by_row() -> None:
    async with stage("live") as on:
        assert on.screen == LIVE_80


async def test_the_live_screen_on_a_phone_row_by_row() -> None:
    async with stage("live", (40, 15)) as on:
        assert on.screen == LIVE_40


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "texts"),
    [
        ("working", ["Not yet: 13 photos on their way to Drive, about 20 s",
                     "518 of 531 verified. All goes well, nothing needs you",
                     "Errors none", "Nothing needs you. 3 problems today healed by themselves.",
                     "Incoming  7 of 40 still to copy"]),
        ("offline", ["Drive  OFFLINE ", "Not yet: Drive offline for 6 min, 122 photos wait here",
                     "Check the Wi-Fi. Filing goes on; sending starts by itself", "full bar = 200",
                     "Uploading STOPPED", "118 wait", "No internet", "Tried every second; goes on by itself"]),
        ("signin", ["Drive  NEEDS SIGN-IN ", "Not yet: Drive needs sign-in, 77 photos wait here",
                    "Google asks for a new sign-in", "74 wait", "full bar = 100"]),
        ("paused", [" up PAUSED ", "Not yet: uploads paused, 214 photos wait here",
                    "Paused at 21:52, 22 min ago. Press p to go on", "Uploading PAUSED", "210 wait",
                    "Paused by hand at 21:52", "p Go on", "full bar = 500"]),
        ("safe", ["Safe to pack up: all 1,204 photos verified on Drive",
                  "Last one verified at 23:38. Still watching Incoming", "Queue empty", "nothing to send",
                  "Every photo is on Drive.", "460/460", "Incoming  all copied: the card may be erased"]),
    ],
)  # fmt: skip
async def test_each_state_says_its_words(state: str, texts: list[str]) -> None:
    async with stage(state) as on:
        await on.shows(*texts)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "texts"),
    [
        ("offline", ["Drive  OFFLINE   21:31", "Not yet: Drive offline for 6 min,", "122 photos wait here",
                     "Check the Wi-Fi", "Photo cut short: copy it"]),
        ("signin", ["Drive  SIGN IN "]),
        ("paused", ["up PAUSED", "Since 21:52. Press p to go on", "p Go on"]),
    ],
)  # fmt: skip
async def test_each_state_on_a_phone(state: str, texts: list[str]) -> None:
    async with stage(state, (40, 15)) as on:
        await on.shows(*texts)


@pytest.mark.slow
async def test_a_phone_says_that_the_card_may_be_erased() -> None:
    """The other event's folder is there and empty: that says nothing of this card."""
    async with stage("safe", (40, 15)) as on:
        assert len(on.app.state.folders) > 1
        await on.shows("Errors: none, the card may be erased")


async def test_the_large_screen_says_how_long_why_and_what_waits() -> None:
    async with stage("live", (120, 36)) as on:
        await on.shows(
            "oldest  21 s", "last 28 min", "Last seen", "22:14:01", "from drop to verified",
            "Jonas Lindqvi…/Solo waits", "Mia, Jonas, Anna, Tom", "DSC_4402.jpg: The file ends before th",
            "P Pause all", "Alexandra Consta…",
        )  # fmt: skip


async def test_the_huge_screen_has_the_whole_evening_and_the_events() -> None:
    async with stage("live", (200, 60)) as on:
        await on.shows("98% verified", "Events 6", "sync due", "9 min ago", "FAILED", "Alexandra Constantinescu-W…")
        assert on.screen.count("oldest") == 4
        assert "▄" * 99 + "▁" in on.screen


@pytest.mark.parametrize(
    "size", [(80, 24), (40, 15), (120, 36), (200, 60), (80, 20), (80, 16), (60, 30), (45, 50), (20, 6)]
)
@pytest.mark.parametrize("state", ["live", "paused"])
async def test_every_row_keeps_inside_the_screen(state: str, size: tuple[int, int]) -> None:
    async with stage(state, size) as on:
        assert len(on.rows) == size[1]
        assert all(cell_len("".join(segment.text for segment in line)) == size[0] for line in cells(on.app))
        assert "Not yet" in on.screen
        assert "? Keys" in on.rows[-1]


async def test_under_24_rows_the_answer_shrinks_first_then_uploads_go() -> None:
    async with stage("live", (80, 20)) as on:
        assert on.rows[1].startswith(" Not yet: 14 photos")
        assert "DSC_4471.jpg" in on.screen
        await on.pilot.resize_terminal(80, 15)
        await on.until(lambda: "DSC_4471.jpg" not in on.screen)
        await on.shows("Per min", "Photo cut short", "Ingrid Holm")


async def test_resizing_draws_everything_at_its_new_place() -> None:
    async with stage("live", (40, 15)) as on:
        await on.pilot.resize_terminal(80, 24)
        await on.until(lambda: on.screen == LIVE_80)
        await on.pilot.resize_terminal(40, 15)
        await on.until(lambda: on.screen == LIVE_40)


async def test_held_by_its_machine_at_any_moment_it_follows_its_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here each time a timer that fires once has looked when it begins: Textual took such a one for past."""
    read = timer._time.get_time

    def held() -> float:
        asking = sys._getframe(1).f_locals
        if asking.get("_repeat") == 0 and "start" in asking and "now" not in asking:
            time.sleep(0.02)
        return read()

    async with stage("live", (80, 24)) as on:
        monkeypatch.setattr(timer._time, "get_time", held)
        await on.pilot.resize_terminal(40, 15)
        await on.until(lambda: on.screen == LIVE_40)
        await on.pilot.press("question_mark")
        await on.shows("type to find a key")


@pytest.mark.parametrize("look", ["light", "sixteen", "plain"])
async def test_every_look_says_the_same(look: str) -> None:
    async with stage("live", look=look) as on:  # type: ignore[arg-type]
        assert on.screen == LIVE_80


@pytest.mark.slow
async def test_without_colour_no_colour_is_sent_and_the_band_is_inverse() -> None:
    async with stage("offline", look="plain") as on:
        styles = [segment.style for line in cells(on.app) for segment in line if segment.style]
        assert all(style.color is None or style.color.is_default for style in styles)
        assert all(style.bgcolor is None or style.bgcolor.is_default for style in styles)
        band = [segment.style for segment in cells(on.app)[2] if segment.style]
        assert all(style.reverse for style in band)


async def test_sixteen_colours_are_set_explicitly() -> None:
    async with stage("live", look="sixteen") as on:
        colours = {s.style.bgcolor.number for s in cells(on.app)[2] if s.style and s.style.bgcolor}
        assert colours == {3}  # yellow


NASTY = ["[red]x[/]", "\x1b]0;owned\x07", "漢" * 200, "שלום עולם", "[@click=app.quit]q[/]"]


def nasty(workspace: Workspace) -> None:
    """People, photos, an event and a trouble are called so."""
    with stores(workspace) as (ledger, roster):

        def rename(draft: Draft) -> tuple[None, str]:
            for person, name in zip(roster.people(), NASTY, strict=False):
                intents.rename(draft, person, name)
            return None, "renamed"

        roster.intend(Verb.RENAME, rename)
        event = roster.event(DEFAULT_EVENT)
        roster.put_event(replace(event, name="\x1b[31m[b]Mia[/b]\n"))
        latest = [row["id"] for row in ledger.ask(lambda db: counts.latest(db, 5, drive=True))]
        named = list(zip(NASTY, latest, strict=True))
        ledger.submit(lambda db: db.executemany("UPDATE event_photo SET name = ? WHERE id = ?", named)).result()
        ledger.submit(meta.record_planned, roster.revision).result()
        error = PhotoDefect(NASTY[0], NASTY[1], NASTY[1])
        ledger.submit(troubles.open_trouble, Subject("photo:nasty", NASTY[1]), error, at("22:14:00")).result()


@pytest.mark.parametrize("size", [(80, 24), (40, 15), (200, 60)])
async def test_names_from_outside_are_literal_everywhere(size: tuple[int, int]) -> None:
    async def uploads(evening: Evening) -> None:
        for upload, name in zip(evening.uploads, NASTY, strict=False):
            upload.task = replace(upload.task, name=name, to=name)

    async with stage(size=size, before=nasty, first=uploads) as on:
        assert "\x1b" not in on.screen
        assert "\x07" not in on.screen
        assert "?[31m[b]Mia[/b]?" in on.rows[0]
        assert "[red]x[/]" in on.screen
        assert all(cell_len("".join(s.text for s in line)) == size[0] for line in cells(on.app))
        if size[0] > 40:
            await on.shows("?]0;owned?", "漢漢漢", "שלום עולם")


@pytest.mark.slow
async def test_a_wide_screen_shows_whom_nobody_has_named() -> None:
    async with stage(size=(200, 60), pictures="blocks") as on:
        await on.shows("Who is this? 7 groups", "press 3 to name them", "07      24")
        await on.until(lambda: sum(row.count("▀") == 50 for row in on.rows) == 5)
        await on.click("07      24")
        await on.shows("[3 Faces]")
    async with stage(size=(120, 36)) as on:
        assert "Who is this?" not in on.screen
        assert not any(isinstance(one, ListUnknown) for one in on.line.queries)


async def test_more_causes_than_rows() -> None:
    async def more(evening: Evening) -> None:
        for n in range(3):
            error = PhotoDefect(f"Cause {n}", "why", "do")
            await evening.write(troubles.open_trouble, Subject(f"made:{n}", "x"), error, at("22:14:00") + n)

    async with stage(first=more) as on:
        await on.shows("Errors 5", "Cause 2", "and 4 more causes: press 5")


async def test_an_upload_whose_bytes_are_gone_waits_for_its_answer() -> None:
    async def gone(evening: Evening) -> None:
        upload = evening.upload("DSC_4471.jpg")
        upload.sent = upload.task.bytes

    async with stage(first=gone) as on:
        await on.shows("DSC_4471.jpg ▄▄▄▄▄▄▄▄▄ sent  1.4 MB/s")


async def test_offline_without_an_error_does_not_say_that_nothing_needs_you() -> None:
    async with stage("working", drive=("offline", "20:30:00")) as on:
        await on.shows("Errors none", "No photo failed. 3 problems today healed by themselves.")


async def test_in_idle_time_the_queue_says_what_is_looked_at_again() -> None:
    async with stage("safe") as on:
        for photo in range(1, 13):
            await on.evening.write(faces.put_second_look, PhotoId(photo), "wanted")
        await on.shows("Queue empty, 12 second looks")


async def test_an_empty_evening() -> None:
    async with stage("empty") as on:
        await on.shows(
            "Nothing yet: no photo has arrived", "First steps", "e enroll the first guest", "No photo has arrived yet.",
        )  # fmt: skip


async def test_drive_off_promises_nothing_of_drive() -> None:
    async with stage("working", environ={"VENUESYNC_DRIVE__ENABLED": "false"}) as on:
        await on.shows("Drive off", "Uploading off", "Latest filed", "on their way to their folders")


# ---- time and silence


async def test_a_second_repaints_one_digit_of_the_clock_alone() -> None:
    async with stage("safe", (200, 60)) as on:
        await on.shows("Safe to pack up")  # the folders are checked once more before
        painted = await on.at_rest()
        await on.tick(1)
        await on.pilot.pause(0.1)
        spans = [span for update in painted for span in getattr(update, "spans", ["all"])]
        assert spans == [(0, 197, 198)]


async def test_nothing_is_painted_while_nothing_changes() -> None:
    async with stage("live") as on:
        painted = await on.at_rest()
        on.evening.ring()
        await on.pilot.pause(0.4)
        assert painted == []


async def test_a_silent_agent_is_not_known_and_comes_back() -> None:
    async with stage("safe") as on:
        on.line.break_off()
        await on.until(lambda: on.app.state.lost_since is not None)
        await on.tick(65)
        await on.shows("Not known: no word from the agent for 1 min", "Drive not known")
        async with opened("safe", clock=on.clock) as again:
            on.line.mend(again.app.service)
            await on.shows("Safe to pack up", "Drive online")


async def test_an_agent_that_has_ended_is_said_to_with_the_key_that_starts_it() -> None:
    """`Asking again by itself` stood there for ever."""
    async with stage("safe") as on:
        on.line.refuses[GetSnapshot] = AgentEnded("No agent runs here")
        on.line.break_off()
        await on.until(lambda: on.app.state.lost_since is not None)
        on.line.mend()
        await on.until(lambda: on.app.state.ended)
        await on.tick(65)
        await on.shows("Not known: no agent runs here", "Press S to start it again; photos wait until then")
        on.app.start_agent = started
        await on.press("S")
        await on.shows("Not known yet: the agent is starting")
        on.line.refuses[GetSnapshot] = NoAgent("The agent does not answer")  # it comes, and listens not yet
        await on.until(lambda: not on.app.state.ended)
        await on.tick(5)
        await on.shows("Not known yet: the agent is starting")
        assert "no word" not in on.screen
        await on.tick(60)
        await on.shows("Not known: no word from the agent for 2 min")
        on.line.refuses.clear()
        await on.shows("Safe to pack up", "Drive online")


async def started() -> Note:
    return Note("Starting the agent", "")


async def test_a_clock_that_is_set_back_makes_no_old_word_a_new_one() -> None:
    """`Safe to pack up` came back, in green, from an agent that had died."""
    async with stage("safe") as on:
        on.line.break_off()
        await on.until(lambda: on.app.state.lost_since is not None)
        await on.tick(65)
        await on.shows("Not known: no word from the agent for 1 min")
        on.clock.set_by = -3600
        await on.tick(1)
        await on.shows("22:42:28", "Not known: no word from the agent for 1 min")
        assert "Safe to pack up" not in on.screen


async def test_changes_show_and_the_bar_scale_stays() -> None:
    async with stage("live") as on:

        def single(db: Db) -> list[PlacementId]:
            rows = db.execute(
                "SELECT p.id FROM placement p JOIN folder f ON f.id = p.folder WHERE f.kind = 'no_faces'"
                " AND p.drive = 'there' LIMIT 51"
            )
            return [PlacementId(row["id"]) for row in rows]

        there = await on.evening.read(single)
        await on.evening.write(recorded.missing_on_drive, there, on.clock.now)
        await on.shows("full bar = 100", "60")
        on.clock.now = at("22:20:00")
        await on.evening.write(sent_again, there)
        await on.until(lambda: on.app.state.depth(Step.UPLOADING) == 9)
        await on.shows("full bar = 100")
        on.clock.now = at("22:31:00")
        on.app._tick()
        await on.shows("full bar = 10 ")


def sent_again(db: Db, there: list[PlacementId]) -> None:
    """Drive has them again."""
    ids_to_use(db, [f"again{n}" for n in range(len(there))])
    due = [task for task in drive_queue.waiting(db, [], 500) if task.placement in there]
    for placement, drive_id in drive_queue.begin_sending(db, due, 0).items():
        drive_queue.verified(db, placement, drive_id, "again.jpg", at("22:20:00"))


@pytest.mark.slow
async def test_without_utf8_everything_is_ascii_in_the_same_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.terminal.looks.has_utf8", lambda: False)
    async with stage("live") as on:
        assert on.screen.isascii()
        assert on.rows[6] == LIVE_80.split("\n")[6].replace("─", "-")
        assert on.rows[7].startswith(" Arriving  #....................     1")
        await on.press("question_mark")
        await on.shows("Keys", "esc Close", "Enroll a guest")
        assert on.screen.isascii()
        await on.press("escape", "slash")
        await on.shows("+----", "| ", "Find", "Enroll a guest")
        assert on.screen.isascii()
    monkeypatch.setattr("tui.widgets.rows.Rows.utf8", True)


@pytest.mark.slow
async def test_photos_of_which_a_further_copy_is_on_its_way_are_not_called_none() -> None:
    """Once all of them were wanted in one folder, too, it said that none had come yet, beside `57/57` of somebody."""
    async with stage("small") as on:
        await on.shows("Latest on Drive", "DSC_4468.jpg")
        for event in on.evening.roster.events():
            await on.evening.app.service.ask(SetEvent(event=event.id, key="all_photos", value="true"))
        await on.shows("None in all its folders yet.")


async def test_a_photo_that_leaves_the_latest_as_it_is_opened_closes_no_monitor() -> None:
    """Between key and page it was withdrawn elsewhere: the monitor ended by a fault of its own."""
    async with stage("small") as on:
        await on.shows("DSC_4468.jpg")
        latest = on.app.screen.query_one(Latest)
        await on.press("tab")
        latest.action_open()
        on.app.state = replace(on.app.state, latest=on.app.state.latest[1:])
        await on.shows("DSC_4468.jpg number ")


async def test_without_utf8_the_first_paint_is_ascii_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was drawn before anybody had asked the terminal, and rules stood in headings as escapes."""
    monkeypatch.setattr("tui.terminal.looks.has_utf8", lambda: False)
    monkeypatch.setattr("tui.widgets.rows.Rows.utf8", True)
    drawn, clean = list[str](), Rows._clean
    monkeypatch.setattr(Rows, "_clean", lambda self, text: drawn.append(clean(self, text)) or drawn[-1])
    async with stage("live"):
        assert drawn
        assert all(text.isascii() for text in drawn), [text for text in drawn if not text.isascii()]
