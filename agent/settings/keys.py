"""Every key of config.toml, with its default, its range and what it is for.

The single source: the commented example, the table in the documentation and the errors are made from these classes.
"""

from __future__ import annotations

import os
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from agent.clock import SYSTEM, is_zone
from agent.settings.kinds import (
    Accepts,
    Addresses,
    Bytes,
    ClockTime,
    DriveFolder,
    Executor,
    Folders,
    Group,
    Hours,
    KeyName,
    Message,
    Minutes,
    Mode,
    NameTemplate,
    PushAddress,
    Tell,
    Workers,
    tables,
)

CORES = os.cpu_count() or 1
PLACEHOLDERS = ("change", "secret", "example", "placeholder", "your", "xxx", "todo")


class Section(BaseModel):
    """A table of config.toml. Unknown keys are refused, so that a typing error is not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def no_truth_for_numbers(cls, value: Any, info: ValidationInfo) -> Any:
        """`uploads = true` is a slip, not 1."""
        field = cls.model_fields[info.field_name or ""]
        if isinstance(value, bool) and field.annotation is not bool:
            raise ValueError("true and false are for switches")
        return value


class Drive(Section):
    """Google Drive: where photos go, and how hard to try."""

    enabled: bool = Field(default=True, description="false files on this machine only")
    endpoint: str = Field(default="", description="address of an emulator (http://127.0.0.1:PORT); empty: Google")
    destination: DriveFolder = Field(
        default="", description="a Drive folder of yours to file under; empty: venuesync/<Event>, made by us"
    )
    send: bool = Field(default=True, description="false records what belongs on Drive and does not send it")
    uploads: int = Field(
        default=8, ge=1, le=32, description="photos sent at once; 8 and more: up to 64 over a line that loses packets"
    )
    downloads: int = Field(default=3, ge=1, le=32, description="photos fetched at once")
    attempts: int = Field(
        default=3, ge=1, le=20, description="tries for a photo that Drive refuses; outages never count"
    )
    retry_delay: float = Field(
        default=1.0, ge=0.1, le=60, description="seconds before the second try; it grows from there"
    )
    folder_check: float = Field(
        default=10.0, ge=1, le=3600, description="seconds between comparisons of wanted and known folders"
    )
    up_mbps: float = Field(default=0.0, ge=0, le=100_000, description="most megabits a second to send; 0: no limit")
    down_mbps: float = Field(default=0.0, ge=0, le=100_000, description="most megabits a second to fetch; 0: no limit")
    metered: bool = Field(
        default=False, description="small copies first, originals when the line is not metered any more"
    )
    metered_long_side: int = Field(
        default=2048, ge=640, le=8000, description="pixels of the small copies' longer side, while the line is metered"
    )
    metered_quality: int = Field(default=80, ge=50, le=100, description="of the small copies, as JPEGs have it")
    daily_mb: float = Field(
        default=0.0, ge=0, le=999_999, description="most megabytes to send a day, in time.zone; 0: no limit"
    )
    progress_timeout: float = Field(
        default=300.0, ge=5, le=3600, description="seconds without one byte moving before a transfer starts again"
    )
    push: PushAddress = Field(
        default="",
        description="https address at which Drive's push messages reach this machine's api.listen; empty: none",
    )


class Sync(Section):
    """Photos that arrive through Drive folders."""

    interval: Minutes = Field(default=2.0, description="longest wait between two looks at Drive, in minutes")
    adaptive: bool = Field(default=True, description="look sooner (down to 5 s) while photos arrive")
    gone: Literal["keep", "remove"] = Field(
        default="keep", description="what to do with photos that disappear at the source"
    )


class Incoming(Section):
    """Photos that arrive on this machine."""

    folders: Folders = Field(default=[], description="more folders to watch, besides Incoming/")
    after: Literal["keep", "move"] = Field(
        default="keep", description="keep originals in place, or move them to Processed/ when filed"
    )
    sweep: float = Field(
        default=60.0,
        ge=1,
        le=3600,
        description="seconds between looks through all folders for what was missed; more where one takes long",
    )
    replaced: Literal["keep", "replace"] = Field(
        default="keep",
        description="a file overwritten in place: keep both photos, or the new one only, once it is filed",
    )


class Faces(Section):
    """Finding and telling apart faces."""

    engine: Literal["dlib-onnx", "face_recognition"] = Field(default="dlib-onnx", description="who finds faces")
    workers: Workers = Field(default=CORES, description="processes that look at photos")
    executor: Executor = Field(
        default="local", description="who looks at photos: this machine, or while it is busy a Dask cluster, too"
    )
    tolerance: float = Field(
        default=0.50,
        ge=0.3,
        le=0.6,
        description="longest distance at which a face is filed by itself; lower is stricter",
    )
    review: float = Field(
        default=0.60, ge=0.3, le=0.7, description="longest distance at which a face is shown as a near miss"
    )
    second_looks: bool = Field(
        default=True, description="look more closely, in idle time, at photos without faces or with fewer than others"
    )


class People(Section):
    """Who gets a folder."""

    guest_after: int = Field(
        default=3,
        ge=0,
        le=1000,
        description="photos in which an unknown face must be before it becomes a guest; 0: never",
    )
    require_consent: bool = Field(
        default=False, description="nobody is enrolled or named without a word on how they consented"
    )
    consent_ended: Literal["ask", "forget"] = Field(
        default="ask", description="the night after a consent's last day: name who it was, or forget them for good"
    )
    forgotten: Literal["stay", "blur"] = Field(
        default="stay",
        description="faces of somebody who is forgotten, on photos as they are filed: they stay, or are blurred",
    )
    unknown_days: int = Field(
        default=0, ge=0, le=3650, description="days that faces of nobody known are kept to be compared; 0: for good"
    )
    strangers_days: int = Field(
        default=7,
        ge=0,
        le=3650,
        description="days after an event's last that its strangers are asked about; 0: for good",
    )
    ended_days: int = Field(
        default=0,
        ge=0,
        le=3650,
        description="days after an event's last that its faces are kept to be compared; 0: for good",
    )


class Disk(Section):
    """Room on this machine."""

    keep_free: Bytes = Field(
        default=2 * 10**9, description="filing waits below this much free space; a warning is shown below 10 GB"
    )


class Filing(Section):
    """The files and folders that are made here, under People/ and beside it."""

    name: NameTemplate = Field(
        default="",
        description="how photos are called as they are filed: {date}_{time}_{event}_{number}; empty: as they came",
    )
    mode: Mode = Field(
        default="",
        description="rights of new files; folders may be entered by whoever may read them; empty: as the original's",
    )
    group: Group = Field(default="", description="group of new files and folders; empty: the user's own")


class Power(Section):
    """This machine's sleep."""

    stay_awake: bool = Field(
        default=True, description="hold the machine awake while photos wait to be filed or sent, where it can be held"
    )


class Cleanup(Section):
    """Tidying up at night."""

    at: ClockTime = Field(default="02:00", description="when, in time.zone")
    days: int = Field(default=7, ge=1, le=365, description="days that filed downloads, links and logs are kept")


class PaceRule(Section):
    """Another pace by time of day, in `time.zone`; `from` after `to` goes over midnight."""

    start: ClockTime = Field(alias="from")
    end: ClockTime = Field(alias="to")
    interval: Minutes | None = None
    up_mbps: float | None = Field(default=None, ge=0, le=100_000)
    down_mbps: float | None = Field(default=None, ge=0, le=100_000)


PACE_TEXT = (
    'tables such as {from = "18:00", to = "23:30", interval = 1, up_mbps = 20}, or all of them as JSON, such as'
    ' [{"from": "18:00", "to": "23:30", "up_mbps": 20}]'
)
PaceRules = Annotated[list[PaceRule], BeforeValidator(tables), Accepts(PACE_TEXT)]


class Schedule(Section):
    """The net beneath the live feeds."""

    sync_hours: float = Field(
        default=6.0, ge=0.5, le=168, description="hours between full listings of the events that need one"
    )
    mark_hours: float = Field(default=12.0, ge=0.5, le=168, description="hours between looks for events that need one")
    stale_hours: float = Field(
        default=24.0, ge=1, le=720, description="hours after which an event needs a full listing"
    )
    pace: PaceRules = Field(
        default=[], description="another pace by time of day: [[schedule.pace]] from, to, interval, up_mbps, down_mbps"
    )


class Time(Section):
    """The clock."""

    zone: Annotated[str, Accepts('"system", or a name such as Europe/Stockholm')] = Field(
        default=SYSTEM,
        description="time zone of the event: of its days, its night, and of photos' times that say none",
    )

    @field_validator("zone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        if value != SYSTEM and not is_zone(value):
            raise ValueError("unknown time zone")
        return value


class Monitor(Section):
    """The monitor on this terminal."""

    on_hangup: Literal["headless", "stop"] = Field(
        default="headless", description="when its terminal goes away: go on without a screen, or stop"
    )
    pictures: Literal["auto", "pixels", "blocks", "off"] = Field(
        default="auto",
        description="faces and photos: real pixels where the terminal can, pixels also over SSH, half blocks, or none",
    )
    bell: bool = Field(
        default=True, description="ring when all is safe, when somebody is needed, after five minutes without Drive"
    )
    desktop: Literal["auto", "9", "777", "off"] = Field(
        default="auto",
        description="tell the desktop then, by the terminal: OSC 9 or 777, whichever it may know, or not",
    )
    theme: Annotated[str, Accepts("auto, dark, light, or the name of a theme")] = Field(
        default="auto",
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        description="colours: by the terminal, dark, light, nord and others, or a file: docs/monitor.md",
    )


class Keys(Section):
    """Keys of the monitor. Who takes another key's place gives it the own one; a letter moves with all that it does."""

    enroll: KeyName = Field(default="e", description="enroll somebody")
    pause: KeyName = Field(default="p", description="pause uploads, or go on")
    pause_all: KeyName = Field(default="P", description="pause everything, or go on")
    metered: KeyName = Field(default="D", description="the line is metered, or not")
    sync: KeyName = Field(default="s", description="look for new photos now")
    resync: KeyName = Field(default="R", description="list an event anew and repair it")
    retry: KeyName = Field(default="x", description="try the marked one again")
    retry_all: KeyName = Field(default="X", description="try all of its cause again")
    set_aside: KeyName = Field(default="d", description="set aside: no longer counts against packing up")
    bring_back: KeyName = Field(default="b", description="bring back what was set aside")
    healed: KeyName = Field(default="h", description="between what needs you and what healed by itself")
    undo: KeyName = Field(default="z", description="undo the last decision")
    redo: KeyName = Field(default="U", description="do it again")
    yes: KeyName = Field(default="y", description="yes to a question")
    no: KeyName = Field(default="n", description="no to a question; the marked face is somebody else's")
    link: KeyName = Field(default="l", description="link of a person or photo; later, in a near miss")
    open: KeyName = Field(default="o", description="open the folder")
    order: KeyName = Field(default="c", description="change the order")
    kind: KeyName = Field(default="k", description="only one kind: of lines, of a burst, of photos for Drive")
    rename: KeyName = Field(default="r", description="rename a person or an event")
    merge: KeyName = Field(default="m", description="merge into another person")
    ignore: KeyName = Field(default="i", description="ignore a group or face; the interval of an event")
    file_as: KeyName = Field(default="f", description="file as a portrait, or as a group")
    move: KeyName = Field(default="M", description="move a photo into another event")
    withdraw: KeyName = Field(default="w", description="withdraw a photo")
    add: KeyName = Field(default="a", description="add an event")
    add_source: KeyName = Field(default="A", description="add a folder on Drive to the marked event")
    long_side: KeyName = Field(default="L", description="how large the marked event's photos are on Drive")
    clocks: KeyName = Field(default="K", description="the clocks of the marked event's cameras")
    account: KeyName = Field(default="W", description="the Google account of the marked event")
    next_event: KeyName = Field(default="v", description="show the next event")
    look: KeyName = Field(default="space", description="the marked one over the whole screen; event on or off")
    faces: KeyName = Field(default="f2", description="between photos and faces, in Enroll")
    export: KeyName = Field(default="E", description="everything held about a person, as one zip")
    consent: KeyName = Field(default="C", description="how a person consented to being known here")
    guests: KeyName = Field(default="G", description="the guests' page: its code, and cards to print")
    forget: KeyName = Field(default="F", description="forget a person, for good")
    report: KeyName = Field(default="N", description="the night on one page")
    messages: KeyName = Field(default="T", description="a trial message to every address")
    agent: KeyName = Field(default="S", description="stop the agent, or start it")
    find: KeyName = Field(default="/", description="find by typing")
    find_anywhere: KeyName = Field(default="ctrl+p", description="find a person, photo, event or action")
    sign_in: KeyName = Field(default="g", description="sign in to Google Drive")
    light: KeyName = Field(default="t", description="light or dark ground")
    help: KeyName = Field(default="?", description="all keys")
    quit: KeyName = Field(default="q", description="close the monitor")

    @model_validator(mode="after")
    def one_for_each(self) -> Self:
        taken = dict[str, str]()
        for name in self.model_fields_set:
            other = taken.setdefault(getattr(self, name), name)
            if other != name:
                raise ValueError(f"{' and '.join(sorted((name, other)))} are both given {getattr(self, name)}")
        return self

    def moved(self) -> dict[str, str]:
        """From the monitor's own key to the one that takes its place."""
        return {
            field.default: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if getattr(self, name) != field.default
        }


class Api(Section):
    """The control API over TCP. The socket for this machine's own users is always there."""

    listen: Annotated[
        str, Accepts("127.0.0.1:PORT for this machine alone, 0.0.0.0:PORT for phones and other machines, too, or empty")
    ] = Field(
        default="", pattern=r"^$|^[^\s:]+:[0-9]{1,5}$", description="address and port to listen on, too; empty: none"
    )
    token_days: int = Field(default=90, ge=1, le=3650, description="days that an access token is good for")
    key: Annotated[SecretStr, Accepts("at least 32 bytes of your own, no placeholder; empty: made by us")] = Field(
        default=SecretStr(""), description="key that signs access tokens; empty: made by us"
    )

    @field_validator("listen")
    @classmethod
    def real_port(cls, value: str) -> str:
        if value and not 1 <= int(value.rpartition(":")[2]) <= 65535:
            raise ValueError("no such port")
        return value

    @field_validator("key")
    @classmethod
    def strong_key(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and len(text.encode()) < 32:
            raise ValueError(f"only {len(text.encode())} bytes long")
        if text and (len(set(text)) < 8 or any(word in text.lower() for word in PLACEHOLDERS)):
            raise ValueError("a placeholder")
        return value


class Guests(Section):
    """A page for guests, at /guest below api.listen: a selfie finds the photos that its face is on."""

    page: bool = Field(default=False, description="whether there is such a page")
    event: str = Field(default="", description="the event whose photos it shows; empty: the first one")
    address: Annotated[str, Accepts("http:// or https:// and a name, or empty")] = Field(
        default="",
        pattern=r"^$|^https?://[^\s/?#]+$",
        description="where guests reach it, as behind a proxy; empty: api.listen, by this machine's address",
    )
    enroll: bool = Field(default=True, description="whether guests may have a folder in their own name there")
    hours: int = Field(default=12, ge=1, le=168, description="hours that a guest's phone goes on seeing the photos")
    words: str = Field(
        default="", description="a folder with texts of yours, one file a language (pt.toml); empty: ours alone"
    )


class Notify(Section):
    """Messages to people: by mail, Telegram, Slack and whatever else Apprise has an address for."""

    addresses: Addresses = Field(
        default=[],
        description="where messages go: github.com/caronc/apprise/wiki; they hold passwords; none: no messages",
    )
    tell: Tell = Field(default=["safe", "problems"], description="what is told")
    safe_after: float = Field(
        default=5, ge=0, le=1440, description="minutes that all stays safe before a message says so"
    )
    offline_after: float = Field(
        default=10, ge=0, le=1440, description="minutes without Drive before a message says so"
    )
    every: float = Field(default=30, ge=1, le=1440, description="minutes between messages of new photos")
    quiet: Hours = Field(default="", description="hours without messages, in time.zone; they come afterwards")
    problem: Message = Field(
        default="{venue}: {title}\n{text}", description="how it is told that something needs somebody"
    )
    over: Message = Field(default="{venue}: Over: {title}\n{text}", description="how it is told that this is over")
    safe: Message = Field(default="{venue}: safe to pack up\n{text}", description="how it is told that all is safe")
    new_photos: Message = Field(
        default="{venue}: new photos of {count}\n{text}", description="how new photos are told, a line for each person"
    )


class Log(Section):
    """The log in .venuesync/logs/."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="how much is written")
    format: Literal["text", "json"] = Field(default="text", description="for people, or for machines")
    names: bool = Field(default=False, description="write people's names; false: their ids only")


class Settings(Section):
    """All settings. Frozen: a change is a new one."""

    drive: Drive = Drive()
    sync: Sync = Sync()
    incoming: Incoming = Incoming()
    faces: Faces = Faces()
    people: People = People()
    disk: Disk = Disk()
    filing: Filing = Filing()
    power: Power = Power()
    cleanup: Cleanup = Cleanup()
    schedule: Schedule = Schedule()
    time: Time = Time()
    monitor: Monitor = Monitor()
    keys: Keys = Keys()
    api: Api = Api()
    guests: Guests = Guests()
    notify: Notify = Notify()
    log: Log = Log()

    @field_validator("guests")
    @classmethod
    def where_guests_come(cls, value: Guests, info: ValidationInfo) -> Guests:
        if value.page and not info.data.get("api", Api()).listen:
            raise ValueError("The page needs an address: set api.listen, too")
        return value
