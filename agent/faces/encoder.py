"""Turns face chips into 128 numbers each: face_recognition's own network and weights, carried out by onnxruntime.

16 to 20 times faster than the prebuilt dlib, which has no BLAS, and equal to it within 2e-6 (L2). The network is
converted once, in a quarter of a second, and kept in a cache folder under a name that says of which weights it is: by
a checksum, which is what a start compares, and by a part of their SHA-256, which is their version.

An ONNX file is a protobuf message; the few parts of it needed here are written directly, so that the onnx package is
not required. Field numbers are those of onnx.proto. Input `chips`: uint8 (n, 150, 150, 3), RGB. Output `encodings`:
float32 (n, 128). The seal is the message's last field, a metadata entry with the CRC-32 of all bytes before it: any
ONNX reader accepts it, and a file that was cut or changed on disk is noticed without a second file beside it.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agent.faces.models import (
    CHIP,
    ENCODER,
    Conv,
    Linear,
    Pool,
    Simple,
    Step,
    WeightsError,
    keep,
    model_file,
    read_steps,
)
from agent.faces.results import Fault, LookError

DIMENSIONS = 128
_BATCH = 16  # chips at a time: more gain nothing (2.3 ms a face from 8 on) and cost memory
_FORMAT = 2  # raised when `onnx_bytes` writes another network from the same weights
_INPUT, _OUTPUT = "chips", "encodings"
_FLOAT, _UINT8, _INT64 = 1, 2, 7  # element types of ONNX
_Shape: TypeAlias = tuple[int, ...]  # (channels, rows, columns) of a result, or (values,)


class Encoder:
    """Loads the network once, on one thread; `encode` may be called from one thread at a time.

    `version` names the weights: encodings of different versions must not be compared.
    """

    def __init__(self, cache: Path, weights: Path | None = None) -> None:
        """`LookError` for `ENGINE` where weights or onnxruntime are missing or unusable."""
        model, self.version = converted(weights or model_file(ENCODER), cache)
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # from 1.29 on it tells its maker of every run: a device's id, events
        try:
            onnxruntime: Any = import_module("onnxruntime")  # has no types
        except ImportError as error:
            raise LookError(
                Fault.ENGINE, f"onnxruntime cannot be loaded: {error}", "Install it: pip install onnxruntime"
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
        parts: list[NDArray[np.float32]] = [np.empty((0, DIMENSIONS), np.float32)]
        for at in range(0, len(chips), _BATCH):
            parts += self._session.run([_OUTPUT], {_INPUT: chips[at : at + _BATCH]})
        return np.concatenate(parts)


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
    keep(model, cache / f"{prefix}{version}-{_FORMAT}.onnx")
    return model, version


def _kept(cache: Path, prefix: str) -> tuple[bytes, str] | None:
    """What was made of these weights, if it is whole, and their version."""
    with suppress(OSError):
        for file in cache.glob(f"{prefix}*-{_FORMAT}.onnx"):
            if is_intact(data := file.read_bytes()):
                return data, file.name.removeprefix(prefix)[:8]
    return None


def _unusable(detail: str) -> LookError:
    return LookError(Fault.ENGINE, detail, "Install the package face_recognition_models again")


# ---- the network as an ONNX file


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _field(number: int, value: int | str | bytes) -> bytes:
    """One protobuf field: a non-negative integer, a text, or an encoded message."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _attribute(name: str, value: int | list[int]) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, 2)
    return _field(1, name) + b"".join(_field(8, part) for part in value) + _field(20, 7)


def _value_info(name: str, kind: int, *sizes: int | str) -> bytes:
    """Name, element type and sizes of an input or output; a size may be a name."""
    dims = b"".join(_field(1, _field(2 if isinstance(size, str) else 1, size)) for size in sizes)
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, dims)))


class _Graph:
    """Collects encoded nodes and constants, and the shape of every intermediate result."""

    def __init__(self) -> None:
        self.nodes: list[bytes] = []
        self.constants: list[bytes] = []
        self.shapes: dict[str, _Shape] = {}

    def constant(self, array: NDArray[Any]) -> str:
        name = f"c{len(self.constants)}"
        kind = _INT64 if array.dtype == np.int64 else _FLOAT
        raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
        sizes = b"".join(_field(1, size) for size in array.shape)
        self.constants.append(sizes + _field(2, kind) + _field(8, name) + _field(9, raw))
        return name

    def node(self, op: str, inputs: list[str], shape: _Shape, output: str = "", **attributes: int | list[int]) -> str:
        """Add a node whose result has `shape`; return the result's name."""
        output = output or f"r{len(self.nodes)}"
        parts = [_field(1, name) for name in inputs]
        parts += [_field(2, output), _field(4, op)]
        parts += [_field(5, _attribute(name, value)) for name, value in attributes.items()]
        self.nodes.append(b"".join(parts))
        self.shapes[output] = shape
        return output

    def window(self, op: str, inputs: list[str], channels: int, size: int, stride: int, pad: int = 0) -> str:
        area = self.shapes[inputs[0]][1:]
        shape = (channels, *((length + 2 * pad - size) // stride + 1 for length in area))
        return self.node(op, inputs, shape, kernel_shape=[size] * 2, strides=[stride] * 2, pads=[pad] * 4)

    def grown(self, name: str, shape: _Shape) -> str:
        """Continue a result with zeros up to `shape`."""
        more = [want - have for want, have in zip(shape, self.shapes[name], strict=True)]
        if not any(more):
            return name
        return self.node("Pad", [name, self.constant(np.array([0] * 5 + more, np.int64))], shape)

    def sum(self, one: str, other: str) -> str:
        shape = tuple(max(sizes) for sizes in zip(self.shapes[one], self.shapes[other], strict=True))
        return self.node("Add", [self.grown(one, shape), self.grown(other, shape)], shape)

    def apply(self, step: Step, now: str, kept: str) -> tuple[str, str]:
        """Add the nodes of one step; return the names of the current and of the remembered data after it."""
        channels = self.shapes[now][0]
        match step:
            case Conv():
                size = step.weights.shape[2]
                inputs = [now, self.constant(step.weights), self.constant(step.bias)]
                now = self.window("Conv", inputs, step.bias.size, size, step.stride, step.pad)
            case Pool():
                now = self.window("AveragePool" if step.average else "MaxPool", [now], channels, step.size, step.stride)
            case Linear():
                now = self.node("MatMul", [now, self.constant(step.weights)], (step.weights.shape[1],), _OUTPUT)
            case Simple.RELU:
                now = self.node("Relu", [now], self.shapes[now])
            case Simple.KEEP:
                kept = now
            case Simple.SWAP:
                now, kept = kept, now
            case Simple.ADD:
                now = self.sum(now, kept)
            case Simple.MEAN:
                pooled = self.node("GlobalAveragePool", [now], (channels, 1, 1))
                now = self.node("Flatten", [pooled], (channels,), axis=1)
        return now, kept


def onnx_bytes(steps: list[Step]) -> bytes:
    """Return the sealed ONNX file of the steps of `read_steps`."""
    graph = _Graph()
    now = graph.node("Cast", [_INPUT], (CHIP, CHIP, 3), to=_FLOAT)
    now = kept = graph.node("Transpose", [now], (3, CHIP, CHIP), perm=[0, 3, 1, 2])
    for step in steps:
        now, kept = graph.apply(step, now, kept)
    encoded = b"".join(
        [
            *(_field(1, node) for node in graph.nodes),
            _field(2, "dlib_face_descriptor"),
            *(_field(5, constant) for constant in graph.constants),
            _field(11, _value_info(_INPUT, _UINT8, "n", CHIP, CHIP, 3)),
            _field(12, _value_info(_OUTPUT, _FLOAT, "n", *graph.shapes[now])),
        ]
    )
    # IR version 8 and operator set 13: old enough for every onnxruntime since 1.10
    model = _field(1, 8) + _field(2, "venuesync") + _field(7, encoded) + _field(8, _field(1, "") + _field(2, 13))
    return model + _seal(model)


def _seal(model: bytes | memoryview) -> bytes:
    """Against a disk's faults, at every start: an eighth of the time that SHA-256 takes."""
    return _field(14, _field(1, "crc32") + _field(2, f"{zlib.crc32(model):08x}"))


_SEAL_SIZE = len(_seal(b""))


def is_intact(data: bytes) -> bool:
    """Whether these are a sealed file's bytes, all of them and unchanged."""
    return len(data) > _SEAL_SIZE and data[-_SEAL_SIZE:] == _seal(memoryview(data)[:-_SEAL_SIZE])
