"""Where the files of an installation lie, and what is installed already."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from proxyenv.errors import DiscoveryError
    from proxyenv.model.change import FileState
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.receipt import Receipt

BUNDLE: Final = "ca-bundle.pem"
CORPORATE: Final = "corporate-ca.pem"
CERTS: Final = "certs"
PKCS12: Final = "ca-bundle.p12"

_READ_BY_PYTHON: Final = frozenset({"http_proxy", "https_proxy", "no_proxy", "ssl_cert_file"})
"""What httpx and Prefect's websocket read, in either case."""


class Layout(NamedTuple):
    """The three directories of an installation; with a prefix they are one.

    Args:
        config: env files, ``proxyenv.toml`` and ``policy.toml``.
        data: ``ca-bundle.pem``, ``corporate-ca.pem``, ``certs`` and ``ca-bundle.p12``.
        state: ``receipt.json`` and ``previous``.
    """

    config: Path
    data: Path
    state: Path

    @classmethod
    def under(cls, prefix: Path) -> Layout:
        """Everything under one directory, as ``--prefix`` and ``PROXYENV_HOME`` ask."""
        return cls(prefix, prefix, prefix)

    @property
    def bundle(self) -> Path:
        """Public roots and corporate CAs, for every variable that replaces the roots."""
        return self.data / BUNDLE

    @property
    def corporate(self) -> Path:
        """The corporate CAs alone, for every variable that adds to the roots."""
        return self.data / CORPORATE

    @property
    def certs(self) -> Path:
        """The same roots as the bundle, as a directory in which OpenSSL finds each by its hash."""
        return self.data / CERTS

    @property
    def pkcs12(self) -> Path:
        """The same roots as the bundle, as a trust store for Java."""
        return self.data / PKCS12

    @property
    def configuration(self) -> Path:
        """The configuration that ``refresh`` starts from."""
        return self.config / "proxyenv.toml"

    @property
    def policy(self) -> Path:
        """A copy of the fleet's policy, byte for byte."""
        return self.config / "policy.toml"

    @property
    def profiles(self) -> Path:
        """Prefect's profiles, where all users of the machine have them."""
        return self.config / "profiles.toml"

    @property
    def copies(self) -> Path:
        """What the last run replaced, for ``rollback``."""
        return self.state / "previous"

    @property
    def standby(self) -> Path:
        """What `proxyenv off` switched off, for `on`."""
        return self.state / "standby"

    @property
    def receipt(self) -> Path:
        """What was written, and how to undo it."""
        return self.state / "receipt.json"

    def env_file(self, ending: str) -> Path:
        """The env file with an ending, such as `sh`: the shells in the catalogue say which there are."""
        return self.config / f"env.{ending}"

    @property
    def sourcing(self) -> str:
        """The command that sources the env file in a POSIX shell."""
        import shlex

        return f". {shlex.quote(str(self.env_file('sh')))}"


class Installation(NamedTuple):
    """What earlier runs left, and the files that a plan may touch; no certificate is parsed.

    Args:
        receipt: what an earlier run wrote, or ``None``.
        configuration: what an earlier run decided, or ``None``.
        damage: why the configuration cannot be used; whoever needs it raises this.
        files: every file that a plan may touch, by its resolved path; ``None`` where it is absent.
        unreadable: those that cannot be read, with the reason; whoever needs one raises it.
        links: path as named → resolved path, for each of those files.
        missing_directories: parents of those files that do not exist, outermost first.
        temporary: what a killed run left behind.
    """

    receipt: Receipt | None = None
    configuration: Configuration | None = None
    damage: DiscoveryError | None = None
    files: Mapping[Path, FileState | None] = MappingProxyType({})
    unreadable: Mapping[Path, DiscoveryError] = MappingProxyType({})
    links: Mapping[Path, Path] = MappingProxyType({})
    missing_directories: tuple[Path, ...] = ()
    temporary: tuple[Path, ...] = ()

    def state(self, path: Path) -> FileState | None:
        """A file as it is, by its name or its resolved path; ``None`` when it is absent.

        Raises:
            DiscoveryError: ``file-unreadable``.
        """
        real = self.links.get(path, path)
        if real in self.unreadable:
            raise self.unreadable[real]
        return self.files.get(real)

    def exists(self, path: Path) -> bool:
        """Whether there is something at a resolved path, readable or not."""
        return path in self.unreadable or self.files.get(path) is not None


def find_lacking(written: Iterable[str], environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that Prefect's processes read and a shell has not in either case: it has not sourced."""
    there = {name.lower() for name in environment}
    wanted = dict.fromkeys(name.lower() for name in written)
    return tuple(name.upper() for name in wanted if name in _READ_BY_PYTHON and name not in there)


def describe_unsourced(lacking: Iterable[str], layout: Layout) -> tuple[str, str]:
    """What to say of a shell that has not sourced the env file, and what to type there."""
    names = ", ".join(f"`{name}`" for name in lacking)
    detail = f"this shell has not sourced the env file: it lacks {names}"
    return detail, f"source it, in this shell: `{layout.sourcing}`"
