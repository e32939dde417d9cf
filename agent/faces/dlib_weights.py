"""Reads dlib's face descriptor network (dlib_face_recognition_resnet_model_v1.dat) as a short list of plain steps.

The prebuilt dlib takes 61 ms a face for this network, having no BLAS; onnxruntime takes 2.6 ms for the same steps.
Folded into the convolutions (in float64) are dlib's affine layers and the input's `(value - mean colour) / 256`,
which the first convolution can take because it has no padding. So the input is a chip as dlib.get_face_chip(image,
shape, 150, 0.25) gives it: RGB, values 0..255.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Doubles: TypeAlias = NDArray[np.float64]

CHIP = 150  # rows and columns of a face chip


class WeightsError(ValueError):
    """The file is damaged, or is not the network that this module knows."""


@dataclass(frozen=True, slots=True)
class Conv:
    weights: Floats  # (out, in, y, x)
    bias: Floats  # (out,)
    stride: int
    pad: int


@dataclass(frozen=True, slots=True)
class Pool:
    """Maximum or average over windows, without padding."""

    average: bool
    size: int
    stride: int


@dataclass(frozen=True, slots=True)
class Linear:
    weights: Floats  # (in, out)


@dataclass(frozen=True, slots=True)
class Simple:
    """A step without values.

    relu; keep (remember the current data); swap (exchange current and remembered data); add (the remembered data; where
    sizes differ, the smaller is continued with zeros: channels, rows, columns); mean (over rows and columns).
    """

    name: str


Step: TypeAlias = Conv | Pool | Linear | Simple

# The layers in the order the data flows. Sizes and weights come from the file. "tag" and "skip" only name data for
# later use; the file holds a version number of them, no more.
_BLOCK = ["tag", "con", "affine", "relu", "con", "affine", "add", "relu"]
_DOWN = ["tag", "con", "affine", "relu", "con", "affine", "tag", "skip", "avg_pool", "add", "relu"]
_LAYERS = [
    *("con", "affine", "relu", "max_pool"),
    *(_BLOCK * 3 + _DOWN + _BLOCK * 3 + _DOWN + _BLOCK * 2 + _DOWN + _BLOCK * 2 + _DOWN),
    *("avg_pool", "fc"),
]
_NAMES = {  # as the file has them
    "con": "con_4",
    "affine": "affine_",
    "relu": "relu_",
    "add": "add_prev_",
    "max_pool": "max_pool_2",
    "avg_pool": "avg_pool_2",
    "fc": "fc_2",
}


@dataclass(frozen=True, slots=True)
class _Affine:
    factor: Doubles
    offset: Doubles


@dataclass(frozen=True, slots=True)
class _RawConv:
    weights: Doubles
    bias: Doubles
    stride: int
    pad: int


_Layer: TypeAlias = _RawConv | _Affine | Pool | Linear | Simple


class _Reader:
    """Takes the values of dlib's serialization format one after the other; `WeightsError` where they do not fit."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise WeightsError(f"file ends early: {count} bytes wanted at offset {self.at}")
        self.at += count
        return self.data[self.at - count : self.at]

    def integer(self) -> int:
        """A head byte (0x80: negative; low four bits: length), then little-endian bytes."""
        head = self.take(1)[0]
        if head & 0x70 or not 1 <= head & 0x0F <= 8:
            raise WeightsError(f"no integer at offset {self.at - 1}")
        value = int.from_bytes(self.take(head & 0x0F), "little")
        return -value if head & 0x80 else value

    def integers(self, count: int) -> list[int]:
        return [self.integer() for _ in range(count)]

    def real(self) -> float:
        """Two integers: mantissa and binary exponent (32,000 and more: infinite or none)."""
        mantissa, exponent = self.integer(), self.integer()
        if abs(exponent) > 900:
            raise WeightsError(f"no finite number before offset {self.at}")
        return math.ldexp(mantissa, exponent)

    def flag(self) -> bool:
        char = self.take(1)
        if char not in (b"0", b"1"):
            raise WeightsError(f"no boolean at offset {self.at - 1}")
        return char == b"1"

    def name(self, wanted: str) -> None:
        """A text: its length, then its characters."""
        found = self.take(self.integer() & 0xFF)
        if found != wanted.encode():
            raise WeightsError(f"layer {wanted!r} expected, found {found!r}")

    def expect(self, what: str, *allowed: int) -> int:
        value = self.integer()
        if value not in allowed:
            raise WeightsError(f"{what} is {value}, expected {allowed}")
        return value

    def shape(self, version: int = 1) -> tuple[int, ...]:
        """Version and four sizes; with version 1 nothing follows, with 2 the values do."""
        self.expect("version of a tensor", version)
        sizes = tuple(self.integers(4))
        if min(sizes) < 0:
            raise WeightsError(f"tensor of size {sizes}")
        return sizes

    def tensor(self) -> Floats:
        sizes = self.shape(2)
        return np.frombuffer(self.take(4 * math.prod(sizes)), "<f4").reshape(sizes)


def _split(params: Floats, *shapes: tuple[int, ...]) -> list[Doubles]:
    """Cut a layer's parameters, stored in one piece, into arrays of the given shapes."""
    counts = [math.prod(shape) for shape in shapes]
    if sum(counts) != params.size:
        raise WeightsError(f"{params.size} parameters do not fill {shapes}")
    parts = np.split(params.ravel().astype(np.float64), np.cumsum(counts)[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _square(window: list[int]) -> tuple[int, int, int]:
    """Size, stride and padding of a window (height, width, stride y, stride x, padding y, padding x)."""
    if window[0] != window[1] or window[2] != window[3] or window[4] != window[5]:
        raise WeightsError(f"the window {window} is not square")
    return window[0], window[2], window[4]


def _read_conv(reader: _Reader) -> _RawConv:
    params, _filters, window = reader.tensor(), reader.integer(), reader.integers(6)
    weights, bias = _split(params, reader.shape(), reader.shape())
    for _ in range(4):  # learning rates and weight decays
        reader.real()
    _size, stride, pad = _square(window)
    return _RawConv(weights, bias.ravel(), stride, pad)


def _read_linear(reader: _Reader) -> Linear:
    _outputs, _inputs, params = reader.integer(), reader.integer(), reader.tensor()
    sizes = reader.shape()
    if math.prod(sizes) != params.size:
        raise WeightsError(f"{params.size} parameters do not fill {sizes}")
    reader.shape()
    reader.expect("bias of the last layer", 1)  # 1: none
    for _ in range(4):
        reader.real()
    return Linear(params.reshape(sizes[:2]).astype(np.float32))


def _read_layer(reader: _Reader, kind: str) -> _Layer:
    reader.name(_NAMES[kind])
    if kind == "con":
        return _read_conv(reader)
    if kind == "fc":
        return _read_linear(reader)
    if kind in ("max_pool", "avg_pool"):
        size, stride, pad = _square(reader.integers(6))
        if pad:
            raise WeightsError("pooling with padding")
        return Simple("mean") if size == 0 else Pool(kind == "avg_pool", size, stride)  # size 0: over everything
    if kind == "affine":
        factor, offset = _split(reader.tensor(), reader.shape(), reader.shape())
        reader.expect("mode of an affine layer", 0)  # 0: one factor per channel
        return _Affine(factor.ravel(), offset.ravel())
    return Simple(kind)


def _read_network(data: bytes) -> tuple[Doubles, list[_Layer]]:
    """Return the mean colour (R, G, B) and the layers in the order the data flows.

    The file is nested from the output inwards: version numbers of all layers, output first; the input layer; then what
    the layers hold, input first.
    """
    reader = _Reader(data)
    reader.expect("version of the file", 1)
    reader.name("loss_metric_2")
    _margin, _threshold = reader.real(), reader.real()
    versions = [
        reader.expect(f"version of {kind}", *((1,) if kind in ("tag", "skip") else (2, 3)))
        for kind in reversed(_LAYERS)
    ]
    reader.name("input_rgb_image_sized")
    mean = np.array([reader.real() for _ in range(3)])
    reader.expect("height of the chip", CHIP)
    reader.expect("width of the chip", CHIP)
    layers: list[_Layer] = []
    for kind in _LAYERS:
        if kind in ("tag", "skip"):
            layers.append(Simple(kind))
            continue
        layers.append(_read_layer(reader, kind))
        for _ in range(3):
            reader.flag()  # state of training
        for _ in range(3):
            reader.tensor()  # buffers of training, empty
        if len(layers) == 1 and versions[-1] == 3:  # only the layer next to the input
            reader.expect("expansion factor", 1)
    if reader.at != len(data):
        raise WeightsError(f"{len(data) - reader.at} bytes too many")
    return mean, layers


def _folded(conv: _RawConv, affine: _Layer, mean: Doubles | None) -> Conv:
    """Take the affine layer behind a convolution, and the input's scaling before the first one, into its weights."""
    if not isinstance(affine, _Affine):
        raise WeightsError("a convolution without an affine layer behind it")
    weights, bias = conv.weights, conv.bias
    if mean is not None:
        if conv.pad:
            raise WeightsError("the first convolution is padded")
        weights = weights / 256.0
        bias = bias - np.einsum("ocyx,c->o", weights, mean)
    weights = weights * affine.factor[:, None, None, None]
    bias = bias * affine.factor + affine.offset
    return Conv(weights.astype(np.float32), bias.astype(np.float32), conv.stride, conv.pad)


def _step(layers: list[_Layer], index: int, mean: Doubles) -> Step | None:
    """The step that the layer at `index` becomes; None where nothing is to be done for it."""
    layer = layers[index]
    if isinstance(layer, _RawConv):
        return _folded(layer, layers[index + 1], mean if index == 0 else None)
    if isinstance(layer, _Affine):
        return None  # folded into the convolution before it
    if layer == Simple("tag"):
        return None if layers[index + 1] == Simple("skip") else Simple("keep")
    return Simple("swap") if layer == Simple("skip") else layer


def read_steps(data: bytes) -> list[Step]:
    """Return the network in a .dat file's bytes as steps; `WeightsError` where it is not this network, whole."""
    mean, layers = _read_network(data)
    steps = [_step(layers, index, mean) for index in range(len(layers))]
    return [step for step in steps if step is not None]
