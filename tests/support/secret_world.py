"""A home in which a password stands wherever people have one, and what people do there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from proxyenv.catalog.env_formats import load_formats
from proxyenv.commands import VERBS, load_command
from proxyenv.commands.exports import ENV_FILES
from proxyenv.commands.placing import PLACE_OPTIONS
from support.certificates import make_ca

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Case(NamedTuple):
    """One command line.

    Args:
        arguments: as typed.
        shows: whether it is there to print the password.
        as_text: whether it is refused before there is anything to print in another form.
    """

    arguments: tuple[str, ...]
    shows: bool = False
    as_text: bool = False


APART: Final = {
    "run": "it becomes another process: `secrets_traced` runs it",
    "demo": "it has a home and passwords of its own, and takes minutes",
}
"""Verbs that are not run in this process, and why."""

OWN_FORMATS: Final = ("direnv", "environment.d", "json", "systemd")
"""What `env --format` prints for a file of the user's own, which needs the password."""


class World:
    """A home in which a password stands wherever people have one.

    Args:
        root: an empty directory.
        password: as somebody would type it.
        ca: PEM; ``None``: one of its own.
    """

    def __init__(self, root: Path, password: str, *, ca: bytes | None = None) -> None:
        self.root, self.password = root, password
        self.ca = ca or make_ca("Corp").pem
        self.encoded = quote(password, safe="")
        self.home, self.temporary = root / "home", root / "tmp"
        for each in (self.home, self.temporary, root / "programs"):
            each.mkdir()
        self.url = f"http://ada:{self.encoded}@localhost:9"
        self.raw = f"http://ada:{password}@localhost:9"
        self._write_inputs()
        self.inputs = frozenset(path for path in self.home.rglob("*") if path.is_file())

    def _write_inputs(self) -> None:
        self.write("password", f"{self.password}\n", 0o600)
        self.write("corp.pem", self.ca.decode())
        pac = f'return "PROXY ada:{self.encoded}@localhost:9; PROXY localhost:9";'
        self.write("proxy.pac", f"function FindProxyForURL(url, host) {{ {pac} }}\n")
        text = json.dumps(self.password)
        toml = (
            f'[profiles.mine]\nPREFECT_API_KEY = {text}\nPREFECT_API_AUTH_STRING = {text}\nactive = "mine"\n'
        )
        self.write(
            ".prefect/profiles.toml", 'active = "mine"\n' + toml.replace('active = "mine"\n', ""), 0o600
        )
        self.write(".npmrc", f"proxy={self.url}\n//npm.corp.test/:_authToken={self.password}\n", 0o600)
        remote = f'[remote "origin"]\n\turl = https://ada:{self.encoded}@git.corp.test/x.git\n'
        self.write(".gitconfig", f"[http]\n\tproxy = {self.url}\n{remote}", 0o600)
        index = (
            f"[global]\nindex-url = https://ada:{self.encoded}@index.corp.test/simple\nproxy = {self.url}\n"
        )
        self.write(".config/pip/pip.conf", index, 0o600)
        self.write(".curlrc", f'proxy = "{self.url}"\n', 0o600)
        self.write(".netrc", f"machine git.corp.test login ada password {self.encoded}\n", 0o600)
        self.write(
            ".docker/config.json", json.dumps({"proxies": {"default": {"httpProxy": self.url}}}), 0o600
        )

    def write(self, name: str, content: str, mode: int = 0o644) -> None:
        """A file in the home."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
        path.chmod(mode)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of somebody who has a password in each that may hold one."""
        return {
            "HOME": str(self.home),
            "PATH": str(self.root / "programs"),
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.temporary),
            "NO_COLOR": "1",
            "HTTPS_PROXY": self.url,
            "https_proxy": self.url,
            "http_proxy": self.raw,
            "NO_PROXY": f"localhost,http://ada:{self.encoded}@entry.corp.test",
            "PASSWORD": self.password,
            "PREFECT_API_URL": f"http://ada:{self.encoded}@localhost:9/api",
            "PREFECT_API_KEY": self.password,
            "PREFECT_API_AUTH_STRING": f"ada:{self.password}",
            "PREFECT_CLIENT_CUSTOM_HEADERS": json.dumps({"X-Token": self.password}),
            "PIP_INDEX_URL": f"https://ada:{self.encoded}@index.corp.test/simple",
            "UV_INDEX_URL": f"https://ada:{self.encoded}@index.corp.test/simple",
            "SSL_CERT_FILE": f"https://ada:{self.encoded}@index.corp.test/ca.pem",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "remote.origin.url",
            "GIT_CONFIG_VALUE_0": f"https://ada:{self.encoded}@git.corp.test/x.git",
        }

    def mistakes(self) -> Iterator[Case]:
        """What is wrong, with a password in it: refused, and the message must not hold it."""
        p, e = self.password, self.encoded
        web = f"https://ada:{p}@host.corp.test"
        for url in (
            f"http://ada:{p}@[bad",
            f"socks5://ada:{p}@h.test:1",
            f"http://ada:{p}@h.test:99999",
        ):
            yield Case(("setup", "--proxy", url, "--yes", "--no-check"))
        for option in ("--api-url", "--url", "--ca", "--config", "--profile", "--no-proxy", "--shell"):
            yield Case(("setup", "--proxy", "localhost:9", option, f"{web}/x.pem", "--yes", "--no-check"))
        yield Case(("setup", "--proxy-there", f"ftp://ada:{p}@h.test", "--proxy", "h.test:1", "--dry-run"))
        yield Case(("setup", "--proxy", f"{self.raw}\n", "--proxy", f"http://ada:{e}%0a@h.test", "--dry-run"))
        yield Case(("setup", "--prxy", self.raw))
        yield Case(("setup", self.raw))
        yield Case((self.raw,))
        yield Case(("run", self.raw))
        yield Case(("run", "--proxy", self.raw, "true"))
        for verb in ("explain", "help", "completion"):
            yield Case((verb, self.raw))
        yield Case(("check", "--python", f"{web}/python"))
        yield Case(("check", "--url", f"{web}/uuid"))
        for url in (f"{web}/uuid", f"https://host.corp.test/uuid?key={e}"):
            yield Case(("check", "--pool", "images", "--url", url))
        yield Case(("env", "--client", web))
        yield Case(("env", "--shell", web))
        yield Case(("env", "--format", web))
        yield Case(("image", "scan", f"docker://ada:{p}@registry.corp.test/x"))
        yield Case(("trust", "inspect", f"{web}/x.pem"))
        yield Case(("trust", "fetch", f"{web}/x", "--proxy", self.raw))
        yield Case(("trust", "fetch", "host.corp.test", "--proxy", self.raw))
        yield Case(("trust", "inspect", "corp.pem", "--ca-password-env", web))
        yield Case(("routes", f"{web}/x", f"ada:{p}@host.corp.test:443"))
        yield Case(("pool", "watch", "images", "--every", self.raw))
        yield Case(("pool", "watch", "images", "--notify", f"slack-webhook/{self.raw}"))
        for pac in (
            f"{web}/proxy.pac",
            f"http://ada:{p}@localhost:9/p.pac",
            f"http://ada:{e}@localhost:9/p.pac",
        ):
            yield Case(("pac", pac, f"ada:{p}@host.corp.test"))
            yield Case(("setup", "--pac", pac, "--dry-run"))
        yield Case(("setup", "--pac", "proxy.pac", "--pac-digest", self.raw, "--dry-run"))
        yield Case(("setup", "--timer", self.raw))
        yield Case(("off", self.raw))
        yield Case(
            ("setup", "--proxy", "localhost:9", "--api-url", f"http://localhost:9/api?key={e}", "--yes")
        )
        yield Case(
            ("setup", "--proxy", "localhost:9", "--url", f"https://host.corp.test/x?key={e}", "--dry-run")
        )

    def typed(self) -> Iterator[Case]:
        """A URL with a password and a token, as the value of each option and argument of each verb."""
        web = f"https://ada:{self.password}@host.corp.test/x?key={self.password}"
        # A blank ends an entry of NO_PROXY, and the credentials of a proxy end at the last `@`.
        entry = f"https://ada:{self.password}@host.corp.test/x?key={self.encoded}"
        for verb, (module, _) in VERBS.items():
            if not module or verb in APART:
                continue
            options = load_command(verb).options
            places = [each for each in options.values() if each.is_positional and each.required]
            filled = ["x" for _ in places]
            careful = ("--dry-run",) if "dry_run" in options else ()
            for name, option in options.items():
                if verb == "pool patch" and name in PLACE_OPTIONS:
                    continue  # read as by `image write`; and each of these asks a server first
                if option.is_positional:
                    yield Case((*verb.split(), web, *careful), as_text=True)
                elif option.flags and not option.is_switch:
                    value = entry if "proxy" in option.flag else web
                    yield Case((*verb.split(), *filled, f"{option.flag}={value}", *careful), as_text=True)

    def before(self) -> Iterator[Case]:
        """What people do before anything is set up."""
        yield Case(("discover",))
        yield Case(("diff", "--proxy", self.raw, "--ca", "corp.pem", "--api-url", "http://localhost:9/api"))
        yield Case(("routes", "https://git.corp.test"))
        yield Case(("clients",))
        yield Case(("pac", "proxy.pac", "git.corp.test", f"https://ada:{self.encoded}@host.corp.test/"))
        yield Case(("setup", "--pac", "proxy.pac", "--dry-run"))
        for verb in ("setup", "diff"):
            yield Case((verb, "--wpad", *(("--dry-run",) if verb == "setup" else ())))
        yield Case(("pac", "--wpad", "git.corp.test"))
        yield Case((*self.setting_up, "--system", "--dry-run"))
        yield Case((*self.setting_up, "--system", "--no-rc", "--service", "prefect-worker", "--dry-run"))
        yield Case((*self.setting_up, "--timer", "--dry-run"))
        yield Case(("setup", "--from-tools", "--dry-run"))
        yield Case((*self.setting_up, "--dry-run"))
        yield Case((*self.setting_up, "--yes", "--no-check"))

    @property
    def setting_up(self) -> tuple[str, ...]:
        """The first set-up, with what may hold a password of its own."""
        tools = (
            word
            for name in ("npm", "pip", "uv", "gradle", "maven", "conda")
            for word in ("--configure", name)
        )
        given = ("--proxy", "ada@localhost:9", "--proxy-password-file", "password", "--ca", "corp.pem")
        return ("setup", *given, "--api-url", "http://localhost:9/api", *tools)

    def after(self) -> Iterator[Case]:
        """What people do with what is set up."""
        for verb in ("", "status", "diff", "discover", "clients", "check"):
            yield Case((verb,) if verb else ())
        yield Case(("refresh", "--yes", "--no-check"))
        yield Case(("refresh", "--yes", "--if-stale"))
        yield Case(("routes", "https://git.corp.test", "http://localhost:9/api"))
        yield from self._exports()
        yield Case(("image", "write", "out"))
        yield Case(
            (
                "image",
                "write",
                "build",
                "--build-only",
                "--proxy-there",
                f"http://ada:{self.encoded}@p.test:1",
            )
        )
        yield Case(("image", "scan", "out"))
        there = ("--proxy-there", f"http://ada:{self.encoded}@proxy.corp.test:1")
        yield Case(("kubernetes", *there), shows=True)
        for part in load_command("kubernetes").options["part"].choices:
            yield Case(("kubernetes", *there, "--part", part), shows=part == "secret")
        yield Case(("trust", "status"))
        yield Case(("trust", "install", "--dry-run", "--store", "java"))
        yield Case(("trust", "remove", "--dry-run"))
        yield Case(("trust", "inspect", "corp.pem"))
        yield Case(("trust", "fetch", "host.corp.test"))
        for verb in ("show", "patch", "restore"):
            yield Case(("pool", verb, "images"))
        yield Case(("pool", "watch", "images", "--every", "6h", "--notify", "slack-webhook/alerts"))
        yield Case(("pool", "watch", "images", "--remove"))
        yield Case(("check", "--pool", "images"))
        yield Case(("check", "--for-it"))
        for verb in ("status", "check"):
            yield Case((verb, "--anonymize"))
        for verb in ("off", "on"):
            for more in ("--dry-run", "--yes"):
                yield Case((verb, more))
                yield Case(("status",))
        yield Case(("setup", "--proxy", f"http://bob:{self.password}@localhost:9", "--yes", "--no-check"))
        yield Case(("rollback", "--dry-run"))
        yield Case(("rollback", "--yes"))
        yield Case(("setup", "--proxy", "localhost:9", "--yes"))
        yield Case(("uninstall", "--dry-run"))
        yield Case(("version",))
        yield Case(("explain", "proxy-refused"))
        for verb in VERBS:
            yield Case(("help", *verb.split()))
        for shell in load_command("completion").options["shell"].choices:
            yield Case(("completion", shell))

    def _exports(self) -> Iterator[Case]:
        """What is there to be sourced holds the password; what others can read does not."""
        yield Case(("env",), shows=True)
        yield Case(("env", "--client", "curl"), shows=True)
        for shell in ENV_FILES:
            yield Case(("env", "--shell", shell), shows=True)
        for name in (each.name for each in load_formats()):
            yield Case(("env", "--format", name), shows=name in OWN_FORMATS)
        there = ("--proxy-there", f"http://ada:{self.encoded}@proxy.corp.test:1")
        for place in load_command("env").options["place"].choices:
            yield Case(("env", "--place", place, *(there if place != "machine" else ())), shows=True)

    def end(self) -> Iterator[Case]:
        """The way back."""
        yield Case(("uninstall", "--yes"))

    def all_cases(self) -> Iterator[Case]:
        """Everything, in order."""
        yield from (*self.mistakes(), *self.typed(), *self.before(), *self.after(), *self.end())
