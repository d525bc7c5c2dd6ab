"""The clients of the matrix: how each is made to fetch one document, and nothing else of it matters."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from support import matrix_programs as programs

if TYPE_CHECKING:
    from support.native_clients import Tools

__all__ = ["DRIVERS", "Driver", "Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """One fetch.

    Args:
        host: what to ask for, at port 443.
        proxy: the proxy's URL, for clients that take none from the environment.
        directory: empty, for whatever the client keeps; its home too.
        data: where ``setup`` put its bundles.
        trusting: whether a client that is told its roots by an option is told them.
    """

    host: str
    proxy: str
    directory: Path
    data: Path
    trusting: bool

    @property
    def url(self) -> str:
        return f"https://{self.host}/"


Command = Callable[["Tools", Question], list[str]]


@dataclass(frozen=True, slots=True)
class Driver:
    """One client.

    Args:
        client: its row in the knowledge base.
        variant: which of several drivers of that row.
        command: the program and its arguments.
        needs: programs of this machine.
        tool: what it needs of :class:`Tools`, if anything.
        settings: variables that keep it from doing anything else.
        finishes: whether it ends well when the answer is an empty document.
        admits: whether its exit status says that it failed.
        store: whose roots are in the operating system's store that it reads, when it is to trust.
        own: whether the env file is not enough, and only `env --client` has all that it needs.
        proves_roots: a command that succeeds when the client still has all roots that it was built with:
            for clients whose public roots are compiled in, and in which no root of ours can be.
    """

    client: str
    command: Command
    variant: str = ""
    needs: tuple[str, ...] = ()
    tool: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    finishes: bool = True
    admits: bool = True
    store: Literal["", "public", "corporate"] = ""
    own: bool = False
    proves_roots: Command | None = None

    @property
    def name(self) -> str:
        return f"{self.client}-{self.variant}" if self.variant else self.client


def _python(program: str) -> Command:
    return lambda _tools, question: [sys.executable, "-c", program, question.url]


def _other_python(program: str) -> Command:
    return lambda tools, question: [tools.python, "-c", program, question.url]


def _line(*words: str) -> Command:
    """A command in which ``URL``, ``HOST``, ``PROXY`` and ``HERE`` stand for those of the question."""

    def make(_tools: Tools, question: Question) -> list[str]:
        return [_fill(word, question) for word in words]

    return make


def _tool(tool: str, *words: str) -> Command:
    return lambda tools, question: [str(getattr(tools, tool)), *(_fill(word, question) for word in words)]


def _node(tool: str, script: str, *words: str) -> Command:
    """A script that Node 24 runs."""
    return lambda tools, question: [
        *(tools.node_24, str(getattr(tools, script or tool))),
        *(_fill(word, question) for word in words),
    ]


def _fill(word: str, question: Question) -> str:
    values = {"URL": question.url, "HOST": question.host, "HERE": str(question.directory)}
    values["PROXY"] = question.proxy.partition("://")[2]
    for name, value in values.items():
        word = word.replace(name, value)
    return word


def _java(_tools: Tools, question: Question) -> list[str]:
    host, _, port = question.proxy.partition("://")[2].partition(":")
    source = question.directory / "Fetch.java"
    source.write_text(programs.JAVA, "ascii")
    trusting = (f"-Djavax.net.ssl.trustStore={question.data / 'ca-bundle.p12'}",) if question.trusting else ()
    return [
        *("java", f"-Dhttps.proxyHost={host}", f"-Dhttps.proxyPort={port}", *trusting),
        *(str(source), question.url),
    ]


def _composer(_tools: Tools, question: Question) -> list[str]:
    repositories = [{"type": "composer", "url": question.url}, {"packagist.org": False}]
    project = {"repositories": repositories}
    (question.directory / "composer.json").write_text(json.dumps(project), "ascii")
    return ["composer", "--no-interaction", "--no-cache", "show", "--all", "demo/demo"]


def _yarn_4(tools: Tools, question: Question) -> list[str]:
    (question.directory / "yarn.lock").touch()
    (question.directory / "package.json").write_text("{}", "ascii")
    return [tools.node_24, tools.yarn_4, "npm", "info", "demo"]


PYTHON: Final = (
    Driver("prefect", _python(programs.PREFECT)),
    Driver("prefect-websockets", _python(programs.PREFECT_WEBSOCKETS), finishes=False),
    Driver("httpx", _python(programs.HTTPX)),
    Driver("httpx2", _python(programs.HTTPX.replace("httpx", "httpx2"))),
    Driver("websockets", _python(programs.WEBSOCKETS), finishes=False),
    Driver("urllib", _python(programs.URLLIB)),
    Driver("urllib3", _python(programs.URLLIB3)),
    Driver("aiohttp", _python(programs.AIOHTTP)),
    Driver("requests", _python(programs.REQUESTS)),
    Driver("grpc", _python(programs.GRPC)),
    Driver("botocore", _python(programs.BOTOCORE), finishes=False),
    Driver(
        "pip",
        lambda _tools, question: [
            *(sys.executable, "-m", "pip", "--isolated", "download", "--no-deps", "--no-cache-dir"),
            *("--retries=0", f"--dest={question.directory}", f"--index-url={question.url}", "demo"),
        ],
        finishes=False,
    ),
    Driver("httplib2", _other_python(programs.HTTPLIB2), tool="python"),
    Driver("google-auth", _other_python(programs.GOOGLE_AUTH), tool="python"),
    Driver("azure-core", _other_python(programs.AZURE_CORE), tool="python"),
    Driver("pycurl", _other_python(programs.PYCURL), tool="python", store="corporate"),
    Driver(
        "aws",
        _tool("aws", "s3api", "list-buckets", "--endpoint-url=URL", "--no-sign-request", "--region=lab"),
        tool="aws",
        settings={"AWS_MAX_ATTEMPTS": "1"},
        finishes=False,
    ),
    Driver(
        "uv",
        lambda tools, question: [
            *(tools.uv, "pip", "install", "--dry-run", "--no-config", "--no-cache", "--index-url"),
            *(question.url, "--python", tools.python, "demo"),
        ],
        tool="uv",
        settings={"UV_HTTP_RETRIES": "0", "UV_PYTHON_DOWNLOADS": "never"},
        finishes=False,
    ),
)

NATIVE: Final = (
    Driver("curl", _line("curl", "-q", "-sS", "--fail", "URL"), needs=("curl",)),
    Driver(
        "wget",
        _line("wget", "-qO-", "--tries=1", "--no-hsts", "--no-config", "URL"),
        needs=("wget",),
        store="corporate",
    ),
    Driver(
        "git-gnutls",
        _line("git", "ls-remote", "URL"),
        needs=("git",),
        settings={"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"},
        finishes=False,
    ),
    Driver(
        "openssl",
        _line("sh", "-c", programs.OPENSSL, "HOST", "PROXY"),
        needs=("openssl",),
        finishes=False,
    ),
    Driver(
        "apt",
        _line("/usr/lib/apt/apt-helper", "-oAcquire::Retries=0", "download-file", "URL", "HERE/document"),
        needs=("apt-get",),
        store="corporate",
    ),
    Driver("ruby", _line("ruby", "-ropen-uri", "-e", programs.RUBY, "URL"), needs=("ruby",)),
    Driver(
        "bundler",
        _line("gem", "fetch", "demo", "--norc", "--clear-sources", "--source=URL"),
        needs=("gem",),
        finishes=False,
        admits=False,
    ),
    Driver("perl", _line("perl", "-MLWP::UserAgent", "-e", programs.PERL, "URL"), needs=("perl",)),
    Driver("php-streams", _line("php", "-n", "-r", programs.PHP_STREAMS, "URL"), needs=("php",)),
    Driver("php-curl", _line("php", "-r", programs.PHP_CURL, "URL"), needs=("php",), store="corporate"),
    Driver(
        "composer",
        _composer,
        needs=("composer",),
        settings={"COMPOSER_ALLOW_SUPERUSER": "1"},
        finishes=False,
    ),
    Driver("java", _java, needs=("java",)),
)

JAVASCRIPT: Final = (
    *(
        Driver(
            "node",
            _tool(tool, "-e", script, "URL"),
            variant=f"{tool[-2:]}-{name}",
            tool=tool,
            proves_roots=_tool(tool, "-e", programs.NODE_ROOTS),
        )
        for tool in ("node_22", "node_24", "node_26")
        for name, script in (("fetch", programs.FETCH), ("https", programs.NODE_HTTPS))
    ),
    Driver(
        "npm",
        _node(
            "npm",
            "npm",
            *("view", "demo", "--registry=URL", "--fetch-retries=0", "--update-notifier=false"),
            "--cache=HERE/npm",
        ),
        tool="npm",
        finishes=False,
        proves_roots=_tool("node_24", "-e", programs.NODE_ROOTS),
    ),
    Driver(
        "yarn",
        _node("yarn_1", "yarn_1", "info", "demo", "--registry=URL", "--no-default-rc", "--cwd=HERE"),
        tool="yarn_1",
        finishes=False,
        admits=False,
        proves_roots=_tool("node_24", "-e", programs.NODE_ROOTS),
    ),
    Driver(
        "yarn-berry",
        _yarn_4,
        tool="yarn_4",
        settings={"YARN_NPM_REGISTRY_SERVER": "URL", "YARN_HTTP_RETRY": "0", "YARN_ENABLE_TELEMETRY": "0"},
        finishes=False,
        own=True,
        proves_roots=_tool("node_24", "-e", programs.NODE_ROOTS),
    ),
    Driver(
        "pnpm",
        _tool("pnpm", "view", "demo", "--registry=URL"),
        tool="pnpm",
        settings={"npm_config_fetch_retries": "0", "pnpm_config_fetch_retries": "0"},
        finishes=False,
    ),
    Driver("bun", _tool("bun", "-e", programs.FETCH, "URL"), tool="bun"),
    Driver(
        "deno",
        _tool("deno", "eval", programs.DENO, "URL"),
        tool="deno",
        settings={"DENO_NO_UPDATE_CHECK": "1", "DENO_TLS_CA_STORE": "mozilla,system"},
        store="public",
        own=True,
    ),
)

COMPILED: Final = (
    Driver(
        "go",
        _tool("go", "list", "-m", "example.test/x@v1.0.0"),
        tool="go",
        settings={
            "GOPROXY": "URL",
            "GOSUMDB": "off",
            "GOFLAGS": "-mod=mod -modcacherw",
            "GOENV": "off",
            "GOTOOLCHAIN": "local",
            "GOTELEMETRY": "off",
        },
        finishes=False,
    ),
)

DRIVERS: Final[tuple[Driver, ...]] = (*PYTHON, *NATIVE, *JAVASCRIPT, *COMPILED)
"""Every client that PyPI, the npm registry or Debian has, and that is no great weight to install."""
