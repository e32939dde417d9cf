"""Google Drive: folders to choose from, how a source stands, signing in, and Drive's own messages.

One attempt to sign in at a time: the browser comes back to this machine's loopback, or a person pastes what its address
bar shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import TypedDict

from agent.requests.ask import Command, Query
from agent.requests.events import CameraRow

if TYPE_CHECKING:
    from agent.requests.fields import (
        Client,
        GoogleAccount,
        Id,
        Ids,
        Parent,
        Pasted,
        SignedInAccount,
        SomeFolders,
        Words,
    )

NO_CLIENT = "no_oauth_client"  # kind of the error where Google's OAuth client is still to be given


class DriveFolderRow(TypedDict):
    """A folder of the tree from which a source is chosen."""

    id: str
    name: str
    type: str
    parent_id: str
    depth: int
    selectable: bool
    has_subfolders: bool
    created: str | None
    modified: str | None
    path: str


class FolderInfo(TypedDict):
    id: str
    name: str
    depth: int
    path: str


class CacheInfo(TypedDict):
    cached_folders: int
    cache_size: str


class Subfolders(TypedDict):
    success: bool
    folders: list[DriveFolderRow]
    parent_info: FolderInfo
    total_count: int
    has_more: bool
    cache_info: CacheInfo
    timestamp: str


class Selection(TypedDict):
    """Rows: `id, name, depth, selectable, path, reason`."""

    success: bool
    valid_selections: list[dict[str, Any]]
    invalid_selections: list[dict[str, Any]]
    total_valid: int
    total_invalid: int


class SourceSync(TypedDict):
    """How a source stands, in the predecessors' shape."""

    success: bool
    source_id: str
    source_name: str
    sync_enabled: bool
    last_sync_timestamp: str | None
    next_sync_timestamp: str | None
    sync_interval_minutes: float
    last_sync_status: str
    last_sync_message: str
    files_downloaded_count: int
    total_download_size_mb: float
    cameras: list[CameraRow]


class SignInAttempt(TypedDict):
    """`url` is to be opened in any browser; `start`, a short address on this machine's loopback, leads there.

    `port`: where the browser comes back to. Both are `None` where that port is somebody else's: what the address bar
    shows at the end is pasted then.
    """

    url: str
    start: str | None
    port: int | None
    redirect_uri: str
    scopes: list[str]


class SignInState(TypedDict):
    """How the newest attempt stands. `account`: who is signed in; `ends_at`: if Google said when it ends."""

    state: Literal["none", "waiting", "done", "failed"]
    account: str | None
    ends_at: str | None
    title: str  # why it failed, and what to do
    remedy: str


class AccountRow(TypedDict):
    """A Google account. `default`: all events use it that name none. What is not signed in has neither level nor times.

    `state`: of its Drive, as the status document says it; `None`: no event uses it.
    """

    account: str | None
    default: bool
    level: str | None
    scopes: list[str]
    signed_in_at: str | None
    ends_at: str | None
    state: str | None
    detail: str
    events: list[str]  # the names of those that use it


class SignedOut(TypedDict):
    """The addresses of those that were; `untold`: of these, the ones of which Google could not be told."""

    signed_out: list[str]
    untold: list[str]


# ---- what is asked


class ListAccounts(Query[list[AccountRow]]):
    """The Google accounts that are signed in here, or that an event names."""

    path = "/accounts"


class ListSubfolders(Command[Subfolders]):
    """One level of Drive's folders. The address and the shapes are the predecessors', who send more than is needed."""

    lenient = True
    path = "/api/cloud/lazy-folders/list_subfolders"
    parent_id: Parent = None
    max_results: SomeFolders = 50
    event: Id | None = None  # whose depth rule holds
    refresh: bool = False  # ask Drive, whatever is remembered


class ValidateSelection(Command[Selection]):
    """Which of these folders may be chosen as sources, and why not."""

    lenient = True
    path = "/api/cloud/lazy-folders/validate_selection"
    folder_ids: Ids
    event: Id | None = None


class GetSourceSync(Query[SourceSync]):
    """How a source stands, in the predecessors' shape."""

    path = "/api/cloud/sync-status/{source_id}"
    source_id: Id


class NoteChange(Command[bool]):
    """Drive says that something changed. Returns whether the channel and its token are known."""

    path = "/drive/notifications"
    channel: Words
    token: Words
    state: Words


class BeginSignIn(Command[SignInAttempt]):
    """A new attempt; an earlier one is over. Raises `UsageError` of the kind `NO_CLIENT` where no client is known."""

    path = "/commands/sign-in-begin"
    client: Client = None
    account: GoogleAccount = (
        ""  # who has to sign in, beside whose Drive all events use; "": anybody, whom they use then
    )


class FinishSignIn(Command[SignInState]):
    """Complete the attempt with what the address bar showed, its query, or the bare code."""

    path = "/commands/sign-in-finish"
    pasted: Pasted


class GetSignIn(Query[SignInState]):
    """How the newest attempt stands."""

    path = "/sign-in"


class SignOut(Command[SignedOut]):
    """End the sign-ins at Google and delete them here. Photos stay where they are, and the queue waits."""

    path = "/commands/logout"
    account: SignedInAccount = ""


class SignedIn(Command[None]):
    """Somebody signed in, or out: look at the sign-in again at once."""

    path = "/commands/signed-in"
