"""``setup --pac``: what is written, asked again, refused and taken back."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from proxyenv.cli import run
from support.pac_cases import make_function
from support.pac_server import PacServer

if TYPE_CHECKING:
    from pathlib import Path


def script(proxy: str = "proxy.corp.test:8080", direct: str = "index.corp.test") -> str:
    return make_function(f'return host == "{direct}" ? "DIRECT" : "PROXY {proxy}; DIRECT"')


@pytest.fixture(autouse=True)
def home(home_with_a_ca: Path) -> Path:
    (home_with_a_ca / "proxy.pac").write_text(script())
    return home_with_a_ca


def set_up(*options: str, status: int = 0) -> None:
    names_way = "--proxy" in options or "--pac" in options
    given = options if names_way else ("--pac", "proxy.pac", *options)
    assert run(["setup", *given, "--ca", "corp.pem", "--yes", "--no-check", "--quiet"]) == status


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    run([*arguments, "--output", "json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def say(capsys: pytest.CaptureFixture[str], *verbs: tuple[str, ...]) -> str:
    """All that these verbs print, as text and as JSON."""
    capsys.readouterr()
    said = ""
    for verb in verbs:
        for form in ("text", "json"):
            run([*verb, "--output", form])
            said += "".join(capsys.readouterr())
    return said


def about_pac(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str | None]]:
    report = answer(capsys, "status")["data"]["report"]
    return [(each["status"], each["cause"]) for each in report if each["check"] == "pac"]


def written(home: Path) -> str:
    return (home / ".config/proxyenv/env.list").read_text() + (
        home / ".config/proxyenv/proxyenv.toml"
    ).read_text()


def test_the_proxy_and_the_direct_hosts_are_written(home: Path) -> None:
    set_up()
    text = written(home)
    assert "HTTPS_PROXY=http://proxy.corp.test:8080\n" in text
    assert "index.corp.test" in next(line for line in text.splitlines() if line.startswith("NO_PROXY="))
    assert f'pac = "{home}/proxy.pac"\n' in text


def test_status_asks_again_and_refresh_follows(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    assert about_pac(capsys) == [("ok", None)]
    (home / "proxy.pac").write_text(script("next.corp.test:8080", "none.test"))
    assert about_pac(capsys) == [("failed", "pac-changed")]
    assert run(["refresh", "--if-stale", "--yes", "--no-check", "--quiet"]) == 0
    text = written(home)
    assert "HTTPS_PROXY=http://next.corp.test:8080\n" in text
    assert "index.corp.test" not in next(line for line in text.splitlines() if line.startswith("NO_PROXY="))
    assert about_pac(capsys) == [("ok", None)]


def test_a_file_that_is_gone_is_a_warning(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    (home / "proxy.pac").unlink()
    assert about_pac(capsys) == [("warning", "pac-not-asked")]
    assert run(["refresh", "--if-stale", "--yes", "--no-check"]) == 0
    assert "; what was made from it stays\n" in capsys.readouterr().err


def test_what_is_not_static_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "proxy.pac").write_text(make_function('return timeRange(8, 18) ? "DIRECT" : "PROXY p.test:1"'))
    document = answer(capsys, "setup", "--pac", "proxy.pac", "--yes", "--no-check")
    assert (document["errors"][0]["code"], document["exit_code"]) == ("pac-not-static", 3)
    assert "started with `--pac=" in document["errors"][0]["hint"]
    assert not (home / ".config/proxyenv").exists()


def test_a_proxy_takes_the_file_back(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    set_up("--proxy", "other.corp.test:3128")
    assert "pac =" not in written(home)
    assert about_pac(capsys) == []


def test_both_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    document = answer(capsys, "setup", "--pac", "proxy.pac", "--proxy", "a.test:1", "--yes")
    assert document["errors"][0]["code"] == "usage"


def test_a_file_with_another_digest_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digest = hashlib.sha256(script().encode()).hexdigest()
    set_up("--pac-digest", digest)
    (home / "proxy.pac").write_text(f"{script()} ")
    assert about_pac(capsys) == [("failed", "pac-changed")]
    assert answer(capsys, "refresh", "--yes", "--no-check")["errors"][0]["code"] == "pac-mismatch"


@pytest.mark.skipif(sys.platform == "win32", reason="its rights are no modes")
def test_a_file_that_others_can_write_needs_its_digest(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They would name the proxy at the next `refresh`, and nobody would be asked."""
    (home / "proxy.pac").chmod(0o666)
    (error,) = answer(capsys, "setup", "--pac", "proxy.pac", "--yes", "--no-check")["errors"]
    digest = hashlib.sha256(script().encode()).hexdigest()
    assert error["code"] == "pac-foreign"
    assert error["hint"] == f"`--pac-digest {digest}` accepts what it holds now, and nothing else"
    assert not (home / ".config/proxyenv").exists()
    set_up("--pac-digest", digest)
    assert about_pac(capsys) == [("ok", None)]


def test_one_over_http_without_a_digest_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with PacServer(script().encode()) as server:
        given = ("setup", "--pac", server.url, "--ca", "corp.pem", "--yes", "--no-check", "--dry-run")
        note = "is not encrypted: whoever is on the way can name another proxy, at each `refresh` too"
        assert note in say(capsys, given)
        assert note not in say(capsys, (*given, "--pac-digest", hashlib.sha256(server.content).hexdigest()))


def test_a_password_is_not_sent_to_the_proxy_that_it_names(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever holds the file names a proxy of theirs: the user of another one stays with that one."""
    (home / "secret").write_text("geheim\n")
    (home / "secret").chmod(0o600)
    (home / "proxy.pac").write_text(make_function('return "PROXY ada:geheim@evil.test:8080"'))
    given = ("--pac", "proxy.pac", "--yes", "--no-check")
    assert answer(capsys, "setup", *given)["errors"][0]["code"] == "pac-not-static"
    (home / "proxy.pac").write_text(script())
    named = answer(capsys, "setup", *given, "--proxy-password-file", "secret")
    assert named["errors"][0]["message"].endswith("gives a password, and nothing says whose it is")
    assert not (home / ".config/proxyenv").exists()


def test_discover_judges_conflicts_by_what_it_says(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".npmrc").write_text("proxy=http://proxy.corp.test:8080\nhttps-proxy=http://old.corp.test:1\n")
    found = answer(capsys, "discover", "--pac", "proxy.pac")["data"]["stale_settings"]
    assert [each["setting"] for each in found if "proxy" in each["setting"]] == ["https-proxy"]


def test_a_token_in_the_url_is_kept_and_never_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".config").mkdir()
    with PacServer(script().encode()) as server:
        url = f"{server.url}?site=eu&token=geheim"
        shown = f"{server.url}?site=****&token=****"
        (home / ".config/kioslaverc").write_text(
            f"[Proxy Settings]\nProxyType=2\nProxy Config Script={url}\n", "utf-8"
        )
        before = say(
            capsys,
            ("discover",),
            ("pac", url),
            ("setup", "--ca", "corp.pem", "--yes", "--no-check", "--dry-run"),
        )
        page = "https://page.test/uuid?token=geheim"
        set_up("--pac", url, "--url", page)
        before += say(capsys, ("routes", page))
        server.content += b"//"
        after = say(
            capsys,
            ("status",),
            ("diff", "--pac", "proxy.pac"),
            ("setup", "--pac", url, "--pac-digest", "0" * 64, "--yes", "--no-check"),
            ("refresh", "--dry-run", "--no-check"),
        )
        server.content = make_function('return timeRange(8, 18) ? "DIRECT" : "PROXY p.test:1"').encode()
        after += say(capsys, ("status",), ("refresh", "--yes", "--no-check"), ("pac", url))
    after += say(capsys, ("status",), ("refresh", "--yes", "--no-check"), ("pac", url))
    path = home / ".config/proxyenv/proxyenv.toml"
    assert (f'pac = "{url}"\n' in path.read_text(), f"{path.stat().st_mode:o}") == (True, "100600")
    assert ("geheim" in before, "geheim" in after) == (False, False)
    assert (shown in before, shown in after, "started with `--pac=URL`" in after) == (True, True, True)


def test_a_file_of_another_machine_is_not_looked_for_in_the_working_directory(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".config").mkdir()
    (home / ".config/kioslaverc").write_text(
        "[Proxy Settings]\nProxyType=2\nProxy Config Script=file://server.test/share/proxy.pac\n", "utf-8"
    )
    planted = home / "file:/server.test/share"
    planted.mkdir(parents=True)
    (planted / "proxy.pac").write_text(script(), "utf-8")
    said = say(capsys, ("setup", "--yes", "--no-check", "--dry-run"))
    assert "the PAC file `file://server.test/share/proxy.pac` is not on this machine" in said
    assert "HTTPS_PROXY" not in said
