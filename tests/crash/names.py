"""What photos are called as they are filed: by a template, once, and so in each of an event's folders for good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.crash.meaning import Meaning

PARTS = {
    "date": r"\d{4}-\d\d-\d\d",
    "time": r"\d\d-\d\d-\d\d",
    "number": r"\d{4,}",
    "event": r".+",
}


@dataclass
class Names:
    """`given`: event and SHA-256 -> the name that a photo had when all was looked at last."""

    given: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def amiss(self, event: str, lies: dict[str, str], meaning: Meaning, templates: set[str]) -> Iterator[str]:
        """`lies`: path -> MD5 of the photo; `templates`: all that the event ever had. Without one it has its own name,
        made safe: that is asked of every photo by the invariants.
        """
        by_md5 = {one.md5: sha256 for sha256, one in meaning.arrived.items()}
        found: dict[str, set[str]] = {}
        for path, content in lies.items():
            if content in by_md5:
                found.setdefault(by_md5[content], set()).add(path.rpartition("/")[2])
        every = [name for names in found.values() for name in names]
        for sha256, names in found.items():
            own = meaning.arrived[sha256].taken.name
            if len(names) > 1:
                yield f"{event}: {own} is called {sorted(names)}"
            name = min(names)
            if any(templates) and not any(pattern(one, own).fullmatch(name) for one in {"", *templates}):
                yield f"{event}: {own} is called {name}, by none of {sorted(templates)}"
            if every.count(name) > 1:
                yield f"{event}: {every.count(name)} photos are called {name}"
            before = self.given.get((event, sha256), name)
            if before != name:
                yield f"{event}: {own} was called {before} and is {name}"
            self.given.setdefault((event, sha256), name)

    def only_these(self, lie: dict[str, str], meaning: Meaning) -> None:
        """The ledger is an older one: the name of what lies nowhere is not known any more."""
        self.given = {key: one for key, one in self.given.items() if meaning.arrived[key[1]].md5 in lie.values()}


def pattern(template: str, own: str) -> re.Pattern[str]:
    stem, _, ending = own.rpartition(".")
    text = re.escape(template or "{original}").replace(r"\{", "{").replace(r"\}", "}")
    return re.compile(text.format(**PARTS, original=re.escape(stem)) + re.escape(f".{ending}"))
