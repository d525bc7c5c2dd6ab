"""What stands in the files of tools, each by its own grammar; what cannot be understood is passed over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.errors import PlanError
from proxyenv.formats.git_config import parse_git_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Line(NamedTuple):
    """A setting: its section, its name as it is spelled, its value without quotes, and its line from 1."""

    section: str
    name: str
    value: str
    number: int


def _read_lines(text: str) -> Iterator[Line]:
    """`name = value`, `name: value` and `name value`, in sections or not; comments take whole lines."""
    section = ""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        stripped = line.strip()
        header = re.fullmatch(r"\[(.+)\]\s*(?:#.*)?", stripped)
        if header is not None:
            section = header[1].strip()
        elif stripped and stripped[0] not in "#;":
            name, value = _split(stripped)
            yield Line(section, name, value, number)


def _split(line: str) -> tuple[str, str]:
    matched = re.fullmatch(r"(?P<name>\"[^\"]+\"|[^=:\s]+)\s*[=:\s]?\s*(?P<value>.*)", line)
    if matched is None:
        return line, ""
    return _unquote(matched["name"]), _unquote(re.sub(r"\s+#.*", "", matched["value"]).strip())


def _unquote(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in {"'", '"'} else text


def _read_ini(text: str) -> Iterator[Line]:
    """As ``configparser`` has it: a line that starts with a blank goes on with the value above it."""
    current: Line | None = None
    lines = text.splitlines()
    for line in _read_lines(text):
        if current is not None and lines[line.number - 1][0].isspace() and line.section == current.section:
            current = current._replace(value=f"{current.value} {lines[line.number - 1].strip()}".strip())
            continue
        if current is not None:
            yield current
        current = line
    if current is not None:
        yield current


def _read_git(text: str) -> Iterator[Line]:
    for name, value, number in parse_git_config(text):
        section, _, key = name.rpartition(".")
        yield Line(section, key, value, number)


def _read_yaml(text: str) -> Iterator[Line]:
    """Names of the outermost mapping, and of those in it."""
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        inner = value.value if isinstance(value, yaml.MappingNode) else ()
        if not inner and isinstance(value, yaml.ScalarNode):
            yield Line("", str(key.value), str(value.value), key.start_mark.line + 1)
        for name, each in inner:
            if isinstance(each, yaml.ScalarNode):
                yield Line(str(key.value), str(name.value), str(each.value), name.start_mark.line + 1)


def _read_json(*ways: str) -> Callable[[str], Iterator[Line]]:
    """Reads the values at these keys."""

    def read(text: str) -> Iterator[Line]:
        from proxyenv.formats.jsonc import JSONC

        for way in ways:
            section, _, name = way.rpartition("/")
            try:
                value = JSONC.find(text, way, "it")
            except PlanError:
                return
            if value is not None:
                place = re.search(rf'"{re.escape(name)}"\s*:', text)
                yield Line(
                    section, name, _unquote(value), text.count("\n", 0, place.start() if place else 0) + 1
                )

    return read


_APT: Final = re.compile(
    r"(?P<blank>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)|\"(?P<text>[^\"]*)\"|(?P<mark>[{};])|(?P<word>[^\s\"{};]+)",
    re.DOTALL,
)


def _read_apt(text: str) -> Iterator[Line]:
    """``A::B "value";`` and ``A { B "value"; };``: the whole name as the section's and the setting's."""
    scopes: list[str] = []
    name, number, value = "", 0, None
    for token in _APT.finditer(text):
        if token["mark"] == "{":
            scopes.append(name)
            name, value = "", None
        elif token["mark"] is not None:
            if name and value is not None:
                yield Line("::".join(filter(None, scopes)), name, value, number)
            scopes = scopes[:-1] if token["mark"] == "}" else scopes
            name, value = "", None
        elif token["word"] is not None and not name:
            name, number = token["word"], text.count("\n", 0, token.start()) + 1
        elif token["blank"] is None:
            value = token["text"] if token["text"] is not None else token["word"]


READERS: Final[Mapping[str, Callable[[str], Iterator[Line]]]] = {
    "apt": _read_apt,
    "bundler": _read_yaml,
    "cargo": _read_lines,
    "composer": _read_json("config/cafile", "config/disable-tls"),
    "conda": _read_yaml,
    "curl": _read_lines,
    "gcloud": _read_ini,
    "git": _read_git,
    "npm": _read_lines,
    "pip": _read_ini,
    "pnpm": _read_lines,
    "poetry": _read_lines,
    "uv": _read_lines,
    "vscode": _read_json("http.proxyStrictSSL", "http.proxy"),
    "wget": _read_lines,
    "yarn": _read_lines,
    "yarn 2": _read_yaml,
}
"""By the tool's name; of yarn, the first release and the later ones have each a file of their own."""
