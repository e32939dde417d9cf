"""The page's texts, in the guest's language: ours, and in front of them those in a folder of the operator's.

A language is a file `de.toml`, its keys those of `words/en.toml`; what is missing in it is said in English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import structlog

from agent.disk.atomic import read_text
from agent.errors import VenueError

log = structlog.get_logger(__name__)

ENGLISH = "en"
LONGEST = 1 << 16  # bytes of a file
MOST = 20  # languages that a browser asks for


class Words:
    """Texts of one language; `code` and `turned` (`ltr`, `rtl`) are what HTML says of it."""

    def __init__(self, code: str, texts: Mapping[str, str]) -> None:
        self.code = code
        self.turned = "rtl" if texts.get("turned") == "rtl" else "ltr"
        self._texts = texts

    def __call__(self, key: str, **given: object) -> str:
        """A text with what is put in; braces that name nothing of it stay as they are."""
        text = self._texts[key]
        for name, value in given.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text


class Languages:
    """`own`: a folder with files of the operator's, or none. All are read once."""

    def __init__(self, own: Path | None = None) -> None:
        shipped = {one.name[: -len(".toml")]: one for one in (files("agent.guest_page") / "words").iterdir()}
        texts = {code: parsed(one.read_text("utf-8"), one.name) for code, one in shipped.items()}
        for path in sorted(own.glob("*.toml")) if own is not None else ():
            try:
                texts[path.stem.lower()] = texts.get(path.stem.lower(), {}) | parsed(
                    read_text(path, LONGEST), path.name
                )
            except (VenueError, OSError, UnicodeDecodeError) as error:
                log.warning("guests.words", file=path.name, why=str(error))
        english = texts[ENGLISH]
        self._known = {code: Words(code, {**english, **one}) for code, one in texts.items()}

    def best(self, accepted: str) -> Words:
        """For what a browser says that it accepts, as `de-AT,de;q=0.9,en;q=0.8`."""
        wanted: list[tuple[float, str]] = []
        for one in accepted.split(",")[:MOST]:
            code, _, quality = one.strip().partition(";q=")
            try:
                wanted.append((float(quality or 1), code.lower()))
            except ValueError:
                continue
        for _, code in sorted(wanted, key=lambda one: -one[0]):
            for known in (code, code.partition("-")[0]):
                if known in self._known:
                    return self._known[known]
        return self._known[ENGLISH]


def parsed(text: str, name: str) -> dict[str, str]:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        log.warning("guests.words", file=name, why=str(error))
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)}
