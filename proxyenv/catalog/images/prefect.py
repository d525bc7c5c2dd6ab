"""Prefect's official image.

It runs as root by tini and `/opt/prefect/entrypoint.sh`, which sources `~/.bashrc`, installs
`EXTRA_PIP_PACKAGES` by `uv pip install --system`, and runs the command (read in Prefect's repository, main of
2026-08-21). So the profile lies where root's Prefect looks for it, and an environment that was cleared on the
way is set again before uv connects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.images.family import Flavor

if TYPE_CHECKING:
    from proxyenv.model.place import PlaceLayout

_HOME: Final = "/root"
_CLEARED: Final = '[ -n "${HTTPS_PROXY-}${https_proxy-}${SSL_CERT_FILE-}" ]'
"""Whether the environment has a proxy or a CA: those of the image, or what the container was started with."""


def _render(layout: PlaceLayout, wheel: str, context: str) -> tuple[str, ...]:
    source = f"{_CLEARED} || . {layout.env_file('sh')}"
    return (
        "# The plugin without an index; the profile that enables it; the environment where it was cleared.",
        f"RUN uv pip install --system --no-index --no-deps {layout.directory}/{wheel}",
        f"RUN echo '{source}' >> {_HOME}/.bashrc",
        f"COPY {context}profiles.toml {_HOME}/.prefect/profiles.toml",
    )


FLAVOR: Final = Flavor(
    name="prefect",
    title="Prefect's official image, prefecthq/prefect",
    family="debian",
    base="prefecthq/prefect:3-latest",
    render=_render,
)
