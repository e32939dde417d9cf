"""May I pack up? Decided here and nowhere else: a code, its numbers, what to do. All who tell it put it into words.

Pure. The codes stand in the order in which they matter to a person: what holds everything up, what moves by itself,
what needs somebody, what is still to be made sure of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.handlers.status.standing import Numbers, Standing
from agent.ledger.counts import plural
from agent.model import NO_AGENT, DiskState, DriveState, Outlook, SafeCode, SourceCheck, WatcherState


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` says it in one sentence without its end; `remedy` what to do, "" where nothing has to be done.

    `others` are the codes that hold besides, in their order.
    """

    code: SafeCode
    reason: str
    remedy: str
    outlook: Outlook
    numbers: Numbers
    others: tuple[SafeCode, ...] = ()

    @property
    def safe(self) -> bool:
        return self.code is SafeCode.SAFE

    @property
    def needs_somebody(self) -> bool:
        """Whether something of it goes on only when somebody acts."""
        return bool(self.codes & (NEEDS_YOU | FAILED | {SafeCode.NEEDS_SIGN_IN}))

    @property
    def codes(self) -> frozenset[SafeCode]:
        return frozenset({self.code, *self.others})


Finding = tuple[SafeCode, str]  # a code that holds, and that in words

WAITS = frozenset(
    {
        SafeCode.REBUILDING,
        SafeCode.PEOPLE_CHANGED,
        SafeCode.DISK_FULL,
        SafeCode.DRIVE_FULL,
        SafeCode.DRIVE_OFFLINE,
        SafeCode.NOT_WHOLE,
        SafeCode.WAITING,
        SafeCode.SENDING,
        SafeCode.FETCHING,
        SafeCode.STILL_OPEN,
        SafeCode.ARRIVING,
        SafeCode.COMPARING,
        SafeCode.MAKING_FOLDERS,
        SafeCode.REMOVING,
        SafeCode.ONLY_SMALL,
        SafeCode.NOT_WATCHED,
        SafeCode.FOLDER_MISSING,
        SafeCode.SWEEP_PENDING,
        SafeCode.SOURCE_LOST,
        SafeCode.SOURCE_NOT_CHECKED,
        SafeCode.SOURCE_MISSING_PHOTOS,
    }
)
AWAY = frozenset({SafeCode.FOLDER_MISSING, SafeCode.SOURCE_LOST})  # until somebody brings them back
OF_ACCOUNT = frozenset(  # said of the account that it concerns
    {SafeCode.NEEDS_SIGN_IN, SafeCode.DRIVE_FULL, SafeCode.DRIVE_OFFLINE, SafeCode.SOURCE_NOT_CHECKED}
)
NEEDS_YOU = frozenset(
    {
        SafeCode.STORE_TROUBLE,
        SafeCode.PAUSED,
        SafeCode.SENDING_OFF,
        SafeCode.UPLOADS_PAUSED,
        SafeCode.DAY_SPENT,
        SafeCode.METERED,
        SafeCode.FOLDER_REFUSED,
        SafeCode.HELD,
    }
)
BY_HAND = AWAY | {SafeCode.DRIVE_FULL}  # somebody has to do something
ON_THEIR_WAY = frozenset({SafeCode.WAITING, SafeCode.SENDING})
UNSENT = NEEDS_YOU - {SafeCode.STORE_TROUBLE, SafeCode.FOLDER_REFUSED, SafeCode.HELD}  # line or no line
FAILED = frozenset({SafeCode.FAILED, SafeCode.UNREADABLE, SafeCode.TAKEN_AWAY, SafeCode.NOT_FETCHED})
REMEDIES: Mapping[SafeCode, str] = {
    SafeCode.STOPPED: "Start it with: venuesync",
    SafeCode.STORE_TROUBLE: "See: venuesync errors",
    SafeCode.PAUSED: "Go on: venuesync resume all",
    SafeCode.DISK_FULL: "Make room: filing goes on by itself",
    SafeCode.NEEDS_SIGN_IN: "Sign in: venuesync login",
    SafeCode.DRIVE_FULL: "Make room on Drive: sending goes on by itself",
    SafeCode.SENDING_OFF: "Set drive.send, or the event's send, to true",
    SafeCode.UPLOADS_PAUSED: "Go on: venuesync resume",
    SafeCode.DAY_SPENT: "It goes on at midnight; at once with: venuesync limit --day 0",
    SafeCode.METERED: "When the line is another one: venuesync metered off",
    SafeCode.DRIVE_OFFLINE: "Check the network: sending goes on by itself",
    SafeCode.STILL_OPEN: "Look at the copy; if it hangs, end it and copy the file again",
    SafeCode.FOLDER_MISSING: "Connect its card or share again",
    SafeCode.FOLDER_REFUSED: "See: venuesync errors",
    SafeCode.HELD: "See: venuesync held",
    SafeCode.SOURCE_LOST: "See: venuesync errors",
    **dict.fromkeys(FAILED, "See: venuesync errors"),
}
SEND_AGAIN = "Send again: venuesync verify --repair; if it was meant: venuesync photos withdraw ID"
PUT_BACK = "File again: venuesync retry --all; if it was meant: venuesync photos withdraw ID"


def decide(now: Standing) -> Verdict:
    """The one verdict; the first code that holds is its own."""
    order, found, whose = list(SafeCode), dict[SafeCode, str](), dict[SafeCode, str]()
    every = [(code, words, one.account) for one in now.each or (now,) for code, words in findings(one, now)]
    of_all = dict(findings(now, now)) if now.each else {}  # what is no account's own is said with the numbers of all
    for code, words, account in sorted(every, key=lambda one: order.index(one[0])):
        found.setdefault(code, words if code in OF_ACCOUNT else of_all.get(code, words))
        whose.setdefault(code, account)
    if not found:
        return Verdict(SafeCode.SAFE, all_well(now) + now.besides, "", Outlook.DONE, now.numbers)
    first, *others = found
    remedy = remedy_of(first, now, whose[first])
    return Verdict(first, found[first], remedy, outlook(found), now.numbers, tuple(others))


def remedy_of(code: SafeCode, now: Standing, account: str) -> str:
    """What to do, "" where nothing has to be done."""
    files_alone = code is SafeCode.WAITING and not now.numbers.for_drive
    told = now.slowed_remedy if code in ON_THEIR_WAY and not files_alone else REMEDIES.get(code, "")
    if code is SafeCode.NEEDS_SIGN_IN and account:
        told += f" --account {account}"
    if code is SafeCode.TAKEN_AWAY and not now.numbers.taken_away:
        return SEND_AGAIN if now.numbers.amiss else PUT_BACK
    if (files_alone or code is SafeCode.MAKING_FOLDERS) and now.errors:  # where it lasts, they say why
        return "See: venuesync errors"
    if code is SafeCode.METERED and now.numbers.only_small:
        small = now.small_as
        told += (
            f". If small ones are enough: venuesync events set NAME long_side {small.long_side},"
            f" and quality {small.quality}"
        )
    return told


def stopped(numbers: Numbers) -> Verdict:
    """Nobody is there to know: never safe."""
    code = SafeCode.STOPPED
    return Verdict(code, NO_AGENT, REMEDIES[code], Outlook.NEEDS_YOU, numbers)


def outlook(found: Mapping[SafeCode, str]) -> Outlook:
    """What is away or full is waited for only where nothing else waits for somebody; while a folder is away no sweep
    of all ends well.
    """
    codes = found.keys()
    no_end = BY_HAND | {SafeCode.SWEEP_PENDING} if SafeCode.FOLDER_MISSING in codes else BY_HAND
    if codes & UNSENT:
        no_end |= {SafeCode.DRIVE_OFFLINE}
    if codes & (WAITS - no_end):
        return Outlook.WAITS
    if SafeCode.NEEDS_SIGN_IN in codes:
        return Outlook.NEEDS_SIGN_IN
    if codes & NEEDS_YOU:
        return Outlook.NEEDS_YOU
    if codes & BY_HAND:
        return Outlook.WAITS
    return Outlook.FAILED if codes & FAILED else Outlook.DONE


def findings(now: Standing, whole: Standing) -> Iterator[Finding]:
    """Every code that holds. `now` is the whole, or of one of several accounts."""
    yield from _unknown(now)
    yield from _standing_still(now)
    yield from _moving(now)
    yield from _owed(now)
    yield from _folders(now)
    yield from _needing_you(whole.numbers)
    yield from _to_be_sure(now, whole)


# ---- what is known of it at all


def _unknown(now: Standing) -> Iterator[Finding]:
    if now.store_trouble is not None:
        yield SafeCode.STORE_TROUBLE, now.store_trouble
    if now.rebuilding:
        yield SafeCode.REBUILDING, "the ledger is being rebuilt"
    elif now.checking:
        yield SafeCode.REBUILDING, "the ledger is being checked, as venuesync did not end by itself"
    elif now.somebody_else:
        yield SafeCode.REBUILDING, "somebody else is signed in to Drive: what of ours lies there is learned first"
    elif now.goes_elsewhere:
        yield SafeCode.REBUILDING, "an event goes to another Drive: what of ours lies there is learned first"
    if now.people_changed:
        changed = "the people changed: photos are being matched again"
        yield SafeCode.PEOPLE_CHANGED, changed if now.numbers.seen else "the list of people is being read"


# ---- what stands still


def _standing_still(now: Standing) -> Iterator[Finding]:
    numbers, here = now.numbers, _wait_here(now.numbers)
    there = _for_drive(now)
    unknown = ", what is in its folders is not known" if now.sources and not numbers.on_the_way else f", {here}"
    if now.drive is DriveState.NEEDS_LOGIN and (there or _from_drive(now)):
        yield SafeCode.NEEDS_SIGN_IN, f"{_drive(now)} needs sign-in{unknown}"
    if now.paused and (there or _to_do_here(numbers) or now.comparing):
        yield SafeCode.PAUSED, f"everything is paused, {here}"
    if now.disk_trouble is not None:
        yield SafeCode.DISK_FULL, now.disk_trouble
    if now.disk is DiskState.FULL and (numbers.waiting or numbers.fetching):
        waits = here if numbers.on_the_way or not numbers.fetching else _to_fetch(numbers)
        yield SafeCode.DISK_FULL, f"the disk is full, {waits}"
    if now.drive is DriveState.FULL and (numbers.for_drive or now.owing):
        yield SafeCode.DRIVE_FULL, f"{_drive(now)} is full, {here}"
    if now.sending_off and there:
        whose = f" for {', '.join(now.events_off)}" if now.events_off else ""
        yield SafeCode.SENDING_OFF, f"sending is off{whose}, {here}"
    if now.uploads_paused and there and (numbers.for_drive or now.owing or numbers.removals):
        yield SafeCode.UPLOADS_PAUSED, f"uploads are paused, {here}"
    if _is_spent(now):
        yield SafeCode.DAY_SPENT, f"the day's {(now.day_spent or 0) / 1e6:,g} MB are used up, {here}"
    if now.drive is DriveState.OFFLINE and not now.connecting and (there or _from_drive(now)):
        yield SafeCode.DRIVE_OFFLINE, f"{_drive(now)} is offline{unknown}"


def _drive(now: Standing) -> str:
    return f"Drive of {now.account}" if now.account else "Drive"


def _to_do_here(numbers: Numbers) -> bool:
    return bool(numbers.waiting or numbers.fetching or numbers.folders_here or numbers.removals)


def _for_drive(now: Standing) -> bool:
    """Whether something is to be done there."""
    numbers = now.numbers
    there = numbers.for_drive or now.owing or numbers.folders or numbers.removals
    return now.drive is not DriveState.DISABLED and bool(there)


def _from_drive(now: Standing) -> bool:
    return bool(now.sources or now.numbers.fetching)


def _wait_here(numbers: Numbers) -> str:
    count = numbers.on_the_way
    if not count:
        none = "no photo waits here but what is held" if numbers.held else "no photo waits here"
        return _only_small(numbers) if numbers.only_small else none
    return f"{plural(count)} {'waits' if count == 1 else 'wait'} here"


def _to_fetch(numbers: Numbers) -> str:
    return f"{plural(numbers.fetching)} still to be fetched from Drive"


def _is_spent(now: Standing) -> bool:
    return now.day_spent is not None and bool(now.numbers.sending or now.owing) and _for_drive(now)


# ---- what moves


def _moving(now: Standing) -> Iterator[Finding]:
    if not now.paused:
        yield from _here(now)
    if now.still_open:
        yield SafeCode.STILL_OPEN, _still_open(now.still_open)
    if number := now.numbers.settling:
        yield SafeCode.ARRIVING, f"{plural(number, 'file')} {'is' if number == 1 else 'are'} still arriving"
    away = now.drive is DriveState.OFFLINE and not now.connecting
    if not now.paused and not away and now.drive not in (DriveState.DISABLED, DriveState.NEEDS_LOGIN):
        yield from _with_drive(now)
    elif now.numbers.removals and now.drive is DriveState.DISABLED and not now.paused:
        yield _removing(now)


def _still_open(files: Sequence[tuple[str, float]]) -> str:
    """The one that stands still longest is named."""
    name, seconds = max(files, key=lambda one: one[1])
    told = f"{name} is not whole: its writer has it open, and nothing has come for {seconds // 60:.0f} min"
    return told + (f", and {len(files) - 1:,} more" if len(files) > 1 else "")


def _here(now: Standing) -> Iterator[Finding]:
    numbers = now.numbers
    if numbers.waiting > numbers.growing:
        yield SafeCode.WAITING, _on_their_way(now)
    if numbers.growing:
        does, they = ("does", "it grows") if numbers.growing == 1 else ("do", "they grow")
        yield SafeCode.NOT_WHOLE, f"{plural(numbers.growing, 'file')} {does} not open yet: waiting whether {they}"
    if now.comparing:
        yield SafeCode.COMPARING, "unknown faces are being compared"
    if numbers.folders_here:
        yield SafeCode.MAKING_FOLDERS, f"{plural(numbers.folders_here, 'folder')} still to be made here"


def _with_drive(now: Standing) -> Iterator[Finding]:
    """What moves there, unless a switch or a setting holds it."""
    numbers = now.numbers
    if numbers.fetching:
        yield SafeCode.FETCHING, _to_fetch(numbers)
    if now.sending_off:
        return
    off = now.uploads_paused or now.drive is DriveState.FULL or _is_spent(now)
    stuck, stuck_folders = now.stuck
    if numbers.sending - stuck > (numbers.for_line if now.metered else 0) and not off:
        yield SafeCode.SENDING, _on_their_way(now)
    if (making := numbers.folders - stuck_folders) > 0:
        yield SafeCode.MAKING_FOLDERS, f"{plural(making, 'folder')} still to be made on Drive"
    if numbers.removals and not now.uploads_paused:
        yield _removing(now)


def _owed(now: Standing) -> Iterator[Finding]:
    """Small copies are no photos yet: whatever else may hold, that is never safe."""
    numbers = now.numbers
    if now.drive is DriveState.DISABLED or not (numbers.only_small or numbers.for_line):
        return
    if now.metered:
        waits = f"{numbers.for_line:,} {'waits' if numbers.for_line == 1 else 'wait'} for a line that is not metered"
        if not numbers.only_small:
            yield SafeCode.METERED, f"{plural(numbers.for_line)} {waits.partition(' ')[2]}"
        else:
            yield SafeCode.METERED, _only_small(numbers) + (f", {waits}" if numbers.for_line else "")
    elif numbers.only_small and not _held_up(now):
        yield SafeCode.ONLY_SMALL, f"{_only_small(numbers)}: originals follow"


def _only_small(numbers: Numbers) -> str:
    are, one = ("is", "a small copy") if numbers.only_small == 1 else ("are", "small copies")
    return f"{plural(numbers.only_small)} {are} on Drive only as {one}"


def _held_up(now: Standing) -> bool:
    """Whether sending stands still for another reason, which is told."""
    off = now.paused or now.uploads_paused or now.sending_off
    return off or _is_spent(now) or now.drive is DriveState.NEEDS_LOGIN


def _removing(now: Standing) -> Finding:
    return SafeCode.REMOVING, f"{plural(now.numbers.removals, 'file')} still to be taken out of folders or renamed"


def _on_their_way(now: Standing) -> str:
    count, filing = now.numbers.on_the_way, now.numbers.to_file
    if now.drive is DriveState.DISABLED or now.sending_off or filing == count:
        return f"{plural(count)} on {'its' if count == 1 else 'their'} way to {_folders_of(count)}"
    if now.slowed:
        return f"{now.slowed}, {_wait_here(now.numbers)}"
    count -= filing
    told = f"{plural(count)} on {'its' if count == 1 else 'their'} way to Drive"
    return f"{told}, {filing:,} to {_folders_of(filing)}" if filing else told


def _folders_of(count: int) -> str:
    return "its folder" if count == 1 else "their folders"


# ---- the folders, and what needs somebody


def _folders(now: Standing) -> Iterator[Finding]:
    if now.watcher is WatcherState.STOPPED:
        yield SafeCode.NOT_WATCHED, now.watcher_detail or "the folders are not watched"
    elif now.watcher is not WatcherState.RUNNING:
        yield SafeCode.FOLDER_MISSING, now.watcher_detail or "a folder is missing"
    if any(now.stuck):
        yield SafeCode.FOLDER_REFUSED, f"{now.refused_folder}, {_wait_here(now.numbers)}"


def _needing_you(numbers: Numbers) -> Iterator[Finding]:
    if numbers.held or numbers.decisions_held:
        yield SafeCode.HELD, f"{numbers.held or numbers.decisions_held} held: say yes or no"
    if bad := numbers.failed + numbers.refused:
        yield SafeCode.FAILED, f"{plural(bad)} {_need(bad)} you: see errors"
    if bad := numbers.unreadable:
        yield SafeCode.UNREADABLE, f"{plural(bad, 'file')} cannot be read: see errors"
    if numbers.taken_away or numbers.gone or numbers.amiss:
        yield SafeCode.TAKEN_AWAY, _taken_away(numbers)
    if bad := numbers.not_fetched:
        yield SafeCode.NOT_FETCHED, f"{plural(bad)} could not be fetched from Drive: see errors"


def _taken_away(numbers: Numbers) -> str:
    told = {
        "taken away before being filed: see errors": numbers.taken_away - numbers.lost,
        "filed once, and no file here holds it any more: see errors": numbers.lost,
        "filed, and deleted by hand wherever filed": numbers.gone,
        "deleted or changed on Drive by hand": numbers.amiss,
    }
    return "; ".join(f"{plural(bad)} {'was' if bad == 1 else 'were'} {words}" for words, bad in told.items() if bad)


def _need(count: int) -> str:
    return "needs" if count == 1 else "need"


# ---- what is still to be made sure of


def _to_be_sure(now: Standing, whole: Standing) -> Iterator[Finding]:
    if not whole.numbers.seen + whole.numbers.settling:
        yield SafeCode.NO_PHOTO, "no photo has arrived"
    if not now.swept:
        yield SafeCode.SWEEP_PENDING, "the folders are being checked once more"
    if now.drive is DriveState.NEEDS_LOGIN:
        return  # that is said already, and nothing of it moves
    if now.sources and now.drive is not DriveState.ONLINE and not now.connecting:
        is_so = f"{_drive(now)} is {now.drive}"
        yield SafeCode.SOURCE_NOT_CHECKED, f"{now.sources[0].name} on Drive cannot be checked: {is_so}"
    explained = now.numbers.fetching or now.numbers.not_fetched
    for one in now.sources:
        if one.check is SourceCheck.LOST:
            yield SafeCode.SOURCE_LOST, f"{one.name} cannot be read on Drive"
        elif one.check is SourceCheck.NOT_POLLED:
            yield SafeCode.SOURCE_NOT_CHECKED, f"{one.name} on Drive is being checked once more"
        elif one.check is SourceCheck.MISSING and not explained:
            yield SafeCode.SOURCE_MISSING_PHOTOS, f"{one.name} on Drive has {plural(one.missing)} not here"
        elif one.check is SourceCheck.LISTING_AGAIN:
            again = f"{one.name} on Drive is listed once more, to be sure"
            yield SafeCode.SOURCE_LISTING_AGAIN, f"{all_well(whole)}, but {again}"


# ---- all is well


def all_well(now: Standing) -> str:
    """What is verified, and beside it what somebody set aside."""
    numbers = now.numbers
    off = now.drive is DriveState.DISABLED
    smaller = f", originals of {', '.join(now.smaller)} only here" if now.smaller else ""
    files, told = numbers.left_here[0], numbers.verified
    smaller += f", {files:,} only here" if files else ""
    smaller += f", originals of {numbers.blurred:,} with faces blurred only here" if numbers.blurred else ""
    if numbers.all_aside:
        done = f"{plural(told)} {'filed' if off else 'verified'}, {numbers.all_aside:,} set aside"
        return f"{done}, Drive is off" if off else f"{done}{smaller}"
    every = plural(told) if told == 1 else f"all {plural(told)}"
    return f"{every} filed, Drive is off" if off else f"{every} verified on Drive{smaller}"
