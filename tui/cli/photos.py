"""Photos, and the faces in them that nobody has named: `photos`, `uploads`, `unknown`, `review`."""

from __future__ import annotations

from typing import Annotated, cast, get_args

import typer

from agent import clock
from agent.clock import from_iso_or_none
from agent.errors import UsageError
from agent.model import PhotoState
from agent.requests.faces import (
    ConfirmMatch,
    DenyMatch,
    IgnoreUnknown,
    ListReview,
    ListUnknown,
    NameUnknown,
    ReviewAnswer,
    ReviewRow,
    UnknownRow,
)
from agent.requests.photos import (
    ApprovePhotos,
    Company,
    FilePhotosAs,
    GetPhoto,
    ListPhotos,
    ListUploads,
    MovePhotos,
    PhotoFace,
    PhotoRow,
    UploadRow,
    WithdrawPhotos,
)
from agent.requests.status import GetStatus
from tui import words
from tui.cli import say
from tui.cli.commands import InEvent, Json, ask, ask_and_file, group
from tui.cli.consent import Said, Until
from tui.cli.people import PhotoIds, several_events, tell_change, with_event

app = group()
photos_app = group()
unknown_app = group()
review_app = group()
app.add_typer(photos_app, name="photos")
app.add_typer(unknown_app, name="unknown")
app.add_typer(review_app, name="review")

UPLOAD_STATES = ("queued", "active", "verified", "failed")

Unknown = Annotated[str, typer.Argument(metavar="ID", help="As `unknown` shows it; of a guest the name, too")]
Question = Annotated[int, typer.Argument(metavar="ID", help="As `review` shows it")]


# ---- photos


@photos_app.callback(invoke_without_command=True, epilog="Example: venuesync photos --person Mia")
def photos(
    context: typer.Context,
    event: InEvent = None,
    person: Annotated[str | None, typer.Option("--person", help="With this person.", metavar="A")] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="waiting, filed, unsorted, failed, withdrawn …", metavar="S")
    ] = None,
    before: Annotated[int | None, typer.Option("--before", help="Those with smaller numbers.", metavar="ID")] = None,
    sharpest: Annotated[bool, typer.Option("--sharpest", help="Of each burst the sharpest alone.")] = False,
    taken: Annotated[bool, typer.Option("--taken", help="Latest taken first, by clocks that are right.")] = False,
    json: Json = False,
) -> None:
    """Photos, newest first, 200 at a time."""
    if context.invoked_subcommand is None:
        standing = cast(PhotoState | None, state)
        order = "taken" if taken else "newest"
        wanted = ListPhotos(event=event, person=person, state=standing, before=before, sharpest=sharpest, order=order)
        heads = ["ID", "PHOTO", "STATE", "ARRIVED", "FACES", "FOLDERS"]
        say.rows(ask(wanted)["rows"], photo_cells, heads, nothing="No such photos", json=json)


def photo_cells(row: PhotoRow) -> list[str]:
    folders = ", ".join(row["folders"]) or "-"
    return [
        str(row["id"]),
        words.of_burst(row),
        row["state"],
        say.minute_of(row["arrived_at"]),
        str(row["faces"]),
        folders,
    ]


@photos_app.command(epilog="Example: venuesync photos faces 12")
def faces(photo: Annotated[int, typer.Argument(metavar="ID")], json: Json = False) -> None:
    """The faces on a photo, from left to right, by the ids that `enroll` and `people not --face` take.

    ALIKE: how many faces of the event look like it; the distance is half its own and half theirs.
    """
    found = ask(GetPhoto(id=photo))["each_face"]
    say.rows(found, face_cells, ["FACE", "WHO", "DISTANCE", "ALIKE"], nothing="No face was found on it", json=json)


def face_cells(face: PhotoFace) -> list[str]:
    who = face["name"] or "-"
    return [
        face["face_id"],
        who if face["sure"] or not face["name"] else f"{who}, perhaps",
        "-" if face["distance"] is None else f"{face['distance']:.2f}",
        str(face["alike"]),
    ]


@photos_app.command(epilog="Example: venuesync photos withdraw 12 13")
def withdraw(ids: PhotoIds, json: Json = False) -> None:
    """Out of every folder here, in all events that have them, to Drive's trash, never placed again."""
    (count,) = ask_and_file(WithdrawPhotos(ids=ids))
    more = "undo brings them back" if count else "they are withdrawn already"
    tell_count(count, f"Withdrawn: {count}; {more}", json=json)


@photos_app.command(epilog="Example: venuesync photos approve --person Mia")
def approve(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Numbers, as `photos` shows them")] = None,
    person: Annotated[str | None, typer.Option("--person", help="All with this person.", metavar="A")] = None,
    event: InEvent = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait for it.")] = False,
    json: Json = False,
) -> None:
    """File and send photos that wait for a yes; `photos withdraw` is the no."""
    if not (ids or person or event or everything):
        raise UsageError("Which photos are approved?", "none were named", "Give numbers, --person, --event or --all")
    (count,) = ask_and_file(ApprovePhotos(ids=ids or None, person=person, event=event))
    if not count:
        more = "none of them waits for a yes"
    elif ask(GetStatus())["paused"]["all"]:
        more = "they are filed once all goes on: everything is paused"
    else:
        more = "they are filed now"
    tell_count(count, f"Approved: {count}; {more}", json=json)


@photos_app.command(epilog="Example: venuesync photos move 12 13 --event Gala")
def move(
    ids: PhotoIds,
    event: Annotated[str, typer.Option("--event", help="The event that is to have them.", metavar="E")],
    json: Json = False,
) -> None:
    """Into another event."""
    (count,) = ask_and_file(MovePhotos(ids=ids, event=event))
    tell_count(count, f"Moved to {event}: {count}", json=json)


@photos_app.command(epilog="Example: venuesync photos file-as group 12")
def file_as(
    company: Annotated[str, typer.Argument(metavar="solo|group|auto")], ids: PhotoIds, json: Json = False
) -> None:
    """File them as portraits, as groups, or by the rule again."""
    if company not in get_args(Company):
        raise UsageError("Photos cannot be filed so", company, f"Give one of: {', '.join(get_args(Company))}")
    (count,) = ask_and_file(FilePhotosAs(ids=ids, company=cast(Company, company)))
    tell_count(count, f"Filed as {company}: {count}", json=json)


def tell_count(count: int, text: str, *, json: bool) -> None:
    """Exit 1 where it was none."""
    say.answer({"photos": count}, text, json=json)
    if not count:
        raise typer.Exit(1)


@app.command(epilog="Example: venuesync uploads --state failed")
def uploads(
    json: Json = False,
    state: Annotated[
        str | None, typer.Option("--state", help="queued, active, verified or failed", metavar="S")
    ] = None,
) -> None:
    """The queue's rows: photo, folder, state, attempts, next try, error."""
    if state is not None and state not in UPLOAD_STATES:
        raise UsageError("There is no such state", f"{state!r} was given", f"Give one of {', '.join(UPLOAD_STATES)}")
    heads = ["PHOTO", "FOLDER", "STATE", "TRIES", "NEXT TRY", "WHY"]
    nothing = "Nothing is to be uploaded" if state is None else f"No upload is {state}"
    say.rows(ask(ListUploads(state=state)), upload_cells, heads, nothing=nothing, json=json)


def upload_cells(row: UploadRow) -> list[str]:
    at = from_iso_or_none(row["next_try_at"])
    again = "-" if at is None else words.to_come(at - clock.wall())
    why = row["error"] or row["kept_back"] or ""
    return [row["photo"], row["folder"], row["state"], str(row["attempts"]), again, why]


# ---- faces of nobody known


@unknown_app.callback(invoke_without_command=True, epilog="Example: venuesync unknown")
def unknown(context: typer.Context, event: InEvent = None, json: Json = False) -> None:
    """Guests and groups of faces that nobody has named, most photos first."""
    if context.invoked_subcommand is None:
        heads = ["ID", "NAME", "PHOTOS", "FACES", "LAST SEEN", "IN PHOTOS"]
        nothing = "Nobody unknown was seen twice"
        found = ask(ListUnknown(event=event))
        cells, heads = with_event(unknown_cells, heads, {} if json else several_events(found))
        say.rows(found, cells, heads, nothing=nothing, json=json)


def unknown_cells(row: UnknownRow) -> list[str]:
    photos, faces, seen = str(row["photos"]), str(row["faces"]), say.minute_of(row["last_seen_at"])
    return [row["id"], row["name"] or "-", photos, faces, seen, " ".join(str(one) for one in row["photo_ids"])]


@unknown_app.command("name", epilog="Example: venuesync unknown name g-12 Anna")
def name_unknown(
    id: Unknown,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    consent: Said = "",
    until: Until = None,
    json: Json = False,
) -> None:
    """Give them a name; a name that is known makes them one."""
    (change,) = ask_and_file(NameUnknown(id=id, name=name, consent=consent, until=until))
    text = f"Put to {change['name']}, who was known" if change["merged"] else f"This is {change['name']} now"
    tell_change(change, text, json=json)


@unknown_app.command("ignore", epilog="Example: venuesync unknown ignore g-12")
def ignore_unknown(id: Unknown, json: Json = False) -> None:
    """Never ask about them again; their folders are removed."""
    (change,) = ask_and_file(IgnoreUnknown(id=id))
    tell_change(change, f"{change['name'] or 'They'} will not be asked about again", json=json)


# ---- near misses


@review_app.callback(invoke_without_command=True, epilog="Example: venuesync review")
def review(context: typer.Context, event: InEvent = None, json: Json = False) -> None:
    """Near misses, newest photo first."""
    if context.invoked_subcommand is None:
        heads = ["ID", "PHOTO", "", "IS IT", "DISTANCE", "WHY"]
        say.rows(ask(ListReview(event=event)), review_cells, heads, nothing="Nothing is to be decided", json=json)


def review_cells(row: ReviewRow) -> list[str]:
    why = row["why"] if row["faces"] == 1 else f"{row['why']}, {row['faces']} faces alike"
    return [str(row["id"]), row["photo_name"], str(row["photo"]), row["name"], f"{row['distance']:.2f}", why]


@review_app.command("yes", epilog="Example: venuesync review yes 7")
def review_yes(id: Question, json: Json = False) -> None:
    """It is them, and so are the faces like it; kept for ever, and they are known better by it."""
    (answer,) = ask_and_file(ConfirmMatch(id=id))
    tell_review(answer, "It is", json=json)


@review_app.command("no", epilog="Example: venuesync review no 7")
def review_no(id: Question, json: Json = False) -> None:
    """It is not them, nor are the faces like it; kept for ever."""
    (answer,) = ask_and_file(DenyMatch(id=id))
    tell_review(answer, "It is not", "; who is on enough photos becomes a guest", json=json)


def tell_review(answer: ReviewAnswer, text: str, more: str = "", *, json: bool) -> None:
    say.answer(
        answer, f"{text} {answer['name']}: {words.moved(answer['photos'], yet=not answer['yes'])}{more}", json=json
    )
