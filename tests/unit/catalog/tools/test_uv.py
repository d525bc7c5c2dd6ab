"""uv: what ``--configure uv`` writes."""

from __future__ import annotations

import pytest

from proxyenv.errors import PlanError
from support.machines import HOME, MadeUpMachine
from support.tools import SECRET, WANTED, configure, on, settings_of


def test_the_proxies_and_what_goes_direct() -> None:
    done = configure("uv")
    (file,) = done.files
    assert file.path == HOME / ".config/uv/uv.toml"
    assert dict(file.settings) == {
        "http-proxy": '"http://proxy.corp.test:3128"',
        "https-proxy": '"http://proxy.corp.test:3128"',
        "no-proxy": '["localhost", ".corp.test", "10.0.0.0/8"]',
    }
    assert done.notes == (
        "uv has no setting for a CA file: it reads `SSL_CERT_FILE`, or else the operating system's store",
    )


def test_nothing_without_a_proxy() -> None:
    assert configure("uv", WANTED._replace(http=None, https=None)) == ((), (), ())


def test_a_password_closes_the_file() -> None:
    (file,) = configure("uv", WANTED._replace(http=SECRET, https=SECRET)).files
    assert file.sensitive


@pytest.mark.parametrize("version", ["0.9.22", "0.4.30"])
def test_a_uv_that_would_not_start_is_refused(version: str) -> None:
    with pytest.raises(PlanError, match=rf"uv {version} does not start with a proxy") as raised:
        configure("uv", on(MadeUpMachine(versions={"uv": version}), "uv"))
    assert raised.value.code == "settings-invalid"


@pytest.mark.parametrize("version", ["0.9.23", "0.13.9"])
def test_a_uv_that_starts_is_not(version: str) -> None:
    assert settings_of("uv", on(MadeUpMachine(versions={"uv": version}), "uv"))


@pytest.mark.parametrize(
    ("machine", "path"),
    [
        pytest.param(MadeUpMachine(environment={"UV_CONFIG_FILE": "/x/uv.toml"}), "/x/uv.toml", id="named"),
        pytest.param(
            MadeUpMachine(environment={"XDG_CONFIG_HOME": "/x"}), "/x/uv/uv.toml", id="another directory"
        ),
        pytest.param(MadeUpMachine(platform="darwin"), "/home/ada/.config/uv/uv.toml", id="macOS"),
        pytest.param(MadeUpMachine(platform="win32"), "/home/ada/AppData/Roaming/uv/uv.toml", id="Windows"),
    ],
)
def test_where_the_file_is(machine: MadeUpMachine, path: str) -> None:
    (file,) = configure("uv", on(machine, "uv")).files
    assert str(file.path) == path
