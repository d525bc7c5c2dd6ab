"""Errors of PAC files."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "pac-engine-missing",
        "the JavaScript engine that runs PAC files is not installed",
        ("the extra `pac` was not installed with proxyenv", "there is no wheel for this platform"),
        "install `quickjs-ng` beside proxyenv, by the command in the hint, or name the proxy with `--proxy`",
    ),
    Code(
        "pac-unreachable",
        "a PAC file cannot be read or downloaded",
        (
            "it does not exist, or the URL is misspelt",
            "it is on another network: the VPN is not connected",
            "it is larger than 8 MiB",
        ),
        "download it with a browser, and name the file",
    ),
    Code(
        "pac-is-html",
        "a web page is where a PAC file should be",
        ("the server wants a login", "the page of a portal answers for everything", "the URL is wrong"),
        "open the URL in a browser; then download the file, and name that",
    ),
    Code(
        "pac-syntax",
        "a PAC file is empty, or no JavaScript",
        ("it was cut off", "somebody edited it by hand", "the URL is that of another file"),
        "tell IT: browsers ignore such a file, and go direct",
    ),
    Code(
        "pac-without-function",
        "a PAC file has no function `FindProxyForURL`",
        ("it is another script", "the function is misspelt, or defined with `const`"),
        "ask IT for the URL of the PAC file",
    ),
    Code(
        "pac-failed",
        "a PAC file fails before it can be asked",
        ("it calls a function that no browser has", "it throws an error while it is loaded"),
        "tell IT: browsers ignore such a file, and go direct",
    ),
    Code(
        "pac-limit",
        "a PAC file needs more time, memory or DNS than it gets",
        ("it has an endless loop", "an expression takes ever longer on long names", "it is not a PAC file"),
        "name the proxy itself: `proxyenv setup --proxy http://HOST:PORT`",
    ),
    Code(
        "pac-not-static",
        "one proxy and NO_PROXY cannot say what a PAC file says",
        (
            "it names several proxies, or one that does not speak plain HTTP",
            "it sends only some hosts to the proxy, and all others direct",
            "it looks at the clock",
        ),
        "`proxyenv pac URL` shows it; a forwarder such as px asks the file for each connection",
    ),
    Code(
        "pac-mismatch",
        "a PAC file has another SHA-256 than the one that was asked for",
        ("IT has changed it", "something on the way answered in its place", "another network offers it"),
        "ask IT for the SHA-256; nothing was changed",
    ),
    Code(
        "pac-foreign",
        "somebody else could have written the PAC file, and no SHA-256 says what it must be",
        ("the file, or a directory above it, belongs to another user or can be written by others",),
        "give its SHA-256 with `--pac-digest`, or copy it to where only you can write",
    ),
    Code(
        "wpad-unpinned",
        "the network offers a PAC file, and nobody has agreed to it",
        ("`setup --wpad` was given where nobody can be asked, without `--pac-digest`",),
        "compare its SHA-256 with what IT published, and add it: `--pac-digest SHA256`",
    ),
    Code(
        "wpad-not-found",
        "the network offers no PAC file at `wpad` in the search domain",
        ("this network has none", "the resolver has no search domain, or one of a single part"),
        "ask IT for the URL of the PAC file: `proxyenv pac URL`",
    ),
)
