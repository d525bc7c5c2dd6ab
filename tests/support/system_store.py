"""The operating system's store with one more CA in it, for one process and its children.

The process gets a mount namespace of its own, in which a copy lies over the real store; the machine is not
touched, and the copy is gone with the process.
"""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from proxyenv.certificates.hash_directory import hash_subject
from support.machine import require_client

_ENTER = 'while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 99; shift 2; done; shift; exec "$@"'


def with_ca_in_store(ca: Path, directory: Path) -> tuple[str, ...]:
    """The beginning of a command that runs in a namespace whose store holds *ca*.

    Only root may do that; everybody else skips.

    Args:
        ca: PEM; of several the first is found by its hash too.
        directory: gets the copies.
    """
    user = getattr(os, "geteuid", None)  # absent on Windows
    if user is None or user() != 0:
        pytest.skip("only root has a mount namespace of its own")
    unshare, shell = require_client("unshare"), require_client("sh")
    begin = (unshare, "--mount", "--propagation", "private", shell, "-c", _ENTER, "sh")
    if subprocess.run((*begin, "--", "true"), capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount")
    paths = ssl.get_default_verify_paths()
    mounts: list[str] = []
    store = Path(os.path.realpath(paths.openssl_capath))
    if store.is_dir():
        copy = directory / "certs"
        shutil.copytree(store, copy, symlinks=False, ignore_dangling_symlinks=True)
        first, end, _ = ca.read_text("ascii").partition("-----END CERTIFICATE-----")
        name = hash_subject(ssl.PEM_cert_to_DER_cert(f"{first}{end}"))
        (copy / f"{name}.9").write_bytes(ca.read_bytes())
        bundle = copy / "ca-certificates.crt"
        if bundle.is_file():
            bundle.write_bytes(bundle.read_bytes() + ca.read_bytes())
        mounts += (str(copy), str(store))
    file = Path(os.path.realpath(paths.openssl_cafile))
    if file.is_file():
        merged = directory / "cert.pem"
        merged.write_bytes(file.read_bytes() + ca.read_bytes())
        mounts += (str(merged), str(file))
    assert mounts, "Python's OpenSSL has no store on this machine"
    return (*begin, *mounts, "--")
