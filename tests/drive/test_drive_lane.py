"""Drive's state for everybody: each one entered for a reason, left by itself, and told in words."""

import asyncio
import time
from dataclasses import replace
from functools import partial

import pytest

from agent.drive import reasons
from agent.drive.connection import DriveLane, Pauses, amount
from agent.drive.errors import DriveError, from_row
from agent.drive.files import About
from agent.drive.limiter import Limiter
from agent.drive.sign_in.token import Credentials, Token
from agent.model import DriveState
from tests.drive.scripted_drive import (
    FULL,
    GB,
    OFFLINE,
    PORTAL,
    PROJECT,
    QUICK,
    RESET,
    REVOKED,
    SLOW,
    WELL,
    Drive,
    running,
    until,
)
from tests.patience import PATIENCE


async def test_it_is_online_after_the_first_answer_and_knows_the_account() -> None:
    drive = Drive()
    async with running(drive, online=False) as lane:
        assert lane.status.state is DriveState.OFFLINE
        assert lane.status.detail == "Connecting to Google Drive"
        assert not lane.is_open()
        await lane.open(sending=True)
        status = lane.status
        assert (status.state, status.account, status.used, status.limit) == (
            DriveState.ONLINE,
            "ana@example.com",
            5 * GB,
            15 * GB,
        )
        assert status.next_try_at is None


async def test_switched_off_it_never_asks_and_never_opens() -> None:
    drive = Drive()
    lane = DriveLane(drive.probe, Token(lambda: None), Limiter(), enabled=False, pauses=QUICK)
    task = asyncio.create_task(lane.run())
    await asyncio.sleep(0.05)
    assert lane.status.state is DriveState.DISABLED
    assert not lane.is_open()
    assert drive.probes == 0
    task.cancel()


@pytest.mark.parametrize(("error", "words"), [(OFFLINE, "No internet"), (PORTAL, "The Wi-Fi wants you to sign in")])
async def test_offline_at_the_first_connection_failure_and_online_by_itself(error: DriveError, words: str) -> None:
    drive = Drive()
    async with running(drive) as lane:
        drive.answer = error
        assert lane.report(error) is True
        assert lane.status.state is DriveState.OFFLINE
        assert lane.status.detail == words
        assert not lane.is_open()
        await asyncio.sleep(0.3)
        assert lane.status.state is DriveState.OFFLINE
        drive.answer = WELL
        await asyncio.wait_for(lane.open(sending=True), PATIENCE)
        assert drive.states == [DriveState.OFFLINE, DriveState.ONLINE]
        assert drive.most_at_once == 1


async def test_while_offline_it_looks_with_growing_pauses_one_at_a_time() -> None:
    pauses = Pauses(first=0.5)
    assert max(pauses.growing(0, 15) for _ in range(200)) <= 0.5
    assert 8 < max(pauses.growing(9, 15) for _ in range(400)) <= 15
    drive = Drive(OFFLINE, delay=0.02)
    async with running(drive, online=False) as lane:
        for _ in range(50):
            lane.report(OFFLINE)
        await asyncio.sleep(0.5)
        assert drive.most_at_once == 1
        assert 3 <= drive.probes <= 20


async def test_a_success_opens_the_lane_without_waiting_for_a_look() -> None:
    drive = Drive()
    async with running(drive, pauses=Pauses(first=60, longest=60)) as lane:
        lane.report(OFFLINE)
        assert not lane.is_open()
        lane.succeeded()
        assert lane.is_open(sending=True)
        assert lane.status.state is DriveState.ONLINE


async def test_one_reset_among_eight_changes_no_state() -> None:
    drive = Drive(delay=0.05)
    async with running(drive) as lane:
        assert lane.report(RESET) is True
        assert lane.status.state is DriveState.ONLINE
        lane.succeeded()  # one of the other seven
        assert lane.is_open(sending=True)
        await asyncio.sleep(0.1)
        assert drive.states == []


async def test_a_reset_is_looked_into_at_once_and_forgotten_if_drive_answers() -> None:
    drive = Drive(delay=0.05)
    async with running(drive) as lane:
        asked = drive.probes
        lane.report(RESET)
        assert not lane.is_open()  # for one round trip: until it is known
        await asyncio.wait_for(lane.open(sending=True), PATIENCE)
        assert drive.probes == asked + 1
        assert drive.states == []


async def test_a_reset_that_was_the_network_is_offline_after_one_look() -> None:
    drive = Drive()
    async with running(drive) as lane:
        drive.answer = RESET
        for _ in range(8):
            lane.report(RESET)
        await until(lambda: lane.status.state is DriveState.OFFLINE)
        drive.answer = WELL
        await asyncio.wait_for(lane.open(), PATIENCE)
        assert drive.states == [DriveState.OFFLINE, DriveState.ONLINE]


def looked(drive: Drive, lane: DriveLane, asked: int) -> bool:
    """Whether a look has begun and ended since; one that goes on already is none that was asked for."""
    if drive.probes == asked and not drive.at_once:
        lane.wonder()
    return drive.probes > asked and not drive.at_once and lane.is_open()


async def test_a_drive_that_is_slow_to_answer_is_offline_once_at_most() -> None:
    """Each look that took longer than where all is well said it, and what was under way was broken off by that."""
    drive = Drive()
    async with running(drive, pauses=replace(QUICK, sure=0.1)) as lane:
        for drive.delay in (0.3, 0.3, 0.3, 0.0):
            await until(partial(looked, drive, lane, drive.probes))
        assert drive.states.count(DriveState.OFFLINE) == 1
        drive.delay = 0.3
        lane.wonder()
        await until(lambda: lane.status.state is DriveState.OFFLINE)


async def test_a_rate_answer_holds_everybody_until_its_time() -> None:
    drive = Drive()
    limiter = Limiter()
    async with running(drive, limiter=limiter) as lane:
        asked = drive.probes
        began = time.monotonic()
        pause = limiter.refused(0.3)
        assert lane.report(from_row(reasons.RATE, "slow", retry_after=pause)) is True
        assert lane.status.state is DriveState.THROTTLED
        assert lane.status.detail == "Google asked us to slow down"
        lane.succeeded()  # a straggler that began before
        assert not lane.is_open()
        await asyncio.wait_for(lane.open(sending=True), PATIENCE)
        assert time.monotonic() - began >= 0.3
        assert drive.states == [DriveState.THROTTLED, DriveState.ONLINE]
        assert drive.probes == asked


async def test_drives_own_errors_stop_everybody_only_when_nothing_else_comes() -> None:
    drive = Drive()
    async with running(drive) as lane:
        for _ in range(10):
            assert lane.report(SLOW) is True
            assert lane.report(SLOW) is True
            lane.succeeded()
        assert drive.states == []
        drive.answer = SLOW
        for _ in range(3):
            lane.report(SLOW)
        assert lane.status.state is DriveState.THROTTLED
        assert lane.status.detail == "Google Drive is slow, retrying"
        await asyncio.sleep(0.2)
        assert lane.status.state is DriveState.THROTTLED
        drive.answer = WELL
        await asyncio.wait_for(lane.open(), PATIENCE)
        assert drive.states == [DriveState.THROTTLED, DriveState.ONLINE]


async def test_from_offline_to_a_slow_drive_is_told() -> None:
    drive = Drive()
    async with running(drive) as lane:
        drive.answer = SLOW
        lane.report(OFFLINE)
        await until(lambda: lane.status.state is DriveState.THROTTLED)
        drive.answer = WELL
        await asyncio.wait_for(lane.open(), PATIENCE)


async def test_a_used_up_project_quota_waits_and_is_looked_at_again() -> None:
    drive = Drive()
    async with running(drive) as lane:
        drive.answer = PROJECT
        assert lane.report(PROJECT) is True
        raise_it = "Raise the Drive API's quota in the Cloud project, or wait: it goes on by itself"
        told = (DriveState.THROTTLED, f"Project quota used up. {raise_it}")
        assert (lane.status.state, lane.status.detail) == told
        await asyncio.sleep(0.5)
        assert 2 <= drive.probes <= 4
        drive.answer = WELL
        await asyncio.wait_for(lane.open(), PATIENCE)


async def test_a_full_drive_stops_uploads_only_with_the_figures_and_goes_on_when_there_is_space() -> None:
    drive = Drive()
    async with running(drive) as lane:
        drive.answer = About("ana@example.com", int(14.9 * GB), 15 * GB)
        assert lane.report(FULL) is True
        assert lane.status.state is DriveState.FULL
        assert lane.is_open()
        assert not lane.is_open(sending=True)
        await until(lambda: lane.status.detail == "Drive is full (14.9 of 15 GB)")
        lane.succeeded()  # a folder was made: it is still full
        await asyncio.sleep(0.25)
        assert lane.status.state is DriveState.FULL
        drive.answer = About("ana@example.com", int(14.8 * GB), 15 * GB)
        await asyncio.wait_for(lane.open(sending=True), PATIENCE)
        assert drive.states == [DriveState.FULL, DriveState.ONLINE]


async def test_full_stays_full_while_the_internet_is_away() -> None:
    drive = Drive()
    async with running(drive) as lane:
        drive.answer = About("a", 15 * GB, 15 * GB)
        lane.report(FULL)
        await until(lambda: "GB" in lane.status.detail)
        drive.answer = OFFLINE
        lane.report(OFFLINE)
        assert lane.status.state is DriveState.OFFLINE
        drive.answer = About("a", 15 * GB, 15 * GB)
        await until(lambda: lane.status.state is DriveState.FULL)
        assert not lane.is_open(sending=True)


async def test_space_is_found_at_once_when_somebody_says_so() -> None:
    drive = Drive()
    async with running(drive, pauses=Pauses(full=60)) as lane:
        drive.answer = About("a", 15 * GB, 15 * GB)
        lane.report(FULL)
        await until(lambda: "GB" in lane.status.detail)
        drive.answer = WELL
        lane.look_now()
        await asyncio.wait_for(lane.open(sending=True), PATIENCE)


async def test_a_revoked_sign_in_waits_for_another_one_and_names_the_command() -> None:
    kept = [Credentials("old", "c", "s", "u")]
    drive = Drive()
    async with running(drive, load=lambda: kept[0]) as lane:
        drive.answer = REVOKED
        assert lane.report(REVOKED) is True
        assert lane.status.state is DriveState.NEEDS_LOGIN
        assert "venuesync login" in lane.status.detail
        asked = drive.probes
        await asyncio.sleep(0.35)
        assert drive.probes == asked  # the same sign-in is not shown again
        lane.report(RESET)
        lane.report(OFFLINE)
        await asyncio.sleep(0.1)
        assert lane.status.state is DriveState.NEEDS_LOGIN
        kept[0] = Credentials("new", "c", "s", "u")
        drive.answer = WELL
        lane.signed_in()
        await asyncio.wait_for(lane.open(sending=True), PATIENCE)
        assert drive.states == [DriveState.NEEDS_LOGIN, DriveState.ONLINE]


async def test_a_new_sign_in_is_found_without_being_told() -> None:
    kept = [Credentials("old", "c", "s", "u")]
    drive = Drive()
    async with running(drive, load=lambda: kept[0]) as lane:
        drive.answer = REVOKED
        lane.report(REVOKED)
        await asyncio.sleep(0.15)
        kept[0], drive.answer = Credentials("new", "c", "s", "u"), WELL
        await asyncio.wait_for(lane.open(), PATIENCE)


async def test_other_troubles_are_of_their_own_item_only() -> None:
    drive = Drive()
    async with running(drive) as lane:
        for row in (reasons.FOLDER_FULL, reasons.NO_RIGHT, reasons.REJECTED, reasons.DAMAGED, reasons.SESSION_LOST):
            assert lane.report(from_row(row)) is False
        assert lane.is_open(sending=True)
        assert drive.states == []


async def test_figures_are_watched_and_more_often_when_it_gets_tight() -> None:
    drive = Drive()
    async with running(drive, pauses=Pauses(watch=0.05, nearly_full=60)) as lane:
        asked = drive.probes
        drive.answer = About("a", 6 * GB, 15 * GB)
        await until(lambda: lane.status.used == 6 * GB)
        assert drive.probes > asked
    tight = Drive(About("a", 14 * GB, 15 * GB))
    async with running(tight, pauses=Pauses(watch=60, nearly_full=0.05)):
        await until(lambda: tight.probes > 3)


async def test_an_idle_lane_is_silent() -> None:
    drive = Drive()
    async with running(drive) as lane:
        asked = drive.probes
        for _ in range(100):
            lane.succeeded()
        await asyncio.sleep(0.2)
        assert drive.statuses == []
        assert drive.probes == asked


def test_amounts_read_as_google_shows_them() -> None:
    assert amount(int(14.9 * GB), 15 * GB) == "14.9 of 15 GB"
    assert amount(500_000, 1_000_000) == "488 of 977 KB"
    assert amount(0, 100) == "0 of 100 B"


async def test_who_asks_amid_a_look_is_answered_by_another_one() -> None:
    """That look may have asked before what was put right; then it waited for as long as after any refusal."""
    drive = Drive()
    async with running(drive, pauses=replace(QUICK, project=60.0)) as lane:
        drive.answer, drive.delay = PROJECT, 0.3
        lane.report(PROJECT)
        before = drive.probes
        lane.look_now()
        await until(lambda: drive.at_once == 1)
        lane.look_now()
        await until(lambda: drive.probes == before + 2)
        drive.answer = WELL
        await until(lambda: lane.status.state is DriveState.ONLINE)
