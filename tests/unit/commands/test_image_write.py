"""The folder of ``image write``: what is in it, what is refused, and what it leaves alone."""

from __future__ import annotations

import base64
import codecs
import hashlib
import json
import ssl
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import load_pem_x509_certificate

from proxyenv.cli import run
from proxyenv.formats.checksums import parse_checksums, render_checksums
from proxyenv.plan.images.names import is_image_file
from support.certificates import make_ca

if TYPE_CHECKING:
    from collections.abc import Callable

WHEEL: Final = "proxyenv_prefect_plugin-0.1.0-py3-none-any.whl"
HOME_OF_ROOT: Final = "/root"
CLEARED: Final = '[ -n "${HTTPS_PROXY-}${https_proxy-}${SSL_CERT_FILE-}" ]'
TOOL: Final = "update-ca-certificates"
PATH: Final = "PATH=$PATH:/usr/sbin:/sbin"
APK: Final = (
    "cat /etc/proxyenv/corporate-ca.pem >> /etc/ssl/certs/ca-certificates.crt"
    " && apk add --no-cache ca-certificates"
)
PROXY: Final = ("--proxy", "proxy.corp.test:3128")
CORP: Final = make_ca("Corp").pem
NEXT: Final = make_ca("Next").pem


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corp.pem").write_bytes(CORP)
    return tmp_path


def write(*options: str, status: int = 0) -> Path:
    assert run(["image", "write", "out", *PROXY, "--ca", "corp.pem", *options]) == status
    return Path("out")


def dockerfile(*options: str, name: str = "Dockerfile.proxyenv") -> list[str]:
    """The lines without comments and ``ENV``."""
    lines = (write(*options) / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "ENV"))]


def test_it_writes_the_folder_and_nothing_else(home: Path) -> None:
    write()
    assert sorted(path.name for path in home.iterdir()) == ["corp.pem", "out"]
    assert sorted(path.name for path in (home / "out").iterdir()) == [
        *("Dockerfile.classic", "Dockerfile.proxyenv", "Dockerfile.snippet", "anchors", "builder"),
        "ca-bundle.pem",
        *("certs", "corporate-ca.pem", "env.list", "env.sh", "profiles.toml"),
        *("proxyenv.sha256", WHEEL, "run"),
    ]


def test_no_file_names_this_machine(home: Path) -> None:
    texts = [path.read_bytes() for path in write("--configure", "java").rglob("*") if path.is_file()]
    assert [text for text in texts if str(home).encode() in text] == []


def test_equal_input_gives_equal_bytes_and_a_second_run_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = {path: path.read_bytes() for path in write().rglob("*") if path.is_file()}
    capsys.readouterr()
    write("--output", "json")
    said = capsys.readouterr()
    assert json.loads(said.out)["data"]["changes"] == []
    assert said.err == "nothing to change: the folder is as it should be\n"
    Path("out").rename("before")
    write()
    assert {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()} == first


def test_the_manifest_is_what_sha256sum_checks() -> None:
    folder = write()
    listed = parse_checksums((folder / "proxyenv.sha256").read_text())
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "proxyenv.sha256"
    }
    assert listed == found


def list_files(folder: Path, names: list[str]) -> None:
    """The list as ``sha256sum`` writes it over *names*."""
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    (folder / "proxyenv.sha256").write_text(render_checksums(digests))


def test_a_list_that_came_with_a_folder_deletes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("out")
    (folder / "sub").mkdir(parents=True)
    (folder / "thesis.tex").write_text("years of work\n")
    (folder / "sub/d").write_text("more\n")
    list_files(folder, ["thesis.tex", "sub/d"])
    write(status=3)
    assert "error[foreign-file]" in capsys.readouterr().err
    assert (folder / "thesis.tex").read_text() == "years of work\n"
    assert sorted(path.name for path in folder.rglob("*")) == ["d", "proxyenv.sha256", "sub", "thesis.tex"]


def test_what_is_listed_beside_its_files_stays_and_what_goes_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = write("--configure", "java")
    (folder / "anchors/mine.crt").write_text("mine\n")
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    list_files(folder, [name for name in names if name != "proxyenv.sha256"])
    capsys.readouterr()
    write("--build-only")
    said = capsys.readouterr().err.splitlines()
    assert (folder / "anchors/mine.crt").read_text() == "mine\n"
    assert f"note: `anchors/mine.crt` in `{folder.resolve()}` is not proxyenv's, and stays" in said
    assert [line for line in said if line.startswith("delete ") and "/certs/" not in line] == [
        "delete ~/out/Dockerfile.classic",
        "delete ~/out/Dockerfile.proxyenv",
        "delete ~/out/Dockerfile.snippet",
        "delete ~/out/ca-bundle.p12",
        *("delete ~/out/env.list", "delete ~/out/env.sh", "delete ~/out/profiles.toml"),
        f"delete ~/out/{WHEEL}",
        "delete ~/out/run",
        "delete ~/out/anchors/: 1 file",
    ]
    assert not (folder / "certs").exists()


@pytest.mark.parametrize("options", [(), ("--build-only",), ("--configure", "java"), ("--flavor", "prefect")])
def test_a_later_run_knows_each_name(options: tuple[str, ...]) -> None:
    names = parse_checksums((write(*options) / "proxyenv.sha256").read_text())
    assert [name for name in names if not is_image_file(name)] == []


def test_a_dry_run_shows_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    write("--dry-run")
    assert not Path("out").exists()
    assert "+++ ~/out/Dockerfile.proxyenv" in capsys.readouterr().out


def test_the_last_stage_of_the_debian_family() -> None:
    files = "ca-bundle.pem corporate-ca.pem env.sh env.list profiles.toml"
    store = dockerfile()[-1]
    assert store.endswith(" && update-ca-certificates")
    assert dockerfile()[:-1] == [
        "ARG BASE=python:3.12-slim",
        "FROM scratch AS files",
        f"COPY --chmod=0644 {files} {WHEEL} /etc/proxyenv/",
        "COPY --chmod=0755 run /etc/proxyenv/",
        "COPY --chmod=0644 certs/* /etc/proxyenv/certs/",
        "FROM ${BASE}",
        "COPY --from=files /etc/proxyenv /etc/proxyenv",
        "COPY --chmod=0644 anchors/*.crt /usr/local/share/ca-certificates/",
    ]


@pytest.mark.parametrize(
    ("family", "last"),
    [
        (
            "rhel",
            [
                "COPY --chmod=0644 anchors/*.crt /etc/pki/ca-trust/source/anchors/",
                f"RUN {PATH}; update-ca-trust extract",
            ],
        ),
        (
            "alpine",
            [
                "COPY --chmod=0644 anchors/*.crt /usr/local/share/ca-certificates/",
                f"RUN {PATH}; command -v {TOOL} >/dev/null || {{ {APK}; }} && {TOOL}",
            ],
        ),
        (
            "suse",
            [
                "COPY --chmod=0644 anchors/*.crt /etc/pki/trust/anchors/",
                f"RUN {PATH}; update-ca-certificates",
            ],
        ),
        (
            "none",
            [
                "COPY --from=files /etc/proxyenv /etc/proxyenv",
                "COPY --chmod=0644 ca-bundle.pem /etc/ssl/certs/ca-certificates.crt",
            ],
        ),
    ],
)
def test_the_last_lines_of_a_family(family: str, last: list[str]) -> None:
    assert dockerfile("--family", family)[-2:] == last


def test_only_root_rebuilds_the_store() -> None:
    lines = dockerfile("--user", "app", "--from", "worker:1")
    assert lines[0] == "ARG BASE=worker:1"
    assert lines.index("USER root") < len(lines) - 2
    assert lines[-1] == "USER app"


def test_the_classic_builder_gets_no_chmod_of_copy() -> None:
    lines = dockerfile(name="Dockerfile.classic")
    assert not [line for line in lines if "--chmod" in line]
    assert "RUN chmod -R u=rwX,go=rX /etc/proxyenv /usr/local/share/ca-certificates" in lines


def test_the_snippet_names_the_folder() -> None:
    lines = dockerfile(name="Dockerfile.snippet")
    assert lines[1] == "COPY --chmod=0755 out/run /etc/proxyenv/"


def test_the_official_image() -> None:
    assert dockerfile("--flavor", "prefect")[-3:] == [
        f"RUN uv pip install --system --no-index --no-deps /etc/proxyenv/{WHEEL}",
        f"RUN echo '{CLEARED} || . /etc/proxyenv/env.sh' >> {HOME_OF_ROOT}/.bashrc",
        f"COPY profiles.toml {HOME_OF_ROOT}/.prefect/profiles.toml",
    ]
    assert dockerfile("--flavor", "prefect")[0] == "ARG BASE=prefecthq/prefect:3-latest"


def test_another_place_in_the_image() -> None:
    folder = write("--at", "/opt/corp")
    assert "SSL_CERT_FILE=/opt/corp/ca-bundle.pem\n" in (folder / "env.list").read_text()
    assert ". /opt/corp/env.sh\n" in (folder / "run").read_text()
    with_place = (folder / WHEEL).read_bytes()
    assert b"EVERYWHERE = '/opt/corp'" in with_place


def test_java_gets_its_store_when_it_is_asked_for() -> None:
    assert not (write() / "ca-bundle.p12").exists()
    folder = write("--configure", "java")
    assert (folder / "ca-bundle.p12").exists()
    assert "-Djavax.net.ssl.trustStore=/etc/proxyenv/ca-bundle.p12" in (folder / "env.list").read_text()
    assert not (write() / "ca-bundle.p12").exists()


def as_der(pem: bytes) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem.decode())


def as_pkcs7(pem: bytes) -> bytes:
    both = [load_pem_x509_certificate(each) for each in (pem, NEXT)]
    return pkcs7.serialize_certificates(both, Encoding.DER)


@pytest.mark.parametrize(
    ("encode", "count"),
    [
        pytest.param(as_der, 1, id="DER"),
        pytest.param(lambda pem: codecs.BOM_UTF8 + pem, 1, id="a byte order mark"),
        pytest.param(lambda pem: pem.decode().encode("utf-16"), 1, id="UTF-16"),
        pytest.param(lambda pem: pem.replace(b"\n", b"\r\n"), 1, id="CR LF"),
        pytest.param(lambda pem: pem.rstrip(), 1, id="no last line break"),
        pytest.param(lambda pem: pem + NEXT, 2, id="two in one"),
        pytest.param(as_pkcs7, 2, id="PKCS#7"),
    ],
)
def test_a_ca_in_any_spelling_becomes_one_pem_file_each(encode: Callable[[bytes], bytes], count: int) -> None:
    Path("corp.pem").write_bytes(encode(CORP))
    files = sorted((write() / "anchors").iterdir())
    assert len(files) == count
    wanted = {as_der(CORP), as_der(NEXT)} if count > 1 else {as_der(CORP)}
    assert {as_der(path.read_bytes()) for path in files} == wanted
    assert all(path.read_bytes().count(b"-----BEGIN") == 1 for path in files)


SECRETS: Final = (b"s3cr3t", b"s%33cr3t", base64.b64encode(b"ada:s3cr3t"))


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--proxy", "http://ada:s3cr3t@proxy.corp.test:3128"), id="a proxy with a password"),
        pytest.param(("--proxy-there", "http://ada:s3cr3t@proxy.corp.test:3128"), id="that of the place"),
        pytest.param(("--api-url", "http://ada:s3cr3t@prefect.corp.test/api"), id="an API with a password"),
    ],
)
def test_a_password_is_refused_and_stands_nowhere(
    home: Path, options: tuple[str, ...], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(["image", "write", "out", *PROXY[2:], "--ca", "corp.pem", *options, "--output", "json"]) in {
        2,
        3,
    }
    said = capfdbinary.readouterr()
    assert not [secret for secret in SECRETS if secret in said.out + said.err]
    assert sorted(path.name for path in home.iterdir()) == ["corp.pem"]


def test_a_password_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://ada:s3cr3t@proxy.corp.test:3128")
    assert run(["image", "write", "out", "--ca", "corp.pem"]) == 3
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--flavor", "prefect", "--family", "alpine"), "`--flavor prefect` is of the family `debian`"),
        (("--from", "a b"), "`a b` cannot stand in a Dockerfile as it is"),
        (("--user", "$(id)"), "`$(id)` cannot stand in a Dockerfile as it is"),
        (("--at", "/etc/ü"), "`/etc/ü` cannot stand in a Dockerfile as it is"),
        (("--at", "etc"), "`--at etc` is no directory of its own"),
    ],
)
def test_what_cannot_be_is_a_usage_error(
    options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(*options, status=2)
    assert words in capsys.readouterr().err


def test_the_root_is_no_folder_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["image", "write", "/", *PROXY]) == 2
    assert "`/` is no folder of its own" in capsys.readouterr().err


def test_the_installation_is_enough(home: Path) -> None:
    given = ("--proxy", "localhost:9", "--ca", "corp.pem", "--no-derive", "--yes", "--no-check", "--no-rc")
    assert run(["setup", *given, "--quiet"]) == 0
    assert run(["image", "write", "out", "--proxy-there", "px.corp.test:3128"]) == 0
    lines = Path("out/env.list").read_text().splitlines()
    assert lines[:5] == [
        "http_proxy=http://px.corp.test:3128",
        "HTTP_PROXY=http://px.corp.test:3128",
        "https_proxy=http://px.corp.test:3128",
        "HTTPS_PROXY=http://px.corp.test:3128",
        "no_proxy=localhost,127.0.0.1,::1,0.0.0.0",
    ]
    assert len(list(Path("out/anchors").iterdir())) == 1


def test_run_gives_a_command_the_environment_back(home: Path) -> None:
    folder = write("--at", str(home / "out"))
    said = subprocess.run(
        [str(folder / "run"), "sh", "-c", "echo $HTTPS_PROXY $SSL_CERT_FILE; exit 7"],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.stdout, said.returncode) == (f"http://proxy.corp.test:3128 {home}/out/ca-bundle.pem\n", 7)
