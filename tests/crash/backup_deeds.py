"""Backups put back while no agent runs, and the yes that an older list of people waits for.

Which backups there are is read off the folder, as `venuesync restore` lists them; not while somebody is being
forgotten, for whom some of them go. The people's is as good as told what it means: the meaning of that moment, found by
what can be taken back in it.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.crash.deed import Deed, Party
from tests.crash.stores import Roster, ask

NIGHTLY = "name IN ('people', 'backup')"
LEDGER_BACK = "ledger back"
OLDER = "roster"  # what waits for a yes with an older list of people; photos that wait have a yes of their own


def put_ledger_back(party: Party) -> Deed | None:
    """Any of them: what lies where is learned anew, and nothing else is another than before."""
    if Roster.read(party.root).forgetting() or not (files := backups(party.root, "ledger-*.sqlite")):
        return None
    file, known = party.dice.choice(files), ledgers_aside(party.root)

    def kept(_: Roster, __: Roster) -> bool:
        return ledgers_aside(party.root) != known

    return Deed(LEDGER_BACK, ["restore", file.name], "restore", {"file": file.name}, kept, alone=True)


def put_people_back(party: Party) -> Deed | None:
    """One that knows the same events: photos of another would have nobody to look after them."""
    if Roster.read(party.root).forgetting():
        return None
    ids = set(party.events.values())
    found = [
        (file, roster)
        for file in backups(party.root, "people-*.json")
        if (roster := Roster(json.loads(file.read_bytes())["roster.json"])).said in party.meaning.known
        and ids == {row["id"] for row in roster.rows("events")}
    ]
    if not found:
        return None
    file, then = party.dice.choice(found)
    out = [sha256 for (_, sha256), one in party.meaning.known[then.said].said.decided.items() if one.withdrawn]

    def kept(_: Roster, after: Roster) -> bool:
        return after.restored and after.said == then.said

    words, body = ["restore", file.name], {"file": file.name}
    return Deed("people back", words, "restore", body, kept, withdrawn=out, alone=True, state=then.said)


def approve(party: Party) -> Deed | None:
    """Until then nothing is taken away."""
    if not Roster.read(party.root).restored:
        return None
    body = {"ids": [OLDER]}
    return Deed("approve", ["held", "approve", OLDER], "held-approve", body, lambda _, after: not after.restored)


# ---- what there is to put back


def backups(root: Path, pattern: str) -> list[Path]:
    return sorted((root / ".venuesync" / "backups").glob(pattern))


def ledgers_aside(root: Path) -> set[Path]:
    return set((root / ".venuesync").glob("before-restore-*/ledger.sqlite"))


def let_night_pass(root: Path) -> None:
    """The machine is off when both are to be backed up: it is done at the next start."""
    path = root / ".venuesync" / "ledger.sqlite"
    if path.exists():  # else somebody died who was putting one back
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(f"UPDATE job SET next_at = 0, last_at = NULL WHERE {NIGHTLY}")


def night_is_over(root: Path) -> bool:
    return not ask(root, f"SELECT name FROM job WHERE {NIGHTLY} AND next_at = 0")
