"""What the tests may know of the machine that they run on, and what it has to have."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

__all__ = [
    "AS_FOUND",
    "HANDED_ON",
    "KEPT_VARIABLES",
    "TOOLS",
    "find_cargo",
    "give_up",
    "in_ci",
    "require_client",
    "runs",
]

HANDED_ON: Final = "PROXYENV_MACHINE_"
"""Before each name of the machine's own variables, as ``scripts/test`` hands them on: nothing reads them."""


def _find_machine() -> dict[str, str]:
    """The variables that were handed on, or else those of this process."""
    handed_on = {name: value for name, value in os.environ.items() if name.startswith(HANDED_ON)}
    own = {name: value for name, value in os.environ.items() if name not in handed_on}
    return own | {name.removeprefix(HANDED_ON): value for name, value in handed_on.items()}


AS_FOUND: Final[Mapping[str, str]] = MappingProxyType(_find_machine())
"""The environment before it was emptied. Only installing a tool may use it."""

TOOLS: Final = Path(AS_FOUND.get("PROXYENV_TOOLS") or Path(__file__).parents[2] / ".tools")
"""Where what the tests drive is installed, and kept between runs."""

in_ci: Final = pytest.mark.skipif(not os.environ.get("CI"), reason="many seconds: runs where `CI` is set")
"""For what takes long where a quicker test shows the main case: the rest ends within ten minutes."""

KEPT_VARIABLES: Final = frozenset(
    {
        *("CI", "LANG", "LC_ALL", "PATH", "PROXYENV_TOOLS", "PYTHONPATH", "TERM", "TMPDIR"),
        *("COMSPEC", "PATHEXT", "SYSTEMROOT", "TEMP", "TMP"),
        *("PROXYENV_RECORDINGS", "PROXYENV_ROUTE_PAIRS", "PROXYENV_ROUTE_SEED"),
        "PYTEST_CURRENT_TEST",
    }
)
"""Variables that survive: none of them says how to reach a server or whom to trust."""


PROOFS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Rscript": ("-e", "stopifnot(capabilities('libcurl'))"),
        "cargo": ("--version",),
        "composer": ("--version",),
        "docker": ("manifest", "--help"),
        "gem": ("fetch", "--help"),
        "java": ("-version",),
        "javac": ("-version",),
        "kubectl": ("version", "--client"),
        "mvn": ("--version",),
        "perl": ("-MLWP::UserAgent", "-MLWP::Protocol::https", "-e", "1"),
        "php": ("-n", "-r", "exit(extension_loaded('openssl') ? 0 : 1);"),
        "ruby": ("-ropen-uri", "-ropenssl", "-e", "1"),
    }
)
"""Programs that are often incomplete, and arguments with which each succeeds only where it is whole.

perl comes without LWP and PHP without extensions; `java` may be a stub, `cargo` a rustup without toolchain.
"""


def require_client(name: str, proof: tuple[str, ...] = ()) -> str:
    """Find a program that a test needs, or give up.

    Args:
        name: of the program.
        proof: arguments with which it succeeds where it is whole, instead of those of :data:`PROOFS`.

    Returns:
        Its path.
    """
    found = find_program(name)
    if found is None:
        give_up(f"`{name}` is not installed")
    if not runs(name, proof):
        give_up(f"`{name}` is installed without what the test needs of it")
    return found


def find_program(name: str) -> str | None:
    return find_cargo() if name == "cargo" else shutil.which(name)


@functools.cache
def runs(name: str, proof: tuple[str, ...] = ()) -> bool:
    """Whether a program is installed, and whole."""
    found, arguments = find_program(name), proof or PROOFS.get(name, ())
    if found is None or not arguments:
        return found is not None
    command = [found, *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def give_up(reason: str) -> NoReturn:
    """End a test for which the machine lacks something.

    A laptop may lack it, and then the test is skipped; where ``CI`` is set, that is a failure.
    """
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and `CI` is set", pytrace=False)
    pytest.skip(reason)


def find_cargo() -> str | None:
    """cargo itself; what stands in the path may be rustup, which looks for it in the home of its user."""
    rustup = shutil.which("rustup")
    if rustup is None:
        return shutil.which("cargo")
    home = {"HOME": str(Path(rustup).parents[2])}
    done = subprocess.run(
        [rustup, "which", "cargo"], env={**AS_FOUND, **home}, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None
