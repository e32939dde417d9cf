"""The way of a photo, top to bottom: settled, taken in, looked at, planned; then the router and the queue have it.

Each step is durable before the next begins, and can be done again without a second effect.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from agent.bell import Bell
from agent.errors import PhotoDefect
from agent.faces.workers import FaceWorkers, LookFailed, Seen
from agent.intake.reading import Photo, Skipped, classify
from agent.intake.watcher import WatchedFolder
from agent.ledger import Ledger, activity, disk_queue, faces, meta, photos, sightings, troubles
from agent.ledger.faces import Face, Looked
from agent.ledger.photos import EventPhoto
from agent.ledger.sightings import Sighting
from agent.ledger.troubles import Subject
from agent.model import Box, LookState, PhotoId
from agent.people.planner import Planner

log = structlog.get_logger(__name__)
