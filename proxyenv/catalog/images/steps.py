"""Tools that fetch while an image is built, and what each needs in the `RUN` of that step.

What a step is given is mounted for it alone, so that no layer, no history and no configuration holds it.
Sources: Docker's reference of `RUN --mount`; apt's `apt.conf(5)`, dnf's and conda's manuals; apk-tools looks
for `/etc/apk/ca.pem` before its own roots (`libfetch/meson.build`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.images.family import NOT_RUN
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETS: Final = "/run/secrets"
ENVIRONMENT: Final = "proxyenv"
"""The secret that a step sources: the variables."""

ROOTS: Final = "proxyenv-ca"
"""The secret with the bundle."""

APT: Final = "proxyenv-apt"
"""The secret with apt's configuration."""

_DRIVEN: Final = "driven by the tests"


class BuildStep(NamedTuple):
    """A tool that fetches.

    Args:
        name: for people.
        command: what the step runs, with a word in capitals for what is the user's.
        caches: directories that are kept between builds, in no layer.
        secrets: more to mount: the secret, and where the tool looks for it.
        needs_root: whether nobody else may run it.
        tested: how we know that it works.
    """

    name: str
    command: str
    caches: tuple[str, ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()
    needs_root: bool = False
    tested: str = NOT_RUN


STEPS: Final = (
    BuildStep("curl", "curl --fail --location --output FILE URL", tested=_DRIVEN),
    BuildStep("git", "git clone URL", tested=_DRIVEN),
    BuildStep("pip", "PIP_CACHE_DIR=/var/cache/pip pip install PACKAGE", ("/var/cache/pip",), tested=_DRIVEN),
    BuildStep(
        "uv",
        "UV_CACHE_DIR=/var/cache/uv uv pip install --system --link-mode copy PACKAGE",
        ("/var/cache/uv",),
    ),
    BuildStep("npm", "npm_config_cache=/var/cache/npm npm ci", ("/var/cache/npm",), tested=_DRIVEN),
    BuildStep("conda", "CONDA_PKGS_DIRS=/var/cache/conda conda install --yes PACKAGE", ("/var/cache/conda",)),
    BuildStep(
        "apt",
        "apt-get update && apt-get install --yes --no-install-recommends PACKAGE",
        ("/var/cache/apt", "/var/lib/apt/lists"),
        # apt takes its proxy from the variables, its roots from its configuration alone, as the user `_apt`.
        ((APT, "/etc/apt/apt.conf.d/99proxyenv"),),
        needs_root=True,
        tested=_DRIVEN,
    ),
    BuildStep(
        "dnf",
        f"dnf --setopt=sslcacert={SECRETS}/{ROOTS} install --assumeyes PACKAGE",
        ("/var/cache/dnf",),
        needs_root=True,
    ),
    BuildStep("apk", "apk add PACKAGE", ("/etc/apk/cache",), ((ROOTS, "/etc/apk/ca.pem"),), needs_root=True),
)
"""Every tool, those that anybody may run first."""


def render_step(step: BuildStep, urls: tuple[str, ...], *, user: str | None, has_roots: bool) -> str:
    """The `RUN` of a step.

    Args:
        step: which.
        urls: the secrets with the URL of a proxy, where it holds a password.
        user: the number of the user who runs it, or ``None`` for root.
        has_roots: whether there is a corporate CA.
    """
    lines = [
        *_mounts(step, urls, user=user, has_roots=has_roots),
        f". {SECRETS}/{ENVIRONMENT} && {step.command}",
    ]
    return "RUN " + " \\\n    ".join(lines)


def _mounts(step: BuildStep, urls: tuple[str, ...], *, user: str | None, has_roots: bool) -> Iterator[str]:
    """Only the user of the step may read a password. All else anybody may: apt reads as the user `_apt`."""
    owner = f",uid={user}" if user else ""
    yield _secret(ENVIRONMENT)
    if has_roots:
        yield _secret(ROOTS)
    yield from (f"--mount=type=secret,id={each},required=true{owner}" for each in urls)
    if has_roots:
        yield from (_secret(name, f",target={target}") for name, target in step.secrets)
    yield from (f"--mount=type=cache,target={each},sharing=locked{owner}" for each in step.caches)


def _secret(name: str, target: str = "") -> str:
    return f"--mount=type=secret,id={name}{target},mode=0444,required=true"
