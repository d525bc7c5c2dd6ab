"""In a repository that somebody else made: its files choose nothing, and none of its programs runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pytest

import proxyenv as package
from support.certificates import make_ca
from support.command import Ran, environment_of

if TYPE_CHECKING:
    from collections.abc import Mapping

PROXY: Final = "http://evil.test:3128"
FILES: Final = {
    ".npmrc": "proxy={proxy}\nhttps-proxy={proxy}\ncafile={ca}\n",
    ".git/config": (
        "[core]\n\tfsmonitor = touch ran\n\tsshCommand = touch ran\n"
        "[http]\n\tproxy = {proxy}\n\tsslCAInfo = {ca}\n"
    ),
    ".git/HEAD": "ref: refs/heads/main\n",
    ".cargo/config.toml": '[http]\nproxy = "{proxy}"\ncainfo = "{ca}"\n',
    ".yarnrc.yml": 'httpsProxy: "{proxy}"\nhttpsCaFilePath: "{ca}"\n',
    "uv.toml": 'https-proxy = "{proxy}"\n',
    "pip.conf": "[global]\nproxy = {proxy}\ncert = {ca}\n",
    ".curlrc": 'proxy = "{proxy}"\ncacert = "{ca}"\n',
    ".wgetrc": "https_proxy = {proxy}\nca_certificate = {ca}\n",
    ".vscode/settings.json": '{{"http.proxy": "{proxy}"}}\n',
    ".devcontainer/devcontainer.json": (
        '{{"containerEnv": {{"HTTPS_PROXY": "{proxy}", "SSL_CERT_FILE": "{ca}"}}}}\n'
    ),
    "proxyenv.toml": 'version = 1\n[proxy]\nhttps = "{proxy}"\n[trust]\nca = ["{ca}"]\n',
    "wpad.dat": 'function FindProxyForURL(url, host) {{ return "PROXY evil.test:3128"; }}\n',
    ".env": (
        "HTTPS_PROXY={proxy}\nSSL_CERT_FILE={ca}\nPREFECT_API_URL=http://evil.test/api\n"
        "PREFECT_PROFILES_PATH=profiles.toml\n"
    ),
    "prefect.toml": 'profiles_path = "profiles.toml"\n[api]\nurl = "http://evil.test/api"\n',
}
PROGRAMS: Final = (
    "openssl",
    "java",
    "keytool",
    "certutil",
    "node",
    "npm",
    "go",
    "git",
    "pip",
    "python3",
    "prefect",
    "docker",
    "gsettings",
    "nmcli",
    "curl",
    "uv",
    "systemctl",
)


MODULES: Final = (
    *("__future__", "argparse", "json", "pathlib", "ssl", "subprocess", "tomllib", "typing"),
    *("certifi", "cryptography", "httpx", "pip", "platformdirs", "truststore"),
)
"""Not those that Python imports before it starts us, such as `types` and `sitecustomize`."""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    clone = tmp_path / "clone"
    for name, text in FILES.items():
        path = clone / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(proxy=PROXY, ca=clone / "evil.pem"))
    (clone / "evil.pem").write_bytes(make_ca("Evil").pem)
    for name in (*PROGRAMS, "bash"):
        write_program(clone / name, f"#!/bin/sh\necho {name} >> '{clone}/ran'\n")
    return clone


@pytest.fixture
def shims(tmp_path: Path) -> Path:
    """The user's own programs, as version managers put them on the `PATH`: each looks for its shell there."""
    (tmp_path / "shims").mkdir()
    for name in PROGRAMS:
        write_program(tmp_path / "shims" / name, '#!/usr/bin/env bash\npwd >> "${0%/*}/ran"\nexit 1\n')
    return tmp_path / "shims"


def write_program(path: Path, text: str) -> None:
    path.write_text(text, "ascii")
    path.chmod(0o755)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def run(
    *arguments: str,
    home: Path,
    directory: Path,
    path: str = "",
    modules: str = "",
    more: Mapping[str, str] = MappingProxyType({}),
    start: tuple[str, ...] = ("-m", "proxyenv"),
) -> Ran:
    """Run a verb as somebody does whose `PATH` begins with the working directory.

    Args:
        arguments: the verb and its own.
        home: of the user.
        directory: where it is run.
        path: of the `PATH`, what comes before the system's directories.
        modules: of `PYTHONPATH`, what comes before the directory of this package.
        more: variables.
        start: what Python is told to run.
    """
    root = str(Path(package.__file__).parents[1])
    variables = {"PATH": f".::bin:{path}:/usr/bin:/bin", "PYTHONPATH": f"{modules}{root}"}
    done = subprocess.run(
        [sys.executable, "-P", *start, *arguments],
        cwd=directory,
        env=environment_of(home) | variables | dict(more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def read_all(directory: Path) -> Mapping[str, bytes]:
    files = (path for path in sorted(directory.rglob("*")) if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def find_traces(home: Path) -> list[str]:
    """The files in the home that hold something of the repository: its proxy, its CA, its API."""
    return [name for name, content in read_all(home).items() if b"evil" in content.lower()]


@pytest.mark.parametrize("taken", [(), ("--from-tools",)], ids=["nobody is asked", "from tools"])
def test_its_proxy_and_its_ca_are_not_taken(clone: Path, home: Path, taken: tuple[str, ...]) -> None:
    before = read_all(clone)
    ran = run("setup", "--yes", "--no-check", *taken, home=home, directory=clone)
    assert ran.status == 0 or "error[nothing-found]" in ran.err  # the machine itself may have something
    assert (find_traces(home), read_all(clone)) == ([], before)


def test_what_is_set_up_there_is_taken_back_elsewhere(clone: Path, home: Path) -> None:
    before = read_all(clone)
    named = ("--proxy", "proxy.corp.example:3128", "--yes", "--no-check")
    ran = run("setup", *named, home=home, directory=clone)
    assert (ran.status, (home / ".prefect/profiles.toml").exists()) == (0, True), ran.err
    assert (find_traces(home), read_all(clone)) == ([], before)
    ran = run("uninstall", "--yes", home=home, directory=Path("/"))
    assert (ran.status, read_all(home)) == (0, {}), ran.err


CONSOLE_SCRIPT: Final = "import sys; from proxyenv.__main__ import main; sys.exit(main())"

LOOKING: Final = pytest.mark.parametrize(
    "verb", ["discover", "clients", "trust status", "routes", "pac wpad.dat", "trust inspect evil.pem"]
)


@pytest.mark.parametrize(
    ("more", "status"), [({"HOME": "lib"}, 2), ({"XDG_CONFIG_HOME": "lib/.config"}, 3)], ids=["HOME", "XDG"]
)
@pytest.mark.parametrize("verb", ["env", "run -- env"])
def test_its_env_file_is_not_read(
    clone: Path, home: Path, verb: str, more: dict[str, str], status: int
) -> None:
    (clone / "lib/.config/proxyenv").mkdir(parents=True)
    (clone / "lib/.config/proxyenv/env.sh").write_text(f"export HTTPS_PROXY='{PROXY}'\n", "ascii")
    ran = run(*verb.split(), home=home, directory=clone, more=more)
    assert (ran.status, ran.out) == (status, "")


@LOOKING
def test_looking_runs_nothing_of_it(clone: Path, home: Path, verb: str) -> None:
    ran = run(*verb.split(), home=home, directory=clone)
    assert "Traceback" not in ran.err
    assert not (clone / "ran").exists()


@LOOKING
def test_what_looking_runs_finds_nothing_of_it(clone: Path, home: Path, shims: Path, verb: str) -> None:
    ran = run(*verb.split(), home=home, directory=clone, path=str(shims))
    assert "Traceback" not in ran.err
    assert not (clone / "ran").exists()
    places = (shims / "ran").read_text("utf-8") if (shims / "ran").exists() else ""
    assert str(clone) not in places


@pytest.mark.parametrize("start", [("-m", "proxyenv"), ("-c", CONSOLE_SCRIPT)], ids=["-m", "console script"])
@pytest.mark.parametrize("verb", ["clients", "routes", "trust inspect evil.pem"])
def test_no_module_of_it_is_imported(clone: Path, home: Path, verb: str, start: tuple[str, ...]) -> None:
    for name in MODULES:
        (clone / f"{name}.py").write_text(f"open('ran', 'a').write('{name} ')\n", "ascii")
    ran = run(*verb.split(), home=home, directory=clone, modules=":lib/..:/opt/lib:.:", start=start)
    assert "Traceback" not in ran.err
    assert not (clone / "ran").exists()


def test_the_shims_of_a_version_manager_are_run(clone: Path, home: Path, shims: Path) -> None:
    run("trust", "inspect", "evil.pem", home=home, directory=clone, path=str(shims))
    assert (shims / "ran").read_text("utf-8").startswith("/\n/\n/\n")
