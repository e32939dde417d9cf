"""How everything is, of one moment: what the verdict is decided by. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.model import DiskState, DriveState, Rendition, WatcherState
from agent.sync.sources import SourceStanding

NO_RENDITION = Rendition(0, 0)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Photos, each counted once, RAW and JPEG of a shot as one; then files that are no photos of an event (yet).

    waiting + done + sending + refused + amiss + failed + held + set_aside are all that were seen.
    """

    done: int = 0  # verified on Drive; where Drive is off, filed
    left_here: tuple[int, int] = (0, 0)  # files of which Drive is to have nothing; of `done` the photos that these are
    blurred: int = 0  # filed with a face blurred: the photos themselves are only here
    waiting: int = 0
    to_file: int = 0  # of those that wait: they are on Drive, all of them
    sending: int = 0
    refused: int = 0  # filed, and Drive does not take it
    amiss: int = 0  # verified once, and deleted or changed there by hand, by the last `verify`
    failed: int = 0
    held: int = 0
    set_aside: int = 0
    settling: int = 0  # files that are still arriving
    settling_again: int = 0  # of these, the ones that are no photo more: theirs waits already
    growing: int = 0  # of those that wait: they do not open yet
    fetching: int = 0  # known at a source, on their way here
    unreadable: int = 0
    taken_away: int = 0
    lost: int = 0  # of these: they had been filed before
    gone: int = 0  # of `done`: filed, and deleted by hand wherever they lay
    not_fetched: int = 0
    others_aside: int = 0  # set aside of the last three
    decisions_held: int = 0
    only_small: int = 0  # of `done`: on Drive as small copies, as the line was metered
    for_line: int = 0  # of `sending`: wait for a line that is not metered
    stuck: int = 0  # of `sending`: wait for a folder that Drive refuses until somebody acts
    folders: int = 0  # to be made on Drive
    stuck_folders: int = 0  # of these, the ones that wait for that
    folders_here: int = 0  # to be made on this disk, which has not refused to
    removals: int = 0  # to be taken out of folders, or renamed

    @property
    def seen(self) -> int:
        stuck = self.refused + self.amiss + self.failed + self.held + self.set_aside
        return self.done + self.waiting + self.sending + stuck

    @property
    def verified(self) -> int:
        """Of `done` those that Drive is to have; where Drive is off, that are filed."""
        return self.done - self.left_here[1]

    @property
    def on_the_way(self) -> int:
        return self.settling - self.settling_again + self.waiting + self.sending

    @property
    def for_drive(self) -> int:
        """On their way there, where it is in use."""
        return self.on_the_way - self.to_file

    @property
    def faults(self) -> int:
        there = self.refused + self.amiss
        return self.failed + there + self.unreadable + self.taken_away + self.gone + self.not_fetched

    @property
    def needs_you(self) -> int:
        return self.faults + self.held

    @property
    def all_aside(self) -> int:
        return self.set_aside + self.others_aside


@dataclass(frozen=True, slots=True)
class Standing:
    """How everything is, of one moment."""

    numbers: Numbers
    drive: DriveState = DriveState.ONLINE
    connecting: bool = False  # offline only as nothing is known yet
    slowed: str = ""  # why Drive takes nothing for more than a minute, in words; "": it takes what comes
    slowed_remedy: str = ""
    watcher: WatcherState = WatcherState.RUNNING
    watcher_detail: str | None = None
    still_open: Sequence[tuple[str, float]] = ()  # files that arrive no further: names, and seconds without a byte
    disk: DiskState = DiskState.OK
    paused: bool = False
    uploads_paused: bool = False
    sending_off: bool = False  # by a setting, of all that is still to be sent
    events_off: tuple[str, ...] = ()  # whose setting that is; none named: it is the workspace's own
    metered: bool = False
    small_as: Rendition = NO_RENDITION  # what a small copy is
    day_spent: int | None = None  # bytes: the day's budget, where photos wait for the next one
    smaller: tuple[str, ...] = ()  # events of which Drive has photos made smaller, and no originals
    rebuilding: bool = False
    checking: bool = False  # a large ledger, after a crash
    somebody_else: bool = False  # is signed in than the ledger knows
    goes_elsewhere: bool = False  # an event, to another account than the ledger knows
    people_changed: bool = False
    comparing: bool = False
    swept: bool = True  # every folder, wholly and well, since the last arrival
    sources: Sequence[SourceStanding] = ()
    account: str = ""  # an address, where this is one of several accounts' and not of whose Drive all events use
    each: Sequence[Standing] = ()  # the same with the numbers of each account's events, where there are several
    store_trouble: str | None = None  # why nothing can be written down, in words; of a full disk: `disk_trouble`
    disk_trouble: str | None = None
    refused_folder: str = ""  # why Drive refuses one until somebody acts, in words; "": it refuses none
    errors: int = 0  # that are open

    @property
    def owing(self) -> int:
        """Small copies on Drive, whose places others could take now."""
        return 0 if self.metered else self.numbers.only_small

    @property
    def stuck(self) -> tuple[int, int]:
        """Photos and folders that wait for one that Drive refuses; none once that is tried again, as it just may be."""
        return (self.numbers.stuck, self.numbers.stuck_folders) if self.refused_folder else (0, 0)

    @property
    def besides(self) -> str:
        """What is said where all is safe, as what comes now would not be: that is known once it was looked for."""
        if self.paused:
            return ", everything is paused"
        return ", uploads are paused" if self.uploads_paused and self.drive is not DriveState.DISABLED else ""
