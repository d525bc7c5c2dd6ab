"""Machines, files and arguments that are not as one would wish: an answer or a clear error, and no leak."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

from support.certificates import make_ca, make_expired_ca
from support.command import Ran, environment_of, proxyenv, proxyenv_sourced
from support.exports import read_exports
from support.machine import in_ci
from support.origins import OriginServer
from support.proxies import SilentServer
from support.tree import snapshot

SECRET: Final = "s3cret"
WITH_PASSWORD: Final = f"http://bob:{SECRET}@proxy.corp.test:3128"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    return write_ca(tmp_path / "corp.pem", "Corp")


def write_ca(path: Path, name: str) -> Path:
    path.write_bytes(make_ca(name).pem)
    return path


def setup(home: Path, *arguments: str | Path, **variables: str) -> Ran:
    return proxyenv("setup", *arguments, "--no-check", "--yes", "--output", "json", home=home, **variables)


def code(ran: Ran) -> str:
    return str(ran.json["errors"][0]["code"])


def bundled(home: Path) -> int:
    return (home / ".local/share/proxyenv/corporate-ca.pem").read_bytes().count(b"BEGIN CERTIFICATE")


# Leaks


@pytest.mark.parametrize(
    "arguments",
    [
        ("diff", "--proxy", "http://new.corp.test:1"),
        ("setup", "--proxy", "http://new.corp.test:1", "--dry-run"),
        ("uninstall", "--dry-run"),
        ("status",),
    ],
    ids=lambda arguments: " ".join(arguments[:1] + arguments[-1:]),
)
def test_what_was_written_with_a_password_is_not_shown_when_it_goes(
    home: Path, ca: Path, arguments: tuple[str, ...]
) -> None:
    setup(home, "--proxy", WITH_PASSWORD, "--ca", ca)
    shown = proxyenv(*arguments, home=home)
    assert SECRET not in shown.out + shown.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("setup", WITH_PASSWORD),
        (WITH_PASSWORD,),
        ("setup", f"--output={WITH_PASSWORD}"),
        ("setup", "--proxy", "p:1", "--api-url", f"http://bob:{SECRET}@pre.corp.test:4200/api", "--yes"),
        ("setup", "--proxy", "p:1", "--url", f"https://bob:{SECRET}@h:0/", "--yes"),
        ("setup", "--proxy", "p:1", "--no-proxy", f"http://bob:{SECRET}@h.corp.test", "--yes", "--no-check"),
        ("diff", "--proxy", "p:1", "--no-proxy", f"bob:{SECRET}@h/x"),
    ],
    ids=["an argument too many", "no verb", "a choice", "the API", "a URL", "NO_PROXY", "NO_PROXY refused"],
)
def test_credentials_in_the_wrong_place_are_not_echoed(home: Path, arguments: tuple[str, ...]) -> None:
    ran = proxyenv(*arguments, home=home)
    assert SECRET not in ran.out + ran.err
    assert not [path for path in home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_a_key_beside_ours_is_not_shown(home: Path, ca: Path) -> None:
    (home / ".prefect").mkdir()
    profiles = f'active = "me"\nprofiles = {{ me = {{ PREFECT_API_KEY = "{SECRET}" }} }}\n'
    (home / ".prefect/profiles.toml").write_text(profiles)
    shown = proxyenv("diff", "--proxy", "p:1", "--ca", ca, home=home)
    assert "+profiles.me.PREFECT_API_SSL_CERT_FILE = " in shown.out
    assert SECRET not in shown.out + shown.err


# Homes


@pytest.mark.parametrize("linked", [".", ".config", ".local"])
def test_a_home_with_symlinks(tmp_path: Path, ca: Path, linked: str) -> None:
    real, home = tmp_path / "real", tmp_path / "linked"
    real.mkdir()
    if linked == ".":
        home.symlink_to(real)
    else:
        home.mkdir()
        (home / linked).symlink_to(real)
    before = snapshot(tmp_path)
    assert setup(home, "--proxy", "p:1", "--ca", ca).status == 0
    assert setup(home, "--proxy", "p:1", "--ca", ca).json["data"]["changes"] == []
    assert proxyenv("status", home=home).status == 0
    assert proxyenv("env", home=home).out == (home / ".config/proxyenv/env.sh").read_text()
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    assert snapshot(tmp_path) == before


def test_a_relative_home_is_refused(tmp_path: Path, ca: Path) -> None:
    refused = setup(tmp_path, "--proxy", "p:1", "--ca", ca, HOME="relative")
    assert (refused.status, code(refused)) == (2, "usage")


def test_a_file_that_is_not_concerned_may_be_odd(home: Path, ca: Path) -> None:
    (home / ".zshenv").mkdir()
    assert setup(home, "--proxy", "p:1", "--ca", ca, "--shell", "bash").status == 0
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    refused = setup(home, "--proxy", "p:1", "--ca", ca, "--shell", "zsh")
    assert (refused.status, code(refused)) == (3, "file-unreadable")


def test_a_removed_directory_is_no_place_to_look_for_settings(home: Path, ca: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"cd {gone}; rmdir {gone}; exec {sys.executable} -m proxyenv discover"
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        env=environment_of(home, PYTHONPATH=str(Path(__file__).parents[2])),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_no_module_is_imported_from_the_working_directory(home: Path, ca: Path, tmp_path: Path) -> None:
    for name in ("argparse", "h2", "json", "cryptography", "truststore", "httpx", "certifi"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w'); raise SystemExit(9)\n")
    done = subprocess.run(
        [sys.executable, "-m", "proxyenv", "setup", "--proxy", "p:1", "--ca", str(ca), "--no-check", "--yes"],
        env=environment_of(home, PYTHONPATH=str(Path(__file__).parents[2])),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, (tmp_path / "ran").exists()) == (0, False), done.stderr


def test_a_directory_that_toml_cannot_name_is_refused(home: Path, ca: Path) -> None:
    before = snapshot(home)
    prefix = os.fsdecode(os.fsencode(home) + b"/\xff")
    refused = setup(home, "--proxy", "p:1", "--ca", ca, "--prefix", prefix)
    assert (refused.status, code(refused)) == (3, "value-unrepresentable")
    assert snapshot(home) == before


# Trust


def test_a_pin_holds_without_a_ca(home: Path) -> None:
    refused = setup(home, "--proxy", "p:1", "--ca-fingerprint", "ab" * 32)
    assert (refused.status, code(refused)) == (3, "fingerprint-mismatch")


def test_a_pin_holds_for_a_saved_ca_and_is_saved(home: Path, tmp_path: Path) -> None:
    issued = make_ca("Corp")
    corp = tmp_path / "corp.pem"
    corp.write_bytes(issued.pem)
    assert setup(home, "--proxy", "p:1", "--ca", corp, "--ca-fingerprint", issued.fingerprint).status == 0
    assert code(setup(home, "--ca-fingerprint", "ab" * 32)) == "fingerprint-mismatch"
    write_ca(corp, "Somebody else's")
    refused = proxyenv("refresh", "--yes", "--no-check", "--output", "json", home=home)
    assert (refused.status, code(refused)) == (3, "fingerprint-mismatch")


def test_a_saved_ca_that_is_gone_is_used_from_its_copy(home: Path, ca: Path) -> None:
    setup(home, "--proxy", "p:1", "--ca", ca)
    ca.unlink()
    again = setup(home)
    assert (again.status, again.json["data"]["changes"]) == (0, [])
    assert proxyenv("refresh", "--yes", "--no-check", home=home).status == 0


def test_a_ca_that_expired_is_replaced_by_the_one_that_is_given(home: Path, ca: Path, tmp_path: Path) -> None:
    setup(home, "--proxy", "p:1", "--ca", ca)
    ca.write_bytes(make_expired_ca().pem)
    (home / ".local/share/proxyenv/corporate-ca.pem").write_bytes(ca.read_bytes())
    refused = setup(home)
    assert (refused.status, code(refused)) == (3, "ca-expired")
    assert "--ca FILE" in refused.json["errors"][0]["hint"]
    assert proxyenv("discover", home=home).status == 0
    assert setup(home, "--ca", write_ca(tmp_path / "new.pem", "Successor")).status == 0
    assert bundled(home) == 1


def test_a_ca_that_is_found_later_is_taken(home: Path, ca: Path) -> None:
    setup(home, "--proxy", "p:1")
    assert setup(home, SSL_CERT_FILE=str(ca)).json["status"] == "changed"
    assert bundled(home) == 1


# Prefect

CLOUD: Final = """\
active = "cloud"
[profiles.cloud]
PREFECT_API_KEY = "pnu_x"
PREFECT_API_URL = "https://api.prefect.example/api"
"""


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_an_api_that_is_merely_found_does_not_get_another_one_s_key(home: Path, ca: Path, place: str) -> None:
    (home / ".prefect").mkdir()
    (home / ".prefect/profiles.toml").write_text(CLOUD)
    found = "http://found.corp.test/api"
    if place == ".env":
        (home / ".env").write_text(f"PREFECT_API_URL={found}\n")
    variables = {"PREFECT_API_URL": found} if place == "environment" else {}
    assert setup(home, "--proxy", "p:1", "--ca", ca, **variables).status == 0
    cloud = tomllib.loads((home / ".prefect/profiles.toml").read_text())["profiles"]["cloud"]
    assert cloud["PREFECT_API_URL"] == "https://api.prefect.example/api"


@pytest.mark.parametrize("url", ["http://[h/api", "http://h:99999/api", "not a url"])
def test_a_found_api_that_is_no_url_is_not_used(home: Path, ca: Path, url: str) -> None:
    assert setup(home, "--proxy", "p:1", "--ca", ca, PREFECT_API_URL=url).status == 0
    assert url not in (home / ".prefect/profiles.toml").read_text()


def test_a_profile_with_a_name_that_we_would_not_give(home: Path, ca: Path) -> None:
    (home / ".prefect").mkdir()
    (home / ".prefect/profiles.toml").write_text('active = "my prof"\n[profiles."my prof"]\n')
    assert setup(home, "--proxy", "p:1", "--ca", ca).status == 0


# Damage


def test_a_damaged_configuration_does_not_block_the_way_back(home: Path, ca: Path) -> None:
    before = snapshot(home)
    setup(home, "--proxy", "p:1", "--ca", ca)
    path = home / ".config/proxyenv/proxyenv.toml"
    path.write_text(path.read_text() + "oops\n")
    refused = setup(home)
    assert (refused.status, code(refused)) == (3, "configuration-invalid")
    assert "move it away" in refused.json["errors"][0]["hint"]
    assert proxyenv("status", home=home).status == 1
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    path.unlink()
    for directory in (path.parent, path.parent.parent):
        directory.rmdir()
    assert snapshot(home) == before


def test_another_installation_keeps_its_block(home: Path, ca: Path, tmp_path: Path) -> None:
    setup(home, "--proxy", "p:1", "--ca", ca, "--prefix", tmp_path / "one")
    before = snapshot(home)
    refused = setup(home, "--proxy", "p:1", "--ca", ca, "--prefix", tmp_path / "two")
    assert (refused.status, code(refused)) == (3, "other-installation")
    assert snapshot(home) == before


def test_status_sees_a_changed_block_and_a_changed_mode(home: Path, ca: Path) -> None:
    setup(home, "--proxy", WITH_PASSWORD, "--ca", ca)
    rc = home / ".bashrc"
    rc.write_text(rc.read_text().replace("if [", "echo hacked; if ["))
    (home / ".config/proxyenv/env.sh").chmod(0o644)
    outcomes = proxyenv("status", "--output", "json", home=home).json["data"]["report"]
    modified = {Path(item["check"].rstrip("]")).name for item in outcomes if item["cause"] == "modified"}
    assert modified == {".bashrc", "env.sh"}
    assert proxyenv("refresh", "--yes", "--no-check", home=home).status == 0
    assert stat.S_IMODE((home / ".config/proxyenv/env.sh").stat().st_mode) == 0o600


# Choices


def test_refresh_takes_nothing_that_is_merely_found(home: Path, ca: Path) -> None:
    setup(home, "--ca", ca)
    proxyenv("refresh", "--yes", "--no-check", home=home, HTTPS_PROXY="http://evil.test:1")
    assert "evil" not in "".join(read_exports(home).values())


def test_a_proxy_for_one_scheme_leaves_the_found_one_for_the_other(home: Path) -> None:
    setup(home, "--http-proxy", "a.test:1", HTTPS_PROXY="http://b.test:2")
    found = read_exports(home)
    assert (found["http_proxy"], found["https_proxy"]) == ("http://a.test:1", "http://b.test:2")


def test_no_rc_can_be_taken_back(home: Path) -> None:
    setup(home, "--proxy", "p:1", "--no-rc")
    assert not (home / ".bashrc").exists()
    setup(home)
    assert not (home / ".bashrc").exists()
    setup(home, "--rc")
    assert (home / ".bashrc").exists()


def test_a_found_no_proxy_entry_that_cannot_be_used_is_left_out_and_named(home: Path) -> None:
    ran = setup(home, "--proxy", "p:1", NO_PROXY="[::1,good.test")
    assert ran.status == 0
    assert read_exports(home)["NO_PROXY"].endswith(",good.test,.good.test")
    assert "`[::1`" in ran.err
    assert "it is left out" in ran.err


@pytest.mark.parametrize("options", [("-q",), ("--output", "text"), ("--color", "never", "--shell", "fish")])
def test_env_takes_the_options_that_every_verb_takes(home: Path, options: tuple[str, ...]) -> None:
    setup(home, "--proxy", "p:1")
    shell = "fish" if "fish" in options else "sh"
    printed = proxyenv("env", *options, home=home)
    assert (printed.status, printed.out) == (0, (home / f".config/proxyenv/env.{shell}").read_text())


@pytest.mark.parametrize("closed", ["<&-", ">&-", "| true"])
def test_a_closed_stream_is_no_traceback(home: Path, closed: str) -> None:
    setup(home, "--proxy", "p:1")
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m proxyenv diff --proxy other:1 {closed}"],
        env=environment_of(home, PYTHONPATH=str(Path(__file__).parents[2])),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


# The check


def test_a_profile_that_is_gone_is_not_taken_for_an_ephemeral_server(home: Path, ca: Path) -> None:
    setup(home, "--proxy", "p:1", "--ca", ca, "--api-url", "http://prefect.corp.test:4200/api")
    (home / ".prefect/profiles.toml").write_text('active = "x"\n[profiles.x]\n')
    ran = proxyenv("check", "--output", "json", home=home)
    skipped = {each["check"]: each["cause"] for each in ran.json["data"]["report"] if each["cause"]}
    assert (ran.status, skipped[f"file [{home}/.prefect/profiles.toml]"]) == (1, "modified")
    assert skipped["prefect-flow"] == "earlier-failure"


@pytest.mark.parametrize("url", ["https://b\u00fccher.test/uuid", "https://a..b/uuid", "https://[::1/uuid"])
def test_a_host_that_is_odd_is_no_traceback(home: Path, ca: Path, url: str) -> None:
    setup(home, "--proxy", "proxy.invalid:1", "--ca", ca)
    ran = proxyenv_sourced("check", "--url", url, home=home)
    assert ran.status in {1, 2}
    assert "Traceback" not in ran.err


@in_ci
def test_an_end_by_signal_leaves_nothing_behind(home: Path, ca: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with SilentServer() as silent, OriginServer() as origin:
        setup(home, "--proxy", silent.authority, "--ca", ca, "--no-proxy", "127.0.0.1")
        process = subprocess.Popen(
            ["/bin/sh", "-c", '. "$0" && exec "$@"', str(home / ".config/proxyenv/env.sh"),
             sys.executable, "-m", "proxyenv", "check", "-v", "--url", f"http://{silent.authority}/uuid",
             "--url", f"http://127.0.0.1:{origin.port}/uuid"],
            env=environment_of(home, PYTHONPATH=str(Path(__file__).parents[2]), TMPDIR=str(temporary)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert process.stderr is not None
        begun = next(line for line in process.stderr if "fetch" in line)
        process.terminate()
        _, rest = process.communicate(timeout=200)
    assert (process.returncode, "Traceback" in begun + rest) == (143, False)
    assert list(temporary.iterdir()) == []
