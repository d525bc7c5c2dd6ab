"""What a job says of its files of roots."""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING

import certifi
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from proxyenv.checks.child.trusted import describe_roots, find_held
from support.certificates import make_ca
from support.growth import soon

if TYPE_CHECKING:
    from pathlib import Path


def test_what_every_file_holds(tmp_path: Path) -> None:
    old, new = make_ca("Old"), make_ca("New")
    prints = [hashlib.sha256(each.certificate.public_bytes(Encoding.DER)).hexdigest() for each in (old, new)]
    both, one = tmp_path / "both.pem", tmp_path / "one.pem"
    both.write_bytes(old.pem + b"# a remark\n" + new.pem)
    one.write_bytes(old.pem)
    assert find_held([str(both)]) == sorted(each[:16] for each in prints)
    assert find_held([str(both), str(one)]) == [prints[0][:16]]
    assert find_held([str(both), str(tmp_path / "none.pem")]) is None
    assert describe_roots(str(one), prints)["lacks"] == [prints[1]]


def test_blocks_that_do_not_end_are_passed_over_at_once(tmp_path: Path) -> None:
    old = make_ca("Old")
    path = tmp_path / "old.pem"
    path.write_bytes(b"-----BEGIN CERTIFICATE-----\n" * 50_000 + old.pem)
    with soon(0.5):
        held = find_held([str(path)])
    assert held == [hashlib.sha256(old.certificate.public_bytes(Encoding.DER)).hexdigest()[:16]]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
@pytest.mark.parametrize("kind", ["a pipe", "a device", "a directory"])
def test_what_is_no_file_is_not_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "roots.pem"
    reason = f"`{path}` is not a regular file"
    match kind:
        case "a pipe":
            os.mkfifo(path)  # type: ignore[attr-defined,unused-ignore]
        case "a device":
            path.symlink_to("/dev/zero")
        case _:
            path.mkdir()
            reason = f"[Errno 21] Is a directory: '{path}'"
    (said,) = describe_roots(str(path), ())["error"]
    assert said["text"] == reason
    assert find_held([str(path)]) is None


def test_a_file_without_measure_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "roots.pem"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)
    (said,) = describe_roots(str(path), ())["error"]
    assert said["text"] == f"`{path}` is larger than 64 MiB"


def test_all_public_roots_are_few_enough_to_be_said() -> None:
    held = find_held([certifi.where()])
    assert held is not None
    assert len(held) == describe_roots(certifi.where(), ())["count"] > 100


def test_a_block_that_is_no_certificate_leaves_it_unknown(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_bytes(b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n")
    assert find_held([str(broken)]) is None
