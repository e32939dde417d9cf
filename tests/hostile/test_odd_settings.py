"""Settings that anything may stand in: taken, or refused in words; never a trace."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import VenueError
from agent.settings import load_settings
from agent.settings.checked import all_keys

EXAMPLES = int(os.environ.get("VENUESYNC_EXAMPLES", "1"))
ODD = st.one_of(
    st.sampled_from(
        ["", "nan", "inf", "-0", "1e999", "9" * 400, "0x10", "~", "~nobody/x", "\0", "../../..", "/", "{}", "[[]]"]
    ),
    st.text(max_size=20),
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(str),
)
TOML = st.one_of(
    ODD.map(json.dumps),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(["true", "nan", "-inf", "1e400", "[]", "{}", "[[1]]", "{ a = 1 }", "07:32:00", "1979-05-27", "["]),
    st.text(max_size=8),
)
QUICK = settings(database=None, suppress_health_check=list(HealthCheck))


@settings(QUICK, max_examples=150 * EXAMPLES)
@given(
    st.lists(st.tuples(st.sampled_from(all_keys()), TOML), max_size=3),
    st.sampled_from(all_keys()),
    ODD,
    st.binary(max_size=40),
)
def test_settings_are_taken_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], key: str, value: str, more: bytes
) -> None:
    folder = tmp_path_factory.mktemp("s", numbered=True)
    lines = [f"{name} = {given}" for name, given in rows]
    written = "\n".join(lines).encode("utf-8", "surrogatepass")
    (folder / "config.toml").write_bytes(written)
    (folder / ".env").write_bytes(more)
    variable = "VENUESYNC_" + key.upper().replace(".", "__")
    for environ in ({}, {variable: value}):
        try:
            load_settings(folder, environ)
        except VenueError as refused:
            assert refused.title
            str(refused).encode("utf-8", "backslashreplace")
