"""What every renderer starts from, and what several of them say in the same words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.layout import Layout
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.tool_config import ToolFindings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the tools shall be told, and where this machine has their files.

    Args:
        http: the proxy for ``http://``, or ``None`` for direct.
        https: likewise for ``https://``.
        no_proxy: the entries of ``NO_PROXY``.
        java: the patterns of ``http.nonProxyHosts``.
        has_anchors: whether there is a corporate CA, and so the files of *layout* that hold it.
        layout: where they lie.
        platform: as ``sys.platform`` says it.
        places: where the tools have their files, see ``places``.
        tools: what is found of them.
    """

    http: ProxyURL | None
    https: ProxyURL | None
    no_proxy: tuple[str, ...]
    java: tuple[str, ...]
    has_anchors: bool
    layout: Layout
    platform: str
    places: Mapping[str, Path]
    tools: ToolFindings

    @property
    def proxies(self) -> Iterator[tuple[str, ProxyURL]]:
        """Scheme and proxy, for those that have one."""
        yield from ((name, each) for name, each in (("http", self.http), ("https", self.https)) if each)

    @property
    def sensitive(self) -> bool:
        """Whether a proxy has a password."""
        return any(proxy.sensitive for _, proxy in self.proxies)


def refuse_password(tool: str, reason: str) -> PlanError:
    """The refusal of a tool that would give the password away."""
    return PlanError(
        "password-refused",
        f"`{tool}` is not told the proxy, whose URL has a password: {reason}",
        hint=f"leave `--configure {tool}` out, or use a proxy on this machine that adds the credentials",
    )
