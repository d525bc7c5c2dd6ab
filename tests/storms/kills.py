"""The program is killed at every operation on a file; then a user goes on, and everything is as it was.

Each verb is run from where it is usually run, and killed by SIGKILL at each operation that it makes on a
file, as strace counts them. From what that leaves two ways lead on: the same verb again and then `uninstall`,
and `uninstall` at once. After both every file of the home has to be as before the first `setup`: bytes, mode,
owner, attributes, ACL, symlink, and which names are one file; and every trust store has to have the same
certificates. Where the receipt is lost, everything has to be as `uninstall --without-receipt` leaves it when
nobody kills it: earlier values are not known then.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from support.certificates import make_ca
from support.machine import require_client
from support.mounts import mount, own_mounts, unmount

if sys.platform == "linux":
    from support.killing import (
        KILLED,
        list_points,
        load_everything,
        run_killed,
        run_verb,
        wait_for_orphans,
    )

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

assert sys.platform == "linux"

QUIET: Final = ("--yes", "--quiet")
SETUP: Final = ("setup", *QUIET, "--no-check")
TOOLS: Final = ("conda", "gradle", "maven", "pip", "wget")
PROXY: Final = "http://ada:p4ss@proxy.corp.example:3128"
STORES: Final = ("--store", "system", "--store", "nss")
JAVA: Final = ("--store", "java")
SYSTEM: Final = ("/etc", "/usr/local/share")
CACERTS: Final = Path("/etc/ssl/certs/java/cacerts")
"""That of every JDK here: Debian's are links to it, and links are made of others."""

BUNDLE: Final = Path("/etc/ssl/certs/ca-certificates.crt")
ONE_MORE_READER: Final = bytes.fromhex(
    "0200000001000600ffffffff02000400d204000004000400ffffffff10000400ffffffff20000000ffffffff"
)
BOOTED: Final = Path("/run/systemd/system")
JVM: Final = Path("/usr/lib/jvm")
GROUP: Final = 4242
PROFILES: Final = b'# mine\nactive = "work"\n\n[profiles.work]\nPREFECT_LOGGING_LEVEL = "INFO"\n'

Node = tuple[object, ...]
Snapshot = dict[str, Node]


class Room(NamedTuple):
    """Where a storm is: one directory, in memory where there is a place for that."""

    place: Path

    @property
    def home(self) -> Path:
        return self.place / "home"

    @property
    def log(self) -> Path:
        return self.place / "log"

    @property
    def packages(self) -> Path:
        return self.place / "packages"

    @property
    def upper(self) -> Path:
        """What is written over the directories of the system."""
        return self.place / "upper"

    @property
    def environment(self) -> dict[str, str]:
        own = {"HOME": str(self.home), "SHELL": "/bin/bash", "LANG": "C.UTF-8"}
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **own}

    def saved(self, name: str) -> Path:
        return self.place / "saved" / name

    def run(self, *arguments: str, allowed: Sequence[str] = ()) -> None:
        """Run a verb to its end."""
        ended = run_verb(arguments, self.environment, self.log)
        wait_for_orphans()
        if ended.status and not any(f"error[{code}]" in ended.said for code in allowed):
            raise WrongError(f"`{' '.join(arguments[:2])}` ended with status {ended.status}: {ended.said}")


class WrongError(Exception):
    """Something is not as it was, or a verb did not do what it is for."""


class Verb(NamedTuple):
    """One verb in the storm.

    Args:
        name: for people.
        arguments: what is run and killed.
        start: from where: the verbs that lead there from the home of a user.
        programs: whether it runs programs, whose starts and ends are points too.
        allowed: the codes with which it may end when it is run again, since all is done already.
        forgets: whether earlier values are lost, so that what it leaves undisturbed is what has to be there.
    """

    name: str
    arguments: tuple[str, ...]
    start: tuple[str, ...]
    programs: bool = False
    allowed: tuple[str, ...] = ()
    forgets: bool = False


VERBS: Final = (
    Verb("setup", SETUP, ()),
    Verb("refresh", ("refresh", *QUIET, "--no-check"), ("setup", "rotate")),
    Verb("rollback", ("rollback", *QUIET), ("setup", "rotate", "refresh"), allowed=("nothing-to-restore",)),
    Verb("uninstall", ("uninstall", *QUIET), ("setup", "rotate", "refresh")),
    Verb(
        "uninstall --without-receipt",
        ("uninstall", "--without-receipt", *QUIET),
        ("setup everything", "lose the receipt"),
        forgets=True,
    ),
    Verb("trust install", ("trust", "install", *QUIET, *STORES), ("setup",), programs=True),
    Verb("trust remove", ("trust", "remove", *QUIET, *STORES), ("setup", "trust install"), programs=True),
    Verb("trust install java", ("trust", "install", *QUIET, *JAVA), ("setup",), programs=True),
    Verb(
        "trust remove java",
        ("trust", "remove", *QUIET, *JAVA),
        ("setup", "trust install java"),
        programs=True,
    ),
)


def main(arguments: list[str]) -> int:
    """Run the storm, say what came of it, and return 1 where something was not as it was."""
    parser = argparse.ArgumentParser(prog="storm --kills", description=__doc__)
    names = [verb.name for verb in VERBS]
    parser.add_argument("--verb", action="append", choices=names, help="which (repeatable; default: all)")
    parser.add_argument("--points", type=int, help="take so many of each, evenly spread (default: all)")
    options = parser.parse_args(arguments)
    wrong = 0
    for verb in VERBS:
        if options.verb is None or verb.name in options.verb:
            begun = time.monotonic()
            came = storm(verb, most=options.points, tell=_say)
            wrong += came.wrong
            seconds = time.monotonic() - begun
            _say(
                f"{verb.name}: killed at {came.killed} of {came.points}, {came.wrong} wrong, {seconds:.0f} s"
            )
    return 1 if wrong else 0


def _say(line: str) -> None:
    print(line, flush=True)


class Came(NamedTuple):
    """What came of a storm.

    Args:
        points: how many there are.
        killed: at how many of them the run was killed.
        wrong: how often something was not as it was, or a point was not reached.
    """

    points: int
    killed: int
    wrong: int


def storm(verb: Verb, *, most: int | None, tell: Callable[[str], None]) -> Came:
    """Kill *verb* at its points, in a process of its own with mounts of its own.

    Args:
        verb: which.
        most: how many points, evenly spread; ``None``: all.
        tell: called with a line for whatever is wrong.
    """
    memory = Path("/dev/shm")
    where = memory if os.access(memory, os.W_OK) else None
    place = Path(tempfile.mkdtemp(prefix="storm-", dir=where)).resolve()
    counted, told = place / "counts", place / "told"
    child = os.fork()
    if child == 0:
        lines: list[str] = []
        try:
            own_mounts()
            came = _storm(Room(place), verb, most, lines.append)
            counted.write_text(" ".join(map(str, came)), "ascii")
        except BaseException as error:  # noqa: BLE001 - this process ends here
            lines.append(f"{verb.name}: {error!r}")
        finally:
            told.write_text("\n".join(lines), "utf-8")
            os._exit(0)
    os.waitpid(child, 0)
    for line in told.read_text("utf-8").splitlines():
        tell(line)
    came = Came(*map(int, counted.read_text("ascii").split())) if counted.exists() else Came(0, 0, 1)
    shutil.rmtree(place, ignore_errors=True)
    return came


def _storm(room: Room, verb: Verb, most: int | None, tell: Callable[[str], None]) -> Came:
    before = _begin(room, verb)
    if verb.forgets:
        before = _end_undisturbed(room, verb, before)
    below = (room.home, *(map(Path, SYSTEM) if verb.programs else ()))
    points = list_points(
        _arguments(room, verb), room.environment, room.log, below=below, programs=verb.programs
    )
    wait_for_orphans()
    count = min(most or len(points), len(points))
    killed = wrong = 0
    for point in (points[number * len(points) // count] for number in range(count)):
        _restore(room, "start", system=verb.programs)
        status = run_killed(_arguments(room, verb), room.environment, room.log, point)
        wait_for_orphans()
        if status != KILLED:
            tell(f"{verb.name}: not killed at {point.text}: status {status}")
            wrong += 1
            continue
        killed += 1
        _save(room, "half", system=verb.programs)
        for again in (True, False):
            if not again:
                _restore(room, "half", system=verb.programs)
            try:
                _finish(room, verb, again=again)
                _compare(before, _look(room, stores=verb.programs))
            except WrongError as error:
                wrong += 1
                then = " and run again" if again else ""
                tell(f"{verb.name}{then}, killed at {point.number}. {point.text}: {error}")
    return Came(len(points), killed, wrong)


def _begin(room: Room, verb: Verb) -> Snapshot:
    """Make a home, and lead it to where the verb is run. Returns what has to be there at the end."""
    _prepare(room)
    _pretend_systemd()
    if not verb.programs and JVM.is_dir():
        # The search for stores of a lost receipt starts Java, which takes its time.
        mount("-t", "tmpfs", "tmpfs", str(JVM))
    load_everything()
    if verb.programs:
        _make_small_stores(room)
    before = _look(room, stores=verb.programs)
    for step in verb.start:
        _go(room, step)
    _save(room, "start", system=verb.programs)
    return before


def _end_undisturbed(room: Room, verb: Verb, before: Snapshot) -> Snapshot:
    """What the verb leaves where nobody kills it: the files that were there before the first verb.

    Empty directories stay: without the receipt nobody knows who made them.
    """
    room.run(*verb.arguments)
    after = _look(room, stores=verb.programs)
    different = [name for name in {*before, *after} if (name in before) != (name in after)]
    if any(not (room.home / name).is_dir() for name in different):
        raise WrongError(f"{sorted(different)} differ without any kill")
    _restore(room, "start", system=verb.programs)
    return after


def _finish(room: Room, verb: Verb, *, again: bool) -> None:
    """What a user does after a kill."""
    if again:
        room.run(*_arguments(room, verb), allowed=verb.allowed)
    room.run("uninstall", *QUIET, allowed=("receipt-lost",) if verb.forgets else ())
    if verb.forgets and not again:
        room.run(*verb.arguments)


def _arguments(room: Room, verb: Verb) -> tuple[str, ...]:
    return _setup(room) if verb.name == "setup" else verb.arguments


def _setup(room: Room) -> tuple[str, ...]:
    tools = (word for name in TOOLS for word in ("--configure", name))
    return (*SETUP, "--proxy", PROXY, "--ca", str(room.place / "corp.pem"), *tools)


def _go(room: Room, step: str) -> None:
    if step == "rotate":
        (room.place / "corp.pem").write_bytes((room.place / "next.pem").read_bytes())
    elif step == "setup":
        room.run(*_setup(room))
    elif step == "setup everything":
        hooks = ("--trust", "truststore", "--venv", str(room.home / "venv"))
        room.run(*_setup(room), *hooks, "--activate", "both", "--timer")
    elif step == "lose the receipt":
        (room.home / ".local/state/proxyenv/receipt.json").unlink()
    else:
        room.run(*next(verb.arguments for verb in VERBS if verb.name == step))


# The home of a user.


def _prepare(room: Room) -> None:
    for name in ("corp", "next"):
        (room.place / f"{name}.pem").write_bytes(make_ca(name.title()).pem)
    _make_certifi(room)
    _make_home(room.home)
    _make_venv(room.home / "venv")


def _make_certifi(room: Room) -> None:
    """Two public roots are enough: every file of `certs` is written in the same way."""
    package = room.packages / "certifi"
    package.mkdir(parents=True)
    (package / "cacert.pem").write_bytes(make_ca("Public One").pem + make_ca("Public Two").pem)
    (package / "__init__.py").write_text(
        "from pathlib import Path\n\n__version__ = '2026.10.19'\n\n\n"
        "def where():\n    return str(Path(__file__).with_name('cacert.pem'))\n"
    )
    sys.path.insert(0, str(room.packages))
    for name in [name for name in sys.modules if name.partition(".")[0] == "certifi"]:
        del sys.modules[name]


def _make_home(home: Path) -> None:
    """Rc files behind a symlink, with a second name, with an ACL; files of tools of each kind."""
    for path, content, mode in (
        ("dotfiles/bashrc", b"alias ll='ls -l'", 0o640),
        (".profile", b"umask 027\n" * 60, 0o600),
        (".zshrc", b"setopt autocd\n", 0o644),
        (".prefect/profiles.toml", PROFILES, 0o600),
        (".condarc", b"channels:\n  - conda-forge # ours\n", 0o600),
        (".wgetrc", b"tries = 3\r\ntimeout=10", 0o600),
        (".config/pip/pip.conf", b"[global]\ntimeout = 60\n", 0o600),
        (".gradle/gradle.properties", b"org.gradle.daemon=true\n", 0o600),
        (".m2/settings.xml", b"<settings>\n  <offline>false</offline>\n</settings>\n", 0o600),
    ):
        file = home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(mode)
    (home / ".bashrc").symlink_to("dotfiles/bashrc")
    (home / "dotfiles/profile").hardlink_to(home / ".profile")
    (home / "dotfiles/profiles.toml").hardlink_to(home / ".prefect/profiles.toml")
    (home / "dotfiles/wgetrc").hardlink_to(home / ".wgetrc")
    for name in (".zshrc", ".config/pip/pip.conf", ".wgetrc"):
        os.setxattr(home / name, "user.note", b"mine")
    os.setxattr(home / ".zshrc", "system.posix_acl_access", ONE_MORE_READER)
    os.chown(home / ".wgetrc", 0, GROUP)
    os.chown(home / ".condarc", 0, GROUP)


def _pretend_systemd() -> None:
    """Have the directory by which `--timer` tells that systemd runs; its manager answers nothing here."""
    if not BOOTED.is_dir():
        mount("-t", "tmpfs", "tmpfs", "/run")
        BOOTED.mkdir(parents=True)


def _make_venv(directory: Path) -> None:
    """What is asked of a virtual environment before a hook is put into it; nothing runs its Python here."""
    package = directory / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/truststore"
    package.mkdir(parents=True)
    (package / "__init__.py").write_bytes(b"")
    (directory / "bin").mkdir()
    (directory / "bin/python").symlink_to(sys.executable)
    (directory / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).parent}\n")


# The stores of a machine.


def _make_small_stores(room: Room) -> None:
    """The system's store and Java's with three roots, and a database of a browser: so the tools are quick."""
    require_client("certutil")
    _lay_over(room)
    roots = sorted(Path("/usr/share/ca-certificates/mozilla").glob("*.crt"))[:3]
    Path("/etc/ca-certificates.conf").write_text("".join(f"mozilla/{each.name}\n" for each in roots))
    shutil.rmtree("/etc/ca-certificates/update.d", ignore_errors=True)
    for path in Path("/usr/local/share/ca-certificates").glob("*"):
        path.unlink()
    _call("update-ca-certificates", "--fresh")
    database = room.home / ".pki/nssdb"
    database.mkdir(parents=True)
    _call("certutil", "-N", "-d", f"sql:{database}", "--empty-password")
    if CACERTS.exists():
        CACERTS.unlink()
        for number, root in enumerate(roots):
            _call(*_keytool("-importcert"), "-noprompt", "-alias", f"root{number}", "-file", str(root))


def _keytool(action: str) -> tuple[str, ...]:
    quick = ("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC")
    return ("keytool", *quick, action, "-keystore", str(CACERTS), "-storepass", "changeit")


def _call(*command: str) -> str:
    path = "/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=True)
    return done.stdout


def _lay_over(room: Room) -> None:
    for directory in SYSTEM:
        layer = room.upper / directory.replace("/", "_")
        work = room.place / "work" / layer.name
        for each in (layer, work):
            each.mkdir(parents=True, exist_ok=True)
        options = f"lowerdir={directory},upperdir={layer},workdir={work}"
        mount("-t", "overlay", "-o", options, "overlay", directory)


def _look_at_stores(room: Room) -> Iterator[tuple[str, Node]]:
    blocks = BUNDLE.read_text("ascii").split("-----END CERTIFICATE-----\n")
    yield "bundle", (frozenset(each.strip() for each in blocks if each.strip()),)
    for directory in (BUNDLE.parent, Path("/usr/local/share/ca-certificates")):
        names = {path.name: str(path.readlink()) if path.is_symlink() else "" for path in directory.iterdir()}
        yield str(directory), tuple(sorted(names.items()))
    database = room.home / ".pki/nssdb"
    yield "nss", (_call("certutil", "-L", "-d", f"sql:{database}"),)
    if CACERTS.exists():
        status = CACERTS.stat()
        owner = (status.st_mode, status.st_uid, status.st_gid)
        yield "java", (_list_java(CACERTS.read_bytes()), *owner)


@cache
def _list_java(_content: bytes) -> frozenset[str]:
    """The entries of the store that is there; its bytes differ by a salt, and Java starts slowly."""
    listed = _call(*_keytool("-list"), "-rfc").split("\nAlias name: ")[1:]
    assert listed
    return frozenset(re.sub("\nCreation date:.*", "", each).strip("*\n ") for each in listed)


# States: kept, put back, and compared.


def _save(room: Room, name: str, *, system: bool) -> None:
    shutil.rmtree(room.saved(name), ignore_errors=True)
    room.saved(name).mkdir(parents=True)
    names = ("home", "upper") if system else ("home",)
    for each in names:
        _copy(room.place / each, room.saved(name) / each)


def _restore(room: Room, name: str, *, system: bool) -> None:
    shutil.rmtree(room.home)
    _copy(room.saved(name) / "home", room.home)
    if system:
        for directory in SYSTEM:
            unmount(directory)
        for each in ("upper", "work"):
            shutil.rmtree(room.place / each)
        _copy(room.saved(name) / "upper", room.upper)
        _lay_over(room)


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["/bin/cp", "-a", str(source), str(target)], check=True)


def _look(room: Room, *, stores: bool) -> Snapshot:
    nodes: Snapshot = {}
    names: dict[tuple[int, int], list[str]] = {}
    for directory, below, files in os.walk(room.home):
        for name in (*below, *files):
            path = Path(directory, name)
            shown = str(path.relative_to(room.home))
            if shown.startswith(".pki/nssdb/"):
                continue
            status = path.lstat()
            names.setdefault((status.st_dev, status.st_ino), []).append(shown)
            attributes = {
                each: os.getxattr(path, each, follow_symlinks=False)
                for each in os.listxattr(path, follow_symlinks=False)
            }
            nodes[shown] = (
                status.st_mode,
                status.st_uid,
                status.st_gid,
                tuple(sorted(attributes.items())),
                _content(path),
            )
    for shared in names.values():
        for name in shared:
            nodes[name] = (*nodes[name], tuple(sorted(shared)))
    return {**nodes, **(dict(_look_at_stores(room)) if stores else {})}


def _content(path: Path) -> bytes | str | None:
    if path.is_symlink():
        return str(path.readlink())
    return None if path.is_dir() else path.read_bytes()


def _compare(before: Snapshot, after: Snapshot) -> None:
    different = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    if different:
        name = different[0]
        raise WrongError(f"{different} differ; {name}: {before.get(name)!r} is {after.get(name)!r}"[:1500])
