"""Asks the Docker daemon for an image, over its socket: as a stream, which nothing unpacks or stores.

Source: the Docker Engine API, ``GET /images/{name}/get``; tried with Docker 20.10.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from proxyenv.errors import DiscoveryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SOCKET: Final = "/var/run/docker.sock"
_SECONDS: Final = 60.0
"""For each piece: the daemon writes a layer to its disk before it sends it."""
_OK: Final = 200
_NOT_FOUND: Final = 404
_CHUNK: Final = 1024 * 1024


@contextmanager
def export_image(name: str, environment: Mapping[str, str]) -> Iterator[Iterator[bytes]]:
    """The archive of an image, in pieces.

    Args:
        name: as ``docker save`` takes it.
        environment: for ``DOCKER_HOST``.

    Raises:
        DiscoveryError: ``docker-unreachable`` or ``image-not-found``.
    """
    import httpx

    socket = _find_socket(name, environment)
    transport = httpx.HTTPTransport(uds=socket)
    url = f"http://docker/images/{quote(name, safe='/:@')}/get"
    try:
        with (
            httpx.Client(transport=transport, trust_env=False, timeout=_SECONDS) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code == _NOT_FOUND:
                hint = "`docker image ls` lists what it has"
                raise DiscoveryError("image-not-found", f"the Docker daemon has no image `{name}`", hint=hint)
            if response.status_code != _OK:
                raise _unreachable(name, f"answers with status {response.status_code}")
            yield response.iter_raw(_CHUNK)
    except (httpx.HTTPError, OSError) as error:
        raise _unreachable(name, f"does not answer at `{socket}`: {error}") from error


def _find_socket(name: str, environment: Mapping[str, str]) -> str:
    address = environment.get("DOCKER_HOST") or f"unix://{_SOCKET}"
    if not address.startswith("unix://"):
        raise _unreachable(name, "is elsewhere, by `DOCKER_HOST`, and only a socket of this machine is asked")
    return address.removeprefix("unix://")


def _unreachable(name: str, reason: str) -> DiscoveryError:
    hint = f"save it to a file and scan that: `docker save -o image.tar {name}`"
    return DiscoveryError("docker-unreachable", f"the Docker daemon {reason}", hint=hint)
