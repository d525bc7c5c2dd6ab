"""A token or a password in a URL that is not the proxy's: who may read it, and that nothing shows it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from proxyenv.cli import run
from support.certificates import make_ca

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")

WEB = "https://web.corp.test/x?token=geheim"
QUIET = ("--yes", "--no-check", "--no-rc")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corp.pem").write_bytes(make_ca("Corp").pem)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        pytest.param((), 0o644, id="no token"),
        pytest.param(("--url", WEB), 0o600, id="a page"),
        pytest.param(("--proxy-there", "http://ada:geheim@there.test:1"), 0o600, id="a proxy elsewhere"),
    ],
)
def test_files_that_hold_a_token_are_for_their_owner(
    home: Path, options: tuple[str, ...], mode: int, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("setup", "--proxy", "proxy.corp.test:1", "--ca", "corp.pem", *options, *QUIET)
    assert run([*given, "--dry-run"]) == 0
    assert run([*given]) == 0
    files = [path for path in (home / ".config/proxyenv").rglob("*") if path.is_file()]
    holding = [path.name for path in files if b"geheim" in path.read_bytes()]
    assert holding == (["proxyenv.toml"] if options else [])
    assert (home / ".config/proxyenv/proxyenv.toml").stat().st_mode & 0o777 == mode
    assert "geheim" not in "".join(capsys.readouterr())


def test_a_token_in_the_wrong_option_is_refused_and_not_shown(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("setup", "--proxy", "proxy.corp.test:1", "--ca", "corp.pem", "--pac-digest", WEB, *QUIET)
    assert (run([*given]), (home / ".config/proxyenv").exists()) == (2, False)
    assert "geheim" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("arguments", [("status",), ("diff",), ("discover",), ("refresh", "--dry-run"), ()])
def test_the_token_of_an_api_that_others_set_is_not_shown(
    home: Path,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    api = "http://api.corp.test/api?token=geheim"
    (home / ".prefect").mkdir()
    profile = f'active = "mine"\n\n[profiles.mine]\nPREFECT_API_URL = "{api}"\n'
    (home / ".prefect/profiles.toml").write_text(profile)
    monkeypatch.setenv("PREFECT_API_URL", f"{api}s")
    run(["setup", "--proxy", "proxy.corp.test:1", "--ca", "corp.pem", *QUIET])
    for form in ("text", "json"):
        run([*arguments, "--output", form])
    said = "".join(capsys.readouterr())
    assert ("geheim" in said, "api.corp.test/api?token=****" in said) == (False, True)


def test_an_api_with_a_query_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    api = "http://api.corp.test/api?token=geheim"
    assert run(["setup", "--proxy", "proxy.corp.test:1", "--api-url", api, *QUIET]) == 2
    assert capsys.readouterr().err.startswith(
        "error[api-url-invalid]: `--api-url` has a query, and Prefect would put the path of each request "
        "behind it\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("setup", f"--format={WEB}"), id="an option that does not exist"),
        pytest.param(("env", "--format", f"{WEB} 'and more'"), id="a choice that does not exist"),
        pytest.param(("setup", "--ca", WEB.removeprefix("https://")), id="a file that is none"),
        pytest.param(("setup", "--ca-fingerprint", f"{WEB}\N{GRINNING FACE}"), id="escaped in the message"),
        pytest.param(("run", WEB), id="a command without its dashes"),
        pytest.param(("completion", WEB), id="an argument"),
        pytest.param((WEB,), id="a verb"),
    ],
)
def test_a_message_does_not_repeat_a_token(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments]) in {2, 3}
    said = "".join(capsys.readouterr())
    assert ("geheim" in said, "and more" in said) == (False, False)
