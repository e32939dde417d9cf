"""What the screens know of the agent: a pure reducer from snapshots and changes, and the `View` that is drawn from it.

Nothing here draws or waits, so every state of the screen can be made, compared and tested without a terminal.

"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agent.model import DEFAULT_EVENT, DriveState, Step
from agent.requests.control import PausedStatus
from agent.requests.events import EventStatus
from agent.requests.faces import UnknownRow
from agent.requests.people import PersonStatus
from agent.requests.snapshot import Change, IncomingFolder, LatestPhoto, QueueSection, Snapshot, UploadingSection
from agent.requests.status import StatusDocument
from agent.requests.troubles import ActivityEntry, TroubleSection
from tui import words
from tui.keys.remedies import troubles_by_key

# ---- what must not jump: the scale of the bars, and the time to go
# Both remember what they showed and change in steps, so that a glance every few seconds finds the same picture.

MEMORY = 600.0  # seconds that a high depth keeps the scale up
HOLD = 3.0  # seconds that a new time to go must last before it is shown


@dataclass(frozen=True, slots=True)
class BarScale:
    """The depth that fills a bar: the next of 10, 20, 50, 100, … above the highest of the last ten minutes."""

    depth: int = 0
    past: tuple[tuple[float, int], ...] = ()  # (when it was last true, depth), higher than `depth`

    def note(self, depth: int, now: float) -> BarScale:
        if depth == self.depth and not self.past:
            return self
        past = self.past if depth >= self.depth else (*self.past, (now, self.depth))
        kept = tuple((at, was) for at, was in past if was > depth and now - at <= MEMORY)
        return BarScale(depth, kept)

    @property
    def full(self) -> int:
        highest = max([self.depth, *(was for _, was in self.past)])
        step = 10
        while True:
            for factor in (1, 2, 5):
                if step * factor > highest:
                    return step * factor
            step *= 10


@dataclass(frozen=True, slots=True)
class Held:
    """A text that changes only once its successor has lasted `HOLD` seconds; the first one shows at once."""

    shown: str | None = None
    coming: str | None = None
    since: float = 0.0  # when `coming` was first said

    def say(self, text: str | None, now: float) -> Held:
        if text == self.shown == self.coming:
            return self
        if self.shown is None or text == self.shown:
            return Held(text, text, now)
        if text != self.coming:
            return Held(self.shown, text, now)
        return Held(text, text, now) if now - self.since >= HOLD else self


# ---- the state, and what changes it

ACTIVITY_KEPT = 100
STARTS = 30.0  # seconds that an agent may take from its start to its first word
GRACE = 2.0  # seconds without a word from the agent that still count as one


@dataclass(frozen=True, slots=True)
class ScreenState:
    """All that a screen may show; `boot` and `seq` say up to which change of which agent's run."""

    boot: str = ""
    seq: int = -1
    status: StatusDocument | None = None
    queue: QueueSection = field(default_factory=lambda: QueueSection(steps={}, per_minute=[]))
    uploading: UploadingSection = field(default_factory=lambda: UploadingSection(active=[], waiting=[]))
    latest: list[LatestPhoto] = field(default_factory=list[LatestPhoto])
    troubles: TroubleSection = field(default_factory=lambda: TroubleSection(open=[], healed=[], healed_today=0))
    folders: list[IncomingFolder] = field(default_factory=list[IncomingFolder])
    activity: list[ActivityEntry] = field(default_factory=list[ActivityEntry])
    lost_since: float | None = None  # when the last word came, while none comes; as all times here: `View.steady`
    ended: bool = False  # and none runs in that workspace
    started_at: float | None = None  # when one was started here, that has said nothing yet
    event: str = ""  # id of the event that was chosen to be shown
    scale: BarScale = field(default_factory=BarScale)
    about: Held = field(default_factory=Held)

    @property
    def events(self) -> list[EventStatus]:
        return self.status["events"] if self.status else []

    @property
    def people(self) -> list[PersonStatus]:
        return self.status["people"] if self.status else []

    @property
    def drive_off(self) -> bool:
        """Nothing goes to Drive, by the settings."""
        return self.status is not None and self.status["drive"]["state"] == DriveState.DISABLED

    def depth(self, step: Step) -> int:
        """How many photos are in a step."""
        found = self.queue["steps"].get(step.value)
        return found["count"] if found else 0

    def unheard(self, now: float) -> float:
        """For how many seconds the agent has said nothing; 0 while it can be heard."""
        return 0.0 if self.lost_since is None else max(0.0, now - self.lost_since)


def start(now: float) -> ScreenState:
    """Before the agent's first word."""
    return ScreenState(lost_since=now)


def fresh(before: ScreenState, snapshot: Snapshot, now: float) -> ScreenState:
    """The snapshot, and of before only what makes the picture steady."""
    return _settle(
        ScreenState(
            boot=snapshot["boot"],
            seq=snapshot["seq"],
            status=snapshot["status"],
            queue=snapshot["queue"],
            uploading=snapshot["uploading"],
            latest=snapshot["latest"],
            troubles=troubles_by_key(snapshot["troubles"]),
            folders=snapshot["folders"],
            activity=snapshot["activity"],
            event=before.event,
            scale=before.scale,
            about=before.about,
        ),
        now,
    )


def apply(state: ScreenState, change: Change, now: float) -> ScreenState:
    """The state with one change in it; what is old already, or of another run, changes nothing."""
    section, data = change["section"], change["data"]
    if change["boot"] != state.boot or change["seq"] <= state.seq or section == "resync":
        return state
    if section == "activity":
        data = [*reversed(data), *state.activity][:ACTIVITY_KEPT]
    elif section == "troubles":
        data = troubles_by_key(data)
    return _settle(replace(state, seq=change["seq"], **{section: data}), now)


def lost(state: ScreenState, now: float, ended: bool = False) -> ScreenState:
    """The agent cannot be heard; the moment since when stays the first one. `ended`: as none runs."""
    since = now if state.lost_since is None else state.lost_since
    changed = since != state.lost_since or ended != state.ended
    return replace(state, lost_since=since, ended=ended) if changed else state


def starting(state: ScreenState, now: float) -> ScreenState:
    """Somebody starts it: it is some seconds on its way."""
    return replace(state, started_at=now)


def paused(state: ScreenState, answer: PausedStatus) -> ScreenState:
    """The agent's own answer to pause or resume, before its event comes round."""
    if state.status is None:
        return state
    return replace(state, status={**state.status, "paused": answer})


def metered(state: ScreenState, on: bool) -> ScreenState:
    """The same of the line."""
    if state.status is None:
        return state
    return replace(state, status={**state.status, "drive": {**state.status["drive"], "metered": on}})


def tick(state: ScreenState, now: float) -> ScreenState:
    """Time has passed: the same object if nothing that is shown hangs on that."""
    return _settle(state, now)


def _settle(state: ScreenState, now: float) -> ScreenState:
    depth = max((state.depth(step) for step in Step), default=0)
    scale = state.scale.note(depth, now)
    seconds = state.status["uploads"]["eta_seconds"] if state.status else None
    about = state.about.say(words.about(seconds), now)
    if scale == state.scale and about == state.about:
        return state
    return replace(state, scale=scale, about=about)


def shown_event(state: ScreenState) -> EventStatus | None:
    """The event that the head names: the chosen one, else the first with a name of its own."""
    events = state.events
    chosen = next((event for event in events if event["id"] == state.event), None)
    return chosen or next((event for event in events if has_name(event)), events[0] if events else None)


def has_name(event: EventStatus) -> bool:
    return event["id"] != DEFAULT_EVENT or event["name"] not in ("", DEFAULT_EVENT)


def event_name(state: ScreenState) -> str:
    """What the shown event is called, as commands and Drive say it: `default` while it has no name of its own."""
    event = shown_event(state)
    return event["name"] if event is not None else ""


def next_event(state: ScreenState) -> ScreenState:
    """The event after the one that is shown; where there is only one, nothing changes."""
    shown = shown_event(state)
    if shown is None or len(state.events) < 2:
        return state
    ids = [event["id"] for event in state.events]
    return replace(state, event=ids[(ids.index(shown["id"]) + 1) % len(ids)])


def people_shown(state: ScreenState) -> list[PersonStatus]:
    """The people of the event that is shown; of all where there is only one."""
    shown = shown_event(state)
    if shown is None or len(state.events) < 2 or not state.event:
        return state.people
    return [person for person in state.people if person["event"] == shown["id"]]


def target_event(state: ScreenState) -> str | None:
    """The id of the event that new people are of, where there are several: the one in the head."""
    shown = shown_event(state)
    return shown["id"] if shown is not None and len(state.events) > 1 else None


def whose_event(state: ScreenState, person: PersonStatus | UnknownRow) -> str:
    """The name of the event that somebody is of, where there are several: a guest's number is its event's own."""
    if len(state.events) < 2:
        return ""
    return next((event["name"] for event in state.events if event["id"] == person["event"]), "")


def whom(state: ScreenState, person: PersonStatus) -> str:
    """A name as a list of all events shows it: two people of one name in two events are told apart."""
    others = (one for one in state.people if one["name"] == person["name"] and one["event"] != person["event"])
    return f"{person['name']}, {whose_event(state, person)}" if any(others) else person["name"]


# ---- what a pane is given to draw


@dataclass(frozen=True, slots=True)
class Offers:
    """The keys, or "" where there is none."""

    errors: str = ""  # opens the Errors screen
    sign_in: str = ""

    @property
    def see_errors(self) -> str:
        return f"press {self.errors}" if self.errors else "see Errors"

    def more_causes(self, count: int) -> str:
        """The last row of the pane when there are more causes than rows."""
        causes = "1 more cause" if count == 1 else f"{count:,} more causes"
        return f"and {causes}: press {self.errors}" if self.errors else f"and {causes}: venuesync errors lists them"


@dataclass(frozen=True, slots=True)
class View:
    """`plain`: no colour, so inverse video takes the place of fills. `closing`: the monitor ends when all is sent.

    `now`: what the clock shows. `steady`: the same moment on the line that nobody can set, on which waits are counted.
    `beneath`: a dialog lies over it, and has the keys.
    """

    state: ScreenState = field(default_factory=ScreenState)
    now: float = 0.0
    offers: Offers = field(default_factory=Offers)
    plain: bool = False
    closing: bool = False
    steady: float = 0.0
    beneath: bool = False

    @property
    def unheard(self) -> float:
        """For how many seconds the agent has said nothing."""
        return self.state.unheard(self.steady)

    @property
    def silent(self) -> bool:
        """The agent cannot be heard: what is shown of it was so once, and is nothing to go by."""
        return self.unheard >= GRACE

    @property
    def looking(self) -> str:
        """In place of what the agent was asked for, and has not said yet."""
        return "Not known." if self.silent else "Looking."

    @property
    def starting(self) -> bool:
        """The agent is on its way."""
        return self.state.started_at is not None and self.steady - self.state.started_at < STARTS
