"""What the product itself makes of a random event: its photos come into a ledger one after the other."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from agent.faces.rule import Rule
from agent.ledger import faces, matches
from agent.ledger.faces import Face, Looked
from agent.ledger.matches import PlannedPhoto
from agent.ledger.sqlite import schema
from agent.ledger.sqlite.rows import Db, Row
from agent.model import DEFAULT_EVENT, Box, EventPhotoId, Person, PersonId, PhotoId, Reference
from agent.people.alike import Alikes
from agent.people.known_faces import KnownFaces, known_faces
from agent.people.recognise import recognise
from tests.faces.gallery_events import Event
from tests.making import ENGINE, photo_row

BOX = Box(0, 0, 9, 9)


@dataclass
class Told:
    """Of each face: who it is, whether it is somebody (-1: nobody), its group, about which there is one question, and
    how often its name was taken back as other photos came.
    """

    named: NDArray[np.int_]
    asked: NDArray[np.int_]
    groups: NDArray[np.int_]
    back: NDArray[np.int_]

    @property
    def questions(self) -> NDArray[np.float64]:
        """(faces,): each face's share of the question about it."""
        about = np.stack([self.groups, self.asked], axis=1)
        _, which, count = np.unique(about, axis=0, return_inverse=True, return_counts=True)
        return np.where(self.asked >= 0, 1 / count[which.ravel()], 0.0)


@dataclass
class Agent:
    """The parts of an agent between a look and a name."""

    db: Db
    known: KnownFaces
    alikes: Alikes = field(default_factory=Alikes)
    named: dict[int, int] = field(default_factory=dict[int, int])  # face's id -> place of a person
    asked: dict[int, int] = field(default_factory=dict[int, int])
    back: Counter[int] = field(default_factory=Counter[int])

    def arrive(self, name: str, found: list[Face]) -> None:
        photo = photo_row(self.db, name)
        faces.record_look(self.db, PhotoId(photo), Looked(2000, 1500, None, ENGINE, found), time.time())
        (sight,) = matches.planned_of_content(self.db, PhotoId(photo))
        due = self.alikes.put(self.db, DEFAULT_EVENT, sight.photo, sight.faces, ENGINE)
        for one in matches.planned_among(self.db, [*due, EventPhotoId(photo)]):
            self.judge(one)

    def judge(self, sight: PlannedPhoto) -> None:
        found = recognise(sight.faces, self.known, [], ENGINE)
        for face in sight.faces:
            was = self.named.pop(face.id, None)
            self.asked.pop(face.id, None)
            if face.id in found.taken:
                self.named[face.id] = self.known.places[found.taken[face.id].person]
            if face.id in found.questions:
                self.asked[face.id] = self.known.places[found.questions[face.id].person]
            self.back[face.id] += was is not None and was != self.named.get(face.id)


def known_in(of: Event) -> KnownFaces:
    people: list[Person] = []
    encodings: dict[tuple[str, Box], NDArray[np.float32]] = {}
    for place, rows in enumerate(of.references):
        references = [Reference(f"{place:032}{at:032}", BOX, "a.jpg") for at in range(len(rows))]
        people.append(Person(PersonId(f"p{place}"), DEFAULT_EVENT, f"P{place}", "", references=tuple(references)))
        encodings |= {(one.sha256, BOX): row.astype(np.float32) for one, row in zip(references, rows, strict=True)}
    return known_faces(DEFAULT_EVENT, people, encodings, Rule(), 1, engine=ENGINE)


def face_at(of: Event, at: int, place: int) -> Face:
    """The event's face `at`, the photo's at `place`."""
    quality, left = of.quality[at], 400 * place
    box = Box(left, 0, left + quality.width, quality.width)
    encoding = of.faces[at].astype(np.float32)
    return Face(box, quality.score, quality.sharpness, encoding, quality.yaw, quality.light, quality.contrast)


def as_the_product_does(of: Event) -> Told:
    with closing(sqlite3.connect(":memory:", isolation_level=None, factory=Db)) as db:
        db.row_factory = Row
        db.deserialize(schema.new())
        db.execute("PRAGMA foreign_keys = ON")
        agent = Agent(db, known_in(of))
        ids: list[int] = []
        for number, photo in enumerate(of.photos):
            agent.arrive(f"{number}.jpg", [face_at(of, at, place) for place, at in enumerate(photo)])
            ids += photo.tolist()
        places = dict(zip(db.column("SELECT id FROM face ORDER BY id"), ids, strict=True))
        alone = -1 - np.arange(len(of.faces))
        told = Told(np.full_like(alone, -1), np.full_like(alone, -1), alone, np.zeros_like(alone))
        groups = db.pairs("SELECT face, alike FROM alike_face")
        for found, said in (
            (told.named, agent.named),
            (told.asked, agent.asked),
            (told.groups, groups),
            (told.back, agent.back),
        ):
            for face, value in said.items():
                found[places[face]] = value
        return told
