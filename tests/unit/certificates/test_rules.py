"""The rules against what the real clients said to the same defects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pytest

from proxyenv.certificates.path import lint_path
from proxyenv.certificates.rules import RULES, judge
from proxyenv.codes import read_family
from proxyenv.model.inspection import RUNTIMES
from support.defects import DEFECTS, make_case

EVERYBODY: Final = {"expired_leaf", "leaf_eku_client", "missing_inter"}
OPENSSL: Final = EVERYBODY | {
    *("bare_v3_no_ext", "bc_ca_false", "bc_pathlen0_with_inter", "eku_client_only", "expired_root"),
    *(
        "ku_no_certsign",
        "name_constraints_bad",
        "name_constraints_exclude_all",
        "notyet_root",
        "sha1_inter",
        "sha1_leaf",
        "unknown_critical_ext",
    ),
}
WEAK: Final = {"rsa1024_leaf", "rsa1024_root"}
STRICT: Final = {
    *("bc_missing", "bc_not_critical", "empty_issuer", "ku_missing", "leaf_empty_subject_san_noncrit"),
    *(
        "leaf_cert_sign",
        "leaf_no_aki",
        "root_no_ski",
        "root_no_ski_leaf_aki_issuer_serial",
        "root_no_ski_leaf_no_aki",
        "v1_root",
    ),
}
BROKEN_OFF: Final = {"anchor_is_intermediate", "anchor_is_intermediate_no_aki", "root_aki_of_another"}
REFUSED: Final = {
    "python3.12": OPENSSL | WEAK | BROKEN_OFF,
    "python3.13": OPENSSL | WEAK | STRICT,
    "openssl-strict": OPENSSL | WEAK | STRICT | BROKEN_OFF,
    "go": OPENSSL
    | {
        "bc_missing",
        "leaf_cn_only",
        "leaf_serial_negative",
        "rsapss_root",
        "secp256k1_root",
        "serial_negative",
    },
    "node": OPENSSL | WEAK | BROKEN_OFF | {"secp256k1_root"},
    "java": EVERYBODY
    | {
        *("bare_v3_no_ext", "bc_ca_false", "bc_missing", "empty_issuer", "ku_no_certsign"),
        *("leaf_empty_subject_san_noncrit", "secp256k1_root"),
    },
    "rustls": EVERYBODY
    | WEAK
    | {
        *("leaf_cn_only", "name_constraints_bad", "name_constraints_exclude_all"),
        *("rsapss_root", "secp256k1_root", "selfsigned_leaf_ca_true"),
        *("sha1_inter", "sha1_leaf"),
    },
}
"""Runtime → the defects that the real one refused: Python 3.12 and 3.13, OpenSSL 3.0, Go 1.27, Node 24,
Java 17 and uv. `ku_no_certsign` and the like are told apart by the lint, not here."""


@pytest.mark.parametrize("runtime", REFUSED)
def test_the_rules_say_what_the_client_said(runtime: str) -> None:
    now = datetime.now(UTC)
    found = {
        name for name in DEFECTS if judge(runtime, lint_path(make_case(name).path, now=now)).answer != "ok"
    }
    assert found == REFUSED[runtime]


def test_every_runtime_has_rules_and_every_rule_a_lint() -> None:
    assert RULES.keys() == {name for name, _ in RUNTIMES}
    assert {rule.code for rules in RULES.values() for rule in rules} <= read_family("lints").keys()


def test_unmeasured_on_macos_is_unknown() -> None:
    links = lint_path(make_case("bc_not_critical").path, now=datetime.now(UTC))
    verdict = judge("macos", links)
    assert (verdict.answer, verdict.message) == (
        "unknown",
        "not measured on macOS: its basicConstraints are not marked critical",
    )
