from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from proxyenv.errors import DiscoveryError
from proxyenv.machine.roots import SystemRoots, parse_system_roots, read_system_roots
from support.certificates import make_ca

if TYPE_CHECKING:
    from pathlib import Path

linux_only = pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="elsewhere the store is no file")

ONE, TWO = make_ca("One"), make_ca("Two")


@linux_only
def test_the_first_bundle_that_exists_is_the_store(tmp_path: Path) -> None:
    (tmp_path / "second.pem").write_bytes(ONE.pem)
    (tmp_path / "third.pem").write_bytes(TWO.pem)
    roots = read_system_roots(tmp_path / name for name in ("first.pem", "second.pem", "third.pem"))
    assert roots == SystemRoots(str(tmp_path / "second.pem"), ONE.pem)


@linux_only
def test_no_store_at_all_is_an_error_that_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DiscoveryError) as caught:
        read_system_roots([tmp_path / "first.pem", tmp_path / "second.pem"])
    assert caught.value.code == "system-store"
    assert caught.value.message == f"none of `{tmp_path}/first.pem`, `{tmp_path}/second.pem` exists"


@pytest.mark.parametrize(
    ("data", "same"),
    [
        pytest.param(TWO.pem + ONE.pem, True, id="another order"),
        pytest.param(ONE.pem + TWO.pem + ONE.pem, True, id="one of them twice"),
        pytest.param(b"# by the distribution\n" + ONE.pem + TWO.pem, True, id="a comment"),
        pytest.param(ONE.pem, False, id="one gone"),
        pytest.param(ONE.pem + TWO.pem + make_ca("Three").pem, False, id="one more"),
    ],
)
def test_the_digest_is_of_the_set(data: bytes, same: bool) -> None:
    assert (SystemRoots("x", data).digest == SystemRoots("x", ONE.pem + TWO.pem).digest) is same


def test_the_certificates_are_sorted_by_fingerprint() -> None:
    roots = parse_system_roots(SystemRoots("x", ONE.pem + TWO.pem))
    assert [each.fingerprint for each in roots] == sorted([ONE.fingerprint, TWO.fingerprint])
