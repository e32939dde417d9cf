"""A photo's name by a template: `{date}_{time}_{event}_{number}` is `2026-11-21_22-14-07_Gala_0001`. Pure.

There is no `{person}`: a photo has one name in all folders, here and on Drive, whoever is on it.
"""

from __future__ import annotations

from agent.filing.names import safe_name
from agent.ledger.given_names import Facts, stem_of


def filled(template: str, event: str, facts: Facts) -> str:
    """The name without its ending. `template`: checked (`agent/settings/kinds.py`). What is not known leaves nothing
    but what stands around it.
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
