"""Behind a proxy that looks inside, with an authority of its own: all that goes out goes by it, and is trusted.

The agent asks Google by its real names; the proxy leads there, to the emulator.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.settings.environment import AUTHORITIES
from tests.emulator.drive import Emulator
from tests.emulator.tls_front import tls_front
from tests.venue.browser import bring_back, free_port
from tests.venue.house import VENUESYNC, House, wait_for
from tests.venue.pictures import scene
from tests.venue.test_notify import Phone

CLIENT = {"installed": {"client_id": "venuesync", "client_secret": "secret"}}
OF_THE_MACHINE = {"http_proxy", "https_proxy", "no_proxy", "all_proxy", *(one.lower() for one in AUTHORITIES)}


@pytest.fixture
def behind(tmp_path: Path, emulator: Emulator) -> Iterator[tuple[House, list[str], Phone]]:
    """A venue that knows of the proxy by `.env` alone, as a service does; the hosts that it was asked for."""
    asked, phone = list[str](), Phone()
    port = int(phone.address.rpartition(":")[2].partition("/")[0])
    with tls_front(emulator.port, tmp_path, {"hooks.venue.example": port}, asked) as (proxy, authority):
        house = House(tmp_path / "venue", emulator)
        for name in [name for name in house.environ if name.lower() in OF_THE_MACHINE]:
            del house.environ[name]
        del house.environ["VENUESYNC_DRIVE__ENDPOINT"]
        house.environ["VENUESYNC_NOTIFY__ADDRESSES"] = "jsons://hooks.venue.example/notify"
        (house.root / ".env").write_text(f"HTTPS_PROXY={proxy}\nSSL_CERT_FILE={authority}\n")
        yield house, asked, phone
        house.close()
    phone.close()


def sign_in(house: House, emulator: Emulator, file: Path) -> str:
    """By a browser that is not behind the proxy."""
    file.write_text(json.dumps(CLIENT))
    command = [*VENUESYNC, "--workspace", str(house.root), "login", "--port", str(free_port())]
    command += ["--client", str(file)]
    with subprocess.Popen(
        command,
        env=house.environ,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=house.root.parent,
    ) as running:
        assert running.stdout is not None
        said = ""
        for line in running.stdout:
            said += line
            if "paste its whole address" in line:
                break
        found = re.search(r"https://accounts\.google\.com\S+", said)
        assert found is not None, said
        bring_back(emulator.url + found[0].removeprefix("https://accounts.google.com"), running, {})
        rest, _ = running.communicate(timeout=30)
        assert running.returncode == 0, said + rest
    return said + rest


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_everything_goes_by_the_proxy(
    behind: tuple[House, list[str], Phone], emulator: Emulator, tmp_path: Path
) -> None:
    house, asked, phone = behind
    sign_in(house, emulator, tmp_path / "client.json")
    assert asked[0] == "oauth2.googleapis.com", "the token of the sign-in"
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    house.start()
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 60, "it is verified")
    seen = {one["check"]: one for one in json.loads(house.run("doctor", "--json").stdout)}
    assert (seen["line"]["state"], seen["sign-in"]["state"]) == ("ok", "ok")
    assert "on the way to https://www.googleapis.com" in seen["proxy"]["detail"]
    assert house.run("notify", "test").returncode == 0
    assert phone.titles() == ["venuesync"]
    assert set(asked) == {"oauth2.googleapis.com", "www.googleapis.com", "hooks.venue.example"}


@pytest.mark.slow
def test_a_proxy_whose_authority_nobody_knows_is_not_trusted(
    behind: tuple[House, list[str], Phone], tmp_path: Path
) -> None:
    house, asked, _ = behind
    env = house.root / ".env"
    env.write_text(env.read_text().splitlines()[0])
    one = next(one for one in json.loads(house.run("doctor", "--json").stdout) if one["check"] == "line")
    assert one["state"] == "problem" and "cannot be trusted" in one["detail"]
    assert asked == ["www.googleapis.com"]
    house.environ["REQUESTS_CA_BUNDLE"] = str(tmp_path / "certificates" / "ca.pem")
    one = next(one for one in json.loads(house.run("doctor", "--json").stdout) if one["check"] == "line")
    assert one["state"] == "ok"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_certificates_that_are_not_there_are_named(
    behind: tuple[House, list[str], Phone], tmp_path: Path, name: str
) -> None:
    house, _, _ = behind
    house.environ[name] = str(tmp_path / "nowhere.pem")
    one = next(one for one in json.loads(house.run("doctor", "--json").stdout) if one["check"] == "line")
    assert one["state"] == "problem"
    assert "The certificates to trust cannot be read" in one["detail"] and "nowhere.pem" in one["detail"]


def test_what_no_proxy_names_goes_without(behind: tuple[House, list[str], Phone]) -> None:
    house, asked, _ = behind
    house.environ["NO_PROXY"] = ".googleapis.com"
    rows = json.loads(house.run("doctor", "--json").stdout)
    assert "not used for https://www.googleapis.com" in next(one["detail"] for one in rows if one["check"] == "proxy")
    assert asked == []
