"""The demo's second photographer: fills a folder on her own Drive, which she shares with the venue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from agent.demo.guests import DemoPhoto

NAME = "Clara"
CAMERA = "Canon EOS R5"  # hers
FOLDER = "application/vnd.google-apps.folder"


class SecondPhotographer:
    """Signed in to the emulated Drive as somebody else. Raises `httpx.HTTPError`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = httpx.AsyncClient(trust_env=False, timeout=30)
        self._folder = ""

    async def begin(self) -> str:
        """Make and share the folder. Answers its address, as a browser shows it."""
        owner = await self._about("")
        account = f"{NAME.lower()}@photo.example"
        self._http.headers["Authorization"] = f"Bearer {await self._token(account)}"
        made = await self._post("/drive/v3/files", {"name": NAME, "mimeType": FOLDER})
        self._folder = str(made["id"])
        shared = {"type": "user", "role": "reader", "emailAddress": owner}
        await self._post(f"/drive/v3/files/{self._folder}/permissions", shared)
        return f"https://drive.google.com/drive/folders/{self._folder}"

    async def put(self, photo: DemoPhoto) -> None:
        """As a camera's app does it: one request with name and bytes."""
        border = "venuesync-demo"
        metadata = json.dumps({"name": photo.file, "parents": [self._folder]}).encode()
        body = b"".join(
            [
                f"--{border}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n".encode() + metadata,
                f"\r\n--{border}\r\nContent-Type: image/jpeg\r\n\r\n".encode() + photo.source().read_bytes(),
                f"\r\n--{border}--\r\n".encode(),
            ]
        )
        answer = await self._http.post(
            f"{self._url}/upload/drive/v3/files?uploadType=multipart",
            content=body,
            headers={"Content-Type": f"multipart/related; boundary={border}"},
        )
        answer.raise_for_status()

    async def close(self) -> None:
        await self._http.aclose()

    async def _about(self, account: str) -> str:
        """The address of an account; "": the venue's."""
        headers = {"Authorization": f"Bearer {await self._token(account)}"}
        answer = await self._http.get(f"{self._url}/drive/v3/about?fields=user", headers=headers)
        return str(answer.raise_for_status().json()["user"]["emailAddress"])

    async def _token(self, account: str) -> str:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": f"emulator:{account}" if account else "emulator",
            "client_id": "demo",
            "client_secret": "none",
        }
        answer = await self._http.post(f"{self._url}/token", data=form)
        return str(answer.raise_for_status().json()["access_token"])

    async def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        return (await self._http.post(f"{self._url}{path}", json=dict(body))).raise_for_status().json()
