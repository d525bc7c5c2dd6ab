"""Where the files of an installation lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ENV_DIALECTS: Final = ("sh", "fish", "csh", "ps1", "bat", "nu", "xsh", "elv", "list")
"""The endings of the env files."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The three directories of an installation; with a prefix they are one.

    Args:
        config: env files and ``proxyenv.toml``.
        data: ``ca-bundle.pem``, ``corporate-ca.pem``, ``certs`` and ``ca-bundle.p12``.
        state: ``receipt.json``.
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
        return self.data / "ca-bundle.pem"

    @property
    def corporate(self) -> Path:
        """The corporate CAs alone, for every variable that adds to the roots."""
        return self.data / "corporate-ca.pem"

    @property
    def certs(self) -> Path:
        """The same roots as the bundle, as a directory in which OpenSSL finds each by its hash."""
        return self.data / "certs"

    @property
    def pkcs12(self) -> Path:
        """The same roots as the bundle, as a trust store for Java."""
        return self.data / "ca-bundle.p12"

    @property
    def configuration(self) -> Path:
        """The configuration that ``refresh`` starts from."""
        return self.config / "proxyenv.toml"

    @property
    def receipt(self) -> Path:
        """What was written, and how to undo it."""
        return self.state / "receipt.json"

    def env_file(self, dialect: str) -> Path:
        """The env file of a dialect, one of :data:`ENV_DIALECTS`."""
        return self.config / f"env.{dialect}"
