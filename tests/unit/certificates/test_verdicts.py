"""What each Python says to the CAs of a bundle: worked out by rule, and read from a receipt."""

from __future__ import annotations

from typing import Final

import pytest

from proxyenv.certificates.inspection import judge_cas
from proxyenv.certificates.verdicts import judge_records, list_versions
from proxyenv.model.receipt import AnchorRecord
from proxyenv.model.report import Outcome
from support.certificates import make_ca, make_expired_ca
from support.defects import make_case
from support.growth import is_linear, soon

VERSIONS: Final = ("3.11", "3.12", "3.13", "3.14")


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [
        pytest.param("good", ("", "", "", ""), id="a sound root"),
        pytest.param(
            "bc_not_critical", ("", "", "bc-not-critical", "bc-not-critical"), id="strict from 3.13 on"
        ),
        pytest.param("rsa1024_root", ("key-weak",) * 4, id="a short key"),
        pytest.param("anchor_is_intermediate", ("root-missing", "root-missing", "", ""), id="a lone issuer"),
        pytest.param("expired_root", ("", "", "", ""), id="dates are told by the dates"),
    ],
)
def test_a_ca_is_judged_by_rule(name: str, verdicts: tuple[str, ...]) -> None:
    (anchor,) = make_case(name).path.anchors
    assert judge_cas([anchor], VERSIONS) == {anchor: tuple(zip(VERSIONS, verdicts, strict=True))}


def test_the_path_of_a_ca_leads_through_the_others() -> None:
    root = make_ca("Root")
    issuing = make_ca("Issuing", issuer=root)
    found = judge_cas([issuing.der, root.der, make_expired_ca().der], ("3.12",))
    assert set(found.values()) == {(("3.12", ""),)}


def test_a_damaged_copy_is_told_from_a_lone_one() -> None:
    root = make_ca("Root")
    issuing = make_ca("Issuing", issuer=root).der
    damaged = issuing[:-1] + bytes([issuing[-1] ^ 1])
    assert judge_cas([damaged, root.der], ("3.12", "3.13"))[damaged] == (
        ("3.12", "signature-wrong"),
        ("3.13", ""),
    )


def test_the_newest_lenient_python_is_always_judged() -> None:
    assert list_versions(("3.13",), ("3.14", "3.9")) == ("3.9", "3.12", "3.13", "3.14")
    assert list_versions((), ()) == ("3.12",)


def record(fingerprint: str, **verdicts: str) -> AnchorRecord:
    named = {f"3.{name[1:]}": code for name, code in verdicts.items()}
    return AnchorRecord(
        fingerprint * 32, f"CN={fingerprint}", "2030-01-01T00:00:00+00:00", tuple(named.items())
    )


def test_a_python_that_refuses_the_only_ca_is_a_no() -> None:
    anchors = (record("ab", v12="", v13="bc-not-critical"),)
    assert tuple(judge_records(anchors, ("3.13",))) == (
        Outcome(
            "ca [abababababababab, Python 3.13]",
            "failed",
            "ca-rejected",
            "CN=ab: Python 3.13, which runs your flows, refuses it: "
            "its basicConstraints are not marked critical",
            "ask IT to reissue it with `basicConstraints = critical, CA:TRUE` (it has them without "
            "`critical`); until then use Python 3.12, which accepts it",
        ),
    )
    assert tuple(judge_records(anchors, ("3.12",))) == ()


def test_a_version_that_was_named_is_judged_beside_it() -> None:
    anchors = (record("ab", v11="key-weak", v12="key-weak", v13="key-weak"),)
    found = tuple(judge_records(anchors, ("3.11",), ("3.13", "3.11")))
    assert [(each.check, each.status, each.detail) for each in found] == [
        (
            "ca [abababababababab, Python 3.11]",
            "failed",
            "CN=ab: Python 3.11, which runs your flows, refuses it: its key is too weak",
        ),
        (
            "ca [abababababababab, Python 3.13]",
            "failed",
            "CN=ab: Python 3.13, named by `--target-python`, refuses it: its key is too weak",
        ),
    ]
    assert {each.hint for each in found} == {"ask IT to reissue it with RSA of at least 2048 bits, or P-256"}


def test_one_good_ca_makes_the_others_a_warning() -> None:
    anchors = (record("ab", v11="root-missing", v12="root-missing"), record("cd", v11="", v12=""))
    (found,) = judge_records(anchors, ("3.11",))
    assert (found.status, found.cause) == ("warning", "ca-without-root")


def test_the_root_that_is_missing_is_named() -> None:
    anchor = record("ab", v11="root-missing", v12="root-missing")._replace(issuer="CN=Corp Root")
    (found,) = judge_records((anchor,), ("3.11",))
    assert found.hint == "ask IT for the root `CN=Corp Root`, and give it too with `--ca FILE`"


def make_namesakes(count: int) -> list[bytes]:
    """CAs of one name, none of which any of them has signed."""
    made = (make_ca("Root").der for _ in range(count))
    return [der[:-1] + bytes([der[-1] ^ 1]) for der in made]


def test_many_cas_of_one_name_are_judged_in_linear_time() -> None:
    assert is_linear(lambda ders: judge_cas(ders, ("3.12",)), make_namesakes, 50)


def make_chain(length: int) -> list[bytes]:
    """CAs of which each issued the one before."""
    made = [make_ca(f"CA {length}")]
    while len(made) < length:
        made.append(make_ca(f"CA {length - len(made)}", issuer=made[-1]))
    return [each.der for each in reversed(made)]


def test_many_cas_that_issued_each_other_are_judged_soon() -> None:
    ders = make_chain(400)
    with soon(3):
        found = judge_cas(ders, ("3.12", "3.13"))
    assert [found[ders[place]] for place in (0, 299, 300, 399)] == [
        (("3.12", "root-missing"), ("3.13", "")),
        (("3.12", "root-missing"), ("3.13", "")),
        (("3.12", ""), ("3.13", "")),
        (("3.12", ""), ("3.13", "")),
    ]
