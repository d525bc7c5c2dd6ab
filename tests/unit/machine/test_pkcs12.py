"""A PKCS#12 is opened in a process that is ended where it takes too long."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import cryptography_vectors
import pytest

from proxyenv.certificates.certificate import CertificateFile, parse_content
from proxyenv.certificates.container import Opening
from proxyenv.errors import TrustError
from proxyenv.machine.pkcs12 import Opener
from support.certificates import Issued, make_ca, make_keyless_pkcs12, make_pkcs12
from support.machine import require_client
from support.pkcs12_forms import (
    ROW,
    SALT_IN_PIECES,
    derive,
    derive_by_nothing,
    derive_by_scrypt,
    encrypt,
    encrypt_by_rc2,
    endless,
    hide,
    make_bag_of_bags,
    make_container,
    make_data,
    make_encrypted,
    make_key_bag,
    make_mac,
    make_mac_of_its_own_key,
)

ROOT: Final = Path(__file__).parents[3]
VECTORS: Final = Path(cryptography_vectors.__file__).parent / "pkcs12"
MANY: Final = 2**31 - 1
PLAIN: Final = (None, b"")

needs_a_limit: Final = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no limit of the processor's time"
)


@cache
def ca() -> Issued:
    return make_ca("Corp Root")


def read(data: bytes, password: str | None = None, *, opener: Opener | None = None) -> CertificateFile:
    return parse_content(data, source="corp.p12", password=password, open_pkcs12=opener or Opener())


@needs_a_limit
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(make_container(make_encrypted(encrypt(derive(MANY)))), id="a part"),
        pytest.param(
            make_container(make_encrypted(encrypt(derive(MANY, SALT_IN_PIECES)))), id="a salt in pieces"
        ),
        pytest.param(
            make_container(make_encrypted(encrypt(endless(derive(MANY))))), id="a length that is not given"
        ),
        pytest.param(
            make_container(make_encrypted(encrypt(derive_by_scrypt(16_384, 8, 1600)))),
            id="scrypt in parallel",
        ),
        pytest.param(
            make_container(hide(), hide(), make_encrypted(encrypt(derive(MANY)))), id="the last of many parts"
        ),
        pytest.param(
            make_container(make_encrypted(encrypt_by_rc2(MANY))), id="millions of rounds of the old kind"
        ),
        pytest.param(make_container(make_data(ROW(make_key_bag(encrypt(derive(MANY)))))), id="a key"),
        pytest.param(
            make_container(make_data(ROW(make_bag_of_bags(make_key_bag(encrypt(derive(MANY))))))),
            id="a key in a bag in a bag",
        ),
        pytest.param(
            make_container(hide(make_key_bag(encrypt(derive(MANY))))), id="a key in a part that is encrypted"
        ),
        pytest.param(
            make_container(hide(make_bag_of_bags(make_key_bag(encrypt(derive(MANY)))))),
            id="a key in a bag in one",
        ),
        pytest.param(make_container(mac=make_mac(MANY)), id="the MAC"),
        pytest.param(make_container(mac=make_mac(MANY, SALT_IN_PIECES)), id="the MAC, its salt in pieces"),
    ],
)
def test_a_container_that_takes_minutes_is_not_opened(data: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        read(data, opener=Opener(seconds=1))
    assert (caught.value.code, caught.value.message) == (
        "ca-unreadable",
        "`corp.p12` cannot be read: opening it takes more than 1 s",
    )


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(make_container(make_encrypted(ROW(b"\x06\x01\x2a", ROW()))), id="an unknown cipher"),
        pytest.param(
            make_container(make_encrypted(encrypt(ROW(b"\x06\x01\x2a", ROW())))), id="an unknown derivation"
        ),
        pytest.param(make_container(ROW(b"\x06\x01\x2a", b"\xa0\x00")), id="an unknown part"),
        pytest.param(make_container(make_data(ROW()) + b"\0"), id="an element that is cut off"),
        pytest.param(make_container(mac=make_mac(1) * 2), id="two MACs"),
        pytest.param(make_container(hide(b"\x04\x00")), id="no bag in a part that is encrypted"),
        pytest.param(make_container(mac=make_mac_of_its_own_key(MANY)), id="a MAC of another key"),
        pytest.param(make_container(make_encrypted(encrypt(derive(1), b""))), id="AES without a vector"),
        pytest.param(
            make_container(make_encrypted(encrypt(derive_by_nothing()))),
            id="a digest without a name",
        ),
        pytest.param(
            make_container(*[make_encrypted(encrypt(derive(1)))] * 25_000), id="megabytes of encrypted parts"
        ),
        pytest.param(
            make_container(make_encrypted(encrypt_by_rc2(1), bytes(3_000_000))),
            id="megabytes of an old cipher",
        ),
    ],
)
def test_what_openssl_does_not_read_is_refused_by_it(data: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        read(data, opener=Opener(seconds=9))
    assert caught.value.code in {"ca-password", "malformed-certificate"}


@needs_a_limit
def test_all_files_of_a_run_have_so_much_time_together() -> None:
    opener = Opener(seconds=2, together=3)
    slow = [make_container(mac=make_mac(MANY - number)) for number in range(4)]
    before = os.times().children_user
    refusals = [opener(data, PLAIN).refusal for data in (*slow, slow[0], make_keyless_pkcs12(ca()))]
    assert os.times().children_user - before < 5
    over = "the 3 s for all PKCS#12 files are over"
    assert refusals == [
        "opening it takes more than 2 s",
        *[over] * 3,
        "opening it takes more than 2 s",
        over,
    ]


def test_a_file_is_opened_once_for_the_same_passwords() -> None:
    opener = Opener(together=1)
    data = make_keyless_pkcs12(ca(), password=b"secret")
    for _ in range(50):
        assert opener(data, (b"secret",)).certificates == (ca().der,)
    assert opener(data, (b"other",)) == Opening(reason="Invalid password or PKCS12 data")


@pytest.mark.parametrize(
    "cipher",
    [
        "PBE-SHA1-RC4-128",
        "PBE-SHA1-RC4-40",
        "PBE-SHA1-3DES",
        "PBE-SHA1-2DES",
        "PBE-SHA1-RC2-128",
        "PBE-SHA1-RC2-40",
        "AES-128-CBC",
        "AES-192-CBC",
        "AES-256-CBC",
        "DES-EDE3-CBC",
        "DES-CBC",
        "CAMELLIA-128-CBC",
        "CAMELLIA-256-CBC",
        "ARIA-128-CBC",
        "ARIA-256-CBC",
        "SEED-CBC",
    ],
)
def test_what_openssl_encrypts_is_opened(tmp_path: Path, cipher: str) -> None:
    data = export(tmp_path, f"-legacy -nokeys -certpbe {cipher}", "geheim ä")
    assert [each.fingerprint for each in read(data, "geheim ä").certificates] == [ca().fingerprint]
    with pytest.raises(TrustError) as caught:
        read(data, "geheim")
    assert caught.value.message == "`corp.p12` is encrypted: the password is wrong"


def test_what_a_wrong_password_decrypts_refuses_nothing(tmp_path: Path) -> None:
    """RC4 has no padding: one of a hundred such files was refused with its own password."""
    opener = Opener(together=600)
    for _ in range(8):
        data = export(tmp_path, "-legacy -nokeys -certpbe PBE-SHA1-RC4-128", "geheim")
        assert len(read(data, "geheim", opener=opener).certificates) == 1


def test_a_million_rounds_of_everything_are_opened(tmp_path: Path) -> None:
    data = export(tmp_path, "-iter 1000000", "geheim", key=True)
    found = read(data, "geheim")
    assert [each.fingerprint for each in found.certificates] == [ca().fingerprint]
    assert found.export == "openssl pkcs12 -in corp.p12 -nokeys -out ca.pem"


def export(tmp_path: Path, options: str, password: str, *, key: bool = False) -> bytes:
    made, written = tmp_path / "ca.pem", tmp_path / "ca.p12"
    made.write_bytes(ca().pem + (ca().key_pem if key else b""))
    arguments = f"pkcs12 -export {options} -in {made} -out {written} -passout"
    command = [require_client("openssl"), *arguments.split(), f"pass:{password}"]
    subprocess.run(command, check=True, capture_output=True)
    return written.read_bytes()


@pytest.mark.parametrize(
    ("name", "password", "count"),
    [
        pytest.param("cert-none-key-none.p12", "cryptography", 1, id="OpenSSL with a MAC alone"),
        pytest.param("cert-rc2-key-3des.p12", "cryptography", 1, id="OpenSSL with the oldest ciphers"),
        pytest.param("cert-key-aes256cbc.p12", "cryptography", 1, id="OpenSSL with PBES2"),
        pytest.param("no-password.p12", None, 1, id="OpenSSL without a password"),
        pytest.param("java-truststore.p12", None, 2, id="a trust store of Java's"),
        pytest.param("name-all-no-pwd.p12", None, 3, id="nothing encrypted"),
        pytest.param("name-all-pwd.p12", "password", 3, id="all encrypted"),
    ],
)
def test_what_other_programs_write_is_opened(name: str, password: str | None, count: int) -> None:
    assert len(read((VECTORS / name).read_bytes(), password).certificates) == count


def test_what_firefox_s_library_writes_in_ber_is_read(tmp_path: Path) -> None:
    certutil, pk12util = require_client("certutil"), require_client("pk12util")
    database, noise, exported = f"sql:{tmp_path}", tmp_path / "noise", tmp_path / "corp.p12"
    noise.write_bytes(bytes(range(100)))
    made = (
        f"{certutil} -N -d {database} --empty-password",
        f"{certutil} -S -d {database} -n corp -s CN=Corp -x -t C,, -z {noise}",
        f"{pk12util} -o {exported} -n corp -d {database} -W secret",
    )
    for command in made:
        subprocess.run(command.split(), check=True, capture_output=True)
    data = exported.read_bytes()
    assert data[:2] == b"\x30\x80"
    (found,) = read(data, "secret").certificates
    assert found.subject == "CN=Corp"


def test_what_keytool_writes_is_opened(tmp_path: Path) -> None:
    store, made = tmp_path / "corp.p12", tmp_path / "ca.pem"
    made.write_bytes(ca().pem)
    arguments = f"-importcert -noprompt -storetype PKCS12 -alias corp -file {made} -keystore {store}"
    command = [require_client("keytool"), *arguments.split(), "-storepass", "changeit"]
    subprocess.run(command, check=True, capture_output=True)
    assert len(read(store.read_bytes(), "changeit").certificates) == 1
    with pytest.raises(TrustError) as caught:
        read(store.read_bytes(), "falsch")
    assert caught.value.code == "ca-password"


def test_the_key_stays_where_it_was_opened() -> None:
    assert Opener()(make_pkcs12(ca()), PLAIN) == Opening((ca().der,), has_key=True)


def test_nothing_is_imported_from_where_it_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "cryptography", "sitecustomize", "base64"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('planted')")
    monkeypatch.chdir(tmp_path)
    for entries in (".", "", str(tmp_path), f":{tmp_path}"):
        monkeypatch.setenv("PYTHONPATH", entries)
        assert Opener()(make_keyless_pkcs12(ca()), PLAIN).certificates == (ca().der,)


def test_a_python_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(TrustError) as caught:
        read(make_keyless_pkcs12(ca()))
    assert caught.value.message == "`corp.p12` cannot be read: it cannot be opened: No such file or directory"


@pytest.mark.skipif(sys.platform == "win32", reason="a script of a shell stands for Python")
def test_a_process_that_gives_no_answer_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\ncat > /dev/null\necho ImportError: no such library >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(TrustError) as caught:
        read(make_keyless_pkcs12(ca()))
    assert caught.value.message == (
        "`corp.p12` cannot be read: it cannot be opened: ImportError: no such library"
    )


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOMEM, errno.EMFILE])
def test_no_further_process_is_no_fault_of_the_file(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("proxyenv.machine.pkcs12.run_program", start)
    with pytest.raises(OSError, match=os.strerror(number)):
        read(make_keyless_pkcs12(ca()))


def test_an_archive_of_the_program_opens_one(tmp_path: Path) -> None:
    """As `zipapp` makes it, whose modules are no files."""
    archive = tmp_path / "proxyenv.pyz"
    with ZipFile(archive, "w") as file:
        file.writestr("__main__.py", "from proxyenv.__main__ import main\nraise SystemExit(main())\n")
        for path in sorted((ROOT / "proxyenv").rglob("*.py")):
            file.write(path, path.relative_to(ROOT).as_posix())
    (tmp_path / "corp.p12").write_bytes(make_keyless_pkcs12(ca()))
    command = (sys.executable, "-I", archive, "trust", "inspect", "corp.p12", "--quiet")
    environment = {"HOME": str(tmp_path), "PATH": os.defpath}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_an_interrupt_ends_the_process_and_its_command_line_has_no_password(tmp_path: Path) -> None:
    (tmp_path / "corp.p12").write_bytes(make_container(mac=make_mac(MANY)))
    hears = ("env", "--default-signal=INT")  # also where what started the tests ignores it
    verb = ("trust", "inspect", "corp.p12", "--ca-password-env", "CORP")
    command = [*hears, sys.executable, "-m", "proxyenv", *verb]
    environment = {"HOME": str(tmp_path), "PATH": os.defpath, "PYTHONPATH": str(ROOT), "CORP": "geheim"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        child = wait_for_opener(process.pid)
        words = Path(f"/proc/{child}/cmdline").read_bytes() + Path(f"/proc/{child}/environ").read_bytes()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20)[1] == b"interrupted\n"
    assert process.returncode == 130
    assert b"geheim" not in words
    wait_for_end(child)


def wait_for_end(process: int) -> None:
    """It may not be collected yet by whoever does that for orphans."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state in {"Z", "X"}:
            return
        time.sleep(0.05)
    raise AssertionError("it goes on")


def wait_for_opener(parent: int) -> int:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for child in children:
            if b"pkcs12" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
        time.sleep(0.05)
    raise AssertionError("no process opens it")
