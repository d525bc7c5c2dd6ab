"""``scripts/install`` alone: what it reads, refuses and says. It installs in `tests/integration`."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.certificates import make_ca
from support.growth import soon
from support.machine import AS_FOUND
from support.scripts import SCRIPTS, load_script

if TYPE_CHECKING:
    from types import ModuleType

SOURCE = (SCRIPTS / "install").read_text("utf-8")
LIBRARIES_OF_3_9 = {
    *(
        "__future__",
        "argparse",
        "base64",
        "contextlib",
        "errno",
        "getpass",
        "json",
        "os",
        "pathlib",
        "re",
        "shlex",
        "shutil",
        "signal",
        "ssl",
        "stat",
    ),
    *("subprocess", "sys", "tempfile", "threading", "time", "typing", "urllib"),
}
"""All of them are in the standard library of Python 3.9."""

on_unix = pytest.mark.skipif(sys.platform == "win32", reason="no named pipes, and no scripts of a shell")


@pytest.fixture(scope="module")
def install() -> ModuleType:
    before = list(sys.path)
    try:
        return load_script("install")
    finally:
        sys.path[:] = before


def write_program(file: Path, script: str) -> str:
    """A program that is a script of the shell."""
    file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    file.chmod(0o755)
    return str(file)


def run(file: Path, *arguments: str, python: str = sys.executable, **variables: str) -> Any:
    environment = {"HOME": str(file.parent), "PATH": "/usr/bin:/bin", **variables}
    return subprocess.run(
        [python, str(file), *arguments],
        cwd=file.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def copied(directory: Path) -> Path:
    """The one file, somewhere else."""
    file = directory / "install"
    file.write_text(SOURCE, "utf-8")
    return file


def test_python_3_9_reads_it() -> None:
    ast.parse(SOURCE, feature_version=(3, 9))


def test_it_imports_what_python_3_9_has() -> None:
    imports = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in imports if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in modules} - {"collections"} == LIBRARIES_OF_3_9


def test_an_old_python_runs_it(tmp_path: Path) -> None:
    found = sorted(Path(AS_FOUND.get("HOME", "/")).glob(".pyenv/versions/3.9.*/bin/python")) or [
        Path("/usr/bin/python3.9")
    ]
    if not found[0].exists():
        pytest.skip("there is no Python 3.9")
    done = run(copied(tmp_path), "--no-setup", python=str(found[0]))
    assert done.returncode == 2
    assert "there is nothing to install from" in done.stderr


def test_nothing_is_imported_from_beside_it(tmp_path: Path) -> None:
    for name in ("argparse", "ssl", "json", "pathlib", "typing"):
        (tmp_path / f"{name}.py").write_text(
            "raise SystemExit('imported from a folder of downloads')\n", "utf-8"
        )
    done = run(copied(tmp_path), "--no-setup")
    assert "there is nothing to install from" in done.stderr


def test_no_program_is_taken_from_the_working_directory(install: ModuleType, tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\nexit 0\n", "utf-8")
    uv.chmod(0o755)
    os.chdir(tmp_path)
    os.environ["PATH"] = f".{os.pathsep}{os.pathsep}/nowhere"
    assert install.find_program("uv") is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("proxyenv", "`proxyenv` is not what is meant"),
        (".", "`.` is not what is meant"),
        ("/no/such/clone", "`--from` names `/no/such/clone`, which does not exist"),
    ],
)
def test_what_it_does_not_install(install: ModuleType, asked: str, said: str) -> None:
    options, _ = install.parse(["--from", asked])
    with pytest.raises(install.FailedError, match=said):
        install.find_source(options)


def test_a_clone_installs_itself(install: ModuleType) -> None:
    options, rest = install.parse(["--yes", "--api-url", "http://prefect.corp.example:4200/api"])
    assert install.find_source(options).what == str(SCRIPTS.parent)
    assert rest == ["--yes", "--api-url", "http://prefect.corp.example:4200/api"]


def test_a_folder_of_wheels_asks_no_index(install: ModuleType, tmp_path: Path) -> None:
    options, _ = install.parse(["--find-links", str(tmp_path), "--from", "proxyenv-bootstrap==1.2"])
    source = install.find_source(options)
    assert source.options == ("--no-index", "--find-links", str(tmp_path))
    assert source.what == "proxyenv-bootstrap==1.2"


def test_a_private_key_is_refused(install: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "corp.pem"
    file.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "utf-8")
    with pytest.raises(install.FailedError, match="holds a private key"):
        install.read_certificates(file)


@on_unix
def test_what_is_no_file_is_refused(install: ModuleType, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # type: ignore[attr-defined,unused-ignore]  # no Windows
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(install.FailedError, match=f"`{path}` cannot be read: it is not a regular file"):
            install.read_certificates(path)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="root alone may read it")
def test_what_has_no_end_is_refused(install: ModuleType) -> None:
    with pytest.raises(install.FailedError, match="`/proc/kmsg` cannot be read: it has no end"):
        install.read_certificates(Path("/proc/kmsg"))
    os.environ["SSL_CERT_FILE"] = "/proc/kmsg"
    options, _ = install.parse([])
    assert install.find_network(options, os.environ) == ("", (), "", False)


def test_what_is_too_large_is_refused(install: ModuleType, tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(16 * 1024**2 + 1)
    with pytest.raises(install.FailedError, match=f"`{large}` cannot be read: it is larger than 16384 kiB"):
        install.read_certificates(large)
    assert install.find_certificates(large) == []


@on_unix
def test_a_password_file_is_a_short_file(install: ModuleType, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)  # type: ignore[attr-defined,unused-ignore]  # no Windows
    with (tmp_path / "hole").open("wb") as file:
        file.truncate(10 * 1024**3)
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    said = {
        "pipe": "it is not a regular file",
        "hole": "it is larger than 64 kiB",
        "latin": "it is not UTF-8",
    }
    for name, reason in said.items():
        (tmp_path / name).chmod(0o600)
        asked = ["--proxy", "http://ada@127.0.0.1:9", "--proxy-password-file", str(tmp_path / name)]
        options, _ = install.parse(asked)
        with pytest.raises(install.FailedError, match=f"{name}` cannot be read: {reason}"):
            install.find_network(options, {})


@on_unix
@pytest.mark.parametrize(
    "script",
    [
        pytest.param("exec yes", id="talks without end"),
        pytest.param("yes | head -c 70000", id="says too much"),
        pytest.param("printf '[%.0s' $(seq 20000)", id="nests brackets"),
        pytest.param("echo 5", id="says a number"),
        pytest.param("echo '[[], true, []]'", id="says lists"),
        pytest.param("exit 3", id="says nothing"),
    ],
)
def test_a_python_that_does_not_answer_is_none(install: ModuleType, tmp_path: Path, script: str) -> None:
    begun = time.monotonic()
    assert install.ask_python(write_program(tmp_path / "python3.12", script)) is None
    assert time.monotonic() - begun < 30


@on_unix
def test_a_python_is_asked_for_its_pip(install: ModuleType, tmp_path: Path) -> None:
    python = write_program(tmp_path / "python3.12", """echo '["3.12", false, "24.0"]'""")
    assert install.ask_python(python) == (python, "3.12", False, "24.0")


@on_unix
@pytest.mark.parametrize("script", ["exec sleep 60", "sleep 60", "trap '' TERM INT; sleep 60"])
def test_a_program_that_hangs_is_ended(install: ModuleType, tmp_path: Path, script: str) -> None:
    begun = time.monotonic()
    with pytest.raises(TimeoutError, match="it took more than 1 s"):
        install.listen((write_program(tmp_path / "program", script),), seconds=1)
    assert time.monotonic() - begun < 30


@on_unix
def test_who_outlives_a_program_is_not_waited_for(install: ModuleType, tmp_path: Path) -> None:
    program = write_program(tmp_path / "program", "sleep 20 & echo said; exit 4")
    assert install.listen((program,), seconds=1) == (4, b"said\n")


@on_unix
def test_an_installed_program_that_hangs_counts_as_set_up(install: ModuleType, tmp_path: Path) -> None:
    assert install.is_set_up(write_program(tmp_path / "proxyenv", "exec yes")) is True
    assert install.is_set_up(write_program(tmp_path / "other", """echo '"not-installed"'""")) is False


def test_a_record_that_nests_brackets_is_none(install: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "installed.json").write_text("[" * 100_000, "utf-8")
    assert install.read_record(tmp_path) is None


def test_a_version_of_pip_may_have_any_length(install: ModuleType, tmp_path: Path) -> None:
    python = install.Python("/usr/bin/python3", "3.11", ensurepip=False, pip="9" * 5000)
    assert [way.name for way in install.ways_of_pip(tmp_path, python)] == [f"pip {'9' * 5000}"]


def test_blocks_that_do_not_end_are_passed_over_at_once(install: ModuleType, tmp_path: Path) -> None:
    ca = make_ca()
    (tmp_path / "ca.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\n" * 50_000 + ca.pem)
    with soon(1):
        found = install.read_certificates(tmp_path / "ca.pem")
    assert found == [ca.pem.decode().strip()]


def test_of_what_a_program_says_the_end_is_kept(install: ModuleType, tmp_path: Path) -> None:
    talk = "for _ in range(50_000): print('word ' * 200)\nprint('the last')\nraise SystemExit(1)"
    command = [sys.executable, "-c", talk]
    tracemalloc.start()
    try:
        with pytest.raises(install.FailedError, match=r"ended with status 1: .*word \| the last"):
            install.run(command, os.environ, tmp_path, install.Network("", (), "", given=False))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("given", ["file://server.test/ca.pem", "FILE:ca.pem", "ftp://server.test/ca.pem"])
def test_a_url_is_no_path_below_here(
    install: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    planted = tmp_path / given
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_bytes(make_ca().pem)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(install.FailedError, match="`--ca` names a URL"):
        install.existing(given, "--ca")


def test_pem_and_der_are_read_alike(install: ModuleType, tmp_path: Path) -> None:
    ca = make_ca()
    (tmp_path / "ca.pem").write_bytes(b"Bag Attributes\n" + ca.pem)
    (tmp_path / "ca.der").write_bytes(ca.der)
    read = {install.read_certificates(tmp_path / name)[0] for name in ("ca.pem", "ca.der")}
    assert read == {ca.pem.decode().strip()}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://ada:s3cret@proxy.corp.example:3128", "http://ada:****@proxy.corp.example:3128"),
        ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128"),
        ("http://ada:s3/cret@proxy:x", "(not shown: it cannot be parsed)"),
    ],
)
def test_a_password_is_not_shown(install: ModuleType, url: str, shown: str) -> None:
    assert install.masked(url) == shown


def test_the_proxy_and_the_ca_are_variables(install: ModuleType, tmp_path: Path) -> None:
    os.environ.update(
        {"PYTHONPATH": "/x", "PIP_TRUSTED_HOST": "index", "PIP_TARGET": "/x", "SSL_CERT_DIR": "/x"}
    )
    network = install.Network("http://proxy:1", ("PEM",), "", given=True)
    variables = install.make_variables(network, tmp_path)
    wanted = {
        "https_proxy": "http://proxy:1",
        "PIP_PROXY": "http://proxy:1",
        "PIP_CERT": f"{tmp_path}/ca.pem",
    }
    assert wanted.items() <= variables.items()
    assert not {"PYTHONPATH", "PIP_TRUSTED_HOST", "PIP_TARGET", "SSL_CERT_DIR"} & variables.keys()


def test_no_proxy_is_kept_for_pip(install: ModuleType, tmp_path: Path) -> None:
    os.environ.update({"NO_PROXY": "index.corp.example", "PIP_PROXY": "http://earlier:1"})
    variables = install.make_variables(install.Network("http://proxy:1", (), "", given=True), tmp_path)
    assert "PIP_PROXY" not in variables


def test_without_a_python_it_says_what_to_do(install: ModuleType) -> None:
    message, hint = install.explain_missing((), ["rocky", "rhel", "centos", "fedora"])
    assert message.startswith("proxyenv needs Python 3.11 to 3.14; this is ")
    assert hint == "as root: `dnf install python3.12`; or install uv, which brings a Python"


def test_debian_without_ensurepip_gets_the_command(install: ModuleType) -> None:
    python = install.Python("/usr/bin/python3", "3.11", ensurepip=False, pip="0")
    _, hint = install.explain_missing((python,), ["debian"])
    assert hint == "as root: `apt-get install python3.11-venv`"


def test_pip_below_22_3_cannot_install_elsewhere(install: ModuleType, tmp_path: Path) -> None:
    python = install.Python("/usr/bin/python3", "3.11", ensurepip=False, pip="22.0.2")
    assert install.ways_of_pip(tmp_path, python) == []


def test_what_it_did_not_install_it_does_not_remove(tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir()
    (place / "precious").touch()
    done = run(copied(tmp_path), "--uninstall", "--to", str(place))
    assert done.returncode == 3
    assert (place / "precious").exists()


def test_the_password_comes_from_a_file_that_is_closed(install: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("p@ss:w/rd\n", "utf-8")
    asked = ["--proxy", "ada@proxy.corp.example:3128", "--proxy-password-file", str(file)]
    options, _ = install.parse(asked)
    file.chmod(0o644)
    with pytest.raises(install.FailedError, match="others can read"):
        install.find_network(options, {})
    file.chmod(0o600)
    network = install.find_network(options, {})
    assert network.proxy == "http://ada:p%40ss%3Aw%2Frd@proxy.corp.example:3128"
    assert network.said == "proxy http://ada:****@proxy.corp.example:3128"
