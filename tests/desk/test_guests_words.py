"""The guests' page's texts: whole in each language, chosen by what a browser wants, the operator's before ours."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from agent.guest_page.words import Languages

WORDS = Path(__file__).parents[2] / "agent" / "guest_page" / "words"
ALL = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in WORDS.glob("*.toml")}


@pytest.mark.parametrize("code", sorted(ALL))
def test_each_language_says_all_that_english_says(code: str) -> None:
    def put_in(text: str) -> set[str]:
        return set(re.findall(r"{(\w+)}", text))

    assert ALL[code].keys() == ALL["en"].keys()
    assert {key: put_in(text) for key, text in ALL[code].items()} == {
        key: put_in(text) for key, text in ALL["en"].items()
    }


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pt-BR, fr;q=0.7, en;q=0.8", "en"),
        ("pt-BR, fr;q=0.9, en;q=0.8", "fr"),
        ("*", "en"),
        (";;q=,,=\x00" * 1000, "en"),
    ],
)
def test_the_best_language_is_what_the_browser_wants_most(accepted: str, code: str) -> None:
    assert Languages().best(accepted).code == code


def test_the_operators_texts_stand_before_ours(tmp_path: Path) -> None:
    (tmp_path / "de.toml").write_text('title = "Eure {braces} Fotos"\nnone = 7\n', "utf-8")
    (tmp_path / "ar.toml").write_text('turned = "rtl"\ntitle = "صورك"\n', "utf-8")
    (tmp_path / "sv.toml").write_text("title = torn", "utf-8")
    known = Languages(tmp_path)
    assert known.best("de")("title", count=3) == "Eure {braces} Fotos"
    assert known.best("de")("none") == ALL["de"]["none"]
    assert (known.best("ar").turned, known.best("ar")("title")) == ("rtl", "صورك")
    assert known.best("ar")("send") == ALL["en"]["send"]
    assert known.best("sv")("title") == ALL["sv"]["title"]
