"""What each Python says to each defect, by handshakes of this one with itself."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from proxyenv.checks import forecast as trials
from proxyenv.checks.forecast import forecast
from proxyenv.model.inspection import RUNTIMES, CertificatePath
from support.defects import DEFECTS, HOST, LEAF, ROOT, make, make_case

if TYPE_CHECKING:
    from pathlib import Path

SUBJECT_KEY_IDENTIFIER, AUTHORITY_KEY_IDENTIFIER = "551d0e", "551d23"

WEAK_DIGEST = "certificate verify failed: CA signature digest algorithm too weak"
NO_ISSUER = "certificate verify failed: unable to get issuer certificate"
NO_AKI = "certificate verify failed: Missing Authority Key Identifier"

EVERY_PYTHON = {
    "bare_v3_no_ext": "certificate verify failed: invalid CA certificate",
    "bc_ca_false": "certificate verify failed: invalid CA certificate",
    "bc_pathlen0_with_inter": "certificate verify failed: path length constraint exceeded",
    "eku_client_only": "certificate verify failed: unsuitable certificate purpose",
    "expired_leaf": "certificate verify failed: certificate has expired",
    "expired_root": "certificate verify failed: certificate has expired",
    "ku_no_certsign": "certificate verify failed: invalid CA certificate",
    "leaf_eku_client": "certificate verify failed: unsuitable certificate purpose",
    "missing_inter": "certificate verify failed: unable to get local issuer certificate",
    "name_constraints_bad": "certificate verify failed: permitted subtree violation",
    "name_constraints_exclude_all": "certificate verify failed: excluded subtree violation",
    "notyet_root": "certificate verify failed: certificate is not yet valid",
    "rsa1024_leaf": "certificate verify failed: EE certificate key too weak",
    "rsa1024_root": "certificate verify failed: CA certificate key too weak",
    "sha1_inter": WEAK_DIGEST,
    "sha1_leaf": WEAK_DIGEST,
    "unknown_critical_ext": "certificate verify failed: unhandled critical extension",
}
OLD_PYTHON = EVERY_PYTHON | {
    "anchor_is_intermediate": NO_ISSUER,
    "anchor_is_intermediate_no_aki": NO_ISSUER,
    "root_aki_of_another": NO_ISSUER,
}
NEW_PYTHON = EVERY_PYTHON | {
    "bc_missing": "certificate verify failed: invalid CA certificate",
    "bc_not_critical": "certificate verify failed: Basic Constraints of CA cert not marked critical",
    "empty_issuer": "certificate verify failed: Issuer name empty",
    "ku_missing": "certificate verify failed: CA cert does not include key usage extension",
    "leaf_empty_subject_san_noncrit": (
        "certificate verify failed: Subject empty and Subject Alt Name extension not critical"
    ),
    "leaf_cert_sign": "certificate verify failed: Key usage keyCertSign invalid for non-CA cert",
    "leaf_no_aki": NO_AKI,
    "root_no_ski": "certificate verify failed: Missing Subject Key Identifier",
    "root_no_ski_leaf_aki_issuer_serial": NO_AKI,
    "root_no_ski_leaf_no_aki": NO_AKI,
    "v1_root": "certificate verify failed: invalid CA certificate",
}


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, str]]:
    """Defect → runtime → what it says; nothing where it says yes."""
    paths = [make_case(name).path for name in DEFECTS]
    found = forecast(paths, environment={}, now=datetime.now(UTC), progress=lambda _: None)
    return {
        name: {each.runtime: each.message for each in answer.verdicts if each.answer == "fail"}
        for name, answer in zip(DEFECTS, found, strict=True)
    }


@pytest.mark.parametrize("name", DEFECTS)
@pytest.mark.parametrize("runtime", ["python3.11", "python3.12", "python3.13"])
def test_a_python_says_what_it_says(answers: dict[str, dict[str, str]], runtime: str, name: str) -> None:
    expected = NEW_PYTHON if runtime == "python3.13" else OLD_PYTHON
    assert answers[name].get(runtime) == expected.get(name)


@pytest.mark.parametrize(
    ("name", "runtimes"),
    [
        pytest.param("good", set(), id="a sound root"),
        pytest.param("bc_not_critical", {"python3.13", "openssl-strict"}, id="the most frequent defect"),
        pytest.param("name_constraints_ok", set(), id="a root for some names only"),
        pytest.param("name_constraints_bad", set(), id="a root for other names: its own are tried"),
        pytest.param("sha1_root", set(), id="a root signed by SHA-1"),
        pytest.param("ed25519_root", set(), id="a root with an Ed25519 key"),
        pytest.param("serial_negative", {"go"}, id="a root with a negative serial number"),
        pytest.param("v1_root", {"python3.13", "openssl-strict"}, id="a root of version 1"),
        pytest.param(
            "anchor_is_intermediate",
            {"python3.11", "python3.12", "openssl", "openssl-strict", "node"},
            id="an intermediate without its root",
        ),
    ],
)
def test_a_root_alone_is_tried_below_a_sound_certificate(name: str, runtimes: set[str]) -> None:
    path = CertificatePath((), make_case(name).path.anchors, "")
    (found,) = forecast([path], environment={}, now=datetime.now(UTC), progress=lambda _: None)
    assert {each.runtime for each in found.verdicts if each.answer == "fail"} == runtimes


def test_every_runtime_gets_an_answer_and_its_evidence() -> None:
    path = make_case("good").path
    (found,) = forecast([path], environment={}, now=datetime.now(UTC), progress=lambda _: None)
    assert tuple(each.runtime for each in found.verdicts) == tuple(name for name, _ in RUNTIMES)
    evidence = {each.runtime: each.evidence for each in found.verdicts}
    assert evidence["python3.13"].startswith("a TLS handshake in memory with OpenSSL")
    assert evidence["java"] == "by rule"


def test_the_mirror_keeps_a_wrong_signature_wrong() -> None:
    """The CA was rotated under its name, and nothing but the signature tells."""
    rotated = replace(ROOT, key="rotated", drop=(SUBJECT_KEY_IDENTIFIER,))
    old = make(replace(ROOT, drop=(SUBJECT_KEY_IDENTIFIER,)), ROOT, is_ca=True)
    leaf = make(replace(LEAF, drop=(AUTHORITY_KEY_IDENTIFIER,)), rotated, is_ca=False)
    path = CertificatePath((leaf,), (old,), HOST)
    (found,) = forecast([path], environment={}, now=datetime.now(UTC), progress=lambda _: None)
    verdicts = {each.runtime: each for each in found.verdicts}
    assert verdicts["python3.12"].message == "certificate verify failed: certificate signature failure"
    assert {each.answer for each in found.verdicts} == {"fail"}


def test_what_no_mirror_can_be_made_of_is_answered_by_rule() -> None:
    case = make_case("bc_not_critical")
    damaged = case.path.anchors[0].replace(
        bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d01017f")
    )
    path = CertificatePath((), (damaged,), "")
    (found,) = forecast([path], environment={}, now=datetime.now(UTC), progress=lambda _: None)
    verdicts = {each.runtime: each for each in found.verdicts}
    assert verdicts["python3.13"].evidence.startswith("by rule; not tried: ")


def test_when_the_time_is_over_the_rest_is_judged_by_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "_SECONDS", 0)
    path = make_case("ku_missing").path
    (found,) = forecast([path], environment={}, now=datetime.now(UTC), progress=lambda _: None)
    assert {each.evidence for each in found.verdicts} == {"by rule; not tried: the 120 s for trials are over"}
    assert {each.runtime: each.answer for each in found.verdicts}["python3.13"] == "fail"


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script of sh")
@pytest.mark.parametrize(
    ("ends", "said"), [("exit 3", "it ended with status 3"), ("exec /bin/sleep 60", "cannot be asked")]
)
def test_a_program_that_gives_no_answer_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: str, said: str
) -> None:
    monkeypatch.setattr(trials, "_AT_ONCE", 1)
    monkeypatch.setattr(trials, "_SECONDS", 3)
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/log\n{ends}\n")
    node.chmod(0o755)
    environment, lines = {"PATH": f"{tmp_path}"}, list[str]()
    path = make_case("ku_missing").path
    found = forecast([path, path], environment=environment, now=datetime.now(UTC), progress=lines.append)
    assert (tmp_path / "log").read_text() == "asked\n"
    assert [said in line for line in lines] == [False, True]
    assert {each.runtime: each.evidence for each in found[1].verdicts}["node"].startswith("by rule")
