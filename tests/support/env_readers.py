"""Readers of lists of variables, each after the grammar of the program that takes such a list.

They follow the programs' own documents and sources, not our renderers; where a program can be had, a test
holds its reader against it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["ReadError", "read_docker_list", "read_github_list", "read_gitlab_list"]

_GO_SPACE: Final = "\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SCANNER_BYTES: Final = 64 * 1024
_GITLAB_BYTES: Final = 5120


class ReadError(Exception):
    """The program refuses the whole file."""


def read_docker_list(content: bytes, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """What ``docker run --env-file`` makes of a file (docker/cli, ``pkg/kvfile``).

    Args:
        content: of the file.
        environment: of the client, from which a name that stands alone takes its value.

    Raises:
        ReadError: a line of 64 KiB, a byte that is not UTF-8, a name that is empty or has a blank in it.
    """
    values: dict[str, str] = {}
    for number, raw in enumerate(content.removesuffix(b"\n").split(b"\n")):
        if len(raw) >= _SCANNER_BYTES:
            raise ReadError("token too long")
        try:
            text = raw.removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            raise ReadError("invalid utf8 bytes") from error
        line = re.sub(f"^[{_GO_SPACE}]+", "", text.removeprefix("\ufeff") if number == 0 else text)
        if line == "" or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if name == "":
            raise ReadError("no variable name")
        if " " in name or "\t" in name:
            raise ReadError("contains whitespaces")
        if equals:
            values[name] = value
        elif environment is not None and name in environment:
            values[name] = environment[name]
    return values


def read_github_list(content: bytes) -> dict[str, str]:
    """What a GitHub runner on Linux makes of the file that ``GITHUB_ENV`` names (actions/runner).

    Raises:
        ReadError: a line that is neither ``NAME=value`` nor ``NAME<<MARK``, or a mark that never comes again.
    """
    values: dict[str, str] = {}
    lines = iter(content.decode().removesuffix("\n").split("\n"))
    for line in lines:
        if line == "":
            continue
        name, sign, rest = re.fullmatch("(.*?)(?:(=|<<)(.*))?", line).groups()  # type: ignore[union-attr]
        if sign == "=":
            values[name] = rest
        elif sign is None or "" in {name, rest}:
            raise ReadError(f"invalid format: {line!r}")
        else:
            values[name] = "\n".join(_until(lines, rest))
    return values


def _until(lines: Iterator[str], mark: str) -> Iterator[str]:
    for line in lines:
        if line == mark:
            return
        yield line
    raise ReadError(f"{mark!r} never comes again")


def read_gitlab_list(content: bytes) -> dict[str, str]:
    """What GitLab makes of ``artifacts:reports:dotenv`` (``Ci::ParseDotenvArtifactService``).

    Raises:
        ReadError: 5 KiB or more, or a line without a `=`.
    """
    if len(content) >= _GITLAB_BYTES:
        raise ReadError("too big")
    values = {}
    for line in content.decode("utf-8", "replace").removesuffix("\n").split("\n"):
        name, equals, value = line.partition("=")
        if not equals:
            raise ReadError("invalid format")
        values[name.strip()] = value.strip()
    return values
