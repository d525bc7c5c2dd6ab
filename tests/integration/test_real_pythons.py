"""The rules and the flags against real Pythons: what each says to every defect, with its own defaults."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.certificates.path import lint_path
from proxyenv.certificates.rules import judge
from proxyenv.checks.forecast import forecast
from proxyenv.model.inspection import name_runtime
from support.defects import DEFECTS, HOST, make_case
from support.machine import find_program, give_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.inspection import CertificatePath

SCRIPT: Final = """
import json, pathlib, ssl, sys
host, refused = sys.argv[2], {}
for place in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.set_ciphers("DEFAULT:@SECLEVEL=0")
    server.load_cert_chain(place / "server.pem")
    client = ssl.create_default_context(cafile=place / "anchors.pem")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=host)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (ours, theirs) * 10:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError as error:
            refused[place.name] = "certificate verify failed: " + error.verify_message
            break
        if side is ours:
            break
json.dump(refused, sys.stdout)
"""


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for each defect: what a server sends, and what is trusted."""
    base = tmp_path_factory.mktemp("defects")
    for name in sorted(DEFECTS):
        case, place = make_case(name), base / name
        place.mkdir()
        (place / "server.pem").write_bytes(case.key + b"".join(map(pem, case.path.sent)))
        (place / "anchors.pem").write_bytes(b"".join(map(pem, case.path.anchors)))
    return base


def pem(der: bytes) -> bytes:
    return ssl.DER_cert_to_PEM_cert(der).encode()


def find_python(version: str) -> str:
    """That Python, from beside the one that runs the tests or from the path; or give up."""
    beside = sorted(Path(sys.base_prefix).parent.glob(f"{version}.*/bin/python"))
    for candidate in (*map(str, beside), find_program(f"python{version}")):
        if candidate:
            probe = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
            done = subprocess.run(probe, capture_output=True, text=True, check=False)
            if done.stdout.strip() == version:
                return candidate
    return give_up(f"there is no Python {version}")


def ask(python: str, places: Path) -> Mapping[str, str]:
    command = [python, "-I", "-c", SCRIPT, str(places), HOST]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answers: dict[str, str] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_a_real_python_says_what_is_foretold(version: str, places: Path) -> None:
    real = ask(find_python(version), places)
    names, runtime, now = sorted(DEFECTS), name_runtime(version), datetime.now(UTC)
    paths = [make_case(name).path for name in names]
    tried = forecast(paths, environment={}, now=now, progress=lambda _: None)
    flags = {
        name: verdict.message
        for name, found in zip(names, tried, strict=True)
        for verdict in found.verdicts
        if verdict.runtime == runtime and verdict.answer == "fail"
    }
    assert flags == real
    rules = {name for name, path in zip(names, paths, strict=True) if refuses(runtime, path, now)}
    assert rules == real.keys()


def refuses(runtime: str, path: CertificatePath, now: datetime) -> bool:
    return judge(runtime, lint_path(path, now=now)).answer == "fail"
