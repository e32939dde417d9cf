"""Turns face chips into 128 numbers each: face_recognition's own network and weights, carried out by onnxruntime.

16 to 20 times faster than the prebuilt dlib, which has no BLAS, and equal to it within 2e-6 (L2). The network is
converted once, in a quarter of a second, and kept in a cache folder under a name that says of which weights it is: by
a checksum, which is what a start compares, and by a part of their SHA-256, which is their version.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from agent.faces.dlib_weights import CHIP, WeightsError, read_steps
from agent.faces.faults import Fault, LookError
from agent.faces.kept import publish
from agent.faces.models import ENCODER, model_file
from agent.faces.onnx_file import INPUT, OUTPUT, is_intact, onnx_bytes

DIMENSIONS = 128
_BATCH = 16  # chips at a time: more gain nothing (2.3 ms a face from 8 on) and cost memory
_FORMAT = 2  # raised when onnx_file writes another network from the same weights


class Encoder:
    """Loads the network once, on one thread; `encode` may be called from one thread at a time.

    `version` names the weights: encodings of different versions must not be compared.
    """

    def __init__(self, cache: Path, weights: Path | None = None) -> None:
        """`LookError` of kind `ENGINE` where weights or onnxruntime are missing or unusable."""
        model, self.version = converted(weights or model_file(ENCODER), cache)
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # from 1.29 on it tells its maker of every run: a device's id, events
        try:
            onnxruntime: Any = import_module("onnxruntime")  # has no types
        except ImportError as error:
            raise LookError(
                Fault.ENGINE, f"onnxruntime cannot be loaded: {error}.", "Install it: pip install onnxruntime."
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # saves 60 MB a worker; costs nothing measurable
        options.log_severity_level = 3  # errors only
        self._session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (n, 128) float32 for chips (n, 150, 150, 3) uint8 RGB; n may be 0."""
        if chips.dtype != np.uint8 or chips.shape[1:] != (CHIP, CHIP, 3):
            raise ValueError(f"chips must be uint8 (n, {CHIP}, {CHIP}, 3), not {chips.dtype} {chips.shape}")
        parts = [self._run(chips[at : at + _BATCH]) for at in range(0, len(chips), _BATCH)]
        return np.concatenate(parts) if parts else np.empty((0, DIMENSIONS), np.float32)

    def _run(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        return cast("NDArray[np.float32]", self._session.run([OUTPUT], {INPUT: chips})[0])


def converted(weights: Path, cache: Path) -> tuple[bytes, str]:
    """Return the ONNX file's bytes for `weights` and the weights' version, converting where the cache has none.

    A cached file that is cut or changed is made again. Any number of processes may do this at once: each writes its own
    temporary file and renames it, so that a reader sees a whole file or none. A cache that cannot be written costs
    0.25 s at each start and no more.
    """
    try:
        data = weights.read_bytes()
    except OSError as error:
        raise _unusable(f"{weights} cannot be read: {error.strerror}") from error
    prefix = f"dlib-encoder-{zlib.crc32(data):08x}-"
    if (kept := _kept(cache, prefix)) is not None:
        return kept
    version = hashlib.sha256(data).hexdigest()[:8]
    try:
        model = onnx_bytes(read_steps(data))
    except WeightsError as error:
        raise _unusable(f"{weights} is not dlib's face network: {error}") from error
    publish(model, cache / f"{prefix}{version}-{_FORMAT}.onnx")
    return model, version


def _kept(cache: Path, prefix: str) -> tuple[bytes, str] | None:
    """What was made of these weights, if it is whole, and their version."""
    with suppress(OSError):
        for file in cache.glob(f"{prefix}*-{_FORMAT}.onnx"):
            if is_intact(data := file.read_bytes()):
                return data, file.name.removeprefix(prefix)[:8]
    return None


def _unusable(detail: str) -> LookError:
    return LookError(Fault.ENGINE, f"{detail}.", "Install the package face_recognition_models again.")
