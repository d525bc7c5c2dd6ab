"""``routes`` as a user runs it, and what ``setup`` makes of a list on which Prefect fails."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import proxyenv as package
from integration.test_check import prefect_server
from support.command import environment_of
from support.command import proxyenv as run
from support.exports import read_exports
from support.machine import in_ci, require_client
from support.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = str(Path(package.__file__).parents[1])
PROXY = "http://user:secret@proxy.corp.test:3128"
PROXIES = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"), PROXY)


def test_a_host_on_which_clients_part_ways(tmp_path: Path) -> None:
    ran = run("routes", "10.1.2.3", "--output", "json", home=tmp_path, **PROXIES, NO_PROXY="10.0.0.0/8")
    assert (ran.status, ran.json["status"], ran.json["exit_code"]) == (1, "failed", 1)
    rows = {row["client"]: row for row in ran.json["data"]["routes"]}
    assert rows["httpx"] == {
        "client": "httpx",
        "url": "https://10.1.2.3/",
        "route": "proxied",
        "via": "http://user:****@proxy.corp.test:3128",
        "reason": "`https_proxy`",
    }
    assert rows["curl 8"]["route"] == "direct"
    assert rows["curl 8"]["reason"] == "`10.0.0.0/8` in `NO_PROXY`"
    assert "secret" not in ran.out + ran.err


def test_a_host_on_which_all_agree(tmp_path: Path) -> None:
    listed = "corp.test,.corp.test"
    ran = run(
        "routes", "git.corp.test", "--explain", home=tmp_path, **PROXIES, NO_PROXY=listed, no_proxy=listed
    )
    assert ran.status == 0
    assert ran.out.startswith("https://git.corp.test/  direct")
    assert "`.corp.test` in `no_proxy`" in ran.out


def test_a_list_that_fails_a_client_is_named_and_mended(tmp_path: Path) -> None:
    ran = run("routes", "www.example", home=tmp_path, **PROXIES, NO_PROXY="[::1]", no_proxy="[::1]")
    assert ran.status == 1
    assert "ERROR" in ran.out
    pasted = [line.strip() for line in ran.out.splitlines() if line.strip().startswith("export ")]
    script = "\n".join((*pasted, f"exec {shlex.quote(sys.executable)} -m proxyenv routes www.example"))
    again = subprocess.run(
        ["/bin/sh", "-c", script],
        env=environment_of(tmp_path, PYTHONPATH=PACKAGE, **PROXIES, NO_PROXY="[::1]", no_proxy="[::1]"),
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert again.returncode == 0, again.stdout + again.stderr


def test_what_was_written_can_be_judged(tmp_path: Path) -> None:
    set_up = run(
        "setup", "--proxy", "p.test:1", "--no-proxy", "*.corp.test", "--no-check", "--yes", home=tmp_path
    )
    assert set_up.status == 0, set_up.err
    for name in ("env.sh", "env.list"):
        ran = run("routes", "--env-file", f".config/proxyenv/{name}", "a.corp.test", "b.test", home=tmp_path)
        assert ran.status == 0, ran.out
        assert "node 26 fetch" in ran.out.split("take no proxy")[0]
        assert "proxy: http://p.test:1" in ran.out


def test_without_arguments_it_asks_about_what_matters(tmp_path: Path) -> None:
    ran = run(
        "routes", "--output", "json", home=tmp_path,
        **PROXIES, no_proxy="db.corp.test", PREFECT_API_URL="http://lan:4200/api", PIP_INDEX_URL="https://index.test/simple",
    )  # fmt: skip
    asked = dict.fromkeys(row["url"] for row in ran.json["data"]["routes"])
    assert list(asked) == [
        "http://lan:4200/",
        "https://index.test/",
        "http://localhost/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "https://db.corp.test/",
        "https://www.db.corp.test/",
    ]


@in_ci
@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(b",".join(b"h%d.corp.test" % number for number in range(100_000)), id="100,000 entries"),
        pytest.param(b"a" * 1_000_000, id="an entry of 1 MB"),
        pytest.param(b"." * 1_000_000, id="an entry of dots"),
        pytest.param(b"[" * 1_000_000, id="an entry of brackets"),
        pytest.param(
            b",".join(b"10.%d.%d.0/24" % (number >> 8, number & 255) for number in range(20_000)),
            id="20,000 networks",
        ),
        pytest.param(b"\x01\x1b[31m,\x7f,a\x0bb", id="control characters"),
        pytest.param(b"\xff\xfe,\xc3(,b\xc3\xbccher.test", id="bytes that are not UTF-8"),
        pytest.param(b"*." * 300_000, id="an entry of stars"),
    ],
)
def test_hostile_lists_get_an_answer(tmp_path: Path, listed: bytes) -> None:
    """No hang, no traceback; a variable of Linux holds at most 128 KiB, a file anything."""
    file = tmp_path / "hostile.list"
    lines = [f"{name}={PROXY}".encode() for name in PROXIES]
    file.write_bytes(b"\n".join([*lines, b"NO_PROXY=" + listed, b"no_proxy=" + listed, b""]))
    ran = run("routes", "--env-file", file, "x.corp.test", "h7.corp.test", home=tmp_path)
    assert ran.status in {0, 1}
    assert "Traceback" not in ran.err
    assert "\x1b" not in ran.out + ran.err
    assert "https://x.corp.test/" in ran.out


def test_hostile_variables_get_an_answer(tmp_path: Path) -> None:
    hostile = os.fsdecode(b"\xff\x01,a b;c|<local>")
    ran = run("routes", "x.test", home=tmp_path, http_proxy=os.fsdecode(b"\xff://\x01"), NO_PROXY=hostile)
    assert ran.status in {0, 1}
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "variables",
    [
        {"PREFECT_API_URL": "http://[::1"},
        {"PIP_INDEX_URL": "https://[x"},
        {"PIP_INDEX_URL": "https://u:S3cretPW/x@index.test/simple"},
        {"PIP_INDEX_URL": "https://index.test?token=S3cretPW"},
        {"PREFECT_API_URL": "notaurl"},
    ],
)
def test_a_setting_that_is_no_url_is_left_out(tmp_path: Path, variables: dict[str, str]) -> None:
    ran = run("routes", home=tmp_path, **PROXIES, **variables)
    assert "Traceback" not in ran.err
    assert "S3cretPW" not in ran.out + ran.err
    assert "notaurl" not in ran.out


def test_a_file_of_another_shell(tmp_path: Path) -> None:
    (tmp_path / "env.fish").write_text("set -gx HTTPS_PROXY http://p:1\n")
    ran = run("routes", "--env-file", "env.fish", "a.test", home=tmp_path)
    assert ran.status == 3
    assert "holds no assignment" in ran.err


def test_a_list_that_no_variable_could_hold_is_refused(tmp_path: Path) -> None:
    listed = ",".join(f"h{number}.corp.test" for number in range(5_000))
    ran = run("setup", "--proxy", "p:1", "--no-proxy", listed, "--no-check", "--yes", home=tmp_path)
    assert ran.status == 3
    assert "no-proxy-too-long" in ran.err
    assert not (tmp_path / ".config").exists()


def test_what_the_user_said_outlives_what_was_worked_out(tmp_path: Path) -> None:
    given = ("--no-check", "--yes", "--no-rc")
    api = ("--api-url", "http://10.1.2.3:4200/api")
    run("setup", "--proxy", "p:1", "--no-proxy", "10.1.2.3", *api, *given, home=tmp_path)
    run("setup", "--no-derive", *given, home=tmp_path)
    assert read_exports(tmp_path)["NO_PROXY"] == "10.1.2.3"


@pytest.mark.parametrize(
    "variables", [{"KUBERNETES_SERVICE_HOST": "*"}, {"PREFECT_API_URL": "http://*:4200/api"}]
)
def test_nothing_that_is_found_turns_the_proxy_off(tmp_path: Path, variables: dict[str, str]) -> None:
    run("setup", "--proxy", "p:1", "--no-check", "--yes", "--no-rc", home=tmp_path, **variables)
    if (tmp_path / ".config/proxyenv/env.sh").exists():
        assert read_exports(tmp_path)["NO_PROXY"].startswith("localhost,127.0.0.1,::1,0.0.0.0,")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    ran = run("routes", "--env-file", "missing", home=tmp_path)
    assert ran.status == 3
    assert "file-unreadable" in ran.err


# The list of the field, on which Prefect 3.8 raises

FIELD = "10.0.0.0/8,fd00::/8,*.corp.example,[::1],localhost"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with prefect_server(tmp_path_factory.mktemp("server")) as port:
        yield port


def prefect(home: Path, hosts: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script where ``lan-host`` is a name of loopback, in a mount namespace of its own."""
    inside = f'mount --bind {shlex.quote(str(hosts))} /etc/hosts && exec sh -c "$0"'
    return subprocess.run(
        [require_client("unshare"), "--mount", "sh", "-c", inside, script],
        cwd=home,
        env=environment_of(home, PYTHONPATH=PACKAGE, PYTHON=sys.executable, **variables),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


@in_ci
@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root: a hosts file of its own"
)
def test_prefect_works_where_its_list_made_it_raise(tmp_path: Path, server: int) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost lan-host\n")
    api = f"http://lan-host:{server}/api"
    work_pools = '"$PYTHON" -m prefect work-pool ls'
    with ProxyServer() as proxy:
        given = {
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
            "HTTP_PROXY": f"http://127.0.0.1:{proxy.port}",
        }
        before = prefect(tmp_path, hosts, work_pools, **given, NO_PROXY=FIELD, PREFECT_API_URL=api)
        assert before.returncode != 0
        assert "Invalid port" in before.stdout + before.stderr

        set_up = f'"$PYTHON" -m proxyenv setup --api-url {api} --no-check --yes --no-rc'
        after = prefect(
            tmp_path, hosts, f"{set_up} && . .config/proxyenv/env.sh && {work_pools}", **given, NO_PROXY=FIELD
        )
        assert after.returncode == 0, after.stdout + after.stderr
        assert "No work pools found" in after.stdout
        assert "fd00::/8" in after.stderr  # what cannot be said is said

        routes = prefect(
            tmp_path, hosts, f'. .config/proxyenv/env.sh && "$PYTHON" -m proxyenv routes {api} --explain'
        )
        assert routes.returncode == 0, routes.stdout
        assert routes.stdout.startswith(f"http://lan-host:{server}/api  direct")

        report = prefect(
            tmp_path, hosts, '"$PYTHON" -m proxyenv check --output json --url http://x.test/uuid'
        )
        checks = report.stdout
        assert f"connected to `127.0.0.1:{server}`" in checks or '"prefect-websocket"' in checks
        assert not [request for request in proxy.requests if "lan-host" in request[1]]
