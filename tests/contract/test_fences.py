"""Which room may do what, and which room may import which.

Each fence names what it looks for and the rooms that may have it, and has to find what is planted for it in a
room that may not. What breaks a rule today stands in a table of debt, which can only shrink.
"""

from __future__ import annotations

import ast
import functools
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.syntax import Use, find_uses

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE: Final = Path(__file__).parents[2] / "proxyenv"
MODULES: Final[Mapping[str, Path]] = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

LAYERS: Final = (
    ("__main__",),
    ("cli",),
    ("commands",),
    ("page",),
    ("demo",),
    ("api", "image_plugin", "plugin"),
    ("machine", "apply", "checks"),
    ("decide", "plan"),
    ("catalog",),
    ("formats",),
    ("no_proxy", "certificates"),
    ("model",),
    ("errors",),
    ("codes",),
    ("bounded", "own_source"),
    ("record",),
)
"""Imports point down, and rooms on one line do not import each other."""

LIBRARIES: Final[Mapping[str, tuple[str, ...]]] = {
    "backports": ("machine",),
    "certifi": ("machine", "checks"),
    "cryptography": ("certificates", "checks", "demo"),
    "dotenv": ("machine",),
    "httpx": ("checks", "api"),
    "idna": ("no_proxy",),
    "keyring": ("machine",),
    "mitmproxy": ("demo",),
    "platformdirs": ("machine",),
    "prefect": ("checks", "image_plugin", "plugin"),
    "quickjs": ("checks",),
    "truststore": ("api", "plugin"),
    "websockets": ("checks",),
    "rich": ("commands",),
    "shtab": ("commands",),
    "yaml": ("formats",),
}
"""What is not in the standard library, and who may import it. What is not listed, nobody may."""

ASKED: Final = tuple(
    f"{value}.{question}"
    for value in ("host", "installation", "m", "machine")
    for question in ("exists", "glob", "is_dir", "is_file", "resolve", "stat")
)
"""What is asked of a value that was handed in: `machine.exists(path)` reads no disk by itself."""

READS: Final = (
    "proxyenv.bounded",
    *(
        "open",
        "io.open",
        "os.open",
        "os.read",
        "os.stat",
        "os.lstat",
        "os.access",
        "os.listdir",
        "os.scandir",
    ),
    *("os.walk", "os.readlink", "os.statvfs", "os.getcwd", "os.getxattr", "os.listxattr", "os.getuid"),
    *("os.geteuid", "os.getgid", "os.getgroups", "os.path.exists", "os.path.lexists", "os.path.isfile"),
    *("os.path.isdir", "os.path.islink", "os.path.realpath", "os.path.abspath", "os.path.expanduser"),
    *("glob", "shutil.which", "shutil.disk_usage", "pwd", "grp", "winreg", "getpass.getuser"),
    *("platform", "importlib.metadata", "importlib.resources", "ssl.enum_certificates"),
    *("ssl.get_default_verify_paths", "certifi.where", "platformdirs", "fcntl"),
    *(".read_text", ".read_bytes", ".open", ".exists", ".is_file", ".is_dir", ".is_symlink", ".is_mount"),
    *(".stat", ".lstat", ".iterdir", ".glob", ".rglob", ".resolve", ".readlink", ".samefile"),
    *(".expanduser", "pathlib.Path.absolute", "pathlib.Path.cwd", "pathlib.Path.home"),
)
WRITES: Final = (
    *("os.write", "os.remove", "os.unlink", "os.rename", "os.replace", "os.mkdir", "os.makedirs", "os.rmdir"),
    *(
        "os.removedirs",
        "os.chmod",
        "os.chown",
        "os.lchown",
        "os.fchmod",
        "os.fchown",
        "os.symlink",
        "os.link",
    ),
    *("os.utime", "os.setxattr", "os.removexattr", "os.truncate", "os.fsync", "os.umask", "os.mkfifo"),
    *("shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree", "shutil.move", "shutil.rmtree"),
    *("shutil.chown", "shutil.copymode", "shutil.copystat", "tempfile"),
    *(".write_text", ".write_bytes", ".unlink", ".mkdir", ".rmdir", ".rename", ".chmod", ".lchmod", ".touch"),
    *(".symlink_to", ".hardlink_to"),
    *("os.setgroups", "os.setegid", "os.seteuid", "os.setgid", "os.setuid", "os.setresuid", "os.setresgid"),
)
STARTS: Final = (
    "proxyenv.bounded.run_program",
    *("subprocess", "multiprocessing", "pty", "os.system", "os.popen", "os.fork", "os.forkpty", "os.kill"),
    *("os.killpg", "os.posix_spawn", "os.posix_spawnp", "os.execv", "os.execve", "os.execvp", "os.execvpe"),
    *("os.execl", "os.execle", "os.execlp", "os.spawnv", "os.spawnve", "os.spawnvp", "os.startfile"),
    *("asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell"),
)
CONNECTS: Final = (
    *("socket", "socketserver", "http.client", "http.server", "urllib.request", "ftplib", "smtplib"),
    *("asyncio.open_connection", "asyncio.start_server", "ssl.get_server_certificate", "websockets"),
    *("httpx.get", "httpx.post", "httpx.request", "httpx.stream", "httpx.Client", "httpx.AsyncClient"),
    *(".wrap_socket", ".wrap_bio"),
)
EFFECTLESS: Final = ("socket.gaierror", "subprocess.SubprocessError", "subprocess.TimeoutExpired")
"""Errors of those modules, which a room may name that only hears of them."""


@dataclass(frozen=True)
class Fence:
    """What only some rooms may have.

    Args:
        what: the effect, in words.
        names: a module or what is in it, a builtin, or a `.method` of anything but what :data:`ASKED` names.
        rooms: those that may, with the reason where DESIGN gives none.
        planted: by room, what has to be found there.
        debt: modules that may not and do today, with the reason; one that no longer does fails the test.
    """

    what: str
    names: tuple[str, ...]
    rooms: tuple[str, ...]
    planted: tuple[tuple[str, str], ...]
    debt: Mapping[str, str] = field(default_factory=dict)


UNBOUNDED_FILES: Final[Mapping[str, str]] = {
    "proxyenv.apply.atomic": "opens without following a link, and reads by `read_open`",
    "proxyenv.apply.change": "looks at the mode of what it has open, and reads by `read_open`",
    "proxyenv.apply.in_place": "opens what it writes",
    "proxyenv.apply.lock": "opens what it locks, and reads nothing",
    "proxyenv.checks.child.made": "goes to a child as source; a line of the kernel's",
    "proxyenv.checks.child.record": "goes to a child as source; its parent's own words",
    "proxyenv.checks.child.trusted": "goes to a job as source; the CA file of its own environment",
    "proxyenv.checks.handshake": "writes what it hands to OpenSSL",
    "proxyenv.checks.runtimes": "writes `go.mod`",
    "proxyenv.cli": "opens the null device",
    "proxyenv.image_plugin": "stands alone in an image; the line that it wrote there",
    "proxyenv.machine.config_directory": "has to start quickly; a regular file of a mebibyte at the most",
    "proxyenv.machine.images.entries": "opens what `tarfile` bounds by the size of each member",
    "proxyenv.machine.ownership": "the kernel's own three numbers",
}
"""Modules that open files, and why that has an end."""

UNBOUNDED_DIRECTORIES: Final[Mapping[str, str]] = {
    "proxyenv.apply.change": "stops at the size, and otherwise empties what it filled",
    "proxyenv.apply.directories": "stops at the first entry that is not ours",
    "proxyenv.apply.preflight": "stops at the first entry that stays",
    "proxyenv.machine.distributions": "the packages of one Python",
    "proxyenv.machine.folder": "has to know each entry's kind, and stops at a number of them",
    "proxyenv.machine.images.entries": "every file of an image is looked at",
}
"""Modules that list directories, and why that has an end."""

UNBOUNDED_PROGRAMS: Final[Mapping[str, str]] = {
    "proxyenv.apply.programs": "the program that takes the place of this one has its streams",
    "proxyenv.checks.child.made": "sends a signal",
    "proxyenv.checks.child.record": "sends a signal",
    "proxyenv.checks.child.remote": "goes to a job as source; `git`, the start of what it says",
    "proxyenv.checks.interpreter": "hears lines of a bounded length, while the program runs",
}
"""Modules that start programs, and why what these say has an end."""

PARSERS: Final[Mapping[str, str]] = {
    "proxyenv.catalog.tools.maven": "only writes XML",
    "proxyenv.certificates.container": "an Apple profile: plistlib refuses entities and has no recursion",
    "proxyenv.checks.child.masking": "goes to a child as source; headers of its own environment",
    "proxyenv.checks.child.pac": "goes to a child as source; its parent's words",
    "proxyenv.checks.child.page": "goes to a child as source; 64 KiB; what does not parse has no form",
    "proxyenv.checks.child.pools": "goes to a child as source; what does not parse is passed over",
    "proxyenv.checks.child.record": "goes to a child as source; its parent's own words",
    "proxyenv.checks.child.runs": "goes to a child as source; what does not parse is passed over",
    "proxyenv.checks.interpreter": "a line of a bounded length; what does not parse is passed over",
    "proxyenv.machine.pkcs12_child": "goes to a child as source; its parent's words",
    "proxyenv.formats.json": "one string at a time, which the reader has found",
    "proxyenv.formats.parse": "is where it is done",
    "proxyenv.formats.toml_layout": "one quoted part of a key, of a text that was parsed",
    "proxyenv.formats.xml": "a bounded text; document types and depth are refused",
}
"""Modules that call a parser, and what bounds its input."""

FENCES: Final = (
    Fence(
        "reads files",
        READS,
        # apply compares before it writes; checks and demo read what they wrote or what a server needs.
        ("machine", "apply", "checks", "demo", "api", "image_plugin", "plugin", "bounded"),
        (
            ("decide", "from pathlib import Path\ndef f(path: Path) -> str: return path.read_text()"),
            ("plan", "text = [open(name) for name in names]"),
            ("catalog", "def f(machine): return machine.home.joinpath('x').exists()"),
            ("catalog", "FILES = lambda m: (m.home / 'x').is_file()"),
            ("formats", "from os import path as p\nfound = p.exists('/etc')"),
            ("commands", "import os.path\nreal = map(os.path.realpath, names)"),
            ("certificates", "import certifi\npath = certifi.where()"),
            ("model", "from shutil import which\nprogram = which('git')"),
        ),
        debt={
            "proxyenv.__main__": "looks where Python imports from, before it imports a room",
            "proxyenv.cli": "opens the null device when the reader of a pipe has gone",
        },
    ),
    Fence(
        "writes files",
        WRITES,
        # checks and demo write below a directory of their own alone.
        ("apply", "checks", "demo"),
        (
            ("machine", "from pathlib import Path\nPath('x').write_text('y')"),
            ("commands", "def save(path): path.parent.mkdir(exist_ok=True)"),
            ("plan", "import os\nfor name in names: os.unlink(name)"),
            ("catalog", "from tempfile import TemporaryDirectory as T\nwith T() as place: pass"),
            ("cli", "from shutil import rmtree\nclean = rmtree"),
            ("commands", "import os\nos.seteuid(0)"),
        ),
        debt={"proxyenv.machine.clients": "asks programs their version in a temporary home"},
    ),
    Fence(
        "starts programs",
        STARTS,
        # machine starts those that only read.
        ("machine", "apply", "checks", "demo", "bounded"),
        (
            ("commands", "def f():\n    import subprocess as s\n    s.run(['true'], check=True)"),
            ("decide", "from subprocess import run\nrun(['git'])"),
            ("catalog", "import os\nos.execvpe('a', ['a'], {})"),
        ),
    ),
    Fence(
        "connects",
        CONNECTS,
        # api makes the clients that other programs connect with.
        ("checks", "demo", "api"),
        (
            ("machine", "import socket\nsocket.create_connection(('a.test', 443))"),
            ("commands", "from urllib.request import urlopen\nurlopen('https://a.test')"),
            ("certificates", "def f(context, sock): return context.wrap_socket(sock)"),
        ),
        debt={"proxyenv.machine.findings": "asks the resolver whether a host is internal"},
    ),
    Fence(
        "reads the environment of the process",
        ("os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv", "os.path.expandvars"),
        # api and the plugins live in the processes of others.
        ("machine", "api", "image_plugin", "plugin"),
        (
            ("commands", "import os\nhome = os.environ['HOME']"),
            ("catalog", "from os import environ\nhome = environ.get('HOME')"),
            ("checks", "import os\nhome = os.getenv('HOME')"),
        ),
        debt={
            "proxyenv.__main__": "looks where Python imports from, before it imports a room",
            "proxyenv.apply.programs": "hands a few variables on to the store's own program",
            "proxyenv.checks.child.job": "runs in a job of a work pool, and says what that has",
            "proxyenv.checks.child.masking": "runs in a child, and hides what that has",
            "proxyenv.checks.child.remote": "runs in a job of a work pool, whose `git` it is",
            "proxyenv.demo.stage": "hands PATH on to the programs of the demonstration",
            "proxyenv.demo.intercepting_proxy": "hands the environment on to pip",
        },
    ),
    Fence(
        "reads a file to its end by itself",
        ("open", "io.open", "os.open", "os.read", ".read_text", ".read_bytes", ".open", "os.fdopen"),
        # the demonstration reads what it wrote.
        ("bounded", "demo"),
        (
            ("machine", "def f(path): return path.read_bytes()"),
            ("apply", "with open('/etc/hosts') as file: text = file.read()"),
            ("checks", "from pathlib import Path\ntext = Path('x').read_text()"),
            ("api", "import os\nread = lambda: os.read(os.open('x', 0), 10)"),
        ),
        debt=UNBOUNDED_FILES,
    ),
    Fence(
        "lists a directory to its end by itself",
        ("os.listdir", "os.scandir", "os.walk", ".iterdir", ".glob", ".rglob", "glob"),
        ("bounded", "demo"),
        (
            ("machine", "def f(path): return list(path.iterdir())"),
            ("apply", "import os\nnames = os.listdir('/etc')"),
            ("catalog", "def f(path): return sorted(path.rglob('*'))"),
        ),
        debt=UNBOUNDED_DIRECTORIES,
    ),
    Fence(
        "listens to a program by itself",
        STARTS[1:],
        ("bounded", "demo"),
        (
            ("machine", "import subprocess\nout = subprocess.run(['x'], capture_output=True).stdout"),
            ("apply", "from subprocess import check_output\ncheck_output(['x'])"),
            ("checks", "import subprocess\nwith subprocess.Popen(['x'], stdout=-1) as p: p.communicate()"),
        ),
        debt=UNBOUNDED_PROGRAMS,
    ),
    Fence(
        "parses by itself",
        (
            *(
                "tomllib",
                "json.load",
                "json.loads",
                "yaml.compose",
                "yaml.load",
                "yaml.safe_load",
                "yaml.parse",
            ),
            *("yaml.compose_all", "yaml.load_all", "xml", "plistlib.load", "plistlib.loads", "configparser"),
        ),
        ("demo",),
        (
            ("machine", "import tomllib\ntomllib.loads('')"),
            ("formats", "import json\nread = json.loads"),
            ("decide", "from yaml import safe_load\nsafe_load('')"),
            ("catalog", "from xml.etree import ElementTree\nElementTree.fromstring('')"),
        ),
        debt=PARSERS,
    ),
    Fence(
        "asks the clock",
        (
            *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
            *("datetime.date.today", "time"),
        ),
        # the command line asks for the date once; checks and demo measure and wait.
        ("cli", "commands", "checks", "demo", "bounded"),
        (
            ("plan", "from datetime import datetime, UTC\nnow = datetime.now(UTC)"),
            ("certificates", "import datetime\ntoday = datetime.date.today()"),
            ("machine", "from time import monotonic\nbegun = monotonic()"),
        ),
        debt={"proxyenv.machine.pkcs12_child": "goes to a child as source, and says how long it took"},
    ),
    Fence(
        "draws lots",
        ("random", "secrets", "uuid.uuid1", "uuid.uuid4", "os.urandom", "os.getrandom"),
        # A check sends what nobody can guess; its command hands it in.
        ("commands", "demo"),
        (
            ("checks", "import secrets\nname = secrets.token_hex()"),
            ("plan", "from uuid import uuid4\nname = str(uuid4())"),
        ),
    ),
    Fence(
        "prints, asks or exits",
        (
            *(
                "print",
                "input",
                "exit",
                "quit",
                "SystemExit",
                "sys.exit",
                "os._exit",
                "sys.stdout",
                "sys.stderr",
            ),
            *("sys.stdin", "sys.__stdout__", "sys.__stderr__", "getpass.getpass", "logging"),
        ),
        ("__main__", "cli"),
        (
            ("commands", "print('done')"),
            ("checks", "import sys\nsys.stdout.write('done')"),
            ("machine", "from sys import exit as leave\nleave(3)"),
            ("api", "def f(): raise SystemExit(1)"),
        ),
        debt={
            "proxyenv.apply.programs": "ends as the program did that `run` ran, on Windows",
            "proxyenv.checks.child.pac": "a child tells its parent by its standard streams",
            "proxyenv.checks.child.record": "a child tells its parent by its standard streams",
            "proxyenv.machine.pkcs12_child": "a child tells its parent by its standard streams",
            "proxyenv.machine.content": "reads `--ca -` and `--manifest -` from standard input",
        },
    ),
)

IMPORT_DEBT: Final[Mapping[tuple[str, str], str]] = {
    ("proxyenv.machine.pkcs12_child", "cryptography"): "goes to a child as source",
    ("proxyenv.machine.installation", "proxyenv.apply.atomic"): "the names of half-written files",
    ("proxyenv.machine.installation", "proxyenv.apply.change"): "reads a directory as apply does",
}
"""Who imports what against these tables today, and what has to change; a row that no longer does fails."""


def room_of(module: str) -> str:
    """The second part of a module's name; what the package itself brings is of no room."""
    return (*module.split("."), "")[1]


def is_named_by(fence: Fence, use: Use) -> bool:
    name = use.name
    if name in EFFECTLESS or f"{use.of}{name}" in ASKED:
        return False
    method = f".{name.rpartition('.')[2]}"
    return any(
        method == each if each.startswith(".") else name == each or name.startswith(f"{each}.")
        for each in fence.names
    )


def find_effects(fence: Fence, module: str, source: str) -> list[str]:
    """Where a module has an effect that its room may not have."""
    if room_of(module) in fence.rooms:
        return []
    found = (use for use in find_uses(module, source) if not use.imported and is_named_by(fence, use))
    return [f"{module}:{use.line} {fence.what}: `{use.name}`" for use in found]


def find_imports(module: str, source: str) -> list[tuple[str, str]]:
    """What a module imports and its room may not, each with the name of the module."""
    found = (use.name for use in find_uses(module, source) if use.imported)
    return [(module, shorten(name)) for name in found if not may_import(room_of(module), name)]


def shorten(name: str) -> str:
    """The module that is imported, or a library's own name."""
    parts = name.split(".")
    while parts[0] == "proxyenv" and len(parts) > 1 and ".".join(parts) not in MODULES:
        parts.pop()
    return ".".join(parts) if parts[0] == "proxyenv" else parts[0]


def may_import(room: str, name: str) -> bool:
    first = name.partition(".")[0]
    if first != "proxyenv":
        return first in sys.stdlib_module_names or room in LIBRARIES.get(first, ())
    wanted = room_of(name)
    if wanted in {room, "__version__"}:
        return True
    depth = {each: number for number, layer in enumerate(LAYERS) for each in layer}
    return wanted in depth and (depth.get(room, 0) < depth[wanted])


SOURCES: Final = {module: path.read_text("utf-8") for module, path in MODULES.items()}


@functools.cache
def find_imports_against() -> frozenset[tuple[str, str]]:
    """What all modules import against these tables."""
    return frozenset(each for module, source in SOURCES.items() for each in find_imports(module, source))


@pytest.mark.parametrize("fence", FENCES, ids=lambda fence: fence.what)
def test_only_its_rooms_have_it(fence: Fence) -> None:
    found = {module: find_effects(fence, module, source) for module, source in SOURCES.items()}
    assert [each for module, places in found.items() if module not in fence.debt for each in places] == []


@pytest.mark.parametrize("fence", FENCES, ids=lambda fence: fence.what)
def test_its_debt_is_still_owed(fence: Fence) -> None:
    paid = [module for module in fence.debt if not find_effects(fence, module, SOURCES.get(module, ""))]
    assert paid == [], "take them out of the table"


@pytest.mark.parametrize(
    ("fence", "room", "source"),
    [
        pytest.param(fence, room, source, id=f"{room} {fence.what} {number}")
        for fence in FENCES
        for number, (room, source) in enumerate(fence.planted)
    ],
)
def test_a_planted_effect_is_found(fence: Fence, room: str, source: str) -> None:
    assert find_effects(fence, f"proxyenv.{room}.planted", source) != []


def test_imports_point_down() -> None:
    assert sorted(find_imports_against() - IMPORT_DEBT.keys()) == []


def test_the_debt_of_imports_is_still_owed() -> None:
    assert sorted(IMPORT_DEBT.keys() - find_imports_against()) == [], "take them out of the table"


@pytest.mark.parametrize(
    ("room", "source"),
    [
        pytest.param("commands", "import prefect", id="Prefect in a command"),
        pytest.param("commands", "def f():\n    from prefect.client import get_client", id="Prefect, lazily"),
        pytest.param(
            "catalog", "from importlib import import_module\nimport_module('prefect')", id="by name"
        ),
        pytest.param("machine", "from proxyenv.apply.transaction import apply_plan", id="apply in machine"),
        pytest.param("checks", "import proxyenv.machine.host", id="machine in checks"),
        pytest.param("decide", "if TYPE_CHECKING:\n    from proxyenv.plan.steps import Step", id="for types"),
        pytest.param("model", "from proxyenv import formats", id="a room as a name"),
        pytest.param("api", "from ..machine import host\nfrom .. import plugin", id="relative"),
        pytest.param("errors", "from proxyenv.model.report import Outcome", id="model in errors"),
        pytest.param("no_proxy", "from proxyenv.certificates.pem import x", id="peers"),
        pytest.param("machine", "import requests", id="what is not installed with it"),
    ],
)
def test_a_planted_import_is_found(room: str, source: str) -> None:
    assert find_imports(f"proxyenv.{room}.planted", source) != []


@pytest.mark.parametrize(
    ("room", "source"),
    [
        pytest.param(
            "catalog", "FILES = lambda m: m.home / 'x' if m.exists('/etc/x') else None", id="asks machine"
        ),
        pytest.param("decide", "def f(open, path: Path): return open(path)", id="a parameter named open"),
        pytest.param(
            "plan", "def f(path: os.PathLike[str], now: datetime.datetime) -> time.struct_time: ..."
        ),
        pytest.param(
            "checks",
            "import time\nfrom proxyenv.bounded import run_program\nrun_program([], seconds=time.time())",
        ),
        pytest.param("api", "import truststore, httpx\nfrom proxyenv.decide import x\nhttpx.Client()"),
    ],
)
def test_what_is_allowed_is_not_found(room: str, source: str) -> None:
    module = f"proxyenv.{room}.planted"
    assert [each for fence in FENCES for each in find_effects(fence, module, source)] == []
    assert find_imports(module, source) == []


def test_import_linter_has_the_same_layers() -> None:
    settings = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))
    contracts = {each["name"]: each for each in settings["tool"]["importlinter"]["contracts"]}
    rooms = {room_of(module) for module in MODULES}
    layers = [" | ".join(f"proxyenv.{room}" for room in layer if room in rooms) for layer in LAYERS]
    assert contracts["imports point down the list of rooms"]["layers"] == [each for each in layers if each]


def test_a_class_name_is_used_once() -> None:
    named = Counter(
        node.name
        for source in SOURCES.values()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in named.items() if count > 1] == []


def test_every_room_has_its_line() -> None:
    assert {room_of(module) for module in MODULES} - {room for layer in LAYERS for room in layer} == {""}
