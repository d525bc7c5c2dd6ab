"""Finds settings of the user's own that fight what proxyenv writes. Files are read, nothing is executed."""

from __future__ import annotations

import os
import re
import shlex
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.errors import PlanError
from proxyenv.formats.settings import FORMATS
from proxyenv.machine.anchor_files import lacks_anchors
from proxyenv.machine.content import find_text
from proxyenv.machine.setting_files import SettingFile, find_setting_files
from proxyenv.machine.stale_variables import find_stale_variables, is_among
from proxyenv.model.tool_config import StaleSetting
from proxyenv.no_proxy.proxy_url import describe_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.formats.format import Item
    from proxyenv.model.host import Host


class Stale(NamedTuple):
    """What was found, and the files of npm and yarn whose CA file is missing, with the key."""

    settings: tuple[StaleSetting, ...]
    ca_files: tuple[tuple[str, str], ...]


class _Rule(NamedTuple):
    """What a setting is.

    Args:
        off: the values that stop verification, in lower case.
        is_off: whether any value does.
        is_file: whether it names a file or a directory of CAs.
        is_proxy: whether it names a proxy.
    """

    off: frozenset[str] = frozenset()
    is_off: bool = False
    is_file: bool = False
    is_proxy: bool = False


_NO: Final = frozenset({"", "0", "false", "no", "off"})
_YES: Final = frozenset({"", "1", "true", "yes", "on"})
_VERIFY, _IGNORE, _ANY = _Rule(off=_NO), _Rule(off=_YES), _Rule(is_off=True)
_FILE, _PROXY, _VERIFY_OR_FILE = (
    _Rule(is_file=True),
    _Rule(is_proxy=True),
    _Rule(off=_NO - {""}, is_file=True),
)
FORMAT_OF: Final[Mapping[str, str]] = {
    "apt": "apt",
    "bundler": "yaml",
    "cargo": "toml",
    "composer": "json",
    "conda": "condarc",
    "curl": "curlrc",
    "gcloud": "ini",
    "git": "gitconfig",
    "npm": "npmrc",
    "pip": "pip",
    "pnpm": "npmrc",
    "poetry": "toml",
    "uv": "toml",
    "vscode": "jsonc",
    "wget": "wgetrc",
    "yarn": "yarnrc",
    "yarn 2": "yaml",
}
"""Tool → the format of its files; yarn 1 and its later releases have different ones."""

_NPM: Final = {"strict-ssl": _Rule(off=_NO - {""}), "cafile": _FILE, "proxy": _PROXY, "https-proxy": _PROXY}

_RULES: Final[Mapping[str, Mapping[str, _Rule]]] = {
    "apt": {
        "acquire::http*::verify-host": _VERIFY,
        "acquire::http*::verify-peer": _VERIFY,
        "acquire::https::cainfo": _FILE,
        "acquire::http::proxy": _PROXY,
        "acquire::https::proxy": _PROXY,
    },
    "bundler": {"ssl-verify-mode": _Rule(off=frozenset({"0"})), "ssl-ca-cert": _FILE},
    "cargo": {"http.cainfo": _FILE, "http.proxy": _PROXY},
    "composer": {"cafile": _FILE, "disable-tls": _IGNORE},
    "conda": {"ssl-verify": _VERIFY_OR_FILE, "verify-ssl": _VERIFY_OR_FILE, "proxy-servers.http*": _PROXY},
    "curl": {
        "insecure": _IGNORE,
        "k": _IGNORE,
        "proxy-insecure": _IGNORE,
        "cacert": _FILE,
        "capath": _FILE,
        "proxy-cacert": _FILE,
        "proxy": _PROXY,
        "x": _PROXY,
    },
    "gcloud": {"core/custom-ca-certs-file": _FILE, "auth/disable-ssl-validation": _Rule(off=_YES - {""})},
    "git": {
        "http.sslverify": _VERIFY,
        "http.*.sslverify": _VERIFY,
        "http.sslcainfo": _FILE,
        "http.*.sslcainfo": _FILE,
        "http.sslcapath": _FILE,
        "http.proxy": _PROXY,
        "http.*.proxy": _PROXY,
    },
    "npm": _NPM,
    "pip": {"*.trusted-host": _ANY, "*.cert": _FILE, "*.proxy": _PROXY},
    "pnpm": _NPM,
    "poetry": {"certificates.*.cert": _VERIFY_OR_FILE},
    "uv": {"*allow-insecure-host": _ANY, "http-proxy": _PROXY, "https-proxy": _PROXY},
    "vscode": {"http.proxystrictssl": _Rule(off=frozenset({"false"})), "http.proxy": _PROXY},
    "wget": {
        "checkcertificate": _Rule(off=_NO - {""}),
        "cacertificate": _FILE,
        "cadirectory": _FILE,
        "httpproxy": _PROXY,
        "httpsproxy": _PROXY,
    },
    "yarn": _NPM,
    "yarn 2": {
        "enablestrictssl": _Rule(off=_NO - {""}),
        "httpscafilepath": _FILE,
        "httpproxy": _PROXY,
        "httpsproxy": _PROXY,
    },
}
"""Tool → the setting's full name in lower case, with hyphens, as a pattern; of several the first."""

_EMPTY: Final = frozenset({"", "[]", "null", "~", "none"})


class _Found(NamedTuple):
    """A setting, where it stands."""

    file: SettingFile
    item: Item

    @property
    def tool(self) -> str:
        return self.file.tool.partition(" ")[0]

    @property
    def name(self) -> str:
        """As a command of the tool's takes it."""
        name, section = self.item.name, self.item.section
        if self.tool == "bundler":
            return name.removeprefix("BUNDLE_").lower()
        if not section or self.tool == "composer":
            return name.lstrip("-")
        return section + {"apt": "::", "gcloud": "/"}.get(self.tool, ".") + name

    @property
    def provenance(self) -> str:
        return f"`{self.file.path}`, line {self.item.line}"

    def find_rule(self) -> _Rule | None:
        if self.tool == "composer" and self.item.section != "config":
            return None
        name = re.sub("[-_]", "" if self.tool == "wget" else "-", self.name.lower())
        patterns = _RULES[self.file.tool].items()
        return next((rule for pattern, rule in patterns if fnmatchcase(name, pattern)), None)


def find_stale(
    host: Host,
    proxies: tuple[str, ...],
    *,
    anchors: frozenset[str] = frozenset(),
    gcloud_configuration: str | None = None,
    root: Path | None = None,
) -> Stale:
    """Every setting that switches verification off, names a missing CA file, or names another proxy.

    Args:
        host: the machine.
        proxies: those that are meant; empty means that none is known, and none can differ.
        anchors: the fingerprints of the corporate CAs; empty means that no file can lack them.
        gcloud_configuration: the configuration that gcloud uses, or ``None`` for the usual one.
        root: where the files of the system are; ``None`` for this system's own.
    """
    files = find_setting_files(host, gcloud_configuration=gcloud_configuration, root=root or Path("/"))
    stale = [*find_stale_variables(host, proxies, anchors)]
    ca_files: list[tuple[str, str]] = []
    for found in _read_all(files):
        finding = _judge(found, host, proxies, anchors)
        stale.extend(filter(None, [finding]))
        is_missing = finding is not None and finding.cause == "ca-file-missing"
        is_mended = found.item.value == str(host.layout.bundle)  # by an earlier run, and to stay so
        if found.file.place and (is_missing or is_mended):
            ca_files.append((found.file.place, found.name))
    return Stale(tuple(stale), tuple(dict.fromkeys(ca_files)))


def _read_all(files: list[SettingFile]) -> Iterator[_Found]:
    for file in files:
        text = find_text(file.path)
        if text is not None:
            yield from (_Found(file, item) for item in _read(file, text))


def _read(file: SettingFile, text: str) -> list[Item]:
    """Nothing, where the file is not valid: so its tool refuses it too."""
    try:
        return list(FORMATS[FORMAT_OF[file.tool]].items(text, source=f"`{file.path}`"))
    except PlanError:
        return []


def _judge(
    found: _Found, host: Host, proxies: tuple[str, ...], anchors: frozenset[str]
) -> StaleSetting | None:
    rule, value, name = found.find_rule(), found.item.value, found.name
    if rule is None:
        return None
    if (rule.is_off and value.lower() not in _EMPTY) or value.lower() in rule.off:
        detail = f"with `{name}` {found.tool} does not verify certificates"
        return _stale(found, host, "verification-off", detail)
    if rule.is_file and _is_missing(value, host):
        return _stale(found, host, "ca-file-missing", f"`{name}` names `{value}`, which does not exist")
    if rule.is_file and _is_path(value) and lacks_anchors(host.absolute(value), anchors):
        return _stale(
            found, host, "ca-file-differs", f"`{name}` names `{value}`, which lacks the corporate CA"
        )
    if rule.is_proxy and proxies and _is_proxy(value) and not is_among(value, proxies):
        return _stale(found, host, "proxy-differs", f"`{name}` names another proxy, {describe_proxy(value)}")
    return None


def _is_missing(value: str, host: Host) -> bool:
    """Whether *value* is a path of which no variable is a part, and nothing is there.

    A relative one means another place for each tool, or in each directory, and is not judged.
    """
    return _is_path(value) and not os.path.exists(host.absolute(value))  # noqa: PTH110 - never raises


def _is_path(value: str) -> bool:
    return re.match(r"[/~]|\\\\|[A-Za-z]:[/\\]", value) is not None and "$" not in value


def _is_proxy(value: str) -> bool:
    return value.lower() not in _EMPTY | {"direct", "false"}


def _stale(found: _Found, host: Host, cause: str, detail: str) -> StaleSetting:
    return StaleSetting(found.tool, cause, found.name, found.provenance, detail, _mend(found, host))


def _mend(found: _Found, host: Host) -> str:
    """The command that takes the setting away."""
    path = shlex.quote(str(found.file.path))
    sudo = "sudo " if found.file.is_system and not host.is_root and host.platform != "win32" else ""
    if found.file.mend is not None and not (found.tool == "pip" and "_" in found.item.name):
        return sudo + found.file.mend.format(name=shlex.quote(found.name), path=path)
    goes_on = found.item.value.count("[") != found.item.value.count("]")
    is_nested = found.tool == "vscode" or (found.tool == "apt" and found.item.section)
    if is_nested or goes_on or host.platform == "win32":
        return f"take `{found.name}` out of line {found.item.line} of {found.file.path}"
    script = shlex.quote(_render_script(found.item))
    target = shlex.quote(os.path.realpath(found.file.path))  # in the place of a link sed would put a file
    return f"{sudo}sed -E -i{' ' + repr('') if host.platform == 'darwin' else ''} {script} {target}"


def _render_script(item: Item) -> str:
    """For ``sed``: every line of the section that sets the name. No value is shown: it may be a password."""
    drop = f'/^[[:space:]]*"?{_escape(item.name)}"?([[:space:]=:]|$)/d'
    if not item.section:
        return drop
    return f"/^[[:space:]]*\\[{_escape(item.section)}\\]/,/^[[:space:]]*\\[/{{{drop};}}"


def _escape(text: str) -> str:
    return re.sub(r"([][\\/.*+?(){}|^$])", r"\\\1", text)
