"""What we say of a file of CAs is what curl, OpenSSL and Python do with it; what we write they all read."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import encodebytes
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from proxyenv.certificates.bundle import render_bundle
from proxyenv.certificates.gnutls import find_loaded_by_gnutls
from proxyenv.certificates.pem import is_plain
from proxyenv.machine.certificates import parse_ca
from proxyenv.machine.roots import find_loaded, find_misspelling
from support.certificates import Issued, make_ca, make_crl, make_leaf, make_pkcs7, make_pkcs12
from support.machine import give_up, in_ci, require_client
from support.origins import OriginServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@cache
def ca(name: str = "Corp Root") -> Issued:
    return make_ca(name)


def pem() -> bytes:
    return ca().pem


READ: Final = [
    pytest.param(pem, id="as we write it"),
    pytest.param(lambda: pem().replace(b"\n", b"\r\n"), id="Windows line ends"),
    pytest.param(lambda: pem().replace(b"\n", b" \t\n"), id="trailing blanks"),
    pytest.param(lambda: b"# Corp\n" + pem(), id="a comment"),
    pytest.param(lambda: make_leaf(ca()).pem + pem(), id="a leaf before it"),
    pytest.param(lambda: pem() + make_crl(ca()), id="a revocation list"),
]

UNREAD: Final = [
    pytest.param(lambda: pem().replace(b"\n", b"\r"), "it has no line feeds", id="old Macintosh line ends"),
    pytest.param(lambda: pem().replace(b"\n", b"\n    "), "its lines are indented", id="indented"),
    pytest.param(lambda: pem().decode().encode("utf-16"), "it is UTF-16", id="UTF-16"),
    pytest.param(lambda: pem().decode().encode("utf-16-le"), "it is UTF-16", id="UTF-16 without a mark"),
    pytest.param(lambda: ca().der, "it is DER, and PEM is expected there", id="DER"),
    pytest.param(
        lambda: make_pkcs7(ca()), "it is PKCS#7, and certificates in PEM are expected there", id="PKCS#7"
    ),
    pytest.param(
        lambda: make_pkcs7(ca(), encoding=Encoding.DER),
        "it is DER, and PEM is expected there",
        id="PKCS#7 in DER",
    ),
    pytest.param(lambda: make_pkcs12(ca()), "it is DER, and PEM is expected there", id="PKCS#12"),
    pytest.param(
        lambda: pem().rstrip(b"\n") + ca("Other").pem,
        "a line feed is missing between two of its blocks",
        id="joined by cat",
    ),
    pytest.param(
        lambda: encodebytes(ca().der),
        "its lines `-----BEGIN CERTIFICATE-----` are missing",
        id="base64 without markers",
    ),
    pytest.param(
        lambda: pem().replace(b"\n", b"\\n"),
        "its line feeds are written as `\\n`",
        id="line feeds written out",
    ),
    pytest.param(
        lambda: b"ca: " + pem(),
        "there is text before `-----BEGIN` in the same line",
        id="text before the marker",
    ),
    pytest.param(
        lambda: pem().replace(b"\n", b"\n\n"), "it has empty lines inside a block", id="empty lines"
    ),
    pytest.param(
        lambda: b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n" + pem(),
        "a part of it is damaged, which spoils the whole file",
        id="a damaged block",
    ),
]


class Origin(NamedTuple):
    """A server whose certificate the CA issued."""

    url: str


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    import ssl

    leaf = make_leaf(ca(), "localhost", "127.0.0.1")
    path = tmp_path_factory.mktemp("origin") / "server.pem"
    path.write_bytes(leaf.pem + leaf.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with OriginServer(context) as server:
        yield Origin(f"https://127.0.0.1:{server.address[1]}/uuid")


PYTHON: Final = """
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[2])
urllib.request.urlopen(sys.argv[1], context=context, timeout=20).read()
"""


def ask_clients(path: Path, origin: Origin) -> dict[str, bool]:
    """Whether each client verifies the server by the file."""
    root = path.with_name("root.pem")
    root.write_bytes(pem())
    curl, openssl = require_client("curl"), require_client("openssl")
    bare = {"PATH": os.environ["PATH"], "HOME": str(path.parent)}
    commands: dict[str, tuple[list[str | Path], dict[str, str]]] = {
        "curl": ([curl, "-sS", "--cacert", path, origin.url], {}),
        "curl by SSL_CERT_FILE": ([curl, "-sS", origin.url], {"SSL_CERT_FILE": str(path)}),
        "openssl": ([openssl, "verify", "-no-CApath", "-no-CAstore", "-CAfile", path, root], {}),
        "python": ([sys.executable, "-c", PYTHON, origin.url, path], {}),
    }
    return {
        name: subprocess.run(command, env=bare | more, capture_output=True, check=False).returncode == 0
        for name, (command, more) in commands.items()
    }


def look(content: bytes, path: Path) -> str | None:
    """What we say of a file that holds the CA."""
    path.write_bytes(content)
    assert ca().fingerprint in {
        each.fingerprint for each in parse_ca(content, source="corp.pem").certificates
    }
    return find_misspelling(path, frozenset({ca().fingerprint}))


@pytest.mark.parametrize("content", READ)
def test_every_client_reads_it(content: Callable[[], bytes], origin: Origin, tmp_path: Path) -> None:
    path = tmp_path / "corp.pem"
    assert look(content(), path) is None
    assert ask_clients(path, origin) == dict.fromkeys(ask_clients(path, origin), True)


@pytest.mark.parametrize(("content", "reason"), UNREAD)
def test_we_read_it_and_no_client_of_openssl_does(
    content: Callable[[], bytes], reason: str, origin: Origin, tmp_path: Path
) -> None:
    path = tmp_path / "corp.pem"
    assert look(content(), path) == reason
    assert ask_clients(path, origin) == {
        "curl": False,
        "curl by SSL_CERT_FILE": False,
        "openssl": False,
        "python": False,
    }


EMPTY_BLOCK: Final = b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
BY_GNUTLS: Final = [
    pytest.param(lambda: pem().replace(b"CERTIFICATE", b"X509 CERTIFICATE"), id="an old label"),
    pytest.param(lambda: pem().replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"), id="OpenSSL's own label"),
    pytest.param(lambda: pem() + b"-----BEGIN CERTIFICATE-----\naGVs", id="cut off after it"),
    pytest.param(lambda: pem().replace(b"M", b"!M", 1), id="a character that is no base64"),
    pytest.param(lambda: EMPTY_BLOCK + pem(), id="an empty block"),
    pytest.param(lambda: b"\xef\xbb\xbf" + pem(), id="a byte order mark"),
]


def is_built_with_gnutls(program: str) -> bool:
    """Whether the machine's git or wget is, by what it says or is linked to."""
    asked = {"git": ("git", "--exec-path"), "wget": ("wget", "--version")}[program]
    require_client(program)
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    if program == "wget":
        return "+ssl/gnutls" in said
    return b"libcurl-gnutls" in (Path(said.strip()) / "git-remote-https").read_bytes()


@pytest.mark.parametrize(
    "content", [pytest.param(each.values[0], id=each.id) for each in (*READ, *UNREAD, *BY_GNUTLS)]
)
@pytest.mark.parametrize("program", ["git", "wget"])
def test_gnutls_loads_what_we_say_it_loads(
    content: Callable[[], bytes], program: str, origin: Origin, tmp_path: Path
) -> None:
    if not is_built_with_gnutls(program):
        give_up(f"this {program} is not built with GnuTLS")
    path = tmp_path / "corp.pem"
    path.write_bytes(content())
    commands = {
        "git": ("git", "-c", f"http.sslCAInfo={path}", "ls-remote", origin.url),
        "wget": ("wget", "-q", "-O", "-", "--no-config", f"--ca-certificate={path}", origin.url),
    }
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C"}
    done = subprocess.run(commands[program], env=bare, capture_output=True, text=True, check=False)
    verified = "not found" in done.stderr if program == "git" else done.returncode == 0
    assert verified == (ca().fingerprint in find_loaded_by_gnutls(content()))


@in_ci
@pytest.mark.parametrize("content", [each.values[0] for each in (*READ, *UNREAD)])
def test_what_we_write_of_it_every_client_reads(
    content: Callable[[], bytes], origin: Origin, tmp_path: Path
) -> None:
    path = tmp_path / "bundle.pem"
    anchors = parse_ca(content(), source="corp.pem").certificates
    path.write_bytes(render_bundle(anchors, title="corporate CAs"))
    assert is_plain(path.read_bytes())
    assert ca().fingerprint in find_loaded(path)
    assert all(ask_clients(path, origin).values())
