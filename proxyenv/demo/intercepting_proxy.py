"""mitmproxy: its environment, made by ``venv`` and pip from a hashed lock; its process; what its log says."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proxyenv.bounded import find_neutral_directory, guard_search
from proxyenv.demo.child import start_child
from proxyenv.errors import VerifyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


LOCK: Final = Path(__file__).with_name("mitmproxy.lock")

PYTHON_VARIABLES: Final = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "VIRTUAL_ENV",
    "PIP_TARGET",
    "PIP_PREFIX",
)
"""Variables that would make another Python out of the one that installs."""


def ensure_mitmproxy(tools: Path, *, machine: Mapping[str, str]) -> Path:
    """Find mitmproxy's environment below *tools*, or make it there.

    It is complete when its stamp is there; the stamp is written last, so an interrupted installation
    is made again.

    Args:
        tools: a directory that may be kept between runs, and may not exist yet.
        machine: the machine's own environment. Its pip, proxy and CA variables are what
            installing needs, and installing is all that they are used for.

    Returns:
        The environment's Python.

    Raises:
        VerifyError: it could not be made (``demo-tool-missing``).
    """
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    place = tools.resolve() / f"mitmproxy-{sys.version_info[0]}.{sys.version_info[1]}-{digest}"
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = place / "complete"
    if stamp.exists() and python.exists():
        return python
    if place.exists():
        shutil.rmtree(place)
    environment = {name: value for name, value in machine.items() if name not in PYTHON_VARIABLES}
    environment["PIP_USER"] = "0"
    hint = "`python -m venv` has to work with this Python; Debian has it in the package `python3-venv`"
    _run([sys.executable, "-m", "venv", str(place)], environment, hint=hint)
    install = [*install_from(LOCK, python), "--no-compile"]
    _run(install, environment, hint="`python -m pip download mitmproxy` has to work on this machine")
    stamp.touch()
    return python


def install_from(lock: Path, python: Path) -> list[str]:
    """The command by which pip installs what a hashed lock names, into the environment of *python*.

    Up to pip 23.2 a line of a lock does not hold `name[extra]` to its version; as a constraint it does.
    """
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    return [*pip, "--require-hashes", "--requirement", str(lock), "--constraint", str(lock)]


def machine_environment() -> Mapping[str, str]:
    """The environment that this process was started with, for :func:`ensure_mitmproxy` alone."""
    return dict(os.environ)


def _run(command: list[str], environment: Mapping[str, str], *, hint: str) -> None:
    done = subprocess.run(
        command,
        env=guard_search(environment),
        cwd=find_neutral_directory(command[0]),  # `-m` imports from the working directory
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        reason = lines[-1].strip() if lines else "no output"
        raise VerifyError("demo-tool-missing", f"mitmproxy could not be installed: {reason}", hint=hint)


ADDON: Final = Path(__file__).with_name("addon.py")

MITMDUMP: Final = "import sys; from mitmproxy.tools.main import mitmdump; sys.exit(mitmdump())"
"""Runs ``mitmdump`` by its function: the script beside it breaks on a long or unusual path."""

START_LIMIT: Final = 240.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """One line of the proxy's log.

    Args:
        event: ``connect``, ``request`` or ``tls-failed``.
        url: for a request the whole URL; else ``host:port``.
        status: what was answered; 0 when the client hung up.
        tunnel: for a request: the ``host:port`` of the CONNECT that it came through, if any.
        agent: the client's ``User-Agent``.
    """

    event: str
    url: str
    status: int = 0
    tunnel: str | None = None
    agent: str = ""

    @classmethod
    def parse(cls, line: str) -> Exchange:
        """Read one JSON line as the add-on writes it."""
        data: dict[str, Any] = json.loads(line)
        status, tunnel, agent = data.get("status", 0), data.get("tunnel"), data.get("agent", "")
        return cls(data["event"], data["url"], status, tunnel, agent)


@dataclass(frozen=True, slots=True)
class InterceptingProxy:
    """A running proxy.

    Args:
        port: on ``127.0.0.1``.
        ca: the certificate that signs what it intercepts, PEM: what IT would hand out.
        log: the add-on's log.
    """

    port: int
    ca: Path
    log: Path

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Everything that the proxy was asked so far, in order."""
        lines = self.log.read_text("utf-8").splitlines()
        return tuple(Exchange.parse(line) for line in lines if '"listening"' not in line)


@dataclass(frozen=True, slots=True)
class Network:
    """The network that the proxy, and only the proxy, can see.

    Args:
        targets: ``host:port`` as clients ask for it → the port on ``127.0.0.1`` that serves it.
        connect_ports: the ports that CONNECT may ask for.
        upstream_ca: what the proxy trusts, PEM; the origins are verified with it.
    """

    targets: Mapping[str, int]
    connect_ports: tuple[int, ...]
    upstream_ca: Path


@contextmanager
def start_proxy(
    python: Path, directory: Path, network: Network, *, options: tuple[str, ...] = ()
) -> Iterator[InterceptingProxy]:
    """Start mitmproxy on a free port of ``127.0.0.1``, with a configuration directory of its own.

    Args:
        python: of mitmproxy's environment.
        directory: gets the log, the CA and the rules; it must exist.
        network: what lies behind it.
        options: more arguments for ``mitmdump``, such as ``--proxyauth``.
    """
    log, rules, home = directory / "exchanges.jsonl", directory / "rules.json", directory / "confdir"
    log.touch()
    content = {"log": str(log), "targets": dict(network.targets), "connect_ports": network.connect_ports}
    rules.write_text(json.dumps(content), "utf-8")
    settings = {
        "confdir": str(home),
        "rules": str(rules),
        "ssl_verify_upstream_trusted_ca": str(network.upstream_ca),
        "flow_detail": "0",
        "mode": "regular@127.0.0.1:0",
    }
    command = [str(python), "-c", MITMDUMP, "--scripts", str(ADDON), *options]
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]
    environment = {"HOME": str(directory), "PATH": str(python.parent)}
    with start_child("mitmproxy", command, environment=environment, directory=directory) as child:
        port = child.wait_until(lambda: _find_port(log), limit=START_LIMIT)
        yield InterceptingProxy(port, home / "mitmproxy-ca-cert.pem", log)


def _find_port(log: Path) -> int | None:
    first, newline, _ = log.read_text("utf-8").partition("\n")
    return int(json.loads(first)["port"]) if newline else None
