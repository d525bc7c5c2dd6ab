"""Whether a file of CAs has the corporate ones."""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from proxyenv.machine.anchor_files import lacks_anchors

if TYPE_CHECKING:
    from pathlib import Path

OURS, OTHER = trustme.CA(), trustme.CA()
ANCHORS = frozenset({hashlib.sha256(ssl.PEM_cert_to_DER_cert(OURS.cert_pem.bytes().decode())).hexdigest()})


@pytest.mark.parametrize(
    ("content", "anchors", "lacks"),
    [
        pytest.param(OTHER.cert_pem.bytes(), ANCHORS, True, id="another"),
        pytest.param(OTHER.cert_pem.bytes() + OURS.cert_pem.bytes(), ANCHORS, False, id="both"),
        pytest.param(OTHER.cert_pem.bytes(), frozenset(), False, id="there-is-none-to-lack"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\n", ANCHORS, False, id="not-understood"),
    ],
)
def test_a_file(tmp_path: Path, content: bytes, anchors: frozenset[str], *, lacks: bool) -> None:
    (tmp_path / "ca.pem").write_bytes(content)
    assert lacks_anchors(tmp_path / "ca.pem", anchors) is lacks


@pytest.mark.parametrize("name", ["", "nope.pem"])
def test_of_what_is_no_file_nothing_is_known(tmp_path: Path, name: str) -> None:
    assert not lacks_anchors(tmp_path / name, ANCHORS)
