"""Marks, pages, folder trees and folded names: the pure parts under the lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from agent.requests.drive import DriveFolderRow
from tui.screens.add_event import FolderTree
from tui.widgets.find_bar import folded, holds
from tui.widgets.list_pane import KEPT, PAGE, Ask, Mark, Paged


def folder(id: str, name: str, parent: str, **other: Any) -> DriveFolderRow:
    made: dict[str, Any] = {"id": id, "name": name, "type": "folder", "parent_id": parent, "depth": 1,
                            "selectable": True, "has_subfolders": True, "created": None, "modified": None,
                            "path": f"/{name}"}  # fmt: skip
    return {**made, **other}  # type: ignore[return-value,typeddict-item]


def test_the_mark_stays_with_its_thing() -> None:
    mark = Mark("b", 1)
    assert mark.on(["x", "a", "b"]) == Mark("b", 2)
    assert mark.on(["a", "c"]) == Mark("c", 1)
    assert mark.on([]) == Mark(None, 0)
    assert mark.move(9, ["a", "b", "c"]) == Mark("c", 2)
    assert mark.move(-9, ["a", "b", "c"]) == Mark("a", 0)


def test_of_newest_first_the_first_row_stays_the_marked_one() -> None:
    assert Mark("a", 0).on(["new", "a", "b"], newest_first=True) == Mark("new", 0)
    assert Mark("b", 1).on(["new", "a", "b"], newest_first=True) == Mark("b", 2)


def test_a_page_is_in_sight_until_the_mark_leaves_it() -> None:
    assert [Mark("x", index).window(10, 25) for index in (0, 9, 10, 24)] == [
        range(10), range(10), range(10, 20), range(15, 25),
    ]  # fmt: skip


@dataclass(frozen=True)
class Ledger:
    """So many rows, cut as the agent cuts them."""

    count: int

    def page(self, ask: Ask) -> tuple[list[int], int, bool]:
        start = ask.before - 1 if ask.before else self.count
        rows = list(range(start, max(0, start - PAGE), -1))
        return rows, rows[-1] if rows else 0, bool(rows) and rows[-1] > 1


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 20 * PAGE + 7])
def test_pages_go_to_the_end_and_back_and_never_keep_more_than_five(count: int) -> None:
    ledger = Ledger(count)
    paged: Paged[int] = Paged()
    seen: list[int] = []
    index = 0
    while (ask := paged.wanted(index)) is not None:
        paged = paged.take(ask, *ledger.page(ask))
        assert len(paged.rows) <= KEPT * PAGE
        seen += [row for row in paged.rows if row not in seen]
        index = max(0, len(paged.rows) - 1)
    assert seen == list(range(count, 0, -1))
    for _ in range(40):
        ask = paged.wanted(0)
        if ask is None:
            break
        paged = paged.take(ask, *ledger.page(ask))
    assert paged.rows[:3] == list(range(count, 0, -1))[:3]


def test_a_folder_tree_is_opened_level_by_level() -> None:
    tree = FolderTree()
    assert [row.name for row in tree.rows] == ["My Drive", "Shared with me"]
    tree = tree.open("root").with_inside("root", [folder("a", "A", "root"), folder("b", "B", "root")])
    assert [(row.name, row.depth) for row in tree.rows] == [
        ("My Drive", 0), ("A", 1), ("B", 1), ("Shared with me", 0),
    ]  # fmt: skip
    tree = tree.with_inside("a", [folder("b", "B again", "a"), folder("c", "C", "a", selectable=False)]).open("a")
    assert [row.name for row in tree.rows] == ["My Drive", "A", "C", "B", "Shared with me"]
    assert tree.choose("b").choose("a").choose("b").chosen == ("a",)
    assert tree.choose("c").chosen == ()
    assert len(tree.close("root").rows) == 2


def test_names_are_compared_without_accents_case_and_blanks() -> None:
    assert folded("Åsa  ØSTERGÅRD") == "asa ostergard"
    assert holds("Fredrik Åkesson", "ake fred")
    assert not holds("Fredrik Åkesson", "akx")
