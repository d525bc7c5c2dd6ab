"""The password of the proxy's user, from where an option, a policy or ``proxyenv.toml`` says that it is."""

from __future__ import annotations

import os
import shlex
import stat
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import open_file, read_open
from proxyenv.errors import DiscoveryError, ProxyenvError, UsageError
from proxyenv.machine.content import render_reason, require_named_file
from proxyenv.machine.disclosure import is_somebody_elses, may_reach_home
from proxyenv.machine.ownership import find_owners
from proxyenv.model.configuration import PASSWORD_SOURCES, PROXY_URLS, SETUP_OPTIONS
from proxyenv.model.host import require_local_path
from proxyenv.model.intent import Rank
from proxyenv.model.proxy_url import add_password, find_proxy_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proxyenv.model.configuration import Configuration
    from proxyenv.model.host import Host
    from proxyenv.model.intent import Intent
    from proxyenv.model.proxy_url import ProxyURL

_LARGEST: Final = 64 * 1024
_OTHERS: Final = 0o077
_WAYS: Final = "give it with `--proxy-password-file FILE` or `--proxy-password-env NAME`"


def settle_password(intent: Intent, host: Host, saved: Configuration | None) -> Intent:
    """What is wanted, with the password in the URL of each proxy that names its user.

    What the command line does not say may be out of reach for a moment: then the password stays that was
    written for the same user of the same proxy, and ``password_note`` says why.

    Args:
        intent: has the password, or says where it is.
        host: the machine.
        saved: ``proxyenv.toml``.

    Raises:
        UsageError: no proxy names a user, several do, or the password stands in the URL too.
        DiscoveryError: ``proxy-password``: it cannot be had, or must not be taken.
    """
    name = next((each for each in PASSWORD_SOURCES if getattr(intent, each) is not None), None)
    urls = _find_urls(intent)
    user = next((url.username for url in urls.values() if url.username), "")
    is_given = name is None or intent.rank(name) is Rank.GIVEN
    if is_given:
        _require_one_user(intent, urls, name)
    try:
        password, source = _read(intent, host, name, user=user)
    except ProxyenvError as error:
        earlier = {each: _find_earlier(url, saved) for each, url in urls.items()}
        if is_given or not all(earlier.values()):
            raise
        kept = {each: text or "" for each, text in earlier.items()}
        return _fill(intent, kept)._replace(
            password_note=f"{error.message}; the password that is written stays"
        )
    return _fill(intent, dict.fromkeys(urls, password), source=source)


def _fill(intent: Intent, passwords: Mapping[str, str], *, source: str = "the saved password") -> Intent:
    """The intent with a password in the URL of each of these options."""
    return intent._replace(
        **{
            name: add_password(getattr(intent, name), password, source=source)
            for name, password in passwords.items()
        }
    )


def _find_urls(intent: Intent) -> dict[str, ProxyURL]:
    """The proxies that name a user, by their options; one that is wrong is complained about elsewhere."""
    urls = ((name, find_proxy_url(getattr(intent, name))) for name in PROXY_URLS)
    return {name: proxy for name, proxy in urls if proxy is not None and proxy.username is not None}


def _require_one_user(intent: Intent, urls: Mapping[str, ProxyURL], name: str | None) -> None:
    source = f"`{SETUP_OPTIONS[name].flag}`" if name else "one password"
    if not urls:
        raise UsageError(
            "usage",
            f"{source} gives a password, and nothing says whose it is",
            hint="name the user too: `--proxy USER@HOST:PORT`",
        )
    if len({each.username for each in urls.values()}) > 1:
        raise UsageError(
            "usage",
            f"{source} gives one password, and the proxies have several users",
            hint="set the variables by `HTTP_PROXY` and `HTTPS_PROXY`, and leave the options out",
        )
    twice = [each for each, proxy in urls.items() if proxy.password and intent.rank(each) is Rank.GIVEN]
    if twice:
        raise UsageError(
            "usage",
            f"{intent.where(twice[0])} and {source} both give a password",
            hint="leave it out of the URL: `USER@HOST:PORT`",
        )


def _find_earlier(proxy: ProxyURL, saved: Configuration | None) -> str | None:
    """The password of the same user of the same proxy that is written already."""
    if proxy.password:
        return proxy.password
    for text in (saved.http_proxy, saved.https_proxy, saved.proxy_there) if saved else ():
        written = find_proxy_url(text)
        if written is not None and written._replace(password=None) == proxy._replace(password=None):
            return written.password
    return None


def _read(intent: Intent, host: Host, name: str | None, *, user: str) -> tuple[str, str]:
    """The password, and where it comes from."""
    if name is None:
        return intent.proxy_password or "", "the password that was typed"
    where, is_given = intent.where(name), intent.rank(name) is Rank.GIVEN
    if not is_given and is_somebody_elses(host):
        raise DiscoveryError(
            "proxy-password",
            f"{where} says where the password is, and `{host.home}` is somebody else's home, for which no "
            "password is read that the command line does not name",
            hint=_WAYS,
        )
    if name == "proxy_password_file":
        what, place = "the password file", "" if is_given else where
        named = getattr(intent, name)
        path = require_local_path(named, host, code="proxy-password", what=what, where=place)
        require_named_file(path, named, where, code="proxy-password")
        return _read_file(path, host, is_given=is_given), f"`{path}`"
    if name == "proxy_password_keyring":
        from proxyenv.machine.keyring import read_password

        return read_password(getattr(intent, name), user), "the keyring"
    variable = getattr(intent, name)
    value = host.environment.get(variable)
    if not value:
        state = "is not set" if value is None else "is empty"
        from proxyenv.model.shown import hint_export, name_variable

        raise DiscoveryError(
            "proxy-password",
            f"{name_variable(variable)} that {where} names {state}",
            hint=hint_export(variable),
        )
    return value, f"the variable `{variable}`"


def _read_file(path: Path, host: Host, *, is_given: bool) -> str:
    """The only line of a file that belongs to nobody else, and that nobody else can read.

    Raises:
        DiscoveryError: ``proxy-password``.
    """
    try:
        with open_file(path, limit=_LARGEST) as file:
            _require_closed(path, os.fstat(file.fileno()), host, is_given=is_given)
            data = read_open(file, path, limit=_LARGEST)
    except OSError as error:
        raise DiscoveryError(
            "proxy-password",
            f"the password in `{path}` cannot be read: {render_reason(error)}",
            hint=_WAYS,
        ) from error
    try:
        line, *more = data.decode("utf-8-sig").splitlines() or [""]
    except UnicodeDecodeError as error:
        raise DiscoveryError("proxy-password", f"`{path}` is not UTF-8", hint=_WAYS) from error
    if more or not line:
        what = "several lines" if more else "no password"
        hint = "one line, with the password and nothing else"
        raise DiscoveryError("proxy-password", f"`{path}` has {what}", hint=hint)
    return line


def _require_closed(path: Path, status: os.stat_result, host: Host, *, is_given: bool) -> None:
    """Refuse a file that others can read, that is somebody else's, or that the home's owner could not read.

    Raises:
        DiscoveryError: ``proxy-password``.
    """
    if host.platform == "win32":  # its rights are no modes
        return
    mode = stat.S_IMODE(status.st_mode)
    if mode & _OTHERS:
        raise DiscoveryError(
            "proxy-password",
            f"`{path}` holds a password, and others can read it: its mode is {mode:04o}",
            hint=f"`chmod 600 {shlex.quote(str(path))}`",
        )
    if status.st_uid not in find_owners(host, is_system=host.for_all):
        raise DiscoveryError(
            "proxy-password",
            f"`{path}` belongs to the user {status.st_uid}",
            hint="copy the password to a file of your own, of mode 0600",
        )
    if not may_reach_home(path, status, host, is_given=is_given):
        raise DiscoveryError(
            "proxy-password",
            f"`{path}` belongs to the user {status.st_uid}, and would be copied into `{host.home}`, which is "
            "the home of another",
            hint="name the file itself, where only root can write" if is_given else _WAYS,
        )
