"""Kinds of values that people write in several ways: intervals, amounts of bytes, lists of folders.

Each kind says what it accepts in the same words in which the error will.
"""

from __future__ import annotations

import getpass
import grp
import json
import math
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from string import Formatter
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, SecretStr

from agent.errors import UsageError
from agent.settings.addresses import is_loopback, parse_link

LOCAL = "local"  # looks at photos: this machine alone
INTERVAL_NAMES = {"fast": 2.0, "normal": 10.0, "slow": 30.0, "hourly": 60.0}
MOST_BYTES = 10**18
FEWEST_BYTES = 10_000  # that somebody may mean who names no unit
SIZE_UNITS = {
    "": 1,
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
}


@dataclass(frozen=True, slots=True)
class Accepts:
    """What a key accepts, for errors and for the commented file."""

    text: str


def minutes(value: Any) -> float:
    """Minutes from a number or a name (`fast`, `normal`, `slow`, `hourly`); 0.5 to 60."""
    number = INTERVAL_NAMES.get(value.strip().lower()) if isinstance(value, str) else None
    number = number_of(value) if number is None else number
    if not 0.5 <= number <= 60:
        raise ValueError("outside 0.5 to 60 minutes")
    return number


def too_often(interval: float) -> str:
    """What is said of an interval in minutes that is accepted, and unwise; "" of any other."""
    return "Looks under a minute apart use up Google's quota" if interval < 1 else ""


def byte_count(value: Any) -> int:
    """Bytes from a text such as `2 GB`, `500MB`, `1 GiB`; or from a number, but for few: who writes 5 means GB."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number, unit = float(value), ""
    else:
        found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*", str(value))
        if not found or found[2].upper() not in SIZE_UNITS:
            raise ValueError("not an amount of bytes")
        number, unit = float(found[1]), found[2].upper()
    if number < 0 or not math.isfinite(number):
        raise ValueError("negative or endless")
    if not unit and 0 < number < FEWEST_BYTES:
        raise ValueError("bytes, as no unit is named")
    if (wanted := number * SIZE_UNITS[unit]) > MOST_BYTES:
        raise ValueError("more than any disk has")
    return int(wanted)


def clock_time(value: Any) -> str:
    """A time of day, `HH:MM` in 24 hours."""
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value.strip()):
        raise ValueError("not a time of day")
    return value.strip()


def folder_list(value: Any) -> Any:
    """Folders from a list, or from one text: a JSON list, or the system's path separator between them."""
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            return json.loads(value)
        return [part for part in value.split(os.pathsep) if part]
    return value


def address_list(value: Any) -> Any:
    """Addresses from a list, or from one text: a JSON list, or blanks between them."""
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith("[") else value.split()
    if not isinstance(value, list) or not all(
        isinstance(one, str) and re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]*://\S+", one) for one in cast(list[Any], value)
    ):
        raise ValueError("not a list of addresses")
    return cast(list[Any], value)


def words(value: Any) -> Any:
    """From a list, or from one text: a JSON list, or commas between them."""
    if isinstance(value, str):
        found = json.loads(value) if value.lstrip().startswith("[") else [one.strip() for one in value.split(",")]
        return [one for one in found if one]
    return value


def tables(value: Any) -> Any:
    """From a list, or from one text, which is JSON or empty: a variable has nothing else."""
    return json.loads(value or "[]") if isinstance(value, str) else value


def hours(value: Any) -> str:
    """From one time of day to another, `HH:MM-HH:MM`; empty: none."""
    if not isinstance(value, str) or (value and len([clock_time(one) for one in value.split("-")]) != 2):
        raise ValueError("not from one time of day to another")
    return "".join(value.split())


def worker_count(value: Any) -> int:
    """A number of processes from 1 to 64; `cores` is one for each core."""
    if isinstance(value, str) and value.strip().lower() == "cores":
        return os.cpu_count() or 1
    number = number_of(value)
    if not number.is_integer():
        raise ValueError("not a whole number")
    if not 1 <= number <= 64:
        raise ValueError("outside 1 to 64")
    return int(number)


def number_of(value: Any) -> float:
    """From a number, or a text of one: no list, table or time of day."""
    try:
        return float(value if isinstance(value, int | float | str) else "")
    except ValueError:
        raise ValueError("not a number") from None


FIXED_CONTROLS = "chijmz"  # ctrl+c closes, ctrl+z is the shell's; the others reach a terminal as keys of their own
KEY_NAMES = {"space", *(f"f{number}" for number in range(1, 13))}


def key_name(value: Any) -> str:
    """A key of the keyboard: a letter or sign as it is typed, `space`, `f1` to `f12`, `ctrl+a`."""
    if not isinstance(value, str):
        raise ValueError("not a key")
    text = value.strip()
    if len(text) == 1 and text.isprintable() and not text.isdigit():
        return text
    named = text.lower()
    if named in KEY_NAMES or re.fullmatch(f"ctrl\\+(?![{FIXED_CONTROLS}])[a-z]", named):
        return named
    raise ValueError("not a key that can be chosen")


def push_address(value: Any) -> str:
    """An address, also written as a table: `[drive.push] address = "https://…"`.

    Google sends messages by https alone; an emulator on this machine needs no certificate.
    """
    if isinstance(value, dict):
        table = cast(dict[str, Any], value)
        value = table.get("address") if set(table) == {"address"} else None
    found = re.fullmatch(r"(https?)://([^\s/]+?)(:\d+)?(/\S*)?", value) if isinstance(value, str) else None
    if value != "" and (found is None or (found[1] == "http" and not is_loopback(found[2]))):
        raise ValueError("not an https address")
    return cast(str, value)


def executor(value: Any) -> str:
    """`local`, or a scheduler's address. Without encryption it is this machine's own: faces travel there."""
    found = (
        re.fullmatch(r"(tcp|tls)://(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):([1-9]\d{0,4})", value)
        if isinstance(value, str)
        else None
    )
    if found is None and value != LOCAL:
        raise ValueError("no such executor")
    if found is not None and found[1] == "tcp" and not is_loopback(found[2].strip("[]")):
        raise ValueError("without encryption")
    return cast(str, value)


def drive_folder(value: Any) -> Any:
    """A folder's id from its address in the browser, or from the id; empty stays empty."""
    if not isinstance(value, str) or re.fullmatch(r"[A-Za-z0-9_-]*", value.strip()):
        return value
    try:
        return parse_link(value).id
    except UsageError:
        raise ValueError("no folder of Google Drive") from None


def file_mode(value: Any) -> str:
    """Rights as `chmod` takes them, in octal, for files: `640`; empty: none said."""
    text = str(value)
    if text and not re.fullmatch("0?6[0246][0246]", text):
        raise ValueError("not the rights of a file that this user may read and write, and nobody run")
    return text[-3:]


def group_name(value: Any) -> str:
    """A group that this user may give files to; empty: none said."""
    if not isinstance(value, str):
        raise ValueError("not a group's name")
    if value:
        try:
            group = grp.getgrnam(value).gr_gid
        except (KeyError, ValueError):
            raise ValueError("there is no such group on this machine") from None
        if os.geteuid() and group not in (os.getegid(), *os.getgroups()):
            user = getpass.getuser()
            raise ValueError(f"{user} is not in it as yet: sudo usermod -aG {value} {user}, then sign in anew")
    return value


INTERVAL_TEXT = "0.5 to 60 minutes, or fast (2), normal (10), slow (30), hourly (60)"
Minutes = Annotated[float, BeforeValidator(minutes), Accepts(INTERVAL_TEXT)]
DriveFolder = Annotated[str, BeforeValidator(drive_folder), Accepts("a folder's address or id, or empty")]
Executor = Annotated[
    str,
    BeforeValidator(executor),
    Accepts("local, tls://HOST:PORT (photos leave this machine, encrypted), or here itself tcp://127.0.0.1:PORT"),
]
PushAddress = Annotated[str, BeforeValidator(push_address), Accepts("an https address, or empty")]
Bytes = Annotated[int, BeforeValidator(byte_count), Accepts("an amount such as 2 GB or 500 MB")]
ClockTime = Annotated[str, BeforeValidator(clock_time), Accepts("a time of day such as 02:00")]
Folders = Annotated[list[str], BeforeValidator(folder_list), Accepts('a list of folders such as ["/mnt/nas/card1"]')]
NAME_FIELDS = ("date", "time", "event", "camera", "number", "original")
NAME_TEXT = (
    "a text with some of {" + "}, {".join(NAME_FIELDS) + "}, among them {number}, {original} or {time}, without"
    ' / and \\, such as "{date}_{time}_{event}_{number}", or empty: as the camera called it'
)
LONGEST_TEMPLATE = 120


def fields_in(text: str, known: Collection[str]) -> set[str]:
    """Which of these stand in a text, each in its braces, and nothing else does."""
    try:
        fields = [(one, spec, how) for _, one, spec, how in Formatter().parse(text) if one is not None]
    except ValueError as error:
        raise ValueError(f"{error}; write {{{{ for a brace") from None
    if wrong := [one for one, spec, how in fields if one not in known or spec or how]:
        raise ValueError(f"nothing is called {{{wrong[0]}}}")
    return {one for one, _, _ in fields}


def name_template(value: Any) -> str:
    """How photos are called as they are filed; what does not tell one photo from another is no name."""
    if not isinstance(value, str):
        raise ValueError("not a text")
    text = value.strip()
    if text and not {"number", "original", "time"} & fields_in(text, NAME_FIELDS):
        raise ValueError("all photos would have the same name")
    if len(text) > LONGEST_TEMPLATE or "/" in text or "\\" in text or not text.isprintable():
        raise ValueError("no file's name")
    return text


NameTemplate = Annotated[str, BeforeValidator(name_template), Accepts(NAME_TEXT)]
MESSAGE_FIELDS = {"venue", "title", "text", "count"}


def message(value: Any) -> str:
    """A message's title and, from its second line on, its text; `{venue}` and the like stand for what is told."""
    if not isinstance(value, str):
        raise ValueError("not a text")
    fields_in(value, MESSAGE_FIELDS)
    return value


Message = Annotated[
    str, BeforeValidator(message), Accepts("a text with {venue}, {title}, {text}, {count}; its first line is the title")
]
Addresses = Annotated[
    list[SecretStr], BeforeValidator(address_list), Accepts('a list of addresses such as ["tgram://TOKEN/CHAT"]')
]
Tell = Annotated[
    list[Literal["safe", "problems", "new photos"]],
    BeforeValidator(words),
    Accepts("some of safe, problems, new photos"),
]
Mode = Annotated[str, BeforeValidator(file_mode), Accepts("rights such as 640 or 664, or empty")]
Group = Annotated[str, BeforeValidator(group_name), Accepts("a group that this user is in, or empty")]
Hours = Annotated[str, BeforeValidator(hours), Accepts("hours such as 22:00-07:00, or empty")]
KeyName = Annotated[str, BeforeValidator(key_name), Accepts("a key such as u, %, F9, ctrl+e or space")]
Workers = Annotated[int, BeforeValidator(worker_count), Accepts("1 to 64, or cores")]
