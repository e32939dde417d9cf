"""A venue for the campaign of faults: photos from a card and from a source, an operator, and what each can do."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene, variant
from tests.venue.test_api_over_tcp import free_port
from tests.venue.witness import Witness

ASKED_WITHIN = 5.5  # seconds in which the endpoint is asked, if the deed makes the agent ask it
BY_ITSELF = 12.0  # seconds; longer than any pause after a fault that passes
WITH_HELP = 60.0  # seconds, of which thirty are a lost source's pause
POLLED_EVERY = 35.0  # seconds, at the latest
OUTAGE = 1.5  # seconds without Drive for everybody, the photographer too
GUEST = FACES / "one_guest.jpg"
OURS = (422, 500)  # faults of whoever asks, and of the agent


class Evening:
    """`do` says or brings one thing; `settle` waits until everything is where it belongs."""

    def __init__(self, folder: Path, drive: Emulator) -> None:
        self.drive = drive
        address = f"127.0.0.1:{free_port()}"
        self.house = House(
            folder / "venue",
            drive,
            VENUESYNC_SYNC__INTERVAL="0.5",
            VENUESYNC_DRIVE__RETRY_DELAY="0.2",
            VENUESYNC_FACES__SECOND_LOOKS="false",
            VENUESYNC_PEOPLE__GUEST_AFTER="0",
            VENUESYNC_API__LISTEN=address,
            VENUESYNC_DRIVE__PUSH=f"http://{address}",
        )
        self.helped = 0  # times that somebody had to say: try again
        self.witness = Witness(self.house.root, drive.url, self.house.expected)
        self._made = folder / "made.jpg"
        self._number = 0
        self._out_until = 0.0  # on the monotonic clock
        self._anna = Photographer(drive)
        self._source = self._event = ""
        self._deeds: dict[str, Callable[[], None]] = {
            "card": self._card,
            "source": self._at_the_source,
            "sync": lambda: self._say("sync", events=[]),
            "resync": lambda: self._say("resync", events=["Anna"]),
            "ask_drive": self._ask_drive,
            "link": lambda: self._say("people-link", person="Ana", on=True),
            "unlink": self._unlink,
            "keep_out": lambda: self._say("people-link", person="Ana", on=False, to="nobody@example.org"),
            "withdraw": self._withdraw,
            "enroll": self._enroll,
            "source_off_and_on": self._source_off_and_on,
            "without_ids": lambda: self._without("DELETE FROM drive_id_pool"),
            "without_channels": lambda: self._without("DELETE FROM channel"),
            "without_page_tokens": lambda: self._expire("page_tokens"),
            "without_token": lambda: self._expire("access_tokens"),
        }

    def open(self) -> None:
        assert self.house.run("enroll", "Ana", str(GUEST)).returncode == 0
        self._source = self._anna.folder("Anna", share=True)
        self.house.start()
        wait_for(lambda: self.house.json("status")["drive"]["state"] == "online", 20, "online")
        self._event = str(self.house.json("events", "add", "Anna", "--source", self._source)["status"]["id"])
        self.bring()
        self.settle("the beginning")

    def bring(self) -> None:
        """What is under way whenever something fails: a photo of Ana on the card, one at the source."""
        self._at_the_source()
        self._card()

    def do(self, deed: str) -> None:
        self._deeds[deed]()

    # ---- what people do

    def _card(self) -> None:
        self._number += 1
        self.house.drop(variant(GUEST, self._made, self._number), f"DSC_{self._number:05}.jpg")

    def _at_the_source(self) -> None:
        """With Drive in good health, as far as the photographer can see."""
        self._number += 1
        data = scene(self._made, self._number, (160, 120)).read_bytes()
        name = f"ANNA_{self._number:05}.jpg"
        faults = self._pass_over()
        self._sit_out()
        photos = self.house.expected.photos
        put = self.house.expected.put(self._anna.put(data, name, self._source), data, name, self._event)
        photos[-1] = replace(put, at=put.at + POLLED_EVERY)  # earlier nobody has to know of it
        if faults:
            self.drive.faults(faults)

    def _pass_over(self) -> list[dict[str, Any]]:
        """Take away what would strike the photographer. Answers it."""
        rules = [{**one, "times": one["left"]} for one in self._faults()]
        self.drive.clear_faults()
        return [{key: value for key, value in one.items() if key != "left"} for one in rules]

    def _sit_out(self) -> None:
        """The outage: a photographer waits, who is not what is tried here."""
        time.sleep(max(0.0, self._out_until - time.monotonic()))

    def _faults(self) -> list[dict[str, Any]]:
        return self.drive.get("faults")["faults"]

    def _withdraw(self) -> None:
        """The last photo of the card that is filed, for a moment: into the trash, and out of it."""
        with sqlite3.connect(self.house.root / ".venuesync/ledger.sqlite", timeout=30) as db:
            row = db.execute(
                "SELECT ep.id, ph.sha256 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
                " WHERE ep.event = 'default' AND ep.state = 'filed' ORDER BY ep.id DESC LIMIT 1"
            ).fetchone()
        self.house.expected.withdrawn.append(row[1])
        self._say("photos-withdraw", ids=[row[0]])
        time.sleep(0.3)
        self._say("undo")

    def _enroll(self) -> None:
        """Many whose folders are made at once, by one request."""
        self._number += 1
        made = [self.house.root / f"Events/Party {self._number}-{one}" for one in range(3)]
        self.drive.outage(OUTAGE)  # so that all are wanted by the time that any can be made
        self._out_until = time.monotonic() + OUTAGE
        with ThreadPoolExecutor(len(made)) as side_by_side:
            list(side_by_side.map(self._add_event, made))
            list(side_by_side.map(self._enroll_in, made))

    def _add_event(self, event: Path) -> None:
        self._say("events-add", name=event.name)

    def _enroll_in(self, event: Path) -> None:
        self._say("enroll", name="Mia", photos=[str(GUEST)], event=event.name)

    def _ask_drive(self) -> None:
        """A connection breaks: the agent asks Drive whether it is there."""
        self.drive.faults([*self._pass_over(), {"method": "files.create", "drop": True}])
        self._card()

    def _unlink(self) -> None:
        self._say("people-link", person="Ana", on=True)
        self._say("people-link", person="Ana", on=False)

    def _source_off_and_on(self) -> None:
        """Off until Drive is told that nobody listens any more."""
        for change in ("disable", "enable"):
            self._say("events-source", event="Anna", change=change, source=self._source, only=[])
            if change == "disable":
                self.until_struck()

    def _without(self, sql: str) -> None:
        with sqlite3.connect(self.house.root / ".venuesync/ledger.sqlite", timeout=30) as db:
            db.execute(sql)
        self._card()

    def _expire(self, what: str) -> None:
        faults = self._pass_over()
        self.drive.expire(what)
        self._sit_out()
        self._anna = Photographer(self.drive)
        if faults:
            self.drive.faults(faults)
        self._say("sync", events=[])
        self._card()

    def _say(self, verb: str, **arguments: Any) -> Any:
        """What cannot be done now is refused in words; no refusal is a fault of ours."""
        with self.house.api() as api:
            answer = api.post(f"/commands/{verb}", json=arguments)
        assert answer.status_code not in OURS, (verb, answer.text)
        return answer.json()

    # ---- until all is well

    def until_struck(self) -> bool:
        """Whether the fault is used up by now, or at least once."""
        end = time.monotonic() + ASKED_WITHIN
        while time.monotonic() < end:
            rules = self._faults()
            left = rules[0]["left"] if rules else 0
            if left is not None and left < (rules[0].get("times", 1) if rules else 1):
                return True
            time.sleep(0.05)
        return False

    def settle(self, what: str) -> None:
        """Everything is at rest by itself; or once somebody has said: try again, look again."""
        time.sleep(0.2)
        end = time.monotonic() + BY_ITSELF
        while not self._at_rest() and time.monotonic() < end:
            time.sleep(0.1)
        self.drive.clear_faults()
        if self._at_rest():
            return
        self.helped += 1
        self._say("retry", ids=[], all=True)
        self._say("sync", events=[])
        wait_for(self._at_rest, WITH_HELP, f"all is well again after {what}: {self._amiss()}")

    def _at_rest(self) -> bool:
        return not self._amiss()

    def _amiss(self) -> dict[str, Any]:
        """What is not as it is to be in the end."""
        with self.house.api() as api:
            status = api.get("/status").raise_for_status().json()
        photos, uploads = status["photos"], status["uploads"]
        looked = {"arrived": photos["filed"] + photos["unsorted"] - len(self.house.expected.photos)}
        looked |= {name: photos[name] for name in ("waiting", "failed", "held")}
        looked |= {f"uploads {name}": uploads[name] for name in ("queued", "active", "failed", "removals")}
        looked |= {"safe": 0 if status["safe_to_leave"]["safe"] else status["safe_to_leave"]["reason"]}
        return {name: one for name, one in looked.items() if one}

    def check(self) -> None:
        """At rest: every invariant, and nobody was told anything false meanwhile."""
        self.house.assert_invariants()
        assert not self.witness.false, "\n".join(self.witness.false)
