"""Trust anchors of a machine: given, named by variables, or mitmproxy's own."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxyenv.certificates.bundle import render_bundle
from proxyenv.certificates.certificate import find_denial, parse_certificates
from proxyenv.certificates.hash_directory import hash_subject
from proxyenv.errors import DiscoveryError, ProxyenvError, TrustError
from proxyenv.machine.ca_sources import read_given
from proxyenv.machine.certificates import VARIABLES, find_anchors, read_ca_file
from proxyenv.machine.roots import read_public_roots
from proxyenv.model.findings import Rejection
from support.certificates import Issued, make_ca, make_expired_ca, make_leaf, make_pkcs7
from support.machines import make_host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.certificates.certificate import CertificateFile
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.host import Host

NOW = datetime.now(UTC)


@cache
def ca(name: str = "Corp Root") -> Issued:
    return make_ca(name)


@cache
def public() -> tuple[Certificate, ...]:
    """Three roots that stand for certifi's."""
    pem = b"".join(make_ca(f"Public {number}").pem for number in range(3))
    return parse_certificates(pem, source="public.pem")


def host(tmp_path: Path, **environment: str | Path) -> Host:
    home, directory = tmp_path / "home", tmp_path / "work"
    home.mkdir(exist_ok=True)
    directory.mkdir(exist_ok=True)
    values = {name: str(value) for name, value in environment.items()}
    return make_host(home=home, directory=directory, environment=values)


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def given(machine: Host, *paths: str | Path) -> list[tuple[str, str]]:
    found = read_given(tuple(str(path) for path in paths), host=machine, now=NOW)
    return [(each.value.subject, each.provenance) for each in found]


def anchors(machine: Host) -> tuple[list[tuple[str, str]], tuple[Rejection, ...]]:
    found, rejections = find_anchors(host=machine, public_roots=public(), now=NOW)
    return [(each.value.subject, each.provenance) for each in found], rejections


# certifi


def test_the_public_roots_are_those_of_certifi() -> None:
    import certifi

    roots, version = read_public_roots()
    assert version == certifi.__version__
    assert len(roots) == Path(certifi.where()).read_bytes().count(b"-----BEGIN CERTIFICATE-----")
    assert list(roots) == sorted(roots)
    assert not any(find_denial(root.der) for root in roots)


# --ca


def test_a_given_pem_file(tmp_path: Path) -> None:
    path = write(tmp_path / "corp.pem", ca().pem)
    assert given(host(tmp_path), path) == [("CN=Corp Root", f"`--ca` ({path})")]


def test_a_given_der_file(tmp_path: Path) -> None:
    path = write(tmp_path / "corp.cer", ca().der)
    assert given(host(tmp_path), path) == [("CN=Corp Root", f"`--ca` ({path})")]


def test_a_tilde_is_the_home_of_the_host(tmp_path: Path) -> None:
    path = write(tmp_path / "home/certs/corp.pem", ca().pem)
    assert given(host(tmp_path), "~/certs/corp.pem") == [("CN=Corp Root", f"`--ca` ({path})")]


def test_a_relative_path_starts_from_the_directory_of_the_host(tmp_path: Path) -> None:
    path = write(tmp_path / "corp.pem", ca().pem)
    assert given(host(tmp_path), "../corp.pem") == [("CN=Corp Root", f"`--ca` ({path})")]


def test_a_directory_gives_every_certificate_directly_in_it(tmp_path: Path) -> None:
    for name in ("d.der", "b.CRT", "a.pem", "c.cer"):
        write(tmp_path / "certs" / name, ca(name[0]).der)
    write(tmp_path / "certs/notes.txt", b"hello")
    write(tmp_path / "certs/deeper.pem/e.pem", ca("e").pem)
    subjects = [subject for subject, _provenance in given(host(tmp_path), tmp_path / "certs")]
    assert subjects == ["CN=a", "CN=b", "CN=c", "CN=d"]


def test_a_certificate_given_twice_has_both_provenances(tmp_path: Path) -> None:
    first = write(tmp_path / "a.pem", ca().pem)
    second = write(tmp_path / "b.der", ca().der)
    assert given(host(tmp_path), first, second, first) == [
        ("CN=Corp Root", f"`--ca` ({first}); `--ca` ({second})")
    ]


def refusal(machine: Host, path: str | Path, error: type[ProxyenvError]) -> tuple[str, str, str | None]:
    with pytest.raises(error) as caught:
        given(machine, path)
    return caught.value.code, caught.value.message, caught.value.hint


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    machine = host(tmp_path)
    path = tmp_path / "work/certs/corp.pem"
    assert refusal(machine, "certs/corp.pem", DiscoveryError) == (
        "ca-not-found",
        f"`{path}` does not exist",
        f"`ls {tmp_path / 'work'}` shows what is there",
    )


def test_an_empty_directory_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "certs/notes.txt", ca().pem)
    assert refusal(host(tmp_path), tmp_path / "certs", TrustError) == (
        "no-certificate",
        f"`{tmp_path / 'certs'}` holds no file named `*.pem`, `*.crt`, `*.cer` or `*.der`",
        "name the file itself with `--ca`, or put the CA there under such a name",
    )


def test_a_circle_of_symlinks_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "loop.pem").symlink_to("loop.pem")
    code, message, _hint = refusal(host(tmp_path), tmp_path / "loop.pem", DiscoveryError)
    assert code == "ca-unreadable"
    assert message == f"`{tmp_path / 'loop.pem'}` cannot be read: its symlinks form a circle"


def test_an_endless_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "huge.pem"
    with path.open("wb") as file:
        file.truncate(16 * 1024 * 1024 + 1)
    code, message, _hint = refusal(host(tmp_path), path, DiscoveryError)
    assert code == "ca-unreadable"
    assert message == f"`{path}` cannot be read: it is larger than 16 MiB"


if sys.platform != "win32":

    def test_a_pipe_is_an_error_and_does_not_block(tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.pem")
        code, message, _hint = refusal(host(tmp_path), tmp_path / "pipe.pem", DiscoveryError)
        assert code == "ca-unreadable"
        assert message == f"`{tmp_path / 'pipe.pem'}` cannot be read: it is not a regular file"

    @pytest.fixture
    def without_privileges() -> Iterator[None]:
        """Root may read everything, so for once it is nobody."""
        if os.geteuid() != 0:
            yield
            return
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)

    def test_a_file_without_permission_is_an_error(tmp_path: Path, without_privileges: None) -> None:
        path = forbidden(tmp_path)
        assert refusal(make_host(home=tmp_path), path, DiscoveryError) == (
            "ca-unreadable",
            f"`{path}` cannot be read: permission is denied",
            f"a CA certificate is no secret; its owner can do `chmod a+r '{path}'`",
        )

    def test_a_variable_with_a_file_without_permission_is_a_rejection(
        tmp_path: Path, without_privileges: None
    ) -> None:
        path = forbidden(tmp_path)
        found, (rejection,) = anchors(make_host(home=tmp_path, environment={"SSL_CERT_FILE": str(path)}))
        assert found == []
        assert "permission is denied" in rejection.reason

    def forbidden(tmp_path: Path) -> Path:
        """A file that we may not read: ours with mode 0, or one below a directory of root's."""
        path = tmp_path / "my corp.pem"
        if os.getuid() != 0:
            write(path, ca().pem).chmod(0)
        return path


def test_a_leaf_alone_is_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "chain.pem", make_leaf(ca(), "proxy.corp.test").pem)
    code, message, _hint = refusal(host(tmp_path), path, TrustError)
    assert code == "not-a-ca"
    assert message == f"`CN=proxy.corp.test` in `{path}` is not a CA: its basicConstraints say so"


def test_an_expired_ca_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "old.pem", make_expired_ca().pem)
    assert refusal(host(tmp_path), path, TrustError)[0] == "ca-expired"


def test_a_key_in_the_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "corp.pem", ca().pem + ca().key_pem)
    assert refusal(host(tmp_path), path, TrustError)[:2] == (
        "unexpected-block",
        f"block 2 of `{path}` is a `PRIVATE KEY`; only certificates may enter a bundle",
    )


# variables


def test_the_variables_that_are_looked_at() -> None:
    assert set(VARIABLES) == {
        "AWS_CA_BUNDLE",
        "CARGO_HTTP_CAINFO",
        "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
        "CURL_CA_BUNDLE",
        "DENO_CERT",
        "GIT_SSL_CAINFO",
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
        "HTTPLIB2_CA_CERTS",
        "NIX_SSL_CERT_FILE",
        "NODE_EXTRA_CA_CERTS",
        "NPM_CONFIG_CAFILE",
        "PERL_LWP_SSL_CA_FILE",
        "PIP_CERT",
        "PREFECT_API_SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "npm_config_cafile",
    }


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_names_a_file_with_a_corporate_ca(tmp_path: Path, variable: str) -> None:
    path = write(tmp_path / "bundle/all.pem", render_bundle(public(), title="all") + ca().pem)
    named = path.parent if variable == "SSL_CERT_DIR" else path
    found, rejections = anchors(host(tmp_path, **{variable: named}))
    assert found == [("CN=Corp Root", f"`{variable}` in the environment ({named})")]
    assert [each.code for each in rejections] == (["ca-spelling"] if variable == "SSL_CERT_DIR" else [])


def test_an_empty_environment_has_no_anchors(tmp_path: Path) -> None:
    assert anchors(host(tmp_path)) == ([], ())


def test_a_variable_set_to_nothing_is_not_set(tmp_path: Path) -> None:
    assert anchors(host(tmp_path, SSL_CERT_FILE="", SSL_CERT_DIR=":")) == ([], ())


def test_public_roots_are_no_finding(tmp_path: Path) -> None:
    path = write(tmp_path / "public.pem", render_bundle(public(), title="public"))
    assert anchors(host(tmp_path, SSL_CERT_FILE=path)) == ([], ())


def test_variables_that_name_one_file_are_told_together(tmp_path: Path) -> None:
    path = write(tmp_path / "corp.pem", ca().pem)
    found, _rejections = anchors(host(tmp_path, SSL_CERT_FILE=path, PIP_CERT=path, CURL_CA_BUNDLE=path))
    assert found == [
        ("CN=Corp Root", f"`SSL_CERT_FILE`, `PIP_CERT` and `CURL_CA_BUNDLE` in the environment ({path})")
    ]


def test_equal_certificates_in_different_files_are_one_finding(tmp_path: Path) -> None:
    first = write(tmp_path / "a.pem", ca().pem)
    second = write(tmp_path / "b.pem", ca().der)
    found, _rejections = anchors(host(tmp_path, SSL_CERT_FILE=first, PIP_CERT=second))
    assert found == [
        (
            "CN=Corp Root",
            f"`SSL_CERT_FILE` in the environment ({first}); `PIP_CERT` in the environment ({second})",
        )
    ]


def test_a_relative_value_hands_over_no_ca(tmp_path: Path) -> None:
    """It names a file of whatever repository one has cloned and is in."""
    write(tmp_path / "work/corp.pem", ca().pem)
    found, rejections = anchors(host(tmp_path, SSL_CERT_FILE="corp.pem"))
    assert (found, [each.provenance for each in rejections]) == ([], ["`SSL_CERT_FILE` in the environment"])
    assert "another file in every directory" in rejections[0].reason


def test_a_tilde_in_a_variable_is_a_name_as_for_every_client(tmp_path: Path) -> None:
    write(tmp_path / "home/corp.pem", ca().pem)
    assert anchors(host(tmp_path, SSL_CERT_FILE="~/corp.pem")) == (
        [],
        (
            Rejection(
                "`SSL_CERT_FILE` in the environment",
                "has a `~` in its value, which no program replaces",
                "ca-spelling",
            ),
        ),
    )


def test_directories_are_a_list_and_hashed_or_not(tmp_path: Path) -> None:
    hashed, plain = tmp_path / "hashed", tmp_path / "plain"
    target = write(tmp_path / "store/corp.crt", ca("Hashed").pem)
    hashed.mkdir()
    (hashed / f"{hash_subject(ca('Hashed').der)}.0").symlink_to(target)
    write(hashed / "README", b"not a certificate")
    write(plain / "corp.pem", ca("Plain").pem)
    found, rejections = anchors(host(tmp_path, SSL_CERT_DIR=f"{hashed}:{plain}"))
    assert found == [
        ("CN=Hashed", f"`SSL_CERT_DIR` in the environment ({hashed})"),
        ("CN=Plain", f"`SSL_CERT_DIR` in the environment ({plain})"),
    ]
    assert rejections == (
        Rejection(
            f"`SSL_CERT_DIR` in the environment ({plain})",
            "OpenSSL, and with it curl and Python, does not find `CN=Plain` "
            f"in `{plain}` before `openssl rehash {plain}`",
            "ca-spelling",
        ),
    )


def test_a_file_variable_may_name_a_directory(tmp_path: Path) -> None:
    write(tmp_path / "certs/corp.pem", ca().pem)
    found, _rejections = anchors(host(tmp_path, REQUESTS_CA_BUNDLE=tmp_path / "certs"))
    assert found == [("CN=Corp Root", f"`REQUESTS_CA_BUNDLE` in the environment ({tmp_path / 'certs'})")]


def test_each_distinct_file_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "certs/corp.pem", ca().pem)
    (tmp_path / "link.pem").symlink_to(path)
    machine = host(tmp_path, SSL_CERT_FILE=path, PIP_CERT=tmp_path / "link.pem", SSL_CERT_DIR=path.parent)
    opened: list[str] = []

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and str(arguments[0]).startswith(str(tmp_path)):
            opened.append(str(arguments[0]))

    sys.addaudithook(note)
    assert len(anchors(machine)[0]) == 1
    assert opened == [str(path)]


# rejections


@pytest.mark.parametrize(
    ("content", "reason", "code"),
    [
        pytest.param(None, "`{path}` cannot be read: it does not exist", "ca-not-found", id="missing file"),
        pytest.param(b"", "`{path}` is empty", "no-certificate", id="empty file"),
        pytest.param(
            ca().pem + ca().key_pem,
            "block 2 of `{path}` is a `PRIVATE KEY`; only certificates may enter a bundle",
            "unexpected-block",
            id="private key",
        ),
        pytest.param(
            make_leaf(ca(), "proxy.corp.test").pem,
            "`CN=proxy.corp.test` in `{path}` is not a CA: its basicConstraints say so",
            "not-a-ca",
            id="leaf",
        ),
    ],
)
def test_an_unusable_file_is_a_rejection(
    tmp_path: Path, content: bytes | None, reason: str, code: str
) -> None:
    path = tmp_path / "corp.pem"
    if content is not None:
        write(path, content)
    assert anchors(host(tmp_path, SSL_CERT_FILE=path)) == (
        [],
        (Rejection(f"`SSL_CERT_FILE` in the environment ({path})", reason.format(path=path), code),),
    )


def nest(levels: int) -> bytes:
    """A profile of Apple's whose type is an array of arrays."""
    kind = b"<array>" * levels + b"</array>" * levels
    payload = b"<dict><key>PayloadType</key>" + kind + b"<key>PayloadContent</key><data>AAAA</data></dict>"
    return b"<plist><dict><key>PayloadContent</key><array>" + payload + b"</array></dict></plist>"


def test_a_deeply_nested_profile_is_a_rejection(tmp_path: Path) -> None:
    path = write(tmp_path / "deep.mobileconfig", nest(200_000))
    provenance = f"`SSL_CERT_FILE` in the environment ({path})"
    reason = (
        f"`{path}` holds no certificate: "
        "it is a configuration profile (`.mobileconfig`) without a certificate"
    )
    assert anchors(host(tmp_path, SSL_CERT_FILE=path)) == (
        [],
        (Rejection(provenance, reason, "no-certificate"),),
    )


SHORT_OF_MEMORY = """
import resource, sys
from pathlib import Path
from proxyenv.certificates import container, parser
from proxyenv.machine.certificates import read_ca_file
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (24 << 20), -1))
(found,) = read_ca_file(Path(sys.argv[1])).left_out
print(found.code, found.reason, sep="\\n")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is that of Linux")
def test_a_found_file_for_which_there_is_no_memory_is_a_rejection(tmp_path: Path) -> None:
    path = write(tmp_path / "large.pem", b"QUFB" * (4 << 20))
    done = subprocess.run(
        [sys.executable, "-c", SHORT_OF_MEMORY, path], capture_output=True, text=True, check=False
    )
    assert (done.stdout.splitlines(), done.stderr) == (
        ["ca-unreadable", f"`{path}` cannot be read: there is no memory left for what it holds"],
        "",
    )


def test_a_found_file_that_exhausts_the_stack_is_a_rejection(tmp_path: Path) -> None:
    path = write(tmp_path / "corp.pem", make_pkcs7(ca()))
    read_ca_file(path)  # imports
    (left_out,) = read_where_the_stack_ends(path).left_out
    assert left_out.reason == f"`{path}` cannot be read: it is nested too deeply"


def read_where_the_stack_ends(path: Path) -> CertificateFile:
    """As deep down as there is an answer at all."""
    try:
        return read_where_the_stack_ends(path)
    except RecursionError:
        return read_ca_file(path)


def test_an_expired_ca_is_a_rejection(tmp_path: Path) -> None:
    path = write(tmp_path / "corp.pem", make_expired_ca().pem)
    found, (rejection,) = anchors(host(tmp_path, SSL_CERT_FILE=path))
    assert found == []
    assert rejection.reason.startswith(
        f"`CN=Expired CA` in `{path}` expired on 2020-12-31 00:00 UTC; today is "
    )


def test_several_unusable_certificates_are_counted_and_the_good_ones_kept(tmp_path: Path) -> None:
    future = make_ca("Future", not_before=NOW + timedelta(days=2), not_after=NOW + timedelta(days=9))
    unusable = (make_expired_ca("A"), make_expired_ca("B"), make_leaf(ca(), "x.test"), future)
    path = write(tmp_path / "all.pem", b"".join(each.pem for each in unusable) + ca().pem)
    found, rejections = anchors(host(tmp_path, SSL_CERT_FILE=path))
    provenance = f"`SSL_CERT_FILE` in the environment ({path})"
    assert found == [("CN=Corp Root", provenance)]
    assert [(each.code, each.reason.partition(";")[0]) for each in rejections] == [
        ("ca-expired", "2 expired: `CN=A`, `CN=B`"),
        ("ca-not-yet-valid", f"`CN=Future` in `{path}` is not valid before {future_day(2)} UTC"),
        ("not-a-ca", f"`CN=x.test` in `{path}` is not a CA: its basicConstraints say so"),
    ]


def future_day(days: int) -> str:
    return f"{NOW + timedelta(days=days):%Y-%m-%d %H:%M}"


def test_an_unusable_certificate_in_two_files_of_a_directory_is_counted_once(tmp_path: Path) -> None:
    old = make_expired_ca()
    write(tmp_path / "certs/all.pem", old.pem + ca().pem)
    write(tmp_path / "certs/old.pem", old.pem)
    _found, (rejection, _unhashed) = anchors(host(tmp_path, SSL_CERT_DIR=tmp_path / "certs"))
    assert rejection.reason.startswith(f"`CN=Expired CA` in `{tmp_path / 'certs/all.pem'}` expired on ")


def test_two_unusable_certificates_of_one_name_are_counted_as_two(tmp_path: Path) -> None:
    path = write(tmp_path / "all.pem", make_expired_ca("A").pem + make_expired_ca("A").pem)
    _found, (rejection,) = anchors(host(tmp_path, SSL_CERT_FILE=path))
    assert rejection.reason == "2 expired: `CN=A`, `CN=A`"


def test_a_bad_file_in_a_directory_does_not_spoil_the_others(tmp_path: Path) -> None:
    write(tmp_path / "certs/bad.pem", b"hello")
    write(tmp_path / "certs/good.pem", ca().pem)
    found, (rejection, _unhashed) = anchors(host(tmp_path, SSL_CERT_DIR=tmp_path / "certs"))
    assert [subject for subject, _provenance in found] == ["CN=Corp Root"]
    assert rejection.reason == f"`{tmp_path / 'certs/bad.pem'}` holds no certificate"


def test_files_of_proxyenv_itself_are_read_like_any_other(tmp_path: Path) -> None:
    machine = host(tmp_path)
    bundle = write(machine.layout.bundle, render_bundle(public(), title="all") + ca().pem)
    found, _rejections = anchors(host(tmp_path, SSL_CERT_FILE=bundle))
    assert found == [("CN=Corp Root", f"`SSL_CERT_FILE` in the environment ({bundle})")]


# mitmproxy


def test_the_ca_of_mitmproxy_is_found_in_the_home(tmp_path: Path) -> None:
    write(tmp_path / "home/.mitmproxy/mitmproxy-ca-cert.pem", ca("mitmproxy").pem)
    assert anchors(host(tmp_path)) == ([("CN=mitmproxy", "`~/.mitmproxy/mitmproxy-ca-cert.pem`")], ())


def test_a_damaged_ca_of_mitmproxy_is_a_rejection(tmp_path: Path) -> None:
    path = write(tmp_path / "home/.mitmproxy/mitmproxy-ca-cert.pem", b"")
    assert anchors(host(tmp_path)) == (
        [],
        (Rejection("`~/.mitmproxy/mitmproxy-ca-cert.pem`", f"`{path}` is empty", "no-certificate"),),
    )


def test_a_public_root_that_the_operating_system_ships_is_nobody_s_corporate_ca(tmp_path: Path) -> None:
    shipped, corporate = make_ca("Distrusted Public Root"), make_ca("Corporate")
    (tmp_path / "mozilla").mkdir()
    (tmp_path / "mozilla/Distrusted.crt").write_bytes(shipped.pem)
    (tmp_path / "mozilla/broken.crt").write_bytes(b"-----BEGIN CERTIFICATE-----\n")
    (tmp_path / "ca-certificates.crt").write_bytes(shipped.pem + corporate.pem)
    machine = host(tmp_path, SSL_CERT_FILE=tmp_path / "ca-certificates.crt")
    shipping = tmp_path / "mozilla"
    found, rejections = find_anchors(host=machine, public_roots=(), now=NOW, shipped=(shipping,))
    assert [item.value.subject for item in found] == ["CN=Corporate"]
    assert [rejection.reason for rejection in rejections] == [
        "`CN=Distrusted Public Root` is a public root that the operating system ships and certifi does not"
    ]
