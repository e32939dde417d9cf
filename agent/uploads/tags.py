"""The marks that everything of ours on Drive carries: whose it is, and what it is.

`appProperties`, 124 bytes a pair at most; private to the OAuth client that wrote them, so the ledger's ids come first.
"""

from __future__ import annotations

WORKSPACE = "venuesync"
FOLDER = "venuesync_folder"
PHOTO = "venuesync_photo"


def workspace(workspace_id: str) -> tuple[str, str]:
    return WORKSPACE, workspace_id


def of_folder(workspace_id: str, key: str) -> dict[str, str]:
    return {WORKSPACE: workspace_id, FOLDER: key}


def of_photo(workspace_id: str, sha256: str) -> dict[str, str]:
    return {WORKSPACE: workspace_id, PHOTO: sha256}
