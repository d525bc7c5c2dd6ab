"""For `--build-only`: what the steps of a build are given, and the lines that mount it for them alone."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.images.steps import APT, ENVIRONMENT, ROOTS, SECRETS, STEPS, render_step
from proxyenv.catalog.shells.posix import quote
from proxyenv.errors import PlanError, UsageError
from proxyenv.model.folder import PROGRAM, FolderFile
from proxyenv.plan.images.builders import EXPLAIN
from proxyenv.plan.roots import render_root_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.target import Variable
    from proxyenv.plan.images.order import ImageOrder

STEPS_FILE: Final = "Dockerfile.steps"
BUILD: Final = "build"

_LARGEST: Final = 500 * 1024
"""Bytes of a secret, as BuildKit takes it."""

_SOURCES: Final = (("proxyenv-url", "HTTPS_PROXY"), ("proxyenv-http-url", "HTTP_PROXY"))
"""The secrets that may hold the URL of a proxy, and the variables of the builder's shell that do."""

_STEPS: Final = """\
# Written by proxyenv: steps that fetch through the proxy while an image is built. Copy those that you need.
# What is mounted is there for the step alone: no layer, history or configuration of the image holds it.
# The image is built by
#
#     {folder}/build --tag NAME .
#
# which hands `docker build` the secrets. Declare no argument named after a proxy variable: an `ARG` with
# that name puts the value into the history of every step behind it.
"""

_BUILD: Final = """\
#!/bin/sh
# Written by proxyenv: `docker build` with what the steps of Dockerfile.steps mount.
#
#     {folder}/build --tag NAME .
#
# Another program that takes `build --secret`, such as podman: DOCKER=podman {folder}/build --tag NAME .
set -eu
here=$(cd "$(dirname "$0")" && pwd)
{checks}DOCKER_BUILDKIT=1 "${{DOCKER:-docker}}" build \\
    {secrets} "$@" || {{
    status=$?
    echo 'Where it failed before the first RUN: `{explain}`' >&2
    exit "$status"
}}
"""

_CHECK: Final = """\
[ -n "${{{name}-}}" ] || {{ echo 'build: {name}, with the password of the proxy, is not set' >&2; exit 2; }}
"""


def render_build_only(order: ImageOrder) -> Iterator[FolderFile]:
    """The roots, the variables, apt's configuration, the lines of a Dockerfile, and what starts the build.

    A password is in none of them: the build takes the URL from a variable of the shell that starts it.

    Raises:
        PlanError: ``value-unrepresentable``: the roots are larger than a secret may be.
        UsageError: ``usage``: `--user` is no number, as mounts want it.
    """
    target = order.target
    if order.user is not None and not order.user.isdecimal():
        raise UsageError(
            "usage",
            f"`--user {order.user}` is no number, and a mount takes nothing else",
            hint="such as `10001`",
        )
    sources = find_sources(order)
    roots = render_root_files(target.layout, target.anchors, target.public_roots, target.roots_title)
    for each in islice(roots, 2):  # the bundle, and the corporate CAs for the builder
        if len(each.content) > _LARGEST:
            raise PlanError(
                "value-unrepresentable",
                f"the bundle has {len(each.content)} bytes, and a secret of a build {_LARGEST}",
                hint="start from fewer roots: `--base certifi`",
            )
        yield FolderFile(each.path.name, each.content)
    if target.anchors:
        yield FolderFile("apt.conf", f'Acquire::https::CAInfo "{SECRETS}/{ROOTS}";\n'.encode())
    yield FolderFile("proxyenv.env", _render_variables(order, sources).encode())
    yield FolderFile(STEPS_FILE, _render_steps(order, tuple(sources.values())).encode())
    yield FolderFile(BUILD, _render_build(order, tuple(sources.values())).encode(), PROGRAM)


def find_sources(order: ImageOrder) -> Mapping[str, str]:
    """Each URL of a proxy with a password, and the secret that holds it."""
    proxies = (order.target.https_proxy, order.target.http_proxy)
    pairs = zip(proxies, (name for name, _ in _SOURCES), strict=True)
    found: dict[str, str] = {}
    for proxy, name in pairs:
        if proxy is not None and proxy.sensitive:
            found.setdefault(proxy.reveal(), name)
    return found


def _render_variables(order: ImageOrder, sources: Mapping[str, str]) -> str:
    lines = ["# Sourced by the steps of a build: which way they go, and which roots they trust.\n"]
    for name in sources.values():
        variable = name.replace("-", "_")
        lines.append(f'{variable}=$(cat {SECRETS}/{name}) && [ -n "${variable}" ] || return 1\n')
    for each in order.target.variables:
        if each.value is None:
            lines.append(f"unset {each.name}\n")
        elif not each.sensitive:
            lines.append(f"export {each.name}={quote(_find_value(order, each))}\n")
        elif each.value in sources:
            lines.append(f'export {each.name}="${sources[each.value].replace("-", "_")}"\n')
    return "".join(lines)


def _find_value(order: ImageOrder, variable: Variable) -> str:
    """Its value in a step, where one secret is the bundle and the corporate CAs."""
    layout, value = order.target.layout, variable.value or ""
    return f"{SECRETS}/{ROOTS}" if value in {str(layout.bundle), str(layout.corporate)} else value


def _render_steps(order: ImageOrder, urls: tuple[str, ...]) -> str:
    has_roots = bool(order.target.anchors)
    blocks = [
        f"# {step.name}\n{render_step(step, urls, user=order.user, has_roots=has_roots)}\n"
        for step in STEPS
        if not (order.user and step.needs_root)
    ]
    return "\n".join((_STEPS.format(folder=order.folder), *blocks))


def _render_build(order: ImageOrder, urls: tuple[str, ...]) -> str:
    names = dict(_SOURCES)
    files = {ENVIRONMENT: "proxyenv.env"}
    if order.target.anchors:
        files |= {ROOTS: order.target.layout.bundle.name, APT: "apt.conf"}
    secrets = [f'--secret "id={name},src=$here/{file}"' for name, file in files.items()]
    secrets += [f"--secret id={each},env={names[each]}" for each in urls]
    checks = "".join(_CHECK.format(name=names[each]) for each in urls)
    return _BUILD.format(
        folder=order.folder, checks=checks, secrets=" \\\n    ".join(secrets), explain=EXPLAIN
    )
