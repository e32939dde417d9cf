"""Google's own Python client, unmodified but for its base address.

Whatever it accepts from the emulator it accepts because it looks like Drive.
"""

import json
from typing import Any

from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient import discovery_cache
from googleapiclient.discovery import build_from_document
from googleapiclient.http import build_http


def discovery() -> dict[str, Any]:
    """The discovery document inside google-api-python-client."""
    text = discovery_cache.get_static_doc("drive", "v3")
    assert text is not None
    return json.loads(text)


def credentials(url: str, refresh_token: str = "emulator", client: str = "google-client") -> Credentials:
    return Credentials(
        None, refresh_token=refresh_token, token_uri=f"{url}/token", client_id=client, client_secret="secret"
    )


def service(url: str, signed_in: Credentials | None = None) -> Any:
    """A `drive` service of that base address."""
    document = discovery()
    document.update(rootUrl=f"{url}/", baseUrl=f"{url}/drive/v3/")
    http = AuthorizedHttp(signed_in or credentials(url), http=build_http())
    return build_from_document(document, http=http)
