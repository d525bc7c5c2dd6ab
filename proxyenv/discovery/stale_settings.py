"""Finds settings of the user's own that fight what proxyenv writes. Files are read, nothing is executed."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.discovery.content import find_text
from proxyenv.errors import UsageError
from proxyenv.model.tool_config import StaleSetting
from proxyenv.routing.proxy_url import describe_proxy, parse_proxy_url
from proxyenv.targets.configure.git_config import parse_git_config
from proxyenv.targets.configure.places import find_places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.host import Host

_OFF: Final = frozenset({"0", "false", "no", "off"})
_ON: Final = frozenset({"", "1", "true", "yes", "on"})


class Stale(NamedTuple):
    """What was found, and the files of npm and yarn whose CA file is missing, with the key."""

    settings: tuple[StaleSetting, ...]
    ca_files: tuple[tuple[str, str], ...]


class _Setting(NamedTuple):
    """A setting as it stands in a file: where, its name in lower case, its value without quotes."""

    place: str
    path: Path
    line: int
    name: str
    value: str

    @property
    def provenance(self) -> str:
        return f"`{self.path}`, line {self.line}"


class _Rule(NamedTuple):
    """What a setting of that name is: ``off`` where *bad* values stop verification, ``file`` or ``proxy``."""

    kind: str
    bad: frozenset[str] = frozenset()


_RULES: Final = {
    "npm": {
        "strict-ssl": _Rule("off", _OFF),
        "cafile": _Rule("file"),
        "proxy": _Rule("proxy"),
        "https-proxy": _Rule("proxy"),
    },
    "yarn": {"strict-ssl": _Rule("off", _OFF), "cafile": _Rule("file")},
    "yarn 2": {"enablestrictssl": _Rule("off", _OFF), "httpscafilepath": _Rule("file")},
    "pip": {"trusted-host": _Rule("any"), "cert": _Rule("file"), "proxy": _Rule("proxy")},
    "conda": {"ssl_verify": _Rule("off or file", _OFF)},
    "wget": {"checkcertificate": _Rule("off", _OFF), "cacertificate": _Rule("file")},
    "curl": {
        "insecure": _Rule("off", _ON),
        "k": _Rule("off", _ON),
        "cacert": _Rule("file"),
        "proxy": _Rule("proxy"),
    },
    "git": {"sslverify": _Rule("off", _OFF), "sslcainfo": _Rule("file"), "proxy": _Rule("proxy")},
    "vscode": {"http.proxystrictssl": _Rule("off", _OFF), "http.proxy": _Rule("proxy")},
}

_MENDS: Final = {
    "npm": "npm config delete {name}",
    "yarn": "yarn config delete {name}",
    "yarn 2": "yarn config unset --home {name}",
    "pip": "pip config --user unset {name}",
    "conda": "conda config --remove-key {name}",
    "git": "git config --global --unset-all {name}",
}
"""By the first part of the place; for the others the line has to be deleted."""

_SPELLINGS: Final = {"enablestrictssl": "enableStrictSsl", "httpscafilepath": "httpsCaFilePath"}

_VARIABLES: Final = {
    "NODE_TLS_REJECT_UNAUTHORIZED": ("Node", frozenset({"0"})),
    "PYTHONHTTPSVERIFY": ("Python", frozenset({"0"})),
    "GIT_SSL_NO_VERIFY": ("git", None),  # git asks only whether it is there
    "NPM_CONFIG_STRICT_SSL": ("npm", _OFF),
    "npm_config_strict_ssl": ("npm", _OFF),
    "PIP_TRUSTED_HOST": ("pip", None),
    "CONDA_SSL_VERIFY": ("conda", _OFF),
}
"""Variable → its tool, and the values that stop verification; ``None`` for any."""

_FILE_VARIABLES: Final = {"NPM_CONFIG_CAFILE": "npm", "npm_config_cafile": "npm"}


def find_stale(host: Host, proxies: tuple[str, ...]) -> Stale:
    """Every setting that switches verification off, names a missing CA file, or names another proxy.

    Args:
        host: the machine.
        proxies: those that are meant; empty means that none is known, and none can differ.
    """
    settings = [*_find_in_environment(host)]
    ca_files: list[tuple[str, str]] = []
    for setting in _read_settings(host):
        if setting.value == str(host.layout.bundle) and setting.place.startswith(("npm", "yarn")):
            ca_files.append((setting.place, _spell(setting.name)))  # mended by an earlier run, and to stay so
        found = _judge(setting, host, proxies)
        if found is None:
            continue
        settings.append(found)
        if found.cause == "ca-file-missing" and setting.place.startswith(("npm", "yarn")):
            ca_files.append((setting.place, _spell(setting.name)))
    return Stale(tuple(settings), tuple(dict.fromkeys(ca_files)))


def _find_in_environment(host: Host) -> Iterator[StaleSetting]:
    for name, (tool, bad) in _VARIABLES.items():
        value = host.environment.get(name)
        if (
            value is not None
            and (bad is None or value.lower() in bad)
            and (value or name == "GIT_SSL_NO_VERIFY")
        ):
            yield StaleSetting(
                tool, "verification-off", name, f"`{name}` in the environment",
                f"with it {tool} does not verify certificates", f"unset {name}",
            )  # fmt: skip
    for name, tool in _FILE_VARIABLES.items():
        value = host.environment.get(name)
        if value and not os.path.exists(host.absolute(value)):  # noqa: PTH110 - never raises
            yield StaleSetting(
                tool, "ca-file-missing", name, f"`{name}` in the environment",
                f"it names `{value}`, which does not exist", f"unset {name}",
            )  # fmt: skip


def _read_settings(host: Host) -> Iterator[_Setting]:
    for place, path in find_places(host).items():
        kind = place if place.startswith("yarn") else place.partition(" ")[0]
        text = find_text(path) if kind in _RULES else None
        if text is None:
            continue
        for name, value, line in _READERS.get(kind, _read_lines)(text):
            yield _Setting(kind, path, line, name, value)


def _judge(setting: _Setting, host: Host, proxies: tuple[str, ...]) -> StaleSetting | None:
    tool = setting.place.partition(" ")[0]
    base = setting.name if setting.place == "vscode" else setting.name.rpartition(".")[2]
    rule = _RULES[setting.place].get(base)
    if rule is None:
        return None
    value = setting.value
    if "any" in rule.kind or ("off" in rule.kind and value.lower() in rule.bad):
        detail = f"with `{base}` {tool} does not verify certificates"
        return _stale(setting, "verification-off", detail)
    is_path = "file" in rule.kind and ("/" in value or "\\" in value or "." in value)
    if is_path and "$" not in value and not os.path.exists(host.absolute(value)):  # noqa: PTH110 - never raises
        return _stale(setting, "ca-file-missing", f"`{base}` names `{value}`, which does not exist")
    if rule.kind == "proxy" and value and proxies and not _is_among(value, proxies):
        return _stale(setting, "proxy-differs", f"`{base}` names another proxy, {describe_proxy(value)}")
    return None


def _stale(setting: _Setting, cause: str, detail: str) -> StaleSetting:
    name = _spell(setting.name)
    mend = _MENDS.get(setting.place, f"delete line {setting.line} of {setting.path}").format(name=name)
    return StaleSetting(setting.place.partition(" ")[0], cause, name, setting.provenance, detail, mend)


def _spell(name: str) -> str:
    """The name as its tool spells it."""
    return _SPELLINGS.get(name, name)


def _is_among(text: str, proxies: tuple[str, ...]) -> bool:
    try:
        mine = parse_proxy_url(text)
        return any(parse_proxy_url(proxy) == mine for proxy in proxies)
    except UsageError:
        return text in proxies


# Readers: name in lower case, value, line from 1. Where a setting stands several times, each is shown.


def _read_lines(text: str) -> Iterator[tuple[str, str, int]]:
    """`name = value`, `name: value` and `name value`, in sections or not; comments take whole lines."""
    section = ""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        stripped = line.strip()
        header = re.fullmatch(r"\[(.+)\]", stripped)
        if header is not None:
            section = f"{header[1]}."
        elif stripped and stripped[0] not in "#;":
            name, value = _split_setting(stripped)
            yield section + name.lower(), value, number


def _split_setting(line: str) -> tuple[str, str]:
    matched = re.fullmatch(r"-{0,2}(?P<name>[^=:\s]+)\s*[=:\s]?\s*(?P<value>.*)", line)
    if matched is None:
        return line, ""
    value = re.sub(r"\s+#.*", "", matched["value"]).strip()
    return matched["name"], value[1:-1] if value[:1] == value[-1:] and value[:1] in {"'", '"'} else value


def _read_wget(text: str) -> Iterator[tuple[str, str, int]]:
    for name, value, line in _read_lines(text):
        yield re.sub("[-_]", "", name), value, line


def _read_git(text: str) -> Iterator[tuple[str, str, int]]:
    for name, value, line in parse_git_config(text):
        if name.startswith("http."):
            yield name, value, line


def _read_vscode(text: str) -> Iterator[tuple[str, str, int]]:
    pattern = re.compile(r'^\s*"(?P<name>http\.\w+)"\s*:\s*"?(?P<value>[^",\n]*)', re.MULTILINE)
    for matched in pattern.finditer(text):
        line = text.count("\n", 0, matched.start("name")) + 1
        yield matched["name"].lower(), matched["value"].strip(), line


_READERS: Final = {"git": _read_git, "vscode": _read_vscode, "wget": _read_wget}
