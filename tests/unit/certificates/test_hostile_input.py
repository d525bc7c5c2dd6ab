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
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from proxyenv.certificates.certificate import parse_certificates
from proxyenv.errors import TrustError
unit = sys.argv[1].encode("latin-1")
data = sys.argv[2].encode("latin-1") + unit * (4_000_000 // len(unit))
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
        pytest.param("-----BEGIN CERTIFICATE-----\n", "", "malformed-certificate", id="beginnings"),
        pytest.param("-----END CERTIFICATE-----\n", "", "malformed-certificate", id="ends"),
        pytest.param(
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            "",
            "malformed-certificate",
            id="empty blocks",
        ),
        pytest.param("0\x80", "", "malformed-certificate", id="nested BER"),
    ],
)
def test_four_megabytes_take_no_quadratic_time(unit: str, start: str, code: str) -> None:
    """Twenty thousand hyphens took nine seconds of processor time; 200 times as many have twenty here."""
    done = subprocess.run(
        [sys.executable, "-c", READ, unit, start],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == (code, "")
