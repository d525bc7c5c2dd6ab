"""What an image is judged by: its own files as the catalogue reads them, and what this machine knows."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.bounded import read_content
from proxyenv.catalog.clients.table import PROXY_VARIABLES
from proxyenv.certificates.pem import read_blocks
from proxyenv.decide.images.evidence import Expected, ImageEvidence
from proxyenv.decide.images.secrets import know
from proxyenv.decide.images.tree import ImageTree, find_user
from proxyenv.errors import TrustError, UsageError
from proxyenv.machine.conflicts import find_conflicts, find_tool_proxies
from proxyenv.machine.images.machine import ImageMachine
from proxyenv.machine.roots import read_corporate_cas, read_public_roots
from proxyenv.model.image import ImageConfig
from proxyenv.model.proxy_url import parse_proxy_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.host import Host
    from proxyenv.model.image import Image
    from proxyenv.model.installation import Installation
    from proxyenv.model.proxy_url import ProxyURL


def read_expected(host: Host, installation: Installation, given: tuple[Certificate, ...] = ()) -> Expected:
    """What this machine knows: its corporate CAs, its bundle, the public roots and the proxy's passwords.

    Args:
        host: the machine.
        installation: what is installed.
        given: the corporate CAs that were named; without any, those that are installed.
    """
    public, _ = read_public_roots()
    anchors = given or read_corporate_cas(host)
    return Expected(
        anchors,
        frozenset(_read_fingerprints(host.layout.bundle)) if not given else frozenset(),
        frozenset(each.fingerprint for each in public),
        know(_find_proxies(host, installation)),
    )


def read_evidence(image: Image, expected: Expected, now: datetime) -> ImageEvidence:
    """One image, with what the catalogue finds in the settings of its tools.

    Args:
        image: as it was read.
        expected: what this machine knows.
        now: aware.
    """
    tree, config = ImageTree(image.layers), image.config or ImageConfig()
    user = find_user(config, tree)
    machine = ImageMachine(tree, config.environment, Path(user.home if user else "/root"))
    return ImageEvidence(
        tree,
        config,
        user if image.config else None,
        expected,
        now,
        conflicts=find_conflicts(machine, ()),
        proxies=tuple(find_tool_proxies(machine)),
    )


def _read_fingerprints(path: Path) -> Iterator[str]:
    with contextlib.suppress(OSError, TrustError):  # `status` says what is wrong with it
        yield from (block.fingerprint for block in read_blocks(read_content(path), source=str(path)).blocks)


def _find_proxies(host: Host, installation: Installation) -> Iterator[ProxyURL]:
    """The proxies of the installation and of this shell, for their passwords."""
    saved = installation.configuration
    texts = [saved.http_proxy, saved.https_proxy] if saved else []
    names = (*PROXY_VARIABLES["http"], *PROXY_VARIABLES["https"])
    texts += map(host.environment.get, names)
    for text in dict.fromkeys(filter(None, texts)):
        with contextlib.suppress(UsageError):
            yield parse_proxy_url(text)
