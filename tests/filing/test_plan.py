"""Where a photo belongs, from its faces and the people known: the plan, and the tree of folders it names."""

from __future__ import annotations

import pytest

from agent.faces.quality import prominent
from agent.filing.names import distinct
from agent.filing.plan import Plan, person_folders, plan_photo, unsorted_folders
from agent.model import DEFAULT_EVENT, Event, EventId, FolderKind, Person, PersonId
from tests.making import EVENT

MIA = Person(PersonId("p1"), DEFAULT_EVENT, "Mia", "Mia")
JON = Person(PersonId("p2"), DEFAULT_EVENT, "Jon/as", "Jon_as")
PEOPLE = {MIA.id: MIA, JON.id: JON}
WEDDING = Event(EventId("e7"), "Anna & Bo", "Anna & Bo")

BIG, SMALL = (0, 0, 200, 200), (0, 0, 60, 60)


def plan(*faces: tuple[Person | None, tuple[int, int, int, int]], kind: str = "image", event: Event = EVENT) -> Plan:
    """A photo with these faces: whose each is, and its box."""
    known = [None if person is None else person.id for person, _ in faces]
    return plan_photo(event, kind, known, prominent([box for _, box in faces]), PEOPLE)


def paths(made: Plan) -> list[str]:
    """The folders on disk that the photo is wanted in."""
    by_key = {spec.key: spec.disk_path for spec in made.folders}
    return [str(by_key[key]) for key in made.wanted]


@pytest.mark.parametrize(
    ("faces", "wanted"),
    [
        ([], ["Unsorted/No Faces"]),
        ([(None, BIG)], ["Unsorted/Unknown"]),
        ([(None, BIG), (None, SMALL)], ["Unsorted/Unknown"]),
        ([(MIA, BIG)], ["People/Mia/Solo"]),
        ([(MIA, SMALL)], ["People/Mia/Solo"]),
        ([(MIA, BIG), (None, SMALL)], ["People/Mia/Solo"]),  # a passer-by
        ([(None, SMALL), (MIA, BIG)], ["People/Mia/Solo"]),
        ([(MIA, BIG), (None, BIG)], ["People/Mia/Group"]),  # with a stranger
        ([(MIA, SMALL), (None, BIG)], ["People/Mia/Group"]),  # she is the passer-by
        ([(MIA, BIG), (JON, BIG)], ["People/Mia/Group", "People/Jon_as/Group"]),
        ([(MIA, BIG), (JON, SMALL)], ["People/Mia/Solo", "People/Jon_as/Group"]),
        ([(JON, BIG), (None, BIG), (MIA, BIG), (None, SMALL)], ["People/Jon_as/Group", "People/Mia/Group"]),
    ],
)
def test_where_a_photo_belongs(faces: list[tuple[Person | None, tuple[int, int, int, int]]], wanted: list[str]) -> None:
    assert paths(plan(*faces)) == wanted


def test_a_video_goes_to_the_videos() -> None:
    assert paths(plan(kind="video")) == ["Unsorted/Videos"]


def test_the_same_facts_give_the_same_plan() -> None:
    assert plan((MIA, BIG), (JON, BIG)) == plan((MIA, BIG), (JON, BIG))


@pytest.mark.parametrize("made", [plan(), plan((MIA, BIG), (JON, SMALL)), plan(kind="video", event=WEDDING)])
def test_all_folders_above_come_first(made: Plan) -> None:
    seen: set[str] = set()
    for spec in made.folders:
        assert spec.parent is None or spec.parent in seen
        seen.add(spec.key)
    assert set(made.wanted) <= seen


# ---- the tree


def test_the_default_events_tree_begins_in_the_workspace() -> None:
    assert [(spec.key, spec.parent, spec.name, spec.disk_path) for spec in person_folders(EVENT, JON)] == [
        ("root", None, "venuesync", None),
        ("event:default", "root", "default", None),
        ("event:default/people", "event:default", "People", "People"),
        ("person:p2", "event:default/people", "Jon/as", "People/Jon_as"),
        ("person:p2/solo", "person:p2", "Solo", "People/Jon_as/Solo"),
        ("person:p2/group", "person:p2", "Group", "People/Jon_as/Group"),
    ]


def test_every_other_events_tree_lies_below_events() -> None:
    assert [(spec.key, spec.disk_path) for spec in person_folders(WEDDING, MIA)][1:] == [
        ("event:e7", "Events/Anna & Bo"),
        ("event:e7/people", "Events/Anna & Bo/People"),
        ("person:p1", "Events/Anna & Bo/People/Mia"),
        ("person:p1/solo", "Events/Anna & Bo/People/Mia/Solo"),
        ("person:p1/group", "Events/Anna & Bo/People/Mia/Group"),
    ]
    names = {kind: unsorted_folders(WEDDING, kind)[-1].disk_path for kind in FolderKind if kind in UNSORTED}
    assert names == {kind: f"Events/Anna & Bo/Unsorted/{name}" for kind, name in UNSORTED.items()}


UNSORTED = {FolderKind.NO_FACES: "No Faces", FolderKind.UNKNOWN: "Unknown", FolderKind.VIDEOS: "Videos"}


def test_two_events_share_no_folder_but_the_root() -> None:
    one = {spec.key for spec in unsorted_folders(EVENT, FolderKind.UNKNOWN)}
    assert one & {spec.key for spec in unsorted_folders(WEDDING, FolderKind.UNKNOWN)} == {"root"}


def test_a_folder_is_known_by_its_person_and_not_by_her_name() -> None:
    renamed = Person(MIA.id, MIA.event, "Mia Berg", "Mia Berg")
    assert [spec.key for spec in person_folders(EVENT, renamed)] == [spec.key for spec in person_folders(EVENT, MIA)]


def test_a_person_called_as_anothers_folder_gets_one_of_her_own() -> None:
    """`A/B` lies in `A_B`; somebody really called `A_B` comes after."""
    taken: list[str] = []
    for name in ("A/B", "A_B", "a_b", "A:B", "A_B (2)"):
        taken.append(distinct(name, taken))
    assert taken == ["A_B", "A_B (2)", "a_b (3)", "A_B (4)", "A_B (2) (2)"]
    assert len({name.casefold() for name in taken}) == 5


def test_a_person_called_solo_or_people_is_no_trouble() -> None:
    for name in ("Solo", "Group", "People", "Unsorted", "..", "CON"):
        person = Person(PersonId("p9"), DEFAULT_EVENT, name, distinct(name, []))
        paths = [str(spec.disk_path) for spec in person_folders(EVENT, person) if spec.disk_path]
        assert len(set(paths)) == len(paths)
        assert all(path == "People" or (path.startswith("People/") and ".." not in path) for path in paths)
