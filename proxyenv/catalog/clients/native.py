"""Programs of the operating system: downloaders, git, OpenSSL, and the languages that lean on them."""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Answer, Client, Credentials, Holds, Missing, Probe, Proxy, Roots
from proxyenv.catalog.clients.python import OPENSSL

YES: Final = Answer.YES
NO: Final = Answer.NO

_ALL: Final = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_LIBCURL_PLAIN: Final = ("http_proxy", "all_proxy", "ALL_PROXY")
LIBCURL: Final = Proxy(_ALL, _LIBCURL_PLAIN, schemeless=YES, socks5h=YES, tls=YES)
GIT_PROXY: Final = Proxy(
    _ALL, _LIBCURL_PLAIN, schemeless=YES, socks5h=YES, tls=YES, tls_roots=("GIT_PROXY_SSL_CAINFO",)
)
GIT_ROOTS: Final = (Roots("GIT_SSL_CAINFO"), Roots("GIT_SSL_CAPATH", holds=Holds.DIRECTORY))

NATIVE: Final[tuple[Client, ...]] = (
    Client(
        "curl",
        "curl",
        (
            Roots("CURL_CA_BUNDLE"),
            Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY, missing=Missing.IGNORED),
            Roots("SSL_CERT_FILE"),
        ),
        LIBCURL,
        "curl 8",
        store=True,
        probe=Probe(program="curl"),
        verified=("7.88.1",),
        note="ignores `HTTP_PROXY` in upper case; `.curlrc` wins",
    ),
    Client(
        "wget",
        "wget",
        (),
        Proxy(("https_proxy",), ("http_proxy",), schemeless=YES, socks5h=NO, tls=NO),
        "wget",
        config="`ca_certificate` in `~/.wgetrc`",
        told=(("roots", "wget"),),
        store=True,
        probe=Probe(program="wget"),
        verified=("1.21.3",),
        note="reads lower case only",
    ),
    Client(
        "git",
        "git (OpenSSL)",
        GIT_ROOTS,
        GIT_PROXY,
        "git",
        store=True,
        wins="GIT_SSL_CAINFO",
        probe=Probe(program="git"),
        source="`git-config(1)`",
        note="`http.proxy` wins over the variables, `http.sslCAInfo` loses to them",
    ),
    Client(
        "git-gnutls",
        "git (GnuTLS, as Debian builds it)",
        GIT_ROOTS,
        GIT_PROXY,
        "git",
        store=True,
        settings=("git",),
        wins="GIT_SSL_CAINFO",
        verified=("2.39.5",),
        note="ignores `SSL_CERT_FILE`",
    ),
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
        Proxy(("https_proxy", "all_proxy"), ("http_proxy", "all_proxy"), schemeless=YES, socks5h=NO, tls=NO),
        config="`ca-certificate` in `aria2.conf`",
        store=True,
        probe=Probe(program="aria2c"),
        verified=("1.36.0",),
        note="reads lower case only",
    ),
    Client(
        "apt",
        "apt",
        (),
        Proxy(("https_proxy", "http_proxy"), ("http_proxy",), schemeless=NO, socks5h=YES, tls=YES),
        config="`Acquire::https::CaInfo` in `apt.conf.d`",
        told=(("proxy", "apt"), ("roots", "apt")),
        store=True,
        probe=Probe(program="apt-get"),
        verified=("2.6.1",),
        note="reads lower case only; `sudo` drops the variables",
    ),
    Client(
        "ruby",
        "Ruby (open-uri, net/http)",
        OPENSSL,
        Proxy(schemeless=NO, socks5h=NO, tls=NO, credentials=Credentials.AS_WRITTEN),
        store=True,
        probe=Probe(program="ruby"),
        verified=("3.1",),
        note="net/http takes `http_proxy` for `https://` too",
    ),
    Client(
        "bundler",
        "RubyGems, Bundler",
        (*OPENSSL, Roots("BUNDLE_SSL_CA_CERT", missing=Missing.UNKNOWN)),
        Proxy(schemeless=NO, socks5h=NO, tls=NO, credentials=Credentials.AS_WRITTEN),
        store=True,
        settings=("bundler", "Bundler"),
        probe=Probe(program="gem"),
        verified=("3.3.15",),
    ),
    Client(
        "perl",
        "Perl LWP",
        (
            Roots("PERL_LWP_SSL_CA_FILE"),
            Roots("PERL_LWP_SSL_CA_PATH", holds=Holds.DIRECTORY),
            Roots("HTTPS_CA_FILE"),
        ),
        Proxy(schemeless=NO, socks5h=NO, tls=YES, tls_roots=("PERL_LWP_SSL_CA_FILE",)),
        switches=(("PERL_LWP_ENV_PROXY", "1"),),
        store=True,
        settings=("Perl's LWP",),
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
        "composer",
        "Composer",
        OPENSSL,
        Proxy(),
        store=True,
        probe=Probe(program="composer", arguments=("--no-ansi", "--version")),
        verified=("2.5.5",),
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
