"""What reads foreign bytes, each reader as a target for made-up input, with what has to hold of any.

A target takes bytes and returns, or raises our own error. Whatever else it raises is a fault, an assertion of
its own included.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.errors import ProxyenvError
from support.fuzz_sources import (
    FORWARDERS,
    PAC_SEEDS,
    PAC_WORDS,
    SOURCES,
    WINDOWS,
    read_forwarder,
    read_pac_script,
    read_source,
    read_windows,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE: Final = "`the input`"
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
LONGEST_TEXT: Final = 200
LONGEST_MESSAGE: Final = 4000

EDITED: Final = 8
"""A file of settings is listed, with its values; a key is found, set, proved, found, taken out, proved."""
SHOWN: Final = 6
"""A source is read, and what it says is shown in five lists."""


class FuzzTarget(NamedTuple):
    """A reader.

    Args:
        name: for people and ``--target``.
        read: takes bytes.
        seeds: good input, to be changed.
        words: what its grammar is made of.
        readings: how often *read* goes through the whole input.
    """

    name: str
    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...]
    readings: int = 1

    def __call__(self, data: bytes, /) -> None:
        """Read *data*. Whatever this raises is a fault."""
        try:
            self.read(data)
        except ProxyenvError as error:
            require_shown(error)


def require_shown(error: ProxyenvError) -> None:
    """Raise where a terminal would get what an input holds, or a screenful of it."""
    from proxyenv.commands.terminal import render_error

    lines = tuple(render_error(error))
    if not all(map(str.isprintable, lines)) or sum(map(len, lines)) > LONGEST_MESSAGE:
        raise AssertionError(f"a message of {sum(map(len, lines))} characters: {lines[0]!a:.200}") from error


def as_text(data: bytes) -> str:
    """A file of settings as the program has it."""
    return data.decode("utf-8", "replace")


def as_variable(data: bytes) -> str:
    """A value as the environment has it: no NUL, and bytes that are not UTF-8 as surrogates."""
    return data.replace(b"\0", b"").decode("utf-8", "surrogateescape")


# Certificates


def read_certificates(data: bytes) -> None:
    """Only certificates come into a file that is written from it, whatever it is."""
    from proxyenv.certificates.anchors import KnownRoots, sift
    from proxyenv.certificates.bundle import render_bundle
    from proxyenv.certificates.certificate import parse_content
    from proxyenv.certificates.pkcs12 import render_pkcs12

    read = parse_content(data, source="corp.pem", password="secret")
    known = KnownRoots(frozenset(), frozenset)
    kept = sift(read, source="corp.pem", known=known, now=NOW).certificates
    if kept:
        require_bundle(render_bundle(kept, title="corp.pem"))
        render_pkcs12(kept)


def require_bundle(text: bytes) -> None:
    """Raise where a line is neither a comment nor part of a certificate that OpenSSL's reader takes."""
    from cryptography import x509

    blocks = re.findall(rb"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n", text)
    for block in blocks:
        x509.load_der_x509_certificate(base64.b64decode(block, validate=False))
    outside = re.sub(rb"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n", b"", text)
    strange = [line for line in outside.splitlines() if line and not line.startswith(b"#")]
    if strange or not blocks:
        raise AssertionError(f"no certificate in a bundle: {strange[:1]!a:.200}")


@cache
def make_containers() -> tuple[bytes, ...]:
    """The same CA in every form that is read."""
    import plistlib

    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        pkcs7,
        pkcs12,
    )

    from support.certificates import make_ca

    make = partial(make_ca, not_before=NOW - timedelta(days=9), not_after=NOW + timedelta(days=3650))
    ca = make("Corp")
    held = [ca.certificate]
    payload = {"PayloadType": "com.apple.security.root", "PayloadContent": ca.der}
    return (
        ca.pem,
        b"# a comment\r\n" + ca.pem.replace(b"\n", b"\r\n") + make("Other").pem,
        ca.pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"),
        ca.der,
        pkcs7.serialize_certificates(held, Encoding.DER),
        pkcs7.serialize_certificates(held, Encoding.PEM),
        pkcs12.serialize_key_and_certificates(None, None, None, held, NoEncryption()),
        pkcs12.serialize_key_and_certificates(b"ca", None, None, held, BestAvailableEncryption(b"secret")),
        plistlib.dumps({"PayloadContent": [payload]}),
        base64.b64encode(ca.der),
        ca.pem.decode().encode("utf-16"),
    )


# Files of settings


def read_settings(name: str) -> Callable[[bytes], None]:
    """Lists a file's settings, sets the key that a seed has, looks it up, and takes it out."""

    def read(data: bytes) -> None:
        from proxyenv.formats.settings import FORMATS, edit_settings, restore_settings

        (key, value), text = KEYS[name], as_text(data)
        chosen = FORMATS[name]
        for item in chosen.items(text, source=SOURCE):
            if len(item.key) < LONGEST_TEXT:
                chosen.normal(item.value)
        edited, changes = edit_settings(text, name, ((key, value),), source=SOURCE)
        if chosen.get(edited, key, source=SOURCE) is None:
            raise AssertionError("what was set is not there")
        restore_settings(edited, name, changes, source=SOURCE)

    return read


KEYS: Final = {
    "apt": ("Acquire::http::Proxy", '"http://a:1"'),
    "block": ("", "export A=b\n"),
    "condarc": ("ssl_verify", '"/ca.pem"'),
    "curlrc": ("proxy", '"http://a:1"'),
    "gitconfig": ("http/proxy", "http://a:1"),
    "ini": ("proxy/address", "a"),
    "json": ("proxies/default/httpProxy", '"http://a:1"'),
    "jsonc": ("http.proxy", '"http://a:1"'),
    "maven": ("proxyenv", "<proxy>\n<id>proxyenv</id>\n<host>a</host>\n</proxy>"),
    "npmrc": ("/cafile", "/ca.pem"),
    "pip": ("global/proxy", "http://a:1"),
    "profiles": ("profiles.work.PREFECT_API_URL", '"http://a/api"'),
    "properties": ("systemProp.http.proxyHost", "a"),
    "toml": ("http.proxy", '"http://a:1"'),
    "wgetrc": ("https_proxy", "http://a:1"),
    "yaml": ("httpProxy", '"http://a:1"'),
    "yarnrc": ("https-proxy", '"http://a:1"'),
}

SETTINGS: Final[dict[str, tuple[bytes, bytes]]] = {
    "apt": (
        b'// x\nAcquire::http::Proxy "http://a:1";\nAcquire { https { Proxy "b"; }; };\n#clear x;\n',
        b'Acquire :: { } ; " // /* */ #clear #include \n',
    ),
    "block": (
        b"alias ll='ls -l'\n# >>> proxyenv >>>\n. x\n# <<< proxyenv <<<\nend",
        b"# >>> proxyenv >>>\n|# <<< proxyenv <<<\n|# >>> proxyenv (joined) >>>\n|\r\n|# >>> proxyenv\n",
    ),
    "condarc": (
        b"channels: [a]\nssl_verify: true\nproxy_servers:\n  x: y\n",
        b"a: &a [*a] { } - \n  ? | > ! '",
    ),
    "curlrc": (
        b'proxy = "http://a:1"\n--cacert /x\n-x b\n# c\nheader "a\\"b"\n',
        b'proxy = : " \\ -- -x # \n',
    ),
    "gitconfig": (
        b'[http]\n\tproxy = a ; c\n[http "https://b"]\n\tproxy = "x\\ny" \\\n z\n[include]\n path=c\n',
        b'[http] "x" proxy = ; # \\ \n \t ]',
    ),
    "ini": (b"[proxy]\naddress = a\n  b\n; c\nport: 1\n[core]\nx\n", b"[proxy] = : ; # \n \t"),
    "json": (
        b'{"proxies": {"default": {"httpProxy": "a", "x": [1, 2.5e3, null]}}, "auths": {}}\n',
        b'{ } [ ] , : "a" "proxies" \\u0000 1 true // /* */ \n',
    ),
    "jsonc": (b'{\n  // c\n  "http.proxy": "a", /* d */\n  "x": [1,],\n}\n', b'{ } [ ] , : "a" // /* */ \n'),
    "maven": (
        b"<settings><!-- c --><proxies><proxy><id>a</id><host>b</host></proxy></proxies></settings>\n",
        b"<settings> </settings> <proxies> </proxies> <proxy> </proxy> <id> </id> &amp; <![CDATA[ ]]> \n",
    ),
    "npmrc": (b'cafile=/x\nproxy = ${A}\n; c\n[s]\nca[]="a\\nb"\n', b'cafile = ; # [ ] " \\ ${A} [] \n'),
    "pip": (b"[global]\nproxy = a\n   b\ncert: c\n# d\n[install]\nx=1\n", b"[global] proxy = : ; # %( \n \t"),
    "profiles": (
        b'active = "work"\n[profiles.work]\nPREFECT_API_URL = "a" # c\n\n[profiles."x.y"]\nB = 1\n',
        b'[ ] [[ ]] { } a . = "x" \'\'\' """ # , 1 0x1 1979-05-27 true profiles work active \n',
    ),
    "properties": (
        b"systemProp.http.proxyHost=a\n! c\nx : \\u0041\\\n  b\n",
        b"systemProp.http.proxyHost = : ! # \\ \\u0041 \n",
    ),
    "toml": (
        b"[http]\nproxy = 'a'\n[[index]]\nurl = \"b\"\nx = {a = 1, b.c = [1, 2]}\n",
        b'[ ] [[ ]] { } a . = "x" \'\'\' """ # , 1 1e9 nan true http proxy \n',
    ),
    "wgetrc": (b"https_proxy = a\nca-certificate=/x\n# c\n", b"https_proxy = # \\ \n"),
    "yaml": (
        b"# c\nhttpProxy: a\nnpmScopes:\n  x: {y: 'z'}\n- 1\n",
        b"a: &a *a [ ] { } - \n  ? | > ! ' \" << --- ",
    ),
    "yarnrc": (b'https-proxy "a"\ncafile b\n# c\n"x y" z\n', b'https-proxy " # : , \n'),
}
"""One file of each format, and the words of its grammar, between blanks (bars for the block's)."""


def read_profiles(data: bytes) -> None:
    """As `discover`, `setup` and `status` read Prefect's file."""
    from proxyenv.formats.profile import find_profile
    from proxyenv.machine.prefect import _parse_profiles

    _parse_profiles(as_text(data), path=Path("profiles.toml"))
    find_profile(as_text(data), "work")
    read_settings("profiles")(data)


def read_configuration(data: bytes) -> None:
    """What is read is written and read again as the same."""
    from proxyenv.formats.configuration import parse_configuration, render_configuration

    read = parse_configuration(as_text(data), source=SOURCE)
    if parse_configuration(render_configuration(read), source=SOURCE) != read:
        raise AssertionError("what was written is not what was read")


def read_receipt(data: bytes) -> None:
    """What is read is written and read again as the same."""
    from proxyenv.formats.receipt import parse_receipt, render_receipt

    read = parse_receipt(as_text(data), source=SOURCE)
    if parse_receipt(render_receipt(read), source=SOURCE) != read:
        raise AssertionError("what was written is not what was read")


def read_rc_file(data: bytes) -> None:
    """A block is put in and taken out again, and nothing else has changed."""
    from proxyenv.formats.block import find_block, remove_block, upsert_block

    text = data.decode("utf-8", "surrogateescape")
    rest = remove_block(text, source=SOURCE)
    written = upsert_block(text, ". ~/env.sh\n", source=SOURCE)
    if find_block(written) != ". ~/env.sh\n" or remove_block(written, source=SOURCE) != rest:
        raise AssertionError("the block does not come out as it went in")


def read_env_file(data: bytes) -> None:
    """As `status` reads ``env.sh``, and a project's ``.env``."""
    from proxyenv.catalog.shells.posix import parse_names, parse_posix, parse_values

    text = as_text(data)
    parse_values(text)
    parse_names(text)
    parse_posix(text)


def read_dotenv(data: bytes) -> None:
    """As Prefect's library reads a project's ``.env``."""
    from proxyenv.machine.prefect import _parse_dotenv

    try:
        variables, _ = _parse_dotenv(as_text(data), {"HOME": "/home/a"})
    except ValueError:  # which is what it says of too much
        return
    if sum(map(len, variables.values())) > 10 * len(data) + 1_000_000:
        raise AssertionError("references have made it larger without end")


def read_documents(data: bytes) -> None:
    """As `kubernetes --manifest` reads a stream of YAML."""
    from proxyenv.formats.yaml_stream import read_documents

    read_documents(as_text(data), source=SOURCE)


# Lists and URLs


def read_no_proxy(data: bytes) -> None:
    """Read, spelled, and asked in every dialect, which never raises whatever the client does."""
    from proxyenv.no_proxy.compiler import compile_no_proxy
    from proxyenv.no_proxy.dialects.table import DIALECTS
    from proxyenv.no_proxy.entries import parse_no_proxy

    text = as_variable(data)
    compile_no_proxy(parse_no_proxy(text, source="`NO_PROXY`"))
    for dialect in DIALECTS:
        route = dialect.prepare(
            {"https_proxy": "http://a.test:1", "HTTPS_PROXY": "http://a.test:1", "no_proxy": text}
        )
        for url in ("https://www.corp.example/", "https://10.1.2.3:8443/", "https://[2001:db8::1]/"):
            route(url)


def read_proxy_url(data: bytes) -> None:
    """Whatever it is, no output holds the password; and what is accepted is read again as the same."""
    from proxyenv.model.url import (
        describe_proxy,
        find_websocket_url,
        parse_proxy_url,
        parse_url,
        show_location,
    )
    from proxyenv.no_proxy.dialects.table import DIALECTS

    text = as_variable(data)
    show_location(text)
    describe_proxy(text)
    for dialect in DIALECTS:
        dialect.prepare({"https_proxy": text, "HTTPS_PROXY": text})("https://www.corp.example/")
    try:
        parse_url(text, code="url-invalid", source="`--url`")
    except ProxyenvError as error:
        require_shown(error)
    read = parse_proxy_url(text)
    find_websocket_url(read)
    if parse_proxy_url(read.reveal()) != read:
        raise AssertionError("what was written is not what was read")


_RECEIPT: Final = b"""\
{"receipt": 1, "version": "0.1.0", "state": "done", "entries": [{"path": "/h/.bashrc", "kind": "block",
"digest": "%s", "created": false, "mode": 420}], "directories": ["/h/.config"], "anchors": [],
"certifi": null, "system": null, "profile": null, "variables": ["A"], "stores": [], "previous": null}
""" % (b"ab" * 32)

_CONFIGURATION: Final = b"""\
version = 1

[proxy]
url = "http://a.test:3128"

[no_proxy]
add = ["a", "b"]
"""


def _words(text: bytes) -> tuple[bytes, ...]:
    return tuple(text.split(b"|" if b"|" in text.replace(b" | ", b"") else b" "))


_DER_WORDS: Final = (b"\x30\x80", b"\x30\x82", b"\x04\x82", b"\xa0", b"\0\0", b"QUFB", b"\n", b"-----\n")
_PEM_WORDS: Final = (
    b"-----BEGIN ",
    b"-----END ",
    b"CERTIFICATE",
    b"PKCS7",
    b"PRIVATE KEY",
    b"PayloadContent",
)
_LIST_WORDS: Final = tuple(
    b", . * 10.0.0.0/8 [ ] : :: / % | <local> xn-- @ - 0x7f 1. /33 fe80::1%e \xfc https://".split()
)
_URL_WORDS: Final = tuple(
    b"http:// https:// @ : / [ ] % %2 # ? \\ :: 65536 xn-- \xff \" ' **** . 0x 1.2.3 \xc3\xbc".split()
)
_SHELL_WORDS: Final = (
    b"export ",
    b"A=",
    b"'",
    b"'\"'\"'",
    b"unset ",
    b"\n",
    b"if [ -",
    b"; then ",
    b"fi",
    b"\\",
)
_DOTENV_WORDS: Final = tuple(b"A= ${A} ${A:- } ' \" \\ # export ${ = \n A=${A}${A}\n".split(b" "))


def make_targets() -> tuple[FuzzTarget, ...]:
    """Every target. Certificates are made here, so that none lies in the repository."""
    toml = _words(SETTINGS["toml"][1])
    lists = (b"localhost,.corp.example,10.0.0.0/8,[::1],*.a;<local>", "b\u00fccher.example,a:80,*".encode())
    urls = (b"http://u:p%40@proxy.corp.example:3128/", b"socks5h://[fe80::1%25eth0]:1080", b"proxy:3128")
    shell = b"export A='b c'\nunset D\nif [ -f '/x' ]; then export E=f; fi\n"
    pods = b"kind: Pod\nspec:\n  containers:\n  - {name: a, env: []}\n---\n- &x [1]\n- *x\n"
    profiles, yaml, json = (SETTINGS[name] for name in ("profiles", "yaml", "json"))
    return (
        FuzzTarget(
            "certificates", read_certificates, make_containers(), (*_PEM_WORDS, *_DER_WORDS, b"<plist>")
        ),
        FuzzTarget("profiles.toml", read_profiles, (profiles[0],), _words(profiles[1]), EDITED),
        FuzzTarget("proxyenv.toml", read_configuration, (_CONFIGURATION,), (*toml, b"version", b"[proxy]")),
        FuzzTarget("receipts", read_receipt, (_RECEIPT,), (*_words(json[1]), b'"previous": ', b"1" * 40)),
        FuzzTarget("rc files", read_rc_file, (SETTINGS["block"][0],), _words(SETTINGS["block"][1]), 4),
        FuzzTarget("env files", read_env_file, (shell,), _SHELL_WORDS, 3),
        FuzzTarget(
            "dotenv", read_dotenv, (b"A=b\nexport C='d'\nE=\"${A:-x}\" # f\nG = ${C}\n",), _DOTENV_WORDS
        ),
        FuzzTarget("documents", read_documents, (pods,), _words(yaml[1])),
        FuzzTarget("NO_PROXY", read_no_proxy, lists, (*_LIST_WORDS, b" "), 24),
        FuzzTarget("proxy URLs", read_proxy_url, urls, (*_URL_WORDS, b" ", b"\n"), 23),
        *(
            FuzzTarget(f"settings {name}", read_settings(name), (seed,), _words(words), EDITED)
            for name, (seed, words) in SETTINGS.items()
        ),
        *(
            FuzzTarget(
                f"source {name}", read_source(name), (each.seed,), tuple(each.words.split(b" ")), SHOWN
            )
            for name, each in SOURCES.items()
        ),
        FuzzTarget(
            "source WinHTTP",
            read_windows,
            (WINDOWS,),
            tuple(b"h\0t\0 =\0 ;\0 \0\0 *\0 <\0 :\0".split()),
            SHOWN,
        ),
        *(
            FuzzTarget(f"forwarder {name}", read_forwarder(name, path), (seed,), tuple(words.split(b" ")), 4)
            for name, (path, seed, words) in FORWARDERS.items()
        ),
        FuzzTarget("PAC", read_pac_script, PAC_SEEDS, tuple(PAC_WORDS.split(b" ")), 3),
    )
