"""Somebody else's Drive, as a photographer uses it: folders shared with the venue, photos put in, moved, taken away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.emulator.drive import Emulator

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"


class Refused(AssertionError):
    """Drive does not do it."""


class Photographer:
    """Signed in to the emulator as another person. Every call is one that a browser's Drive makes."""

    def __init__(self, emulator: Emulator, account: str = "anna@photo.example") -> None:
        self.account = account
        self._emulator = emulator
        self.http = emulator.client("their browser", account)
        about = emulator.client().get("/drive/v3/about", params={"fields": "user"}).raise_for_status().json()
        self.venue = about["user"]["emailAddress"]

    def folder(self, name: str, parent: str | None = None, *, share: bool = False) -> str:
        """A new folder; `share`: with the venue, to read."""
        made = self._call("POST", "/drive/v3/files", json=self._meta(name, parent) | {"mimeType": FOLDER})
        if share:
            self.share(made["id"])
        return str(made["id"])

    def share(self, file: str, role: str = "reader") -> str:
        body = {"type": "user", "role": role, "emailAddress": self.venue}
        return str(self._call("POST", f"/drive/v3/files/{file}/permissions", json=body)["id"])

    def permissions(self, file: str) -> list[str]:
        """Ids of what others have on it."""
        found = self._call("GET", f"/drive/v3/files/{file}/permissions")["permissions"]
        return [str(one["id"]) for one in found if one["role"] != "owner"]

    def unshare(self, file: str, permission: str) -> None:
        self._call("DELETE", f"/drive/v3/files/{file}/permissions/{permission}")

    def open_by_link(self, file: str) -> None:
        """Anyone with the link may read."""
        self._call("POST", f"/drive/v3/files/{file}/permissions", json={"type": "anyone", "role": "reader"})

    def shortcut(self, name: str, target: str, parent: str | None = None) -> str:
        body = self._meta(name, parent) | {"mimeType": SHORTCUT, "shortcutDetails": {"targetId": target}}
        return str(self._call("POST", "/drive/v3/files", json=body)["id"])

    def put(self, photo: Path | bytes, name: str, parent: str, mime: str = "image/jpeg") -> str:
        content = photo if isinstance(photo, bytes) else photo.read_bytes()
        return str(self._upload("POST", "/upload/drive/v3/files", self._meta(name, parent), content, mime)["id"])

    def replace(self, file: str, photo: Path | bytes) -> None:
        content = photo if isinstance(photo, bytes) else photo.read_bytes()
        self._upload("PATCH", f"/upload/drive/v3/files/{file}", {}, content, "image/jpeg")

    def rename(self, file: str, name: str) -> None:
        self._call("PATCH", f"/drive/v3/files/{file}", json={"name": name})

    def move(self, file: str, to: str) -> None:
        parents = self._call("GET", f"/drive/v3/files/{file}", params={"fields": "parents"}).get("parents", [])
        self._call(
            "PATCH",
            f"/drive/v3/files/{file}",
            params={"addParents": to, "removeParents": ",".join(parents)},
            json={},
        )

    def trash(self, file: str, *, back: bool = False) -> None:
        self._call("PATCH", f"/drive/v3/files/{file}", json={"trashed": not back})

    def delete(self, file: str) -> None:
        self._call("DELETE", f"/drive/v3/files/{file}")

    def describe(self, file: str, text: str) -> None:
        """A change that is none of the photo's bytes."""
        self._call("PATCH", f"/drive/v3/files/{file}", json={"description": text})

    def _meta(self, name: str, parent: str | None) -> dict[str, Any]:
        return {"name": name} | ({"parents": [parent]} if parent else {})

    def _upload(self, method: str, path: str, meta: dict[str, Any], content: bytes, mime: str) -> dict[str, Any]:
        mark = "photo"
        head = f"--{mark}\r\nContent-Type: application/json\r\n\r\n{json.dumps(meta)}\r\n"
        body = (
            head.encode() + f"--{mark}\r\nContent-Type: {mime}\r\n\r\n".encode() + content + f"\r\n--{mark}--".encode()
        )
        kind = {"Content-Type": f"multipart/related; boundary={mark}"}
        return self._call(method, path, params={"uploadType": "multipart"}, content=body, headers=kind)

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = self.http.request(method, path, **options)
        if answer.status_code == 401:  # a sign-in is good for an hour; others may be amid a request by the earlier one
            self.http = self._emulator.client("their browser", self.account)
            answer = self.http.request(method, path, **options)
        if not answer.is_success:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else {}


def operator(emulator: Emulator) -> Photographer:
    """The venue's own Drive, in its operator's browser."""
    return Photographer(emulator, account="")
