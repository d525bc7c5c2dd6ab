"""A home and a system in which each file that a verb reads is known, because each reading is seen."""

from __future__ import annotations

import contextlib
import resource
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.bounded import read_content
from proxyenv.machine.local import LocalMachine
from storms.secrets import say
from support.certificates import make_ca
from support.fuzz_sources import SOURCES
from support.hostile_files import put
from support.machines import HOME
from support.mounts import give_up_network, mount, own_mounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERBS: Final = (
    *("discover", "diff", "status", "clients", "trust status", "env"),
    *("uninstall --dry-run", "off --dry-run", "rollback --dry-run", "refresh --dry-run"),
    *("setup --dry-run", "routes https://origin.test", "check"),
)
"""What reads and does not write."""

SETUP: Final = (
    *("setup", "--proxy", "a.test:9", "--ca", "corp.pem", "--no-check", "--yes"),
    *("--configure", "pip", "--configure", "maven", "--configure", "docker", "--configure", "conda"),
)

LIMIT: Final = 10.0
"""Seconds of the processor for a verb, with some seventy hostile files: alone it takes less than one."""

MEMORY: Final = 200
"""MiB more than without such files: the most that is read of one is 64."""

_BUGS: Final = ("Traceback", "a bug in proxyenv", "out-of-resources")

_OF_THE_LIBRARY: Final = ("hosts", "passwd", "group", "nsswitch.conf", "resolv.conf")
"""Files of `/etc` that the C library reads: what lies there hangs every program."""


class TooLate(BaseException):
    """Something took longer than it may."""


class Answer(NamedTuple):
    """What a verb said, and the processor's time that it took."""

    verb: str
    said: str
    seconds: float


READERS: Final = (read_content.__code__, LocalMachine.content.__code__)
"""What reads a file by its path: the bounded reader, and the catalogue's, which judges what it opened."""


class ReadWorld:
    """A home with a set-up and, where this process may mount, an `/etc` of its own.

    Args:
        root: an empty directory; what is in it is gone with the process.
    """

    def __init__(self, root: Path) -> None:
        own_mounts()
        give_up_network()
        mount("-t", "tmpfs", "tmpfs", str(root))
        self.root = root
        for name in ("home", "tmp", "programs", "home/cas"):
            (root / name).mkdir()
        self._make_system(root / "etc")
        for name, subject in (
            ("corp", "Corp"),
            ("other", "Other"),
            ("requests", "Third"),
            ("cas/a", "Fourth"),
        ):
            (self.home / f"{name}.pem").write_bytes(make_ca(subject).pem)
        (self.home / ".bashrc").write_text("# mine\n", "utf-8")
        for sample in SOURCES.values():
            made = sample.machine(sample.seed)
            texts = {name: text.encode() for name, text in made.texts.items()}
            for name, content in {**texts, **made.contents}.items():
                path = Path(name.replace(str(HOME), str(self.home)))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        say(self, SETUP)
        assert self.receipt.is_file()

    def _make_system(self, etc: Path) -> None:
        (etc / "ssl/certs").mkdir(parents=True)
        for name in (*_OF_THE_LIBRARY, "ssl/certs/ca-certificates.crt"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(f"/etc/{name}", etc / name)
        mount("--bind", str(etc), "/etc")

    @property
    def home(self) -> Path:
        """The home."""
        return self.root / "home"

    @property
    def receipt(self) -> Path:
        """Of the set-up."""
        return self.home / ".local/state/proxyenv/receipt.json"

    @property
    def environment(self) -> dict[str, str]:
        """Of somebody who has CAs in variables, and a desktop."""
        return {
            "HOME": str(self.home),
            "PATH": str(self.root / "programs"),
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.root / "tmp"),
            "NO_COLOR": "1",
            "SSL_CERT_FILE": str(self.home / "other.pem"),
            "REQUESTS_CA_BUNDLE": str(self.home / "requests.pem"),
            "SSL_CERT_DIR": str(self.home / "cas"),
            "XDG_CURRENT_DESKTOP": "KDE:GNOME",
        }

    def ask(self, verb: str) -> Answer:
        """Run a verb here.

        Raises:
            TooLate: it took more than :data:`LIMIT` of the processor, or ten times that of a clock.
        """
        begun = time.process_time()
        with _ended_after(LIMIT):
            said = say(self, verb.split())
        return Answer(verb, f"{said.out}\n{said.err}", time.process_time() - begun)

    @contextlib.contextmanager
    def as_before(self) -> Iterator[None]:
        """What happens to the home meanwhile is taken back."""
        kept = self.root / "kept"
        shutil.copytree(self.home, kept, symlinks=True)
        try:
            yield
        finally:
            shutil.rmtree(self.home)
            kept.rename(self.home)

    def find_read(self) -> tuple[str, ...]:
        """Every file of the home and of `/etc` that some verb asks a reader for, there or not."""
        seen: dict[str, None] = {}

        def look(frame: Any, event: str, _: object) -> None:
            if event == "call" and frame.f_code in READERS:
                seen[str(frame.f_locals["path"])] = None

        sys.setprofile(look)
        threading.setprofile(look)
        try:
            for verb in VERBS:
                say(self, verb.split())
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
        ours = {f"/etc/{name}" for name in _OF_THE_LIBRARY}
        return tuple(
            path
            for path in sorted(seen)
            if path.startswith((f"{self.home}/", "/etc/"))
            and path not in ours
            and "/proxyenv/certs" not in path
            and path not in {f"{self.home}/corp.pem", f"{self.home}/cas"}
        )

    def is_needed(self, path: str) -> bool:
        """Whether a verb may refuse to go on without a file: it is ours, or was written by `setup`."""
        return (
            path == f"{self.home}/.mavenrc" or path in self.receipt.read_text("utf-8") or "/proxyenv/" in path
        )

    def lay(self, kind: str, paths: Iterable[str]) -> None:
        """Let a kind lie at each of several paths."""
        for path in paths:
            put(Path(path), kind)


@contextlib.contextmanager
def _ended_after(limit: float) -> Iterator[None]:
    """Raise :class:`TooLate` after seconds of the processor, or after ten times as many of a clock."""

    def end(_number: int, _frame: object) -> None:
        raise TooLate

    if sys.platform == "win32":
        yield
    else:
        timers = {
            signal.ITIMER_VIRTUAL: (signal.SIGVTALRM, limit),
            signal.ITIMER_REAL: (signal.SIGALRM, limit * 10),
        }
        for timer, (number, seconds) in timers.items():
            signal.signal(number, end)
            signal.setitimer(timer, seconds)
        try:
            yield
        finally:
            for timer in timers:
                signal.setitimer(timer, 0)


def peak() -> int:
    """The most memory that this process has had, in MiB."""
    most = 0
    if sys.platform != "win32":
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024


def list_bugs(said: str) -> list[str]:
    """The words of what was said that only a bug says."""
    return [word for word in _BUGS if word in said]


def list_excess(used: int) -> list[str]:
    """What is wrong with the memory that was used, in MiB."""
    return [f"{used} MiB"] if used > MEMORY else []
