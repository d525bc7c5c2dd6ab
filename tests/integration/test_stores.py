"""Real trust stores: Debian's, an NSS database, a JDK's; each with its own client, and all put back.

The system's directories are overlaid in a mount namespace of the test's own, so nothing of the machine
is written.
"""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.certificates.bundle import render_pem
from proxyenv.certificates.certificate import parse_certificates
from support.certificates import make_ca, make_leaf
from support.child import in_child
from support.command import proxyenv
from support.machine import in_ci, require_client
from support.mounts import needs_mounts, overlay, own_mounts
from support.origins import OriginServer
from support.tree import Node, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.certificates import Issued

SYSTEM: Final = ("/etc", "/usr/local/share", "/var/lib")
"""What Debian's tool writes below, and its hooks."""

LOOKED_AT: Final = ("/etc/ssl", "/etc/ca-certificates", "/usr/local/share/ca-certificates")

NOTHING_SET: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}

FETCH: Final = """
public class Fetch {
    public static void main(String[] arguments) throws Exception {
        var connection = new java.net.URI(arguments[0]).toURL().openConnection();
        System.out.write(connection.getInputStream().readAllBytes());
        System.out.flush();
    }
}
"""


@dataclass(frozen=True)
class Place:
    """A home in which a CA is set up, and an origin that has a certificate of this CA."""

    home: Path
    ca: Issued
    url: str
    port: int

    def run(self, *arguments: str, status: int = 0, **variables: str) -> str:
        done = proxyenv(*arguments, home=self.home, **variables)
        assert done.status == status, done.out + done.err
        return done.out + done.err


def _server(ca: Issued, directory: Path) -> ssl.SSLContext:
    leaf = make_leaf(ca, "localhost")
    (directory / "leaf.pem").write_bytes(leaf.pem + leaf.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "leaf.pem")
    return context


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    home = tmp_path / "home"
    home.mkdir()
    ca = make_ca("Corp Root")
    (home / "corp.pem").write_bytes(ca.pem)
    with OriginServer(_server(ca, tmp_path)) as origin:
        here = Place(home, ca, f"https://localhost:{origin.port}/uuid", origin.port)
        here.run("setup", "--proxy", "localhost:9", "--ca", str(home / "corp.pem"), "--no-check", "--yes")
        yield here


@pytest.fixture
def database(place: Place) -> Path:
    """Chromium's database, as NSS makes it."""
    directory = place.home / ".pki/nssdb"
    directory.mkdir(parents=True)
    subprocess.run(
        [require_client("certutil"), "-N", "-d", f"sql:{directory}", "--empty-password"], check=True
    )
    return directory


def _machine() -> dict[str, dict[str, Node]]:
    return {directory: snapshot(Path(directory)) for directory in LOOKED_AT}


def _succeeds(*command: str | Path, **variables: str) -> bool:
    done = subprocess.run(
        command,
        env={**NOTHING_SET, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode == 0


def _curl(place: Place) -> bool:
    return _succeeds(require_client("curl"), "--fail", "--silent", "--noproxy", "*", place.url)


def _openssl(place: Place) -> bool:
    return _succeeds(
        require_client("openssl"), "s_client", "-connect", f"localhost:{place.port}",
        "-servername", "localhost", "-verify_return_error", "-verify_hostname", "localhost",
    )  # fmt: skip


def _nss(place: Place, database: Path) -> bool:
    return _succeeds(
        require_client("tstclnt"),
        "-4",
        "-h",
        "localhost",
        "-p",
        str(place.port),
        "-d",
        f"sql:{database}",
        "-Q",
    )


def _java(place: Place, *options: str) -> bool:
    source = place.home.parent / "Fetch.java"
    source.write_text(FETCH)
    return _succeeds(require_client("java"), *options, source, place.url)


def _in_own_machine(room: Path, act: Callable[[], None]) -> None:
    """Run *act* in a fork that may write to the system's directories; nobody else sees it."""
    room.mkdir()

    def run() -> str:
        own_mounts()
        overlay(room, *SYSTEM)
        act()
        return ""

    in_child(run)


@pytest.mark.slow
@needs_mounts
def test_debians_store_gets_the_ca_and_is_as_before_when_it_goes(place: Place, tmp_path: Path) -> None:
    require_client("update-ca-certificates")

    def act() -> None:
        before = _machine()
        assert (_curl(place), _openssl(place)) == (False, False)
        said = place.run("trust", "install", "--store", "system", "--yes")
        assert "run     /usr/sbin/update-ca-certificates\n" in said
        assert (_curl(place), _openssl(place)) == (True, True)
        assert place.run("trust", "status", "--store", "system").startswith("ok ")
        place.run("trust", "remove", "--store", "system", "--yes")
        assert (_curl(place), _openssl(place)) == (False, False)
        assert _machine() == before

    _in_own_machine(tmp_path / "room", act)


@pytest.mark.slow
@needs_mounts
def test_without_a_receipt_debians_store_keeps_the_cas_of_others(place: Place, tmp_path: Path) -> None:
    require_client("update-ca-certificates")
    other = parse_certificates(make_ca("Other Root").pem, source="other")[0]
    stored = Path(f"/usr/local/share/ca-certificates/proxyenv-{other.fingerprint[:16]}.crt")
    without = ("uninstall", "--without-receipt", "--yes")

    def act() -> None:
        stored.write_bytes(render_pem(other.der))
        subprocess.run(["/usr/sbin/update-ca-certificates"], env=NOTHING_SET, check=True, capture_output=True)
        before = _machine()
        place.run("trust", "install", "--store", "system", "--yes")
        (place.home / ".local/state/proxyenv/receipt.json").unlink()
        said = place.run(*without)
        assert f"`{stored}` stays: no file of this installation has its CA\n" in said
        assert "system store (Debian family) loses the CA" in said
        assert _machine()["/usr/local/share/ca-certificates"] == before["/usr/local/share/ca-certificates"]
        assert not _curl(place)
        assert "of the corporate CA" not in place.run(*without)
        assert stored.exists()

    _in_own_machine(tmp_path / "room", act)


@in_ci
@pytest.mark.slow
@needs_mounts
def test_what_debians_tool_makes_a_link_is_a_file_again_when_the_ca_goes(
    place: Place, tmp_path: Path
) -> None:
    require_client("update-ca-certificates")

    def act() -> None:
        other = make_ca("Provisioned Root")
        Path("/usr/local/share/ca-certificates/An (odd), name.crt").write_bytes(other.pem)
        copied = Path("/etc/ssl/certs/An_=odd=__name.pem")
        subprocess.run(["/usr/sbin/update-ca-certificates"], env=NOTHING_SET, check=True, capture_output=True)
        copied.unlink()
        copied.write_bytes(other.pem)
        copied.chmod(0o640)
        before = _machine()
        place.run("trust", "install", "--store", "system", "--yes")
        assert copied.is_symlink()
        place.run("trust", "remove", "--store", "system", "--yes")
        assert _machine() == before

    _in_own_machine(tmp_path / "room", act)


@in_ci
@pytest.mark.slow
@needs_mounts
def test_debians_store_keeps_what_an_administrator_adds_meanwhile(place: Place, tmp_path: Path) -> None:
    require_client("update-ca-certificates")
    other = make_ca("Another Root")

    def act() -> None:
        place.run("trust", "install", "--store", "system", "--yes")
        Path("/usr/local/share/ca-certificates/other.crt").write_bytes(other.pem)
        subprocess.run(["/usr/sbin/update-ca-certificates"], env=NOTHING_SET, check=True, capture_output=True)
        place.run("trust", "remove", "--store", "system", "--yes")
        assert not _curl(place)
        bundle = Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()
        assert other.pem in bundle
        assert place.ca.pem not in bundle
        names = {path.name for path in Path("/etc/ssl/certs").iterdir()}
        assert {name for name in names if "proxyenv" in name} == set()
        dangling = [
            path for path in Path("/etc/ssl/certs").iterdir() if path.is_symlink() and not path.exists()
        ]
        assert dangling == []

    _in_own_machine(tmp_path / "room", act)


@pytest.mark.slow
@needs_mounts
def test_a_jdk_gets_the_ca_and_is_as_before_when_it_goes(place: Place, tmp_path: Path) -> None:
    require_client("keytool")

    def act() -> None:
        before = _machine()
        assert not _java(place)
        place.run("trust", "install", "--store", "java", "--yes")
        assert _java(place)
        assert not _curl(place)
        place.run("trust", "remove", "--store", "java", "--yes")
        assert not _java(place)
        assert _machine() == before

    _in_own_machine(tmp_path / "room", act)


@pytest.mark.slow
def test_java_accepts_the_origin_with_the_pkcs12_that_setup_wrote(place: Place) -> None:
    store = place.home / ".local/share/proxyenv/ca-bundle.p12"
    assert not _java(place)
    assert _java(place, f"-Djavax.net.ssl.trustStore={store}")


def test_an_nss_database_gets_the_ca_and_is_as_before_when_it_goes(place: Place, database: Path) -> None:
    before = snapshot(database)
    assert not _nss(place, database)
    place.run("trust", "install", "--store", "nss", "--yes")
    assert _nss(place, database)
    place.run("trust", "remove", "--store", "nss", "--yes")
    assert not _nss(place, database)
    assert snapshot(database) == before


def test_an_nss_database_keeps_what_a_browser_adds_meanwhile(place: Place, database: Path) -> None:
    other = make_ca("Another Root")
    certutil = require_client("certutil")
    place.run("trust", "install", "--store", "nss", "--yes")
    subprocess.run(
        [certutil, "-A", "-d", f"sql:{database}", "-n", "other", "-t", "C,,", "-a"],
        input=other.pem,
        check=True,
    )
    place.run("trust", "remove", "--store", "nss", "--yes")
    assert not _nss(place, database)
    listed = subprocess.run(
        [certutil, "-L", "-d", f"sql:{database}"], capture_output=True, text=True, check=True
    )
    assert "other" in listed.stdout
    assert "proxyenv" not in listed.stdout


def test_uninstall_empties_the_stores_too(place: Place, database: Path) -> None:
    before = snapshot(database)
    place.run("trust", "install", "--store", "nss", "--yes")
    place.run("uninstall", "--yes")
    assert not _nss(place, database)
    assert snapshot(database) == before
    assert sorted(path.name for path in place.home.iterdir()) == [".pki", "corp.pem"]


def test_installing_a_second_time_changes_nothing(place: Place, database: Path) -> None:
    place.run("trust", "install", "--store", "nss", "--yes")
    before = snapshot(database)
    assert "nothing to change" in place.run("trust", "install", "--store", "nss", "--yes")
    assert snapshot(database) == before


def test_a_store_that_trusts_the_ca_already_stays_as_it_is(place: Place, database: Path) -> None:
    alias = f"proxyenv-{place.ca.fingerprint[:16]}"
    command = [require_client("certutil"), "-A", "-d", f"sql:{database}", "-n", alias, "-t", "C,,", "-a"]
    subprocess.run(command, input=place.ca.pem, check=True)
    before = snapshot(database)
    assert "which proxyenv did not add" in place.run("trust", "install", "--store", "nss", "--yes")
    place.run("trust", "remove", "--store", "nss", "--yes")
    assert snapshot(database) == before


def test_a_dry_run_shows_the_exact_commands_and_touches_nothing(place: Place, database: Path) -> None:
    before = snapshot(place.home)
    said = place.run("trust", "install", "--store", "nss", "--dry-run")
    alias = f"proxyenv-{place.ca.fingerprint[:16]}"
    assert f"run     {require_client('certutil')} -A -d sql:{database} -n {alias} -t C,, -a < " in said
    assert f"verify  {require_client('certutil')} -V -d sql:{database} -n {alias} -u L" in said
    assert snapshot(place.home) == before


def test_a_tool_that_lies_is_found_out_and_the_database_is_put_back(place: Place, database: Path) -> None:
    lying = place.home.parent / "bin"
    lying.mkdir()
    real = require_client("certutil")
    (lying / "certutil").write_text(f'#!/bin/sh\n[ "$1" = -A ] && exit 0\nexec {real} "$@"\n')
    (lying / "certutil").chmod(0o755)
    before = snapshot(place.home)
    said = place.run("trust", "install", "--store", "nss", "--yes", status=3, PATH=f"{lying}:/usr/bin:/bin")
    assert "error[store-failed]" in said
    assert "does not trust the CA although its tool reported success" in said
    assert snapshot(place.home) == before


def test_a_rotation_leaves_the_old_ca_nowhere(place: Place, database: Path) -> None:
    place.run("trust", "install", "--store", "nss", "--yes")
    new = make_ca("Corp Root 2")
    (place.home / "corp.pem").write_bytes(new.pem)
    said = place.run("status", status=1)
    assert (
        f"`CN=Corp Root 2` ({new.fingerprint[:16]}…) came, `CN=Corp Root` ({place.ca.fingerprint[:16]}…) went"
        in said
    )
    said = place.run("refresh", "--no-check", "--yes")
    assert f"CA goes  CN=Corp Root, SHA-256 {place.ca.fingerprint[:16]}…: no longer trusted" in said
    said = place.run("status", status=1)
    assert "holds a CA that is no longer set up" in said
    place.run("trust", "install", "--store", "nss", "--yes")
    place.run("status")
    assert not _nss(place, database)
    copies = place.home / ".local/state/proxyenv"  # which `rollback` restores, and nothing reads
    for path in place.home.rglob("*"):
        if path.is_file() and copies not in path.parents:
            content = path.read_bytes()
            assert place.ca.der not in content, path
            assert base64.b64encode(place.ca.der)[:60] not in content.replace(b"\n", b""), path
            assert place.ca.fingerprint.encode() not in content, path


def test_the_roots_of_the_system_are_what_the_bundle_starts_from_when_asked(place: Place) -> None:
    def roots() -> tuple[int, str]:
        data = place.home / ".local/share/proxyenv"
        text = (data / "ca-bundle.pem").read_text()
        count = text.count("-----BEGIN CERTIFICATE-----")
        assert count == len(list((data / "certs").iterdir()))
        return count, text.splitlines()[0]

    bundle = Path("/etc/ssl/certs/ca-certificates.crt")
    if not bundle.is_file():
        pytest.skip("not Debian or its kin")
    count, title = roots()
    assert title.startswith("# public roots (certifi 20")
    place.run("setup", "--base", "system", "--no-check", "--yes")
    shipped = len(set(bundle.read_text().split("-----BEGIN CERTIFICATE-----")[1:]))
    assert roots() == (shipped + 1, f"# public roots ({bundle}) and corporate CAs")
    assert f"made from {bundle}" in place.run("status")
    place.run("refresh", "--no-check", "--yes")
    assert roots()[0] == shipped + 1, "the choice is saved"
    place.run("setup", "--base", "both", "--no-check", "--yes")
    assert roots()[0] > max(shipped, count)
    place.run("setup", "--base", "certifi", "--no-check", "--yes")
    assert roots() == (count, title)


def test_status_asks_for_a_refresh_when_the_roots_of_the_system_have_changed(place: Place) -> None:
    place.run("setup", "--base", "system", "--no-check", "--yes")
    receipt = place.home / ".local/state/proxyenv/receipt.json"
    record = json.loads(receipt.read_text())
    receipt.write_text(json.dumps({**record, "system": "00" * 32}))
    assert "system-store-changed" in place.run("status", status=1)
