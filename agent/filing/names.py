"""Safe names: a name that people gave, made fit to be a folder's or a file's.

Names come from people, cameras and Drive, and have to work on Linux, macOS, Windows, exFAT cards and SMB shares alike,
where one name too many would be a path, hide a folder or land in somebody else's. The real name is shown elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from itertools import count

from agent.ledger.given_names import Facts, stem_of

FOLDER_BYTES = 120  # of UTF-8: three of them in one path stay below Windows' 260 characters
FILE_BYTES = 200  # of UTF-8: file systems allow 255, and sync clients add suffixes of their own
UNNAMED = "Unnamed"

# England's flag and its like are a black flag followed by tags: the only place where tags are more than invisible.
_FLAG = "\U0001f3f4[\U000e0020-\U000e007e]{1,16}\U000e007f"
_FORBIDDEN = re.compile(rf'({_FLAG})|[/\\:*?"<>|\ud800-\udfff]')
_SPACES = re.compile(r"[\s\u2800\u3164\uffa0\u115f\u1160]+")  # blank letters too: they look like a space
_JOINERS = "\u200c\u200d"  # kept: emoji families, and Persian spelling
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])(?=[ ]*(?:\.|$))", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,15}$")
_UNSEEN_IN_COMPARING = re.compile("[\u200c\u200d\ufe00-\ufe0f]")


def safe_name(name: str) -> str:
    """A folder's name for this name: at most 120 bytes, the same again when made safe twice.

    Never empty, `.` or `..`, never hidden, no separator, control or direction-changing character, no device of
    Windows, no dot or space at either end. Emoji, accents and right-to-left text stay; what is not allowed becomes `_`.
    """
    return _until_steady(name, lambda text: _shape(_characters(text), FOLDER_BYTES))


def safe_file_name(name: str) -> str:
    """A file's name for this name: as `safe_name`, at most 200 bytes, and the extension survives the cutting."""
    return _until_steady(name, lambda text: "".join(_parts(_characters(text))))


def distinct(name: str, taken: Collection[str]) -> str:
    """The safe folder name for `name`, with ` (2)`, ` (3)` … where one of `taken` could be taken for it.

    Names are the same when they differ only in case, width or ligatures, as file systems and people see them.
    """
    keys = {_key(other) for other in taken}
    safe = safe_name(name)
    for number in count(1):
        made = _numbered(safe, number, "", FOLDER_BYTES)
        if _key(made) not in keys:
            return made
    raise AssertionError("numbers do not end")


def candidates(file_name: str) -> Iterator[str]:
    """Safe names to try for a file, in turn and without end: `DSC_1.jpg`, `DSC_1 (2).jpg`, … none over 200 bytes."""
    stem, extension = _parts(safe_file_name(file_name))
    for number in count(1):
        yield _numbered(stem, number, extension, FILE_BYTES)


def alike(one: str, other: str) -> bool:
    """Whether a file system may take both names for the same."""
    return _key(one) == _key(other)


def _numbered(stem: str, number: int, extension: str, limit: int) -> str:
    if number == 1:
        return stem + extension
    tail = f" ({number}){extension}"
    return _shape(stem, limit - len(tail)) + tail


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return unicodedata.normalize("NFKC", _UNSEEN_IN_COMPARING.sub("", folded))


def _until_steady(name: str, make: Callable[[str], str]) -> str:
    """Apply `make` until nothing changes: cutting can bring a dot to the end, or an extension to light."""
    while (made := make(name)) != name:
        name = made
    return made


@lru_cache(maxsize=4096)
def _parts(name: str) -> tuple[str, str]:
    """The stem, fit for its extension's length, and the extension with its dot (empty where there is none)."""
    found = _EXTENSION.search(name)
    extension = found[0] if found else ""
    return _shape(name[: len(name) - len(extension)], FILE_BYTES - len(extension)), extension


def _characters(name: str) -> str:
    """The name in NFC without any character that is forbidden, invisible or turns the text around."""
    name = _FORBIDDEN.sub(lambda found: found[1] or "_", unicodedata.normalize("NFC", name))
    name = _SPACES.sub(" ", name)
    flags = re.split(f"({_FLAG})", name)
    kept = "".join(part if index % 2 else _visible(part) for index, part in enumerate(flags))
    return unicodedata.normalize("NFC", kept)


def _visible(text: str) -> str:
    """Without control, format (but joiners) and private `non-characters`; unassigned ones may be next year's emoji."""
    return "".join(
        letter
        for letter in text
        if letter in _JOINERS
        or (unicodedata.category(letter) not in ("Cc", "Cf") and not _is_noncharacter(ord(letter)))
    )


def _is_noncharacter(point: int) -> bool:
    return point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF


def _shape(name: str, limit: int) -> str:
    """Fit for both ends, for Windows' devices and for `limit` bytes; `Unnamed` if nothing to be seen is left."""
    name = _DEVICE.sub(r"\1_", _trimmed(name), count=1) if _DEVICE.match(_trimmed(name)) else _trimmed(name)
    return _trimmed(_cut(name, limit)) or UNNAMED


def _trimmed(name: str) -> str:
    """Without dots and spaces at either end, and without marks and joiners that have no letter before them."""
    name = name.rstrip(" ." + _JOINERS)
    start = 0
    while start < len(name) and (name[start] in " ." + _JOINERS or unicodedata.category(name[start])[0] == "M"):
        start += 1
    return name[start:]


def _cut(name: str, limit: int) -> str:
    """The longest beginning of at most `limit` bytes that ends between two characters as people see them."""
    size = 0
    whole = 0
    for index, letter in enumerate(name):
        if size <= limit and not _continues(name, index):
            whole = index
        size += len(letter.encode())
        if size > limit:
            return name[: whole or _fitting(name, limit)]
    return name


def _fitting(name: str, limit: int) -> int:
    """Where the first of a hundred marks on one letter has to be let go: how many code points fit."""
    size = 0
    for index, letter in enumerate(name):
        size += len(letter.encode())
        if size > limit:
            return index
    return len(name)


def _continues(name: str, index: int) -> bool:
    """Whether the code point at `index` belongs to the character that begins before it."""
    letter, before = name[index], name[index - 1] if index else ""
    if not before:
        return False
    if letter in _JOINERS or before == "\u200d" or unicodedata.category(letter)[0] == "M":
        return True
    if "\U0001f3fb" <= letter <= "\U0001f3ff" or "\U000e0020" <= letter <= "\U000e007f":  # skin tones, flag tags
        return True
    return _is_flag_letter(letter) and _odd_flag_letters_before(name, index)


def _is_flag_letter(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _odd_flag_letters_before(name: str, index: int) -> bool:
    start = index
    while start and _is_flag_letter(name[start - 1]):
        start -= 1
    return (index - start) % 2 == 1


def filled(template: str, event: str, facts: Facts) -> str:
    """A photo's name by a template, but for its ending: of `{date}_{event}_{number}` `2026-11-21_Gala_0001`.

    `template`: checked (`agent/settings/kinds.py`). What is not known leaves nothing but what stands around it. There
    is no `{person}`: a photo has one name in all folders, here and on Drive, whoever is on it.
    """
    values = {
        "date": facts.taken[:10],
        "time": facts.taken[11:19].replace(":", "-"),
        "event": event,
        "camera": facts.device,
        "number": f"{facts.number:04}",
        "original": stem_of(facts.name),
    }
    # Dots would look like an ending, and be one where the rest is cut.
    parts = {key: safe_name(value).replace(".", "_") if value else "" for key, value in values.items()}
    return template.format_map(parts).strip(" _-.") or parts["number"]
