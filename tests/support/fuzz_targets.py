"""What reads foreign bytes, each reader as a target for made-up input, with what has to hold of any.

A target takes bytes and returns, or raises our own error. Whatever else it raises is a fault, an assertion of
its own included. It says when it has gone through the whole input, so that each time is that of one reading.
"""

from __future__ import annotations

import base64
import re
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.errors import ProxyenvError
from support.fuzz_images import (
    IMAGE_FILE,
    IMAGE_TEXT,
    IMAGE_WORDS,
    LAYER,
    LAYER_WORDS,
    read_image_file,
    read_image_layer,
    read_image_text,
)
from support.fuzz_settings import SETTINGS, SOURCE, as_text, read_settings
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
    from collections.abc import Callable, Iterator

    from proxyenv.certificates.container import Opening

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
LONGEST_MESSAGE: Final = 4000


class Reading(NamedTuple):
    """One pass through an input: the seconds of the processor that it took, and what it is for."""

    seconds: float
    name: str


class FuzzTarget(NamedTuple):
    """A reader.

    Args:
        name: for people and ``--target``.
        read: takes bytes, and gives the name of each reading of them when it has ended.
        seeds: good input, to be changed.
        words: what its grammar is made of.
    """

    name: str
    read: Callable[[bytes], Iterator[str]]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...]

    def __call__(self, data: bytes, /) -> None:
        """Read *data*. Whatever this raises is a fault."""
        self.measure(data)

    def measure(self, data: bytes, /) -> Reading:
        """The longest reading of *data*. Whatever this raises is a fault."""
        taken, begun = [Reading(0.0, "none")], time.process_time()
        try:
            for name in self.read(data):
                taken.append(Reading(time.process_time() - begun, name))
                begun = time.process_time()
        except ProxyenvError as error:
            taken.append(Reading(time.process_time() - begun, f"what is behind `{taken[-1].name}`"))
            require_shown(error)
        return max(taken)


def require_shown(error: ProxyenvError) -> None:
    """Raise where a terminal would get what an input holds, or a screenful of it."""
    from proxyenv.commands.terminal import render_error

    lines = tuple(render_error(error))
    if not all(map(str.isprintable, lines)) or sum(map(len, lines)) > LONGEST_MESSAGE:
        raise AssertionError(f"a message of {sum(map(len, lines))} characters: {lines[0]!a:.200}") from error


def as_variable(data: bytes) -> str:
    """A value as the environment has it: no NUL, and bytes that are not UTF-8 as surrogates."""
    return data.replace(b"\0", b"").decode("utf-8", "surrogateescape")


# Certificates


def read_certificates(data: bytes) -> Iterator[str]:
    """Only certificates come into a file that is written from it, whatever it is."""
    from proxyenv.certificates.anchors import KnownRoots, sift
    from proxyenv.certificates.bundle import render_bundle
    from proxyenv.certificates.certificate import parse_content
    from proxyenv.certificates.pkcs12 import render_pkcs12

    read = parse_content(data, source="corp.pem", password="secret", open_pkcs12=open_plain)
    yield "parse"
    known = KnownRoots(frozenset(), frozenset)
    kept = sift(read, source="corp.pem", known=known, now=NOW).certificates
    yield "sift"
    if kept:
        bundle = render_bundle(kept, title="corp.pem")
        yield "bundle"
        require_bundle(bundle)
        yield "look at the bundle"
        render_pkcs12(kept)
        yield "PKCS #12"


def open_plain(content: bytes, _: tuple[bytes | None, ...]) -> Opening:
    """What may be a certificate in a PKCS#12, as whoever made it likes.

    OpenSSL does whatever such a file asks for, so it is asked in a process of its own alone, which the kernel
    ends; what is fuzzed is all that comes before, and what is done with any answer.
    """
    from proxyenv.certificates.container import Opening
    from proxyenv.certificates.der import parse_element

    found: list[bytes | str] = []
    for start in islice(re.finditer(b"\x30\x82", content), 1, 20):
        with suppress(ValueError):
            found.append(parse_element(content[start.start() :]).raw)
    return Opening(tuple(found) or ("no certificate",), has_key=len(content) % 2 == 0)


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


def read_profiles(data: bytes) -> Iterator[str]:
    """As `discover`, `setup` and `status` read Prefect's file."""
    from proxyenv.formats.profile import find_profile
    from proxyenv.machine.prefect import _parse_profiles

    _parse_profiles(as_text(data), path=Path("profiles.toml"))
    yield "parse"
    find_profile(as_text(data), "work")
    yield "find the profile"
    yield from read_settings("profiles")(data)


def read_configuration(data: bytes) -> Iterator[str]:
    """What is read is written and read again as the same."""
    from proxyenv.formats.configuration import parse_configuration, render_configuration

    read = parse_configuration(as_text(data), source=SOURCE)
    yield "parse"
    written = render_configuration(read)
    yield "render"
    if parse_configuration(written, source=SOURCE) != read:
        raise AssertionError("what was written is not what was read")
    yield "parse it again"


def read_receipt(data: bytes) -> Iterator[str]:
    """What is read is written and read again as the same."""
    from proxyenv.formats.receipt import parse_receipt, render_receipt

    read = parse_receipt(as_text(data), source=SOURCE)
    yield "parse"
    written = render_receipt(read)
    yield "render"
    if parse_receipt(written, source=SOURCE) != read:
        raise AssertionError("what was written is not what was read")
    yield "parse it again"


def read_rc_file(data: bytes) -> Iterator[str]:
    """A block is put in and taken out again, and nothing else has changed."""
    from proxyenv.formats.block import find_block, remove_block, upsert_block

    text = data.decode("utf-8", "surrogateescape")
    rest = remove_block(text, source=SOURCE)
    yield "remove"
    written = upsert_block(text, ". ~/env.sh\n", source=SOURCE)
    yield "put in"
    if find_block(written) != ". ~/env.sh\n" or remove_block(written, source=SOURCE) != rest:
        raise AssertionError("the block does not come out as it went in")
    yield "find and remove"


def read_env_file(data: bytes) -> Iterator[str]:
    """As `status` reads ``env.sh``, and a project's ``.env``."""
    from proxyenv.catalog.shells.posix import parse_names, parse_posix, parse_values

    text = as_text(data)
    parse_values(text)
    yield "values"
    parse_names(text)
    yield "names"
    parse_posix(text)
    yield "all"


def read_dotenv(data: bytes) -> Iterator[str]:
    """As Prefect's library reads a project's ``.env``, and the most of it that is read."""
    from proxyenv.machine.prefect import LONGEST_DOTENV, _parse_dotenv

    for text in dict.fromkeys((as_text(data), as_text(data)[:LONGEST_DOTENV])):
        with suppress(ValueError):  # which is what it says of too much
            variables, _ = _parse_dotenv(text, {"HOME": "/home/a"})
            if sum(map(len, variables.values())) > 10 * len(data) + 1_000_000:
                raise AssertionError("references have made it larger without end")
        yield f"parse {len(text)} characters"


def read_documents(data: bytes) -> Iterator[str]:
    """As `kubernetes --manifest` reads a stream of YAML."""
    from proxyenv.formats.yaml_stream import read_documents

    read_documents(as_text(data), source=SOURCE)
    yield "parse"


# Lists and URLs


def read_no_proxy(data: bytes) -> Iterator[str]:
    """Read, spelled, and asked in every dialect, which never raises whatever the client does."""
    from proxyenv.no_proxy.compiler import compile_no_proxy
    from proxyenv.no_proxy.dialects.table import DIALECTS
    from proxyenv.no_proxy.entries import parse_no_proxy

    text = as_variable(data)
    read = parse_no_proxy(text, source="`NO_PROXY`")
    yield "parse"
    compile_no_proxy(read)
    yield "compile"
    for dialect in DIALECTS:
        route = dialect.prepare(
            {"https_proxy": "http://a.test:1", "HTTPS_PROXY": "http://a.test:1", "no_proxy": text}
        )
        yield f"prepare {dialect.name}"
        for url in ("https://www.corp.example/", "https://10.1.2.3:8443/", "https://[2001:db8::1]/"):
            route(url)
            yield f"{url} by {dialect.name}"


def read_proxy_url(data: bytes) -> Iterator[str]:
    """Whatever it is, no output holds the password; and what is accepted is read again as the same."""
    from proxyenv.model.proxy_url import describe_proxy, find_websocket_url, parse_proxy_url
    from proxyenv.model.url import parse_url, show_location
    from proxyenv.no_proxy.dialects.table import DIALECTS

    text = as_variable(data)
    show_location(text)
    yield "show a location"
    describe_proxy(text)
    yield "describe a proxy"
    for dialect in DIALECTS:
        dialect.prepare({"https_proxy": text, "HTTPS_PROXY": text})("https://www.corp.example/")
        yield f"ask {dialect.name}"
    try:
        parse_url(text, code="url-invalid", source="`--url`")
    except ProxyenvError as error:
        require_shown(error)
    yield "parse any URL"
    read = parse_proxy_url(text)
    yield "parse a proxy's"
    find_websocket_url(read)
    yield "make a WebSocket's"
    if parse_proxy_url(read.reveal()) != read:
        raise AssertionError("what was written is not what was read")
    yield "parse it again"


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
        FuzzTarget("profiles.toml", read_profiles, (profiles[0],), _words(profiles[1])),
        FuzzTarget("proxyenv.toml", read_configuration, (_CONFIGURATION,), (*toml, b"version", b"[proxy]")),
        FuzzTarget("receipts", read_receipt, (_RECEIPT,), (*_words(json[1]), b'"previous": ', b"1" * 40)),
        FuzzTarget("rc files", read_rc_file, (SETTINGS["block"][0],), _words(SETTINGS["block"][1])),
        FuzzTarget("env files", read_env_file, (shell,), _SHELL_WORDS),
        FuzzTarget(
            "dotenv", read_dotenv, (b"A=b\nexport C='d'\nE=\"${A:-x}\" # f\nG = ${C}\n",), _DOTENV_WORDS
        ),
        FuzzTarget("documents", read_documents, (pods,), _words(yaml[1])),
        FuzzTarget("NO_PROXY", read_no_proxy, lists, (*_LIST_WORDS, b" ")),
        FuzzTarget("proxy URLs", read_proxy_url, urls, (*_URL_WORDS, b" ", b"\n")),
        *(
            FuzzTarget(f"settings {name}", read_settings(name), (seed,), _words(words))
            for name, (seed, words) in SETTINGS.items()
        ),
        *(
            FuzzTarget(f"source {name}", read_source(name), (each.seed,), tuple(each.words.split(b" ")))
            for name, each in SOURCES.items()
        ),
        FuzzTarget(
            "source WinHTTP",
            read_windows,
            (WINDOWS,),
            tuple(b"h\0t\0 =\0 ;\0 \0\0 *\0 <\0 :\0".split()),
        ),
        *(
            FuzzTarget(f"forwarder {name}", read_forwarder(name, path), (seed,), tuple(words.split(b" ")))
            for name, (path, seed, words) in FORWARDERS.items()
        ),
        FuzzTarget("image texts", read_image_text, IMAGE_TEXT, IMAGE_WORDS),
        FuzzTarget("image files", read_image_file, IMAGE_FILE, IMAGE_WORDS),
        FuzzTarget("image layers", read_image_layer, LAYER, LAYER_WORDS),
        FuzzTarget("PAC", read_pac_script, PAC_SEEDS, tuple(PAC_WORDS.split(b" "))),
    )
