"""Contents of pages: of a yes, of a no, and of an odd machine where every text is hostile."""

from __future__ import annotations

from typing import Final

from proxyenv.model.report import Leg, Outcome, Process, Report
from proxyenv.page.content import Card, Grid, GridRow, Group, Page, Remark, RuntimeAnswer, Square, TreeNode
from proxyenv.page.way import build_way

PROCESS: Final = Process(
    "/home/ada/flows/.venv/bin/python", "3.13.1", "3.7.4", "/home/ada/flows", "shell", plugin=False
)

PROXY: Final = "proxy.corp.example:3128"

LEGS: Final = (
    Leg("document", "https://index.corp.example/simple/pip/", PROXY, intercepted=True),
    Leg("document", "http://httpbin.org/uuid", PROXY),
    Leg("document", "https://httpbin.org/uuid", PROXY, intercepted=True),
    Leg("rest", "https://prefect.corp.example/api", None),
    Leg("websocket", "https://prefect.corp.example/api", None),
)

SHARED: Final = (
    Outcome("files", "ok", None, "all 17 files are as written"),
    Outcome("anchor [CN=Corp Root CA]", "ok", None, "valid until 2031-05-04"),
)

PASSED: Final = (
    Outcome(
        "python",
        "ok",
        None,
        "`.venv/bin/python` is Python 3.13.1 with Prefect 3.7.4 and httpx 0.28.1",
        None,
        0.4,
    ),
    Outcome("proxy-resolve [proxy.corp.example]", "ok", None, "`proxy.corp.example` is 10.20.0.8"),
    Outcome(
        "proxy-connect [proxy.corp.example:3128]",
        "ok",
        None,
        "opens a tunnel to `index.corp.example:443`",
        None,
        0.1,
    ),
    Outcome(
        "tls [https://index.corp.example:443]",
        "ok",
        None,
        "intercepted, issued by `CN=Corp Issuing CA 2`",
        None,
        0.1,
    ),
    Outcome(
        "tls [https://httpbin.org:443]",
        "ok",
        None,
        "intercepted, issued by `CN=Corp Issuing CA 2`",
        None,
        0.2,
    ),
    Outcome(
        "fetch [https://index.corp.example/simple/pip/]",
        "ok",
        None,
        "a page of the package index, through the proxy",
        None,
        0.3,
    ),
    Outcome("fetch [http://httpbin.org/uuid]", "ok", None, "a new document, through the proxy", None, 0.3),
    Outcome("fetch [https://httpbin.org/uuid]", "ok", None, "a new document, through the proxy", None, 0.5),
    Outcome(
        "negative-control [certifi alone, https://httpbin.org:443]",
        "ok",
        None,
        "refused without the corporate CA",
    ),
    Outcome(
        "negative-control [wrong host name, https://httpbin.org:443]",
        "ok",
        None,
        "refused under another name",
    ),
    Outcome("prefect-settings", "ok", None, "profile `proxyenv`, API `https://prefect.corp.example/api`"),
    Outcome("prefect-api", "ok", None, "answers by REST, Prefect 3.7.4", None, 0.2),
    Outcome("prefect-websocket", "ok", None, "opens, and subscribes to events", None, 0.3),
    Outcome(
        "prefect-flow",
        "ok",
        None,
        "the flow fetched and logged 2 documents, read back from the API",
        None,
        6.1,
    ),
)

ROOT: Final = TreeNode(
    "CN=Corp Root CA,O=Corp,C=DE",
    "CN=Corp Root CA,O=Corp,C=DE",
    "2021-05-04",
    "2031-05-04",
    "valid",
    "9f2c41d07c35b1e86a90d2c4f7b8135e6d1a0b4c93e27f58a6c4d9b0e1f23a4b",
    "corporate-ca.pem",
    (),
    (),
    (),
)

RUNTIMES: Final = (
    "Python 3.11",
    "Python 3.12",
    "Python 3.13 and later",
    "OpenSSL",
    "OpenSSL with -x509_strict",
    "Go",
    "Node",
    "Java",
    "rustls (uv)",
    "macOS",
)


def make_chain(*, strict: bool) -> TreeNode:
    """A root, what it issued, and the proxy's own certificate, which strict runtimes refuse or do not."""
    refused = "certificate verify failed: Missing Authority Key Identifier"
    strict_ones = {"Python 3.13 and later", "OpenSSL with -x509_strict"}
    answers = tuple(
        RuntimeAnswer(name, "fail", refused, "a handshake with this Python, VERIFY_X509_STRICT")
        if strict and name in strict_ones
        else RuntimeAnswer(name, "unknown", "not on this machine, and no rule says it", "by rule")
        if name == "macOS"
        else RuntimeAnswer(name, "ok", "", "by rule")
        for name in RUNTIMES
    )
    lints = (
        (Remark("error", "aki-missing", "no Authority Key Identifier; Python 3.13 refuses it"),)
        if strict
        else ()
    )
    options = (
        ("ask IT to issue it again with an Authority Key Identifier", "run the flow with Python 3.12")
        if strict
        else ()
    )
    leaf = TreeNode(
        "CN=httpbin.org",
        "CN=Corp Issuing CA 2,O=Corp,C=DE",
        "2026-11-01",
        "2026-12-09",
        "soon",
        "41d07c35b1e86a90d2c4f7b8135e6d1a0b4c93e27f58a6c4d9b0e1f23a4b9f2c",
        "https://httpbin.org:443",
        lints,
        answers,
        options,
    )
    middle = TreeNode(
        "CN=Corp Issuing CA 2,O=Corp,C=DE",
        ROOT.name,
        "2024-05-04",
        "2029-05-04",
        "valid",
        "d07c35b1e86a90d2c4f7b8135e6d1a0b4c93e27f58a6c4d9b0e1f23a4b9f2c41",
        "https://httpbin.org:443",
        (),
        (),
        (),
        (leaf,),
    )
    return ROOT._replace(children=(middle,))


GRID: Final = Grid(
    columns=(("httpx", "requests", "pip", "aiohttp", "websockets", "curl", "git"), ("go", "uv"), ("wget",)),
    rows=(
        GridRow("https://prefect.corp.example/", (Square("direct", "`.corp.example`"),) * 3, differs=False),
        GridRow("https://index.corp.example/", (Square("direct", "`.corp.example`"),) * 3, differs=False),
        GridRow(
            "https://10.20.0.1/",
            (
                Square("proxied", "`https_proxy`"),
                Square("direct", "`10.0.0.0/8`"),
                Square("error", "cannot parse"),
            ),
            differs=True,
        ),
        GridRow("http://localhost/", (Square("direct", "`localhost`"),) * 3, differs=False),
    ),
    proxies=("http://proxy.corp.example:3128",),
    no_proxy="localhost,127.0.0.1,::1,.corp.example,10.0.0.0/8",
    idle=("wget2",),
    mistakes=("`10.0.0.0/8` is read by Go and uv alone; others compare it as a name",),
    advice=("export no_proxy='localhost,127.0.0.1,::1,.corp.example,10.20.0.1'",),
    left=("`wget` knows no addresses in lists",),
)

CARDS: Final = (
    Card(
        "Python's requests",
        "2.34.0",
        "module `requests`",
        "covered",
        "`REQUESTS_CA_BUNDLE` is set",
        ("REQUESTS_CA_BUNDLE",),
        ("https_proxy", "HTTPS_PROXY"),
        "",
    ),
    Card(
        "curl",
        "8.5.0",
        "/usr/bin/curl",
        "covered",
        "`CURL_CA_BUNDLE` is set",
        ("CURL_CA_BUNDLE", "SSL_CERT_FILE"),
        ("https_proxy",),
        "",
    ),
    Card(
        "git",
        "2.43.0",
        "/usr/bin/git",
        "source",
        "this shell has not sourced the env file",
        ("GIT_SSL_CAINFO",),
        ("https_proxy",),
        "",
    ),
    Card(
        "Docker's daemon",
        "27.1",
        "/usr/bin/dockerd",
        "configure",
        "it reads none of your variables",
        (),
        (),
        "`/etc/docker/daemon.json`",
    ),
    Card(
        "Chromium",
        "140",
        "/usr/bin/chromium",
        "not-covered",
        "it has a store of its own",
        (),
        (),
        "NSS, `~/.pki/nssdb`",
    ),
    Card("Maven", "", "", "source", "", ("MAVEN_OPTS",), (), ""),
    Card("Elixir's Hex", "", "", "source", "", ("HEX_CACERTS_PATH",), (), ""),
)

FACTS: Final = (
    ("process", "/home/ada/flows/.venv/bin/python"),
    ("Python", "3.13.1, with Prefect 3.7.4"),
    ("environment", "that of this shell"),
    ("proxy", "http://proxy.corp.example:3128"),
    ("CA", "CN=Corp Root CA,O=Corp,C=DE, valid until 2031-05-04"),
    ("Prefect", "profile `proxyenv`, https://prefect.corp.example/api"),
)

MADE: Final = "proxyenv 0.9.0, 2026-11-28 23:40 UTC"


def make_yes() -> Page:
    """Everything works."""
    report = Report(PASSED, PROCESS, LEGS)
    return Page(
        "check",
        passed=True,
        verdict="All 16 checks passed for `.venv/bin/python` (Python 3.13.1, Prefect 3.7.4)",
        facts=FACTS,
        ways=(build_way(SHARED, report),),
        groups=(Group("", (*SHARED, *PASSED)),),
        forest=(make_chain(strict=False),),
        grid=GRID,
        cards=CARDS,
        made=MADE,
    )


def make_no() -> Page:
    """The proxy's certificate is refused, and so is the websocket."""
    broken = {
        "tls [https://httpbin.org:443]": Outcome(
            "tls [https://httpbin.org:443]",
            "failed",
            "ca-rejected",
            "the certificate of `httpbin.org:443` is refused: Missing Authority Key Identifier",
            "ask IT to issue the proxy's CA again, or run the flow with `--python python3.12`",
            0.2,
        ),
        "fetch [https://httpbin.org/uuid]": Outcome(
            "fetch [https://httpbin.org/uuid]",
            "skipped",
            "earlier-failure",
            "`tls [https://httpbin.org:443]` failed",
        ),
        "prefect-websocket": Outcome(
            "prefect-websocket",
            "failed",
            "websocket-denied",
            "the proxy answered `403 Forbidden` to `Upgrade: websocket`",
            "ask IT to let `prefect.corp.example:443` pass without inspection",
            0.6,
        ),
        "prefect-flow": Outcome(
            "prefect-flow", "skipped", "earlier-failure", "`tls [https://httpbin.org:443]` failed"
        ),
    }
    warning = Outcome(
        "settings [git]",
        "warning",
        "proxy-bypassed",
        "`http.proxy` in `~/.gitconfig`, line 4: it sends git to `old-proxy.corp.example:8080`",
        "`git config --global --unset http.proxy`",
    )
    outcomes = tuple(broken.get(each.check, each) for each in PASSED if not each.check.startswith("negative"))
    legs = tuple(each._replace(via=PROXY) if each.kind != "document" else each for each in LEGS)
    return Page(
        "check",
        passed=False,
        verdict="2 of 15 checks failed for `.venv/bin/python` (Python 3.13.1, Prefect 3.7.4); "
        "the first is tls [https://httpbin.org:443]: ca-rejected",
        facts=FACTS,
        ways=(build_way(SHARED, Report(outcomes, PROCESS, legs)),),
        groups=(Group("", (*SHARED, warning, *outcomes)),),
        forest=(make_chain(strict=True),),
        grid=GRID,
        cards=CARDS,
        made=MADE,
        notes=("The certificates of `index.corp.example` could not be read: the connection was closed",),
    )


HOSTILE: Final = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style></svg><svg onload=alert(1)>",
    "]]>--><!--<![CDATA[",
    "\x1b[2J\x1b]0;owned\x07\x00\x9b31m",
    "good\u202egpj.exe\u202c \u2066isolated\u2069\u200b\u00ad\ufeff",
    "שלום proxy.corp.example:3128 مرحبا",
    "Z" + "\u0301\u0316\u035c" * 40 + "algo",
    "javascript:alert(1) data:text/html,<b> file:///etc/passwd http://evil.example/?q=",
    "&lt;b&gt; &amp; &#60; %3Cscript%3E \\u003cscript\\u003e {{7*7}} ${7*7}",
    "プロキシ設定が正しくありません" * 3,
    "x" * 300,
    "\ud800 lone surrogate, \U000e0041 tag, \ue000 private, \u3164 filler",
    "`unbalanced",
)
"""What a malicious proxy, certificate or file may say."""


def make_odd() -> Page:
    """Long names, 200 findings, several processes, hostile texts everywhere."""
    hosts = [f"{'very-' * (n % 7)}long-name-{n}.department-of-redundancy.corp.example" for n in range(30)]
    legs = (
        *(
            Leg("document", f"https://{host}:{8443 + n}/a", PROXY if n % 3 else None)
            for n, host in enumerate(hosts)
        ),
        *(
            Leg(kind, "https://prefect.corp.example/api", "[2001:db8::1]:3128")
            for kind in ("rest", "websocket")
        ),
    )
    outcomes = tuple(
        Outcome(
            f"fetch [https://{hosts[n % 30]}:{8443 + n % 30}/a]"
            if n < 30
            else f"settings [{HOSTILE[n % 15]}]",
            ("failed", "warning", "ok", "skipped")[n % 4],
            ("timeout", "proxy-bypassed", None, "earlier-failure")[n % 4],
            HOSTILE[n % 15],
            HOSTILE[(n + 7) % 15],
            n / 10,
        )
        for n in range(200)
    )
    odd = Process(
        HOSTILE[3] + "/" + "deep/" * 30 + "python", HOSTILE[0], HOSTILE[6], "/", "new-shell", plugin=True
    )
    reports = (Report(outcomes, odd, legs), Report(PASSED, PROCESS, LEGS))
    nodes = tuple(
        ROOT._replace(name=f"CN={words}", source=words, remarks=(Remark("info", "many-names", words),))
        for words in HOSTILE
    )
    forest = (
        make_chain(strict=True)._replace(children=(nodes[0]._replace(children=nodes[1:3]), *nodes[3:])),
        TreeNode("CN=Missing", "", "", "", "valid", "", "was not sent", (), (), ()),
    )
    names = tuple(tuple(f"client-{n}-{m}" for m in range(n + 1)) for n in range(30))
    rows = tuple(
        GridRow(
            HOSTILE[n % 15],
            tuple(Square(("proxied", "direct", "error")[(n + m) % 3], HOSTILE[m % 15]) for m in range(30)),
            differs=True,
        )
        for n in range(12)
    )
    cards = tuple(Card(words, words, words, "covered", words, (words,), (words,), words) for words in HOSTILE)
    return Page(
        "check",
        passed=False,
        verdict=HOSTILE[0],
        facts=tuple((words, words) for words in HOSTILE),
        ways=tuple(build_way((), report) for report in reports),
        groups=tuple(Group(each.process.python if each.process else "", each.outcomes) for each in reports),
        forest=forest,
        grid=GRID._replace(
            columns=names,
            rows=rows,
            no_proxy=",".join(HOSTILE),
            mistakes=HOSTILE,
            advice=HOSTILE,
            left=HOSTILE,
            idle=HOSTILE,
            proxies=HOSTILE,
        ),
        cards=(*cards, *CARDS),
        notes=HOSTILE,
        made=HOSTILE[1],
    )
