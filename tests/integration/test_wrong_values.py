"""Each key of `proxyenv.toml` and of a policy, with a value of the right type that nobody can mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.cli import run
from proxyenv.model.configuration import SETUP_OPTIONS
from support.certificates import make_ca
from support.command import environment_of, proxyenv
from support.machine import in_ci

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIGURATION: Final = ".config/proxyenv/proxyenv.toml"

WRONG: Final = {
    "nothing": "",
    "a word": "none",
    "a NUL": "a\\u0000b",
    "lines": "a\\nb",
    "an open bracket": "http://[bad",
    "a port too high": "http://a:99999",
    "a directory": "/",
    "no file": "/dev/null",
    "somebody's home": "~root",
    "not ASCII": "é\\uFFFF",
}

READERS: Final = (
    ("status",),
    ("refresh", "--dry-run"),
    ("diff",),
    ("kubernetes",),
    ("env",),
    ("env", "--place", "ci"),
    ("clients", "--installed"),
    ("discover",),
    ("rollback", "--dry-run"),
    ("off", "--dry-run"),
)

UNKNOWN: Final = (
    "error[configuration-invalid]: `{}` in `proxyenv.toml` names `{}`, which this version does not know"
)

SAID: Final = {
    ("tools.configure", '["git"]'): UNKNOWN.format("tools.configure", "git"),
    ("tools.configure", '["none"]'): UNKNOWN.format("tools.configure", "none"),
    ("shell.shells", '["korn"]'): UNKNOWN.format("shell.shells", "korn"),
    ("check.target_pythons", '["abc"]'): "proxyenv.toml` has `abc`\n\nhint: it looks like `3.13`",
    ("trust.base", '"mozilla"'): "proxyenv.toml` is `mozilla`\n\nhint: it is one of `certifi`, `system`, ",
    ("trust.ca", '["a\\u0000b"]'): "proxyenv.toml` has a NUL character\n\nhint: write it without",
    ("policy.source", '"a\\u0000b"'): "proxyenv.toml` has a NUL character\n\nhint: write it without",
    ("prefect.api_url", '"abc"'): (
        "error[api-url-invalid]: `prefect.api_url` in `proxyenv.toml` is `abc`, which is not an `http://`"
    ),
    ("proxy.http", '"http://[bad"'): (
        "error[configuration-invalid]: `proxy.http` in `proxyenv.toml` has a `[` without its `]`"
    ),
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is set up."""
    home = tmp_path_factory.mktemp("home")
    (home / "corp.pem").write_bytes(make_ca("Corp Root").pem)
    given = ("--proxy", "proxy.corp.example:9", "--ca", home / "corp.pem", "--shell", "bash")
    assert proxyenv("setup", *given, "--yes", "--no-check", home=home).status == 0
    return home


@pytest.fixture
def home(kept: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The same, for verbs that run in this process."""
    for name, value in environment_of(kept).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(kept)
    saved = kept / CONFIGURATION
    text = saved.read_text("utf-8")
    yield kept
    saved.write_text(text, "utf-8")


def write_value(text: str, key: str, value: str) -> str:
    """The text of a configuration with this value for a key, whatever it had."""
    table, _, name = key.partition(".")
    kept = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(f"{name} = "))
    header = f"[{table}]\n"
    if header not in kept:
        return f"{kept}\n{header}{name} = {value}\n"
    return kept.replace(header, f"{header}{name} = {value}\n")


def list_values() -> Iterator[tuple[str, str]]:
    """Each key with each wrong value, as TOML."""
    for option in SETUP_OPTIONS.values():
        if option.key and not option.is_switch:
            texts = (f'"{text}"' for text in WRONG.values())
            yield from ((option.key, f"[{text}]" if option.is_plural else text) for text in texts)
    yield "system.all_users", "true"


def edit(home: Path, key: str, value: str) -> None:
    path = home / CONFIGURATION
    path.write_text(write_value(path.read_text("utf-8"), key, value), "utf-8")


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = run([*arguments])
    said = "".join(capsys.readouterr())
    assert "error[bug]" not in said
    assert "Traceback" not in said
    assert "error[input-unreadable]" not in said
    return status, said


@pytest.mark.parametrize(("key", "value"), SAID)
def test_a_value_that_cannot_be_used_is_named(
    home: Path, capsys: pytest.CaptureFixture[str], key: str, value: str
) -> None:
    edit(home, key, value)
    status, said = answer(capsys, "refresh", "--dry-run")
    assert status in {2, 3}
    assert SAID[key, value] in said
    assert "\nhint: " in said
    assert answer(capsys, "status")[0] == 1
    assert answer(capsys, "uninstall", "--dry-run")[0] == 0


def test_a_url_that_is_saved_is_not_fetched_and_the_copy_of_the_ca_stays(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(home, "trust.ca", '["https://pki.corp.example/ca.pem"]')
    status, said = answer(capsys, "refresh", "--dry-run")
    assert status == 0
    assert (
        "`trust.ca` in `proxyenv.toml` names `https://pki.corp.example/ca.pem`, and a URL is fetched only "
        f"when it is given; the copy in `{home}/.local/share/proxyenv/corporate-ca.pem` is used"
    ) in said


def test_a_pac_file_that_is_none_hides_nothing_else_in_status(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(home, "proxy.pac", '"http://[bad"')
    status, said = answer(capsys, "status")
    assert status == 1
    assert "the PAC file `http://[bad` names no host that could be asked" in said
    assert "CN=Corp Root, valid until" in said


@in_ci
@pytest.mark.parametrize(("key", "value"), tuple(list_values()))
def test_no_wrong_value_is_a_bug_or_blocks_uninstall(
    home: Path, capsys: pytest.CaptureFixture[str], key: str, value: str
) -> None:
    edit(home, key, value)
    for verb in READERS:
        answer(capsys, *verb)
    assert answer(capsys, "status")[0] == 1
    assert answer(capsys, "uninstall", "--dry-run")[0] == 0


@in_ci
@pytest.mark.parametrize(("key", "value"), tuple(list_values()))
def test_no_wrong_value_of_a_policy_is_a_bug(
    home: Path, capsys: pytest.CaptureFixture[str], key: str, value: str
) -> None:
    policy = home / "policy.toml"
    policy.write_text(write_value("version = 1\n", key, value), "utf-8")
    answer(capsys, "setup", "--config", str(policy), "--dry-run", "--yes", "--no-check")
