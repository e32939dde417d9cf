"""A folder on Drive, as people paste it."""

from __future__ import annotations

import pytest

from agent.errors import UsageError
from agent.settings.addresses import parse_link

ID = "1AbC-dEf_0123456789xyzXYZ"


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"  {ID}\n",
        f"https://drive.google.com/drive/folders/{ID}",
        f"https://drive.google.com/drive/folders/{ID}?usp=sharing",
        f"https://drive.google.com/drive/u/0/folders/{ID}",
        f"https://drive.google.com/drive/u/2/mobile/folders/{ID}?usp=share_link",
        f"https://drive.google.com/open?id={ID}",
        f"https://drive.google.com/folderview?id={ID}&usp=drive_link",
        f"https://drive.google.com/a/studio.example/folderview?id={ID}",
        f"https://drive.google.com/drive/mobile/folders/{ID}",
        f"https://drive.google.com/drive/#folders/{ID}",
        f"drive.google.com/drive/folders/{ID}",
        f"https://docs.google.com/folder/d/{ID}/edit",
        f"https://drive.google.com/uc?id={ID}&export=download",
        f"https://drive.google.com/file/d/{ID}/view",
    ],
)
def test_every_form_of_a_link_names_its_folder(text: str) -> None:
    assert parse_link(text).id == ID


def test_the_resource_key_of_an_old_link_is_kept() -> None:
    link = parse_link(f"https://drive.google.com/drive/folders/{ID}?resourcekey=0-Qw_er&usp=sharing")
    assert (link.id, link.resource_key) == (ID, "0-Qw_er")


@pytest.mark.parametrize("text", ["", "hello", "https://example.com/drive/folders/" + ID, "https://drive.google.com/"])
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_link(text)
    assert "https://drive.google.com/drive/folders/" in refused.value.remedy


@pytest.mark.parametrize("between", [" ", "\n", ",", ", ", ";", ""])
@pytest.mark.parametrize("second", ["https://drive.google.com/open?id=", "drive.google.com/drive/folders/"])
def test_two_at_once_are_refused_in_words(between: str, second: str) -> None:
    """The second one was dropped, unsaid."""
    with pytest.raises(UsageError, match="more than one"):
        parse_link(f"https://drive.google.com/drive/folders/{ID}{between}{second}{ID[::-1]}")
