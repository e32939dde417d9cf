"""An agent's `/metrics`, by name and labels."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.venue.house import House


class Numbers:
    """An answer, by name and labels."""

    def __init__(self, text: str) -> None:
        self.families = list(text_string_to_metric_families(text))
        self.samples = [sample for family in self.families for sample in family.samples]

    def __call__(self, name: str, **labels: str) -> float:
        (found,) = self.all(name, **labels)
        return found

    def all(self, name: str, **labels: str) -> list[float]:
        wanted = labels.items()
        return [one.value for one in self.samples if one.name == f"venuesync_{name}" and wanted <= one.labels.items()]


def numbers(house: House) -> Numbers:
    with house.api() as api:
        return Numbers(api.get("/metrics").raise_for_status().text)
