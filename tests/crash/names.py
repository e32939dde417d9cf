"""What photos are called as they are filed: by a template, once, and so in each of an event's folders for good."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from tests.crash.meaning import Meaning
from tests.crash.pictures import plain

PARTS = {
    "date": r"\d{4}-\d\d-\d\d",
    "time": r"\d\d-\d\d-\d\d",
    "number": r"\d{4,}",
    "event": r".+",
}


@dataclass
class Names:
    """`given`: event and SHA-256 -> the name that a photo had when all was looked at last; `by_file`: those whose own
    name was told by a ledger alone, which is gone: it is that of the file which lay filed since.
    """

    given: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    by_file: set[str] = field(default_factory=set[str])

    def amiss(self, event: str, lies: dict[str, str], meaning: Meaning, of_all: dict[str, set[str]]) -> Iterator[str]:
        """`lies`: path -> MD5 of the photo; `of_all`: event -> all templates that it ever had. Without one it has its
        own name, made safe: that is asked of every photo by the invariants.
        """
        templates = of_all.get(event, set[str]())
        every_template = {"", *(one for each in of_all.values() for one in each)}
        by_md5 = {one.md5: sha256 for sha256, one in meaning.arrived.items()}
        found: dict[str, set[str]] = {}
        for path, content in lies.items():
            if content in by_md5:
                found.setdefault(by_md5[content], set()).add(plain(path.rpartition("/")[2]))
        every = [name for names in found.values() for name in names]
        for sha256, names in found.items():
            own = meaning.arrived[sha256].taken.name
            if len(names) > 1:
                yield f"{event}: {own} is called {sorted(names)}"
            name = min(names)
            earlier = every_template if sha256 in self.by_file else {""}
            if any(templates) and not any(is_called(name, own, one) for one in product({"", *templates}, earlier)):
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
        self.by_file |= {sha256 for sha256, one in meaning.arrived.items() if one.only_filed}


def is_called(name: str, own: str, templates: Iterable[str]) -> bool:
    """By the first template, of a name by the next one, and so on to its own."""
    stem, _, ending = own.rpartition(".")
    called = re.escape(stem)
    for one in reversed([*templates]):
        text = re.escape(one or "{original}").replace(r"\{", "{").replace(r"\}", "}")
        called = text.format(**PARTS, original=called)
    return re.fullmatch(called + re.escape(f".{ending}"), name) is not None
