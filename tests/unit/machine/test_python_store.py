"""Where truststore's roots are, and which they are."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from proxyenv.machine.truststore import read_python_store
from support.certificates import make_ca

if TYPE_CHECKING:
    from pathlib import Path

ONE, OTHER = make_ca("One"), make_ca("Other")


def fingerprints(*issued: object) -> frozenset[str]:
    return frozenset(hashlib.sha256(each.der).hexdigest() for each in issued)  # type: ignore[attr-defined]


def test_the_file_and_the_directory_count_together(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_bytes(ONE.pem)
    (tmp_path / "0a1b2c3d.0").write_bytes(OTHER.pem)
    store = read_python_store(tmp_path / "cert.pem", tmp_path, None)
    assert store is not None
    assert store.path == str(tmp_path / "cert.pem")
    assert store.fingerprints == fingerprints(ONE, OTHER)


def test_a_file_that_openssl_would_not_find_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "0a1b2c3d.0").write_bytes(ONE.pem)
    (tmp_path / "other.pem").write_bytes(OTHER.pem)
    store = read_python_store(tmp_path / "cert.pem", tmp_path, None)
    assert store is not None
    assert store.path == str(tmp_path)
    assert store.fingerprints == fingerprints(ONE)


def test_where_openssl_has_nothing_a_well_known_file_serves(tmp_path: Path) -> None:
    (tmp_path / "bundle.pem").write_bytes(b"# roots\n" + ONE.pem + OTHER.pem)
    store = read_python_store(tmp_path / "cert.pem", tmp_path / "certs", tmp_path / "bundle.pem")
    assert store is not None
    assert store.place == f"`{tmp_path / 'bundle.pem'}`"
    assert store.fingerprints == fingerprints(ONE, OTHER)


def test_nowhere_anything(tmp_path: Path) -> None:
    assert read_python_store(tmp_path / "cert.pem", tmp_path / "certs", None) is None


def test_junk_beside_the_blocks_is_no_certificate(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_bytes(
        b"junk\n-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n" + ONE.pem
    )
    store = read_python_store(tmp_path / "cert.pem", tmp_path / "certs", None)
    assert store is not None
    assert store.fingerprints == fingerprints(ONE)
