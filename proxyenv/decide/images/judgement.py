"""Everything that leaks from an image or will break in it, as one list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.decide.images.config_rules import judge_config
from proxyenv.decide.images.evidence import locate
from proxyenv.decide.images.file_secrets import judge_files
from proxyenv.decide.images.named_files import BUNDLE, judge_named_files, render_copy
from proxyenv.decide.images.proxy_rules import judge_proxies
from proxyenv.decide.images.secrets import find_url_password
from proxyenv.decide.images.trust_rules import judge_trust
from proxyenv.model.image import ImageFind
from proxyenv.model.url import show_location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.decide.images.evidence import ImageEvidence

_COMMAND: Final = r"(?:^|[|;&])(?>[^|;&]*?"
"""From where a command starts up to its first program of that name, and from no other one."""

_SWITCHES: Final = (
    (
        re.compile(rf"{_COMMAND}\bcurl\b)[^|;&]*?\s(?:-(?=[a-zA-Z]*k)[a-zA-Z]++|--insecure)(?=\s|$)"),
        "curl -k",
    ),
    (re.compile(rf"{_COMMAND}\bwget\b)[^|;&]*?--no-check-certificate"), "wget --no-check-certificate"),
    (re.compile(r"--trusted-host\b|\bPIP_TRUSTED_HOST="), "pip --trusted-host"),
    (re.compile(r"--allow-insecure-host\b|\bUV_INSECURE_HOST="), "uv --allow-insecure-host"),
    (
        re.compile(r"http\.sslVerify[= ]\"?false|\bGIT_SSL_NO_VERIFY=(?!0|false)\S", re.IGNORECASE),
        "http.sslVerify=false",
    ),
    (re.compile(r"strict-ssl[= ]\"?false", re.IGNORECASE), "npm strict-ssl=false"),
    (re.compile(r"\bNODE_TLS_REJECT_UNAUTHORIZED=[\"']?0"), "NODE_TLS_REJECT_UNAUTHORIZED=0"),
    (re.compile(r"\bPYTHONHTTPSVERIFY=[\"']?0"), "PYTHONHTTPSVERIFY=0"),
    (re.compile(r"Verify-(?:Peer|Host)[= ]\"?(?:false|no|0)", re.IGNORECASE), "apt Verify-Peer=false"),
    (re.compile(r"\bssl_?verify[= ]\"?(?:false|no|0)\b", re.IGNORECASE), "ssl_verify false"),
)
"""How a command switches verification off, and how that is called."""

_VARIABLES: Final = (
    (re.compile("node|npm|strict-ssl|yarn", re.IGNORECASE), "NODE_EXTRA_CA_CERTS"),
    (re.compile("git|sslverify", re.IGNORECASE), "GIT_SSL_CAINFO"),
    (re.compile("pip|trusted-host|conda|ssl_?verify", re.IGNORECASE), "REQUESTS_CA_BUNDLE"),
    (re.compile("curl", re.IGNORECASE), "CURL_CA_BUNDLE"),
)
"""Which variable names the bundle to what verifies nothing; to all others it is `SSL_CERT_FILE`."""


def judge_image(evidence: ImageEvidence) -> tuple[ImageFind, ...]:
    """What was found, in the order of what is gravest: what leaks, what is not verified, what will break.

    Args:
        evidence: the image, and what this machine knows.
    """
    rules = (judge_config, judge_files, _judge_verification, judge_proxies, judge_named_files, judge_trust)
    found = dict.fromkeys(_hide(each) for rule in rules for each in rule(evidence))
    return tuple(found)


def _judge_verification(evidence: ImageEvidence) -> Iterator[ImageFind]:
    """Switches in variables, in the settings of tools, and in commands of the build and of the container."""
    for each in evidence.conflicts:
        if each.cause != "verification-off":
            continue
        path, line = locate(each) or ("config.Env", None)
        switch = f"`{each.setting}`"
        avoid = f"{_trust(f'{each.tool} {each.setting}')} in place of {switch}"
        detail = each.detail if each.setting in each.detail else f"{switch}: {each.detail}"
        yield ImageFind("image-verification-off", path, detail, avoid, line=line)
    config = evidence.config
    health = {"Healthcheck": " ".join(config.healthcheck)}
    for name, text in {**config.commands, **health}.items():
        for switch in find_switches(text):
            detail = f"`{switch}` does not verify certificates"
            avoid = f"{_trust(switch)} in place of `{switch}`"
            yield ImageFind("image-verification-off", f"config.{name}", detail, avoid)
    for number, step in enumerate(config.history, start=1):
        for switch in find_switches(step.text):
            detail = f"step {number}: `{switch}` does not verify certificates"
            avoid = f"{_trust(switch)} in place of `{switch}`"
            yield ImageFind("image-verification-off", "history", detail, avoid, step.layer)


def _trust(switch: str) -> str:
    """The lines by which that client verifies."""
    name = next((name for pattern, name in _VARIABLES if pattern.search(switch)), "SSL_CERT_FILE")
    return f"{render_copy(BUNDLE)} and `ENV {name}={BUNDLE}`"


def find_switches(text: str) -> Iterator[str]:
    """How a step of the build switches verification off."""
    if re.match(r"(?:/bin/sh -c #\(nop\)\s+)?(?:ENV|LABEL|HEALTHCHECK|CMD|ENTRYPOINT)\b", text):
        return  # the configuration has it, and is judged itself
    yield from (name for pattern, name in _SWITCHES if pattern.search(text))


def _hide(find: ImageFind) -> ImageFind:
    """The same; where an image put a URL with a password into a name, without it."""
    shown = (find.path, find.detail, find.avoid)
    path, detail, avoid = (show_location(each) if find_url_password(each) else each for each in shown)
    return find._replace(path=path, detail=detail, avoid=avoid)
