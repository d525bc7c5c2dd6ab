"""Set up, look, set up again, take back: the real command line in a throw-away home."""

from __future__ import annotations

import os
import re
import socket
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

from proxyenv.machine.ownership import find_foreign
from support.acls import pack_acl, set_default_acl
from support.certificates import make_ca, make_expired_ca, make_leaf
from support.command import Ran, environment_of, on_a_terminal, proxyenv, proxyenv_sourced
from support.exports import read_exports
from support.machine import in_ci, require_client
from support.tree import snapshot, times

API: Final = "http://prefect.corp.test:4200/api"
PROFILES: Final = """\
# mine
active = "work"

[profiles.work]   # with a comment
PREFECT_API_URL = "https://api.example/api"
unknown = {a = 1}"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a history: no final line break, CRLF, odd modes, a symlink, comments."""
    home = tmp_path / "home with blank"
    (home / ".prefect").mkdir(parents=True)
    (home / "dotfiles").mkdir()
    (home / "dotfiles/profile").write_bytes(b"export A=1\r\nexport B=2\r\n")
    (home / ".profile").symlink_to("dotfiles/profile")
    (home / ".bashrc").write_bytes(b"# caf\xe9 in latin-1\nalias x=y")
    (home / ".bashrc").chmod(0o640)
    (home / ".prefect/profiles.toml").write_text(PROFILES)
    (home / ".prefect/profiles.toml").chmod(0o600)
    return home


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    path = tmp_path / "corp.pem"
    path.write_bytes(make_ca("Corp").pem)
    return path


def setup(home: Path, ca: Path, *more: str, **variables: str) -> Ran:
    return proxyenv(
        "setup", "--proxy", "localhost:9", "--ca", ca, "--api-url", API, "--yes", "--no-check",
        "--output", "json", *more, home=home, **variables,
    )  # fmt: skip


def test_setup_then_uninstall_leaves_the_home_as_it_was(home: Path, ca: Path) -> None:
    before = snapshot(home)
    assert setup(home, ca).status == 0
    assert snapshot(home) != before
    removed = proxyenv("uninstall", "--yes", home=home)
    assert removed.status == 0
    assert removed.err.splitlines()[-1] == (
        "done; shells that sourced the env file: `proxyenv_deactivate`, or open a new one"
    )
    assert snapshot(home) == before


def subjects(ran: Ran) -> list[tuple[str, str]]:
    return [(each["action"], each["subject"]) for each in ran.json["data"].get("anchors", ())]


def trusted(home: Path) -> list[str]:
    shown = proxyenv("status", "--output", "json", home=home).json["data"]["report"]
    return sorted(each["detail"].partition(",")[0] for each in shown if each["check"].startswith("ca ["))


def test_a_ca_comes_to_those_that_are_there_and_replaces_them_where_that_is_said(
    home: Path, ca: Path, tmp_path: Path
) -> None:
    before = snapshot(home)
    other = tmp_path / "other.pem"
    other.write_bytes(make_ca("Other").pem)
    assert subjects(setup(home, ca)) == [("add", "CN=Corp")]
    assert subjects(setup(home, other)) == [("add", "CN=Other")]
    assert trusted(home) == ["CN=Corp", "CN=Other"]
    assert subjects(proxyenv("refresh", "--yes", "--no-check", "--output", "json", home=home)) == []
    assert trusted(home) == ["CN=Corp", "CN=Other"]
    compared = proxyenv("diff", "--replace-ca", "--ca", other, home=home)
    assert compared.status == 1
    assert compared.out.startswith("-CA CN=Corp, SHA-256 ")
    replaced = setup(home, other, "--replace-ca")
    assert subjects(replaced) == [("remove", "CN=Corp")]
    assert "CA goes  CN=Corp, SHA-256 " in replaced.err
    assert trusted(home) == ["CN=Other"]
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    assert snapshot(home) == before


@pytest.mark.parametrize("option", ["--proxy", "--http-proxy", "--https-proxy"])
def test_a_masked_password_is_refused_and_never_saved(home: Path, ca: Path, option: str) -> None:
    assert setup(home, ca, "--proxy", "http://jdoe:geheim@localhost:9").status == 0
    before = snapshot(home)
    shown = proxyenv("setup", "--dry-run", "--proxy", "http://jdoe:other@localhost:9", home=home)
    assert "geheim" not in shown.out + shown.err
    refused = proxyenv("setup", option, "http://jdoe:****@localhost:9", "--yes", "--no-check", home=home)
    assert refused.status == 2
    assert "error[password-masked]" in refused.err
    assert snapshot(home) == before


def test_a_masked_password_in_a_variable_is_refused(home: Path) -> None:
    before = snapshot(home)
    variables = {"HTTPS_PROXY": "http://jdoe:****@localhost:9"}
    refused = proxyenv("setup", "--yes", "--no-check", home=home, **variables)
    assert "error[password-masked]: `HTTPS_PROXY` in the environment" in refused.err
    assert snapshot(home) == before


def test_an_empty_home_is_empty_again(tmp_path: Path, ca: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert setup(empty, ca).status == 0
    assert proxyenv("uninstall", "--yes", home=empty).status == 0
    assert snapshot(empty) == {".": (stat.S_IMODE(empty.stat().st_mode), None)}


def test_a_second_setup_changes_nothing_not_even_a_time(home: Path, ca: Path) -> None:
    assert setup(home, ca).json["status"] == "changed"
    before = times(home)
    second = setup(home, ca)
    assert (second.status, second.json["status"], second.json["data"]["changes"]) == (0, "ok", [])
    assert "nothing to change" in second.err
    assert times(home) == before


def test_a_second_setup_without_options_or_from_a_sourced_shell_changes_nothing(home: Path, ca: Path) -> None:
    setup(home, ca)
    bare = proxyenv("setup", "--yes", "--no-check", "--output", "json", home=home)
    assert bare.json["data"]["changes"] == []
    variables = read_exports(home)
    sourced = proxyenv("setup", "--yes", "--no-check", "--output", "json", home=home, **variables)
    assert sourced.json["data"]["changes"] == []


def test_another_proxy_and_less_rc_then_uninstall_leaves_the_home_as_it_was(home: Path, ca: Path) -> None:
    before = snapshot(home)
    setup(home, ca)
    changed = setup(
        home,
        ca,
        "--https-proxy",
        "other:8",
        "--no-rc",
        "--api-url",
        "http://x.corp.test/api",
        "--profile",
        "p",
    )
    assert changed.json["status"] == "changed"
    assert "proxyenv" not in (home / ".bashrc").read_text("latin-1")
    proxyenv("uninstall", "--yes", home=home)
    assert snapshot(home) == before


def test_the_profile_keeps_every_other_byte_and_the_symlink_stays_one(home: Path, ca: Path) -> None:
    setup(home, ca)
    written = (home / ".prefect/profiles.toml").read_text()
    assert written.startswith('# mine\nactive = "proxyenv"\n\n' + PROFILES.partition("\n\n")[2])
    assert tomllib.loads(written)["profiles"]["proxyenv"] == {
        "PREFECT_API_URL": API,
        "PREFECT_API_SSL_CERT_FILE": str(home / ".local/share/proxyenv/ca-bundle.pem"),
    }
    assert (home / ".profile").is_symlink()
    assert b"# >>> proxyenv >>>\n" in (home / "dotfiles/profile").read_bytes()


def test_a_file_that_a_link_led_to_is_cleaned_where_the_link_is_gone(home: Path, ca: Path) -> None:
    rc, target = home / ".bashrc", home / "dotfiles/bashrc"
    rc.rename(target)
    before = target.read_bytes()
    rc.symlink_to(target)
    given = ("--proxy", "localhost:9", "--ca", ca, "--shell", "bash", "--yes", "--no-check")
    assert proxyenv("setup", *given, home=home).status == 0
    assert target.read_bytes() != before
    rc.unlink()
    rc.write_text("")
    refreshed = proxyenv("refresh", "--yes", "--no-check", home=home)
    assert refreshed.status == 0, refreshed.err
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    assert (target.read_bytes(), rc.read_text()) == (before, "")


def test_libraries_of_a_python_may_lie_under_another_name(home: Path, ca: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    libraries = next(venv.glob("lib/python3*/site-packages"))
    libraries.rename(venv / "packages")
    libraries.symlink_to(venv / "packages")
    (venv / "packages/truststore").mkdir()
    (venv / "packages/truststore/__init__.py").touch()
    before = sorted(libraries.iterdir())
    given = ("--proxy", "localhost:9", "--ca", ca, "--trust", "truststore", "--venv", venv)
    done = proxyenv("setup", *given, "--yes", "--no-check", home=home)
    assert done.status == 0, done.err
    assert sorted(libraries.iterdir()) != before
    removed = proxyenv("uninstall", "--yes", home=home)
    assert removed.status == 0, removed.err
    assert sorted(libraries.iterdir()) == before


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has POSIX ACLs")
def test_a_default_acl_of_the_home_gives_no_right_to_what_is_written(home: Path, ca: Path) -> None:
    set_default_acl(home, pack_acl(users={12345: 7}))
    before = snapshot(home)
    assert setup(home, ca).status == 0
    refreshed = proxyenv("refresh", "--yes", "--no-check", home=home)
    assert refreshed.status == 0, refreshed.err
    written = [*home.glob(".config/proxyenv/*"), *home.glob(".local/*/proxyenv/**/*")]
    assert len(written) > 100
    assert find_foreign(written, {home.stat().st_uid, 0}) is None
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    assert snapshot(home) == before


def test_what_others_wrote_since_stays(home: Path, ca: Path) -> None:
    setup(home, ca)
    with (home / ".bashrc").open("ab") as file:
        file.write(b"alias later=z\n")
    with (home / ".prefect/profiles.toml").open("a") as file:
        file.write("\n[profiles.later]\nX = '1'\n")
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    assert (home / ".bashrc").read_bytes() == b"# caf\xe9 in latin-1\nalias x=y\nalias later=z\n"
    profiles = tomllib.loads((home / ".prefect/profiles.toml").read_text())
    assert profiles == {
        "active": "work",
        "profiles": {
            "work": {"PREFECT_API_URL": "https://api.example/api", "unknown": {"a": 1}},
            "later": {"X": "1"},
        },
    }


def test_a_file_of_ours_that_somebody_changed_stays_and_is_named(home: Path, ca: Path) -> None:
    setup(home, ca)
    (home / ".config/proxyenv/env.sh").write_text("mine now\n")
    removed = proxyenv("uninstall", "--yes", home=home)
    assert (home / ".config/proxyenv/env.sh").read_text() == "mine now\n"
    assert "env.sh` was changed by somebody else and stays" in removed.err


@in_ci
@pytest.mark.parametrize("syscalls", ["rename,renameat,renameat2", "mkdir,mkdirat"])
def test_a_setup_that_was_killed_half_way_is_taken_back(home: Path, ca: Path, syscalls: str) -> None:
    strace = require_client("strace")
    before = snapshot(home)
    arguments = ["setup", "--proxy", "localhost:9", "--ca", str(ca), "--api-url", API, "--yes", "--no-check"]
    for moment in range(1, 60):
        killed = subprocess.run(
            [strace, "-f", "-qq", "-o", "/dev/null", "-e", f"inject={syscalls}:signal=KILL:when={moment}",
             sys.executable, "-m", "proxyenv", *arguments],
            cwd=home,
            env=environment_of(home, PYTHONPATH=str(Path(__file__).parents[2]), PYTHONDONTWRITEBYTECODE="1"),
            capture_output=True,
            check=False,
        )  # fmt: skip
        if killed.returncode == 0:
            break
        assert proxyenv("uninstall", "--yes", home=home).status == 0
        assert snapshot(home) == before
    assert moment > 1
    assert killed.returncode == 0
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    assert snapshot(home) == before


def test_dry_run_and_diff_touch_nothing(home: Path, ca: Path) -> None:
    before = snapshot(home)
    assert setup(home, ca, "--dry-run").status == 0
    diff = proxyenv("diff", "--proxy", "http://u:hunter2@localhost:9", "--ca", ca, home=home)
    assert diff.status == 1
    assert "hunter2" not in diff.out + diff.err
    assert snapshot(home) == before
    setup(home, ca)
    assert proxyenv("diff", home=home).status == 0


def test_a_password_is_in_no_output_and_in_no_file_that_others_can_read(home: Path, ca: Path) -> None:
    ran = setup(home, ca, "--proxy", "http://user:hunter2@localhost:9", "-v")
    assert ran.status == 0
    everything = ran.out + ran.err
    for verb in ("discover", "status", "diff"):
        shown = proxyenv(verb, home=home, https_proxy="http://user:hunter2@localhost:9")
        everything += shown.out + shown.err
    assert "hunter2" not in everything
    holders = {path for path in home.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()}
    env_files = {f"env.{ending}" for ending in ("sh", "fish", "csh", "ps1", "bat", "nu", "xsh", "elv")}
    assert {path.name for path in holders} == {*env_files, "proxyenv.toml"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in holders} == {0o600}


def test_modes_without_a_password(home: Path, ca: Path) -> None:
    setup(home, ca)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*") if path.is_file()}
    assert (modes["ca-bundle.pem"], modes["env.sh"], modes["receipt.json"]) == (0o644, 0o644, 0o600)
    assert (modes[".bashrc"], modes["profiles.toml"]) == (0o640, 0o600)


def test_everything_lies_under_the_prefix(home: Path, ca: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "prefix"
    setup(home, ca, "--prefix", str(prefix), "--no-rc", "--proxy-there", "proxy.test:9")
    names = {
        "ca-bundle.p12",
        "ca-bundle.pem",
        "certs",
        "corporate-ca.pem",
        "env.sh",
        "env.fish",
        "env.csh",
        "env.ps1",
        "env.bat",
        "env.nu",
        "env.xsh",
        "env.elv",
        "env.list",
        "proxyenv.toml",
        "receipt.json",
    }
    assert {path.name for path in prefix.iterdir()} == names
    assert not (home / ".config").exists()
    assert proxyenv("status", home=home, PROXYENV_HOME=str(prefix)).status == 0
    assert proxyenv("uninstall", "--yes", home=home, PROXYENV_HOME=str(prefix)).status == 0
    assert not prefix.exists()


def test_a_file_that_is_not_ours_is_not_overwritten(home: Path, ca: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "prefix"
    prefix.mkdir()
    (prefix / "env.sh").write_text("somebody else's\n")
    before = snapshot(tmp_path)
    refused = setup(home, ca, "--prefix", str(prefix))
    assert (refused.status, refused.json["errors"][0]["code"]) == (3, "foreign-file")
    assert snapshot(tmp_path) == before


def test_only_the_environment(home: Path, ca: Path) -> None:
    found = proxyenv(
        "setup", "--yes", "--no-check", "--output", "json", home=home,
        HTTPS_PROXY="proxy.corp.test:3128", SSL_CERT_FILE=str(ca), NO_PROXY="[::1],fd00::/8,*.corp.example",
    )  # fmt: skip
    assert found.status == 0
    exports = read_exports(home)
    assert exports["HTTP_PROXY"] == "http://proxy.corp.test:3128"
    assert exports["NO_PROXY"].startswith("localhost,127.0.0.1,::1,0.0.0.0,")
    assert exports["NO_PROXY"].endswith(",corp.example,.corp.example")
    assert (home / ".local/share/proxyenv/corporate-ca.pem").read_bytes().count(b"BEGIN CERTIFICATE") == 1


# Status


def test_status_says_yes_and_then_what_is_wrong(home: Path, ca: Path) -> None:
    setup(home, ca)
    assert proxyenv("status", home=home).status == 0
    (home / ".local/share/proxyenv/ca-bundle.pem").unlink()
    (home / ".config/proxyenv/env.sh").write_text("edited\n")
    (home / ".bashrc").write_text("the block is gone\n")
    (home / ".prefect/profiles.toml").write_text('active = "work"\n')
    drift = proxyenv("status", "--output", "json", home=home, HTTPS_PROXY="http://other:1")
    assert drift.status == 1
    outcomes = drift.json["data"]["report"]
    wrong = {
        item["check"].rpartition("/")[2].rstrip("]"): item["cause"]
        for item in outcomes
        if item["cause"] and not item["check"].startswith("settings [")  # of this machine, not of the home
    }
    assert wrong == {
        "ca-bundle.pem": "missing",
        "env.sh": "modified",
        ".bashrc": "modified",
        "profiles.toml": "modified",
    }
    assert proxyenv("refresh", "--yes", "--no-check", home=home).status == 0
    assert proxyenv("status", home=home).status == 0


@pytest.mark.parametrize("verb", ["status", "check", "env", "refresh"])
def test_a_verb_that_needs_an_installation_says_so(home: Path, verb: str) -> None:
    ran = proxyenv(verb, "--output", "json", home=home)
    assert (ran.status, ran.json["errors"][0]["code"]) == (3, "not-installed")


def test_uninstalling_nothing_is_fine(home: Path) -> None:
    before = snapshot(home)
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    assert snapshot(home) == before


# Bad input


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(make_ca().pem + make_ca().key_pem, "unexpected-block", id="a private key in the file"),
        pytest.param(b"", "no-certificate", id="an empty file"),
        pytest.param(make_leaf(make_ca()).pem, "not-a-ca", id="a leaf"),
        pytest.param(make_expired_ca().pem, "ca-expired", id="an expired CA"),
        pytest.param(
            b"-----BEGIN CERTIFICATE-----\nxxxx\n-----END CERTIFICATE-----\n",
            "malformed-certificate",
            id="junk",
        ),
    ],
)
def test_a_ca_that_cannot_be_used_is_refused_and_nothing_is_touched(
    home: Path, tmp_path: Path, content: bytes, code: str
) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_bytes(content)
    before = snapshot(home)
    refused = setup(home, bad)
    error = refused.json["errors"][0]
    assert (refused.status, error["code"]) == (3, code)
    assert "bad.pem" in error["message"]
    assert error["hint"]
    assert snapshot(home) == before


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        pytest.param(("--ca", "missing.pem"), 3, "ca-not-found", id="a missing CA file"),
        pytest.param(("--proxy", "ftp://x"), 2, "proxy-url-invalid", id="a proxy that is none"),
        pytest.param(("--api-url", "lan:4200"), 2, "api-url-invalid", id="an API that is none"),
        pytest.param(("--unknown",), 2, "usage", id="an unknown option"),
        pytest.param(("--ca-fingerprint", "00" * 32), 3, "fingerprint-mismatch", id="another fingerprint"),
    ],
)
def test_bad_options_are_refused_and_nothing_is_touched(
    home: Path, ca: Path, arguments: tuple[str, ...], status: int, code: str
) -> None:
    before = snapshot(home)
    refused = setup(home, ca, *arguments)
    assert (refused.status, refused.json["errors"][0]["code"]) == (status, code)
    assert refused.json["errors"][0]["hint"]
    assert f"[{code}]" in refused.err
    assert snapshot(home) == before


def test_broken_profiles_are_left_as_they_are(home: Path, ca: Path) -> None:
    (home / ".prefect/profiles.toml").write_text("active = \n")
    before = snapshot(home)
    refused = setup(home, ca)
    assert (refused.status, refused.json["errors"][0]["code"]) == (3, "profiles-invalid")
    assert refused.json["errors"][0]["hint"]
    assert snapshot(home) == before


def test_without_a_terminal_and_without_yes_nothing_happens(home: Path, ca: Path) -> None:
    before = snapshot(home)
    refused = proxyenv("setup", "--proxy", "localhost:9", "--ca", ca, home=home)
    assert refused.status == 2
    assert "[confirmation-required]" in refused.err
    assert snapshot(home) == before


# A terminal


def test_a_person_is_shown_the_plan_and_asked_once(home: Path, ca: Path) -> None:
    arguments = ("setup", "--proxy", "localhost:9", "--ca", str(ca), "--no-check")
    before = snapshot(home)
    status, shown = on_a_terminal(home, "n\n", *arguments)
    assert status == 1
    assert shown.count("?") == 1
    assert "create   ~/.config/proxyenv/env.sh" in shown
    assert snapshot(home) == before
    status, _ = on_a_terminal(home, "\n", *arguments)
    assert status == 0
    assert (home / ".config/proxyenv/env.sh").exists()


def test_two_different_proxies_are_a_question_to_a_person_and_an_error_to_a_script(
    home: Path, ca: Path
) -> None:
    both = {"https_proxy": "http://a.test:1", "HTTPS_PROXY": "http://b.test:2"}
    arguments = ("setup", "--ca", str(ca), "--no-check")
    refused = proxyenv(*arguments, "--yes", "--output", "json", home=home, **both)
    assert (refused.status, refused.json["errors"][0]["code"]) == (3, "proxy-conflict")
    status, _ = on_a_terminal(home, "2\ny\n", *arguments, **both)
    assert status == 0
    assert read_exports(home)["https_proxy"] == "http://b.test:2"


# The check


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_a_check_that_says_no_names_the_first_broken_rung_and_its_cause(home: Path, ca: Path) -> None:
    arguments = (
        "setup",
        "--proxy",
        f"localhost:{free_port()}",
        "--ca",
        ca,
        "--url",
        "https://origin.corp.test/uuid",
    )
    ran = proxyenv(*arguments, "--yes", home=home)
    assert ran.status == 1
    assert "the check failed; what was written stays" in ran.err
    # The settings of this machine's tools are checked too, and their number is the machine's.
    assert re.match(
        r"1 of \d+ checks failed for .*; the first is proxy-connect \[localhost:", ran.out.splitlines()[-1]
    )
    assert ran.out.splitlines()[-1].endswith(": proxy-refused")
    again = proxyenv_sourced("check", "--output", "json", home=home)
    assert (again.status, again.json["status"]) == (1, "failed")
    causes = {item["check"].partition(" ")[0]: item["cause"] for item in again.json["data"]["report"]}
    assert causes["proxy-connect"] == "proxy-refused"
    assert causes["prefect-flow"] == "earlier-failure"


def test_the_check_leaves_no_trace_in_the_home(home: Path, ca: Path) -> None:
    setup(home, ca, "--proxy", f"localhost:{free_port()}", "--url", "https://origin.corp.test/uuid")
    before = snapshot(home)
    assert proxyenv_sourced("check", home=home).status == 1
    assert snapshot(home) == before


# What must stay cheap


@pytest.mark.parametrize("verb", ["env", "status"])
def test_a_verb_for_every_prompt_imports_nothing_heavy(home: Path, ca: Path, verb: str) -> None:
    setup(home, ca)
    script = (
        "import sys, proxyenv.__main__ as m\n"
        f"sys.argv = ['proxyenv', {verb!r}]\n"
        "status = m.main()\n"
        "heavy = sorted({'prefect', 'httpx', 'cryptography', 'dataclasses', 'argparse'} & set(sys.modules))\n"
        "print(status, *heavy, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment_of(home, PYTHONPATH=str(Path(__file__).parents[2])),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "0"


@pytest.mark.parametrize(("shell", "file"), [("bash", "env.sh"), ("fish", "env.fish"), ("list", "env.list")])
def test_env_prints_the_file(home: Path, ca: Path, shell: str, file: str) -> None:
    setup(home, ca, "--proxy-there", "proxy.test:9")
    printed = proxyenv("env", "--shell", shell, home=home)
    assert printed.out == (home / ".config/proxyenv" / file).read_text()


# The namesake


def test_beside_the_unrelated_distribution_it_refuses(home: Path, tmp_path: Path) -> None:
    metadata = tmp_path / "site/proxyenv-0.5.1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: proxyenv\nVersion: 0.5.1\n")
    path = f"{Path(__file__).parents[2]}{os.pathsep}{metadata.parent}"
    done = subprocess.run(
        [sys.executable, "-m", "proxyenv", "status"],
        env=environment_of(home, PYTHONPATH=path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "error[other-proxyenv]" in done.stderr
    assert "pip uninstall proxyenv" in done.stderr


@pytest.mark.parametrize("verb", [("clients",), ("uninstall", "--yes")], ids=" ".join)
def test_a_cache_that_cannot_be_is_none(home: Path, ca: Path, verb: tuple[str, ...]) -> None:
    assert setup(home, ca).status == 0
    ran = proxyenv(*verb, home=home, XDG_CACHE_HOME=f"/{'x' * 300}")
    assert (ran.status, "error" in ran.err) == (0, False), ran.err
