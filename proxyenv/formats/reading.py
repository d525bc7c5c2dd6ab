"""The settings in files of tools, as lists; what cannot be understood is passed over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.formats.format import Format, Item, as_written, invalid
from proxyenv.formats.git_config import parse_git_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.formats.format import Items


def read_lines(text: str, *, source: str) -> Iterator[Item]:  # noqa: ARG001 - nothing is refused
    """`name = value`, `name: value` and `name value`, in sections or not; comments take whole lines."""
    section = ""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        stripped = line.strip()
        header = re.fullmatch(r"\[(.+)\]\s*(?:#.*)?", stripped)
        if header is not None:
            section = header[1].strip()
        elif stripped and stripped[0] not in "#;":
            name, value = _split(stripped)
            yield Item(section, name, value, number)


def _split(line: str) -> tuple[str, str]:
    matched = re.fullmatch(r"(?P<name>\"[^\"]+\"|[^=:\s]+)\s*[=:\s]?\s*(?P<value>.*)", line)
    if matched is None:
        return line, ""
    return _unquote(matched["name"]), _unquote(re.sub(r"\s+#.*", "", matched["value"]).strip())


def _unquote(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in {"'", '"'} else text


def read_ini(text: str, *, source: str) -> Iterator[Item]:
    """As ``configparser`` has it: a line that starts with a blank goes on with the value above it."""
    current: Item | None = None
    lines = text.splitlines()
    for line in read_lines(text, source=source):
        if current is not None and lines[line.line - 1][0].isspace() and line.section == current.section:
            current = current._replace(value=f"{current.value} {lines[line.line - 1].strip()}".strip())
            continue
        if current is not None:
            yield current
        current = line
    if current is not None:
        yield current


def read_git(text: str, *, source: str) -> Iterator[Item]:  # noqa: ARG001 - nothing is refused
    """Every setting, in order."""
    for name, value, number in parse_git_config(text):
        section, _, key = name.rpartition(".")
        yield Item(section, key, value, number)


def read_yaml(text: str, *, source: str) -> Iterator[Item]:  # noqa: ARG001 - nothing is refused
    """Names of the outermost mapping, and of those in it."""
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        inner = value.value if isinstance(value, yaml.MappingNode) else ()
        if not inner and isinstance(value, yaml.ScalarNode):
            yield Item("", str(key.value), str(value.value), key.start_mark.line + 1)
        for name, each in inner:
            if isinstance(each, yaml.ScalarNode):
                yield Item(str(key.value), str(name.value), str(each.value), name.start_mark.line + 1)


_APT: Final = re.compile(
    r"(?P<blank>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)|\"(?P<text>[^\"]*)\"|(?P<mark>[{};])|(?P<word>[^\s\"{};]+)",
    re.DOTALL,
)


def read_apt(text: str, *, source: str) -> Iterator[Item]:  # noqa: ARG001 - nothing is refused
    """``A::B "value";`` and ``A { B "value"; };``: the whole name as the section's and the setting's."""
    scopes: list[str] = []
    name, number, value = "", 0, None
    for token in _APT.finditer(text):
        if token["mark"] == "{":
            scopes.append(name)
            name, value = "", None
        elif token["mark"] is not None:
            if name and value is not None:
                yield Item("::".join(filter(None, scopes)), name, value, number)
            scopes = scopes[:-1] if token["mark"] == "}" else scopes
            name, value = "", None
        elif token["word"] is not None and not name:
            name, number = token["word"], text.count("\n", 0, token.start()) + 1
        elif token["blank"] is None:
            value = token["text"] if token["text"] is not None else token["word"]


def read_only(items: Items) -> Format:
    """A format that cannot be edited yet."""

    def get(text: str, key: str, *, source: str) -> str | None:  # noqa: ARG001 - see above
        raise invalid(source, "files of its kind are only read")

    def set_(text: str, key: str, value: str, *, source: str) -> str:  # noqa: ARG001 - see above
        raise invalid(source, "files of its kind are only read")

    def unset(text: str, key: str, *, source: str) -> str:  # noqa: ARG001 - see above
        raise invalid(source, "files of its kind are only read")

    return Format(items, get, set_, unset, as_written)


APT: Final = read_only(read_apt)
CURLRC: Final = read_only(read_lines)
GITCONFIG: Final = read_only(read_git)
PIP: Final = read_only(read_ini)
TOML: Final = read_only(read_lines)
