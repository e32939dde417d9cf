"""Answers held against Google's discovery document.

Strict: a field the document does not know, or of another type, fails.
"""

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.emulator.google import discovery

_KEPT = {"type", "enum", "items", "properties", "additionalProperties", "$ref"}


def check(kind: str, value: Any) -> None:
    """Raises where `value` is not a `kind` of the document (`File`, `ChangeList`, …)."""
    _validator(kind).validate(value)


@cache
def _validator(kind: str) -> Draft202012Validator:
    definitions = {name: _converted(schema) for name, schema in discovery()["schemas"].items()}
    return Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": definitions})


def _converted(schema: dict[str, Any]) -> dict[str, Any]:
    """A discovery schema as JSON Schema: references, int64 as digits, times as Drive writes them, nothing unknown."""
    out: dict[str, Any] = {key: value for key, value in schema.items() if key in _KEPT}
    if out.get("type") == "any":
        del out["type"]
    if "$ref" in out:
        out = {"$ref": f"#/$defs/{out['$ref']}"}
    if schema.get("format") == "int64" and out.get("type") == "string":
        out["pattern"] = r"^-?\d+$"
    if schema.get("format") == "date-time":
        out["pattern"] = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"
    if "items" in out:
        out["items"] = _converted(out["items"])
    if "properties" in out:
        out["properties"] = {name: _converted(each) for name, each in out["properties"].items()}
        out["additionalProperties"] = False
    elif isinstance(out.get("additionalProperties"), dict):
        out["additionalProperties"] = _converted(out["additionalProperties"])
    return out
