"""Megabytes of what makes a careless reader slow are read in one pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

READ = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))
from proxyenv.certificates.certificate import parse_certificates
from proxyenv.errors import TrustError
unit, start = map(bytes.fromhex, sys.argv[1:])
data = start + unit * (16_000_000 // len(unit))
try:
    parse_certificates(data, source="corp.pem")
except TrustError as error:
    print(error.code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of processor time")
@pytest.mark.parametrize(
    ("unit", "start", "code"),
    [
        pytest.param("-", "", "no-certificate", id="hyphens"),
        pytest.param(" ", "-----", "no-certificate", id="hyphens and blanks"),
        pytest.param("----- ", "", "no-certificate", id="hyphens between blanks"),
        pytest.param(" ", "-----BEGIN", "unexpected-block", id="a label of blanks"),
        pytest.param("--BEGIN PRIVATE ", "", "no-certificate", id="keys that never are"),
        pytest.param(" PRIVATE", "--BEGIN", "no-certificate", id="one line of them"),
        pytest.param("PuTTY-User-Key-File-x private\n", "", "no-certificate", id="PuTTY's first line"),
        pytest.param("-----BEGIN CERTIFICATE-----\n", "", "ca-unreadable", id="beginnings"),
        pytest.param("-----END CERTIFICATE-----\n", "", "ca-unreadable", id="ends"),
        pytest.param(
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            "",
            "ca-unreadable",
            id="empty blocks",
        ),
        pytest.param("\\", "-----", "no-certificate", id="backslashes"),
        pytest.param("\\n", "-----", "no-certificate", id="line feeds written out"),
        pytest.param("A\0", "", "no-certificate", id="UTF-16 of nothing"),
        pytest.param("QUFB", "", "no-certificate", id="base64 of nothing"),
        pytest.param(
            "\x04\0", "0\x84\0\x3d\x09\0\x02\x01\x03", "malformed-certificate", id="PKCS#12 of crumbs"
        ),
        pytest.param("<plist>PayloadContent", "", "no-certificate", id="the start of a profile"),
        pytest.param("0\x80", "", "malformed-certificate", id="nested BER"),
    ],
)
def test_sixteen_megabytes_take_no_quadratic_time(unit: str, start: str, code: str) -> None:
    """Twenty thousand hyphens took nine seconds; 800 times as many have twenty, and 700 MB."""
    done = subprocess.run(
        [sys.executable, "-c", READ, *(text.encode("latin-1").hex() for text in (unit, start))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == (code, "")
