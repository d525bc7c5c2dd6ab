"""Much of everything, by `scripts/bench --load`: seconds and memory of one run each, and their aims."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

PROXY = ("--proxy", "http://localhost:3128")
SETUP = ("setup", *PROXY, "--no-check", "--yes")
MOST_MEMORY = 300
"""In MB."""

MAKE_CAS = """
import pathlib, sys
from datetime import datetime, timedelta
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

key, today = ec.generate_private_key(ec.SECP256R1()), datetime.now()
names = "digital_signature content_commitment key_encipherment data_encipherment key_agreement"
usage = dict.fromkeys((*names.split(), "encipher_only", "decipher_only"), False)
template = (
    x509.CertificateBuilder().public_key(key.public_key())
    .not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=365))
    .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
)
with pathlib.Path(sys.argv[1]).open("wb") as file:
    for number in range(int(sys.argv[2])):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Root {number}")])
        signed = template.subject_name(name).issuer_name(name).serial_number(number + 1).sign(key, SHA256())
        file.write(signed.public_bytes(Encoding.PEM))
"""


@dataclass(frozen=True)
class Load:
    """One run in a home that has much of something.

    Args:
        name: what it is.
        arguments: of proxyenv.
        prepare: makes it, in the home.
        seconds: that it may take.
        memory: in MB, that it may take.
        environment: of the run, beside the home.
        statuses: with which it may end.
        copied: a directory that it writes, below the home; how long coreutils take to copy it is said beside.
    """

    name: str
    arguments: Sequence[str]
    prepare: Callable[[Path], object]
    seconds: float = 3
    memory: float = MOST_MEMORY
    environment: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = (0,)
    copied: str | None = None


def make_loads(python: str) -> Iterator[Load]:
    """All of them."""

    def make_cas(home: Path) -> None:
        subprocess.run((python, "-c", MAKE_CAS, str(home / "cas.pem"), "10000"), check=True)

    def make_files(home: Path) -> None:
        (home / "many").mkdir()
        for number in range(100_000):
            (home / "many" / f"{number}.pem").touch()

    profiles = "".join(
        f'[profiles.p{number}]\nPREFECT_API_URL = "http://a{number}/api"\n' for number in range(1000)
    )
    entries = ",".join(f"h{number}" for number in range(10_000))
    certs = ".local/share/proxyenv/certs"
    yield Load("setup, 10,000 CAs", (*SETUP, "--ca", "cas.pem"), make_cas, memory=600, copied=certs)
    yield Load("setup, 1,000 profiles", SETUP, lambda home: write_profiles(home, profiles))
    settings = "[profiles.work]\n" + "".join(f"K{number} = {number}\n" for number in range(70_000))
    yield Load("setup, 1 MB of a profile", SETUP, lambda home: write_profiles(home, settings))
    comments = "# a comment\n" * 100_000
    yield Load("setup, 100,000 comments", SETUP, lambda home: write_profiles(home, comments))
    lines = "alias ll='ls -l'\n" * 310_000
    yield Load("setup, 5 MB of .bashrc", SETUP, lambda home: (home / ".bashrc").write_text(lines))
    listed = {"no_proxy": entries, "HTTPS_PROXY": "http://localhost:3128"}
    yield Load("routes, 10,000 of NO_PROXY", ("routes", "a.test"), str, environment=listed, statuses=(0, 1))
    yield Load("setup, 10,000 of NO_PROXY", SETUP, str, environment=listed, statuses=(0, 2, 3))
    named = {"SSL_CERT_FILE": "many"}
    yield Load("discover, 100,000 files", ("discover",), make_files, environment=named)
    # a file with a hole: what counts is that nobody reads it
    yield Load("setup, 1.5 GB of .bashrc", SETUP, make_hole, statuses=(3,))


def write_profiles(home: Path, text: str) -> None:
    """Prefect's own file."""
    (home / ".prefect").mkdir()
    (home / ".prefect" / "profiles.toml").write_text(text)


def make_hole(home: Path) -> None:
    """An rc file of 1.5 GB that takes no place."""
    with (home / ".bashrc").open("wb") as file:
        file.truncate(1_500_000_000)


def measure_loads(python: str, root: Path) -> Iterator[str]:
    """Run each in a home of its own, and render a line."""
    for number, load in enumerate(make_loads(python)):
        home = root / f"loaded-{number}"
        home.mkdir()
        (home / ".bashrc").touch()
        load.prepare(home)
        seconds, memory = run(load, python, home)
        verdict = "" if seconds <= load.seconds and memory <= load.memory else "  missed"
        yield (
            f"{load.name:<28}{seconds:>8.2f} s, aim {load.seconds:.0f} s{memory:>8.0f} MB, "
            f"aim {load.memory:.0f} MB{verdict}"
        )
        if load.copied:
            alone = copy(home / load.copied)
            times = seconds / alone
            yield f"{'  its files alone':<28}{alone:>8.2f} s by `cp -r` and `sync` of each: {times:.1f} times"


def copy(directory: Path) -> float:
    """Seconds that coreutils take to copy a directory and to bring each file to the disk."""
    shell, program = shutil.which("sh"), 'cp -r "$1" "$2" && find "$2" -type f -exec sync {} +'
    if shell is None:
        sys.exit("error: there is no `sh`")
    begun = time.perf_counter()
    subprocess.run((shell, "-c", program, "sh", str(directory), str(directory.with_name("copy"))), check=True)
    return time.perf_counter() - begun


def run(load: Load, python: str, home: Path) -> tuple[float, float]:
    """Seconds and MB of one run. On Linux the system counts memory in kB."""
    environment = {"HOME": str(home), "PATH": os.environ.get("PATH", os.defpath), **load.environment}
    begun = time.perf_counter()
    with subprocess.Popen(
        (python, "-m", "proxyenv", *load.arguments),
        env=environment,
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        said = process.stderr.read() if process.stderr else b""
        memory = 0.0
        if sys.platform != "win32":
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            memory = used.ru_maxrss / 1024
    if process.returncode not in load.statuses:
        sys.exit(f"error: `{load.name}` ended with status {process.returncode}: {said.decode()[-400:]}")
    return time.perf_counter() - begun, memory
