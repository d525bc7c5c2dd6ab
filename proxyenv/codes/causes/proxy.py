"""Causes that a check finds on the way to the proxy and through it."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "no-proxy-configured",
        "no proxy is configured, so there is nothing to prove",
        ("`setup` found no proxy and was given none", "only the other of `http://` and `https://` has one"),
        "if there is a proxy: `proxyenv setup --proxy http://HOST:PORT`",
    ),
    Code(
        "switched-off",
        "proxyenv is off here: new shells and Prefect have neither its proxy nor its CA",
        ("`proxyenv off` was run, as away from the company's network",),
        "`proxyenv on` brings back exactly what was there",
    ),
    Code(
        "proxy-name-unknown",
        "the proxy's name does not resolve",
        ("the VPN is not connected: such names often exist only on a company's network", "it is misspelt"),
        "connect to the company's network, or `proxyenv off` while away; otherwise check its spelling",
    ),
    Code(
        "proxy-not-here",
        "the proxy cannot be reached from this network, which is another than at `setup`",
        (
            "the VPN is not connected",
            "the machine is away from the company's network",
            "DNS was changed since",
        ),
        "connect to the company's network, or `proxyenv off` until you are back",
    ),
    Code(
        "proxy-refused",
        "nothing listens at the proxy's address",
        ("the port is wrong", "the proxy is not running"),
        "ask IT for the proxy's host and port",
    ),
    Code(
        "proxy-unreachable",
        "the proxy's address does not answer",
        ("the VPN is not connected", "a firewall drops the connection", "host or port is wrong"),
        "connect to the company's network, then check host and port",
    ),
    Code(
        "proxy-not-a-proxy",
        "what answers at the proxy's address is not a proxy",
        ("the port is that of a web server",),
        "ask IT for the proxy's port",
    ),
    Code(
        "proxy-speaks-tls",
        "the proxy speaks TLS; its URL must start with `https://`",
        ("the URL was given as `http://` or without a scheme",),
        "`proxyenv setup --proxy https://HOST:PORT`",
    ),
    Code(
        "proxy-not-tls",
        "the proxy does not speak TLS; its URL must start with `http://`",
        ("`https://` was written because the proxy is for `https://` sites; most proxies speak plain HTTP",),
        "`proxyenv setup --proxy http://HOST:PORT`",
    ),
    Code(
        "proxy-speaks-http2",
        "the proxy speaks HTTP/2 and no HTTP/1.1",
        ("the port is for browsers alone",),
        "ask IT for a port where the proxy speaks HTTP/1.1: Python's clients ask it in nothing else",
    ),
    Code(
        "proxy-certificate",
        "the certificate of the proxy itself is not trusted",
        ("its CA is not in the bundle", "it is for another name than the one in the proxy's URL"),
        "give the CA of the proxy with `--ca FILE`, and write its URL with the name in the certificate",
    ),
    Code(
        "proxy-credentials-wanted",
        "the proxy requires authentication (407) and no credentials are configured",
        ("the proxy's URL has no user name and password",),
        "`proxyenv setup --proxy USER@HOST:PORT` asks for the password; or name a file or the keyring",
    ),
    Code(
        "proxy-credentials-refused",
        "the proxy rejects the credentials (407)",
        (
            "the password has expired",
            "a `%` in the password of a URL was taken for the beginning of an escape such as `%40`",
        ),
        "check user and password, then `proxyenv setup --proxy USER@HOST:PORT`, which asks for the password",
    ),
    Code(
        "proxy-scheme-unsupported",
        "the proxy offers no scheme (407) that a Python client can do: NTLM, Negotiate or Digest alone",
        ("it takes the log-in of Windows, or a Kerberos ticket, which browsers send by themselves",),
        "run px on this machine, which adds the credentials: `proxyenv check` prints the steps",
    ),
    Code(
        "forwarder-direct",
        "the forwarder on this machine (px, cntlm, alpaca) has no corporate proxy behind it, and goes direct",
        (
            "its file was lost, or another one is read",
            "it was started without the option that names the proxy",
        ),
        "write the corporate proxy into its file, such as `server = HOST:PORT` in px.ini, and start it again",
    ),
    Code(
        "forwarder-past",
        "the forwarder on this machine (px, cntlm, alpaca) reaches this host without the corporate proxy",
        ("its `noproxy` list or its PAC file sends the host direct",),
        "where the host can be reached so, nothing; otherwise take it out of the list of the forwarder",
    ),
    Code(
        "forwarder-unproved",
        "whether the forwarder on this machine asked the corporate proxy is not known",
        ("its PAC file decides, and cannot be fetched or run here", "the extra `pac` is missing"),
        "`proxyenv pac URL` says why it cannot be asked",
    ),
    Code(
        "proxy-denied",
        "the proxy refuses the target (403)",
        ("the host is not on the proxy's list", "the proxy allows CONNECT to port 443 only"),
        "ask IT to allow CONNECT to that host and port",
    ),
    Code(
        "proxy-gateway",
        "the proxy cannot reach the target (502, 503, 504)",
        ("the target is down", "its name exists only inside the network", "the proxy does not trust it"),
        "check the target's name and port; put it into NO_PROXY if it can be reached directly",
    ),
    Code(
        "proxy-answer",
        "the proxy answered with an unexpected status",
        ("the request went to a gateway or load balancer in front of the proxy",),
        "show the status to whoever runs the proxy",
    ),
)
