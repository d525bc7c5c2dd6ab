"""What an image says of its proxy that cannot be true in a container, and what goes through it by mistake."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.model.image import ImageFind
from proxyenv.model.proxy_url import find_proxy_url
from proxyenv.model.route import RouteKind
from proxyenv.model.url import is_loopback
from proxyenv.no_proxy.derivation import LOOPBACK
from proxyenv.no_proxy.dialects.table import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.decide.images.evidence import ImageEvidence
    from proxyenv.decide.images.tree import ImageTree
    from proxyenv.model.proxy_url import ProxyURL

_PROXY_NAME: Final = re.compile(r"(https?|all|ftp|wss?|npm_config_(https?_)?)_?proxy", re.IGNORECASE)
_ARG: Final = re.compile(r"(?:^|#\(nop\)\s+)ARG\s+((?:https?|all|ftp)_proxy)\b", re.IGNORECASE)
_ARGS: Final = re.compile(r"(?:^RUN |^)\|\d+ (.*?)(?: /bin/\w*sh -c |$)", re.DOTALL)
_GIVEN: Final = re.compile(r"(?:^|\s)((?:https?|all|ftp)_proxy)=", re.IGNORECASE)

_LOOPBACK: Final = r"(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\])"
_URL: Final = re.compile(rf"(https?://)?({_LOOPBACK}(?::\d+)?(?:/[^\s'\"|;&)]*)?)(?=[\s'\"|;&),]|$)")
_ASKS_DIRECTLY: Final = re.compile(
    r"--noproxy|--no-proxy|-Y[= ]?off|NO_PROXY=|no_proxy=|trust_env=False|-x ['\"]{2}"
)
_CLIENTS: Final = (
    (re.compile(r"\bcurl\b"), ("curl 7", "curl 8")),
    (re.compile(r"\bwget\b"), ("wget",)),
    (re.compile(r"\brequests\b"), ("requests",)),
    (re.compile(r"\bhttpx\b"), ("httpx",)),
    (re.compile(r"\bpython[\d.]*\b|\burllib\b"), ("urllib",)),
)
"""What a health check is made with, and whose rule for NO_PROXY it follows."""

_DIRECT: Final = ",".join(map(str, LOOPBACK))
_NO_PROXY: Final = f"ENV NO_PROXY={_DIRECT} no_proxy={_DIRECT}"
_REAL: Final = "http://proxy.corp.example:3128"


def judge_proxies(evidence: ImageEvidence) -> Iterator[ImageFind]:
    """Proxies on loopback, a declared ARG of a proxy, and a health check that goes through the proxy."""
    for name, value in evidence.config.environment.items():
        if _PROXY_NAME.fullmatch(name) and (proxy := find_loopback(value)):
            yield _loopback("config.Env", f"`{name}` names `{proxy.authority}`", f"`ENV {name}={_REAL}`")
    for each in evidence.proxies:
        if proxy := find_loopback(each.value):
            detail = f"`{each.setting}` of {each.tool} names `{proxy.authority}`"
            yield _loopback(each.path, detail, f"leave `{each.setting}` out, and `ENV HTTPS_PROXY={_REAL}`")
    yield from _judge_arguments(evidence)
    yield from _judge_health(evidence)


def _loopback(path: str, detail: str, avoid: str) -> ImageFind:
    inside = f"{detail}, which in a container is the container itself"
    return ImageFind("image-proxy-loopback", path, inside, avoid)


def find_loopback(value: str) -> ProxyURL | None:
    """The proxy that a value names, if it is on loopback."""
    proxy = find_proxy_url(value)
    return proxy if proxy is not None and is_loopback(proxy.host) else None


def _judge_arguments(evidence: ImageEvidence) -> Iterator[ImageFind]:
    seen: set[str] = set()
    for number, step in enumerate(evidence.config.history, start=1):
        declared = {found[1] for found in _ARG.finditer(step.text)}
        declared |= {found[1] for found in _GIVEN.finditer(find_arguments(step.text))}
        for name in sorted(declared - seen):
            seen.add(name)
            detail = f"step {number} declares `{name}`, so that the history keeps its value"
            avoid = f"no line `ARG {name}`: `docker build --build-arg {name}` reaches each step without it"
            yield ImageFind("image-proxy-arg", "history", detail, avoid)


def find_arguments(step: str) -> str:
    """The declared arguments of the build, with their values, as the history has them before a command."""
    found = _ARGS.match(step)
    return found[1] if found else ""


def _judge_health(evidence: ImageEvidence) -> Iterator[ImageFind]:
    text = " ".join(evidence.config.healthcheck)
    if not text or text == "NONE" or _ASKS_DIRECTLY.search(text):
        return
    environment = evidence.config.environment
    names = next((clients for pattern, clients in _CLIENTS if pattern.search(text)), ())
    for found in _URL.finditer(text):
        url = f"{found[1] or 'http://'}{found[2]}"
        if names == ("wget",) and _is_busybox(evidence.tree, environment):
            scheme = url.partition("://")[0]
            if environment.get(f"{scheme}_proxy"):
                detail = f"busybox's `wget` ignores `no_proxy`, and asks the proxy for `{found[2]}`"
                avoid = "`wget -Y off` in place of `wget`"
                yield ImageFind("image-healthcheck-proxied", "config.Healthcheck", detail, avoid)
                return
        elif client := _find_proxied(names, environment, url):
            detail = f"{client} asks the proxy for `{found[2]}`, which `NO_PROXY` does not name"
            yield ImageFind("image-healthcheck-proxied", "config.Healthcheck", detail, f"`{_NO_PROXY}`")
            return


def _find_proxied(names: tuple[str, ...], environment: Mapping[str, str], url: str) -> str | None:
    """The client that goes through the proxy for a URL."""
    for dialect in DIALECTS:
        if dialect.name in names and dialect.prepare(environment)(url).kind is RouteKind.PROXIED:
            return dialect.name.partition(" ")[0]
    return None


def _is_busybox(tree: ImageTree, environment: Mapping[str, str]) -> bool:
    """Whether `wget` is busybox's: a link to it, or all that there is."""
    for directory in environment.get(
        "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    ).split(":"):
        place = tree.follow(f"{directory.strip('/')}/wget")
        if place.node is not None:
            return place.path.endswith("/busybox")
    busybox = (tree.follow(each).node for each in ("bin/busybox", "usr/bin/busybox"))
    return any(node is not None for node in busybox)
