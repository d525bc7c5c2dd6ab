"""A value that no machine could make right is refused before this one is read or another is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import proxyenv as package
from support.command import environment_of

SCRIPT: Final = """
import os, sys
home = os.environ["HOME"]

def refuse(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "subprocess.Popen"}:
        print("ASKED", event, arguments, file=sys.__stderr__, flush=True)
        os._exit(70)
    if event in {"open", "os.listdir", "os.scandir"} and str(arguments[0]).startswith(home):
        print("READ", arguments[0], file=sys.__stderr__, flush=True)
        os._exit(71)

from proxyenv.__main__ import main
sys.argv = ["proxyenv", *sys.argv[1:]]
sys.addaudithook(refuse)
sys.exit(main())
"""
"""Ends where a file below the home is opened, a directory listed, a name looked up or a connection made."""

PIN: Final = "ab" * 32
URL: Final = "https://pki.corp.test/x"

WRONG: Final = [
    (("setup", "--wpad", "--pac-digest", "zz"), "usage"),
    (("setup", "--pac", URL, "--pac-digest", "zz"), "usage"),
    (("setup", "--pac", "https://ada:geheim@corp.test/x.pac"), "usage"),
    (("setup", "--wpad", "--proxy", "a.test:1"), "usage"),
    (("setup", "--wpad", "--ca-fingerprint", "zz"), "fingerprint-mismatch"),
    (("setup", "--ca", URL, "--ca-fingerprint", "zz"), "fingerprint-mismatch"),
    (("trust", "fetch", "a.test", "--ca-fingerprint", "zz"), "fingerprint-mismatch"),
    (("trust", "inspect", URL, "--ca-fingerprint", "zz"), "fingerprint-mismatch"),
    (("trust", "inspect", URL, "--target-python", "9.9"), "usage"),
    (("trust", "fetch", "a.test", "--proxy", "http://:1"), "proxy-url-invalid"),
    (("setup", "--ca", "http://pki.corp.test/x"), "usage"),
    (("setup", "--ca", "https://"), "url-invalid"),
    (("setup", "--config", URL, "--config-digest", "zz"), "usage"),
    (("setup", "--config", URL), "policy-unpinned"),
    (("setup", "--config", URL, "--config-digest", PIN, "--proxy", "http://a b"), "proxy-url-invalid"),
    (("setup", "--wpad", "--target-python", "9.9"), "usage"),
    (("setup", "--wpad", "--configure", "nothing"), "usage"),
    (("setup", "--wpad", "--shell", "nothing"), "usage"),
    (("setup", "--wpad", "--url", "nothing"), "url-invalid"),
    (("setup", "--wpad", "--api-url", "nothing"), "api-url-invalid"),
    (("setup", "--wpad", "--profile", "a b"), "profile-name-invalid"),
    (("setup", "--wpad", "--no-proxy", "a b/c"), "no-proxy-invalid"),
    (("setup", "--ca", URL, "--proxy", "http://:1"), "proxy-url-invalid"),
    (("setup", "--ca", URL, "--http-proxy", "socks5://a.test:1"), "proxy-url-invalid"),
    (("setup", "--ca", URL, "--proxy-there", "http://:1"), "proxy-url-invalid"),
    (("setup", "--ca", URL, "--proxy", "ada:****@a.test:1"), "password-masked"),
    (("setup", "--base", "nothing"), "usage"),
    (("setup", "--timer=x"), "usage"),
    (("diff", "--wpad", "--pac-digest", "zz"), "usage"),
    (("refresh", "--url", "nothing"), "url-invalid"),
    (("discover", "--ca", URL, "--ca-fingerprint", "zz"), "fingerprint-mismatch"),
    (("env", "--place", "image", "--at", "here", "--ca", URL), "usage"),
    (("env", "--place", "image", "--ca", URL, "--proxy", "http://:1"), "proxy-url-invalid"),
    (("image", "write", "x", "--ca", URL, "--ca-fingerprint", "zz"), "fingerprint-mismatch"),
    (("kubernetes", "--ca", URL, "--proxy", "http://:1"), "proxy-url-invalid"),
    (("kubernetes", "--ca", URL, "--api-server", "x"), "usage"),
    (("trust", "install", "--store", "nothing"), "usage"),
    (("status", "--target-python", "9.9"), "usage"),
    (("check", "--target-python", "9.9"), "usage"),
    (("check", "--pool", "a", "--timeout", "x"), "usage"),
    (("pool", "watch", "a", "--every", "x", "--notify", "slack/a"), "usage"),
]


@pytest.mark.parametrize(("arguments", "code"), WRONG, ids=[" ".join(each[0]) for each in WRONG])
def test_it_is_refused_first(tmp_path: Path, arguments: tuple[str, ...], code: str) -> None:
    environment = {**environment_of(tmp_path), "PYTHONPATH": str(Path(package.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments, "--output", "json"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.stdout, done.stderr
    assert json.loads(done.stdout)["errors"][0]["code"] == code
    assert done.returncode == (3 if code == "fingerprint-mismatch" else 2)
