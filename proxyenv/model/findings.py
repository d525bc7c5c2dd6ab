"""What discovery read from the machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proxyenv.model.installation import Installation
from proxyenv.model.surroundings import Surroundings
from proxyenv.model.tools import ToolFindings

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.errors import ProxyenvError
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.found import Found
    from proxyenv.model.python_store import PythonStore
    from proxyenv.model.site import Site


@dataclass(frozen=True, slots=True)
class Rejection:
    """A find that cannot be used.

    Args:
        provenance: where it was found.
        reason: why it was set aside, as a clause.
    """

    provenance: str
    reason: str


@dataclass(frozen=True, slots=True)
class PrefectFindings:
    """Prefect's settings as this machine has them.

    Args:
        profiles_path: the ``profiles.toml`` that Prefect would read, symlinks resolved.
        profiles: its text, or ``None`` when it does not exist.
        active: the profile that it names as active, or ``None``.
        api_url: the API that Prefect would use today, or ``None``.
        shadows: settings that override any profile: name → value, with provenance.
        unreadable: settings files that could not be read, so that what they override is unknown.
    """

    profiles_path: Path
    profiles: str | None
    active: str | None
    api_url: Found[str] | None
    shadows: tuple[tuple[str, Found[str]], ...] = ()
    unreadable: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True)
class SystemStore:
    """The roots that the operating system trusts.

    Args:
        source: where they are, for people.
        roots: sorted by fingerprint.
        digest: of the set, to tell later whether it is still the same.
    """

    source: str
    roots: tuple[Certificate, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that a decision may depend on.

    Args:
        proxies: raw proxy URLs from the environment, by scheme (``http``, ``https``, ``all``), in
            the order of their rank; equal texts are merged, their provenance joined.
        no_proxy: raw NO_PROXY lists.
        given_anchors: certificates from ``--ca``, each CA, unexpired.
        given_lasts: whether ``refresh`` can read all of them again: no standard input, no URL, no password.
        anchors: certificates that were found: in files that the environment names and that certifi
            lacks, and mitmproxy's own. Equal ones are merged.
        saved_anchors: certificates that the saved configuration stands for.
        saved_notes: what the user should know of them.
        saved_refusal: why they cannot be used; raised when they are needed.
        rejections: finds that were set aside.
        public_roots: what certifi holds, sorted by fingerprint.
        certifi_version: of the certifi that holds them.
        prefect: Prefect's settings.
        system: the operating system's own roots, if they were asked for.
        api_addresses: the addresses that the API's host resolves to here, maybe none.
        surroundings: what decides which hosts can only be reached directly.
        sites: the environments in which Python shall go through truststore; read in that mode only.
        gone_venvs: directories of saved ones that are no longer there; likewise.
        python_store: what truststore trusts here, or ``None`` where that is not known; likewise.
        tools: what the tools' own files hold, and which tools are here.
        installation: what an earlier run left, and the files that a plan may touch.
    """

    public_roots: tuple[Certificate, ...]
    certifi_version: str
    prefect: PrefectFindings
    proxies: tuple[tuple[str, Found[str]], ...] = ()
    no_proxy: tuple[Found[str], ...] = ()
    given_anchors: tuple[Found[Certificate], ...] = ()
    given_lasts: bool = True
    anchors: tuple[Found[Certificate], ...] = ()
    saved_anchors: tuple[Found[Certificate], ...] = ()
    saved_notes: tuple[str, ...] = ()
    saved_refusal: ProxyenvError | None = None
    rejections: tuple[Rejection, ...] = ()
    system: SystemStore | None = None
    api_addresses: tuple[str, ...] = ()
    surroundings: Surroundings = field(default_factory=Surroundings)
    sites: tuple[Site, ...] = ()
    gone_venvs: tuple[str, ...] = ()
    python_store: PythonStore | None = None
    tools: ToolFindings = field(default_factory=ToolFindings)
    installation: Installation = field(default_factory=Installation)
