"""The readers of what a desktop, a system, a forwarder or a PAC file says, as targets for made-up input."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from support.dconf_database import SITE
from support.machines import HOME, MadeUpMachine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from proxyenv.model.findings import SourceSettings

_DESKTOP: Final = {"XDG_CURRENT_DESKTOP": "GNOME"}
_KDE: Final = b"""\
[Proxy Settings]
ProxyType=1
httpProxy=http://ada:secret@proxy.corp.example 8080
httpsProxy[$e]=$HTTP_PROXY
NoProxyFor=localhost,.corp.example
ReversedException=false
Proxy Config Script=http://pac.corp.example/proxy.pac?token=secret
"""
_SCUTIL: Final = b"""\
<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
  HTTPEnable : 1
  HTTPPort : 8080
  HTTPProxy : proxy.corp.example
  ProxyAutoConfigEnable : 1
  ProxyAutoConfigURLString : http://pac.corp.example/proxy.pac
}
"""
_GSETTINGS: Final = b"""\
org.gnome.system.proxy mode 'manual'
org.gnome.system.proxy.http host 'proxy.corp.example'
org.gnome.system.proxy.http port 8080
org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '::1']
"""
_APT: Final = (
    b'Acquire::http::Proxy "http://a:1";\nAcquire { https { Proxy "DIRECT"; Proxy::b.test "c:1"; }; };\n'
)
_PX: Final = (
    b"[proxy]\nserver = a.test:1, b.test\nnoproxy = *.corp.test;10.*.*.*,10.0.0.1-10.0.0.9 fd00::/8\n"
)
_CNTLM: Final = b"Username ada\nProxy a.test:1\nProxy b.test:2\nNoProxy localhost, 10.*, [a-z]*.test\n"

FORWARDERS: Final = {
    "px": ("/project/px.ini", _PX, b"[proxy] server = noproxy = , ; * 10.*.*.* - / \n"),
    "cntlm": ("/etc/cntlm.conf", _CNTLM, b"Proxy NoProxy \t * , [ ] ? : \n #"),
}
"""A forwarder, the file that it reads, a good one, and words."""

WINDOWS: Final = "http=a:1;https=b:2\0*.corp.example;10.*;<local>\0http://c/p.pac".encode("utf-16-le")


class SourceSample(NamedTuple):
    """A source, and a file or an answer that it reads.

    Args:
        module: of :mod:`proxyenv.catalog.sources`.
        machine: the machine that holds some bytes there.
        seed: good ones.
        words: what its grammar is made of, between blanks.
    """

    module: str
    machine: Callable[[bytes], MadeUpMachine]
    seed: bytes
    words: bytes = b"[ ] = : ; , # \\ \" ' \n http:// \xff \0"


def _file(path: str) -> Callable[[bytes], MadeUpMachine]:
    return lambda data: MadeUpMachine({path: data.decode("utf-8", "replace")})


def _said(command: str, platform: str = "linux", **environment: str) -> Callable[[bytes], MadeUpMachine]:
    program = command.partition(" ")[0]
    return lambda data: MadeUpMachine(
        versions={program: "1"}, said={command: data}, platform=platform, environment=environment
    )


SOURCES: Final = {
    "dconf": SourceSample(
        "gnome",
        lambda data: MadeUpMachine(contents={f"{HOME}/.config/dconf/user": data}, environment=_DESKTOP),
        SITE,
        b"GVariant \0\0\0\0 \xff\xff\xff\xff v L H s as (b) a{sv} /system/proxy/mode manual",
    ),
    "gsettings": SourceSample(
        "gnome", _said("gsettings list-recursively org.gnome.system.proxy", **_DESKTOP), _GSETTINGS
    ),
    "KDE": SourceSample(
        "kde", _file(f"{HOME}/.config/kioslaverc"), _KDE, b"[ ] [$i] [$e] = ${A} $ \n , \\ 2"
    ),
    "NetworkManager": SourceSample(
        "networkmanager",
        _file("/etc/NetworkManager/system-connections/a.nmconnection"),
        b"[connection]\nid=a\n[proxy]\nmethod=1\npac-url=http://a.test/p.pac\npac-script=x\\n\n",
    ),
    "environment.d": SourceSample(
        "login",
        _file(f"{HOME}/.config/environment.d/a.conf"),
        b"A=b\nHTTP_PROXY=http://${A:-c}:1\nno_proxy=\"$A\" 'x'\n",
        b"A= ${A} ${A:-x} ${A:+y} $ \\ ' \" # \n HTTP_PROXY=${HTTP_PROXY}${HTTP_PROXY}",
    ),
    "/etc/environment": SourceSample("login", _file("/etc/environment"), b'export A="b"\nhttp_proxy=c # d\n'),
    "zypper": SourceSample(
        "zypper",
        _file("/etc/sysconfig/proxy"),
        b'PROXY_ENABLED="yes"\nHTTP_PROXY="http://a:1"\nNO_PROXY=\'x, y\'\n',
    ),
    "dnf": SourceSample(
        "dnf", _file("/etc/dnf/dnf.conf"), b"[main]\nproxy=http://a:1\nproxy_username=b\nproxy_password=c\n"
    ),
    "dnf repositories": SourceSample(
        "dnf", _file("/etc/yum.repos.d/a.repo"), b"[a]\nname=b\nproxy=_none_\n[c]\nproxy=d:1\n"
    ),
    "apt": SourceSample("apt", _file("/etc/apt/apt.conf"), _APT, b'Acquire :: { } ; " // /* */ #clear \n'),
    "scutil": SourceSample(
        "macos", _said("scutil --proxy", "darwin"), _SCUTIL, b"{ } : <array> <dictionary> \n 0 HTTPEnable"
    ),
}


def read_source(name: str) -> Callable[[bytes], Iterator[str]]:
    """What a source says of some bytes is read, and shown as `discover` shows it."""
    sample = SOURCES[name]

    def read(data: bytes) -> Iterator[str]:
        from importlib import import_module

        source = import_module(f"proxyenv.catalog.sources.{sample.module}").SOURCE
        found = source.read(sample.machine(data))
        yield "read"
        yield from require_described((found,), len(data))

    return read


def read_windows(data: bytes) -> Iterator[str]:
    """What Windows may answer, as NUL separates it here."""
    from proxyenv.catalog.sources.windows import sort_out_windows
    from proxyenv.model.windows import WindowsProxy

    proxy, bypass, script, *_ = (*data.decode("utf-16-le", "replace").split("\0"), "", "", "")
    settings = WindowsProxy(proxy, bypass, script)
    found = sort_out_windows("winhttp", settings, "WinHTTP")
    yield "read"
    yield from require_described((found,), len(data))


def require_described(sources: Iterable[SourceSettings], size: int) -> Iterator[str]:
    """Raise where what is shown of *sources* is much more than what was read."""
    from proxyenv.commands.found_sources import (
        describe_direct,
        describe_lists,
        describe_notes,
        describe_pac,
        describe_proxies,
    )

    known = tuple(sources)
    describes = (describe_proxies, describe_direct, describe_pac, describe_notes, describe_lists)
    shown = 0
    for describe in describes:
        shown += sum(len(str(each)) for each in describe(known))
        yield describe.__name__
    if shown > 500 * size + 5_000_000:
        raise AssertionError(f"{shown} characters of {size}")


def _give(address: str | None) -> str | None:
    return address


def read_forwarder(name: str, path: str) -> Callable[[bytes], Iterator[str]]:
    """What a forwarder is told is read and shown, and asked for hosts."""

    def read(data: bytes) -> Iterator[str]:
        from proxyenv.catalog.forwarders import find_past, find_program_of
        from proxyenv.model.forwarder import Listener

        listener = Listener(1, (name,), {}, Path("/project"))
        program = find_program_of(listener)
        assert program is not None
        forwarder = program.describe(_file(path)(data), listener)
        str(forwarder)
        yield "describe"
        for host, address in (("git.corp.test", "10.0.0.5"), ("b.test", None), ("fd00::1", "fd00::1")):
            find_past(forwarder, host, partial(_give, address))
            yield f"ask for {host}"

    return read


def read_pac_script(data: bytes) -> Iterator[str]:
    """A script is run here, without a process of its own, and with little time; what it answers is judged."""
    import quickjs

    from proxyenv.checks.child.pac import answer
    from proxyenv.checks.pac import LIMITS, _read_answers
    from proxyenv.checks.pac_builtins import BUILTINS
    from proxyenv.decide.pac import flatten
    from proxyenv.formats.pac import find_questions, parse_pac
    from proxyenv.model.pac import UNLISTED

    script = parse_pac(data, source="`the input`")
    yield "parse"
    questions = tuple((f"https://{host}/", host) for host in ("git.corp.test", UNLISTED))
    known: dict[str, tuple[str, ...]] = {}
    for _ in range(3):
        order = {
            "limits": {**LIMITS, "load": 0.1, "answer": 0.05},
            "builtins": BUILTINS,
            "script": script,
            "questions": questions,
            "data": {"dns": known, "own": (), "now": 1_790_000_000_000},
        }
        said = answer(quickjs, order)
        yield "answer"
        needed = {name for each in (said, *said["answers"]) for name in each["needed"]}
        known |= dict.fromkeys(needed, ("10.1.2.3",))
        if not needed:
            break
    answers = _read_answers(said, questions, "`the input`")
    if len(answers) == len(questions):
        flat = flatten(answers, find_questions(script))
        if (flat.proxy is None) == (flat.refusal is None):
            raise AssertionError("neither a proxy nor a reason")
    yield "flatten"


_STATIC: Final = (
    b'function FindProxyForURL(url, host) {\n  if (dnsDomainIs(host, ".corp.test")) return "DIRECT";\n'
    b'  return "PROXY proxy.corp.test:8080; SOCKS5 a:1; DIRECT";\n}\n'
)
_ASKING: Final = (
    b'var a = ["a.test"];\nfunction FindProxyForURL(u, h) { // c\n  if (isInNet(dnsResolve(h), "10.0.0.0",'
    b' "255.0.0.0") || shExpMatch(h, "*.(a|b).test") || weekdayRange("MON")) return a.join(";");\n'
    b'  return myIpAddress() == "10.1.2.3" ? `PROXY ${h}` : "HTTPS [::1]:443";\n}\n'
)
PAC_SEEDS: Final = (_STATIC, _ASKING)
PAC_WORDS: Final = (
    b'function FindProxyForURL( return ; { } ( ) " \' ` ${ // /* */ "PROXY "DIRECT" host url shExpMatch('
    b" dnsResolve( isInNet( dateRange( timeRange( while(1) throw null [] \n \xff\xfe \\u0000 PROXY a:1;"
)
