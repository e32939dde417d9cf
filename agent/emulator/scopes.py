"""OAuth scopes: what each lets an app see and do.

An app with `drive.file` lives among its own files; with `drive.readonly` beside it, it reads everything and changes its
own.
"""

_BASE = "https://www.googleapis.com/auth/"
FULL = f"{_BASE}drive"
FILE = f"{_BASE}drive.file"
READONLY = f"{_BASE}drive.readonly"
METADATA = f"{_BASE}drive.metadata"
METADATA_READONLY = f"{_BASE}drive.metadata.readonly"
APPDATA = f"{_BASE}drive.appdata"
IDENTITY = frozenset({"openid", "email", "profile", f"{_BASE}userinfo.email", f"{_BASE}userinfo.profile"})

SEES_ALL = frozenset({FULL, READONLY, METADATA, METADATA_READONLY})
READS_ALL = frozenset({FULL, READONLY})

# What a method asks for: any one of these.
LOOK = SEES_ALL | {FILE, APPDATA}
READ = READS_ALL | {FILE, APPDATA}
WRITE = frozenset({FULL, FILE, APPDATA})
DESCRIBE = WRITE | {METADATA}
SHARE = frozenset({FULL, FILE})
DRIVES_LOOK = frozenset({FULL, READONLY})
DRIVES_WRITE = frozenset({FULL})
ANY: frozenset[str] = LOOK

ALL = frozenset({FULL, FILE, READONLY, METADATA, METADATA_READONLY, APPDATA}) | IDENTITY
# Google gives a device code nothing beyond these.
DEVICE = IDENTITY | {FILE, APPDATA}

WORDS = {
    FULL: "See, edit, create, and delete all of your Google Drive files",
    FILE: "See, edit, create, and delete only the specific Google Drive files you use with this app",
    READONLY: "See and download all your Google Drive files",
    METADATA: "View and manage metadata of files in your Google Drive",
    METADATA_READONLY: "See information about your Google Drive files",
    APPDATA: "See, create, and delete its own configuration data in your Google Drive",
    "openid": "Associate you with your personal info on Google",
    "email": "See your primary Google Account email address",
    "profile": "See your personal info, including any personal info you've made publicly available",
}


def named(short: str) -> str:
    """The scope of that short name (`drive.file`). Raises `ValueError`."""
    if f"{_BASE}{short}" not in ALL - IDENTITY:
        raise ValueError(
            f"no such scope: {short}; there are {', '.join(sorted(s.removeprefix(_BASE) for s in ALL - IDENTITY))}"
        )
    return f"{_BASE}{short}"
