"""Enrolling somebody from pictures, with real workers on drawn guests: who is known by it, and what cannot be used."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
import pytest_asyncio
from PIL import Image

from agent.errors import UsageError, VenueError
from agent.faces.results import FoundFace, Seen
from agent.faces.workers import FaceWorkers
from agent.guest_page.desk import GuestDesk, Wish
from agent.jobs.audit import Audit
from agent.ledger import Ledger, faces, forgotten, sightings
from agent.model import Box, PhotoId, Reference
from agent.people.consent import Consents, Given
from agent.people.deciding import Decider
from agent.people.enroll import Enroller
from agent.people.planner import Planner
from agent.people.references import Candidate, Pictures, examine, keep_picture, only_face, restore_encodings
from agent.requests.ask import Agent
from agent.roster import Roster
from agent.steps import looked
from agent.workspace import Workspace
from tests.making import ENGINE, WORKERS, encoding, photo_row, rows, take_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

T = TypeVar("T")

DEMO = Path(__file__).parents[2] / "agent" / "demo"
MIA, MIA_2, ANNA = (
    DEMO / "references" / name for name in ("mia_lindqvist_1.jpg", "mia_lindqvist_2.jpg", "anna_berg_1.jpg")
)
TWO = DEMO / "photos" / "DSC_4412.jpg"
NOBODY = DEMO / "photos" / "DSC_4401.jpg"
SOLO = DEMO / "photos" / "DSC_4404.jpg"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FaceWorkers]:
    folder = tmp_path_factory.mktemp("models")
    async with FaceWorkers(1, WORKERS, folder, folder / "faces.log") as made:
        yield made


class Desk:
    """An enroller with its stores; `changes` counts how often something new was wanted."""

    def __init__(self, workspace: Workspace, ledger: Ledger, workers: FaceWorkers) -> None:
        self.workspace = workspace
        self.ledger = ledger
        self.workers = workers
        self.changes = 0
        self.roster = Roster(workspace.roster)
        self.planner = Planner(ledger, self.roster, ENGINE, 0.5)
        self.enroller = Enroller(
            ledger,
            self.roster,
            self.planner,
            workers,
            root=workspace.root,
            references=workspace.references,
            decider=Decider(ledger, self.roster, self.planner, self.changed),
            consents=Consents(required=False),
        )
        self.pictures = Pictures(ledger, workspace.root, workspace.references)

    def changed(self) -> None:
        self.changes += 1

    async def enroll(self, name: str, *photos: Path, event: str | None = None) -> Any:
        return await self.enroller.enroll(name, photos, event)

    async def arrived(self, path: Path) -> None:
        """A photo of the event, looked at and planned."""
        photo = await self.ledger.write(photo_row, path.name, path.read_bytes())
        row = rows(self.ledger, "SELECT photo FROM event_photo WHERE id = ?", photo)[0]
        await self.planner.record_look(row["photo"], looked(await self.workers.look(path), ENGINE))


@pytest.fixture
def desk(workspace: Workspace, ledger: Ledger, workers: FaceWorkers) -> Desk:
    return Desk(workspace, ledger, workers)


def nothing_happened(desk: Desk) -> bool:
    return not (
        desk.roster.people()
        or list(desk.workspace.references.iterdir())
        or rows(desk.ledger, "SELECT * FROM folder")
        or rows(desk.ledger, "SELECT * FROM reference")
        or desk.changes
    )


# ---- good pictures


@pytest.mark.slow
async def test_somebody_enrolled_is_known_and_her_folders_are_wanted(desk: Desk) -> None:
    result = await desk.enroll("  Mia   Lindqvist ", MIA)
    assert result["new"] is True
    assert (result["person"]["name"], result["person"]["references"], result["matched"]) == ("Mia Lindqvist", 1, 0)
    assert result["references"] == [{"photo": MIA.name, "used": True, "faces": 1, "verdict": "good"}]
    folder = desk.workspace.root / "People" / "Mia Lindqvist"
    assert result["folders"] == [str(folder / "Solo"), str(folder / "Group")]
    names = [row["name"] for row in rows(desk.ledger, "SELECT name FROM folder WHERE person IS NOT NULL ORDER BY id")]
    assert names == ["Mia Lindqvist", "Solo", "Group"]
    assert desk.changes >= 1


async def test_the_picture_is_kept_by_its_content_for_its_owner_alone(desk: Desk) -> None:
    await desk.enroll("Mia", MIA)
    (kept,) = desk.workspace.references.iterdir()
    assert kept.name == hashlib.sha256(MIA.read_bytes()).hexdigest()
    assert kept.read_bytes() == MIA.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o600


async def test_earlier_photos_are_matched_again(desk: Desk) -> None:
    for photo in (SOLO, TWO, NOBODY):
        await desk.arrived(photo)
    result = await desk.enroll("Mia", MIA, MIA_2)
    assert (result["matched"], result["person"]["solo"], result["person"]["group"]) == (2, 1, 1)


async def test_more_references_make_the_same_person_known_better(desk: Desk) -> None:
    first = await desk.enroll("Mia", MIA)
    again = await desk.enroll("Mia", MIA_2, MIA, MIA_2)
    assert (again["new"], again["person"]["id"], again["person"]["references"]) == (False, first["person"]["id"], 2)
    assert [one.name for one in desk.roster.people()[0].references] == [MIA.name, MIA_2.name]


async def test_one_picture_given_twice_is_one_reference(desk: Desk, tmp_path: Path) -> None:
    copy = shutil.copyfile(MIA, tmp_path / "copy.jpg")
    assert (await desk.enroll("Mia", MIA, copy, MIA))["person"]["references"] == 1


# ---- pictures that cannot be used


async def test_each_unusable_picture_says_why_and_the_good_ones_count(desk: Desk, tmp_path: Path) -> None:
    text = tmp_path / "notes.jpg"
    text.write_text("no picture")
    result = await desk.enroll("Mia", TWO, MIA, NOBODY, text, tmp_path / "gone.jpg", tmp_path)
    told = {one["photo"]: (one["used"], one["faces"], one["verdict"]) for one in result["references"]}
    assert told[MIA.name] == (True, 1, "good")
    assert told[TWO.name] == (False, 2, "2 faces were found in it, and it has to be one")
    assert told[NOBODY.name] == (False, 0, "no face was found in it")
    for name in ("notes.jpg", "gone.jpg", tmp_path.name):
        assert told[name][:2] == (False, 0)
        assert len(told[name][2]) > 10
    assert result["person"]["references"] == 1


async def test_without_one_good_picture_nothing_happens(desk: Desk) -> None:
    with pytest.raises(VenueError) as refused:
        await desk.enroll("Mia", TWO, NOBODY)
    message = str(refused.value)
    assert message.startswith("Mia was not enrolled: ")
    assert f"{TWO.name}: 2 faces were found in it" in message
    assert f"{NOBODY.name}: no face was found in it" in message
    assert refused.value.exit_code == 1
    assert nothing_happened(desk)


def seen(*widths: int) -> Seen:
    boxes = [(n * 500, 0, n * 500 + width, width) for n, width in enumerate(widths)]
    found = tuple(FoundFace(box, 1.0, 100.0, encoding(1)) for box in boxes)
    return Seen("0" * 64, 2000, 1000, "image/jpeg", None, None, found, b"", {})


async def test_which_face_a_picture_is_of() -> None:
    assert only_face(seen(200))[0] is not None
    assert only_face(seen(200, 80))[0] is not None, "a passer-by is none too many"
    assert only_face(seen(80, 200))[0].box[2] == 700  # type: ignore[union-attr]
    assert only_face(seen()) == (None, "no face was found in it")
    assert only_face(seen(200, 180, 60)) == (None, "2 faces were found in it, and it has to be one")
    small = "the face is too small: 59 pixels wide, and 60 are needed, better 80"
    assert only_face(seen(59)) == (None, small)
    assert only_face(seen(60))[0] is not None


async def test_a_picture_that_changes_after_it_was_looked_at_is_not_kept(workers: FaceWorkers, tmp_path: Path) -> None:
    picture = shutil.copyfile(MIA, tmp_path / "mia.jpg")
    (tmp_path / "references").mkdir()
    candidate: Candidate = await examine(workers, picture)
    shutil.copyfile(ANNA, picture)
    with pytest.raises(VenueError, match="changed while"):
        keep_picture(tmp_path / "references", candidate)
    assert list((tmp_path / "references").iterdir()) == []


# ---- names


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Mia/../../etc", "Mia_.._.._etc"),
        ("CON", "CON_"),
        ("..", "Unnamed"),
        ("\U0001f469‍\U0001f373 Mia", "\U0001f469‍\U0001f373 Mia"),
        ("مريم", "مريم"),
        ("x" * 300, "x" * 120),
    ],
)
async def test_any_name_is_shown_as_it_is_and_lies_in_a_safe_folder(name: str, folder: str, desk: Desk) -> None:
    result = await desk.enroll(name, MIA)
    assert result["person"]["name"] == name
    assert result["folders"][0] == str(desk.workspace.root / "People" / folder / "Solo")


async def test_spellings_and_capitals_of_one_name_are_one_person(desk: Desk) -> None:
    first = await desk.enroll("Jos\u00e9", MIA)
    again = [await desk.enroll(name, MIA_2) for name in ("Jose\u0301", "JOSÉ", " josé ")]
    assert [(one["new"], one["person"]["name"]) for one in again] == [(False, "Jos\u00e9")] * 3
    other = await desk.enroll("\uff2aosé", ANNA)
    assert other["new"] is True
    assert other["folders"][0].casefold() != first["folders"][0].casefold(), "many disks take them for the same"


@pytest.mark.parametrize(
    ("name", "why"), [("", "empty"), (" \t ", "empty"), ("x" * 1001, "too long"), ("caf\udce9", "no text")]
)
async def test_a_name_that_is_none_is_refused_before_anything_happens(name: str, why: str, desk: Desk) -> None:
    with pytest.raises(UsageError, match=why):
        await desk.enroll(name, MIA)
    assert nothing_happened(desk)


async def test_an_unknown_event_is_refused_before_anything_happens(desk: Desk) -> None:
    with pytest.raises(UsageError, match="no such event"):
        await desk.enroll("Mia", MIA, event="wedding")
    assert nothing_happened(desk)


# ---- after a crash


async def test_a_lost_encoding_is_made_again_from_the_picture(desk: Desk) -> None:
    await desk.enroll("Mia", MIA)
    before = await desk.ledger.read(faces.reference_encodings, ENGINE)
    await desk.ledger.write(lambda db: db.execute("DELETE FROM reference").rowcount)
    made = await restore_encodings(desk.ledger, desk.roster, desk.workers, desk.pictures, ENGINE)
    after = await desk.ledger.read(faces.reference_encodings, ENGINE)
    assert made == 1
    assert before.keys() == after.keys()
    assert all((before[key] == after[key]).all() for key in before)


async def test_a_lost_encoding_is_made_again_of_whoever_is_known_again_once_that_is_done_again(desk: Desk) -> None:
    """Who had become a guest meanwhile was not seen to be the same person."""
    await desk.enroll("Mia", MIA)
    before = await desk.ledger.read(faces.reference_encodings, ENGINE)
    await desk.ledger.on_writer(desk.roster.undo)
    await desk.ledger.write(lambda db: db.execute("DELETE FROM reference").rowcount)
    assert await restore_encodings(desk.ledger, desk.roster, desk.workers, desk.pictures, ENGINE) == 1
    assert before.keys() == (await desk.ledger.read(faces.reference_encodings, ENGINE)).keys()


async def test_a_lost_picture_costs_its_encoding_and_nothing_else(desk: Desk) -> None:
    await desk.enroll("Mia", MIA, MIA_2)
    (desk.workspace.references / hashlib.sha256(MIA.read_bytes()).hexdigest()).unlink()
    await desk.ledger.write(lambda db: db.execute("DELETE FROM reference").rowcount)
    assert await restore_encodings(desk.ledger, desk.roster, desk.workers, desk.pictures, ENGINE) == 1


async def test_the_face_meant_is_found_again_among_others(desk: Desk, tmp_path: Path) -> None:
    """The picture shows a passer-by, too: the box in the list of people tells which face it was."""
    mia, anna = Image.open(MIA).convert("RGB"), Image.open(ANNA).convert("RGB")
    both = Image.new("RGB", (mia.width * 2 + 320, mia.height * 2), (90, 90, 90))
    both.paste(anna.resize((320, 400)), (0, 0))
    both.paste(mia.resize((mia.width * 2, mia.height * 2)), (320, 0))
    picture = tmp_path / "both.jpg"
    both.save(picture, quality=92)
    await desk.enroll("Mia", picture)
    (reference,) = desk.roster.people()[0].references
    assert isinstance(reference.box, Box)
    before = await desk.ledger.read(faces.reference_encodings, ENGINE)
    await desk.ledger.write(lambda db: db.execute("DELETE FROM reference").rowcount)
    await restore_encodings(desk.ledger, desk.roster, desk.workers, desk.pictures, ENGINE)
    after = await desk.ledger.read(faces.reference_encodings, ENGINE)
    assert all((before[key] == after[key]).all() for key in before)


async def test_a_photo_that_is_renamed_while_it_is_kept_is_kept(desk: Desk) -> None:
    """Its guest gets a name, and the folder that it lies in another one in that very moment."""
    before, after = (desk.workspace.incoming / f"{name}.jpg" for name in ("before", "after"))
    shutil.copyfile(MIA, before)
    await desk.ledger.write(take_in, before)

    class Renamed(Pictures):
        async def _paths(self, sha256: str) -> list[Path]:
            found = await super()._paths(sha256)
            if before.exists():
                before.rename(after)
                await desk.ledger.write(sightings.move, str(before), str(after), PhotoId(1))
            return found

    sha256 = hashlib.sha256(MIA.read_bytes()).hexdigest()
    kept = Renamed(desk.ledger, desk.workspace.root, desk.workspace.references)
    await kept.keep([Reference(sha256, Box(0, 0, 9, 9), "before.jpg")])
    assert (desk.workspace.references / sha256).read_bytes() == MIA.read_bytes()


@pytest.mark.slow
async def test_who_is_forgotten_while_their_picture_is_looked_at_again_is_known_by_nothing(desk: Desk) -> None:
    """Nobody would look for it any more: what was purged would be in the ledger for good."""
    await desk.enroll("Mia", MIA)
    await desk.enroll("Anna", ANNA)
    await desk.ledger.write(lambda db: db.execute("DELETE FROM reference").rowcount)
    mia = next(one for one in desk.roster.people() if one.name == "Mia")
    theirs = {faces.reference_key(one) for one in mia.references}

    class Meanwhile(Pictures):
        async def use(self, sha256: str, work: Callable[[Path], Awaitable[T]]) -> T | None:
            found = await super().use(sha256, work)
            if sha256 == mia.references[0].sha256:
                await desk.ledger.on_writer(desk.roster.forget, mia, [], None)
                await desk.ledger.write(forgotten.purge, mia.event, [mia.id], ["Mia"], lambda _: False, theirs)
            return found

    pictures = Meanwhile(desk.ledger, desk.workspace.root, desk.workspace.references)
    assert await restore_encodings(desk.ledger, desk.roster, desk.workers, pictures, ENGINE) == 1
    left = await desk.ledger.read(faces.reference_encodings, ENGINE)
    assert [key[0] for key in left] == [hashlib.sha256(ANNA.read_bytes()).hexdigest()]


@pytest.mark.slow
async def test_a_guest_whose_name_an_operator_gives_somebody_else_meanwhile_does_not_become_them(
    desk: Desk, workspace: Workspace
) -> None:
    """They saw each other's photos, and the guest could delete whom the operator had made known."""

    class Meanwhile:
        """The guest's name is nobody's as they ask; the operator is a moment faster."""

        async def ask(self, request: Any) -> Any:
            await desk.enroll("Kim", ANNA)
            photos = [Path(one) for one in request.photos]
            return await desk.enroller.enroll(request.name, photos, request.event, Given(request.consent))

    guest = GuestDesk(
        cast(Agent, Meanwhile()),
        *(desk.ledger, desk.roster, desk.planner, desk.workers, workspace.state, "", Audit(workspace.state)),
    )
    with pytest.raises(UsageError, match="Somebody has that name"):
        await guest.take(MIA.read_bytes(), "kim")
    [kim] = desk.roster.people()
    assert [one.name for one in kim.references] == [ANNA.name]
    assert kim.consent is None


@pytest.mark.slow
async def test_a_guest_is_answered_and_their_wish_told_though_the_audit_cannot_be_written(
    desk: Desk, workspace: Workspace
) -> None:
    """On a full disk, say: their phone was told that the machine had made a mistake."""
    (workspace.state / "audit.jsonl").mkdir()  # every line is refused
    await desk.enroll("Mia", MIA)
    guest = GuestDesk(
        cast(Agent, object()),
        *(desk.ledger, desk.roster, desk.planner, desk.workers, workspace.state, "", Audit(workspace.state)),
    )
    ticket = await guest.take(MIA.read_bytes(), "")
    assert await guest.forget(ticket, never=False) is Wish.TOLD, "it is for whoever looks after the event"
    [wish] = rows(desk.ledger, "SELECT detail FROM trouble WHERE kind = 'forget_asked'")
    assert wish["detail"] == "Mia, on the guests' page"
    [said] = rows(desk.ledger, "SELECT text FROM activity WHERE kind = 'forget_asked'")
    assert said["text"] == "Mia asks on the guests' page to be forgotten"
