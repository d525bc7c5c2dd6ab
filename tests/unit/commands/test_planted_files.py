"""A file that lies below the working directory under the name of another machine's, as in a clone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from proxyenv.cli import run
from proxyenv.commands import VERBS, load_command
from support.certificates import make_ca
from support.pac_cases import make_function

if TYPE_CHECKING:
    from pathlib import Path

PLACES: Final = ("file://server.test/share", "FILE://server.test/share", "ftp://server.test", "file:.")
"""Each begins a text that, taken for a path, is one below the working directory."""

SCRIPT: Final = make_function('return "PROXY planted.test:8080"')


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    clone = tmp_path / "clone"
    for place in PLACES:
        directory = clone / place
        directory.mkdir(parents=True)
        (directory / "corp.pem").write_bytes(make_ca("Planted").pem)
        (directory / "policy.toml").write_text('[proxy]\nhttps = "http://planted.test:8080"\n', "utf-8")
        (directory / "proxy.pac").write_text(SCRIPT, "utf-8")
        (directory / "env.list").write_text("HTTPS_PROXY=http://planted.test:8080\n", "utf-8")
        (directory / "pod.yaml").write_text("kind: Pod\n", "utf-8")
        (directory / "password").write_text("planted\n", "utf-8")
        (directory / "password").chmod(0o600)
    (clone / "corp.p12").write_bytes(b"0")
    (home / "corp.pem").write_bytes(make_ca("Corp").pem)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(clone)
    return clone


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    run([*arguments, "--output", "json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


REFUSED: Final = {
    "--ca": (
        ("setup", "--proxy", "a.test:1", "--ca", "{}/corp.pem"),
        ("ca-unreadable", "the CA `{}/corp.pem`"),
    ),
    "FILE|DIR|URL": (("trust", "inspect", "{}/corp.pem"), ("ca-unreadable", "the CA `{}/corp.pem`")),
    "--config": (
        ("setup", "--config", "{}/policy.toml"),
        ("policy-unreadable", "the policy `{}/policy.toml`"),
    ),
    "--pac": (("setup", "--pac", "{}/proxy.pac"), ("pac-unreachable", "the PAC file `{}/proxy.pac`")),
    "URL|FILE": (("pac", "{}/proxy.pac"), ("pac-unreachable", "the PAC file `{}/proxy.pac`")),
    "--proxy-password-file": (
        ("setup", "--proxy", "ada@a.test:1", "--proxy-password-file", "{}/password"),
        ("proxy-password", "the password file `{}/password`"),
    ),
    "--ca-password-file": (
        ("trust", "inspect", "corp.p12", "--ca-password-file", "{}/password"),
        ("ca-unreadable", "the password file `{}/password`"),
    ),
    "--config of a place": (
        ("env", "--place", "image", "--config", "{}/policy.toml"),
        ("file-unreadable", "the configuration `{}/policy.toml`"),
    ),
    "--manifest": (
        ("kubernetes", "--proxy", "a.test:1", "--ca", "../home/corp.pem", "--manifest", "{}/pod.yaml"),
        ("file-unreadable", "the manifest `{}/pod.yaml`"),
    ),
    "--env-file": (
        ("routes", "--env-file", "{}/env.list"),
        ("file-unreadable", "the env file `{}/env.list`"),
    ),
}
"""Each option and argument that takes the name of a file, with what a name of another machine's is told."""

FETCHED: Final = ("--ca", "FILE|DIR|URL", "--config", "--pac", "URL|FILE")
"""Those that take a URL too."""


def test_each_option_for_a_file_is_here() -> None:
    options = [
        (option.flag, option.kinds)
        for verb, (module, _) in VERBS.items()
        if module
        for option in load_command(verb).options.values()
        if option.flags
    ]
    assert {flag for flag, kinds in options if "FILE" in kinds} - set(REFUSED) == set()


@pytest.mark.parametrize(
    ("place", "name"),
    [
        *((place, name) for place in PLACES for name in REFUSED),
        *(("https://server.test/share", name) for name in REFUSED if name not in FETCHED),
    ],
)
@pytest.mark.usefixtures("clone")
def test_no_option_takes_it(capsys: pytest.CaptureFixture[str], place: str, name: str) -> None:
    options, (code, what) = REFUSED[name]
    asks = ("--yes", "--no-check") if options[0] == "setup" else ()
    error = answer(capsys, *(each.format(place) for each in options), *asks)["errors"][0]
    assert (error["code"], error["message"]) == (code, f"{what.format(place)} is not on this machine")


def test_what_a_project_says_is_shown_as_never_taken(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    variables = '"HTTPS_PROXY": "http://planted.test:1", "http_proxy": "none", "NO_PROXY": "planted.test"'
    (clone / ".devcontainer.json").write_text(f'{{"containerEnv": {{{variables}}}}}', "utf-8")
    assert run(["discover", "--color", "never"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "containerEnv" in line]
    assert [line.partition("  ")[0] for line in lines] == ["proxy https", "direct", "no proxy"]
    assert {line[line.rindex(" (") :] for line in lines} == {" (of the working directory, never taken)"}
    data = answer(capsys, "discover")["data"]
    assert [each["use"] for name in ("proxies", "direct", "no_proxy") for each in data[name]] == ["shown"] * 3


@pytest.mark.parametrize("place", PLACES)
def test_no_variable_leads_to_it(
    clone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", f"{place}/corp.pem")
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", f"{clone.parent}/home/corp.pem")
    data = answer(capsys, "discover")["data"]
    assert [each["subject"] for each in data["anchors"]] == ["CN=Corp"]
    (odd,) = (each for each in data["rejections"] if "SSL_CERT_FILE" in each["provenance"])
    assert odd["reason"] == (
        f"`{place}/corp.pem` is another file in every directory: name the whole path, or use `--ca`"
    )


def test_no_saved_setting_leads_to_it(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = clone.parent / "home"
    given = ("setup", "--proxy", "a.test:1", "--ca", f"{home}/corp.pem", "--yes", "--no-check", "--quiet")
    assert run(list(given)) == 0
    saved = home / ".config/proxyenv/proxyenv.toml"
    text = saved.read_text("utf-8")
    saved.write_text(text.replace(f"{home}/corp.pem", "file://server.test/share/corp.pem"), "utf-8")
    assert "file://server.test" in saved.read_text("utf-8")
    report = answer(capsys, "status")["data"]["report"]
    assert [each for each in report if each["check"] == "ca"] == []
    copy = home / ".local/share/proxyenv/corporate-ca.pem"
    before = copy.read_bytes()
    assert run(["refresh", "--yes", "--no-check", "--quiet"]) == 0
    assert copy.read_bytes() == before
    copy.unlink()
    copy.with_name("ca-bundle.pem").unlink()
    error = answer(capsys, "refresh", "--yes", "--no-check")["errors"][0]
    assert error["message"] == (
        "the CA `file://server.test/share/corp.pem`, which `trust.ca` in `proxyenv.toml` names, is not on "
        "this machine"
    )
