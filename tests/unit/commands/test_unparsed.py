"""A URL that was cut, or misspelt so that it does not parse: nothing repeats its password."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from proxyenv.cli import run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="homes of POSIX")

CUT = (
    "https://ada:SECxyz",
    "https://ada:SECxyz%40h.test/",
    "https://ada:SECxyz\uff20h.test/x",
    "https:ada:SECxyz",
)
SETUP = ("setup", "--proxy", "proxy.corp.test:1", "--no-proxy", "1.1.1.1", "--dry-run")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("url", CUT)
@pytest.mark.parametrize(
    "command",
    [
        *(
            (*SETUP, flag)
            for flag in ("--api-url", "--url", "--ca", "--no-proxy", "--pac", "--config", "--shell")
        ),
        *(
            (*SETUP, flag)
            for flag in ("--profile", "--ca-fingerprint", "--timeout", "--python", "--nonesuch")
        ),
        *(("trust", "inspect"), ("pac",), ("routes",), ("image", "scan"), ("image", "write", "--at")),
        *(
            ("check", "--python"),
            ("kubernetes", "--api-server"),
            ("env", "--place"),
            ("explain",),
            ("run", "--"),
        ),
        *(("refresh",), ()),
    ],
    ids=" ".join,
)
def test_no_option_repeats_it(command: tuple[str, ...], url: str, capsys: pytest.CaptureFixture[str]) -> None:
    run([*command, url])
    assert "secxyz" not in "".join(capsys.readouterr()).lower()


@pytest.mark.parametrize("url", [*CUT, "http://ada:SECxyz,x;y@h.test"])
@pytest.mark.parametrize(
    "name",
    [
        *(
            "NO_PROXY",
            "SSL_CERT_FILE",
            "PIP_CERT",
            "GIT_SSL_CAINFO",
            "PREFECT_API_SSL_CERT_FILE",
            "PREFECT_API_URL",
        ),
        "HTTPS_PROXY",
    ],
)
def test_no_variable_is_repeated(
    name: str, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, url)
    run(["discover"])
    run(["routes", "a.test"])
    assert "secxyz" not in "".join(capsys.readouterr()).lower()


@pytest.mark.parametrize(
    "value",
    [
        "http://ada:SECxyz@h:1", "http:/ada:SECxyz@h:1", "ada:SECxyz\uff20h", "socks5://SECxyz@h:1",
        "https://ada:SECxyz", "https://h/x?t=SECxyz", "https://h/x#SECxyz", "https://h/t/SECxyz/x",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "name",
    [
        "PREFECT_HOME", "PREFECT_PROFILES_PATH", "XDG_CONFIG_HOME", "CONDARC", "WGETRC", "DOCKER_CONFIG",
        "PIP_CONFIG_FILE", "NPM_CONFIG_USERCONFIG",
    ],
)  # fmt: skip
def test_no_path_that_a_variable_names_repeats_it(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    for form in ("text", "json"):
        run(["discover", "--output", form])
        run(["diff", "--proxy", "proxy.corp.test:1", "--no-proxy", "1.1.1.1", "--output", form])
    assert "secxyz" not in "".join(capsys.readouterr()).lower()


def test_the_path_of_a_variable_is_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(home / "ada@corp.test"))
    run(["discover"])
    assert f"{home}/ada@corp.test/profiles.toml, active" in capsys.readouterr().out


@pytest.mark.parametrize("url", [*CUT, "http://ada:SECxyz,x;y@h.test"])
def test_no_file_is_repeated(home: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".npmrc").write_text(f"noproxy={url}\ncafile={url}\n", encoding="utf-8")
    (home / ".curlrc").write_text(f'noproxy = "{url}"\ncacert = "{url}"\n', encoding="utf-8")
    (home / ".env").write_text(f"PREFECT_API_URL={url}\n", encoding="utf-8")
    (home / ".gitconfig").write_text(
        f'[http "{url}"]\n\tproxy = {url}\n\tsslVerify = false\n', encoding="utf-8"
    )
    run(["discover"])
    run([*SETUP])
    assert "secxyz" not in "".join(capsys.readouterr()).lower()


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "url", ["http://user/SECxyz@h", "http://u:80/SECxyz@h", "http://u%3ASECxyz%40h:80", "http://h/t/SECxyz/x"]
)
def test_no_host_that_is_asked_about_is_repeated(
    url: str, form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.corp.test:1")
    run(["routes", url, "--output", form])
    monkeypatch.setenv("PREFECT_API_URL", url)
    run(["routes", "--output", form])
    run(["discover", "--output", form])
    assert "secxyz" not in "".join(capsys.readouterr()).lower()


def test_what_is_said_in_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SETUP, "--api-url", "https://ada:SECxyz"]) == 2
    said = "error[api-url-invalid]: `--api-url` is `(18 characters)`, which is not an `http://` or"
    assert capsys.readouterr().err.startswith(said)


def test_the_name_of_an_image_is_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    run(["image", "scan", "none.test/python:3.12"])
    assert "python:3.12" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--proxy-password-env", "the variable that `--proxy-password-env` names is not set"),
        ("--proxy-password-file", "the file that `--proxy-password-file` names does not exist"),
        ("--ca-password-env", "the variable is not set"),
        ("--ca-password-file", "the file that `--ca-password-file` names does not exist"),
    ],
)
def test_a_password_in_the_place_of_its_name_is_not_repeated(
    home: Path, option: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "ca.p12").write_bytes(b"")
    proxy = ("--proxy", "ada@proxy.corp.test:1") if "proxy" in option else ("--proxy", "p.test:1")
    run(["setup", *proxy, "--no-proxy", "1.1.1.1", "--ca", "ca.p12", option, "hunter2SECxyz", "--dry-run"])
    shown = capsys.readouterr()
    assert "secxyz" not in f"{shown.out}{shown.err}".lower()
    assert said in shown.err


def test_the_name_of_a_variable_and_a_path_are_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    given = ("setup", "--proxy", "ada@proxy.corp.test:1", "--no-proxy", "1.1.1.1", "--dry-run")
    run([*given, "--proxy-password-env", "CORP_PASSWORD"])
    assert "the variable `CORP_PASSWORD` that" in capsys.readouterr().err
    run([*given, "--proxy-password-file", "./nonesuch"])
    assert "nonesuch" in capsys.readouterr().err
