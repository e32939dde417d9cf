"""config.toml with every key explained: what `venuesync init` writes, and config.toml.example.

Made from the settings classes, so that it cannot fall behind them. `python -m agent.settings.example` prints it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic import SecretStr

from agent.settings.checked import accepted, section_class
from agent.settings.keys import Settings
from agent.settings.layers import ALIASES

HEAD = """\
# venuesync: settings of this workspace. Every line shows its default: take the # away to change it.
# The environment (VENUESYNC_<SECTION>__<KEY>) and a file .env beside this one go before what stands here.
"""
SHOWN = {"faces.workers": "cores", "disk.keep_free": "2 GB"}  # as people write them


def default_text(key: str, value: Any) -> str:
    """A default as it is written in TOML."""
    if key in SHOWN:
        return json.dumps(SHOWN[key])
    if isinstance(value, SecretStr):
        return json.dumps(value.get_secret_value())
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value)


def example_text() -> str:
    """The whole file."""
    lines = [HEAD]
    names = {key: alias for alias, key in ALIASES.items()}
    for section in Settings.model_fields:
        kind = section_class(section)
        lines.append(f"\n[{section}]  # {(kind.__doc__ or '').strip().splitlines()[0]}")
        for name, field in kind.model_fields.items():
            key = f"{section}.{name}"
            also = f" (also {names[key]})" if key in names else ""
            lines.append(f"# {field.description}. Accepts {accepted(key)}{also}.")
            lines.append(f"#{name} = {default_text(key, field.default)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(example_text())
