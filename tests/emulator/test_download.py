"""Downloads: whole, in ranges, by whom; thumbnails and what a picture says of itself."""

import io
import os

import httpx
import pytest
from PIL import Image

from tests.emulator.conftest import make, ok, put, reason
from tests.emulator.drive import Emulator

SIZES = (5_000, 300_000)  # one kept in the database, one in a file


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=1000-", 1000, None), ("bytes=-10", -10, None), ("bytes=100-9999999", 100, None)],
)
def test_a_range_is_that_part(api: httpx.Client, size: int, asked: str, start: int, end: int | None):
    content = os.urandom(size)
    made = put(api, content, "image/png")
    answer = api.get(f"/drive/v3/files/{made['id']}", params={"alt": "media"}, headers={"Range": asked})
    part = content[start:end]
    first = start % size
    assert answer.status_code == 206 and answer.content == part
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{size}"
    assert answer.headers["Content-Type"] == "image/png"


def test_a_whole_download_says_its_length(api: httpx.Client):
    made = put(api, b"x" * 50_000)
    answer = api.get(f"/drive/v3/files/{made['id']}", params={"alt": "media"})
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, "50000")


def test_a_range_beyond_the_end_is_416(api: httpx.Client):
    made = put(api, b"12345")
    answer = api.get(f"/drive/v3/files/{made['id']}", params={"alt": "media"}, headers={"Range": "bytes=5-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */5")


def test_an_empty_file_downloads_as_nothing(api: httpx.Client):
    made = put(api, b"")
    assert api.get(f"/drive/v3/files/{made['id']}", params={"alt": "media"}).content == b""


def test_folders_have_no_bytes(api: httpx.Client, folder: str):
    answer = api.get(f"/drive/v3/files/{folder}", params={"alt": "media"})
    assert reason(answer) == (403, "fileNotDownloadable")


def photo(width: int = 640, height: int = 480, orientation: int = 6) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x0110] = orientation, "X-T5"
    exif.get_ifd(0x8769)[0x9003] = "2026:05:01 17:03:00"
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_picture_says_what_the_camera_wrote(api: httpx.Client):
    media = put(api, photo(), name="p.jpg")["imageMediaMetadata"]
    assert media == {
        "width": 640,
        "height": 480,
        "rotation": 1,
        "cameraModel": "X-T5",
        "time": "2026:05:01 17:03:00",
    }


def test_thumbnails_are_upright_and_sized_by_their_address(api: httpx.Client):
    made = put(api, photo(), name="p.jpg")
    assert made["hasThumbnail"] is True and made["thumbnailLink"].endswith("=s220")
    for address, size in ((made["thumbnailLink"], (165, 220)), (made["thumbnailLink"][:-3] + "64", (48, 64))):
        answer = httpx.get(address, trust_env=False, timeout=60)  # the address is enough
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert Image.open(io.BytesIO(answer.content)).size == size
    assert httpx.get(made["thumbnailLink"].replace("=s220", "0=s220"), trust_env=False, timeout=60).status_code == 404


def test_an_iphones_picture_is_one(api: httpx.Client):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "blue").save(out, "HEIF")
    made = put(api, out.getvalue(), "image/heic", name="IMG_1.HEIC")
    assert (made["imageMediaMetadata"]["width"], made["hasThumbnail"]) == (320, True)
    assert httpx.get(made["thumbnailLink"], trust_env=False, timeout=60).headers["Content-Type"] == "image/jpeg"


def test_what_is_no_picture_has_no_thumbnail(api: httpx.Client):
    for made in (put(api, b"no jpeg", "image/jpeg"), put(api, b"x", "text/plain"), make(api)):
        assert made["hasThumbnail"] is False and "thumbnailLink" not in made


def test_links_open_for_anyone_once_shared(api: httpx.Client, folder: str):
    made = put(api, b"x" * 30_000, name="<b>.jpg", parents=[folder])
    assert httpx.get(made["webViewLink"], trust_env=False, timeout=60).status_code == 403
    assert httpx.get(made["webContentLink"], trust_env=False, timeout=60).status_code == 403
    ok(api.post(f"/drive/v3/files/{folder}/permissions", json={"type": "anyone", "role": "reader"}))
    page = httpx.get(made["webViewLink"], trust_env=False, timeout=60)
    assert page.status_code == 200 and "&lt;b&gt;.jpg" in page.text and "<b>.jpg" not in page.text
    assert httpx.get(made["webContentLink"], trust_env=False, timeout=60).content == b"x" * 30_000


def test_a_download_breaks_off_where_a_fault_says(emulator: Emulator):
    with emulator.client() as api:
        made = put(api, b"y" * 500_000)
        emulator.faults([{"method": "files.get_media", "truncate_to": 100_000}])
        got = bytearray()
        with pytest.raises(httpx.RemoteProtocolError):
            with api.stream("GET", f"/drive/v3/files/{made['id']}", params={"alt": "media"}) as answer:
                assert answer.headers["Content-Length"] == "500000"
                for piece in answer.iter_raw():
                    got += piece
        assert len(got) == 100_000
        rest = api.get(f"/drive/v3/files/{made['id']}", params={"alt": "media"}, headers={"Range": "bytes=100000-"})
        assert len(rest.content) == 400_000
