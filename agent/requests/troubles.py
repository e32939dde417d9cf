"""What went wrong, what is set aside, what waits for a yes, and what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from agent.requests.ask import Command, Query

if TYPE_CHECKING:
    from agent.requests.fields import About, After, Ids, Limit, Run, SomeTroubles, Troubles, Words


class Trouble(TypedDict):
    """One cause of trouble, with everything that suffers from it."""

    kind: str
    cause: str
    severity: str
    title: str  # `Photo cut short`
    detail: str  # why, of the newest one: `DSC_4402.jpg ends early`
    remedy: str  # begins with a verb
    subjects: list[str]  # names of photos, folders, persons; 20 at most
    ids: list[int]  # troubles, for `dismiss`
    photos: list[int]  # photos that suffer from it, for `retry`
    count: int
    first_at: str
    last_at: str
    ended_at: str | None  # when it healed; None while it is open


class TroubleSection(TypedDict):
    open: list[Trouble]  # newest first
    healed: list[Trouble]  # newest first, 20 at most
    healed_today: int


class TroubleRow(TypedDict):
    """One of the troubles that a `Trouble` stands for."""

    id: int
    photo: int | None
    subject: str
    detail: str
    remedy: str
    count: int
    first_at: str
    last_at: str


class AsideRow(TypedDict):
    """Something that an operator set aside: a failed photo, or a file that could not be read, fetched or found."""

    id: int | None  # the trouble's, for `restore`
    photo: int | None
    event: str
    name: str
    title: str
    detail: str
    at: str | None
    only: str  # where it is whole, as far as is known: here, card or source
    files: list[str]  # what lies here of it, absolute
    on_drive: list[str]  # folders there that hold it all the same


class HeldRow(TypedDict):
    id: str
    what: str  # `120 photos would be taken out of folders`
    why: str
    event: str | None
    count: int
    photos_of: str | None  # id of the event whose photos wait to be filed


class ActivityEntry(TypedDict):
    id: int
    at: str
    kind: str
    event: str | None
    text: str
    photo: int | None  # whose line it is, where it is one photo's
    count: int  # lines that it stands for: more than one where what went well is told as one
    since: str  # the oldest of them
    oldest: int  # its number


# ---- what is asked


class ListTroubles(Query[TroubleSection]):
    """What needs somebody, and what healed by itself."""

    path = "/errors"


class ListTroubleRows(Query[list[TroubleRow]]):
    """These troubles one by one, newest first."""

    path = "/errors/rows"
    ids: SomeTroubles


class DismissTroubles(Command[int]):
    """Set troubles aside, and the failed photos they speak of. Returns how many."""

    path = "/commands/errors-dismiss"
    ids: Troubles


class RestoreTroubles(Command[int]):
    """Take that back, by the same numbers: they need somebody again. Returns how many."""

    path = "/commands/errors-restore"
    ids: Troubles


class ListSetAside(Query[list[AsideRow]]):
    """All that is set aside, the latest first, with the files that there are of it."""

    path = "/errors/dismissed"


class ListHeld(Query[list[HeldRow]]):
    """What waits for a yes: what would be taken away, and photos that are looked at before they are filed."""

    path = "/held"


class ApproveHeld(Command[int]):
    """Say yes to what is held. Returns how many."""

    path = "/commands/held-approve"
    ids: Ids = ()
    all: bool = False


class RejectHeld(Command[int]):
    """Say no: what would be taken away stays, photos that would be filed are withdrawn. Returns how many."""

    path = "/commands/held-reject"
    ids: Ids = ()
    all: bool = False


class ListActivity(Query[list[ActivityEntry]]):
    """What happened, newest first; `q`: lines that hold these words.

    `fold`: what went well between two things that somebody should see is one line for each hour and kind.
    `run`: the number of such a line: those that it stands for.
    """

    path = "/activity"
    before: After = None
    limit: Limit = 100
    q: Words = ""
    about: About = "all"
    fold: bool = False
    run: Run = None
