"""Whether a client gets the proxy and the corporate CA from what is set up, and what it needs if not.

A verdict is the first of: what of the user's own settings wins, what is wrong with its proxy, what is wrong
with its roots, what this shell lacks.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from proxyenv.catalog.clients.client import Answer, Credentials
from proxyenv.catalog.clients.table import PROXY_VARIABLES, roots_variables
from proxyenv.decide.client import select_variables
from proxyenv.model.client_status import Verdict
from proxyenv.model.tool_config import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.clients.client import Client, Told
    from proxyenv.model.client_status import Installed
    from proxyenv.model.set_up import SetUp

_STORE: Final = "the operating system's store"
_CA_FILE: Final = {"ca-file-missing", "ca-file-differs"}
_INSTALL: Final = "`proxyenv trust install`"


def judge_coverage(client: Client, here: SetUp, installed: Installed | None = None) -> Verdict:
    """One client's verdict.

    Args:
        client: its row.
        here: what is set up.
        installed: where this machine has it, if it does.
    """
    problem = _judge_settings(client, here) or _judge_exceptions(client, here) or _judge_proxy(client, here)
    if problem:
        return problem
    verdict = _judge_roots(client, here, installed)
    return (verdict.coverage == "covered" and _judge_shell(client, here)) or verdict


def _judge_settings(client: Client, here: SetUp) -> Verdict | None:
    """What of the user's own settings wins over what is written."""
    for each in here.stale:
        loses = each.cause in _CA_FILE and client.wins in here.written
        if each.tool in (client.settings or (client.name,)) and not loses:
            return Verdict("not-covered", f"{each.provenance}: {each.detail}")
    return None


def _judge_exceptions(client: Client, here: SetUp) -> Verdict | None:
    """Whether this shell keeps every host from the proxy, where that was not asked for."""
    if here.environment is None or client.proxy is None or not client.proxy.https:
        return None
    if _is_told(client, here, "proxy") or not here.written.keys() & {"https_proxy", "http_proxy"}:
        return None
    for name in (*client.proxy.exceptions, *PROXY_VARIABLES["no"]):
        if _has_all(here.environment.get(name, "")) and not _has_all(here.written.get(name, "")):
            return Verdict("not-covered", f"`{name}` has `*` in this shell: it goes direct")
    return None


def _has_all(exceptions: str) -> bool:
    return "*" in {entry.strip() for entry in exceptions.split(",")}


def _judge_proxy(client: Client, here: SetUp) -> Verdict | None:
    """What is wrong with its proxy; ``None``: nothing, or there is no proxy to go through."""
    if not here.written.keys() & {"https_proxy", "http_proxy"}:
        return None
    if _is_told(client, here, "proxy"):
        return None
    if any(name in here.written for name in client.asked):
        return _judge_properties(client, here)
    urls = tuple(_proxies(client, here))
    if urls:
        return _judge_kind(client, here, urls) or _judge_credentials(client, here, urls)
    if client.proxy and client.proxy.own:
        return Verdict("not-covered", f"its proxy comes from `proxyenv env --client {client.name}`")
    return _need_configuration(client, f"no variable names its proxy; {client.config or client.note}")


def _proxies(client: Client, here: SetUp) -> Iterator[str]:
    """The proxy for each scheme, from the variable that it prefers."""
    for names in (client.proxy.https, client.proxy.http) if client.proxy else ():
        yield from [here.written[name] for name in names if name in here.written][:1]


def _judge_properties(client: Client, here: SetUp) -> Verdict | None:
    """Java's properties hold no credentials: there are none that the JDK reads."""
    urls = (here.written[name] for name in ("https_proxy", "http_proxy") if name in here.written)
    if not any("@" in url for url in urls):
        return None
    reason = f"`{client.asked[0]}` cannot hold the proxy's credentials"
    return _need_configuration(client, reason) if client.told else Verdict("not-covered", reason)


def _judge_kind(client: Client, here: SetUp, urls: tuple[str, ...]) -> Verdict | None:
    """What is wrong with a proxy that itself speaks TLS."""
    if client.proxy is None or not any(url.startswith("https://") for url in urls):
        return None
    if client.proxy.tls is Answer.NO:
        return Verdict("not-covered", "it cannot use a proxy that itself speaks TLS")
    if client.proxy.tls is Answer.UNKNOWN:
        return Verdict("not-covered", "whether it can use a proxy that itself speaks TLS is not known")
    if here.store or not has_anchors(here) or any(name in here.written for name in client.proxy.tls_roots):
        return None
    return Verdict("trust-install", f"{_STORE} alone counts for a proxy that itself speaks TLS: {_INSTALL}")


def _judge_credentials(client: Client, here: SetUp, urls: tuple[str, ...]) -> Verdict | None:
    """What is wrong with what it sends to the proxy; a variable for it alone has them as it needs them."""
    common = {here.written.get("https_proxy"), here.written.get("http_proxy")}
    for url in urls:
        userinfo = urlsplit(url).netloc.rpartition("@")[0] if url in common else ""
        how = client.proxy.credentials if client.proxy else Credentials.NONE
        if how is Credentials.AS_WRITTEN and "%" in userinfo:
            return Verdict("not-covered", "it sends the proxy's credentials as they are written, encoded")
        if how is Credentials.ASCII and not unquote(userinfo).isascii():
            return Verdict("not-covered", "it cannot send credentials with letters beyond ASCII to the proxy")
    return None


def _judge_roots(client: Client, here: SetUp, installed: Installed | None) -> Verdict:
    if _is_told(client, here, "roots"):
        return Verdict("covered", "it is told in its own file")
    roots = (client.written.variable,) if client.written else ()
    for name in (*roots, *client.asked):
        if name in here.written:
            return _judge_file(name, here)
    if not has_anchors(here):
        return Verdict("covered", "no corporate CA is set up")
    return _judge_store(client, here, installed)


def _judge_file(variable: str, here: SetUp) -> Verdict:
    """One that takes its roots from a variable."""
    if variable in here.lacking:
        return Verdict("not-covered", f"`{variable}` names a missing file: `proxyenv refresh` writes it")
    return Verdict("covered", f"`{variable}`")


def _judge_store(client: Client, here: SetUp, installed: Installed | None) -> Verdict:
    """One that no variable tells its roots."""
    if client.patched:
        return _judge_patched(here, installed)
    if client.store and here.store:
        return Verdict("covered", _STORE)
    if client.store:
        other = f" or `proxyenv setup --configure {client.name}`" if _can_be_told(client) else ""
        reason = f"{_STORE} lacks the CA" if here.truststore else "no variable names its CA"
        return Verdict("trust-install", f"{reason}: {_INSTALL}{other}")
    return _need_configuration(client, client.config or "no variable names its CA")


def _judge_patched(here: SetUp, installed: Installed | None) -> Verdict:
    """One that has public roots of its own, unless truststore is put in between."""
    prefix = f"{installed.prefix}{os.sep}" if installed and installed.prefix else None
    if prefix is None or not any(packages.startswith(prefix) for packages in here.hooked):
        mend = "`proxyenv setup --trust truststore --venv DIR`"
        return Verdict("not-covered", f"truststore is not in its environment: {mend}")
    if not here.store:
        return Verdict("trust-install", f"{_STORE} lacks the CA: {_INSTALL}")
    return Verdict("covered", f"{_STORE}, by truststore")


def _judge_shell(client: Client, here: SetUp) -> Verdict | None:
    """Whether this process has what the client reads; lists of exceptions may be longer here."""
    if here.environment is None or (client.plugin and here.plugin):
        return None
    if _is_told(client, here, "proxy") and _is_told(client, here, "roots"):
        return None
    lists = {*PROXY_VARIABLES["no"], *(client.proxy.exceptions if client.proxy else ())}
    for variable in select_variables(client, here.written, truststore=here.truststore):
        given = here.environment.get(variable.name, "")
        if variable.name not in lists and given != (variable.value or ""):
            what = f"has another `{variable.name}`" if given else f"has no `{variable.name}`"
            return Verdict("source", f"this shell {what}: source `{here.env_file}`")
    return None


def has_anchors(here: SetUp) -> bool:
    """Whether there is a corporate CA to know of."""
    return here.truststore or any(name in here.written for name, _ in roots_variables())


def _is_told(client: Client, here: SetUp, aspect: Told) -> bool:
    return any(place in here.told for what, place in client.told if what == aspect)


def _can_be_told(client: Client) -> bool:
    return client.name in TOOLS and bool(client.told or client.asked)


def _need_configuration(client: Client, reason: str) -> Verdict:
    if not _can_be_told(client):
        return Verdict("not-covered", reason)
    return Verdict("configure", f"`proxyenv setup --configure {client.name}`: {reason}")
