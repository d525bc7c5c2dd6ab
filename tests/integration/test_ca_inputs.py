"""A CA file as people have it: set up, and read the same way by every verb afterwards."""

from __future__ import annotations

import ssl
import subprocess
from typing import TYPE_CHECKING

import certifi
import pytest

from support.certificates import Issued, make_ca, make_crl, make_expired_ca, make_leaf
from support.command import proxyenv
from support.machine import find_program, give_up
from support.tree import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from support.command import Ran


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def ca() -> Issued:
    return make_ca("Corp Root")


@pytest.fixture
def export(ca: Issued, tmp_path: Path) -> Path:
    """What a browser exports of a connection, with more that gathered in it over the years."""
    path = tmp_path / "export.pem"
    leaf, old = make_leaf(ca, "proxy.corp.test"), make_expired_ca("Corp Root")
    with open(certifi.where(), "rb") as public:  # noqa: PTH123 - certifi gives a text
        path.write_bytes(leaf.pem + old.pem + ca.pem + make_crl(ca) + public.read() + ca.pem[:200])
    return path


def setup(home: Path, *arguments: str | Path) -> Ran:
    options = ("--proxy", "localhost:9", "--yes", "--no-check", "--output", "json")
    return proxyenv("setup", *options, *map(str, arguments), home=home)


def corporate(home: Path) -> list[bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(home / ".local/share/proxyenv/corporate-ca.pem")
    return context.get_ca_certs(binary_form=True)


def test_what_is_left_out_is_left_out_for_good(home: Path, export: Path, ca: Issued) -> None:
    assert setup(home, "--ca", export).status == 0
    assert corporate(home) == [ca.der]
    status = proxyenv("status", home=home)
    assert "CN=Corp Root, valid until" in status.out
    assert "ca-changed" not in status.out
    again = setup(home, "--ca", export)
    assert again.json["data"]["changes"] == []
    refreshed = proxyenv("refresh", "--yes", "--no-check", "--output", "json", home=home)
    assert (refreshed.status, refreshed.json["data"]["changes"]) == (0, [])


def test_the_plan_and_discover_name_what_is_left_out(home: Path, export: Path) -> None:
    found = proxyenv("discover", "--ca", str(export), "--output", "json", home=home)
    assert [each["subject"] for each in found.json["data"]["anchors"]] == ["CN=Corp Root"]
    assert [each["code"] for each in found.json["data"]["rejections"]] == [
        "ca-expired",
        "malformed-certificate",
        "not-a-ca",
        "public-root",
        "unexpected-block",
    ]
    shown = proxyenv("setup", "--proxy", "localhost:9", "--ca", str(export), "--yes", "--no-check", home=home)
    assert f"`--ca` ({export}): left out: `CN=proxy.corp.test` in `{export}` is not a CA" in shown.err


def test_a_variable_leads_to_the_same_ca(home: Path, export: Path, ca: Issued) -> None:
    ran = proxyenv(
        "setup", "--proxy", "localhost:9", "--yes", "--no-check", home=home, SSL_CERT_FILE=str(export)
    )
    assert ran.status == 0
    assert corporate(home) == [ca.der]


def test_the_fingerprint_of_the_new_root_is_enough(home: Path, export: Path, ca: Issued) -> None:
    assert setup(home, "--ca", export, "--ca-fingerprint", ca.fingerprint).status == 0
    assert corporate(home) == [ca.der]


def test_the_fingerprint_of_the_old_root_names_the_new_one(home: Path, tmp_path: Path, ca: Issued) -> None:
    old, path = make_expired_ca("Corp Root"), tmp_path / "both.pem"
    path.write_bytes(old.pem + ca.pem)
    (error,) = setup(home, "--ca", path, "--ca-fingerprint", old.fingerprint).json["errors"]
    assert error["code"] == "fingerprint-mismatch"
    assert (
        f"`{old.fingerprint}` is left out: `CN=Corp Root` in `{path}` expired on 2020-12-31"
        in error["message"]
    )
    assert f"its successor is in the input too: `{ca.fingerprint}`" in error["hint"]


def test_a_ca_that_was_found_survives_the_loss_of_its_copy(home: Path, ca: Issued, tmp_path: Path) -> None:
    (tmp_path / "corp.pem").write_bytes(ca.pem)
    given = ("setup", "--proxy", "localhost:9", "--yes", "--no-check")
    assert proxyenv(*given, home=home, SSL_CERT_FILE=str(tmp_path / "corp.pem")).status == 0
    files = home / ".local/share/proxyenv"
    (files / "corporate-ca.pem").unlink()
    assert proxyenv("refresh", "--yes", "--no-check", home=home).status == 0
    assert corporate(home) == [ca.der]


def test_a_refresh_that_would_lose_the_ca_that_was_found_is_refused(
    home: Path, ca: Issued, tmp_path: Path
) -> None:
    (tmp_path / "corp.pem").write_bytes(ca.pem)
    given = ("setup", "--proxy", "localhost:9", "--yes", "--no-check")
    assert proxyenv(*given, home=home, SSL_CERT_FILE=str(tmp_path / "corp.pem")).status == 0
    files = home / ".local/share/proxyenv"
    for name in ("corporate-ca.pem", "ca-bundle.pem"):
        (files / name).unlink()
    before = snapshot(home)
    refused = proxyenv("refresh", "--yes", "--no-check", home=home)
    assert (refused.status, "error[ca-not-found]" in refused.err) == (3, True)
    assert "hint: name it: `proxyenv setup --ca FILE`" in refused.err
    assert snapshot(home) == before


def make_personal_pkcs12(ca: Issued, *, legacy: bool = False) -> bytes:
    """What a person logs in with: a certificate with its key, and the CA, below the password `geheim`."""
    leaf = make_leaf(ca, "ada.corp.test")
    chain = leaf.key_pem + leaf.pem + ca.pem
    ciphers = ("-legacy",) if legacy else ()
    command = [find_program("openssl") or "", "pkcs12", "-export", *ciphers, "-passout", "pass:geheim"]
    return subprocess.run(command, input=chain, capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    "legacy", [pytest.param(False, id="of today"), pytest.param(True, id="with old ciphers")]
)
def test_a_pkcs12_with_a_key_is_refused_and_the_hint_exports_its_ca(
    home: Path, ca: Issued, *, legacy: bool
) -> None:
    (home / "ada.p12").write_bytes(make_personal_pkcs12(ca, legacy=legacy))
    given = ("--ca", "ada.p12", "--ca-password-env", "CORP")
    options = ("--proxy", "localhost:9", "--yes", "--no-check", "--output", "json")
    refused = proxyenv("setup", *options, *given, home=home, CORP="geheim")
    (error,) = refused.json["errors"]
    assert (refused.status, error["code"]) == (3, "unexpected-block")
    assert not (home / ".local/share/proxyenv").exists()
    type_hint(error["hint"], home, "geheim\n")
    assert b"PRIVATE" not in (home / "ca.pem").read_bytes()
    assert setup(home, "--ca", "ca.pem").status == 0
    assert corporate(home) == [ca.der]


def test_a_key_store_of_java_is_refused_and_the_hint_exports_its_ca(home: Path, ca: Issued) -> None:
    keytool = find_program("keytool") or give_up("there is no keytool")
    store: list[str | Path] = [
        keytool,
        "-importcert",
        "-noprompt",
        "-storetype",
        "JKS",
        "-keystore",
        home / "corp.jks",
    ]
    (home / "own.pem").write_bytes(ca.pem)
    command = [*store, "-file", home / "own.pem", "-storepass", "geheim"]
    subprocess.run(command, capture_output=True, check=True)
    (error,) = setup(home, "--ca", "corp.jks").json["errors"]
    type_hint(error["hint"], home, "geheim\n")
    assert setup(home, "--ca", "ca.pem").status == 0
    assert corporate(home) == [ca.der]


def type_hint(hint: str, home: Path, answer: str) -> None:
    """Type the command of a hint, and the password that it asks for; there is no terminal."""
    command = ["/bin/sh", "-c", hint.split("`")[1]]
    done = subprocess.run(
        command, cwd=home, input=answer, capture_output=True, text=True, start_new_session=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_private_key_refuses_all_and_nothing_is_written(home: Path, tmp_path: Path, ca: Issued) -> None:
    path = tmp_path / "corp.pem"
    path.write_bytes(make_ca("Other").pem + ca.pem + ca.key_pem)
    ran = setup(home, "--ca", path)
    assert (ran.status, ran.json["errors"][0]["code"]) == (3, "unexpected-block")
    assert not (home / ".local/share/proxyenv").exists()
