"""What a test of Drive's room holds: the clients of one signed-in account, and photos to send."""

from dataclasses import dataclass
from pathlib import Path

from agent.drive.client import DriveClient
from agent.drive.endpoint import Endpoint
from agent.drive.files import UploadMeta
from agent.drive.http import Http
from agent.drive.limiter import Limiter
from agent.drive.sign_in.token import Token
from agent.drive.transfers import MediaClient
from agent.model import DriveId


@dataclass
class Kit:
    """Everything that talks to the emulator for one account, and a folder of its own there."""

    endpoint: Endpoint
    token: Token
    limiter: Limiter
    http: Http
    client: DriveClient
    media: MediaClient
    folder: DriveId

    async def ids(self, count: int) -> list[DriveId]:
        return await self.client.generate_ids(count)

    async def meta(self, name: str = "photo.jpg") -> UploadMeta:
        return UploadMeta((await self.ids(1))[0], name, self.folder, "image/jpeg")


@dataclass(frozen=True)
class Photo:
    path: Path
    size: int
    md5: str
