"""Whether a client gets the proxy and the corporate CA from what is set up, and what it needs if not.

A verdict is the first of: what of the user's own settings wins, what is wrong with its proxy, what is wrong
with its roots, what this shell lacks.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from proxyenv.catalog.clients.client import Answer, Credentials, split_version
from proxyenv.catalog.clients.table import PROXY_VARIABLES, find_tool, read_by, roots_variables
from proxyenv.catalog.tools import load_tools
from proxyenv.decide.client import select_variables
from proxyenv.model.coverage import ClientCoverage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.catalog.clients.client import Client
    from proxyenv.model.coverage import Installed, Measured, SetUp
    from proxyenv.model.tools import Aspect

_STORE: Final = "the operating system's store"
_NEAR: Final = 2
_CA_FILE: Final = {"ca-file-missing", "ca-file-differs"}
_INSTALL: Final = "`proxyenv trust install`"


def judge_coverage(client: Client, here: SetUp, installed: Installed | None = None) -> ClientCoverage:
    """One client's verdict.

    Args:
        client: its row.
        here: what is set up.
        installed: where this machine has it, if it does.
    """
    if too_old := describe_too_old(client, installed):
        return ClientCoverage("not-covered", too_old)
    problem = _judge_conflicts(client, here) or _judge_exceptions(client, here) or _judge_proxy(client, here)
    if problem:
        return problem
    verdict = _judge_roots(client, here, installed)
    return (verdict.coverage == "covered" and _judge_shell(client, here)) or verdict


def judge_measured(client: Client, installed: Installed | None) -> Measured | None:
    """Whether the version that is here is one of those that were driven, or near one.

    A release with the first two numbers of one is near; ``None`` where its version is not known, or none was.
    """
    if installed is None or installed.version is None or not client.verified:
        return None
    here = split_version(installed.version)[:_NEAR]
    driven = sorted(split_version(each)[:_NEAR] for each in client.verified)
    if here[: len(driven[-1])] > driven[-1]:
        return "newer"
    return "older" if here[: len(driven[0])] < driven[0] else "yes"


def describe_measured(client: Client, installed: Installed | None) -> str:
    """What to say of a version that was not driven, as a clause; nothing of one that was."""
    measured = judge_measured(client, installed)
    if measured is None or measured == "yes" or (installed and installed.too_old):
        return ""
    driven = sorted(client.verified, key=split_version)
    return f"not measured: {measured} than {driven[-1] if measured == 'newer' else driven[0]}"


def describe_too_old(client: Client, installed: Installed | None) -> str:
    """What a version before those that the row is about means, as a clause; nothing of any other."""
    if installed is None or not installed.too_old:
        return ""
    least = client.probe.find_remedy(installed.version or "0") or client.probe.at_least
    first = f"{client.title.split()[0]} {'.'.join(map(str, least))}"
    return f"too old: {first} or later" if client.lacking_before else f"not measured before {first}"


def _judge_conflicts(client: Client, here: SetUp) -> ClientCoverage | None:
    """What of the user's own settings wins over what is written."""
    names, tool = read_by(client), find_tool(client)
    borrowed = tool.borrows if tool else ()
    beaten = {tool.name for tool in load_tools() if tool.beats_roots in here.written}
    for each in here.conflicts:
        loses = each.cause in _CA_FILE and each.tool in beaten
        harmless = each.beats and not (each.breaks and each.aspect)
        is_read = each.tool in names or (each.tool, each.setting) in borrowed
        if is_read and not loses and not harmless:
            return ClientCoverage("not-covered", f"{each.provenance}: {each.detail}")
    return None


def _judge_exceptions(client: Client, here: SetUp) -> ClientCoverage | None:
    """Whether this shell keeps every host from the proxy, where that was not asked for."""
    if here.environment is None or client.proxy is None or not client.proxy.https:
        return None
    if _is_configured(client, here, "proxy") or not here.written.keys() & {"https_proxy", "http_proxy"}:
        return None
    for name in (*client.proxy.exceptions, *PROXY_VARIABLES["no"]):
        if _has_all(here.environment.get(name, "")) and not _has_all(here.written.get(name, "")):
            known = next((each for each in here.conflicts if name in each.setting.split(", ")), None)
            detail = f"{known.provenance}: {known.detail}" if known else f"`{name}` has `*` in this shell"
            return ClientCoverage("not-covered", f"{detail}: it goes direct")
    return None


def _has_all(exceptions: str) -> bool:
    return "*" in {entry.strip() for entry in exceptions.split(",")}


def _judge_proxy(client: Client, here: SetUp) -> ClientCoverage | None:
    """What is wrong with its proxy; ``None``: nothing, or there is no proxy to go through."""
    if not here.written.keys() & {"https_proxy", "http_proxy"}:
        return None
    if _is_configured(client, here, "proxy"):
        return None
    if any(name in here.written for name in client.opt_in):
        return _judge_properties(client, here)
    urls = tuple(_proxies(client, here))
    if urls:
        return _judge_kind(client, here, urls) or _judge_credentials(client, here, urls)
    if client.proxy and client.proxy.own:
        return ClientCoverage("not-covered", f"its proxy comes from `proxyenv env --client {client.name}`")
    return _need_configuration(
        client, "proxy", f"no variable names its proxy; {client.config or client.note}"
    )


def _proxies(client: Client, here: SetUp) -> Iterator[str]:
    """The proxy for each scheme, from the variable that it prefers."""
    for names in (client.proxy.https, client.proxy.http) if client.proxy else ():
        yield from [here.written[name] for name in names if name in here.written][:1]


def _judge_properties(client: Client, here: SetUp) -> ClientCoverage | None:
    """Java's properties hold no credentials: there are none that the JDK reads."""
    urls = (here.written[name] for name in ("https_proxy", "http_proxy") if name in here.written)
    if not any("@" in url for url in urls):
        return None
    reason = f"`{client.opt_in[0]}` cannot hold the proxy's credentials"
    if not _has_file(client, "proxy"):
        return ClientCoverage("not-covered", reason)
    return _need_configuration(client, "proxy", reason)


def _judge_kind(client: Client, here: SetUp, urls: tuple[str, ...]) -> ClientCoverage | None:
    """What is wrong with a proxy that itself speaks TLS."""
    if client.proxy is None or not any(url.startswith("https://") for url in urls):
        return None
    if client.proxy.tls is Answer.NO:
        return ClientCoverage("not-covered", "it cannot use a proxy that itself speaks TLS")
    if client.proxy.tls is Answer.UNKNOWN:
        return ClientCoverage("not-covered", "whether it can use a proxy that itself speaks TLS is not known")
    if here.store or not has_anchors(here) or any(name in here.written for name in client.proxy.tls_roots):
        return None
    return ClientCoverage(
        "trust-install", f"{_STORE} alone counts for a proxy that itself speaks TLS: {_INSTALL}"
    )


def _judge_credentials(client: Client, here: SetUp, urls: tuple[str, ...]) -> ClientCoverage | None:
    """What is wrong with what it sends to the proxy; a variable for it alone has them as it needs them."""
    common = {here.written.get("https_proxy"), here.written.get("http_proxy")}
    for url in urls:
        userinfo = urlsplit(url).netloc.rpartition("@")[0] if url in common else ""
        how = client.proxy.credentials if client.proxy else Credentials.NONE
        if how is Credentials.AS_WRITTEN and "%" in userinfo:
            return ClientCoverage(
                "not-covered", "it sends the proxy's credentials as they are written, encoded"
            )
        if how is Credentials.ASCII and not unquote(userinfo).isascii():
            return ClientCoverage(
                "not-covered", "it cannot send credentials with letters beyond ASCII to the proxy"
            )
    return None


def _judge_roots(client: Client, here: SetUp, installed: Installed | None) -> ClientCoverage:
    if _is_configured(client, here, "roots"):
        return ClientCoverage("covered", "it is configured in its own file")
    roots = (client.written.variable,) if client.written else ()
    for name in (*roots, *client.opt_in):
        if name in here.written:
            return _judge_file(name, here)
    if not has_anchors(here):
        return ClientCoverage("covered", "no corporate CA is set up")
    return _judge_store(client, here, installed)


def _judge_file(variable: str, here: SetUp) -> ClientCoverage:
    """A client that takes its roots from a variable."""
    if variable in here.lacking:
        return ClientCoverage(
            "not-covered", f"`{variable}` names a missing file: `proxyenv refresh` writes it"
        )
    return ClientCoverage("covered", f"`{variable}`")


def _judge_store(client: Client, here: SetUp, installed: Installed | None) -> ClientCoverage:
    """A client whose roots no variable names."""
    if client.patched:
        return _judge_patched(here, installed)
    if client.store and here.store:
        return ClientCoverage("covered", _STORE)
    if client.store:
        option = _find_option(client, "roots")
        other = f" or {option}" if option else ""
        reason = f"{_STORE} lacks the CA" if here.truststore else "no variable names its CA"
        return ClientCoverage("trust-install", f"{reason}: {_INSTALL}{other}")
    return _need_configuration(client, "roots", client.config or "no variable names its CA")


def _judge_patched(here: SetUp, installed: Installed | None) -> ClientCoverage:
    """One that has public roots of its own, unless truststore is put in between."""
    prefix = f"{installed.prefix}{os.sep}" if installed and installed.prefix else None
    if prefix is None or not any(packages.startswith(prefix) for packages in here.hooked):
        remedy = "`proxyenv setup --trust truststore --venv DIR`"
        return ClientCoverage("not-covered", f"truststore is not in its environment: {remedy}")
    if not here.store:
        return ClientCoverage("trust-install", f"{_STORE} lacks the CA: {_INSTALL}")
    return ClientCoverage("covered", f"{_STORE}, by truststore")


def _judge_shell(client: Client, here: SetUp) -> ClientCoverage | None:
    """Whether this process has what the client reads; lists of exceptions may be longer here."""
    if here.environment is None or (client.plugin and here.plugin):
        return None
    if _is_configured(client, here, "proxy") and _is_configured(client, here, "roots"):
        return None
    lists = {*PROXY_VARIABLES["no"], *(client.proxy.exceptions if client.proxy else ())}
    beaten = _find_beaten(client, here.environment)
    known = {name: each for each in here.conflicts if each.beats for name in each.setting.split(", ")}
    for variable in select_variables(client, here.written, truststore=here.truststore):
        given, override = here.environment.get(variable.name, ""), known.get(variable.name)
        is_list = variable.name in lists and not (client.dialect == "httpx" and override and override.breaks)
        if not is_list and variable.name not in beaten and given != (variable.value or ""):
            what = f"has another `{variable.name}`" if given else f"has no `{variable.name}`"
            reason = f"{override.provenance}: {override.detail}" if override else f"this shell {what}"
            return ClientCoverage("source", f"{reason}: source `{here.env_file}`")
    return None


def _find_beaten(client: Client, environment: Mapping[str, str]) -> frozenset[str]:
    """The variables of a proxy that do not count, since this process has one that the client prefers."""
    lists = (client.proxy.https, client.proxy.http) if client.proxy else ()
    winners = {next((name for name in names if name in environment), None) for names in lists}
    has_winner = (names for names in lists if not winners.isdisjoint(names))
    return frozenset(name for names in has_winner for name in names) - winners


def has_anchors(here: SetUp) -> bool:
    """Whether there is a corporate CA to know of."""
    return here.truststore or any(name in here.written for name, _ in roots_variables())


def _is_configured(client: Client, here: SetUp, aspect: Aspect) -> bool:
    tool = find_tool(client)
    return tool is not None and (tool.name, aspect) in here.configured


def _find_option(client: Client, aspect: Aspect) -> str | None:
    """The option of ``setup`` that configures this for it, as a command; ``None`` where there is none."""
    tool = find_tool(client)
    if tool is None or tool.configure is None or not (client.opt_in or _has_file(client, aspect)):
        return None
    return f"`proxyenv setup --configure {tool.name}`"


def _has_file(client: Client, aspect: Aspect) -> bool:
    """Whether ``--configure`` writes a file that says this to it."""
    tool = find_tool(client)
    return tool is not None and any(aspect in file.says for file in tool.files)


def _need_configuration(client: Client, aspect: Aspect, reason: str) -> ClientCoverage:
    option = _find_option(client, aspect)
    return (
        ClientCoverage("configure", f"{option}: {reason}")
        if option
        else ClientCoverage("not-covered", reason)
    )
