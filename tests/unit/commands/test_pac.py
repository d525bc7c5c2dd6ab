"""``proxyenv pac``: the table, what decides, and where the file may come from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from proxyenv.cli import run
from proxyenv.machine.host import read_host
from proxyenv.machine.pac import find_hosts, find_search_domains
from proxyenv.no_proxy.advice import read_no_proxy
from support.pac_cases import make_function
from support.pac_server import PacServer

if TYPE_CHECKING:
    from pathlib import Path

FLAT: Final = make_function(
    'return dnsDomainIs(host, ".corp.test") ? "DIRECT" : "PROXY proxy.corp.test:8080; DIRECT";'
)


@pytest.fixture(autouse=True)
def home(home_with_a_ca: Path) -> Path:
    return home_with_a_ca


def ask(*arguments: str, capsys: pytest.CaptureFixture[str], status: int = 0) -> dict[str, Any]:
    assert run(["pac", *arguments, "--output", "json"]) == status
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_the_table_has_a_row_for_each_host(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "proxy.pac").write_text(FLAT)
    assert run(["pac", "proxy.pac", "git.corp.test"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "index.corp.test                    DIRECT" in lines
    assert "git.corp.test                      DIRECT" in lines
    assert "a-host-that-no-list-names.example  PROXY proxy.corp.test:8080; DIRECT" in lines
    assert "it asked for nothing but URL and host" in lines
    assert (
        "http://proxy.corp.test:8080 and NO_PROXY=index.corp.test,git.corp.test says the same for these hosts"
        in lines
    )


def test_a_host_with_two_answers_is_shown_by_its_urls(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "proxy.pac").write_text(
        make_function('return url.substring(0, 5) == "https" ? "DIRECT" : "PROXY p.test:1"')
    )
    assert run(["pac", "proxy.pac", "a.test"]) == 1
    out = capsys.readouterr().out
    assert "http://a.test/                              PROXY p.test:1" in out
    assert "no static proxy says the same" in out
    assert "started with `--pac=" in out


def test_questions_in_the_text_are_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "proxy.pac").write_text(make_function('return false && timeRange(8) ? "" : "PROXY p.test:1"'))
    assert run(["pac", "proxy.pac"]) == 1
    assert "its text can ask for the clock too" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param("<!doctype html><title>Log in</title>", "pac-is-html", id="a web page"),
        pytest.param("function (", "pac-syntax", id="a syntax error"),
        pytest.param("var x", "pac-without-function", id="no function"),
    ],
)
def test_what_is_no_pac_file_has_a_code(
    home: Path, capsys: pytest.CaptureFixture[str], content: str, code: str
) -> None:
    (home / "proxy.pac").write_text(content)
    assert ask("proxy.pac", capsys=capsys, status=3)["errors"][0]["code"] == code


def test_a_file_that_is_too_large_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "proxy.pac").write_bytes(b" " * (8 * 1024 * 1024 + 1))
    error = ask("proxy.pac", capsys=capsys, status=3)["errors"][0]
    assert (error["code"], "larger than 8 MiB" in error["message"]) == ("pac-unreachable", True)


def test_without_a_file_it_says_how_to_name_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys=capsys, status=2)["errors"][0]["hint"] == "`proxyenv pac URL`, or `proxyenv pac FILE`"


@pytest.mark.parametrize("name", ["", "localhost"])
def test_a_file_url_is_a_file(home: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (home / "a b.pac").write_text(FLAT)
    data = ask(f"file://{name}{home}/a%20b.pac", capsys=capsys)["data"]
    assert (data["location"], data["server"]) == (str(home / "a b.pac"), None)


@pytest.mark.parametrize("url", ["file://[/proxy.pac", "file://other.test/proxy.pac"])
def test_a_file_url_of_no_file_here_is_refused(capsys: pytest.CaptureFixture[str], url: str) -> None:
    assert ask(url, capsys=capsys, status=3)["errors"][0]["code"] == "pac-unreachable"


def test_it_is_fetched_without_the_proxy_and_read_as_the_server_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = make_function('return "Zürich".length == 6 ? "PROXY p.test:1" : "DIRECT"')
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    kind = "application/x-ns-proxy-autoconfig; charset=windows-1252"
    with PacServer(script.encode("cp1252"), kind) as server:
        data = ask(server.url, capsys=capsys)["data"]
    assert (data["server"], data["proxy"], server.asked) == ("127.0.0.1", "http://p.test:1", ["/proxy.pac"])


def test_a_server_that_refuses_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with PacServer(b"", "text/plain", 404) as server:
        error = ask(server.url, capsys=capsys, status=3)["errors"][0]
    assert (error["code"], "404 Not Found" in error["message"]) == ("pac-unreachable", True)


def test_a_password_in_the_url_is_refused_and_masked(capsys: pytest.CaptureFixture[str]) -> None:
    error = ask("http://ada:geheim@a.test/proxy.pac", capsys=capsys, status=2)["errors"][0]
    assert "geheim" not in json.dumps(error)


# The hosts that matter


def test_remotes_registries_and_the_list_are_asked_about(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".git").mkdir()
    (home / ".git/config").write_text(
        '[remote "origin"]\n\turl = git@git.corp.test:team/flows.git\n[remote "up"]\n\turl = https://up.test/x\n'
    )
    (home / ".npmrc").write_text(
        "registry='https://npm.corp.test/'\n@team:registry = https://team.corp.test/npm/\n"
        "@other:registry=https://other.corp.test:${PORT}/\n"
    )
    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_text(
        '{"auths": {"images.corp.test": {}, "https://hub.test/v1/": {}}}'
    )
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.corp.test:4200/api")
    host = read_host()
    found = find_hosts(host, read_no_proxy({"no_proxy": "wiki.corp.test,localhost"}))
    assert set(found) >= {
        "http://prefect.corp.test:4200/",
        "https://index.corp.test/",
        "https://git.corp.test/",
        "https://up.test/x",
        "https://npm.corp.test/",
        "https://team.corp.test/npm/",
        "https://images.corp.test",
        "https://hub.test/v1/",
    }
    assert any("wiki.corp.test" in url for url in found)
    assert not any("other.corp.test" in url for url in found)
    assert not any("localhost" in url or "127.0.0.1" in url for url in found)


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("nameserver 10.0.0.1\n", ()),
        ("search corp.test eu.corp.test\n", ("corp.test", "eu.corp.test")),
        ("domain Corp.Test.\n", ("corp.test",)),
        ("domain old.test\nsearch corp.test\n", ("corp.test",)),
        ("search lan local home.local corp.test\n", ("corp.test",)),
        ("# search a.test\n", ()),
    ],
)
def test_search_domains_are_taken_as_they_stand(tmp_path: Path, text: str, domains: tuple[str, ...]) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/resolv.conf").write_text(text)
    assert find_search_domains(read_host()._replace(platform="linux"), tmp_path) == domains
