"""What ``--output json`` prints for every verb, held by a file each in ``json/``.

What differs from run to run (paths, ports, times, digests) is replaced by a word in angle brackets. To record
a new case, or one that changed on purpose: delete its file, run the test, and read what it wrote.
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import certifi
import pytest
import trustme

from proxyenv.cli import run
from proxyenv.commands import VERBS, load_command
from proxyenv.commands.command import find_fields
from support.certificates import make_ca
from support.image_archives import Item, make_archive
from support.origins import OriginServer, server_context
from support.proxies import ProxyServer
from support.scripts import load_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SNAPSHOTS: Final = Path(__file__).with_name("json")
API: Final = "http://prefect.corp.test:4200/api"
URL: Final = "https://origin.corp.test/uuid"

CERTUTIL: Final = """#!/bin/sh
case "$1" in
    -A) cat > "$0.kept" ;;
    -D) rm "$0.kept" ;;
    *) test -f "$0.kept" ;;
esac
"""
"""A `certutil` that keeps one certificate beside itself."""

NOT_FIXED: Final = (
    (r"(?<=its port\?) Loopback is that of this container.*", ""),  # where the tests run in one
    (r"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----", "<pem>"),
    (r"\b[0-9a-f]{64}\b", "<sha256>"),
    (r"(?<=\[|-)[0-9a-f]{16}\b", "<begin of sha256>"),
    (r"/[0-9a-f]{8}\.0\b", "/<hash>.0"),
    (r" #[\w-]{16}(?![\w-])", " #<id>"),
    (r"OpenSSL \d[^,;]*", "OpenSSL <version>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", "<time>"),
    (r"\d{4}-\d\d-\d\d\b", "<day>"),
    (r"127\.0\.0\.1:\d{4,5}\b", "127.0.0.1:<port>"),
    (rf"\b{re.escape(certifi.__version__)}\b", "<version of certifi>"),
    (rf"(?<=Python ){re.escape(sys.version.split()[0])}\b", "<version>"),
    (rf"^{re.escape(sys.version.split()[0])}$", "<version>"),
    (rf"\"{re.escape(sys.version.split()[0])}\"", '"<version>"'),
    (rf"\b{re.escape(version('prefect'))}\b", "<version of Prefect>"),
    (rf"(?<=httpx ){re.escape(version('httpx'))}\b", "<version>"),
)


class Machine:
    """A home, a path with a few programs of the test's own, and an environment that holds nothing else."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, stack: ExitStack) -> None:
        self.home = root / "home"
        self.programs = root / "programs"
        self.home.mkdir()
        self.programs.mkdir()
        self._monkeypatch = monkeypatch
        self._stack = stack
        monkeypatch.chdir(self.home)
        self.set(HOME=str(self.home), PATH=str(self.programs), SHELL="/bin/bash")
        self.set(NPM_CONFIG_GLOBALCONFIG="/nonexistent")  # this machine may have one for all users
        self.set(PIP_CONFIG_FILE=os.devnull)  # this machine may have one for all users
        self.set(PIP_INDEX_URL="https://index.corp.test/simple/")  # this machine may have another

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def program(self, name: str, script: str) -> None:
        (self.programs / name).write_text(script)
        (self.programs / name).chmod(0o755)

    def serve_intercepted(self) -> str:
        """The URL of an intercepting proxy, behind which ``origin.corp.test`` is."""
        public = trustme.CA()
        origin = self._stack.enter_context(OriginServer(server_context(public, "origin.corp.test")))
        names = {"origin.corp.test:443": origin.address}
        self.corporate = trustme.CA(organization_name="Corp Root")
        proxy = ProxyServer(ca=self.corporate, origin_ca=public, names=names, credentials=("ada", "geheim"))
        return self._stack.enter_context(proxy).url


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    with ExitStack() as stack:
        yield Machine(tmp_path, monkeypatch, stack)


def nothing(_: Machine) -> None:
    """An empty home."""


def with_ca(machine: Machine) -> None:
    """A CA of the company in a file."""
    machine.write("corp.pem", make_ca("Corp").pem)


def set_up(machine: Machine) -> None:
    """Set up, through a proxy where nobody listens."""
    with_ca(machine)
    given = ("--proxy", "localhost:9", "--ca", "corp.pem", "--api-url", API, "--no-derive")
    assert run(["setup", *given, "--yes", "--no-check", "--quiet"]) == 0


def set_up_with_two(machine: Machine) -> None:
    """Set up, and another CA lies beside it."""
    set_up(machine)
    machine.write("next.pem", make_ca("Next").pem)


def set_up_twice(machine: Machine) -> None:
    """Set up again, with another proxy and another CA."""
    set_up_with_two(machine)
    assert run(["setup", "--proxy", "localhost:10", *REPLACE, *QUIET, "--quiet"]) == 0


def switched_off(machine: Machine) -> None:
    """Set up, and then off."""
    set_up(machine)
    assert run(["off", "--yes", "--quiet"]) == 0


def drifted(machine: Machine) -> None:
    """Set up, and then one file is gone, one is changed, and this shell has something else."""
    set_up(machine)
    (machine.home / ".config/proxyenv/env.fish").unlink()
    machine.write(".config/proxyenv/env.sh", "# mine\n")
    machine.write(".npmrc", "strict-ssl=false\n")
    machine.set(HTTPS_PROXY="http://other.test:1")


def full_of_settings(machine: Machine) -> None:
    """Proxies that differ, a list with mistakes, a CA in a variable, settings that fight, an API."""
    with_ca(machine)
    machine.set(https_proxy="http://ada:geheim@a.test:1", HTTPS_PROXY="http://b.test:2")
    machine.set(NO_PROXY="10.,.corp.test", SSL_CERT_FILE=str(machine.home / "corp.pem"))
    machine.set(REQUESTS_CA_BUNDLE=str(machine.home / "gone.pem"), PREFECT_API_URL=API)
    machine.write(".npmrc", "strict-ssl=false\n")


def with_database(machine: Machine) -> None:
    """Set up, with a browser's database that a `certutil` reads."""
    set_up(machine)
    for name in ("cert9.db", "key4.db", "pkcs11.txt"):
        machine.write(f".pki/nssdb/{name}", "made up")
    machine.program("certutil", CERTUTIL)


def with_trusting_database(machine: Machine) -> None:
    with_database(machine)
    assert run(["trust", "install", "--store", "nss", "--yes", "--quiet"]) == 0


def with_curl(machine: Machine) -> None:
    set_up(machine)
    machine.program("curl", "#!/bin/sh\necho curl 8.23.0\n")


def with_proxy(machine: Machine) -> None:
    machine.set(HTTPS_PROXY="http://proxy.test:3128", https_proxy="http://proxy.test:3128")


def with_odd_no_proxy(machine: Machine) -> None:
    machine.set(HTTPS_PROXY="http://ada:geheim@proxy.test:3128", NO_PROXY="10.0.0.0/8,[::1],10.")


def behind_a_proxy(machine: Machine) -> None:
    machine.set(HTTPS_PROXY=machine.serve_intercepted())


def set_up_behind_a_proxy(machine: Machine) -> None:
    """Set up, and it works."""
    url, ca = machine.serve_intercepted(), machine.write("corp.pem", machine.corporate.cert_pem.bytes())
    given = ("--proxy", url, "--ca", str(ca), "--url", URL, "--api-url", API)
    assert run(["setup", *given, *QUIET, "--quiet"]) == 0


def with_pac(machine: Machine) -> None:
    """A PAC file that sends one domain direct, and one that looks at the clock."""
    body = 'dnsDomainIs(host, ".corp.test") ? "DIRECT" : "PROXY proxy.corp.test:8080; DIRECT"'
    machine.write("flat.pac", f"function FindProxyForURL(url, host) {{ return {body}; }}")
    machine.write("clock.pac", f"function FindProxyForURL(url, host) {{ return timeRange(25) || {body}; }}")


def with_odd_ca(machine: Machine) -> None:
    machine.write("corp.pem", make_ca("Corp", critical=False).pem)


KEY: Final = f"-----BEGIN PRIVATE KEY-----\n{'A' * 64}\n-----END PRIVATE KEY-----\n"


def with_leaking_image(machine: Machine) -> None:
    """An image with a password in a variable, and with a key in a layer that the next one removes."""
    layers: tuple[dict[str, Item | bytes | str], ...] = (
        {"key.pem": KEY},
        {".wh.key.pem": ""},
    )
    config = {"Env": ["HTTPS_PROXY=http://ada:geheim@proxy.test:3128"]}
    machine.write("leak.tar", make_archive(*layers, config=config))


QUIET: Final = ("--yes", "--no-check")
NEW: Final = ("setup", "--proxy", "localhost:9", "--ca", "corp.pem", "--api-url", API)

IMAGE: Final = ("image", "write", "out", "--proxy", "proxy.corp.test:9", "--ca", "corp.pem")

REPLACE: Final = ("--replace-ca", "--ca", "next.pem")

CASES: Final = [
    pytest.param(with_ca, (*NEW, *QUIET), 0, id="setup"),
    pytest.param(set_up, ("setup", *QUIET), 0, id="setup, nothing to change"),
    pytest.param(with_ca, (*NEW, "--dry-run"), 0, id="setup, dry run"),
    pytest.param(set_up_with_two, ("setup", *REPLACE, *QUIET), 0, id="setup, a CA goes"),
    pytest.param(set_up_with_two, ("diff", *REPLACE), 1, id="diff, a CA goes"),
    pytest.param(set_up, ("setup", "--proxy", "http://ada:****@localhost:9"), 2, id="setup, a masked value"),
    pytest.param(with_ca, (*NEW, "--url", URL, "--yes"), 1, id="setup, the check fails"),
    pytest.param(
        set_up_behind_a_proxy,
        ("setup", "--proxy", "localhost:9", "--yes"),
        1,
        id="setup, the trial fails",
    ),
    pytest.param(nothing, ("setup", "--yes"), 3, id="setup, nothing found"),
    pytest.param(with_ca, NEW, 2, id="setup, nobody to ask"),
    pytest.param(full_of_settings, ("discover",), 0, id="discover"),
    pytest.param(nothing, ("discover",), 0, id="discover, nothing there"),
    pytest.param(with_ca, ("diff", *NEW[1:]), 1, id="diff"),
    pytest.param(set_up, ("diff",), 0, id="diff, no difference"),
    pytest.param(set_up, ("status",), 0, id="status"),
    pytest.param(drifted, ("status",), 1, id="status, drift"),
    pytest.param(nothing, ("status",), 3, id="status, not installed"),
    pytest.param(drifted, ("refresh", *QUIET), 0, id="refresh"),
    pytest.param(drifted, ("refresh", "--if-stale", *QUIET), 0, id="refresh, something is stale"),
    pytest.param(set_up, ("refresh", "--if-stale", *QUIET), 0, id="refresh, nothing is stale"),
    pytest.param(set_up, ("refresh", "--yes"), 1, id="refresh, the check fails"),
    pytest.param(nothing, ("refresh", *QUIET), 3, id="refresh, not installed"),
    pytest.param(set_up_twice, ("rollback", "--yes"), 0, id="rollback"),
    pytest.param(set_up_twice, ("rollback", "--dry-run"), 0, id="rollback, dry run"),
    pytest.param(set_up, ("rollback", "--yes"), 3, id="rollback, nothing to restore"),
    pytest.param(set_up, ("off", "--yes"), 0, id="off"),
    pytest.param(nothing, ("off", "--yes"), 3, id="off, not installed"),
    pytest.param(set_up, ("on", "--yes"), 0, id="on, already"),
    pytest.param(switched_off, ("on", "--yes"), 0, id="on"),
    pytest.param(switched_off, ("status",), 0, id="status, switched off"),
    pytest.param(switched_off, ("check",), 1, id="check, switched off"),
    pytest.param(switched_off, ("diff",), 3, id="diff, switched off"),
    pytest.param(set_up, ("uninstall", "--yes"), 0, id="uninstall"),
    pytest.param(set_up, ("uninstall", "--dry-run"), 0, id="uninstall, dry run"),
    pytest.param(nothing, ("uninstall", "--yes"), 0, id="uninstall, not installed"),
    pytest.param(set_up, ("env", "--format", "json"), 0, id="env"),
    pytest.param(
        set_up,
        ("env", "--client", "curl", "--shell", "list", "--proxy-there", "http://proxy.corp.test:3128"),
        0,
        id="env, one client",
    ),
    pytest.param(set_up, ("env", "--client", "java"), 1, id="env, a client that no variable reaches"),
    pytest.param(nothing, ("env",), 3, id="env, not installed"),
    pytest.param(nothing, ("run",), 2, id="run, no command"),
    pytest.param(with_curl, ("clients",), 0, id="clients"),
    pytest.param(nothing, ("clients",), 0, id="clients, not installed"),
    pytest.param(set_up, ("check",), 1, id="check"),
    pytest.param(nothing, ("check",), 3, id="check, not installed"),
    pytest.param(with_proxy, ("routes", "https://git.corp.test"), 0, id="routes"),
    pytest.param(with_odd_no_proxy, ("routes", "10.1.2.3"), 1, id="routes, clients differ"),
    pytest.param(with_pac, ("pac", "flat.pac", "www.other.test"), 0, id="pac"),
    pytest.param(with_pac, ("pac", "clock.pac"), 1, id="pac, it looks at the clock"),
    pytest.param(nothing, ("pac", "gone.pac"), 3, id="pac, no file"),
    pytest.param(with_ca, ("trust", "inspect", "corp.pem"), 0, id="trust inspect"),
    pytest.param(with_odd_ca, ("trust", "inspect", "corp.pem"), 1, id="trust inspect, refused"),
    pytest.param(nothing, ("trust", "inspect", "gone.pem"), 3, id="trust inspect, no file"),
    pytest.param(behind_a_proxy, ("trust", "fetch", "origin.corp.test"), 0, id="trust fetch"),
    pytest.param(
        behind_a_proxy,
        ("trust", "fetch", "origin.corp.test", "--ca-fingerprint", "00" * 32),
        1,
        id="trust fetch, another fingerprint",
    ),
    pytest.param(with_database, ("trust", "install", "--store", "nss", "--yes"), 0, id="trust install"),
    pytest.param(
        with_trusting_database,
        ("trust", "install", "--store", "nss", "--yes"),
        0,
        id="trust install, nothing to change",
    ),
    pytest.param(
        with_trusting_database, ("trust", "remove", "--store", "nss", "--dry-run"), 0, id="trust remove"
    ),
    pytest.param(with_trusting_database, ("trust", "status", "--store", "nss"), 0, id="trust status"),
    pytest.param(with_database, ("trust", "status", "--store", "nss"), 1, id="trust status, nothing proven"),
    pytest.param(nothing, ("trust", "status", "--store", "nss"), 3, id="trust status, not installed"),
    pytest.param(with_ca, IMAGE, 0, id="image write"),
    pytest.param(set_up, ("image", "write", "out"), 3, id="image write, a proxy on loopback"),
    pytest.param(
        with_ca,
        ("kubernetes", "--proxy", "p.test:1", "--part", "env", "--api-server", "10.0.0.1"),
        0,
        id="kubernetes",
    ),
    pytest.param(set_up, ("kubernetes",), 3, id="kubernetes, a proxy on loopback"),
    pytest.param(with_leaking_image, ("image", "scan", "leak.tar"), 1, id="image scan"),
    pytest.param(nothing, ("image", "scan", "gone.tar"), 3, id="image scan, no file"),
    pytest.param(nothing, ("pool", "show", "images"), 3, id="pool show, nobody to ask"),
    pytest.param(nothing, ("explain", "proxy-refused"), 0, id="explain"),
    pytest.param(nothing, ("explain", "key-weak"), 0, id="explain, a lint"),
    pytest.param(nothing, ("explain", "proxy-refuse"), 2, id="explain, no such code"),
    pytest.param(nothing, ("help", "stat"), 2, id="help, no such verb"),
    pytest.param(nothing, ("version",), 0, id="version"),
    pytest.param(nothing, ("no-such-verb",), 2, id="no such verb"),
]


@pytest.mark.skipif(sys.platform != "linux", reason="the machines are made up for Linux")
@pytest.mark.parametrize(("prepare", "arguments", "status"), CASES)
def test_json(  # noqa: PLR0917 - a row of the table and three fixtures
    machine: Machine,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
    prepare: Callable[[Machine], None],
    arguments: tuple[str, ...],
    status: int,
) -> None:
    prepare(machine)
    capsys.readouterr()
    assert run([*arguments, "--output", "json"]) == status
    seen = fix(capsys.readouterr().out, machine)
    file = SNAPSHOTS / f"{re.sub(r'[^a-z]+', '-', request.node.callspec.id)}.json"
    if not file.exists():
        file.write_text(seen, "utf-8")
        pytest.fail(f"recorded {file.name}: read it, and run this again")
    assert seen == file.read_text("utf-8")


@pytest.mark.parametrize("file", sorted(SNAPSHOTS.glob("*.json")), ids=lambda file: file.stem)
def test_every_key_is_documented(file: Path) -> None:
    document = json.loads(file.read_text("utf-8"))
    shape = {key.strip("`"): kind for key, kind, _ in describe_verb(document["command"])}
    assert sorted(set(find_keys(document["data"], shape)) - shape.keys()) == []


def describe_verb(verb: str) -> Iterator[tuple[str, str, str]]:
    result = load_command(verb).result if verb in VERBS else None
    if result is not None and find_fields(result):
        yield from load_script("json_shape.py").describe(result, "")


def find_keys(value: Any, shape: Mapping[str, str], path: str = "") -> Iterator[str]:
    """The path of every key, as docs/json.md writes it."""
    if isinstance(value, list):
        for each in value:
            yield from find_keys(each, shape, f"{path}[]")
    elif isinstance(value, dict):
        named = shape.get(path, "").startswith("object: name")
        for key, each in value.items():
            inner = f"{path}.{'*' if named else key}".removeprefix(".")
            if not named:
                yield inner
            yield from find_keys(each, shape, inner)


def test_every_snapshot_has_its_case() -> None:
    names = {re.sub(r"[^a-z]+", "-", str(case.id)) for case in CASES}
    assert {path.stem for path in SNAPSHOTS.glob("*.json")} == names


def fix(text: str, machine: Machine) -> str:
    """The document with what is different on every run replaced."""
    document = json.loads(text)
    assert text == json.dumps(document, indent=2) + "\n"
    return re.sub(r'("elapsed": )[0-9.]+', r"\g<1>0.0", json.dumps(_fix(document, machine), indent=2)) + "\n"


def _fix(value: Any, machine: Machine) -> Any:
    if isinstance(value, dict):
        return {_fix(key, machine): _fix(each, machine) for key, each in value.items()}
    if isinstance(value, list):
        kept = (each for each in value if not isinstance(each, dict) or _is_kept(each))
        return [_fix(each, machine) for each in kept]
    if not isinstance(value, str):
        return value
    for path, name in (
        (machine.home, "/home/ada"),
        (machine.programs, "/programs"),
        (sys.executable, "python"),
    ):
        value = value.replace(str(path), name)
    for pattern, word in NOT_FIXED:
        value = re.sub(pattern, word, value)
    return value


def _is_kept(row: dict[str, Any]) -> bool:
    """Of the clients three will do: one that is here, one that is not, and one that no variable reaches."""
    return "coverage" not in row or row["name"] in {"curl", "go", "java"}
