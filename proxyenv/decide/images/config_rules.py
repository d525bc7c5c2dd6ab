"""Secrets in the configuration of an image: its variables, history, labels, commands and health check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.images.steps import ENVIRONMENT, SECRETS
from proxyenv.decide.images.proxy_rules import find_arguments
from proxyenv.decide.images.secrets import find_header, find_known, find_url_password, is_secret
from proxyenv.model.image import ImageFind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.decide.images.evidence import ImageEvidence
    from proxyenv.decide.images.secrets import Known

_NAME: Final = r"(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|AUTH_STRING|ACCESS_KEY|PRIVATE_KEY|CREDENTIALS?)"
_SECRET_NAME: Final = re.compile(rf"(?:^|[A-Za-z0-9_]*?_|[A-Za-z0-9]*?){_NAME}", re.IGNORECASE)
_ASSIGNED: Final = re.compile(rf"(?:^|[\s;&|])([A-Z0-9_]*{_NAME})=[\"']?([^\s\"'|;&]+)")
_JAVA: Final = re.compile(r"-D[\w.]*(?:[Pp]assword)=(\S+)")
_HEADERS: Final = re.compile(
    r"authorization[\"']?\s*:\s*[\"']?(?:bearer|basic|token)\s+([\w.~+/=-]{6,})", re.IGNORECASE
)
_CLIENT: Final = re.compile(r"\b(?:curl|wget)\b")
_CREDENTIALS: Final = re.compile(
    r"\s(?:-[uU][= ]?|--(?:user|proxy-user|proxy-password|password)[= ])[\"']?"
    r"(?:[^\s:\"'$]+:)?([^\s\"'$]{2,})"
)
_SCHEMELESS: Final = re.compile(r"[^\s/:@]+:[^\s/@]+@[\w.\[-]+")
_ANSWERS: Final = frozenset({"true", "false", "0", "1", "none", "null", "yes", "no"})
_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")

MOUNTED: Final = f"RUN --mount=type=secret,id={ENVIRONMENT} . {SECRETS}/{ENVIRONMENT} && COMMAND"
"""How a step of the build gets the proxy with its password."""

_READ: Final = "`$PASSWORD` in place of the password in `{line}`, and `docker run --env PASSWORD IMAGE`"
_ARGUMENT: Final = re.compile(r"(?:^|\s)([A-Za-z_]\w*)=\S*")


def judge_config(evidence: ImageEvidence) -> Iterator[ImageFind]:
    """What the configuration gives away to everybody who has the image."""
    config, known = evidence.config, evidence.expected.known
    for name, value in config.environment.items():
        if what := _find_in_variable(name, value, known):
            run = f"`docker run --env {name} IMAGE`"
            avoid = f"`{MOUNTED}` in place of `ENV {name}`; a container gets it by {run}"
            yield ImageFind("image-env-password", "config.Env", f"`{name}` holds {what}", avoid)
    for name, value in config.labels.items():
        if what := find_secret(value, known):
            avoid = f"no line `LABEL {name}`, or one without credentials"
            yield ImageFind("image-label-password", "config.Labels", f"`{name}` holds {what}", avoid)
    if what := find_secret(" ".join(config.healthcheck), known):
        avoid = _READ.format(line="HEALTHCHECK")
        yield ImageFind("image-healthcheck-password", "config.Healthcheck", f"it holds {what}", avoid)
    for name, text in config.commands.items():
        if what := find_secret(text, known):
            avoid = f"{_READ.format(line=name.upper())}; its form is the one that a shell reads"
            yield ImageFind("image-command-password", f"config.{name}", f"it holds {what}", avoid)
    yield from _judge_history(evidence)


def _judge_history(evidence: ImageEvidence) -> Iterator[ImageFind]:
    known = evidence.expected.known
    for number, step in enumerate(evidence.config.history, start=1):
        if what := find_secret(step.text, known):
            avoid = f"`{MOUNTED}` in place of step {number}"
            if argument := _find_argument(step.text, known):
                avoid = f"no line `ARG {argument}`, and `{MOUNTED}`"
            yield ImageFind(
                "image-history-password", "history", f"step {number} holds {what}", avoid, step.layer
            )


def _find_argument(step: str, known: Known) -> str | None:
    """The declared ``ARG`` that brought the secret into a step."""
    arguments = _ARGUMENT.finditer(find_arguments(step))
    return next((each[1] for each in arguments if find_secret(each[0], known)), None)


def find_secret(text: str, known: Known) -> str | None:
    """What a text of the configuration holds, in words without the secret; ``None`` where it holds none."""
    if find_known(text, known):
        return "the password of this machine's proxy"
    if find_url_password(text):
        return "a URL with a password"
    if find_header(text) or any(is_secret(found[1]) for found in _HEADERS.finditer(text)):
        return "a header with credentials"
    if any(map(is_secret, _find_passwords(text))):
        return "a password on a command line"
    if _KEY.search(text):
        return "a private key"
    named = next((found[1] for found in _ASSIGNED.finditer(text) if _is_value(found[2])), None)
    return f"the value of `{named}`" if named else None


def _find_passwords(text: str) -> Iterator[str]:
    """What stands behind the options for passwords of Java, curl and wget."""
    yield from (found[1] for found in _JAVA.finditer(text))
    for command in re.split("[|;&]", text):
        if client := _CLIENT.search(command):
            yield from (found[1] for found in _CREDENTIALS.finditer(command, client.end()))


def _find_in_variable(name: str, value: str, known: Known) -> str | None:
    if what := find_secret(value, known):
        return what
    if name.lower().endswith("_proxy") and name.lower() != "no_proxy" and _SCHEMELESS.match(value):
        return "a proxy with a password" if is_secret(value) else None
    return "a secret" if _SECRET_NAME.fullmatch(name) and _is_value(value) else None


def _is_value(value: str) -> bool:
    """Whether it is a secret and not where one is, or a word that says there is none."""
    return is_secret(value) and not value.startswith(("/", "./", "file:")) and value.lower() not in _ANSWERS
