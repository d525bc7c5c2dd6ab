"""Induced faults: a machine on which one thing is wrong, what is said of it, and the next step, typed.

Everybody here has a home that is thrown away and a login shell that has sourced what `setup` wrote. The
network is mitmproxy in front of an origin and a Prefect server, whose names exist only behind it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from proxyenv.codes import FAMILIES, read_family
from proxyenv.demo.intercepting_proxy import InterceptingProxy, Network, start_proxy
from proxyenv.demo.origin import DemoOrigin, start_origin
from proxyenv.demo.prefect_server import PrefectServer, start_prefect_server
from proxyenv.demo.stage import empty_environment, find_differences, make_home, take_snapshot
from support.environments import make_bare_environment, make_environment
from support.issuing import IssuingProxy
from support.other_pythons import require_prefect_on

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import TypeVar

    from _pytest.mark import ParameterSet

    T = TypeVar("T")

__all__ = ["API", "PAGES", "Answer", "Company", "Fault", "Faults", "Person", "Trouble", "open_company"]

API: Final = "http://prefect.demo.test:4200/api"
NAMES: Final = ("origin.demo.test", "other.demo.test", "origin.example.test")
"""Of the origin. The last is the one that the certificates of :mod:`support.defects` are for."""

PAGES: Final = ("http://origin.demo.test/uuid", "https://origin.demo.test/uuid")
MOODS: Final = Path(__file__).with_name("moods.py")
NOBODY_LISTENS: Final = 1
SHOWN: Final = ("status", "check", "cause", "detail", "hint")
OURS: Final = (".config/proxyenv", ".local/share/proxyenv", ".local/state/proxyenv")
"""Directories below a home that only proxyenv writes to."""

_BIN: Final = str(Path(sys.executable).parent)
_LIMIT: Final = 240.0
_LITERAL: Final = re.compile(r"`([^`]+)`")
_SAYS_WHY: Final = re.compile(r"\b(no next step|nothing to do|cannot be changed from here)\b")
"""How a detail says that there is no next step."""

_SOURCE: Final = """\
[ -z "$PROXYENV_TEST_SOURCE" ] || [ ! -f "$PROXYENV_TEST_SOURCE" ] || . "$PROXYENV_TEST_SOURCE"
unset PROXYENV_TEST_SOURCE
"""


class Trouble(NamedTuple):
    """The first thing that failed: an outcome, or an error."""

    check: str
    cause: str
    detail: str
    hint: str

    @property
    def words(self) -> str:
        return f"{self.detail}\nhint: {self.hint}"

    @property
    def literals(self) -> tuple[str, ...]:
        """What the hint has in backticks: commands, options, files, names."""
        return tuple(_LITERAL.findall(self.hint))


class Answer(NamedTuple):
    """What a verb said.

    Args:
        status: its exit status.
        out: standard output.
        err: standard error.
    """

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def summary(self) -> str:
        """The status, and a line for each outcome and error, for the messages of these tests."""
        if not self.out.startswith("{"):
            return f"exit status {self.status}\n{self.out}{self.err}"
        lines = (" ".join(str(each[key]) for key in SHOWN) for each in self.outcomes)
        return "\n".join((f"exit status {self.status}", *lines, *map(str, self.document["errors"]), self.err))

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        """What was checked, or what was tried before anything was written."""
        data = self.document["data"] or {}
        return [*(data.get("trial") or ()), *(data.get("report") or ())]

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Everything that failed, in order."""
        failed = (each for each in self.outcomes if each["status"] == "failed")
        errors = self.document["errors"]
        return (
            *(Trouble("error", each["code"], each["message"], each["hint"] or "") for each in errors),
            *(_trouble(each) for each in failed),
        )

    @property
    def warnings(self) -> tuple[Trouble, ...]:
        return tuple(_trouble(each) for each in self.outcomes if each["status"] == "warning")


def _trouble(outcome: Mapping[str, Any]) -> Trouble:
    return Trouble(outcome["check"], outcome["cause"] or "", outcome["detail"], outcome["hint"] or "")


@dataclass
class Company:
    """What lies behind the proxy.

    Args:
        root: a directory for everything that is thrown away.
        python: of mitmproxy's environment.
        origin: at ``origin.demo.test``, over http and https.
        server: Prefect's, at ``prefect.demo.test:4200``; may still be coming up.
        proxy: intercepts everything, with a CA of its own.
        stack: what was started for a while.
    """

    root: Path
    python: Path
    origin: DemoOrigin
    server: PrefectServer
    proxy: InterceptingProxy
    stack: contextlib.ExitStack
    homes: int = 0
    made: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def network(self) -> Network:
        return _network(self.origin, self.server)

    @cached_property
    def moods(self) -> tuple[Path, InterceptingProxy]:
        """The file with the moods of a second proxy, which has the same CA as the first, and that proxy."""
        file = self.directory("moods") / "moods.json"
        file.write_text("{}", "utf-8")
        options = ("--scripts", str(MOODS), "--set", f"moods={file}")
        return file, self.stack.enter_context(self.intercept(None, *options))

    @cached_property
    def python_3_13(self) -> Path:
        """A Python that verifies strictly, with Prefect."""
        return require_prefect_on("3.13")

    def share(self, name: str, make: Callable[[], AbstractContextManager[T]]) -> T:
        """What several rows use: started by the first of them, and ended with the session."""
        if name not in self.made:
            self.made[name] = self.stack.enter_context(make())
        found: T = self.made[name]
        return found

    def directory(self, name: str) -> Path:
        self.homes += 1
        path = self.root / f"{self.homes}-{name}"
        path.mkdir()
        return path

    def issue(self, contexts: Mapping[str, ssl.SSLContext], **facts: Any) -> IssuingProxy:
        """A proxy to the same network that intercepts with the certificates that it is given."""
        names = {place: ("127.0.0.1", port) for place, port in self.network.targets.items()}
        return IssuingProxy(names=names, trusted=self.origin.ca, contexts=contexts, **facts)

    @contextlib.contextmanager
    def intercept(self, network: Network | None = None, *options: str) -> Iterator[InterceptingProxy]:
        """Another mitmproxy, with another CA."""
        directory = self.directory("proxy")
        with start_proxy(self.python, directory, network or self.network, options=options) as proxy:
            yield proxy


def _network(origin: DemoOrigin, server: PrefectServer) -> Network:
    targets = {
        **{f"{name}:80": origin.http_port for name in NAMES},
        **{f"{name}:443": origin.https_port for name in NAMES},
        "prefect.demo.test:4200": server.port,
        **dict.fromkeys((f"down.demo.test:{port}" for port in (80, 443, 4200)), NOBODY_LISTENS),
    }
    return Network(targets, (443, 4200), origin.ca)


@contextlib.contextmanager
def open_company(root: Path, mitmproxy: Path) -> Iterator[Company]:
    """Start the origin, Prefect's server and the proxy."""
    for name in ("server", "origin", "proxy"):
        (root / name).mkdir()
    environment = empty_environment(root / "server")
    with (
        start_prefect_server(root / "server", environment=environment) as server,
        start_origin(root / "origin", names=NAMES) as origin,
        start_proxy(mitmproxy, root / "proxy", _network(origin, server)) as proxy,
        contextlib.ExitStack() as stack,
    ):
        yield Company(root, mitmproxy, origin, server, proxy, stack)


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

    def open(self, context: AbstractContextManager[T]) -> T:
        """Start something that ends with the row."""
        return self.stack.enter_context(context)

    def set_up(
        self, *options: str, proxy: str = "", ca: Path | str | None = "", api: str | None = API
    ) -> None:
        """Run ``setup`` without its check, for the proxy of the company unless another is named."""
        command = ["setup", "--yes", "--no-check", "--proxy", proxy or self.proxy]
        self.uses_api = bool(api)
        if not api:
            self.profiles.unlink(missing_ok=True)  # the home came with one, and its API would be kept
        if ca is not None:
            command += ["--ca", str(ca or self.company.proxy.ca)]
        if api:
            command += ["--api-url", api]
        if "--url" not in options:
            command += [word for url in PAGES for word in ("--url", url)]
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

    def type(self, command: str) -> Answer:
        """Type a command as printed, on a terminal, and say yes to whatever it asks."""
        import pty

        self.await_api()
        if sys.platform != "win32":
            controller, terminal = pty.openpty()
            try:
                os.write(controller, b"y\n" * 5)
                return self._run(command, stdin=terminal)
            finally:
                os.close(terminal)
                os.close(controller)
        pytest.skip("Windows has no pseudo-terminal")

    def _run(self, command: str, *, stdin: int) -> Answer:
        exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.exports.items())
        environment = {
            "PATH": ":".join(filter(None, (self.path, _BIN, "/usr/bin:/bin"))),
            "HOME": str(self.home),
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            **self.variables,
            "PROXYENV_TEST_SOURCE": str(self.env_file) if self.sourced else "",
        }
        done = subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", "-c", f"{_SOURCE}{exports}{command}"],
            env=environment,
            cwd=self.project,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

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


class Fault(NamedTuple):
    """One thing that is wrong, and what must come of it.

    Args:
        id: a phrase.
        kind: of the kinds in the issue.
        induce: sets the machine up, and breaks it.
        verb: what is asked then.
        cause: of the first thing that fails, or the code of the error.
        says: words that must be in its detail or hint; ``{words}`` are the person's.
        types: a command, or an option of ``setup``, that the hint has in backticks, as printed.
        fills: what a person would write for the words in capitals of that command.
        does: what a person does where the next step is no command.
        warns: a cause among the warnings; then the answer is a yes, and ``cause`` is empty.
        status: the exit status.
        settled: the verb that must succeed after the next step, by default the one that was asked before.
        changes: files below the home that the next step may change besides what only proxyenv writes.
        restores: whether all files are then as before the fault.
        unchanged: whether the verb itself must change nothing.
        quick: whether it runs without ``CI``.
    """

    id: str
    kind: str
    induce: Callable[[Person], None]
    verb: tuple[str, ...] = ("check",)
    cause: str = ""
    says: tuple[str, ...] = ()
    types: str = ""
    fills: Mapping[str, str] = {}
    does: Callable[[Person], None] | None = None
    warns: str = ""
    status: int = 1
    settled: tuple[str, ...] | None = None
    changes: tuple[str, ...] = ()
    restores: bool = False
    unchanged: bool = False
    quick: bool = False


class Faults(list[Fault]):
    """A table of faults. A row is a function that induces one; its name is the phrase."""

    def row(self, kind: str, cause: str, **facts: Any) -> Callable[[Callable[[Person], None]], None]:
        """Add the decorated function as a row."""

        def add(induce: Callable[[Person], None]) -> None:
            phrase = induce.__name__.replace("_", "-")
            self.append(Fault(phrase, kind, induce, cause=cause, **facts))

        return add

    def refusal(
        self, kind: str, cause: str, *options: str, status: int = 3, **facts: Any
    ) -> Callable[[Callable[[Person], None]], None]:
        """Add a row where ``setup`` with these options is refused before anything is changed."""
        verb = ("setup", "--yes", "--no-check", *options)
        return self.row(kind, cause, verb=verb, status=status, unchanged=True, quick=True, **facts)

    def parameters(self) -> list[ParameterSet]:
        """The rows for pytest. Without ``CI`` only the quick ones run."""
        skip = pytest.mark.skipif(not os.environ.get("CI"), reason="runs where `CI` is set")
        return [pytest.param(each, id=each.id, marks=() if each.quick else (skip,)) for each in self]


def hold(fault: Fault, person: Person) -> None:
    """Induce a fault, see that it is named, take the next step, and see it gone with nothing else changed."""
    fault.induce(person)
    induced = take_snapshot(person.home)
    answer = person.ask(*(word.format(**person.words) for word in fault.verb))
    judge(answer)
    assert answer.status == fault.status, answer.summary
    trouble = _find_trouble(fault, answer)
    for words in fault.says:
        assert words.format(**person.words) in trouble.words, trouble
    before = take_snapshot(person.home)
    assert not fault.unchanged or not find_differences(induced, before)
    if fault.types:
        _type_hint(fault, person, trouble)
    elif fault.does:
        fault.does(person)
    else:
        return
    if fault.restores:
        left = _elsewhere_than_state(find_differences(person.healthy, take_snapshot(person.home)))
        assert left == []
    differences = _foreign(find_differences(before, take_snapshot(person.home)), fault.changes)
    assert not differences, differences
    settled = fault.verb if fault.settled is None else fault.settled
    if settled:
        after = person.ask(*settled)
        judge(after)
        assert after.status == 0, after.summary
        assert fault.cause not in {each.cause for each in after.warnings} or not fault.cause
        assert not fault.warns or fault.warns not in {each.cause for each in after.warnings}


def _find_trouble(fault: Fault, answer: Answer) -> Trouble:
    if fault.warns:
        assert not answer.troubles, answer.troubles
        found = [each for each in answer.warnings if each.cause == fault.warns]
        assert found, answer.summary
        return found[0]
    assert answer.troubles, answer.summary
    assert answer.troubles[0].cause == fault.cause, answer.troubles
    return answer.troubles[0]


def _type_hint(fault: Fault, person: Person, trouble: Trouble) -> None:
    printed = fault.types.format(**person.words)
    assert printed in trouble.literals, trouble
    command = printed
    for placeholder, value in fault.fills.items():
        assert placeholder in command, command
        command = command.replace(placeholder, value.format(**person.words))
    if command.startswith("--"):
        command = f"proxyenv setup {command}"
    done = person.type(command)
    assert done.status in {0, 1}, done.summary  # 1 where its own check finds something else


def _foreign(differences: tuple[str, ...], allowed: tuple[str, ...]) -> list[str]:
    """The differences in files that are not proxyenv's own."""
    ours = (*OURS, ".prefect/profiles.toml", *allowed)
    named = ((line, line.split("`")[1]) for line in differences)
    return [line for line, name in named if not _is_among(name, ours)]


def _is_among(name: str, directories: tuple[str, ...]) -> bool:
    """Whether a path is one of *directories*, below one, or above one."""
    return name.startswith(directories) or any(each.startswith(name) for each in directories)


def _elsewhere_than_state(differences: tuple[str, ...]) -> list[str]:
    return [line for line in differences if not line.startswith("`.local/state/proxyenv")]


def judge(answer: Answer) -> None:
    """What holds for every answer: a no has a cause in words, and a next step or says why there is none."""
    codes = {code for family in FAMILIES for code in read_family(family)}
    if answer.status:
        assert answer.troubles, answer.summary
    for trouble in answer.troubles:
        assert trouble.cause in codes, trouble
        assert trouble.cause != "bug", answer.err
        assert len(trouble.detail.split()) > 1, trouble
        assert "Traceback" not in trouble.words, trouble
        assert trouble.hint or _SAYS_WHY.search(trouble.detail), trouble
