"""``clients`` and ``env --client``, as a script sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from proxyenv.catalog.shells.posix import render_posix
from proxyenv.cli import run
from proxyenv.model.target import Variable

PROXY = "http://ada:secret@proxy.test:3128"


def write_env_file(directory: Path, *, bundle: str) -> None:
    variables = {"http_proxy": PROXY, "https_proxy": PROXY, "no_proxy": "localhost", "CURL_CA_BUNDLE": bundle}
    text = render_posix(tuple(Variable(name, value) for name, value in variables.items()))
    (directory / "env.sh").write_text(text, "utf-8")


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installation whose bundle is gone, on a machine without programs."""
    write_env_file(tmp_path, bundle="/d/ca-bundle.pem")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    return str(tmp_path)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    status = run([*arguments, "--output", "json"])
    return status, json.loads(capsys.readouterr().out)


def test_the_rows_of_the_envelope(prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, envelope = answer(capsys, "clients", "--prefix", prefix)
    rows = {row["name"]: row for row in envelope["data"]["clients"]}
    assert status == 0
    assert rows["curl"] == {
        "name": "curl",
        "title": "curl",
        "installed": False,
        "place": None,
        "version": None,
        "roots": [
            {
                "variable": "CURL_CA_BUNDLE",
                "role": "replaces",
                "holds": "file",
                "missing": "every connection fails",
            },
            {
                "variable": "SSL_CERT_DIR",
                "role": "replaces",
                "holds": "hashed directory",
                "missing": "its usual roots",
            },
            {
                "variable": "SSL_CERT_FILE",
                "role": "replaces",
                "holds": "file",
                "missing": "every connection fails",
            },
        ],
        "proxy": {
            "https": ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
            "http": ["http_proxy", "all_proxy", "ALL_PROXY"],
            "schemeless": "yes",
            "socks5h": "yes",
            "tls": "yes",
            "tls_roots": [],
            "credentials": "decoded",
            "own": [],
        },
        "switches": {},
        "dialect": "curl 8",
        "config": None,
        "since": None,
        "verified": ["7.88.1"],
        "source": None,
        "coverage": "not-covered",
        "reason": "`CURL_CA_BUNDLE` names a missing file: `proxyenv refresh` writes it",
        "note": "ignores `HTTP_PROXY` in upper case; `.curlrc` wins",
        "measured": None,
    }
    assert rows["java"]["coverage"] == "configure"
    assert rows["wget"]["coverage"] == "trust-install"


def test_a_client_is_covered_by_what_this_shell_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "ca-bundle.pem"
    bundle.touch()
    write_env_file(tmp_path, bundle=str(bundle))
    variables = {"http_proxy": PROXY, "https_proxy": PROXY, "CURL_CA_BUNDLE": str(bundle)}
    monkeypatch.setenv("PATH", "")
    found = []
    for name, value in [("NOTHING", ""), *variables.items()]:
        monkeypatch.setenv(name, value)
        _, envelope = answer(capsys, "clients", "--prefix", str(tmp_path))
        rows = {row["name"]: row for row in envelope["data"]["clients"]}
        found.append((rows["curl"]["coverage"], rows["curl"]["reason"]))
    assert found == [
        ("source", f"this shell has no `http_proxy`: source `{tmp_path}/env.sh`"),
        ("source", f"this shell has no `https_proxy`: source `{tmp_path}/env.sh`"),
        ("source", f"this shell has no `CURL_CA_BUNDLE`: source `{tmp_path}/env.sh`"),
        ("covered", "`CURL_CA_BUNDLE`"),
    ]


def test_only_those_that_are_here(prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, envelope = answer(capsys, "clients", "--installed", "--prefix", prefix)
    names = {row["name"] for row in envelope["data"]["clients"]}
    assert "httpx" in names
    assert "curl" not in names


def test_nothing_is_judged_where_nothing_is_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    _, envelope = answer(capsys, "clients", "--prefix", str(tmp_path))
    assert {row["coverage"] for row in envelope["data"]["clients"]} == {None}


def test_the_table_never_shows_a_password(prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["clients", "--prefix", prefix]) == 0
    assert "secret" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        pytest.param("sh", "    _proxyenv_set CURL_CA_BUNDLE /d/ca-bundle.pem", id="sh"),
        pytest.param("fish", "/d/ca-bundle.pem", id="fish"),
    ],
)
def test_what_a_client_needs_in_the_language_of_a_shell(
    prefix: str, capsys: pytest.CaptureFixture[str], shell: str, line: str
) -> None:
    assert run(["env", "--client", "curl", "--shell", shell, "--prefix", prefix]) == 0
    assert any(line in each for each in capsys.readouterr().out.splitlines())


def test_a_client_that_no_variable_reaches(prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env", "--client", "java", "--prefix", prefix]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "no variable says all that Java needs: `javax.net.ssl.trustStore`" in err


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        pytest.param(["--client", "crul"], 2, "usage", id="no-such-client"),
        pytest.param(["--client", "curl", "--shell", "no-such-shell"], 2, "usage", id="no-such-shell"),
    ],
)
def test_refused(
    prefix: str, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, code: str
) -> None:
    given, envelope = answer(capsys, "env", *arguments, "--prefix", prefix)
    assert (given, envelope["errors"][0]["code"]) == (status, code)


def test_without_an_installation_there_is_nothing_to_print(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, envelope = answer(capsys, "env", "--client", "curl", "--prefix", str(tmp_path))
    assert (status, envelope["errors"][0]["code"]) == (3, "not-installed")
