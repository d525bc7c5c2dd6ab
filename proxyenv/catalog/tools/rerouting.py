"""What the files of a tool say of its way, as variables: so that the dialect of its clients can read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Reroute = Callable[[Mapping[str, str], Mapping[str, str], str], Mapping[str, str]]
    """From the settings of the files, by name and expanded, the variables and a URL to the variables."""

_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")
_LIST: Final = "no_proxy"


def _replace_proxies(
    environment: Mapping[str, str], http: str | None, https: str | None, *, exceptions: str | None = None
) -> dict[str, str]:
    """The variables with other proxies, in both cases of their names.

    Args:
        environment: the variables.
        http: for ``http://``; ``None`` for none.
        https: for ``https://``.
        exceptions: another list of what is reached directly; ``None`` leaves that of the variables.
    """
    dropped = {*_PROXIES, *((_LIST,) if exceptions is not None else ())}
    kept = {name: value for name, value in environment.items() if name.lower() not in dropped}
    said = {"http_proxy": http, "https_proxy": https, _LIST: exceptions}
    for name, value in said.items():
        if value:
            kept |= {name: value, name.upper(): value}
    return kept


def _replace_list(environment: Mapping[str, str], exceptions: str) -> dict[str, str]:
    """The variables with another list of what is reached directly."""
    kept = {name: value for name, value in environment.items() if name.lower() != _LIST}
    return {**kept, _LIST: exceptions, _LIST.upper(): exceptions}


def _route_all(settings: Mapping[str, str], environment: Mapping[str, str], url: str) -> Mapping[str, str]:  # noqa: ARG001 - the same for every URL
    """Of a tool whose file names one proxy, ``http.proxy``, that wins over the variables."""
    proxy = settings.get("http.proxy")
    return environment if proxy is None else _replace_proxies(environment, proxy, proxy)


def _route_git(settings: Mapping[str, str], environment: Mapping[str, str], url: str) -> Mapping[str, str]:
    """Of git: the setting whose URL says most about *url* wins; the empty text means direct."""
    proxy, longest = settings.get("http.proxy"), -1
    for name, value in settings.items():
        pattern = name.removeprefix("http.").removesuffix(".proxy")
        if name.startswith("http.") and name.endswith(".proxy") and _covers(pattern, url):
            proxy, longest = (value, len(pattern)) if len(pattern) > longest else (proxy, longest)
    return environment if proxy is None else _replace_proxies(environment, proxy or None, proxy or None)


def _covers(pattern: str, url: str) -> bool:
    """``urlmatch_normalized_url`` in git's urlmatch.c: scheme, host with ``*`` for a label, port, path."""
    one, other = urlsplit(pattern), urlsplit(url)
    if one.scheme != other.scheme or not one.hostname or not other.hostname:
        return False
    labels = one.hostname.split("."), other.hostname.split(".")
    is_host = len(labels[0]) == len(labels[1]) and all(
        mine in {"*", theirs} for mine, theirs in zip(*labels, strict=True)
    )
    path = one.path.rstrip("/")
    return is_host and one.port == other.port and f"{other.path.rstrip('/')}/".startswith(f"{path}/")


def _route_curl(settings: Mapping[str, str], environment: Mapping[str, str], url: str) -> Mapping[str, str]:  # noqa: ARG001 - the same for every URL
    """Of curl: an empty proxy means direct, and an empty list takes that of the variables back."""
    proxy, exceptions = settings.get("proxy"), settings.get("noproxy")
    if proxy is not None:
        environment = _replace_proxies(environment, proxy or None, proxy or None)
    return environment if exceptions is None else _replace_list(environment, exceptions)


def _route_wget(settings: Mapping[str, str], environment: Mapping[str, str], url: str) -> Mapping[str, str]:  # noqa: ARG001 - the same for every URL
    """Of wget: each setting wins over the variable of its name."""
    if settings.get("useproxy", "on").lower() in {"off", "no", "0"}:
        return _replace_proxies(environment, None, None)
    named = {"httpproxy": "http_proxy", "httpsproxy": "https_proxy", "noproxy": _LIST}
    said = {variable: settings[name] for name, variable in named.items() if name in settings}
    return {**environment, **said}


def _route_npm(settings: Mapping[str, str], environment: Mapping[str, str], url: str) -> Mapping[str, str]:  # noqa: ARG001 - the same for every URL
    """Of npm: its file says what variables of its own say, which win over the file."""
    names = {name.lower().replace("-", "_") for name in environment}
    said = {
        f"npm_config_{key.replace('-', '_')}": settings[key]
        for key in ("proxy", "https-proxy", "noproxy")
        if key in settings
    }
    return {**environment, **{name: value for name, value in said.items() if name not in names}}


def _route_pip(settings: Mapping[str, str], environment: Mapping[str, str], url: str) -> Mapping[str, str]:  # noqa: ARG001 - the same for every URL
    """Of pip: a proxy of its own ignores every list; an empty one means nothing."""
    proxy = settings.get("global.proxy")
    return _replace_proxies(environment, proxy, proxy, exceptions="") if proxy else environment


def _route_uv(settings: Mapping[str, str], environment: Mapping[str, str], url: str) -> Mapping[str, str]:  # noqa: ARG001 - the same for every URL
    """Of uv: with a proxy in the file the list of the file alone counts."""
    http, https = settings.get("http-proxy"), settings.get("https-proxy")
    if not (http or https):
        return environment
    exceptions = ",".join(word.strip(" \"'") for word in settings.get("no-proxy", "").strip("[]").split(","))
    return _replace_proxies(environment, http, https, exceptions=exceptions)


REROUTES: Final[Mapping[str, Reroute]] = {
    "all": _route_all,
    "curl": _route_curl,
    "git": _route_git,
    "npm": _route_npm,
    "pip": _route_pip,
    "uv": _route_uv,
    "wget": _route_wget,
}
"""By the name that a tool has for its own."""
