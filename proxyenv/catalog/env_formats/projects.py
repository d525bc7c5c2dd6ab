"""Files of a project that start containers: Docker Compose, and `devcontainer.json`.

Source: the Compose specification, "Interpolation", "services" and "Fragments"; containers.dev, "Dev Container
metadata reference". Compose expands a `$`, and `devcontainer.json` a `${`.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_formats.env_format import BYTE, EnvFormat, pairs, refuse_passwords
from proxyenv.catalog.shells.shell import NOT_UTF_8, require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.target import Variable

FOLDER: Final = "proxyenv-files"
"""Where a project has the files: a folder that ``image write`` wrote."""

_FILES: Final = (
    f"the files come from `{FOLDER}` in the project, which `proxyenv image write {FOLDER}` writes; an image "
    "that has them needs no mount"
)
_PULLED: Final = (
    "features are pulled by Node on the host, which needs `NODE_EXTRA_CA_CERTS` and the proxy in its own "
    "environment: start the editor from a shell that has sourced the env file"
)
_BUILT: Final = (
    "features are built with arguments of their own, without `containerEnv`: to download anything they need "
    "an image that has the variables and the CA, such as one of `proxyenv image write`"
)
_BUILD_ARGUMENTS: Final = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY")


def find_directory(variables: tuple[Variable, ...]) -> str | None:
    """Where the files lie that the variables name; ``None`` where they name none."""
    return next((str(PurePosixPath(each.file).parent) for each in variables if each.file), None)


def render_compose(variables: tuple[Variable, ...], services: tuple[str, ...]) -> str:
    """An override file: what every service gets, once, and each service by its name.

    Raises:
        PlanError: ``value-unrepresentable``, or ``password-refused``: the file is in the project.
    """
    where = "a Compose file"
    refuse_passwords(variables, where=where)
    require(variables, NOT_UTF_8, where=where, reason=BYTE)
    return "".join(f"{line}\n" for line in _compose_lines(variables, services))


def _compose_lines(variables: tuple[Variable, ...], services: tuple[str, ...]) -> Iterator[str]:
    yield "x-proxyenv: &proxyenv"
    yield "  environment:"
    for name, value in pairs(variables):
        yield f"    {name}: {quote_yaml(value.replace('$', '$$'))}"
    directory = find_directory(variables)
    if directory is not None:
        yield "  volumes:"
        yield "    - type: bind"
        yield f"      source: ./{FOLDER}"
        yield f"      target: {quote_yaml(directory)}"
        yield "      read_only: true"
        yield "      bind:"
        yield "        create_host_path: false"
    if services:
        yield "services:"
        yield from (f"  {quote_yaml(name)}: *proxyenv" for name in services)


def quote_yaml(text: str) -> str:
    """*text* between `"`, as YAML has it; what is not printable by its number: YAML breaks lines at some."""
    return f'"{"".join(map(_escape, text))}"'


def _escape(letter: str) -> str:
    if letter in {'"', "\\"}:
        return f"\\{letter}"
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"


def render_devcontainer(variables: tuple[Variable, ...], _platform: str) -> str:
    """Keys for ``devcontainer.json``: ``containerEnv`` sets, and ``null`` in ``remoteEnv`` unsets.

    Raises:
        PlanError: ``value-unrepresentable``, or ``password-refused``: the file is in the project.
    """
    where = "`devcontainer.json`"
    refuse_passwords(variables, where=where)
    require(variables, NOT_UTF_8, where=where, reason=BYTE)
    require(variables, r"\$\{", where=where, reason="a `${`, which it replaces")
    values = {each.name: each.value for each in variables if each.value is not None}
    document: dict[str, object] = {
        "build": {"args": {name: values[name] for name in _BUILD_ARGUMENTS if name in values}},
        "containerEnv": values,
        "remoteEnv": {each.name: None for each in variables if each.value is None},
    }
    directory = find_directory(variables)
    if directory is not None:
        source = f"${{localWorkspaceFolder}}/{FOLDER}"
        document["mounts"] = [f"type=bind,source={source},target={directory},readonly"]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


FORMATS: Final = (
    EnvFormat(
        name="compose",
        reader="Docker Compose, as a second file: `docker compose -f compose.yaml -f proxyenv.yaml up`",
        render=lambda variables, _platform: render_compose(variables, ()),
        limits="`--service NAME` for each service; only `ALL_PROXY` is unset, by an empty value; no password",
        places=("image",),
        for_services=render_compose,
        notes=(_FILES,),
    ),
    EnvFormat(
        name="devcontainer",
        reader="`devcontainer.json`: these keys",
        render=render_devcontainer,
        limits="no password, no `${`",
        places=("image",),
        notes=(
            _FILES,
            "`build` is for a container with a Dockerfile: leave it out beside `image`",
            _PULLED,
            _BUILT,
        ),
    ),
)
