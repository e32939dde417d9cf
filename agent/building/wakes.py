"""Who wakes whom, by what: all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.building.drive_side import DriveSide
from agent.building.local_side import LocalSide
from agent.handlers.status.publisher import Publisher
from agent.running.topics import Topic, Wake


def woken_here(here: LocalSide, publisher: Publisher) -> Mapping[Topic, Sequence[Wake]]:
    return {
        Topic.CHANGED: [publisher.bell.ring],
        Topic.LOOK: [
            here.pipeline.rest.end,
            here.pipeline.bell.ring,
            here.grouper.bell.ring,
            here.router.go_on,
            here.processed.bell.ring,
            here.second_looks.go_on,
            publisher.bell.ring,
        ],
        Topic.WANTED: [here.router.bell.ring, here.clocks.bell.ring, here.pipeline.bell.ring],
        Topic.FILED: [here.processed.bell.ring],
        Topic.ROOM: [here.router.bell.ring],
        Topic.DOUBTED: [here.watcher.look_again],
        Topic.UNKNOWN_FACES: [here.grouper.bell.ring, here.clocks.bell.ring],
        Topic.SOURCES: [publisher.bell.ring],
        Topic.AT_SOURCES: [here.router.bell.ring, here.pipeline.bell.ring],
    }


def woken_with_drive(drive: DriveSide) -> Mapping[Topic, Sequence[Wake]]:
    """Of each account."""
    folders, queue, feeds, downloader = drive.folders, drive.queue, drive.feeds, drive.downloader
    pushes = [one.go_on for one in drive.pushes]
    return {
        Topic.LOOK: [folders.go_on, queue.go_on, downloader.go_on, feeds.go_on, drive.links.bell.ring, *pushes],
        Topic.WANTED: [folders.bell.ring, queue.bell.ring],
        Topic.FILED: [queue.bell.ring],
        Topic.ROOM: [downloader.bell.ring],
        Topic.RETIMED: [drive.times.bell.ring],
        Topic.SOURCES: [
            feeds.bell.ring,
            folders.bell.ring,
            downloader.bell.ring,
            queue.bell.ring,
            drive.times.bell.ring,
        ],
        Topic.AT_SOURCES: [downloader.bell.ring, queue.bell.ring],
        Topic.FOLDERS_MADE: [queue.bell.ring, drive.links.bell.ring, feeds.bell.ring],
        Topic.FILE_LEFT: [folders.bell.ring],
        Topic.ALL_SENT: [drive.times.bell.ring],
    }


def woken_by_its_line(drive: DriveSide, publisher: Publisher) -> Mapping[Topic, Sequence[Wake]]:
    """By what an account's own lane tells (`DriveSide.line_topics`)."""
    folders, queue, feeds, downloader = drive.folders, drive.queue, drive.feeds, drive.downloader
    return {
        Topic.LANE_CHANGED: [
            publisher.bell.ring,
            drive.outages.lane_changed,
            drive.forecast.bell.ring,
            drive.first_moments.lane_changed,
        ],
        Topic.LANE_OPEN: [queue.go_on, folders.go_on, drive.links.bell.ring, downloader.go_on, feeds.look_now],
        Topic.LINE_BACK: [drive.outages.line_back],
        Topic.HUNG: [drive.lane.hung],
    }
