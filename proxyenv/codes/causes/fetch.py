"""Causes that a check finds in what it fetched, or could not."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    # fetch
    Code(
        "bypassed",
        "NO_PROXY sends the request past the proxy",
        ("the host is in NO_PROXY on purpose",),
        "check another URL with `--url`, or remove the entry from NO_PROXY",
    ),
    Code(
        "origin-status",
        "the server answered with an error status",
        ("the URL is wrong or redirects", "the proxy refuses the page and answers in the server's name"),
        "open the URL in a browser, or check another one with `--url`",
    ),
    Code(
        "origin-unreachable",
        "the server cannot be reached",
        ("it is down", "it can be reached through the proxy only", "its name does not resolve here"),
        "check host and port, and whether NO_PROXY sends the request past the proxy",
    ),
    Code(
        "origin-protocol",
        "what the server or the proxy sends is not proper HTTP",
        ("the connection was cut before the answer was complete", "the content is not what its header says"),
        "open the URL in a browser, and show IT what this says",
    ),
    Code(
        "not-proxied",
        "the request did not go through the proxy",
        ("some code sets its own proxy, such as a `sitecustomize` module",),
        "`proxyenv routes HOST --explain`",
    ),
    Code(
        "captive-portal",
        "a portal answers in place of what was asked for: it wants a log-in",
        ("a guest network, a hotel or a VPN wants a log-in first", "the proxy wants a log-in by browser"),
        "open a browser on this network and log in; never trust the CA of a log-in page",
    ),
    Code(
        "block-page",
        "the answer is a page of the proxy and not the document",
        ("the proxy denies the site or its category", "a filter wants a click before it lets a site through"),
        "ask IT to allow the site at the proxy, or check another document with `--url`",
    ),
    Code(
        "stale-answer",
        "the answer was stored earlier: it does not show that the server is reached now",
        ("the proxy answers from its cache although it was asked not to", "the server is down"),
        "ask IT why the proxy answers from its cache, or check another document with `--url`",
    ),
    Code(
        "slow-answer",
        "the answer took longer than httpx waits unless it is told to",
        ("the proxy scans the document before it passes it on", "the server is slow"),
        "give httpx more time in the flow, such as `httpx.get(url, timeout=30)`",
    ),
    Code(
        "environment-refused",
        "httpx cannot be used at all with these variables",
        (
            "NO_PROXY has an entry that httpx cannot read, such as `[::1]` or an IPv6 network",
            "a variable names a SOCKS proxy, and the package `socksio` is not installed",
        ),
        "`proxyenv routes HOST --explain` names the entry; `proxyenv setup` writes a list that all can read",
    ),
    Code(
        "no-uuid",
        "the document has no `uuid`",
        ("it is a block page or log-in page of the proxy", "the URL is not a JSON document with a `uuid`"),
        "open the URL in a browser, or check another one with `--url`",
    ),
    Code(
        "timeout",
        "no answer in time",
        ("a firewall drops the packets", "the port is wrong", "the machine or the network is overloaded"),
        "check host and port, then run `proxyenv check` again",
    ),
    Code(
        "unproven",
        "nothing that was fetched proves that the proxy works",
        ("NO_PROXY sends every URL past the proxy", "no answer shows that it is the server's own, and new"),
        "name a document that goes through the proxy, best one that is another at each request: "
        "`proxyenv check --url URL`",
    ),
    # negative control
    Code(
        "control-passed",
        "a fetch that had to fail succeeded",
        ("some code switches verification off, such as a `sitecustomize` module", "the proxy signs any name"),
        "look for code that changes how certificates are verified",
    ),
    # dependency between checks
    Code(
        "earlier-failure",
        "an earlier check failed, so this one was skipped",
        ("this check needs the one that failed",),
        "fix the failed check first",
    ),
)
