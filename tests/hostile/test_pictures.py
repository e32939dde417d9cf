"""Pictures that nobody's camera makes, thousands of them (VENUESYNC_EXAMPLES): seen or refused, by the same worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from agent.faces.results import LookError
from agent.faces.workers import FaceWorkers
from tests.faces.test_worker_limits import on_linux
from tests.hostile.pictures import drawn_over

EXAMPLES = int(os.environ.get("VENUESYNC_EXAMPLES", "1"))
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "HEIF", "AVIF")
MEMORY = 3 << 30  # bytes of address space that a worker may have


@pytest.fixture(scope="module")
def whole() -> Iterator[list[bytes]]:
    """One small picture of each format, and a progressive one."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    image = Image.effect_noise((96, 64), 60).convert("RGB")
    made = [drawn_over(image, 0)]
    for form in FORMATS:
        out = BytesIO()
        image.save(out, form)
        made.append(out.getvalue())
    yield made


Change = tuple[float, bytes]  # where in the file, and what stands there then
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.one_of(st.binary(min_size=1, max_size=8), st.just(b"\xff" * 4), st.just(b"\0" * 4))),
    max_size=6,
)


def changed(data: bytes, changes: list[Change], early: bool, kept: float) -> bytes:
    """`early`: within its first 200 bytes, where the sizes stand. `kept`: how much of it there is still."""
    spoilt = bytearray(data)
    for where, new in changes:
        at = int(where * (min(200, len(data)) if early else len(data)))
        spoilt[at : at + len(new)] = new
    return bytes(spoilt[: int(len(spoilt) * kept)])


@on_linux
async def test_no_picture_takes_its_worker_along(cache: Path, tmp_path: Path, whole: list[bytes]) -> None:
    async with FaceWorkers(1, "dlib-onnx", cache, tmp_path / "workers.log", time_limit=120) as workers:
        await workers.warm()
        (pid,) = workers.pids
        examples: list[bytes] = []

        @settings(max_examples=60 * EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
        @given(st.integers(0, len(whole) - 1), CHANGES, st.booleans(), st.one_of(st.just(1.0), st.floats(0, 1)))
        def draw(number: int, changes: list[Change], early: bool, kept: float) -> None:
            examples.append(changed(whole[number], changes, early, kept))

        draw()
        photo = tmp_path / "photo.jpg"
        for data in examples:
            photo.write_bytes(data)
            try:
                assert (await workers.look(photo)).thumbnail
            except LookError as refused:
                assert refused.photos_own and refused.detail, refused
            if workers.pids != [pid]:
                kept_by = tmp_path.parent / "deadly"
                kept_by.write_bytes(data)
                raise AssertionError(f"the worker died of {kept_by}")
        assert most_memory(pid) < MEMORY


def most_memory(pid: int) -> int:
    """Bytes of address space at its most."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmPeak:")]
    return int(line.split()[1]) << 10
