"""What a request takes, kind by kind: numbers, names, ids, paths, pages. Every field is one of these.

The bounds stand in the API's description, so that a program can know before it asks. What only the agent can tell (is
there such a person, is that a picture) is told by the verb itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from agent import clock
from agent.settings.kinds import INTERVAL_NAMES, INTERVAL_TEXT

LARGEST = 2**53 - 1  # what every reader of JSON holds exactly
MANY = 10_000  # numbers in one request
LONG, LONGEST = 1000, 4096  # characters of a name, of a path

_TEXT = r"^[^\x00]*$"  # a NUL ends a text in file systems and C libraries
_PATH = r"^~?/[^\x00]*$"
_ZIP = r"^~?/[^\x00]*\.[zZ][iI][pP]$"
_CURSOR = r"^[1-9][0-9]{0,14}$"
_ADDRESS = r"^[^@\s<>,;\x00-\x1f]{1,64}@[^@\s<>,;\x00-\x1f]+\.[^@\s<>,;.\x00-\x1f]+$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_SERVICE = r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^\s\x00]+$"
ACCEPTED = {
    _TEXT: "a text without a NUL",
    _PATH: "a whole path, as /mnt/card/DSC_1.jpg",
    _ZIP: "a whole path that ends in .zip, as /mnt/stick/mia.zip",
    _CURSOR: "the cursor that the page before answered",
    _ADDRESS: "an e-mail address such as mia@example.org",
    _DATE: "a date such as 2026-11-22",
    _SERVICE: "an address such as tgram://TOKEN/CHAT: github.com/caronc/apprise/wiki",
}


def whole(value: Any) -> Any:
    """`5.0` is a whole number in JSON; `true` is none."""
    if isinstance(value, bool):
        raise ValueError("not a number")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def a_day(value: str) -> str:
    """`2026-02-31` is none."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError("there is no such day") from None


def to_come(value: str) -> str:
    if date.fromisoformat(value) < clock.local(clock.wall()).date():
        raise ValueError("that day is over")
    return value


Whole = BeforeValidator(whole)
Number = Annotated[int, Field(ge=1, le=LARGEST), Whole]
SequenceNumber = Annotated[int, Field(ge=0, le=LARGEST), Whole]
Before = Annotated[Number | None, Field(description="the smallest number of the page before")]
After = Annotated[Number | None, Field(description="the smallest `oldest` of the page before")]
Run = Annotated[Number | None, Field(description="the number of a line that stands for several")]
About = Literal["all", "problems", "decisions", "photos", "folders"]
Words = Annotated[str, Field(max_length=LONG, pattern=_TEXT)]
Name = Annotated[str, Field(min_length=1, max_length=LONG, pattern=_TEXT)]
Id = Annotated[str, Field(min_length=1, max_length=LONG, pattern=_TEXT)]
Path = Annotated[
    str, Field(min_length=1, max_length=LONGEST, pattern=_PATH, description="absolute, on the agent's machine")
]
ZipFile = Annotated[  # nothing else is ever written where a request says
    str, Field(max_length=LONGEST, pattern=_ZIP, description="absolute, on the agent's machine, and ends in .zip")
]
Link = Annotated[
    str, Field(min_length=1, max_length=LONGEST, pattern=_TEXT, description="address or id of a folder on Drive")
]
Page = Annotated[int, Field(ge=1, le=10**9), Whole]
PerPage = Annotated[int, Field(ge=1, le=200), Whole]
Side = Annotated[int, Field(ge=16, le=1024, description="pixels"), Whole]
Cursor = Annotated[str, Field(pattern=_CURSOR, description="as the page before answered it")]
PhotoOrder = Literal["newest", "name", "who", "state", "taken"]
UploadState = Literal["queued", "active", "verified", "failed"]
Megabits = Annotated[float, Field(ge=0, le=100_000)]
Address = Annotated[str, Field(pattern=_ADDRESS, max_length=254, description="an e-mail address")]
MessageAddress = Annotated[str, Field(pattern=_SERVICE, max_length=LONGEST, description="as Apprise writes it")]
Date = Annotated[str, Field(pattern=_DATE, description="a date: 2026-11-22"), AfterValidator(a_day)]
LastDay = Annotated[Date, AfterValidator(to_come)]
Limit = Annotated[int, Field(ge=1, le=1000), Whole]
SomeFolders = Annotated[int, Field(ge=1, le=1000), Whole]

Person = Annotated[Id, Field(description="a name, or an id")]
PersonId = Annotated[Id, Field(description="a person's id")]
Stranger = Annotated[Id, Field(description="of a guest, or of a group of faces")]
Question = Annotated[Number, Field(description="of the question")]
Face = Annotated[Id, Field(description="a face's id, or photo:NUMBER")]
Faces = Annotated[Sequence[Id], Field(max_length=1000, description="ids of faces; none: all of theirs")]
AsReference = Annotated[
    bool, Field(description="false: theirs also where it cannot be a reference, and known better only where it is good")
]
How = Annotated[Name, Field(description="how they consented, in your words: signed form")]
Consented = Annotated[Words, Field(description="how they consented, in your words; empty: nothing new is recorded")]
Until = Annotated[LastDay | None, Field(description="the last day that it holds: 2027-11-22; none: without an end")]
LinkUntil = Annotated[LastDay | None, Field(description="the last day that the link opens anything; none: as it is")]
LinkTo = Annotated[Address | None, Field(description="an e-mail address that is let in; none: anyone with the link")]
Never = Annotated[bool, Field(description="keep what is needed to ask about that face no more")]
Blur = Annotated[
    bool | None, Field(description="blur their face in what is filed of photos, here and on Drive; null: as it is set")
]
Open = Annotated[bool, Field(description="anyone with the link may read; false: nobody any more")]
Photos = Annotated[Sequence[Number], Field(min_length=1, max_length=MANY, description="numbers of photos")]
SomePhotos = Annotated[Sequence[Number], Field(max_length=MANY, description="numbers of photos")]
References = Annotated[Sequence[Path], Field(min_length=1, max_length=1000)]
Previews = Annotated[Sequence[Path], Field(min_length=1, max_length=20)]
Troubles = Annotated[Sequence[Number], Field(max_length=MANY, description="numbers of troubles")]
SomeTroubles = Annotated[Sequence[Number], Field(max_length=200)]
Ids = Annotated[Sequence[Id], Field(max_length=1000)]

Event = Annotated[Id, Field(description="a name, or an id")]
InEvent = Annotated[
    Id | None, Field(description="a name, or an id; none: the default one, or one that has that person")
]
ReportedEvent = Annotated[Id | None, Field(description="a name, or an id; none: all events")]
Events = Annotated[Sequence[Id], Field(max_length=1000, description="names or ids; none: all")]
Key = Annotated[
    Id,
    Field(
        description="name, enabled, interval, tolerance, account, destination, gone, send, review, all_photos,"
        " long_side, quality, watermark, without_faces, exclude, name_template, folder_depth or ends"
    ),
]
Ahead = Annotated[
    str,
    Field(
        min_length=1,
        max_length=30,
        pattern=_TEXT,
        description="+0:12:30 its clock is ahead, -1:00 behind, 0 it is right, auto: found out",
    ),
]
Value = Annotated[Words, Field(description="empty: follow the workspace's settings")]
Source = Annotated[Link, Field(description="address or id of a folder; or a source's id or name")]
Only = Annotated[Sequence[Id], Field(max_length=1000, description="ids of chosen subfolders; none: all")]
Links = Annotated[Sequence[Link], Field(max_length=1000)]
Paths = Annotated[Sequence[Path], Field(max_length=1000)]
GoogleAccount = Annotated[Words, Field(description="a Google account's address; empty: the one that all events use")]
SignedInAccount = Annotated[Words, Field(description="a Google account's address; empty: all that are signed in")]
Destination = Annotated[Link | None, Field(description="address or id of a folder on Drive; none: made by us")]
Parent = Annotated[Id | None, Field(description="an id, `root` or `shared-with-me`")]

Mbps = Annotated[Megabits | None, Field(description="megabits a second; 0: all of it, none: as it is")]
Megabytes = Annotated[float, Field(ge=0, le=999_999)]
DailyMb = Annotated[Megabytes | None, Field(description="megabytes to send a day; 0: no limit, none: as it is")]
Metered = Annotated[Literal["on", "off", "auto"] | None, Field(description="auto: as the settings say; none: as it is")]
Off = Annotated[bool, Field(description="before that, as the settings have it again")]
Yes = Annotated[bool, Field(description="go on, whatever it says that it costs")]
Finish = Annotated[bool, Field(description="not before all is sent")]
Backup = Annotated[Words, Field(description="a backup's name, or a path")]
Client = Annotated[Path | None, Field(description="path of the OAuth client's JSON file on the agent's machine; kept")]
Pasted = Annotated[
    str, Field(min_length=1, max_length=16_384, description="the address that the browser ended at, or its code")
]


def minutes(value: Any) -> float:
    """A number of minutes, or its name."""
    number = INTERVAL_NAMES.get(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0.5 <= number <= 60:
        raise ValueError(f"accepted: {INTERVAL_TEXT}")
    return float(number)


Interval = Annotated[
    float,
    BeforeValidator(minutes),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0.5, "maximum": 60},
                {"type": "string", "enum": list(INTERVAL_NAMES)},
            ],
            "description": "minutes",
        }
    ),
]


class Lenient(BaseModel):
    """The predecessors' programs send more than is needed: what is not known is left alone."""

    model_config = ConfigDict(extra="ignore", strict=True)
