"""``scripts/install`` on a machine that reaches nothing but an intercepting proxy, with many a pip."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.demo.intercepting_proxy import InterceptingProxy, Network, start_proxy
from proxyenv.demo.origin import start_origin
from proxyenv.demo.stage import API_URL, PREFECT_NAME, PREFECT_PORT
from support.documents import commands_of
from support.enclosure import PROXY, USER, Enclosure, open_enclosure
from support.environments import CLONE
from support.machine import AS_FOUND, TOOLS, give_up, in_ci
from support.mitmproxy import USUAL_DOCUMENT_HOST
from support.tree import snapshot
from support.wheels import PIPS, build_wheel, ensure_wheels, find_index, link_files, make_index, make_stubs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from support.mitmproxy import CorporateNetwork
    from support.native_clients import Tools

pytestmark = [in_ci, pytest.mark.slow, pytest.mark.timeout(900)]

INSTALL: Final = CLONE / "scripts" / "install"
SYSTEM_PYTHON: Final = "/usr/bin/python3"
COMPANY_INDEX: Final = "index.corp.example"
STUBS: Final = "stubs.corp.example"
"""An index where all that proxyenv needs is empty: for how things are fetched, and not for what."""

PAGE: Final = "docs/install.md"
ANSWERS: Final = f"--yes --api-url {API_URL}"
"""What that person would answer, and their Prefect server, which costs less than a temporary one."""

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
SIMPLE: Final = f"https://{STUBS}/simple/"
ENSUREPIP: Final = str(Path(sysconfig.get_path("stdlib"), "ensurepip"))


@dataclass(frozen=True)
class World:
    """A company whose proxy is all that its machines reach.

    Args:
        root: for what is thrown away.
        enclosure: such a machine.
        proxy: it intercepts.
        wheels: of :func:`ensure_wheels`.
        ours: the wheel of proxyenv.
    """

    root: Path
    enclosure: Enclosure
    proxy: InterceptingProxy
    wheels: Path
    ours: Path

    def make_home(self, name: str, user: int = USER) -> Path:
        """The home of somebody who has this one file, and the CA that IT gave them."""
        home = self.root / name
        downloads = home / "Downloads"
        downloads.mkdir(parents=True)
        shutil.copyfile(INSTALL, downloads / "install")
        shutil.copyfile(self.proxy.ca, downloads / "corp-ca.pem")
        for path in (home, downloads, *downloads.iterdir()):
            shutil.chown(path, user, user)
        return home

    def install(
        self,
        home: Path,
        *arguments: str | Path,
        python: str = SYSTEM_PYTHON,
        user: int = USER,
        hidden: Sequence[str] = (),
        variables: Mapping[str, str] = NOTHING,
    ) -> subprocess.CompletedProcess[str]:
        """Run the file as that person would; nobody told pip anything."""
        environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull, **variables}
        command = [python, str(home / "Downloads" / "install"), *map(str, arguments)]
        return self.enclosure.run(command, environment, directory=home, user=user, hidden=hidden)

    def type(
        self, home: Path, line: str, variables: Mapping[str, str] = NOTHING
    ) -> subprocess.CompletedProcess[str]:
        """Type a line in that person's clone; it must succeed."""
        environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull, **variables}
        done = self.enclosure.run(["/bin/sh", "-c", line], environment, directory=home / "proxyenv")
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done

    def fetched(self, host: str, *, since: int = 0) -> set[str]:
        """The projects of an index that the proxy saw being asked for."""
        start = f"https://{host}/simple/"
        urls = [each.url for each in self.proxy.exchanges[since:] if each.tunnel == f"{host}:443"]
        return {url.removeprefix(start).strip("/") for url in urls if url.startswith(start)}


@pytest.fixture(scope="module")
def world(mitmproxy_python: Path, corporate_network: CorporateNetwork) -> Iterator[World]:
    # pytest's own directories are closed to everybody but root.
    with tempfile.TemporaryDirectory(prefix="installing-") as directory:
        Path(directory).chmod(0o755)
        with make_world(Path(directory), mitmproxy_python, corporate_network.server.port) as made:
            yield made


@contextlib.contextmanager
def make_world(root: Path, mitmproxy_python: Path, prefect: int) -> Iterator[World]:
    version_of(SYSTEM_PYTHON)
    wheels = ensure_wheels(TOOLS, machine=AS_FOUND, python=SYSTEM_PYTHON)
    ours = build_wheel(root / "ours", wheels)
    public, stubs, proxy = (root / name for name in ("public", "stubs", "proxy"))
    for directory in (public, stubs, proxy, root / "empty"):
        directory.mkdir()
    names = (find_index(), COMPANY_INDEX, USUAL_DOCUMENT_HOST)
    with (
        start_origin(public, names=names) as known,
        start_origin(stubs, names=(STUBS,)) as own,
        contextlib.ExitStack() as stack,
    ):
        make_index(public / "files", (ours, *wheels.glob("*/*.whl")))
        project = tomllib.loads((CLONE / "pyproject.toml").read_text("utf-8"))["project"]
        needed = [each.split(">")[0] for each in project["dependencies"]]
        make_index(stubs / "files", (*make_stubs(root / "empty", needed), *(wheels / "build").iterdir()))
        targets = {f"{name}:{port}": getattr(known, key) for name in names for port, key in PORTS.items()}
        targets |= {f"{STUBS}:443": own.https_port, f"{PREFECT_NAME}:{PREFECT_PORT}": prefect}
        roots = root / "roots.pem"
        roots.write_bytes(known.ca.read_bytes() + own.ca.read_bytes())
        started = stack.enter_context(
            start_proxy(mitmproxy_python, proxy, Network(targets, (443, PREFECT_PORT), roots))
        )
        enclosure = stack.enter_context(open_enclosure(root, started.port))
        yield World(root, enclosure, started, wheels, ours)


PORTS: Final = {80: "http_port", 443: "https_port"}


def version_of(python: str) -> str:
    """Its version; where it cannot do what a new user's Python does, the test gives up."""
    probe = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
    version = done.stdout.strip()
    if version not in {"3.11", "3.12", "3.13", "3.14"}:
        give_up(f"`{python}` is no Python with `venv` that proxyenv runs in")
    return version


def copy_clone(place: Path) -> None:
    """What a clone has: the files that git knows, or would."""
    listed = ["git", "-C", str(CLONE), "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, capture_output=True, text=True, check=True)
    for name in done.stdout.splitlines():
        if not name.startswith("tests/") and (CLONE / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CLONE / name, place / name)
    for path in (place, *place.rglob("*")):
        shutil.chown(path, USER, USER)


def told() -> tuple[str, ...]:
    """What IT told everybody."""
    return ("--proxy", PROXY, "--ca", "Downloads/corp-ca.pem")


def test_every_command_of_the_page_does_what_it_says(world: World) -> None:
    home = world.make_home("new-user")
    copy_clone(home / "proxyenv")
    before = snapshot(home)
    first, *collect, offline, by_name, own, back = commands_of(PAGE, __file__)
    assert first in commands_of("README.md", __file__)

    begun = time.monotonic()
    yes = world.type(home, f"{first} {ANSWERS}")
    print(f"one command, {time.monotonic() - begun:.0f} s\n{yes.stderr}{yes.stdout}")
    assert "checks passed for" in yes.stdout
    assert {"hatchling", "prefect", "httpx"} <= world.fetched(find_index())
    assert (home / ".local/bin/proxyenv").resolve().is_relative_to(home / ".local/share/proxyenv-bootstrap")

    index = {"PIP_PROXY": f"http://{PROXY}", "PIP_CERT": f"{home}/Downloads/corp-ca.pem"}
    for command in collect:
        world.type(home, command, index)
    since = len(world.proxy.exchanges)
    begun = time.monotonic()
    yes = world.type(home, f"{offline} {ANSWERS}")
    print(f"from a folder: one command, {time.monotonic() - begun:.0f} s\n{yes.stderr}{yes.stdout}")
    assert "checks passed for" in yes.stdout
    assert not [it.url for it in world.proxy.exchanges[since:] if it.url.endswith(".whl")]

    named = world.type(home, f"{by_name} {' '.join(told())}".replace("Downloads", f"{home}/Downloads"))
    assert "installing proxyenv-bootstrap with" in named.stderr
    world.type(home, "python3 -m venv .venv")
    world.type(home, own)
    assert (home / "proxyenv/.venv/bin/proxyenv").exists()

    world.type(home, back)
    after = snapshot(home)
    made = (".cache", "proxyenv/wheels", "proxyenv/.venv")
    assert {name: node for name, node in after.items() if not name.startswith(made)} == before


def test_a_folder_with_the_file_and_the_wheels_is_enough(world: World) -> None:
    home = world.make_home("no-index")
    link_files(home / "Downloads", (world.ours, *(world.wheels / "all").iterdir()))
    since = len(world.proxy.exchanges)
    done = world.install(home, "--no-setup")
    assert done.returncode == 0, done.stderr
    assert world.proxy.exchanges[since:] == ()


@pytest.mark.parametrize("pip", PIPS)
def test_every_pip_builds_the_clone_through_the_proxy(world: World, pip: str) -> None:
    home = world.make_home(f"pip-{pip}", user=0)
    python = make_python_with(pip, home / "python", world)
    since = len(world.proxy.exchanges)
    done = world.install(
        home,
        *(*told(), "--from", str(CLONE), "--with", "pip", "--index-url", SIMPLE, "--no-setup"),
        python=python,
        user=0,
        hidden=(ENSUREPIP,),
    )
    assert done.returncode == 0, done.stderr
    assert f"with pip {pip}:" in done.stderr
    assert {"hatchling", "prefect", "httpx"} <= world.fetched(STUBS, since=since)


def test_uv_builds_the_clone_through_the_proxy(world: World, tools: Tools) -> None:
    home = world.make_home("uv", user=0)
    (home / "bin").mkdir()
    (home / "bin" / "uv").symlink_to(tools.uv)
    since = len(world.proxy.exchanges)
    done = world.install(
        home,
        *(*told(), "--from", str(CLONE), "--index-url", SIMPLE, "--no-setup"),
        user=0,
        variables={"PATH": f"{home}/bin:/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    assert "with uv:" in done.stderr
    assert {"hatchling", "prefect", "httpx"} <= world.fetched(STUBS, since=since)


def test_it_finds_the_proxy_and_the_ca_that_the_machine_has(world: World) -> None:
    home = world.make_home("found")
    copy_clone(home / "proxyenv")
    variables = {"https_proxy": f"http://{PROXY}", "NODE_EXTRA_CA_CERTS": f"{home}/Downloads/corp-ca.pem"}
    _, command = commands_of("README.md", __file__)
    assert command == "python3 scripts/install"
    done = world.type(home, f"{command} --no-setup", {**variables, "PIP_INDEX_URL": SIMPLE})
    assert f"proxy http://{PROXY}, which this machine has set; CA of NODE_EXTRA_CA_CERTS" in done.stderr


def test_without_the_ca_it_is_refused_and_nothing_stays(world: World) -> None:
    home = world.make_home("no-ca")
    before = snapshot(home)
    done = world.install(home, "--proxy", PROXY, "--from", world.ours, "--index-url", SIMPLE, "--no-setup")
    assert done.returncode == 3
    assert "give the CA that IT gave you: `--ca FILE`" in done.stderr
    assert snapshot(home) == before


def test_what_works_stays_where_the_next_one_fails(world: World) -> None:
    home = world.make_home("again")
    arguments = (*told(), "--index-url", SIMPLE, "--no-setup")
    assert world.install(home, *arguments, "--from", world.ours).returncode == 0
    before = snapshot(home / ".local")
    (home / "empty").mkdir()
    done = world.install(home, "--from", world.ours, "--find-links", "empty", "--no-setup")
    assert done.returncode == 3
    assert snapshot(home / ".local") == before


def test_a_python_without_pip_says_what_to_install(world: World) -> None:
    home = world.make_home("bare")
    stdlib = subprocess.run(
        [SYSTEM_PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    hidden = (f"{stdlib}/ensurepip", "/usr/lib/python3/dist-packages/pip", "/usr/local", str(Path.home()))
    done = world.install(home, "--from", world.ours, "--no-setup", hidden=hidden)
    assert done.returncode == 3
    assert f"as root: `apt-get install python{version_of(SYSTEM_PYTHON)}-venv`" in done.stderr


def make_python_with(pip: str, place: Path, world: World) -> str:
    """An environment whose own pip is this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = str(place / "bin" / "python")
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index"]
    subprocess.run([*command, "--find-links", str(world.wheels / "pips"), f"pip=={pip}"], check=True)
    return python
