"""The clients of the matrix: how each is made to fetch one document, and nothing else of it matters."""

from __future__ import annotations

import os
import sys
from typing import Final

from support import matrix_programs as programs
from support import matrix_projects as projects
from support.matrix_driver import Driver, run_line, run_node, run_other_python, run_python, run_tool

__all__ = ["DRIVERS", "find_driver"]

NO_PIP_CONF: Final = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
"""Its option `--isolated` would hide the variables too."""

PYTHON: Final = (
    Driver("prefect", run_python(programs.PREFECT)),
    Driver("prefect-websockets", run_python(programs.PREFECT_WEBSOCKETS), finishes=False),
    Driver("prefect-git", run_python(programs.PREFECT_GIT), needs=("git",), finishes=False),
    Driver("apprise", run_python(programs.APPRISE)),
    Driver("httpx", run_python(programs.HTTPX)),
    Driver("httpx2", run_python(programs.HTTPX.replace("httpx", "httpx2"))),
    Driver("websockets", run_python(programs.WEBSOCKETS), finishes=False),
    Driver("urllib", run_python(programs.URLLIB)),
    Driver("urllib3", run_python(programs.URLLIB3)),
    Driver("aiohttp", run_python(programs.AIOHTTP)),
    Driver("requests", run_python(programs.REQUESTS)),
    Driver("grpc", run_python(programs.GRPC)),
    Driver("botocore", run_python(programs.BOTOCORE), finishes=False),
    Driver(
        "pip",
        lambda _tools, question: [
            *(sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--retries=0"),
            *(f"--dest={question.directory}", f"--index-url={question.url}", "demo"),
        ],
        settings=NO_PIP_CONF,
        finishes=False,
    ),
    Driver(
        "pip-legacy",
        lambda tools, question: [
            *(tools.python, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--retries=0"),
            *(f"--dest={question.directory}", f"--index-url={question.url}", "demo"),
        ],
        tool="python",
        settings=NO_PIP_CONF,
        finishes=False,
    ),
    Driver(
        "poetry",
        projects.poetry,
        tool="poetry",
        settings={"POETRY_KEYRING_ENABLED": "false", "POETRY_REQUESTS_MAX_RETRIES": "0"},
        finishes=False,
    ),
    Driver("rattler", run_other_python(programs.RATTLER), tool="python", finishes=False),
    Driver("httplib2", run_other_python(programs.HTTPLIB2), tool="python"),
    Driver("google-auth", run_other_python(programs.GOOGLE_AUTH), tool="python"),
    Driver("azure-core", run_other_python(programs.AZURE_CORE), tool="python"),
    Driver("pycurl", run_other_python(programs.PYCURL), tool="python", store="corporate"),
    Driver(
        "aws",
        run_tool("aws", "s3api", "list-buckets", "--endpoint-url=URL", "--no-sign-request", "--region=lab"),
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
    Driver("curl", run_line("curl", "-q", "-sS", "--fail", "URL"), needs=("curl",)),
    Driver(
        "wget",
        run_line("wget", "-qO-", "--tries=1", "--no-hsts", "--no-config", "URL"),
        needs=("wget",),
        store="corporate",
    ),
    Driver(
        "wget",
        run_line("wget", "-qO-", "--tries=1", "--no-hsts", "URL"),
        variant="told",
        needs=("wget",),
        told=(".wgetrc",),
    ),
    Driver(
        "aria2",
        run_line("aria2c", "--no-conf", "--max-tries=1", "--dir=HERE", "--out=document", "URL"),
        needs=("aria2c",),
        store="corporate",
    ),
    Driver(
        "git-gnutls",
        run_line("git", "ls-remote", "URL"),
        needs=("git",),
        settings={"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"},
        finishes=False,
    ),
    Driver(
        "openssl",
        run_line("sh", "-c", programs.OPENSSL, "HOST", "PROXY"),
        needs=("openssl",),
        finishes=False,
    ),
    Driver(
        "apt",
        run_line("/usr/lib/apt/apt-helper", "-oAcquire::Retries=0", "download-file", "URL", "HERE/document"),
        needs=("apt-get",),
        store="corporate",
    ),
    Driver("ruby", run_line("ruby", "-ropen-uri", "-e", programs.RUBY, "URL"), needs=("ruby",)),
    Driver(
        "bundler",
        run_line("gem", "fetch", "demo", "--norc", "--clear-sources", "--source=URL"),
        needs=("gem",),
        finishes=False,
        admits=False,
    ),
    Driver("perl", run_line("perl", "-MLWP::UserAgent", "-e", programs.PERL, "URL"), needs=("perl",)),
    Driver("php-streams", run_line("php", "-n", "-r", programs.PHP_STREAMS, "URL"), needs=("php",)),
    Driver(
        "php-curl",
        run_line("php", "-r", programs.PHP_CURL, "URL"),
        needs=("php",),
        proof=("-r", "exit(extension_loaded('curl') ? 0 : 1);"),
        store="corporate",
    ),
    Driver(
        "composer",
        projects.composer,
        needs=("composer",),
        settings={"COMPOSER_ALLOW_SUPERUSER": "1"},
        finishes=False,
    ),
    Driver("r", run_line("Rscript", "-e", programs.R, "URL"), needs=("Rscript",)),
    Driver("java", projects.java, needs=("java",)),
    Driver(
        "maven",
        projects.maven,
        needs=("mvn",),
        settings={"MAVEN_OPTS": projects.QUICK_JVM},
        finishes=False,
        told=(".mavenrc",),
        told_proxy=(".m2/settings.xml",),
    ),
)

JAVASCRIPT: Final = (
    *(
        Driver(
            "node",
            run_tool(tool, "-e", script, "URL"),
            variant=f"{tool[-2:]}-{name}",
            tool=tool,
            proves_roots=run_tool(tool, "-e", programs.NODE_ROOTS),
        )
        for tool in ("node_22", "node_24", "node_26")
        for name, script in (("fetch", programs.FETCH), ("https", programs.NODE_HTTPS))
    ),
    Driver(
        "npm",
        run_node(
            "npm",
            "npm",
            *("view", "demo", "--registry=URL", "--fetch-retries=0", "--update-notifier=false"),
            "--cache=HERE/npm",
        ),
        tool="npm",
        finishes=False,
        proves_roots=run_tool("node_24", "-e", programs.NODE_ROOTS),
    ),
    Driver(
        "yarn",
        run_node("yarn_1", "yarn_1", "info", "demo", "--registry=URL", "--no-default-rc", "--cwd=HERE"),
        tool="yarn_1",
        # Several that compile into one file of /tmp at a time read what another has half written, and die.
        settings={"DISABLE_V8_COMPILE_CACHE": "1"},
        finishes=False,
        admits=False,
        proves_roots=run_tool("node_24", "-e", programs.NODE_ROOTS),
    ),
    Driver(
        "yarn-berry",
        projects.yarn_4,
        tool="yarn_4",
        settings={"YARN_NPM_REGISTRY_SERVER": "URL", "YARN_HTTP_RETRY": "0", "YARN_ENABLE_TELEMETRY": "0"},
        finishes=False,
        own=True,
        proves_roots=run_tool("node_24", "-e", programs.NODE_ROOTS),
    ),
    Driver(
        "pnpm",
        run_tool("pnpm", "view", "demo", "--registry=URL"),
        tool="pnpm",
        settings={"npm_config_fetch_retries": "0", "pnpm_config_fetch_retries": "0"},
        finishes=False,
    ),
    Driver("bun", run_tool("bun", "-e", programs.FETCH, "URL"), tool="bun"),
    Driver(
        "deno",
        run_tool("deno", "eval", programs.DENO, "URL"),
        tool="deno",
        settings={"DENO_NO_UPDATE_CHECK": "1", "DENO_TLS_CA_STORE": "mozilla,system"},
        store="public",
        own=True,
    ),
)

COMPILED: Final = (
    Driver(
        "go",
        run_tool("go", "list", "-m", "example.test/x@v1.0.0"),
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
    Driver("cargo", projects.cargo, needs=("cargo",), settings={"CARGO_NET_RETRY": "0"}, finishes=False),
    Driver(
        "kubectl",
        run_line("kubectl", "--kubeconfig=/dev/null", "--server=URL", "--token=lab", "get", "--raw", "/"),
        needs=("kubectl",),
    ),
    Driver(
        "docker",
        run_line("docker", "manifest", "inspect", "HOST/lab/demo:1"),
        needs=("docker",),
        finishes=False,
    ),
)

DRIVERS: Final[tuple[Driver, ...]] = (*PYTHON, *NATIVE, *JAVASCRIPT, *COMPILED)
"""Every client that PyPI, the npm registry or Debian has, and that is no great weight to install."""


def find_driver(name: str) -> Driver:
    return next(driver for driver in DRIVERS if driver.name == name)
