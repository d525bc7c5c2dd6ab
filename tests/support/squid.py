"""The real squid, as a corporate proxy: what it denies, decrypts, asks for and cannot reach is its own doing.

Every squid here has a configuration, a log and a CA of its own in a directory that is thrown away, listens
on a free port of 127.0.0.1, and is ended by its process id. It knows the names of one company and allows
nothing else, so nothing that a test asks for can leave the machine. Where the tests run as root it becomes
another user, as it would as a service.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.demo.child import start_child
from support.machine import give_up, require_client
from support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import trustme

__all__ = ["COMPANY", "Rules", "Squid", "start_squid"]

COMPANY: Final = "corp.test"
"""The domain that squid serves; its own name and all others in it are below."""

_START_LIMIT: Final = 120.0
_LOG_LIMIT: Final = 10.0
_PROGRAMS: Final = (*os.environ.get("PATH", os.defpath).split(os.pathsep), "/usr/sbin", "/usr/local/sbin")
_HELPERS: Final = ("/usr/lib/squid", "/usr/lib64/squid", "/usr/libexec/squid", "/usr/local/libexec")
_SHARED_MEMORY: Final = Path("/dev/shm")  # where Linux keeps it
_ACCOUNTS: Final = ("proxy", "squid", "nobody")

_CONFIGURATION: Final = """\
{listen}
visible_hostname squid.corp.test
hosts_file {directory}/hosts
dns_nameservers 127.0.0.1
dns_timeout 1 second
dns_retransmit_interval 1 second
connect_timeout 3 seconds
acl company dstdomain .corp.test
acl denied dstdomain denied.corp.test
acl tunnels port {tunnels}
http_access deny denied
http_access deny CONNECT !tunnels
{authentication}
http_access deny all
{interception}
{cache}
pid_filename none
netdb_filename none
pinger_enable off
shutdown_lifetime 0 seconds
logformat short %rm %ru %>Hs %err_code
access_log stdio:{directory}/access.log short
cache_log {directory}/cache.log
"""

_INTERCEPTION: Final = """\
sslcrtd_program {helpers}/security_file_certgen -s {directory}/certificates -M 1MB
sslcrtd_children 2 startup=1
tls_outgoing_options cafile={directory}/origins.pem
acl first at_step SslBump1
acl passed ssl::server_name {passes}
ssl_bump peek first
ssl_bump splice passed
ssl_bump bump all
"""

_UPGRADES: Final = "http_upgrade_request_protocols websocket allow all\n"
"""In lower case, as clients write it; squid compares, and the manual's `WebSocket` lets nobody through."""

_FOREIGN: Final = "on_unsupported_protocol tunnel all\n"

_NO_CACHE: Final = "cache deny all\ncache_mem 0"

_CACHE: Final = """\
cache_mem 16 MB
server_persistent_connections off
offline_mode on
refresh_pattern . 1440 100% 10080 override-expire ignore-reload ignore-no-store ignore-private"""

_SCHEMES: Final = {
    "basic": """\
auth_param basic program {helpers}/basic_ncsa_auth {directory}/passwords
auth_param basic children 1 startup=1
auth_param basic realm company""",
    "digest": """\
auth_param digest program {helpers}/digest_file_auth -c {directory}/passwords
auth_param digest children 1 startup=1
auth_param digest realm company""",
    "ntlm": """\
auth_param ntlm program {helpers}/ntlm_fake_auth
auth_param ntlm children 4 startup=1
auth_param ntlm keep_alive on""",
}


@dataclass(frozen=True)
class Rules:
    """How a squid is set up.

    Args:
        names: the host names that it knows, all at 127.0.0.1. It knows no others.
        tunnels: the ports that CONNECT may ask for; Debian's squid.conf has 443 alone.
        ca: signs what it makes up for intercepted hosts; ``None`` lets tunnels through unread.
        origin_ca: what it trusts behind it.
        passes: whose tunnels it lets through all the same.
        upgrades: whether it hands on the wish for a websocket, which it does not unless told to.
        foreign: whether it lets through what is no TLS where it decrypts, which it does not unless told to.
        passwords: of the users that it knows; empty where it asks nobody.
        scheme: how it asks: `basic`, `digest`, or `ntlm`, which takes any user and password.
        tls_ca: signs its own certificate; then it is an ``https://`` proxy.
        caches: whether it answers from its memory, and never asks again, whatever a request says.
    """

    names: tuple[str, ...]
    tunnels: tuple[int, ...] = (443,)
    ca: trustme.CA | None = None
    origin_ca: trustme.CA | None = None
    passes: tuple[str, ...] = ("passed.corp.test",)
    upgrades: bool = False
    foreign: bool = False
    passwords: Mapping[str, str] = field(default_factory=dict)
    scheme: str = "basic"
    tls_ca: trustme.CA | None = None
    caches: bool = False


@dataclass(frozen=True, slots=True)
class Squid:
    """A running squid.

    Args:
        port: on ``127.0.0.1``.
        version: of squid, such as ``5.7``.
        log: one line for each request: method, target, status, squid's name of the error or ``-``.
    """

    port: int
    version: str
    log: Path

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def requests(self) -> tuple[str, ...]:
        """The lines of the log, such as ``CONNECT origin.corp.test:443 200 -``."""
        return tuple(self.log.read_text("utf-8").splitlines()) if self.log.exists() else ()

    def has_logged(self, beginning: str) -> bool:
        """Whether a line of the log begins so, or one soon does: a tunnel gets there when it closes."""
        return wait_until(lambda: any(line.startswith(beginning) for line in self.requests), _LOG_LIMIT)


@contextmanager
def start_squid(rules: Rules) -> Iterator[Squid]:
    """Start squid, wait until it listens, and stop it at the end."""
    program, helpers = _require_squid()
    account = _find_account()
    with tempfile.TemporaryDirectory(prefix="proxyenv-squid-") as name:
        directory, port = Path(name), _free_port()
        _furnish(directory, rules, helpers)
        configuration = directory / "squid.conf"
        configuration.write_text(_render(rules, directory, helpers, port), "utf-8")
        directory.chmod(0o755)
        if account:
            for path in (directory, *directory.iterdir()):
                shutil.chown(path, account)
        if rules.ca:
            _make_database(directory, helpers, account)
        # Its shared memory is named after the service, and would be that of every other squid here.
        service = f"proxyenv{port}"
        command = [str(program), "-N", "-n", service, "-f", str(configuration)]
        try:
            with start_child("squid", command, environment={}, directory=directory) as child:
                child.wait_until(lambda: _find_listening(directory / "cache.log"), limit=_START_LIMIT)
                yield Squid(port, _read_version(program), directory / "access.log")
                child.process.kill()  # it has nothing to save, and would take two seconds to say good-bye
        finally:
            for segment in _SHARED_MEMORY.glob(f"{service}-*"):
                segment.unlink()


def _require_squid() -> tuple[Path, Path]:
    """The program, and the directory of its helpers.

    Debian's package ``squid`` does not do: it is built without OpenSSL, and decrypts nothing.
    """
    program = shutil.which("squid", path=os.pathsep.join(_PROGRAMS))
    if program is None:
        give_up("`squid` is not installed (Debian: `squid-openssl`)")
    helpers = next((Path(each) for each in _HELPERS if Path(each, "security_file_certgen").exists()), None)
    if helpers is None:
        give_up("`squid` is built without `security_file_certgen` (Debian: `squid-openssl`)")
    return Path(program), helpers


def _read_version(program: Path) -> str:
    done = subprocess.run([str(program), "-v"], env={}, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0].rpartition(" ")[2]


def _find_account() -> str | None:
    """Whom squid is to become; ``None`` where it cannot become anybody else."""
    if sys.platform != "win32" and os.geteuid() == 0:
        import pwd

        known = {entry.pw_name for entry in pwd.getpwall()}
        return next(name for name in _ACCOUNTS if name in known)
    return None


def _render(rules: Rules, directory: Path, helpers: Path, port: int) -> str:
    kind, options = "http_port", ""
    if rules.tls_ca:
        kind, options = "https_port", f" tls-cert={directory}/own.pem"
    elif rules.ca:
        options = f" ssl-bump tls-cert={directory}/ca.pem generate-host-certificates=on"
    values = {"directory": directory, "helpers": helpers, "passes": " ".join(rules.passes)}
    interception = _INTERCEPTION.format(**values) if rules.ca else ""
    interception += _UPGRADES if rules.upgrades else ""
    interception += _FOREIGN if rules.foreign else ""
    account = _find_account()
    return _CONFIGURATION.format(
        listen=f"{kind} 127.0.0.1:{port}{options}",
        tunnels=" ".join(map(str, rules.tunnels)),
        authentication=_ask(rules).format(**values) if rules.passwords else "http_access allow company",
        cache=_CACHE if rules.caches else _NO_CACHE,
        interception=interception + (f"cache_effective_user {account}\n" if account else ""),
        **values,
    )


def _ask(rules: Rules) -> str:
    return f"{_SCHEMES[rules.scheme]}\nacl known proxy_auth REQUIRED\nhttp_access allow company known"


def _furnish(directory: Path, rules: Rules, helpers: Path) -> None:
    """Write what the configuration names."""
    (directory / "hosts").write_text("".join(f"127.0.0.1 {name}\n" for name in rules.names), "ascii")
    secrets: dict[str, bytes] = {}
    if rules.ca:
        secrets["ca.pem"] = rules.ca.cert_pem.bytes() + rules.ca.private_key_pem.bytes()
        trusted = rules.origin_ca or rules.ca
        (directory / "origins.pem").write_bytes(trusted.cert_pem.bytes())
    if rules.tls_ca:
        own = rules.tls_ca.issue_cert("127.0.0.1", "localhost")
        secrets["own.pem"] = own.private_key_and_cert_chain_pem.bytes()
    if rules.passwords:
        write = _digest if rules.scheme == "digest" else _hash
        lines = [f"{user}:{write(user, password)}\n" for user, password in rules.passwords.items()]
        secrets["passwords"] = "".join(lines).encode()
    for name, content in secrets.items():
        (directory / name).touch(0o600)
        (directory / name).write_bytes(content)


def _digest(user: str, password: str) -> str:
    """As `digest_file_auth -c` reads it: the realm, and HA1 of RFC 7616."""
    return f"company:{hashlib.md5(f'{user}:company:{password}'.encode()).hexdigest()}"  # noqa: S324 - the scheme's


def _hash(user: str, password: str) -> str:
    """As ``htpasswd`` would write it."""
    command = [require_client("openssl"), "passwd", "-6", "-stdin"]
    done = subprocess.run(command, input=password.encode(), capture_output=True, check=True)
    return done.stdout.decode("ascii").strip()


def _make_database(directory: Path, helpers: Path, account: str | None) -> None:
    """The directory in which squid keeps the certificates that it made up."""
    command = [
        str(helpers / "security_file_certgen"),
        "-c",
        "-s",
        str(directory / "certificates"),
        "-M",
        "1MB",
    ]
    subprocess.run(
        command,
        env={},
        user=account,
        capture_output=True,
        check=True,
    )


def _find_listening(log: Path) -> bool | None:
    return True if log.exists() and "Accepting" in log.read_text("utf-8", "replace") else None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
