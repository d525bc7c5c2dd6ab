"""Programs and languages of the operating system."""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Answer, Client, Credentials, Holds, Probe, Proxy, Roots
from proxyenv.catalog.clients.libraries import LIBCURL, OPENSSL
from proxyenv.catalog.tools.tool import Keys
from proxyenv.formats.truth import falsy

VARIABLES: Final = {"Perl's LWP": Keys(unverified=(("PERL_LWP_SSL_VERIFY_HOSTNAME", falsy("perl")),))}

CLIENTS: Final[tuple[Client, ...]] = (
    Client(
        "openssl",
        "openssl s_client",
        OPENSSL,
        None,
        config="its option `-proxy`",
        store=True,
        probe=Probe(program="openssl", arguments=("version",)),
        verified=("3.0.19",),
        note="takes no proxy from the environment",
    ),
    Client(
        "aria2",
        "aria2",
        (),
        Proxy(
            ("https_proxy", "all_proxy"),
            ("http_proxy", "all_proxy"),
            schemeless=Answer.YES,
            socks5h=Answer.NO,
            tls=Answer.NO,
        ),
        config="`ca-certificate` in `aria2.conf`",
        store=True,
        probe=Probe(program="aria2c"),
        verified=("1.36.0",),
        note="reads lower case only",
    ),
    Client(
        "ruby",
        "Ruby (open-uri, net/http)",
        OPENSSL,
        Proxy(schemeless=Answer.NO, socks5h=Answer.NO, tls=Answer.NO, credentials=Credentials.AS_WRITTEN),
        store=True,
        probe=Probe(program="ruby"),
        verified=("3.1",),
        note="net/http takes `http_proxy` for `https://` too",
    ),
    Client(
        "perl",
        "Perl LWP",
        (
            Roots("PERL_LWP_SSL_CA_FILE"),
            Roots("PERL_LWP_SSL_CA_PATH", holds=Holds.DIRECTORY),
            Roots("HTTPS_CA_FILE"),
        ),
        Proxy(schemeless=Answer.NO, socks5h=Answer.NO, tls=Answer.YES, tls_roots=("PERL_LWP_SSL_CA_FILE",)),
        switches=(("PERL_LWP_ENV_PROXY", "1"),),
        store=True,
        reads=("Perl's LWP",),
        probe=Probe(program="perl", arguments=("-MLWP", "-e", "print LWP->VERSION")),
        verified=("6.68",),
    ),
    Client(
        "php-streams",
        "PHP (streams)",
        OPENSSL,
        None,
        config="the option `proxy` of a stream's context",
        store=True,
        probe=Probe(program="php"),
        verified=("8.2",),
        note="takes no proxy from the environment",
    ),
    Client(
        "php-curl",
        "PHP (curl)",
        (),
        LIBCURL,
        "curl 8",
        config="`curl.cainfo` in `php.ini`",
        store=True,
        probe=Probe(program="php"),
        verified=("8.2",),
        note="libcurl itself reads no variable for its CA",
    ),
    Client(
        "r",
        "R (download.file)",
        (Roots("CURL_CA_BUNDLE"),),
        LIBCURL,
        "curl 8",
        config="`options(download.file.method = ...)` for another method",
        store=True,
        probe=Probe(program="R"),
        verified=("4.2.2",),
        note="the package curl reads no variable for its CA",
    ),
)
