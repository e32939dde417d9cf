"""What goes between the agent and a face worker: one JSON object a line, both ways.

JSON rather than pickle: a worker decodes strangers' files, and what comes out of it must not be able to run code here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from agent.faces.faults import Fault, LookError
from agent.faces.seen import FoundFace, Seen


def to_line(message: Mapping[str, Any]) -> bytes:
    """Return a message as one line. Paths that are no proper text survive (lone surrogates are escaped)."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> dict[str, Any]:
    """Return a line's message; `ValueError` where it is none."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("a message must be a JSON object")
    return cast("dict[str, Any]", message)


def error_message(error: LookError) -> dict[str, Any]:
    return {"kind": error.kind, "detail": error.detail, "remedy": error.remedy, "found_sha256": error.found_sha256}


def to_error(message: Mapping[str, Any]) -> LookError:
    return LookError(
        Fault(message["kind"]), message["detail"], message["remedy"], found_sha256=message.get("found_sha256")
    )


def seen_message(seen: Seen) -> dict[str, Any]:
    return {
        "sha256": seen.sha256,
        "width": seen.width,
        "height": seen.height,
        "mime": seen.mime,
        "taken_at": seen.taken_at,
        "taken_epoch": seen.taken_epoch,
        "faces": [
            {
                "box": face.box,
                "score": face.score,
                "sharpness": face.sharpness,
                "yaw": face.yaw,
                "light": face.light,
                "contrast": face.contrast,
                "encoding": base64.b64encode(face.encoding.astype("<f4").tobytes()).decode(),
            }
            for face in seen.faces
        ],
        "thumbnail": base64.b64encode(seen.thumbnail).decode(),
        "whole": seen.whole,
        "ms": {stage: round(took, 1) for stage, took in seen.ms.items()},
    }


def to_seen(message: Mapping[str, Any]) -> Seen:
    """Return what `seen_message` was made of; `KeyError`, `TypeError` or `ValueError` for any other message."""
    faces = [
        FoundFace(
            box=(int(face["box"][0]), int(face["box"][1]), int(face["box"][2]), int(face["box"][3])),
            score=float(face["score"]),
            sharpness=float(face["sharpness"]),
            encoding=np.frombuffer(base64.b64decode(face["encoding"]), "<f4").astype(np.float32),
            yaw=float(face["yaw"]),
            light=float(face["light"]),
            contrast=float(face["contrast"]),
        )
        for face in message["faces"]
    ]
    return Seen(
        sha256=message["sha256"],
        width=message["width"],
        height=message["height"],
        mime=message["mime"],
        taken_at=message["taken_at"],
        taken_epoch=message["taken_epoch"],
        faces=tuple(faces),
        thumbnail=base64.b64decode(message["thumbnail"]),
        ms=message["ms"],
        whole=bool(message["whole"]),
    )
