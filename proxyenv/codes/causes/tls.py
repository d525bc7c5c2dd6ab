"""Causes that a check finds in TLS, and in what a Python has of it."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    # tls
    Code(
        "ca-missing",
        "the issuer of the certificate is not in the bundle",
        ("the proxy intercepts TLS, and its CA was not given", "the server does not send its intermediates"),
        "get the CA from IT and give it with `--ca FILE`; `proxyenv trust fetch HOST` shows what is sent",
    ),
    Code(
        "ca-wrong",
        "a CA of that name is in the bundle, but did not sign the certificate",
        ("IT has replaced the CA by one of the same name",),
        "get the current CA from IT and give it with `--ca FILE`",
    ),
    Code(
        "ca-rejected",
        "Python refuses the CA although it is in the bundle",
        (
            "Python 3.13 and later follow RFC 5280 strictly, and the CA does not",
            "its key or its signature is too weak",
        ),
        "`proxyenv trust inspect FILE` says what to ask IT for",
    ),
    Code(
        "ca-without-root",
        "the CA that issued the certificate is in the bundle, but not the root above it",
        ("IT gave the issuing CA alone, which Python 3.13 and later accept and earlier ones refuse",),
        "ask IT for the root, and give it too with `--ca FILE`",
    ),
    Code(
        "certificate-self-signed",
        "the server's certificate is signed by itself: no CA issued it",
        ("the server has the certificate of its installation", "a log-in page of the network answers"),
        "ask whoever runs the server for a certificate that a CA issued",
    ),
    Code(
        "certificate-rejected",
        "Python refuses a certificate that a CA of the bundle issued",
        ("its key is too short", "its signature is old", "an extension is missing or not critical"),
        "`proxyenv trust fetch HOST` says what to ask IT for",
    ),
    Code(
        "certificate-damaged",
        "the signature of a certificate was not made with the key that it names",
        ("a file was damaged", "the certificate was changed on the way"),
        "compare it with the one that IT hands out",
    ),
    Code(
        "certificate-expired",
        "the server's own certificate has expired, or a certificate is not valid yet",
        ("the server's certificate was not renewed", "the clock of this machine is wrong"),
        "`proxyenv trust fetch HOST` shows the dates and the proxy's clock",
    ),
    Code(
        "intermediate-expired",
        "a CA between the root and the server's certificate has expired",
        ("the proxy was not given its renewed certificate",),
        "ask IT to renew it: what is in the bundle is not at fault",
    ),
    Code(
        "clock-wrong",
        "by this machine's clock a certificate is not valid, by the proxy's clock it is",
        ("this machine does not synchronise its clock", "a virtual machine was suspended"),
        "set the clock: `timedatectl` shows whether it is synchronised",
    ),
    Code(
        "host-name-mismatch",
        "the certificate is for another host",
        ("the URL names the host by another name or by its address", "the proxy answers with a block page"),
        "use the name that the certificate is for",
    ),
    Code(
        "tls-failed",
        "the TLS handshake failed",
        ("the other side does not speak TLS", "a firewall cuts the connection", "no common TLS version"),
        "check the port, then ask IT whether a firewall inspects this connection",
    ),
    Code(
        "bundle-missing",
        "the bundle does not exist",
        ("the file was deleted or moved", "a CA variable names another file, which does not exist"),
        "`proxyenv refresh`",
    ),
    Code(
        "bundle-unreadable",
        "OpenSSL does not load the file of CAs that is to be trusted, so clients trust nothing",
        (
            "a CA variable names a file in DER, PKCS#7 or UTF-16, or one whose lines are indented",
            "a line feed is missing between two certificates, or one of them is damaged",
        ),
        "`proxyenv discover` says how it is written; `proxyenv setup --ca FILE` writes one in plain PEM",
    ),
    Code(
        "not-intercepted",
        "the connection is not intercepted: a public root issued the certificate",
        ("the proxy intercepts some hosts only",),
        "to prove the corporate CA, name a URL that the proxy intercepts with `--url`",
    ),
    # truststore and plugin
    Code(
        "ca-not-in-store",
        "a corporate CA is not in the operating system's trust store",
        ("the CA was never installed there", "IT has replaced the CA"),
        "`proxyenv trust install`",
    ),
    Code(
        "truststore-inactive",
        "Python in that environment does not use truststore",
        ("the package truststore is not installed there", "the environment was created again"),
        "`python -m pip install truststore` there, then `proxyenv refresh`",
    ),
    Code(
        "plugin-missing",
        "Prefect in that environment does not find the plugin",
        ("proxyenv is not installed in the environment that runs Prefect",),
        "install it there from where it is installed here: in its clone `PYTHON -m pip install .`",
    ),
    Code(
        "plugin-not-in-loop",
        "Prefect goes on without its plugins where its first import is inside a running event loop",
        (
            "a notebook: its kernel runs every cell in an event loop",
            "an ASGI server, such as uvicorn, imports the application in its event loop",
            "`import prefect` stands in a function that `asyncio.run` runs",
        ),
        "put `import proxyenv; proxyenv.activate()` first there, or start it from a shell with `env.sh`",
    ),
)
