"""Safe names: whatever people, cameras and Drive call things, the folder works everywhere and the person is found."""

from __future__ import annotations

import itertools
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.filing.names import FILE_BYTES, FOLDER_BYTES, candidates, distinct, safe_file_name, safe_name

FAMILY = "👨‍👩‍👧‍👦"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
DEVICE = re.compile(r"(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)", re.IGNORECASE)

# Text that tries harder than chance: the characters and words of this file, in any order.
TRICKY = st.lists(
    st.sampled_from(
        [
            *'/\\:*?"<>|. ~aA1é\u0301\u200d\u200c\u202e\u2066\ufe0f\x00\x1f\x7f\n\t\u2028\u3164\ufeff\ud800',
            *("CON", "nul", "COM1", "LPT¹", ".jpg", ".JPEG", "..", "(2)"),
            *(FAMILY, "🇩🇪", "👍🏽", ENGLAND, "שלום", "한글", "\u1112\u1161"),
        ]
    ),
    max_size=150,
).map("".join)
ANY_NAME = st.one_of(st.text(max_size=400), TRICKY)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Mia Lindqvist", "Mia Lindqvist"),
        ("AC/DC", "AC_DC"),
        ("..\\..\\etc", "_.._etc"),
        ('a:b*c?d"e<f>g|h', "a_b_c_d_e_f_g_h"),
        ("..", "Unnamed"),
        (".", "Unnamed"),
        ("", "Unnamed"),
        ("   ", "Unnamed"),
        ("\u200d\u0301", "Unnamed"),
        ("\u3164", "Unnamed"),  # a letter that looks like nothing
        (".ssh", "ssh"),
        ("  Ana. . ", "Ana"),
        ("Sammy Davis Jr.", "Sammy Davis Jr"),
        ("CON", "CON_"),
        ("nul.txt", "nul_.txt"),
        ("com1", "com1_"),
        ("LPT³ .x", "LPT³_ .x"),
        ("COM10", "COM10"),
        ("Connie", "Connie"),
        ("Zoe\u0308", "Zoë"),  # NFC
        ("Ana\n\tSilva", "Ana Silva"),
        ("Ana\x00\x1b[31m", "Ana[31m"),
        ("\u202egpj.exe", "gpj.exe"),  # no text turned around
        ("שלום כהן", "שלום כהן"),
        ("محمد", "محمد"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian spelling needs its joiner
        (f"{FAMILY} Kim 👍🏽 🇩🇪 {ENGLAND}", f"{FAMILY} Kim 👍🏽 🇩🇪 {ENGLAND}"),
        ("Ana [/b] Silva", "Ana [_b] Silva"),
        ("\udcff\udcfe", "__"),  # a name that was no UTF-8
    ],
)
def test_a_persons_name_becomes_a_folder_that_works_everywhere(name: str, folder: str) -> None:
    assert safe_name(name) == folder


@given(ANY_NAME)
def test_no_name_is_a_path_hidden_a_device_or_too_long(name: str) -> None:
    made = safe_name(name)
    assert made
    assert len(made.encode()) <= FOLDER_BYTES
    assert_fit(made)
    assert safe_name(made) == made


@given(ANY_NAME)
def test_no_file_name_is_a_path_hidden_a_device_or_too_long(name: str) -> None:
    made = safe_file_name(name)
    assert made
    assert len(made.encode()) <= FILE_BYTES
    assert_fit(made)
    assert safe_file_name(made) == made


def assert_fit(made: str) -> None:
    assert not set(made) & set('/\\:*?"<>|')
    assert made[0] not in ". "
    assert made[-1] not in ". \u200d"
    assert not DEVICE.match(made)
    assert unicodedata.normalize("NFC", made) == made
    assert unicodedata.category(made[0])[0] != "M"
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in made)
    assert not set(made) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff")


@given(ANY_NAME)
def test_a_folder_of_any_name_can_be_made(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.getbasetemp() / "made"
    folder = root / safe_name(name)
    folder.mkdir(parents=True, exist_ok=True)
    assert folder.parent == root
    assert folder.resolve().parent == root.resolve()


@pytest.mark.parametrize(
    ("name", "letter"), [("é" * 200, "é"), ("e\u0301" * 200, "é"), (FAMILY * 40, FAMILY), ("🇩🇪" * 60, "🇩🇪")]
)
def test_a_long_name_is_cut_between_the_characters_people_see(name: str, letter: str) -> None:
    made = safe_name(name)
    assert FOLDER_BYTES - len(letter.encode()) < len(made.encode()) <= FOLDER_BYTES
    assert made == letter * (len(made) // len(letter))


def test_a_letter_under_two_hundred_marks_keeps_as_many_as_fit() -> None:
    made = safe_name("x" + "\u0323" * 200)
    assert made.startswith("x\u0323")
    assert len(made.encode()) <= FOLDER_BYTES


def test_three_hundred_characters_are_cut_and_stay_distinct() -> None:
    first = distinct("Alexandra " * 30, [])
    second = distinct("Alexandra " * 30 + "II", [first])
    assert first != second
    assert second.endswith(" (2)")
    assert len(second.encode()) <= FOLDER_BYTES


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("Ana", "ana"),
        ("ANA", "Ana"),
        ("Zoë", "Zoe\u0308"),
        ("Straße", "STRASSE"),
        ("Ａｎａ", "Ana"),  # wide letters
        ("ﬁona", "fiona"),
        ("A/B", "A_B"),
        ("❤\ufe0f", "❤"),
    ],
)
def test_a_name_that_could_be_taken_for_another_gets_a_number(name: str, taken: str) -> None:
    assert distinct(name, [taken]) == f"{safe_name(name)} (2)"


def test_numbers_go_on_and_different_names_need_none() -> None:
    assert distinct("Ana", []) == "Ana"
    assert distinct("Ana", ["Anna"]) == "Ana"
    assert distinct("Ana", ["Ana", "ana (2)", "Ana (3)"]) == "Ana (4)"


@given(st.lists(ANY_NAME, max_size=8))
def test_folders_given_in_turn_never_meet(names: list[str]) -> None:
    taken: list[str] = []
    for name in names:
        made = distinct(name, taken)
        assert len(made.encode()) <= FOLDER_BYTES
        assert safe_name(made) == made
        assert made.casefold() not in {other.casefold() for other in taken}
        taken.append(made)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("DSC_0001.JPG", "DSC_0001.JPG"),
        (".jpg", "Unnamed.jpg"),
        ("a/b.jpg", "a_b.jpg"),
        ("con.jpg", "con_.jpg"),
        ("a .jpg", "a.jpg"),
        ("IMG_1.HEIC ", "IMG_1.HEIC"),
        ("no extension at all", "no extension at all"),
        ("photo.jp\u202eg", "photo.jpg"),
        ("..", "Unnamed"),
    ],
)
def test_a_files_name_keeps_its_extension(name: str, made: str) -> None:
    assert safe_file_name(name) == made


def test_a_long_files_name_is_cut_before_its_extension() -> None:
    made = safe_file_name("é" * 300 + ".jpeg")
    assert Path(made).suffix == ".jpeg"
    assert FILE_BYTES - 2 <= len(made.encode()) <= FILE_BYTES


def test_candidates_are_tried_in_turn() -> None:
    assert list(itertools.islice(candidates("DSC_1.jpg"), 3)) == ["DSC_1.jpg", "DSC_1 (2).jpg", "DSC_1 (3).jpg"]
    assert list(itertools.islice(candidates("README"), 2)) == ["README", "README (2)"]


@given(ANY_NAME)
def test_no_two_candidates_are_the_same_and_all_fit(name: str) -> None:
    tried = list(itertools.islice(candidates(name), 12))
    assert len({made.casefold() for made in tried}) == 12
    for made in tried:
        assert len(made.encode()) <= FILE_BYTES
        assert safe_file_name(made) == made
