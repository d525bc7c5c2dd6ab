"""What is said of each defect, by code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from proxyenv.certificates.lint import CertificateUse, lint_certificate, signs_others
from proxyenv.certificates.path import PathRole, find_permitted_host, lint_path
from proxyenv.codes import require_code
from proxyenv.model.inspection import CertificatePath
from support.certificates import make_ca, make_leaf
from support.defects import DEFECTS, make_case

SERVER, BETWEEN, ANCHOR = PathRole.SERVER, PathRole.BETWEEN, PathRole.ANCHOR

SAID = {
    "anchor_is_intermediate": {(ANCHOR, "root-missing")},
    "anchor_is_intermediate_no_aki": {(ANCHOR, "root-missing"), (ANCHOR, "aki-missing")},
    "bare_v3_no_ext": {(ANCHOR, "ca-unmarked"), (ANCHOR, "ski-missing")},
    "bc_ca_false": {(ANCHOR, "bc-false")},
    "bc_missing": {(ANCHOR, "bc-missing")},
    "bc_not_critical": {(ANCHOR, "bc-not-critical")},
    "bc_pathlen0_with_inter": {(ANCHOR, "path-too-long")},
    "eku_client_only": {(ANCHOR, "eku-no-server")},
    "empty_issuer": {(SERVER, "issuer-empty"), (ANCHOR, "issuer-empty")},
    "expired_leaf": {(SERVER, "cert-expired")},
    "expired_root": {(ANCHOR, "cert-expired")},
    "ku_missing": {(ANCHOR, "ku-missing")},
    "ku_no_certsign": {(ANCHOR, "ku-no-cert-sign")},
    "leaf_cn_only": {(SERVER, "san-missing")},
    "leaf_eku_client": {(SERVER, "eku-no-server")},
    "leaf_empty_subject_san_noncrit": {(SERVER, "san-not-critical")},
    "leaf_cert_sign": {(PathRole.SERVER, "ku-sign-not-ca")},
    "leaf_no_aki": {(SERVER, "aki-missing")},
    "leaf_serial_negative": {(SERVER, "serial-negative")},
    "missing_inter": {(SERVER, "issuer-missing")},
    "name_constraints_bad": {(ANCHOR, "name-not-permitted")},
    "name_constraints_exclude_all": {(ANCHOR, "name-not-permitted")},
    "notyet_root": {(ANCHOR, "cert-not-yet-valid")},
    "root_aki_of_another": {(ANCHOR, "aki-wrong")},
    "root_no_ski": {(ANCHOR, "ski-missing")},
    "root_no_ski_leaf_aki_issuer_serial": {(ANCHOR, "ski-missing"), (SERVER, "aki-missing")},
    "root_no_ski_leaf_no_aki": {(ANCHOR, "ski-missing"), (SERVER, "aki-missing")},
    "rsa1024_leaf": {(SERVER, "key-weak")},
    "rsa1024_root": {(ANCHOR, "key-weak")},
    "rsapss_root": {(SERVER, "signature-unusual"), (ANCHOR, "signature-unusual")},
    "secp256k1_root": {(ANCHOR, "key-unusual")},
    "selfsigned_leaf_ca_true": {(ANCHOR, "server-is-ca")},
    "serial_negative": {(ANCHOR, "serial-negative")},
    "sha1_inter": {(BETWEEN, "signature-weak")},
    "sha1_leaf": {(SERVER, "signature-weak")},
    "unknown_critical_ext": {(ANCHOR, "unknown-critical")},
    "v1_root": {(ANCHOR, "version-1")},
}
"""Defect → what is an error in it, and whose certificate it is in. The others have none."""


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_called_by_its_name(name: str) -> None:
    links = lint_path(make_case(name).path, now=datetime.now(UTC))
    found = {(link.role, each.code) for link in links for each in link.findings if each.severity == "error"}
    assert found == SAID.get(name, set())


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("serial_zero", "serial-zero", id="a serial number of zero"),
        pytest.param("serial_21_octets", "serial-long", id="a serial number of 21 octets"),
        pytest.param("sha1_root", "signature-weak-root", id="a root signed with SHA-1"),
        pytest.param("name_constraints_ok", "name-constraints", id="name constraints that allow the host"),
        pytest.param("bc_pathlen0_with_inter", "path-length", id="a path length"),
        pytest.param("leaf_long_10y", "validity-long", id="ten years for a server"),
    ],
)
def test_oddities_that_no_client_refuses_are_linted(name: str, code: str) -> None:
    links = lint_path(make_case(name).path, now=datetime.now(UTC))
    assert code in {each.code for link in links for each in link.findings}
    assert require_code("lints", code).severity in {"warning", "info"}


@pytest.mark.parametrize(
    ("days", "codes"),
    [
        pytest.param(31, set(), id="a month and a day"),
        pytest.param(29, {"cert-expires-soon"}, id="less than a month"),
        pytest.param(-1, {"cert-expired"}, id="yesterday"),
    ],
)
def test_the_end_of_validity(days: int, codes: set[str]) -> None:
    now = datetime.now(UTC)
    ca = make_ca(not_before=now - timedelta(days=99), not_after=now + timedelta(days=days))
    found = lint_certificate(ca.der, CertificateUse(signs=True, anchored=True), now=now)
    assert {each.code for each in found} - {"role"} == codes


def test_a_root_is_called_one_once() -> None:
    found = lint_certificate(make_ca().der, CertificateUse(signs=True, anchored=True), now=datetime.now(UTC))
    assert [each.message for each in found if each.code == "role"] == ["a root"]


def test_an_expired_certificate_is_said_with_its_date() -> None:
    ca = make_ca(not_before=datetime(2020, 1, 1, tzinfo=UTC), not_after=datetime(2020, 12, 31, tzinfo=UTC))
    found = lint_certificate(ca.der, CertificateUse(signs=True, anchored=True), now=datetime.now(UTC))
    assert "it has expired: on 2020-12-31" in {each.message for each in found}


@pytest.mark.parametrize("name", ["good", "bc_ca_false", "bc_missing", "ku_no_certsign", "v1_root"])
def test_a_root_is_taken_for_one_whatever_it_says(name: str) -> None:
    assert signs_others(make_case(name).path.anchors[0])


@pytest.mark.parametrize("name", ["good", "leaf_no_bc", "leaf_cn_only", "leaf_no_eku", "selfsigned_leaf"])
def test_a_server_is_taken_for_one_whatever_it_lacks(name: str) -> None:
    assert not signs_others(make_case(name).path.sent[0])


def test_a_signature_by_another_key_of_the_same_name_is_seen() -> None:
    old, new = make_ca("Corp CA"), make_ca("Corp CA")
    path = make_case("good").path
    path = type(path)((make_leaf(new, "localhost").der,), (old.der,), "localhost")
    (link,) = lint_path(path, now=datetime.now(UTC))
    assert "signature-wrong" in {each.code for each in link.findings}


def test_a_host_that_name_constraints_allow() -> None:
    assert find_permitted_host(_alone("name_constraints_ok")) == "host.example.test"
    assert find_permitted_host(_alone("good")) == "localhost"


def test_root_that_excludes_every_host_is_reported() -> None:
    path = _alone("name_constraints_exclude_all")
    links = lint_path(replace(path, host=find_permitted_host(path)), now=datetime.now(UTC))
    assert "name-not-permitted" in {each.code for link in links for each in link.findings}


def _alone(name: str) -> CertificatePath:
    """The anchors of a defect, without a server."""
    return CertificatePath((), make_case(name).path.anchors, "")
