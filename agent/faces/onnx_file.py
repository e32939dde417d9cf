"""Writes dlib's face descriptor network as an ONNX file, sealed with its own hash.

An ONNX file is a protobuf message; the few parts of it needed here are written directly, so that the onnx package is
not required. Field numbers are those of onnx.proto. Input `chips`: uint8 (n, 150, 150, 3), RGB. Output `encodings`:
float32 (n, 128). The seal is the message's last field, a metadata entry with the SHA-256 of all bytes before it: any
ONNX reader accepts it, and a file that was cut or changed on disk is noticed without a second file beside it.
"""

from __future__ import annotations

import zlib
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agent.faces.dlib_weights import CHIP, Conv, Linear, Pool, Step

INPUT = "chips"
OUTPUT = "encodings"
_FLOAT, _UINT8, _INT64 = 1, 2, 7  # element types of ONNX
_Shape: TypeAlias = tuple[int, ...]  # (channels, rows, columns) of a result, or (values,)


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
                return self.window("Conv", inputs, step.bias.size, size, step.stride, step.pad), kept
            case Pool():
                op = "AveragePool" if step.average else "MaxPool"
                return self.window(op, [now], channels, step.size, step.stride), kept
            case Linear():
                shape = (step.weights.shape[1],)
                return self.node("MatMul", [now, self.constant(step.weights)], shape, OUTPUT), kept
            case _:
                return self.apply_simple(step.name, now, kept)

    def apply_simple(self, name: str, now: str, kept: str) -> tuple[str, str]:
        channels = self.shapes[now][0]
        match name:
            case "relu":
                return self.node("Relu", [now], self.shapes[now]), kept
            case "keep":
                return now, now
            case "swap":
                return kept, now
            case "add":
                return self.sum(now, kept), kept
            case "mean":
                pooled = self.node("GlobalAveragePool", [now], (channels, 1, 1))
                return self.node("Flatten", [pooled], (channels,), axis=1), kept
            case _:
                raise ValueError(f"unknown step {name!r}")


def onnx_bytes(steps: list[Step]) -> bytes:
    """Return the sealed ONNX file of the steps of `dlib_weights.read_steps`."""
    graph = _Graph()
    now = graph.node("Cast", [INPUT], (CHIP, CHIP, 3), to=_FLOAT)
    now = kept = graph.node("Transpose", [now], (3, CHIP, CHIP), perm=[0, 3, 1, 2])
    for step in steps:
        now, kept = graph.apply(step, now, kept)
    encoded = b"".join(
        [
            *(_field(1, node) for node in graph.nodes),
            _field(2, "dlib_face_descriptor"),
            *(_field(5, constant) for constant in graph.constants),
            _field(11, _value_info(INPUT, _UINT8, "n", CHIP, CHIP, 3)),
            _field(12, _value_info(OUTPUT, _FLOAT, "n", *graph.shapes[now])),
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
