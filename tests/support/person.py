"""Somebody who works at a company, in a home that is thrown away and a shell that has sourced `env.sh`."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from proxyenv.demo.stage import make_home, take_snapshot
from support.company import API, PAGES
from support.environments import make_bare_environment, make_environment
from support.verdicts import Answer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import TypeVar

    from support.company import Company
    from support.issuing import IssuingProxy

    T = TypeVar("T")

__all__ = ["Person", "open_answers"]

_BIN: Final = str(Path(sys.executable).parent)
_LIMIT: Final = 360.0
_POLL: Final = 0.05
_OF_THE_SHELL: Final = ("unset ", ". ", "export ")

_SOURCE: Final = """\
[ -z "$PROXYENV_TEST_SOURCE" ] || [ ! -f "$PROXYENV_TEST_SOURCE" ] || . "$PROXYENV_TEST_SOURCE"
unset PROXYENV_TEST_SOURCE
"""


@contextlib.contextmanager
def open_answers(password: str = "") -> Iterator[int]:
    """A terminal for somebody's input, where somebody says yes to whatever is asked.

    Args:
        password: what is typed first, where the terminal does not show it.
    """
    import pty

    if sys.platform != "win32":
        controller, terminal = pty.openpty()
        try:
            if not password:
                os.write(controller, b"y\n" * 5)
                yield terminal
            else:
                with _typing(controller, terminal, password):
                    yield terminal
        finally:
            os.close(terminal)
            os.close(controller)
    else:
        pytest.skip("Windows has no pseudo-terminal")


@contextlib.contextmanager
def _typing(controller: int, terminal: int, password: str) -> Iterator[None]:
    """Meanwhile, type the password as soon as the terminal hides it, and say yes after it."""
    import termios

    ended = threading.Event()

    def wait_for_echo(*, echo: bool) -> bool:
        if sys.platform != "win32":
            while bool(termios.tcgetattr(terminal)[3] & termios.ECHO) is not echo:
                if ended.wait(_POLL):
                    return False
        return True

    def type_all() -> None:
        if wait_for_echo(echo=False):
            os.write(controller, f"{password}\n".encode())
        if wait_for_echo(echo=True):
            os.write(controller, b"y\n" * 5)

    typist = threading.Thread(target=type_all)
    typist.start()
    try:
        yield
    finally:
        ended.set()
        typist.join()


@dataclass
class Person:
    """Somebody who works there.

    Args:
        company: where.
        directory: of their own; ``home`` and ``project`` are in it.
        stack: what runs for them alone.
        variables: what their shell has before it sources anything.
        sourced: whether their shell has sourced the env file.
        healthy: their home as `setup` left it.
        words: what rows may name in their texts.
        exports: what they set after that.
        typed: what they typed that changes their shell itself.
        path: directories that come first in their ``PATH``.
        uses_api: whether they have set up the company's Prefect server.
    """

    company: Company
    directory: Path
    stack: contextlib.ExitStack
    variables: dict[str, str] = field(default_factory=dict)
    sourced: bool = True
    healthy: Mapping[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    path: str = ""
    uses_api: bool = False

    def __post_init__(self) -> None:
        make_home(self.home)
        self.project.mkdir()
        self.words |= {"home": str(self.home), "project": str(self.project), "ca": str(self.company.proxy.ca)}
        self.words |= {"proxy": self.proxy, "config": str(self.config), "data": str(self.data)}

    @property
    def home(self) -> Path:
        return self.directory / "home"

    @property
    def project(self) -> Path:
        """The working directory."""
        return self.directory / "project"

    @property
    def config(self) -> Path:
        return self.home / ".config/proxyenv"

    @property
    def data(self) -> Path:
        return self.home / ".local/share/proxyenv"

    @property
    def env_file(self) -> Path:
        return self.config / "env.sh"

    @property
    def bundle(self) -> Path:
        return self.data / "ca-bundle.pem"

    @property
    def profiles(self) -> Path:
        return self.home / ".prefect/profiles.toml"

    @property
    def proxy(self) -> str:
        return f"localhost:{self.company.proxy.port}"

    @property
    def local_api(self) -> str:
        """The company's API on loopback: a check without one starts a server, and takes ten times as long."""
        return f"http://127.0.0.1:{self.company.server.port}/api"

    def open(self, context: AbstractContextManager[T]) -> T:
        """Start something that ends with the row."""
        return self.stack.enter_context(context)

    def set_up(
        self,
        *options: str,
        proxy: str = "",
        ca: Path | str | None = "",
        api: str | None = API,
        urls: tuple[str, ...] = PAGES,
    ) -> None:
        """Run ``setup`` without its check, for the proxy of the company unless another is named.

        Args:
            options: more of them; a ``--url`` among them replaces *urls*.
            proxy: another one.
            ca: another one, or ``None`` for none.
            api: of Prefect, or ``None`` for none.
            urls: the documents; none leaves the choice to proxyenv.
        """
        command = ["setup", "--yes", "--no-check", "--proxy", proxy or self.proxy]
        self.uses_api = bool(api)
        if not api:
            self.profiles.unlink(missing_ok=True)  # the home came with one, and its API would be kept
        if ca is not None:
            command += ["--ca", str(ca or self.company.proxy.ca)]
        if api:
            command += ["--api-url", api]
        if "--url" not in options:
            command += [word for url in urls for word in ("--url", url)]
        done = self.ask(*command, *options)
        assert done.status == 0, done.summary
        self.healthy = take_snapshot(self.home)

    def await_api(self) -> None:
        """Wait for the company's Prefect server, if it is set up here: it may still be coming up."""
        if self.uses_api:
            self.company.server.wait()

    def ask(self, *arguments: str) -> Answer:
        """Run ``python -m proxyenv`` of these tests in the user's shell, with its answer as JSON."""
        if arguments[0] in {"check", "setup"} and "--no-check" not in arguments:
            self.await_api()
        words = shlex.join((*arguments, "--output", "json"))
        return self._run(f"exec {sys.executable} -m proxyenv {words}", stdin=subprocess.DEVNULL)

    def type(self, command: str, *, password: str = "") -> Answer:
        """Type a command as printed, on a terminal, and say yes to whatever it asks.

        Args:
            command: as printed.
            password: what they type first, where the terminal does not show it.
        """
        self.await_api()
        if command.startswith(_OF_THE_SHELL):
            self.typed.append(command)
            command = ":"
        with open_answers(password) as terminal:
            return self._run(command, stdin=terminal)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``python -m proxyenv`` in the user's shell, and leave it running.

        It is interrupted by SIGINT also where these tests run in the background, which ignores it.
        """
        program = f"{sys.executable} -m proxyenv {shlex.join(arguments)}"
        command = f"exec env --default-signal=INT {program}" if sys.platform == "linux" else f"exec {program}"
        return subprocess.Popen(
            self._shell(command),
            env=self._environment(),
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _run(self, command: str, *, stdin: int) -> Answer:
        done = subprocess.run(
            self._shell(command),
            env=self._environment(),
            cwd=self.project,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def _shell(self, command: str) -> list[str]:
        exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.exports.items())
        typed = "".join(f"{line} || exit\n" for line in self.typed)
        return ["/bin/bash", "--noprofile", "--norc", "-c", f"{_SOURCE}{exports}{typed}{command}"]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": ":".join(filter(None, (self.path, _BIN, "/usr/bin:/bin"))),
            "HOME": str(self.home),
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            **self.variables,
            "PROXYENV_TEST_SOURCE": str(self.env_file) if self.sourced else "",
        }

    def work_in_an_environment(self, *, bare: bool = False) -> Path:
        """Make a virtual environment in the project and activate it; returns its Python.

        Args:
            bare: with nothing in it; else with all that runs these tests.
        """
        root = self.project / ".venv"
        python = (make_bare_environment if bare else make_environment)(root)
        self.exports["VIRTUAL_ENV"] = str(root)
        self.path = str(python.parent)
        self.words["venv"] = str(root)
        return python

    def mood(self, **moods: Any) -> str:
        """Put the proxy of moods into these, until the row ends. Returns its address.

        See :mod:`support.moods`.
        """
        file, proxy = self.company.moods
        file.write_text(json.dumps(moods), "utf-8")
        self.stack.callback(file.write_text, "{}", "utf-8")
        self.words["moody"] = f"localhost:{proxy.port}"
        self.words["moody_ca"] = str(proxy.ca)
        return self.words["moody"]

    def issue(self, contexts: Mapping[str, ssl.SSLContext], **facts: Any) -> IssuingProxy:
        """Start :meth:`Company.issue`; its address becomes the word ``{{issuing}}``."""
        proxy = self.open(self.company.issue(contexts, **facts))
        self.words["issuing"] = proxy.authority
        return proxy

    def write(self, name: str, content: bytes | str) -> Path:
        """A file in the project; its path becomes the word ``{{file}}``."""
        path = self.project / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.words["file"] = str(path)
        return path

    def edit(self, path: Path, change: Callable[[str], str]) -> None:
        """Change a file as an editor does, and see that something changed."""
        before = path.read_text("utf-8")
        after = change(before)
        assert after != before, f"nothing to change in {path}"
        path.write_text(after, "utf-8")
