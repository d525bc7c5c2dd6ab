"""The saved configuration: what ``refresh`` starts from and a fleet shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BASES: Final = ("certifi", "system", "both")
"""Whose public roots a bundle may start from."""

TRUSTS: Final = ("bundle", "truststore")
"""Where Python may find the corporate CA: in a file of ours, or in the operating system's store."""

ACTIVATIONS: Final = ("shell", "plugin", "both")
"""How processes may get the environment: from a shell that sources it, or from Prefect's plugin."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What was decided, in the terms of the options of ``setup``.

    Args:
        http_proxy: a normalised proxy URL with its credentials, or ``None``.
        https_proxy: likewise.
        no_proxy: the entries that were asked for or found, without those that are derived.
        no_proxy_patterns: those that were written in patterns, as Windows writes them.
        derive: whether to work out what else must be direct.
        derived: what was worked out, in patterns: for code that declares its proxy; never read back.
        ca: the CA files or directories that were given, absolute; empty when the CAs were found,
            and then ``corporate-ca.pem`` itself is what they are read from.
        fingerprints: what the CAs are pinned to; empty means no restriction.
        base: the public roots that the bundle starts from, or ``None`` for certifi's.
        trust: where Python finds the CA, or ``None`` for our bundle.
        venvs: the virtual environments in which Python goes through truststore, absolute; empty means the
            one that runs this.
        profile: the Prefect profile.
        activate: whether the profile is made the active one.
        activation: how processes get the environment, or ``None`` for what the trust mode calls for.
        api_url: the Prefect API that was given, or ``None``.
        shells: the shells that were asked for; empty means those that the user has.
        rc: whether rc files are edited.
        configure: the tools that are told in their own files, or ``all-installed``.
        urls: what ``check`` fetches; empty means the usual document.
    """

    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: tuple[str, ...] = ()
    no_proxy_patterns: tuple[str, ...] = ()
    derive: bool = True
    derived: tuple[str, ...] = ()
    ca: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    base: str | None = None
    trust: str | None = None
    venvs: tuple[str, ...] = ()
    profile: str | None = None
    activate: bool = True
    activation: str | None = None
    api_url: str | None = None
    shells: tuple[str, ...] = ()
    rc: bool = True
    configure: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()

    @property
    def uses_truststore(self) -> bool:
        """Whether Python takes its roots from the operating system's store."""
        return self.trust == "truststore"

    @property
    def uses_shell(self) -> bool:
        """Whether shells are to source the env file by themselves."""
        return self._activation != "plugin"

    @property
    def uses_plugin(self) -> bool:
        """Whether Prefect's plugin is to set the environment."""
        return self._activation != "shell"

    @property
    def _activation(self) -> str:
        """In truststore mode Python trusts the CA without any shell, so there it gets the proxy so too."""
        return self.activation or ("both" if self.uses_truststore else "shell")
