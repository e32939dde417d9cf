"""The settings: what is wrong in them, all of it at once, and what the environment sets over config.toml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.doctor.findings import Finding, of_error, ok, warning
from agent.errors import UsageError
from agent.settings.checked import SECRET_KEYS, setting_errors
from agent.settings.layers import merged_layers, toml_layer


def config(workspace: Path) -> Iterator[Finding]:
    try:
        wrong = setting_errors(workspace)
    except UsageError as error:  # a file that cannot be read at all
        wrong = [error]
    yield from (of_error("config", error) for error in wrong)
    if wrong:
        return
    merged, written = merged_layers(workspace), toml_layer(workspace / "config.toml")
    over = {key: origin for key, (_, origin) in merged.items() if key in written and written[key][1] != origin}
    differ = [key for key in over if str(merged[key][0]) != str(written[key][0])]
    for key in differ:
        given = "another value" if key in SECRET_KEYS else f"{merged[key][0]} instead of {written[key][0]}"
        remedy = f"Take it out of {over[key].rpartition(' in ')[2]}, or change config.toml"
        yield warning("config", f"{key} is {given}: {over[key]} goes before config.toml", remedy)
    if not differ:
        others = sorted(merged.keys() - written.keys() | over.keys())
        told = f"{len(written)} keys in {workspace / 'config.toml'}"
        yield ok("config", f"{told}; set elsewhere: {', '.join(others)}" if others else told)


def api(listen: str) -> Iterator[Finding]:
    """`listen`: where other machines reach it, too."""
    port = listen.rpartition(":")[2]
    remedy = f"Set api.listen to 127.0.0.1:{port}, unless phones or other machines are to reach it"
    detail = f"api.listen is {listen}: all in this machine's networks reach the API, with a token and unencrypted"
    yield warning("api", detail, remedy)
