"""What is checked: the process with its environment, and what was decided about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proxyenv.cli import run
from proxyenv.machine.host import read_host
from proxyenv.machine.installation import read_installation
from proxyenv.machine.subject import find_usual_documents, read_subject
from proxyenv.model.proxy_url import ProxyURL
from support.certificates import make_ca

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.subject import Subject

PROXY = ProxyURL("http", "proxy.corp.test", 3128)
API = "http://prefect.corp.test:4200/api"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which a proxy and a CA are set up."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corp.pem").write_bytes(make_ca("Corp").pem)
    set_up()
    return tmp_path


def set_up(*options: str) -> None:
    given = ("--proxy", PROXY.reveal(), "--ca", "corp.pem", "--api-url", API)
    assert run(["setup", *given, "--yes", "--no-check", "--quiet", *options]) == 0


def find_subject(*, new_shell: bool = False) -> Subject:
    host = read_host()
    return read_subject(host, read_installation(host), urls=(), new_shell=new_shell)


def test_the_environment_is_that_of_the_shell(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://other.test:1")
    monkeypatch.setenv("COLOUR", "blue")
    subject = find_subject()
    assert (subject.environment["HTTPS_PROXY"], subject.environment["COLOUR"]) == (
        "http://other.test:1",
        "blue",
    )
    assert "NO_PROXY" not in subject.environment
    assert (subject.directory, subject.added) == (home, False)


def test_a_new_shell_has_what_the_env_file_sets_and_unsets(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_DIR"):
        monkeypatch.setenv(name, "other")
    subject = find_subject(new_shell=True)
    assert subject.environment["HTTPS_PROXY"] == PROXY.reveal()
    assert subject.environment["SSL_CERT_FILE"] == str(home / ".local/share/proxyenv/ca-bundle.pem")
    assert subject.environment.keys() & {"ALL_PROXY", "SSL_CERT_DIR"} == set()
    assert subject.added


def test_a_shell_that_has_sourced_is_a_new_shell(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in find_subject(new_shell=True).environment.items():
        monkeypatch.setenv(name, value)
    assert not find_subject(new_shell=True).added
    assert home.is_dir()


def test_a_bundle_that_is_gone_is_not_named_by_the_env_file(home: Path) -> None:
    (home / ".local/share/proxyenv/ca-bundle.pem").unlink()
    environment = find_subject(new_shell=True).environment
    assert "SSL_CERT_FILE" not in environment
    assert environment["HTTPS_PROXY"] == PROXY.reveal()


def test_what_is_expected_is_not_read_from_the_env_file(home: Path) -> None:
    env_file = home / ".config/proxyenv/env.sh"
    lines = env_file.read_text().splitlines(keepends=True)
    env_file.write_text("".join(line for line in lines if "_proxy " not in line and "_PROXY " not in line))
    subject = find_subject(new_shell=True)
    assert subject.environment.keys() & {"HTTPS_PROXY", "https_proxy", "NO_PROXY"} == set()
    assert (subject.http_proxy, subject.https_proxy) == (PROXY, PROXY)
    assert subject.no_proxy[:3] == ("localhost", "127.0.0.1", "::1")
    assert subject.bundle == home / ".local/share/proxyenv/ca-bundle.pem"
    assert (subject.profile, subject.api_url) == ("proxyenv", API)


def test_what_is_expected_is_what_was_written(home: Path) -> None:
    subject = find_subject(new_shell=True)
    assert ",".join(subject.no_proxy) == subject.environment["NO_PROXY"]
    assert home.is_dir()


def test_a_profile_that_is_not_made_active_is_named_by_a_variable(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up("--no-activate", "--profile", "corp")
    assert find_subject().environment["PREFECT_PROFILE"] == "corp"
    monkeypatch.setenv("PREFECT_PROFILE", "other")
    assert find_subject().environment["PREFECT_PROFILE"] == "other"
    assert home.is_dir()


def test_the_plugin_alone_adds_nothing_to_a_shell(home: Path) -> None:
    set_up("--activate", "plugin")
    subject = find_subject(new_shell=True)
    assert (subject.added, subject.runtime.plugin) == (False, True)
    assert "HTTPS_PROXY" not in subject.environment
    assert home.is_dir()


def test_where_nothing_is_named_the_usual_documents_stand_for_one_another(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://jdoe:s3cret@index.corp.test/simple/")
    subject = find_subject()
    assert subject.urls == ()
    forms = find_usual_documents(read_host(), subject)
    assert forms == {
        "http://prefect.corp.test:4200/api/health": "api",
        "https://jdoe:s3cret@index.corp.test/simple/pip/": "index",
        "http://httpbin.org/uuid": "uuid",
        "https://httpbin.org/uuid": "uuid",
    }
    subject = replace(subject, urls=tuple(forms))
    assert "s3cret" not in subject.mask("fetch https://jdoe:s3cret@index.corp.test/simple/pip/")


def test_what_was_named_has_no_form(home: Path) -> None:
    set_up("--url", "https://a.test/page")
    subject = find_subject()
    assert (subject.urls, dict(subject.forms)) == (("https://a.test/page",), {})
