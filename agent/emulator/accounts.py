"""People with a Drive, and apps acting for them.

More than one account, because sharing, lost access and `sharedWithMe` need a second person.
"""

from dataclasses import asdict, dataclass, replace
from functools import cached_property

from agent.emulator import scopes
from agent.emulator.store.documents import Document, Documents
from agent.emulator.store.ids import permission_id, root_id, token
from agent.emulator.store.item import FOLDER, Item
from agent.emulator.store.items import Items
from agent.emulator.times import now

DEFAULT = "operator@venuesync.example"
DEFAULT_LIMIT = 15 * 1024**3  # bytes: what Google gives for nothing


@dataclass(frozen=True, slots=True)
class User:
    id: str  # the permission id
    email: str
    name: str
    root: str
    limit: int | None  # bytes; None: no limit
    service: bool = False  # a service account has no storage of its own

    @property
    def domain(self) -> str:
        return f"domain:{self.email.rpartition('@')[2]}"


@dataclass(frozen=True)
class Caller:
    """Who asks, through which app, with which scopes granted, and which resource keys the request carries."""

    user: User
    client: str
    scopes: frozenset[str]
    keys: frozenset[str] = frozenset()  # "id/key"

    @cached_property
    def sees_all(self) -> bool:
        return bool(self.scopes & scopes.SEES_ALL)

    @cached_property
    def reads_all(self) -> bool:
        return bool(self.scopes & scopes.READS_ALL)

    @cached_property
    def writes_all(self) -> bool:
        return scopes.FULL in self.scopes

    @cached_property
    def has_own(self) -> bool:
        return scopes.FILE in self.scopes

    @cached_property
    def has_appdata(self) -> bool:
        return scopes.APPDATA in self.scopes


class Accounts:
    """Accounts are made when somebody first names them; each has a My Drive of its own."""

    def __init__(self, documents: Documents, items: Items) -> None:
        self._documents = documents
        self._items = items
        self._users: dict[str, tuple[Document, User]] = {}

    def by_id(self, user_id: str) -> User | None:
        body = self._documents.get("user", user_id)
        if body is None:
            return None
        known = self._users.get(user_id)
        if known is None or known[0] is not body:
            known = self._users[user_id] = body, User(**body)
        return known[1]

    def by_email(self, email: str, *, service: bool = False) -> User:
        """The account of that address; a new one inside the transaction under way."""
        email = email.strip().lower()
        user_id = permission_id(email)
        known = self.by_id(user_id)
        if known is not None:
            return known
        name = email.partition("@")[0].replace(".", " ").replace("-", " ").title()
        user = User(user_id, email, name, root_id(email), 0 if service else DEFAULT_LIMIT, service)
        self._keep(user)
        self._items.add(root_folder(user.root, "My Drive", owner=user.id))
        return user

    def known(self) -> list[User]:
        return [user for user in map(self.by_id, self._documents.all("user")) if user is not None]

    def limit(self, user: User, limit: int | None) -> None:
        self._keep(replace(user, limit=limit))

    def appdata(self, caller: Caller) -> str:
        """The hidden folder of this app in this account, made when first asked for."""
        key = f"{caller.user.id}|{caller.client}"
        known = self._documents.get("appdata", key)
        if known is None:
            known = self._documents.put("appdata", key, {"id": root_id(token(key))})
            folder = root_folder(known["id"], "Application Data", owner=caller.user.id)
            self._items.add(folder._replace(space="appDataFolder", client=caller.client))
        return known["id"]

    def _keep(self, user: User) -> None:
        self._documents.put("user", user.id, asdict(user))


def root_folder(item_id: str, name: str, *, owner: str | None, drive: str | None = None) -> Item:
    """A folder that lies in nothing: My Drive, a shared drive, an app's data."""
    made = now()
    return blank(item_id, name, FOLDER, parent=None, made=made)._replace(owner=owner, drive=drive)


def blank(item_id: str, name: str, mime: str, *, parent: str | None, made: str) -> Item:
    """A new item with nothing said about it yet."""
    return Item(
        seq=None,
        id=item_id,
        name=name,
        mime=mime,
        parent=parent,
        space="drive",
        drive=None,
        owner=None,
        client="",
        created=made,
        modified=made,
        modified_by="",
        viewed=None,
        trashed=0,
        trashed_itself=0,
        trashed_at=None,
        starred=0,
        version=1,
        size=None,
        md5=None,
        sha1=None,
        sha256=None,
        revision=None,
        original_name=None,
        target=None,
        target_mime=None,
        description=None,
        properties=None,
        app_properties=None,
        extra=None,
        media=None,
    )
