"""Settings of the user's own that fight the variables: each with its place and what takes it away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.discovery.stale_settings import find_stale
from proxyenv.discovery.tool_configs import read_tools
from support.machines import make_host

if TYPE_CHECKING:
    from pathlib import Path

MEANT = ("http://proxy.corp.test:3128",)
OFF, GONE, OTHER = "verification-off", "ca-file-missing", "proxy-differs"


@pytest.mark.parametrize(
    ("name", "text", "line", "cause", "mend"),
    [
        (".npmrc", "a=1\ncafile = /gone\n", 2, GONE, "npm config delete cafile"),
        (".npmrc", "strict-ssl = false\n", 1, OFF, "npm config delete strict-ssl"),
        (".npmrc", "https-proxy=http://old:1\n", 1, OTHER, "npm config delete https-proxy"),
        (".yarnrc", 'cafile "/gone"\n', 1, GONE, "yarn config delete cafile"),
        (".yarnrc.yml", "enableStrictSsl: false\n", 1, OFF, "yarn config unset --home enableStrictSsl"),
        (".config/pip/pip.conf", "[global]\ncert = /gone\n", 2, GONE, "pip config --user unset global.cert"),
        (
            ".config/pip/pip.conf", "[install]\ntrusted-host = x\n", 2, OFF,
            "pip config --user unset install.trusted-host",
        ),
        (".gitconfig", "[http]\nsslVerify = off\n", 2, OFF, "git config --global --unset-all http.sslverify"),
        (
            ".config/git/config", "[http]\nsslCAInfo=/gone\n", 2, GONE,
            "git config --global --unset-all http.sslcainfo",
        ),
        (
            ".gitconfig", "[http]\nproxy=http://old:1\n", 2, OTHER,
            "git config --global --unset-all http.proxy",
        ),
        (".condarc", "ssl_verify: false\n", 1, OFF, "conda config --remove-key ssl_verify"),
        (".condarc", "ssl_verify: /gone.pem\n", 1, GONE, "conda config --remove-key ssl_verify"),
        (".curlrc", "# c\n-k\n", 2, OFF, "delete line 2 of {home}/.curlrc"),
        (".curlrc", "insecure\n", 1, OFF, "delete line 1 of {home}/.curlrc"),
        (".wgetrc", "check_certificate = off\n", 1, OFF, "delete line 1 of {home}/.wgetrc"),
        (
            ".config/Code/User/settings.json", '{\n "http.proxyStrictSSL": false\n}', 2, OFF,
            "delete line 2 of {home}/.config/Code/User/settings.json",
        ),
    ],
)  # fmt: skip
def test_a_stale_setting_is_found(  # noqa: PLR0917 - one row of the table
    tmp_path: Path, name: str, text: str, line: int, cause: str, mend: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    (found,) = find_stale(make_host(home=tmp_path), MEANT).settings
    assert (found.cause, found.provenance) == (cause, f"`{path}`, line {line}")
    assert found.mend == mend.format(home=tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".npmrc", "strict-ssl=true\nproxy=proxy.corp.test:3128\n; cafile=/gone\n"),
        (".npmrc", "cafile=${HOME}/x.pem\n"),
        (".gitconfig", "[http]\nsslVerify = true\n[diff]\nproxy = x\n"),
        (".condarc", "ssl_verify: true\n"),
        (".condarc", "ssl_verify: truststore\n"),
        (".curlrc", "silent\n"),
    ],
)
def test_what_does_no_harm_is_not_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert find_stale(make_host(home=tmp_path), MEANT).settings == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
        ("PYTHONHTTPSVERIFY", "0"),
        ("GIT_SSL_NO_VERIFY", ""),
        ("npm_config_strict_ssl", "false"),
        ("PIP_TRUSTED_HOST", "x"),
    ],
)
def test_a_variable_that_stops_verification_is_found(tmp_path: Path, name: str, value: str) -> None:
    (found,) = find_stale(make_host(home=tmp_path, environment={name: value}), ()).settings
    assert (found.cause, found.provenance, found.mend) == (
        OFF,
        f"`{name}` in the environment",
        f"unset {name}",
    )


@pytest.mark.parametrize(
    ("name", "value"), [("NODE_TLS_REJECT_UNAUTHORIZED", "1"), ("PYTHONHTTPSVERIFY", "")]
)
def test_a_variable_that_stops_nothing_is_not(tmp_path: Path, name: str, value: str) -> None:
    assert find_stale(make_host(home=tmp_path, environment={name: value}), ()).settings == ()


def test_a_password_is_masked(tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[http]\nproxy = http://ada:secret@old:1\n")
    (found,) = find_stale(make_host(home=tmp_path), MEANT).settings
    assert "secret" not in repr(found)


def test_without_a_known_proxy_none_differs(tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[http]\nproxy = http://old:1\n")
    assert find_stale(make_host(home=tmp_path), ()).settings == ()


def test_the_tools_of_this_machine_are_those_on_the_path(tmp_path: Path) -> None:
    for name in ("mvn", "wget"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    found = read_tools(make_host(home=tmp_path, environment={"PATH": str(tmp_path)}), ())
    assert found.installed == ("maven", "wget")


def test_the_first_closed_directory_on_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir(mode=0o700)
    closed = read_tools(make_host(home=tmp_path / "ada"), ()).closed_directory
    assert closed is not None
    assert closed in {tmp_path / "ada", *tmp_path.parents, tmp_path}
