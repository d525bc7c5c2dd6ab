"""Finds the hosts that matter on this machine, and the environment in which they are asked for."""

from __future__ import annotations

import functools
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.bounded import read_content, run_program
from proxyenv.errors import DiscoveryError, UsageError
from proxyenv.machine.content import render_reason
from proxyenv.machine.prefect import find_prefect
from proxyenv.model.host import require_local_path
from proxyenv.model.url import bracket
from proxyenv.no_proxy.truth_table import make_urls, parse_host

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.host import Host
    from proxyenv.model.no_proxy import NoProxy

_LOOPBACK: Final = ("http://localhost/", "http://127.0.0.1/", "http://[::1]/")
_MOST_ENTRIES: Final = 100
_SET: Final = "_proxyenv_set "
_PIP_SECONDS: Final = 60
_ASK_PIP: Final = """
import sys
sys.path[:] = [entry for entry in sys.path if entry]
from pip._internal.commands import create_command
options, _ = create_command("install").parse_args([])
print(options.index_url or "")
"""
"""pip itself merges its variables, its files and its default; no command of its prints the result."""


def read_environment(host: Host, env_file: str | None) -> Mapping[str, str]:
    """The variables of this process, or those of a file.

    Args:
        host: the machine.
        env_file: assignments as POSIX shells, ``docker run --env-file`` or dotenv have them; what is
            neither is left out.

    Raises:
        DiscoveryError: ``file-unreadable``.
    """
    if env_file is None:
        return host.environment
    path = require_local_path(env_file, host, code="file-unreadable", what="the env file")
    try:
        text = read_content(path).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise DiscoveryError("file-unreadable", f"`{path}`: {render_reason(error)}") from error
    assignments = dict(_assignments(text))
    if text.strip() and not assignments:
        raise DiscoveryError(
            "file-unreadable",
            f"`{path}` holds no assignment",
            hint="name a file for POSIX shells or of `NAME=value` lines, such as `env.sh` or `env.list`",
        )
    return assignments


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        statement = line.strip()
        if statement.startswith((_SET, "export ")):
            yield from _words(statement)
            continue
        name, equals, value = statement.partition("=")
        if equals and name.isidentifier():
            yield from _words(statement) if value.startswith(("'", '"')) else ((name, value),)


def _words(statement: str) -> Iterator[tuple[str, str]]:
    """The assignments in one line of a shell, lines of `env.sh` included."""
    try:
        first, *rest = shlex.split(statement)
    except ValueError:
        return  # a quote that is closed on another line: no proxy variable holds a line break
    if first == _SET.strip() and len(rest) == len(("name", "value")):
        yield rest[0], rest[1]
    else:
        pairs = (word.partition("=") for word in (first, *rest))
        yield from ((name, value) for name, equals, value in pairs if equals and name.isidentifier())


def find_urls(host: Host, meant: NoProxy) -> tuple[str, ...]:
    """The Prefect API, pip's package index, loopback, and something for each entry of the list."""
    api = find_prefect(host).api_url
    index = find_package_index(host)
    found = (_find_origin(url) for url in (api.value if api else "", index or "", *_LOOPBACK))
    return tuple(dict.fromkeys((*(url for url in found if url), *make_urls(meant, most=_MOST_ENTRIES))))


def _find_origin(url: str) -> str | None:
    """Scheme, host and port of a URL: what a route depends on, and nothing that is secret.

    ``None`` for what is not a URL: whoever reads that setting reports it.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
        return parse_host(f"{parts.scheme}://{bracket(host)}{port}/")
    except (ValueError, UsageError):
        return None


def find_package_index(host: Host, python: str = sys.executable) -> str | None:
    """The index that the pip of *python* is configured for, or ``None`` without pip."""
    if not Path(python or "").is_file():
        return None
    return _ask_pip(python, host.directory, tuple(host.environment.items()))


@functools.cache
def _ask_pip(python: str, directory: Path, environment: tuple[tuple[str, str], ...]) -> str | None:
    """`setup` asks for its trial and again for its check; nothing that it writes changes the answer."""
    try:
        asked = run_program(
            [python, "-c", _ASK_PIP],
            environment=dict(environment),
            directory=directory,
            seconds=_PIP_SECONDS,
        )
    except OSError:
        return None
    url = asked.stdout.decode("utf-8", "replace").strip()
    return url if url.startswith(("http://", "https://")) else None
