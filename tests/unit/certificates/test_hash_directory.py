from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.certificates.hash_directory import render_hash_directory
from proxyenv.machine.roots import read_public_roots
from support.certificates import Issued, make_ca, make_leaf
from support.machine import require_client

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.certificate import Certificate


def _parsed(*issued: Issued) -> tuple[Certificate, ...]:
    return tuple(parse_certificates(each.der, source="x")[0] for each in issued)


def _rehashed(directory: Path, certificates: tuple[Certificate, ...]) -> dict[str, bytes]:
    """What the links that ``openssl rehash`` makes lead to, by their names."""
    (leaves,) = (render_hash_directory(certificates),)
    by_pem = {leaf.content: leaf for leaf in leaves}
    for certificate in certificates:
        (pem,) = (leaf for leaf in render_hash_directory([certificate]))
        (directory / f"{certificate.fingerprint}.pem").write_bytes(pem.content)
    assert len(by_pem) == len(certificates)
    subprocess.run([require_client("openssl"), "rehash", directory], check=True, capture_output=True)
    links = (path for path in directory.iterdir() if path.is_symlink())
    return {path.name: path.read_bytes() for path in links}


def test_the_names_are_those_of_openssl_for_all_public_roots(tmp_path: Path) -> None:
    roots, _ = read_public_roots()
    leaves = render_hash_directory(roots)
    assert len(leaves) == len(roots) > 100
    assert {leaf.name: leaf.content for leaf in leaves} == _rehashed(tmp_path, roots)


def test_certificates_of_one_name_are_numbered(tmp_path: Path) -> None:
    certificates = _parsed(*(make_ca("Corp Root") for _ in range(12)), make_ca("Other"))
    leaves = render_hash_directory(certificates)
    assert sorted(int(leaf.name[9:]) for leaf in leaves) == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert {leaf.name: leaf.content for leaf in leaves} == _rehashed(tmp_path, certificates)


def test_equal_sets_give_equal_files() -> None:
    one, two = _parsed(make_ca("Corp Root"), make_ca("Corp Root"))
    assert render_hash_directory([one, two]) == render_hash_directory([two, one, two])


def test_a_file_is_a_certificate_and_nothing_else() -> None:
    (leaf,) = render_hash_directory(_parsed(make_ca()))
    assert leaf.content.startswith(b"-----BEGIN CERTIFICATE-----\n")
    assert leaf.content.endswith(b"\n-----END CERTIFICATE-----\n")
    assert leaf.mode == 0o644


def test_openssl_finds_the_issuer_in_it_and_no_other(tmp_path: Path) -> None:
    ours, theirs = make_ca("Corp Root"), make_ca("Corp Root")
    directory = tmp_path / "certs"
    directory.mkdir()
    for leaf in render_hash_directory((*read_public_roots()[0], *_parsed(ours))):
        (directory / leaf.name).write_bytes(leaf.content)
    command = [
        require_client("openssl"),
        "verify",
        "-no-CAfile",
        "-no-CAstore",
        "-CApath",
        os.fspath(directory),
    ]
    statuses = []
    for issuer in (ours, theirs):
        (tmp_path / "leaf.pem").write_bytes(make_leaf(issuer).pem)
        statuses.append(
            subprocess.run([*command, tmp_path / "leaf.pem"], capture_output=True, check=False).returncode
        )
    assert statuses[0] == 0
    assert statuses[1] != 0
