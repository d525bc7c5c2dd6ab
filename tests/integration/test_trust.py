"""``trust inspect``, ``trust fetch`` and what ``setup`` makes of a CA, as a user runs them."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID

import proxyenv as package
from proxyenv.certificates.certificate import parse_certificates
from proxyenv.checks.handshake import server_context as mirror_context
from proxyenv.checks.mirror import Mirror
from proxyenv.model.inspection import RUNTIMES, CertificatePath
from support.certificates import make_ca, make_keyless_pkcs12, make_leaf, make_pkcs12
from support.command import Ran, converse, environment_of, proxyenv
from support.defects import HOST, INTERMEDIATE, LEAF, ROOT, make, make_case
from support.origins import OriginServer, server_context
from support.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.certificates import Issued

URL = "https://origin.corp.test/uuid"
SECRET = b"a very long password of a PKCS#12 file"


@pytest.fixture(scope="module")
def corporate() -> trustme.CA:
    """An intermediate: the proxy sends it along, and its root stays behind."""
    return trustme.CA(organization_name="Corp Root").create_child_ca()


@pytest.fixture(scope="module")
def proxy(corporate: trustme.CA) -> Iterator[ProxyServer]:
    public = trustme.CA()
    with OriginServer(server_context(public, "origin.corp.test")) as origin:
        names = {"origin.corp.test:443": origin.address}
        with ProxyServer(
            ca=corporate, origin_ca=public, names=names, credentials=("ada", "geheim")
        ) as server:
            yield server


LAB_ROOT = hashlib.sha256(make(ROOT, ROOT, is_ca=True)).hexdigest()


@pytest.fixture(scope="module")
def rooted() -> Iterator[ProxyServer]:
    """An intercepting proxy that sends its root too, before the intermediate below it."""
    sent = (
        make(LEAF, INTERMEDIATE, is_ca=False),
        make(ROOT, ROOT, is_ca=True),
        make(INTERMEDIATE, ROOT, is_ca=True),
    )
    mirror = Mirror(CertificatePath(sent, (), HOST), make_case("good").key)
    with (
        OriginServer(mirror_context(mirror)) as origin,
        ProxyServer(names={f"{HOST}:443": origin.address}) as server,
    ):
        yield server


def fingerprint_of(ca: trustme.CA) -> str:
    (certificate,) = parse_certificates(ca.cert_pem.bytes(), source="test")
    return certificate.fingerprint


def run(*arguments: str, home: Path, given: bytes | None = None, **variables: str) -> Ran:
    """The command line with something on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "proxyenv", *arguments],
        cwd=home,
        env=environment_of(home, PYTHONPATH=str(Path(package.__file__).parents[1]), **variables),
        input=given,
        capture_output=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


# The wire


def test_fetch_shows_the_chain_and_trusts_nothing(
    proxy: ProxyServer, corporate: trustme.CA, tmp_path: Path
) -> None:
    ran = proxyenv(
        "trust", "fetch", "origin.corp.test", "--proxy", proxy.url, "--output", "json", home=tmp_path, PATH=""
    )
    data = ran.json["data"]
    assert (ran.status, ran.json["command"]) == (0, "trust fetch")
    assert data["intercepted"] is True
    assert data["proxy"] == f"http://ada:****@{proxy.authority}"
    assert data["certificates"][1]["fingerprint"] == fingerprint_of(corporate)
    assert "Corp Root" in data["missing_root"]
    assert (data["confirmed"], data["pem"]) == (None, None)
    assert data["certificates"][1]["verdicts"]["python3.12"] == "fail"
    assert data["certificates"][1]["verdicts"]["python3.13"] == "ok"
    assert "geheim" not in ran.out + ran.err


def test_fetch_prints_the_ca_whose_fingerprint_was_given(
    proxy: ProxyServer, corporate: trustme.CA, tmp_path: Path
) -> None:
    arguments = ("--proxy", proxy.url, "--ca-fingerprint", fingerprint_of(corporate))
    ran = proxyenv("trust", "fetch", "origin.corp.test", *arguments, home=tmp_path, PATH="")
    (found,) = parse_certificates(ran.out.encode(), source="output")
    assert (ran.status, found.fingerprint) == (0, fingerprint_of(corporate))


def test_fetch_says_no_to_another_fingerprint(proxy: ProxyServer, tmp_path: Path) -> None:
    arguments = ("--proxy", proxy.url, "--ca-fingerprint", "00" * 32)
    ran = proxyenv("trust", "fetch", "origin.corp.test", *arguments, home=tmp_path, PATH="")
    assert ran.status == 1
    assert "no CA that was seen has the fingerprint that was given; nothing is trusted" in ran.out
    assert "BEGIN CERTIFICATE" not in ran.out


@pytest.mark.parametrize(
    ("typed", "trusted"),
    [
        pytest.param(lambda fingerprint: fingerprint[-8:], True, id="the last eight characters"),
        pytest.param(lambda fingerprint: fingerprint[-8:].upper(), True, id="in capitals"),
        pytest.param(lambda fingerprint: fingerprint[:8], False, id="the first eight"),
        pytest.param(lambda _: "y", False, id="a yes"),
        pytest.param(lambda _: "", False, id="nothing"),
    ],
)
def test_fetch_trusts_what_is_typed(
    rooted: ProxyServer, tmp_path: Path, typed: object, trusted: bool
) -> None:
    assert callable(typed)
    answers = f"{typed(LAB_ROOT)}\n"
    ran = converse("trust", "fetch", HOST, "--proxy", rooted.url, home=tmp_path, answers=answers, PATH="")
    assert f"CA `CN=Lab Root,O=Lab`\nSHA-256 {LAB_ROOT}" in ran.err
    assert ("BEGIN CERTIFICATE" in ran.out) is trusted


def test_fetch_recommends_the_root_in_any_order(rooted: ProxyServer, tmp_path: Path) -> None:
    ran = proxyenv("trust", "fetch", HOST, "--proxy", rooted.url, home=tmp_path, PATH="")
    assert ran.status == 0, ran.err
    assert f"`proxyenv setup --ca-fingerprint {LAB_ROOT}`" in ran.out


def test_fetch_recommends_no_intermediate_without_its_root(proxy: ProxyServer, tmp_path: Path) -> None:
    ran = proxyenv("trust", "fetch", "origin.corp.test", "--proxy", proxy.url, home=tmp_path, PATH="")
    assert ran.status == 0, ran.err
    assert "missing: the CA `" in ran.out
    assert "--ca-fingerprint" not in ran.out


def test_fetch_needs_a_connection(tmp_path: Path, proxy: ProxyServer) -> None:
    arguments = ("--proxy", f"http://{proxy.authority}", "--output", "json")
    ran = proxyenv("trust", "fetch", "origin.corp.test", *arguments, home=tmp_path, PATH="")
    assert (ran.status, ran.json["errors"][0]["code"]) == (3, "wire-unreachable")
    assert "407" in ran.json["errors"][0]["message"]


class _Files(BaseHTTPRequestHandler):
    """Serves the files of a test, with a clock that is two hours ahead."""

    files: dict[str, bytes] = {}  # noqa: RUF012 - filled by the test

    def do_GET(self) -> None:
        body = self.files.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    do_HEAD = do_GET  # noqa: N815 - the base class looks for it under this name

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() + 7200)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


@pytest.fixture
def files() -> Iterator[tuple[str, int]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield ("127.0.0.1", server.server_port)
        server.shutdown()


def test_fetch_follows_to_the_issuers_when_asked(files: tuple[str, int], tmp_path: Path) -> None:
    where = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier("http://files.test/root.der")
    )
    access = {"2b06010505070101": (False, x509.AuthorityInformationAccess([where]).public_bytes())}
    root = make(ROOT, ROOT, is_ca=True)
    between = make(replace(INTERMEDIATE, put=access), ROOT, is_ca=True)
    leaf = make(LEAF, INTERMEDIATE, is_ca=False)
    _Files.files["/root.der"] = root
    mirror = Mirror(CertificatePath((leaf, between), (), HOST), make_case("good").key)
    with OriginServer(mirror_context(mirror)) as origin:
        names = {f"{HOST}:443": origin.address, "files.test:80": files}
        with ProxyServer(names=names) as proxy:
            arguments = ("trust", "fetch", HOST, "--proxy", proxy.url, "--output", "json")
            plain = proxyenv(*arguments, home=tmp_path, PATH="").json["data"]
            followed = proxyenv(*arguments, "--follow-aia", home=tmp_path, PATH="").json["data"]
    assert [len(plain["certificates"]), len(followed["certificates"])] == [2, 3]
    assert (plain["missing_root"], followed["missing_root"]) == ("CN=Lab Root,O=Lab", None)


@pytest.mark.parametrize(
    ("sends_it", "answer"),
    [pytest.param(True, "ok", id="it is sent"), pytest.param(False, "fail", id="it is fetched")],
)
def test_fetch_judges_what_is_sent(
    files: tuple[str, int], tmp_path: Path, *, sends_it: bool, answer: str
) -> None:
    """An intermediate that only `--follow-aia` sees is one that no client sees."""
    where = [
        x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS,
            x509.UniformResourceIdentifier(f"http://files.test/{name}"),
        )
        for name in ("between.der", "root.der")
    ]
    access = [
        {"2b06010505070101": (False, x509.AuthorityInformationAccess([each]).public_bytes())}
        for each in where
    ]
    root = make(ROOT, ROOT, is_ca=True)
    between = make(replace(INTERMEDIATE, put=access[1]), ROOT, is_ca=True)
    leaf = make(replace(LEAF, put=access[0]), INTERMEDIATE, is_ca=False)
    _Files.files |= {"/between.der": between, "/root.der": root}
    sent = (leaf, between) if sends_it else (leaf,)
    mirror = Mirror(CertificatePath(sent, (), HOST), make_case("good").key)
    with (
        OriginServer(mirror_context(mirror)) as origin,
        ProxyServer(names={f"{HOST}:443": origin.address, "files.test:80": files}) as proxy,
    ):
        arguments = ("trust", "fetch", HOST, "--proxy", proxy.url, "--output", "json", "--follow-aia")
        data = proxyenv(*arguments, home=tmp_path, PATH="").json["data"]
    first, second, _ = data["certificates"]
    assert first["verdicts"]["python3.12"] == answer
    codes = {each["code"] for each in first["findings"]}
    assert ("issuer-missing" in codes) is not sends_it
    assert "role" in {each["code"] for each in second["findings"]}
    asked = "ask IT for the CA that issued it, and to let the proxy send its intermediates"
    assert (asked in first["options"]) is not sends_it


def test_fetch_compares_the_clocks(files: tuple[str, int], tmp_path: Path) -> None:
    case = make_case("good")
    with OriginServer(mirror_context(Mirror(case.path, case.key))) as origin:
        names = {f"{HOST}:443": origin.address, f"{HOST}:80": files}
        with ProxyServer(names=names) as proxy:
            arguments = ("trust", "fetch", HOST, "--proxy", proxy.url, "--output", "json")
            data = proxyenv(*arguments, home=tmp_path, PATH="").json["data"]
    assert 7190 < data["clock_skew"] < 7210
    assert data["certificates"][0]["findings"][0]["code"] == "issuer-missing"
    (said,) = [
        each["message"] for each in data["certificates"][0]["findings"] if each["code"] == "clock-skew"
    ]
    assert said.startswith("the clocks of this machine and the proxy differ: the proxy's is ")
    assert said.endswith(" ahead")


# Setup


def test_setup_takes_the_ca_with_the_given_fingerprint(
    proxy: ProxyServer, corporate: trustme.CA, tmp_path: Path
) -> None:
    arguments = ("--proxy", proxy.url, "--ca-fingerprint", fingerprint_of(corporate), "--url", URL)
    ran = proxyenv("setup", *arguments, "--yes", "--no-check", home=tmp_path)
    assert ran.status == 0, ran.err
    (found,) = parse_certificates(
        (tmp_path / ".local/share/proxyenv/corporate-ca.pem").read_bytes(), source="x"
    )
    assert found.fingerprint == fingerprint_of(corporate)
    again = proxyenv("setup", *arguments, "--yes", "--no-check", home=tmp_path)
    assert "nothing to change" in again.err
    refreshed = proxyenv("refresh", "--yes", "--no-check", home=tmp_path)
    assert (refreshed.status, "nothing to change" in refreshed.err) == (0, True)


def test_setup_offers_the_ca_of_an_intercepting_proxy(rooted: ProxyServer, tmp_path: Path) -> None:
    arguments = ("setup", "--proxy", rooted.url, "--url", f"https://{HOST}/uuid", "--no-check")
    ran = converse(*arguments, home=tmp_path, answers=f"{LAB_ROOT[-8:]}\ny\n", PATH="")
    assert ran.status == 0, ran.err
    (found,) = parse_certificates(
        (tmp_path / ".local/share/proxyenv/corporate-ca.pem").read_bytes(), source="x"
    )
    assert found.fingerprint == LAB_ROOT


def test_setup_offers_no_intermediate_and_names_its_root(proxy: ProxyServer, tmp_path: Path) -> None:
    given = ["setup", "--proxy", proxy.url, "--url", URL, "--no-check"]
    ran = converse(*given, home=tmp_path, answers="y\n", PATH="")
    assert ran.status == 0, ran.err
    assert "it does not send its CA `" in ran.err
    assert "Corp Root`: ask IT for it, and give it with `--ca`" in ran.err
    assert not (tmp_path / ".local/share/proxyenv/corporate-ca.pem").exists()


def test_setup_without_the_typed_fingerprint_trusts_nothing(rooted: ProxyServer, tmp_path: Path) -> None:
    arguments = ("setup", "--proxy", rooted.url, "--url", f"https://{HOST}/uuid", "--no-check")
    ran = converse(*arguments, home=tmp_path, answers="y\ny\n", PATH="")
    assert ran.status == 0, ran.err
    assert "nothing is trusted; `proxyenv trust fetch HOST` shows it again" in ran.err
    assert not (tmp_path / ".local/share/proxyenv/corporate-ca.pem").exists()


def test_setup_that_nobody_watches_asks_nothing(proxy: ProxyServer, tmp_path: Path) -> None:
    seen = len(proxy.requests)
    ran = proxyenv("setup", "--proxy", proxy.url, "--url", URL, "--yes", "--no-check", home=tmp_path)
    assert (ran.status, len(proxy.requests)) == (0, seen)


# Files


def test_inspect_names_the_defect_and_who_refuses_it(tmp_path: Path) -> None:
    (tmp_path / "corp.der").write_bytes(make_case("bc_not_critical").path.anchors[0])
    ran = proxyenv("trust", "inspect", "corp.der", "--output", "json", home=tmp_path, PATH="")
    (found,) = ran.json["data"]["certificates"]
    assert ran.status == 1
    assert found["subject"] == "CN=Lab Root,O=Lab"
    assert found["findings"][0] == {
        "code": "bc-not-critical",
        "severity": "error",
        "message": "its basicConstraints are not marked critical",
    }
    assert list(found["verdicts"]) == [name for name, _ in RUNTIMES]
    assert (found["verdicts"]["python3.12"], found["verdicts"]["python3.13"]) == ("ok", "fail")
    assert found["options"][0] == (
        "ask IT to reissue it with `basicConstraints = critical, CA:TRUE` (it has them without `critical`)"
    )


def test_a_proxy_that_nothing_is_fetched_through_may_be_malformed(tmp_path: Path) -> None:
    (tmp_path / "corp.pem").write_bytes(make_ca("Corp Root").pem)
    inspected = proxyenv("trust", "inspect", "corp.pem", home=tmp_path, PATH="", HTTPS_PROXY="http://[bad")
    assert inspected.out.startswith("CN=Corp Root\n"), inspected.err
    fetched = proxyenv("trust", "inspect", URL, home=tmp_path, PATH="", HTTPS_PROXY="http://[bad")
    assert fetched.err == (
        "error[proxy-url-invalid]: `HTTPS_PROXY` in the environment has a `[` without its `]`\n"
    )


def test_inspect_of_a_sound_root_says_yes(tmp_path: Path) -> None:
    ran = run("trust", "inspect", "-", home=tmp_path, given=make_case("good").path.anchors[0], PATH="")
    assert ran.status == 0, ran.err
    assert "ok       Python 3.13 and later" in ran.out
    assert "from standard input" in ran.out


def test_inspect_reads_a_url_through_the_proxy(files: tuple[str, int], tmp_path: Path) -> None:
    ca = make_ca("Corp")
    _Files.files["/cert/pem"] = ca.pem
    with ProxyServer(names={"mitm.test:80": files}) as proxy:
        arguments = ("trust", "inspect", "http://mitm.test/cert/pem", "--proxy", proxy.url)
        refused = proxyenv(*arguments, home=tmp_path)
        other = proxyenv(*arguments, "--ca-fingerprint", "11" * 32, home=tmp_path)
        read = proxyenv(
            *arguments, "--ca-fingerprint", ca.fingerprint, "--output", "json", home=tmp_path, PATH=""
        )
    assert (refused.status, other.status) == (2, 3)
    assert "is not encrypted: whoever is on the way can put in another CA" in refused.err
    assert "error[fingerprint-mismatch]" in other.err
    assert read.json["data"]["certificates"][0]["fingerprint"] == ca.fingerprint


def test_a_url_with_an_untrusted_certificate_is_refused(proxy: ProxyServer, tmp_path: Path) -> None:
    ran = proxyenv("trust", "inspect", URL, "--proxy", proxy.url, home=tmp_path)
    assert ran.status == 3
    assert "error[ca-unreachable]" in ran.err
    assert "its certificate is not trusted here: unable to get local issuer certificate" in ran.err


@pytest.mark.parametrize(
    ("options", "variables"),
    [
        pytest.param(("--ca-password-env", "CORP"), {"CORP": SECRET.decode()}, id="from a variable"),
        pytest.param(("--ca-password-file", "password"), {}, id="from a file"),
    ],
)
def test_setup_opens_a_locked_container(
    options: tuple[str, str], variables: dict[str, str], tmp_path: Path
) -> None:
    ca = make_ca("Corp")
    (tmp_path / "corp.p12").write_bytes(make_keyless_pkcs12(ca, password=SECRET))
    (tmp_path / "password").write_bytes(SECRET + b"\n")
    command = ("setup", "--ca", "corp.p12", "--yes", "--no-check")
    refused = proxyenv(*command, home=tmp_path)
    ran = proxyenv(*command, *options, home=tmp_path, **variables)
    assert (refused.status, "error[ca-password]" in refused.err) == (3, True)
    assert ran.status == 0, ran.err
    (found,) = parse_certificates(
        (tmp_path / ".local/share/proxyenv/corporate-ca.pem").read_bytes(), source="x"
    )
    assert found.fingerprint == ca.fingerprint
    assert proxyenv("refresh", "--yes", "--no-check", home=tmp_path).status == 0


def locked(ca: Issued) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"corp", ca.key, ca.certificate, None, BestAvailableEncryption(SECRET)
    )


def spellings(secret: bytes) -> list[bytes]:
    """What a file with *secret* in it holds: the octets, hexadecimal digits, or base64 at any offset."""
    texts = [base64.b64encode(b"\x00" * offset + secret)[4:-4] for offset in range(3)]
    return [secret, secret.hex().encode(), *texts]


def files_with(secret: bytes, *directories: Path) -> list[Path]:
    """The files that hold *secret*."""
    found = []
    for directory in directories:
        for path in directory.rglob("*"):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                if any(each in content or each in content.replace(b"\n", b"") for each in spellings(secret)):
                    found.append(path)
    return found


@pytest.mark.parametrize(
    ("make_file", "inspected"),
    [
        pytest.param(lambda ca: ca.pem + ca.key_pem, 3, id="PEM with the key"),
        pytest.param(lambda ca: ca.key_der, 3, id="the key alone"),
        pytest.param(make_pkcs12, 0, id="PKCS#12"),  # which can be inspected, and not trusted
        pytest.param(locked, 0, id="PKCS#12 with a password"),
    ],
)
def test_a_key_that_is_given_by_mistake_is_found_nowhere(
    make_file: object, inspected: int, tmp_path: Path
) -> None:
    assert callable(make_file)
    ca = make_ca("Corp")
    given, home, temporary, prefix = (tmp_path / name for name in ("given", "home", "temporary", "prefix"))
    for directory in (given, home, temporary):
        directory.mkdir()
    (given / "corp.p12").write_bytes(make_file(ca))
    secret = ca.key.private_numbers().private_value.to_bytes(32, "big")
    variables = {"TMPDIR": str(temporary), "CORP": SECRET.decode(), "PATH": ""}
    source = (str(given / "corp.p12"), "--ca-password-env", "CORP")
    setup = ("setup", "--ca", *source, "--yes", "--no-check")
    below = ("--prefix", str(prefix), "--no-rc")
    inspect = ("trust", "inspect", *source)
    for arguments, status in ((inspect, inspected), (setup, 3), ((*setup, *below), 3)):
        ran = proxyenv(*arguments, home=home, **variables)
        assert ran.status == status, ran.err
        assert SECRET.decode() not in ran.out + ran.err
    assert files_with(secret, home, temporary, prefix) == []
    assert files_with(SECRET, home, temporary, prefix) == []
    assert list(temporary.iterdir()) == []


def test_the_search_for_a_key_finds_one(tmp_path: Path) -> None:
    ca = make_ca("Corp")
    secret = ca.key.private_numbers().private_value.to_bytes(32, "big")
    (tmp_path / "key.pem").write_bytes(ca.key_pem)
    (tmp_path / "key.der").write_bytes(ca.key_der)
    (tmp_path / "leaf.pem").write_bytes(make_leaf(ca).pem)
    assert {path.name for path in files_with(secret, tmp_path)} == {"key.pem", "key.der"}


def test_fetch_goes_past_the_proxy_where_no_proxy_says_so(proxy: ProxyServer, tmp_path: Path) -> None:
    before = len(proxy.requests)
    with OriginServer(server_context(trustme.CA(), "localhost")) as origin:
        ran = run(
            "trust", "fetch", f"localhost:{origin.port}", home=tmp_path,
            HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}", NO_PROXY="localhost",
        )  # fmt: skip
    assert "directly: no public root issued its certificate" in ran.out + ran.err
    assert len(proxy.requests) == before
