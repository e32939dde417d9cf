"""The model files of the package face_recognition_models: where they lie, what is made of them, what is inside.

The package is not imported: its `__init__` needs pkg_resources, which is gone from setuptools 82 on; the files lie
beside it. Encodings are compared only where the names of their engines and the versions of what these encode by are
equal; when one changes, the photos are encoded anew in idle time.

dlib's face descriptor network is read as a short list of plain steps, since the prebuilt dlib takes 61 ms a face for
it, having no BLAS; onnxruntime takes 2.6 ms for the same steps. Folded into the convolutions (in float64) are dlib's
affine layers and the input's `(value - mean colour) / 256`, which the first convolution can take because it has no
padding. So the input is a chip as dlib.get_face_chip(image, shape, 150, 0.25) gives it: RGB, values 0..255.
"""

from __future__ import annotations

import hashlib
import math
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from agent import clock
from agent.disk.atomic import write_whole
from agent.faces import np
from agent.faces.results import Fault, LookError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENCODER = "dlib_face_recognition_resnet_model_v1.dat"  # 22.5 MB, CC0
LANDMARKS = "shape_predictor_5_face_landmarks.dat"  # 9.2 MB, CC0
CHIP = 150  # rows and columns of a face chip
_ALIGNMENT = "1"  # how faces are cut out for the encoder: five landmarks, chips of 150 with padding 0.25
_STALE = 3600.0  # seconds after which another process's unfinished file is nobody's


def model_file(name: str) -> Path:
    """Return the path of a model file that exists; `LookError` for `ENGINE` where there is none."""
    spec = find_spec("face_recognition_models")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    raise LookError(
        Fault.ENGINE,
        f"The face model {name} is missing from this installation",
        'Install it: pip install "face_recognition_models>=0.3.0"',
    )


def keep(model: bytes, target: Path) -> None:
    """Make `target` appear in the cache folder with these bytes, whole or not at all.

    On a full or read-only disk nothing is kept: the model is in memory, the next start makes it again.
    """
    with suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        for part in target.parent.glob(f".{target.name}.*.new"):  # of a process that was killed while it wrote
            if clock.wall() - part.stat().st_mtime > _STALE:
                part.unlink(missing_ok=True)
        write_whole(target, model, sync=False)


@cache
def engine_id(name: str) -> str:
    """`dlib-onnx 1-9e4a1b2c`: the name, and the version that a worker announces. The name alone where it lacks."""
    if name == "face_recognition":
        return f"{name} {package_version()}"
    try:
        weights = model_file(ENCODER).read_bytes()
    except (LookError, OSError):  # the workers say so, to whom it concerns
        return name
    return f"{name} {version_of(hashlib.sha256(weights).hexdigest())}"


def version_of(weights: str) -> str:
    """The version of encodings by the weights with this SHA-256."""
    return f"{_ALIGNMENT}-{weights[:8]}"


def package_version() -> str:
    """The version of encodings by the package face_recognition."""
    try:
        return version("face_recognition")
    except PackageNotFoundError:
        return "unknown"


# ---- the network inside the encoder's file

Floats: TypeAlias = "NDArray[np.floating]"


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


class Simple(Enum):
    """A step without values."""

    RELU = auto()
    KEEP = auto()  # remember the current data
    SWAP = auto()  # exchange current and remembered data
    # the remembered data; where sizes differ, the smaller is continued with zeros: channels, rows, columns
    ADD = auto()
    MEAN = auto()  # over rows and columns


Step: TypeAlias = Conv | Pool | Linear | Simple


class _Layer(Enum):
    """dlib's layers, named as the file has them; of a tag and a skip, which only name data, it holds a version."""

    CON = "con_4"
    AFFINE = "affine_"
    RELU = "relu_"
    ADD = "add_prev_"
    MAX_POOL = "max_pool_2"
    AVG_POOL = "avg_pool_2"
    FC = "fc_2"
    TAG = "tag"
    SKIP = "skip"


# The layers in the order the data flows. Sizes and weights come from the file.
_CONS = [_Layer.CON, _Layer.AFFINE, _Layer.RELU, _Layer.CON, _Layer.AFFINE]
_BLOCK = [_Layer.TAG, *_CONS, _Layer.ADD, _Layer.RELU]
_DOWN = [_Layer.TAG, *_CONS, _Layer.TAG, _Layer.SKIP, _Layer.AVG_POOL, _Layer.ADD, _Layer.RELU]
_LAYERS = [
    *(_Layer.CON, _Layer.AFFINE, _Layer.RELU, _Layer.MAX_POOL),
    *(_BLOCK * 3 + _DOWN + _BLOCK * 3 + _DOWN + _BLOCK * 2 + _DOWN + _BLOCK * 2 + _DOWN),
    *(_Layer.AVG_POOL, _Layer.FC),
]
_NAMES_ONLY = {_Layer.TAG, _Layer.SKIP}


class Reader:
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

    def reals(self, count: int) -> list[float]:
        return [self.real() for _ in range(count)]

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

    def tensor(self) -> NDArray[np.float32]:
        sizes = self.shape(2)
        return np.frombuffer(self.take(4 * math.prod(sizes)), "<f4").reshape(sizes)

    def square(self) -> tuple[int, int, int]:
        """Size, stride and padding of a window (height, width, stride y, stride x, padding y, padding x)."""
        window = self.integers(6)
        if window[0] != window[1] or window[2] != window[3] or window[4] != window[5]:
            raise WeightsError(f"the window {window} is not square")
        return window[0], window[2], window[4]

    def training(self) -> None:
        """What a layer keeps of its training: its state, and buffers, which are empty."""
        for _ in range(3):
            if self.take(1) not in (b"0", b"1"):
                raise WeightsError(f"no boolean at offset {self.at - 1}")
        for _ in range(3):
            self.tensor()


def _split(params: Floats, *shapes: tuple[int, ...]) -> list[NDArray[np.float64]]:
    """Cut a layer's parameters, stored in one piece, into arrays of the given shapes."""
    counts = [math.prod(shape) for shape in shapes]
    if sum(counts) != params.size:
        raise WeightsError(f"{params.size} parameters do not fill {shapes}")
    parts = np.split(params.ravel().astype(np.float64), np.cumsum(counts)[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _read_conv(reader: Reader, mean: Floats | None) -> Conv:
    """With the mean colour, into the first one, goes the input's scaling."""
    params, _filters = reader.tensor(), reader.integer()
    _size, stride, pad = reader.square()
    weights, bias = _split(params, reader.shape(), reader.shape())
    reader.reals(4)  # learning rates and weight decays
    bias = bias.ravel()
    if mean is not None:
        if pad:
            raise WeightsError("the first convolution is padded")
        weights = weights / 256.0
        bias = bias - np.einsum("ocyx,c->o", weights, mean)
    return Conv(weights, bias, stride, pad)


def _read_affine(reader: Reader, conv: Step) -> Conv:
    """Take an affine layer into the convolution before it."""
    if not isinstance(conv, Conv):
        raise WeightsError("an affine layer without a convolution before it")
    factor, offset = _split(reader.tensor(), reader.shape(), reader.shape())
    reader.expect("mode of an affine layer", 0)  # 0: one factor per channel
    weights = conv.weights * factor.ravel()[:, None, None, None]
    bias = conv.bias * factor.ravel() + offset.ravel()
    return Conv(weights.astype(np.float32), bias.astype(np.float32), conv.stride, conv.pad)


def _read_pool(reader: Reader, *, average: bool) -> Step:
    size, stride, pad = reader.square()
    if pad:
        raise WeightsError("pooling with padding")
    return Simple.MEAN if size == 0 else Pool(average, size, stride)  # size 0: over everything


def _read_linear(reader: Reader) -> Linear:
    _outputs, _inputs, params = reader.integer(), reader.integer(), reader.tensor()
    sizes = reader.shape()
    if math.prod(sizes) != params.size:
        raise WeightsError(f"{params.size} parameters do not fill {sizes}")
    reader.shape()
    reader.expect("bias of the last layer", 1)  # 1: none
    reader.reals(4)
    return Linear(params.reshape(sizes[:2]).astype(np.float32))


def _read_layer(reader: Reader, layer: _Layer, mean: Floats, steps: list[Step]) -> None:
    """Read one layer that holds something, and add what is to be done for it to the steps."""
    reader.name(layer.value)
    match layer:
        case _Layer.CON:
            steps.append(_read_conv(reader, None if steps else mean))
        case _Layer.AFFINE:
            steps[-1] = _read_affine(reader, steps[-1])
        case _Layer.FC:
            steps.append(_read_linear(reader))
        case _Layer.RELU | _Layer.ADD:
            steps.append(Simple.RELU if layer is _Layer.RELU else Simple.ADD)
        case _:
            steps.append(_read_pool(reader, average=layer is _Layer.AVG_POOL))
    reader.training()


def _read_head(reader: Reader) -> tuple[Floats, int]:
    """Return the mean colour (R, G, B), and the version of the layer next to the input."""
    reader.expect("version of the file", 1)
    reader.name("loss_metric_2")
    _margin_and_threshold = reader.reals(2)
    version = 0
    for layer in reversed(_LAYERS):
        version = reader.expect(f"version of {layer.value}", *((1,) if layer in _NAMES_ONLY else (2, 3)))
    reader.name("input_rgb_image_sized")
    mean = np.array(reader.reals(3))
    reader.expect("height of the chip", CHIP)
    reader.expect("width of the chip", CHIP)
    return mean, version


def read_steps(data: bytes) -> list[Step]:
    """Return the network in a .dat file's bytes as steps; `WeightsError` where it is not this network, whole.

    The file is nested from the output inwards: version numbers of all layers, output first; the input layer; then what
    the layers hold, input first.
    """
    reader = Reader(data)
    mean, version = _read_head(reader)
    steps: list[Step] = []
    for layer in _LAYERS:
        if layer is _Layer.TAG:
            steps.append(Simple.KEEP)
        elif layer is _Layer.SKIP:  # on with what the first tag names; what the one just before names is remembered
            steps[-1] = Simple.SWAP
        else:
            _read_layer(reader, layer, mean, steps)
            if version == 3:  # only the layer next to the input
                reader.expect("expansion factor", 1)
            version = 0
    if reader.at != len(data):
        raise WeightsError(f"{len(data) - reader.at} bytes too many")
    return steps
