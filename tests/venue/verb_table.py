"""Every verb and every question with examples: by its name and its arguments as JSON, and as it is typed.

One evening in order: what one row decides, a later one finds. `$name` stands for something that is looked up when the
row's turn comes (`Evening.facts`). Rows are data: whatever carries the verbs, they are asked by the same names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

OK, CREATED, MISSING, CONFLICT, WRONG = 200, 201, 404, 409, 422
DONE, FAILED, USAGE, NO_AGENT, SOME_FAILED = 0, 1, 2, 3, 5
EXITS = {OK: DONE, CREATED: DONE, MISSING: USAGE, WRONG: USAGE, CONFLICT: FAILED}


@dataclass(frozen=True)
class Example:
    """`verb`: a command's name, or a method and an address whose `{parts}` are arguments, too."""

    verb: str
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])
    status: int = OK
    typed: str | None = None  # None: there is no such command, or it cannot say this
    exit: int = DONE
    alone: int | None = None  # the exit code without an agent, where it is another
    says: str = ""  # stands in the answer, or in what the command prints

    @property
    def operation(self) -> str:
        """As OpenAPI has it: `POST /commands/undo`."""
        return self.verb if " " in self.verb else f"POST /commands/{self.verb}"

    def __str__(self) -> str:
        return f"{self.verb} {dict(self.given)} -> {self.status}"


def row(
    verb: str,
    given: Mapping[str, Any] | None = None,
    typed: str | None = None,
    *,
    status: int = OK,
    exit: int | None = None,
    alone: int | None = None,
    says: str = "",
) -> Example:
    return Example(verb, given or {}, status, typed, EXITS.get(status, FAILED) if exit is None else exit, alone, says)


def missing(verb: str, given: Mapping[str, Any], typed: str | None = None, **more: Any) -> Example:
    return row(verb, given, typed, status=MISSING, **more)


def wrong(verb: str, given: Mapping[str, Any], typed: str | None = None, **more: Any) -> Example:
    return row(verb, given, typed, status=WRONG, **more)


def refused(verb: str, given: Mapping[str, Any], typed: str | None = None, **more: Any) -> Example:
    return row(verb, given, typed, status=CONFLICT, **more)


def evening() -> Iterator[Example]:
    yield from questions()
    yield from switches()
    yield from people()
    yield from faces()
    yield from photos()
    yield from troubles()
    yield from events()
    yield from sources()
    yield from signing_in()
    yield row("read-settings", says="[]")
    yield from forgetting()
    yield row("stop", {"finish": False}, "stop", alone=NO_AGENT)


def questions() -> Iterator[Example]:
    for path in ("/", "/health", "/snapshot", "/watcher/status", "/folders", "/uploads/statistics", "/jobs"):
        yield row(f"GET {path}")
    yield row("GET /status", {}, "status", alone=NO_AGENT, says="nline")
    yield row("GET /metrics", {}, says="venuesync_photos{")
    yield row("GET /people", {}, "people", says="Yuki")
    yield row("GET /people/{id}", {"id": "$yuki"}, says="yuki_tanaka_1.jpg")
    yield missing("GET /people/{id}", {"id": "nobody"})
    yield row("GET /unknown", {}, "unknown", says="Guest 01")
    yield row("GET /unknown", {"event": "default"}, "unknown --event default", says="Guest 01")
    yield missing("GET /unknown", {"event": "Nowhere"}, "unknown --event Nowhere", says="no such event")
    yield row("GET /review", {}, "review", says="Yuki")
    yield row("GET /review", {"event": "default"}, "review --event default", says="Yuki")
    yield missing("GET /review", {"event": "Nowhere"}, "review --event Nowhere")
    yield row("GET /faces", {"limit": 2})
    yield missing("GET /faces", {"event": "Nowhere"})
    yield wrong("GET /faces", {"limit": 0})
    yield row("GET /faces/{id}", {"id": "$face", "side": 64})
    yield missing("GET /faces/{id}", {"id": "face:999999"})
    yield missing("GET /faces/{id}", {"id": "zzz"})
    yield wrong("GET /faces/{id}", {"id": "$face", "side": "large"})
    yield from photo_questions()
    yield row("GET /report", {}, "report --json", says='"hours"')
    yield row("GET /report", {"event": "default"}, "report --event default --for couple")
    yield missing("GET /report", {"event": "Nowhere"}, "report --event Nowhere", says="no such event")
    yield row("GET /held", {}, "held")
    yield row("GET /errors/rows", {"ids": [999_999]}, says="[]")
    yield wrong("GET /errors/rows", {"ids": ["first"]})
    yield row("GET /errors/dismissed", {}, "errors --dismissed")
    yield row("GET /activity", {"limit": 3}, "activity")
    yield row("GET /activity", {"q": "yuki enrolled"}, says="Yuki enrolled")
    yield row("GET /activity", {"before": 2})
    yield row("GET /activity", {"fold": True, "about": "decisions"}, says="Yuki enrolled")
    yield row("GET /activity", {"run": 1, "fold": True})
    yield wrong("GET /activity", {"about": "nothing"})
    yield wrong("GET /activity", {"limit": "many"})
    yield row("GET /uploads", {}, "uploads", says="Unknown")
    yield row("GET /uploads", {"state": "verified"}, "uploads --state verified", says="verified")
    yield wrong("GET /uploads", {"state": "zzz"}, "uploads --state zzz", says="zzz")
    yield row("GET /undo", {}, "undo --list", says="Yuki enrolled")
    yield row("GET /events", {}, "events", says="default")
    yield row("GET /backups", {}, "restore")
    yield row("GET /events/sync/pending")
    yield row("GET /events/sync/statistics", says="totalEvents")


def photo_questions() -> Iterator[Example]:
    yield row("GET /photos", {}, "photos", says="beatriz_alves_1.jpg")
    yield row("GET /photos", {"event": "default", "limit": 1}, "photos --event default", says=".jpg")
    yield row("GET /photos", {"state": "unsorted"}, "photos --state unsorted", says="beatriz_alves_1.jpg")
    yield row("GET /photos", {"person": "Guest 01"}, "photos --person 'Guest 01'", says="anna_berg")
    yield row("GET /photos", {"before": 2}, "photos --before 2")
    yield wrong("GET /photos", {"state": "zzz"}, "photos --state zzz", says="zzz")
    yield wrong("GET /photos", {"limit": 0})
    yield wrong("GET /photos", {"before": "now"}, "photos --before now")
    yield missing("GET /photos", {"event": "Nowhere"}, "photos --event Nowhere")
    yield missing("GET /photos", {"person": "Nobody"}, "photos --person Nobody")
    yield row("GET /photos", {"q": "beatriz 1", "count": True}, says='"total":1')
    yield row("GET /photos", {"person": "Yuki", "state": "unsorted"}, says='"rows":[]')
    yield row("GET /photos", {"limit": 1, "page": 2}, says='"more":')
    yield row("GET /photos/{id}", {"id": "$photo"}, "photos faces $photo", says="face:")
    yield missing("GET /photos/{id}", {"id": 999_999}, "photos faces 999999")
    yield wrong("GET /photos/{id}", {"id": "first"}, "photos faces first")
    yield row("GET /photos/{id}/thumbnail", {"id": "$photo"})
    yield missing("GET /photos/{id}/thumbnail", {"id": 999_999})
    yield row("GET /events/{id}/photos", {"id": "default", "state": "unsorted", "per_page": 5}, says="beatriz")
    yield row("GET /events/{id}/photos", {"id": "default", "q": "beatriz", "page": 2, "per_page": 2})
    yield row("GET /photos", {"order": "name", "limit": 2})
    yield wrong("GET /photos", {"order": "size"})
    yield wrong("GET /events/{id}/photos", {"id": "default", "state": "zzz"})
    yield wrong("GET /events/{id}/photos", {"id": "default", "cursor": "next"})
    yield missing("GET /events/{id}/photos", {"id": "default", "person": "Nobody"})
    yield missing("GET /events/{id}/photos", {"id": "nowhere"})


def switches() -> Iterator[Example]:
    yield row("pause", {"what": "uploads"}, "pause", says="ploads")
    yield row("pause", {"what": "all"}, "pause all --json", says='"all"')
    yield row("resume", {"what": "all"}, "resume all")
    yield row("resume", {}, "resume")
    yield wrong("pause", {"what": "thinking"}, "pause thinking", says="thinking")
    yield wrong("resume", {"what": 1}, "resume 1")
    yield row("sync", {}, "sync", alone=NO_AGENT, says="default")
    yield row("sync", {"events": ["default"]}, "sync default --json", alone=NO_AGENT, says='"default"')
    yield missing("sync", {"events": ["Nowhere"]}, "sync Nowhere", alone=NO_AGENT)
    yield wrong("sync", {"events": "default"})
    yield row("resync", {"events": ["default"]}, "resync default", alone=NO_AGENT, says="default")
    yield missing("resync", {"events": ["Nowhere"]}, "resync Nowhere", alone=NO_AGENT)
    yield row("verify", {}, "verify", alone=DONE)
    yield row("verify", {"repair": True}, "verify --repair", alone=DONE)
    yield wrong("verify", {"repair": "please"})
    yield row("limit", {"up_mbps": 500, "down_mbps": 500}, "limit --up 500 --down 500", alone=NO_AGENT, says="500")
    yield row("limit", {}, "limit", alone=NO_AGENT, says="500")
    yield row("limit", {"off": True}, "limit --off --json", alone=NO_AGENT, says="up_mbps")
    yield row("limit", {"daily_mb": 200}, "limit --day 200", alone=NO_AGENT, says="200")
    yield row("limit", {"off": True}, "limit --off", alone=NO_AGENT)
    yield wrong("limit", {"daily_mb": -1}, "limit --day -1", says="-1")
    yield row("metered", {"to": "on"}, "metered on", says="metered")
    yield row("metered", {}, "metered --json", says='"said"')
    yield row("metered", {"to": "auto"}, "metered auto", says="metered")
    yield wrong("metered", {"to": "perhaps"}, "metered perhaps", says="perhaps")
    yield wrong("notify-test", {}, "notify test", says="[notify] addresses is empty")
    yield wrong("report-send", {"file": "/nowhere/report.html"}, says="no report of this workspace")
    yield row("GET /notify", {}, "notify")
    yield row("notify-add", {"address": "json://me:secret@127.0.0.1:9/x"}, says="json://me:****@127.0.0.1:9/x")
    yield row("notify-add", {"address": "json://127.0.0.1:9/y"}, "notify add json://127.0.0.1:9/y", says="9/y")
    yield wrong("notify-add", {"address": "nonsense://x"}, "notify add nonsense://x", says="Apprise")
    yield wrong("notify-add", {"address": ""})
    yield row("notify-remove", {"number": 2}, says="json://")
    yield missing("notify-remove", {"number": 7}, "notify remove 7", says="number 7")
    yield row("notify-remove", {"number": 1}, "notify remove 1 --json", says="[]")
    yield wrong("limit", {"up_mbps": -1}, "limit --up -1", says="-1")
    yield row("signed-in", {})
    yield refused("restore", {"file": "ledger.sqlite"}, "restore ledger.sqlite", says="venuesync stop")
    yield wrong("restore", {})


def people() -> Iterator[Example]:
    yield row("enroll", {"name": "Mia", "photos": ["$mia"]}, "enroll Mia $mia", says="Mia")
    yield row("enroll", {"name": "Hans", "photos": ["$hassan"], "event": "default"}, "enroll Hans $hassan")
    yield row("enroll", {"name": "Mia", "photos": ["$mia", "$nobody"]}, "enroll Mia $mia $nobody", exit=SOME_FAILED)
    yield wrong("enroll", {"name": "Bo", "photos": ["$nobody"]}, "enroll Bo $nobody", exit=FAILED, says="no face was")
    yield wrong("enroll", {"name": "Bo", "photos": ["/nowhere.jpg"]}, "enroll Bo /nowhere.jpg", exit=FAILED)
    yield missing("enroll", {"name": "Bo", "photos": ["$mia"], "event": "Nowhere"}, "enroll Bo $mia --event Nowhere")
    yield wrong("enroll", {"name": " ", "photos": ["$mia"]}, "enroll ' ' $mia", says="name")
    yield wrong("enroll", {"name": "Bo", "photos": []}, "enroll Bo")
    yield wrong("enroll", {"name": "Bo", "photos": "$mia"})
    yield row("enroll-preview", {"photos": ["$mia", "$nobody"]}, says="good")
    yield wrong("enroll-preview", {"photos": []})
    yield row("people-find", {"photo": "$mia"}, "people find $mia", says="Mia")
    yield missing("people-find", {"photo": "/nowhere.jpg"}, "people find /nowhere.jpg", exit=FAILED)
    yield wrong("people-find", {"photo": 7})
    yield row("people-rename", {"person": "Mia", "name": "Mia Berg"}, "people rename Mia 'Mia Berg'", says="Mia Berg")
    yield missing("people-rename", {"person": "Nobody", "name": "Bo"}, "people rename Nobody Bo", says="Nobody")
    yield refused("people-rename", {"person": "Hans", "name": "Mia Berg"}, "people rename Hans 'Mia Berg'", exit=USAGE)
    yield wrong("people-rename", {"person": "Hans", "name": ""}, "people rename Hans ''")
    yield row("people-link", {"person": "Hans"}, "people link Hans", alone=NO_AGENT, says="http")
    yield row("people-link", {"person": "Hans", "on": False}, "people link Hans --off", alone=NO_AGENT)
    yield wrong("people-link", {"person": "Hans", "until": "2001-01-01"},
                "people link Hans --until 2001-01-01", says="is over")  # fmt: skip
    yield row("people-link", {"person": "Hans", "to": "hans@example.org"},
              "people link Hans --to hans@example.org", alone=NO_AGENT, says="http")  # fmt: skip
    yield wrong("people-link", {"person": "Hans", "to": "hans"}, "people link Hans --to hans", says="e-mail")
    yield missing("people-link", {"person": "Nobody"}, "people link Nobody", alone=NO_AGENT)
    yield wrong("people-link", {"person": "Hans", "on": "perhaps"})
    yield row("people-export", {"person": "Hans", "file": "$zip"}, "people export Hans $zip", says="person.zip")
    yield missing("people-export", {"person": "Nobody", "file": "$zip"}, "people export Nobody $zip", says="Known are")
    yield refused("people-export", {"person": "Yuki", "file": "$zip"}, "people export Yuki $zip", exit=USAGE)
    yield wrong("people-export", {"person": "Hans", "file": "/tmp/hans"}, "people export Hans /tmp/hans", says=".zip")
    yield wrong("people-export", {"person": "Hans", "file": "hans.zip"})
    yield row("people-not", {"person": "Hans", "photos": ["$of_hassan"]}, "people not Hans $of_hassan", says="Hans")
    yield missing("people-not", {"person": "Nobody", "photos": ["$photo"]}, "people not Nobody $photo")
    yield missing("people-not", {"person": "Hans", "photos": [999_999]}, "people not Hans 999999")
    yield wrong("people-not", {"person": "Hans", "photos": ["$photo"]}, "people not Hans $photo", says="Hans is not on")
    yield wrong("people-not", {"person": "Hans", "photos": ["first"]}, "people not Hans first")
    yield wrong("people-not", {"person": "Hans", "photos": ["$of_hassan"], "faces": "all"})
    yield row("people-merge", {"person": "Hans", "into": "Mia Berg"}, "people merge Hans INTO 'Mia Berg'")
    yield missing("people-merge", {"person": "Nobody", "into": "Yuki"}, "people merge Nobody INTO Yuki")
    yield missing("people-merge", {"person": "Yuki", "into": "Nobody"}, "people merge Yuki INTO Nobody")
    yield wrong("people-merge", {"person": "Yuki", "into": "Yuki"}, "people merge Yuki INTO Yuki")
    yield wrong("people-merge", {"person": "Yuki"}, "people merge Yuki")
    for verb in ("undo", "undo", "redo", "redo"):
        yield row(verb, {}, verb)
    yield refused("redo", {}, "redo", says="Nothing to redo")
    yield wrong("undo", {"most": 3})
    yield row("people-consent", {"person": "Yuki", "how": "signed form", "until": "2099-01-31"},
              "people consent Yuki 'signed form' --until 2099-01-31", says="signed form")  # fmt: skip
    yield row("GET /consents", {}, "people consent", says="2099-01-31")
    yield row("GET /audit", {}, "people audit", says="consent recorded")
    yield row("GET /guests", {}, "guests --json", exit=1, says="address")
    yield row("GET /consents", {"person": "yuki"}, "people consent yuki", says="2099-01-31")
    yield missing("GET /consents", {"person": "Nobody"}, "people consent Nobody", says="There is no such person")
    yield missing("GET /consents", {"event": "Nowhere"}, "people consent --event Nowhere")
    yield row("undo", {}, "undo", says="Consent of Yuki recorded")
    yield missing("people-consent", {"person": "Nobody", "how": "form"}, "people consent Nobody form")
    yield wrong("people-consent", {"person": "Yuki", "how": "form", "until": "soon"},
                "people consent Yuki form --until soon", says="soon")  # fmt: skip
    yield wrong("people-consent", {"person": "Yuki", "how": "form", "until": "2001-01-01"},
                "people consent Yuki form --until 2001-01-01", says="is over")  # fmt: skip
    yield wrong(
        "enroll", {"name": "Bo", "photos": ["$mia"], "until": "2099-01-31"}, "enroll Bo $mia --until 2099-01-31"
    )


def forgetting() -> Iterator[Example]:
    yield row("people-forget-preview", {"person": "Mia Berg"}, says="Mia Berg")
    yield missing("people-forget-preview", {"person": "Nobody"})
    yield missing("people-forget-preview", {"person": "Mia Berg", "event": "Nowhere"})
    yield wrong("people-forget-preview", {"person": 7})
    yield missing("people-forget", {"person": "Nobody"}, "people forget Nobody --yes", says="no such person")
    yield missing("people-forget", {"person": "99", "never": True}, "people forget 99 --yes --never")
    yield wrong("people-forget", {"person": "Mia Berg", "never": "perhaps"})
    yield wrong("people-forget", {"name": "Mia Berg"}, "people forget")
    yield row("people-forget", {"person": "Mia Berg"}, "people forget 'Mia Berg' --yes", says="Mia Berg")
    yield missing("people-forget", {"person": "Mia Berg"}, "people forget 'Mia Berg' --yes", says="no such person")


def faces() -> Iterator[Example]:
    yield row("review-yes", {"id": "$question"}, "review yes $question")
    yield row("undo", {}, "undo", says="beatriz_alves")
    yield row("review-no", {"id": "$question"}, "review no $question")
    yield missing("review-yes", {"id": 999_999}, "review yes 999999", says="no such question")
    yield missing("review-no", {"id": 999_999}, "review no 999999")
    yield wrong("review-yes", {"id": "first"}, "review yes first")
    yield row("unknown-name", {"id": "$guest", "name": "Anna"}, "unknown name $guest Anna", says="Anna")
    yield row("undo", {}, "undo", says="Guest 01 named Anna")
    yield row("unknown-ignore", {"id": "Guest 01"}, "unknown ignore 'Guest 01'", says="Guest 01")
    yield row("undo", {}, "undo", says="Guest 01")
    yield row("unknown-ignore", {"id": "$guest"}, "unknown ignore $guest", says="Guest 01")
    yield missing("unknown-name", {"id": "c999", "name": "Bo"}, "unknown name c999 Bo")
    yield missing("unknown-name", {"id": "pnobody", "name": "Bo"}, "unknown name pnobody Bo")
    yield wrong("unknown-name", {"id": "c999", "name": ""}, "unknown name c999 ''")
    yield missing("unknown-ignore", {"id": "c999"}, "unknown ignore c999")
    yield wrong("unknown-ignore", {"id": ["c1"]})
    yield row("enroll-face", {"name": "Cem", "face": "photo:$of_hassan"}, "enroll Cem photo:$of_hassan", says="Cem")
    yield missing("enroll-face", {"name": "Bo", "face": "face:999999"}, "enroll Bo face:999999")
    yield missing("enroll-face", {"name": "Bo", "face": "photo:999999"}, "enroll Bo photo:999999")
    yield wrong("enroll-face", {"name": "Bo", "face": 7})
    yield wrong("enroll-face", {"name": "Bo", "face": "face:1", "reference": "perhaps"})


def photos() -> Iterator[Example]:
    yield row("photos-company", {"ids": ["$photo"], "company": "group"}, "photos file-as group $photo", says="1")
    yield row("photos-company", {"ids": ["$photo"], "company": "auto"}, "photos file-as auto $photo", says="1")
    yield wrong("photos-company", {"ids": ["$photo"], "company": "pair"}, "photos file-as pair $photo", says="pair")
    yield missing("photos-company", {"ids": [999_999], "company": "solo"}, "photos file-as solo 999999")
    yield row("photos-withdraw", {"ids": ["$photo"]}, "photos withdraw $photo", says="1")
    yield row("undo", {}, "undo", says="1 photo withdrawn")
    yield missing("photos-withdraw", {"ids": [999_999]}, "photos withdraw 999999", says="999999")
    yield wrong("photos-withdraw", {"ids": []}, "photos withdraw")
    yield wrong("photos-withdraw", {"ids": ["first"]}, "photos withdraw first")
    yield row("photos-approve", {}, "photos approve --all", exit=FAILED)
    yield missing("photos-approve", {"ids": [999_999]}, "photos approve 999999", says="999999")
    yield missing("photos-approve", {"person": "Nobody"}, "photos approve --person Nobody", says="Nobody")
    yield wrong("photos-approve", {"ids": []})
    yield row("events-add", {"name": "Gala"}, "events add Gala", says="Gala")
    yield row("photos-move", {"ids": ["$photo"], "event": "Gala"}, "photos move $photo --event Gala", says="1")
    yield row("undo", {}, "undo", says="moved to Gala")
    yield missing("photos-move", {"ids": ["$photo"], "event": "Nowhere"}, "photos move $photo --event Nowhere")
    yield missing("photos-move", {"ids": [999_999], "event": "Gala"}, "photos move 999999 --event Gala")
    yield wrong("photos-move", {"ids": ["$photo"]}, "photos move $photo")


def troubles() -> Iterator[Example]:
    yield row("GET /errors/rows", {"ids": ["$trouble"]}, says="broken.jpg")
    yield row("GET /errors", {}, "errors", says="broken.jpg")
    yield row("GET /photos", {"state": "failed"}, "photos --state failed", says="broken.jpg")
    yield row("errors-dismiss", {"ids": ["$trouble"]}, "errors dismiss $trouble", says="1")
    yield row("GET /errors/dismissed", {}, "errors --dismissed", says="broken.jpg")
    yield row("errors-restore", {"ids": ["$aside"]}, "errors restore $aside", says="1")
    yield row("errors-dismiss", {"ids": [999_999]}, "errors dismiss 999999", exit=FAILED, says="0")
    yield row("errors-restore", {"ids": [999_999]}, "errors restore 999999", exit=FAILED, says="0")
    yield wrong("errors-dismiss", {"ids": ["first"]}, "errors dismiss first")
    yield wrong("errors-restore", {}, "errors restore")
    yield missing("retry", {"ids": ["$broken", 999999]}, "retry $broken 999999", says="999999")
    yield row("retry", {"ids": ["$broken"]}, "retry $broken", says="1")
    yield row("retry", {"all": True}, "retry --all")
    yield missing("retry", {"ids": [999999]}, "retry 999999")
    yield wrong("retry", {"ids": ["first"]}, "retry first", says="first")
    yield row("held-approve", {"all": True}, "held approve --all", exit=FAILED)
    yield row("held-reject", {"ids": ["7"]}, "held reject 7", exit=FAILED)
    yield wrong("held-approve", {"ids": [7]})
    yield wrong("held-reject", {"all": "no"})


def events() -> Iterator[Example]:
    yield row("GET /events/{id}", {"id": "Gala"}, "events show Gala", says="Gala")
    yield missing("GET /events/{id}", {"id": "nowhere"}, "events show nowhere")
    yield row("GET /events/{id}/sync-status", {"id": "Gala"})
    yield missing("GET /events/{id}/sync-status", {"id": "nowhere"})
    yield row("events-add", {"name": "Trip", "folders": ["$folder"], "ends": "2030-01-02"},
              "events add Trip --folder $folder --ends 2030-01-02", says="Trip")  # fmt: skip
    yield refused("events-add", {"name": "gala"}, "events add gala", exit=USAGE, says="Gala")
    yield wrong("events-add", {"name": "sync"}, "events add sync")
    yield wrong("events-add", {"name": "Other", "account": "no address"}, "events add Other --account 'no address'")
    yield wrong("events-add", {"name": "Late", "ends": "soon"}, "events add Late --ends soon", says="soon")
    for word in ("disable", "enable"):
        yield row(f"events-{word}", {"event": "Gala"}, f"events {word} Gala", says="Gala")
        yield missing(f"events-{word}", {"event": "Nowhere"}, f"events {word} Nowhere")
    yield row("events-interval", {"event": "Gala", "minutes": 5}, "events interval Gala 5", says="5")
    yield row("events-interval", {"event": "Gala", "minutes": "fast"}, "events interval Gala fast")
    yield wrong("events-interval", {"event": "Gala", "minutes": 0.1}, "events interval Gala 0.1", says="0.5 to 60")
    yield missing("events-interval", {"event": "Nowhere", "minutes": 5}, "events interval Nowhere 5")
    yield row("events-set", {"event": "Gala", "key": "tolerance", "value": "0.45"}, "events set Gala tolerance 0.45")
    yield wrong("events-set", {"event": "Gala", "key": "colour", "value": "red"}, "events set Gala colour red")
    yield wrong("events-set", {"event": "Gala", "key": "tolerance", "value": "9"}, "events set Gala tolerance 9")
    yield row(
        "events-set",
        {"event": "Gala", "key": "account", "value": "Ben@example.com", "yes": True},
        "events set Gala account Ben@example.com --yes",
        says="ben@example.com",
    )
    yield row("events-set", {"event": "Gala", "key": "account", "value": ""}, "events set Gala account ''")
    yield wrong("events-set", {"event": "Gala", "key": "account", "value": "nobody"}, "events set Gala account nobody")
    yield missing("events-set", {"event": "Nowhere", "key": "send", "value": "true"}, "events set Nowhere send true")
    yield row("GET /events/{id}/clocks", {"id": "Gala"}, "events clock Gala")
    yield missing("GET /events/{id}/clocks", {"id": "Nowhere"}, "events clock Nowhere")
    yield row("events-clock", {"event": "default", "camera": "iPhone 15", "ahead": "-1:00"},
              "events clock default 'iPhone 15' -1:00", says="iPhone 15")  # fmt: skip
    yield row("undo", {}, "undo", says="1 h behind")
    yield wrong("events-clock", {"event": "default", "camera": "iPhone 15", "ahead": "soon"},
                "events clock default 'iPhone 15' soon", says="+H:MM")  # fmt: skip
    yield missing("events-clock", {"event": "Gala", "camera": "Zenit", "ahead": "auto"}, "events clock Gala Zenit auto")
    for word in ("disable", "enable", "remove", "add"):
        given = {"event": "Trip", "change": word, "folder": "$folder"}
        yield row("events-folder", given, f"events folder {word} Trip $folder", says="Trip")
    yield missing("events-folder", {"event": "Trip", "change": "remove", "folder": "/nowhere"},
                  "events folder remove Trip /nowhere")  # fmt: skip
    yield wrong("events-folder", {"event": "Trip", "change": "paint", "folder": "$folder"},
                "events folder paint Trip $folder", says="paint")  # fmt: skip
    yield row("POST /events", {"name": "Third"}, status=CREATED)
    yield refused("POST /events", {"name": "Third"})
    yield wrong("POST /events", {"title": "Fourth"})
    yield row("POST /api/event/{id}/auto-sync/enable", {"id": "Gala", "interval_minutes": 2})
    yield row("GET /api/event/{id}/auto-sync/status", {"id": "Gala"}, says="interval_minutes")
    yield wrong("POST /api/event/{id}/auto-sync/enable", {"id": "Gala", "interval_minutes": 90})
    yield row("POST /api/event/{id}/auto-sync/disable", {"id": "Gala"})
    for word in ("enable", "disable"):
        yield missing(f"POST /api/event/{{id}}/auto-sync/{word}", {"id": "nowhere"})
    yield missing("GET /api/event/{id}/auto-sync/status", {"id": "nowhere"})
    yield row("POST /events/{id}/sync", {"id": "Gala", "fullSync": True}, says="true")
    yield missing("POST /events/{id}/sync", {"id": "nowhere"})
    yield wrong("POST /events/{id}/sync", {"id": "Gala", "fullSync": "no way"})
    yield row("POST /events/sync/bulk", {})
    yield row("sync-pending", {})
    yield row("events-remove", {"event": "Trip"}, "events remove Trip", says="Trip")
    yield missing("events-remove", {"event": "Trip"}, "events remove Trip", says="no such event")
    yield refused("events-remove", {"event": "default"}, "events remove default", exit=USAGE)
    yield wrong("events-remove", {})


def sources() -> Iterator[Example]:
    gala = {"event": "Gala", "source": "$shared"}
    yield row("events-source", {**gala, "change": "add"}, "events source add Gala $shared", says="Gala")
    yield refused("events-source", {**gala, "change": "add"}, "events source Gala add $shared", exit=USAGE)
    yield wrong("events-source", {"event": "Gala", "change": "add", "source": "http://[::1"},
                "events source add Gala 'http://[::1'")  # fmt: skip
    yield missing("events-source", {"event": "Gala", "change": "remove", "source": "other"},
                  "events source remove Gala other")  # fmt: skip
    yield missing("events-source", {**gala, "change": "add", "event": "Nowhere"}, "events source add Nowhere $shared")
    yield wrong("events-source", {**gala, "change": "paint"}, "events source paint Gala $shared", says="paint")
    for word in ("disable", "enable"):
        yield row("events-source", {**gala, "change": word}, f"events source {word} Gala $shared")
    yield row("GET /api/cloud/sync-status/{source_id}", {"source_id": "$shared"}, says="source_name")
    yield missing("GET /api/cloud/sync-status/{source_id}", {"source_id": "nowhere"})
    yield row("events-source", {**gala, "change": "remove"}, "events source Gala remove $shared")
    yield row("POST /api/cloud/lazy-folders/list_subfolders", {"parent_id": "root"}, says="parent_info")
    yield missing("POST /api/cloud/lazy-folders/list_subfolders", {"parent_id": "nowhere"})
    yield wrong("POST /api/cloud/lazy-folders/list_subfolders", {"max_results": 0})
    yield row("POST /api/cloud/lazy-folders/validate_selection", {"folder_ids": ["$shared", "nowhere"]}, says="nowhere")
    yield wrong("POST /api/cloud/lazy-folders/validate_selection", {"folder_ids": 7})
    yield missing("POST /drive/notifications", {})


def signing_in() -> Iterator[Example]:
    yield row("GET /sign-in", {}, says="none")
    yield refused("sign-in-finish", {"pasted": "code"})
    yield row("sign-in-begin", {}, says="url")
    yield row("sign-in-begin", {"account": "ben@example.com"}, says="login_hint=ben")
    yield wrong("sign-in-begin", {"account": 7})
    yield row("GET /accounts", {}, "accounts", says="default")
    yield wrong("sign-in-begin", {"client": 7})
    yield wrong("sign-in-finish", {})
    yield row("logout", {}, says="signed_out")
    yield missing("logout", {"account": "nobody@example.com"}, says="Nobody of that address")
    yield wrong("logout", {"account": 7})
    for path in ("gmail-auth", "drive-auth"):  # without `api.listen` no browser comes back here
        yield refused(f"POST /api/cloud/{path}", {})
    for path in ("gmail-callback", "oauth/callback"):
        yield row(f"GET /api/cloud/{path}", {"state": "x"}, status=CONFLICT)


EVENING = list(evening())

APART = {  # asked elsewhere, as they never end or are no questions to an agent
    "GET /stream": "tests/venue/test_api_over_tcp.py",
    "POST /commands/report-send": "tests/venue/test_notify.py",
    "POST /commands/notify-test": "tests/venue/test_notify.py",
    "activity -f": "tests/venue/test_commands.py",
}
COMMANDS_APART = {
    "people cards": "tests/venue/test_guest_page.py",
    "init": "tests/venue/test_commands.py",
    "login": "tests/venue/test_login_commands.py",
    "logout": "tests/venue/test_login_commands.py",
    "token": "tests/venue/test_api_over_tcp.py",
    "token list": "tests/venue/test_api_over_tcp.py",
    "token revoke": "tests/venue/test_api_over_tcp.py",
    "notify test": "tests/venue/test_notify.py",
    "doctor": "tests/venue/test_doctor.py",
    **dict.fromkeys(
        ("service", "service install", "service uninstall", "service status"), "tests/venue/test_service.py"
    ),
    "demo": "tests/demo/test_leaving_the_demo.py",
    "emulator": "tests/venue/test_commands.py",
}
