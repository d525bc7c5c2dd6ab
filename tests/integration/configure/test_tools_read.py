"""``--configure``: files of tools, read by the real tools behind an intercepting proxy."""

from __future__ import annotations

import json
import shutil
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.child import in_child
from support.command import proxyenv
from support.configuring import HTTPS, NAME, THERE, Company, run, setup
from support.exports import read_exports
from support.machine import AS_FOUND, require_client
from support.mounts import needs_mounts, overlay, own_mounts
from support.tree import snapshot

if TYPE_CHECKING:
    from support.native_clients import Tools


def test_wget_reads_its_file(home: Path, company: Company) -> None:
    wget = require_client("wget")
    (home / ".wgetrc").write_text("# mine\nquiet = on")
    assert run(home, wget, "-O-", HTTPS, https_proxy=company.proxy.url).returncode == 5
    assert setup(home, company, "wget").status == 0
    since = len(company.proxy.connects())
    done = run(home, wget, "-O-", HTTPS, https_proxy=company.proxy.url)
    assert (done.returncode, "uuid" in done.stdout) == (0, True), done.stderr
    assert company.reached(since) == [f"{NAME}:443"]


def test_uv_reads_its_file(home: Path, company: Company, tools: Tools) -> None:
    command = (tools.uv, "pip", "install", "--dry-run", "--no-cache", "--python", sys.executable)
    index = ("--index-url", HTTPS, "absent")
    assert setup(home, company, "uv").status == 0
    since = len(company.proxy.connects())
    done = run(home, *command, *index, SSL_CERT_FILE=read_exports(home)["SSL_CERT_FILE"])
    assert "absent" in done.stderr
    assert "certificate" not in done.stderr
    assert set(company.reached(since)) == {f"{NAME}:443"}


def test_pip_reads_its_file(home: Path, company: Company) -> None:
    command = (sys.executable, "-m", "pip", "download", "--no-deps", "--retries=0", "-i", HTTPS, "absent")
    proxy = {"https_proxy": company.proxy.url, "PATH": AS_FOUND["PATH"]}
    done = run(home, *command, **proxy)
    assert "CERTIFICATE_VERIFY_FAILED" in done.stderr + done.stdout
    assert setup(home, company, "pip").status == 0
    since = len(company.proxy.connects())
    done = run(home, *command, **proxy)
    assert "CERTIFICATE_VERIFY_FAILED" not in done.stderr + done.stdout
    assert "No matching distribution found for absent" in done.stderr
    assert set(company.reached(since)) == {f"{NAME}:443"}


def test_poetry_reads_its_file(home: Path, company: Company, tools: Tools) -> None:
    poetry = tools.poetry
    assert run(home, poetry, "config", "repositories.corp", HTTPS).returncode == 0
    assert setup(home, company, "poetry").status == 0
    done = run(home, poetry, "config", "--list")
    assert f'certificates.corp.cert = "{read_exports(home)["SSL_CERT_FILE"]}"' in done.stdout


JAVA: Final = """\
import java.net.URI;
import java.net.http.*;

class Fetch {
    public static void main(String[] arguments) throws Exception {
        var client = HttpClient.newBuilder().proxy(java.net.ProxySelector.getDefault()).build();
        var answer = client.send(HttpRequest.newBuilder(URI.create(arguments[0])).build(),
            HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode());
        System.out.println(new String(URI.create(arguments[0]).toURL().openStream().readAllBytes()));
    }
}
"""


def test_java_reads_its_variable(home: Path, company: Company) -> None:
    java = require_client("java")
    source = home / "Fetch.java"
    source.write_text(JAVA)
    assert setup(home, company, "java").status == 0
    since = len(company.proxy.connects())
    done = run(home, java, source, HTTPS, JAVA_TOOL_OPTIONS=read_exports(home)["JAVA_TOOL_OPTIONS"])
    assert (done.returncode, done.stdout[:4], "uuid" in done.stdout) == (0, "200\n", True), done.stderr
    assert company.reached(since) == [f"{NAME}:443"] * 2


POM: Final = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>corp</groupId><artifactId>app</artifactId><version>1</version>
  <repositories><repository><id>central</id><url>https://{NAME}/maven</url></repository></repositories>
  <pluginRepositories>
    <pluginRepository><id>central</id><url>https://{NAME}/maven</url></pluginRepository>
  </pluginRepositories>
</project>
"""


OLD_PROXY: Final = (
    "<settings><proxies><proxy><id>old</id><active>true</active><protocol>https</protocol>"
    "<host>127.0.0.1</host><port>1</port></proxy></proxies></settings>"
)


@pytest.mark.parametrize(
    "own",
    [
        pytest.param("", id="no settings"),
        pytest.param("<settings>\n\t<offline>false</offline><!-- mine -->\n</settings>\n", id="a comment"),
        pytest.param(OLD_PROXY, id="a proxy that is gone"),
    ],
)
def test_maven_reads_its_files(home: Path, company: Company, own: str) -> None:
    """The origin has no such document; that Maven hears so is the proof that proxy and CA served."""
    mvn = require_client("mvn")
    if own:
        (home / ".m2").mkdir()
        (home / ".m2/settings.xml").write_text(own)
    (home / "pom.xml").write_text(POM)
    before = snapshot(home)
    assert setup(home, company, "maven").status == 0
    since = len(company.proxy.connects())
    done = run(
        home, mvn, "-B", "compile", f"-Dmaven.repo.local={home.parent}/repository", f"-Duser.home={home}"
    )
    assert "Could not find artifact" in done.stdout, done.stdout + done.stderr
    assert set(company.reached(since)) == {f"{NAME}:443"}
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    assert snapshot(home) == before


PROPERTIES: Final = """\
class Read {
    public static void main(String[] arguments) throws Exception {
        var properties = new java.util.Properties();
        properties.load(new java.io.FileInputStream(arguments[0]));
        for (var name : properties.stringPropertyNames()) {
            if (name.startsWith("systemProp.")) {
                System.setProperty(name.substring("systemProp.".length()), properties.getProperty(name));
            }
        }
        System.out.println(properties.getProperty("org.gradle.jvmargs"));
        var origin = java.net.URI.create(arguments[1]).toURL().openStream();
        System.out.println(new String(origin.readAllBytes()));
    }
}
"""


def test_java_reads_what_gradle_would(home: Path, company: Company) -> None:
    java = require_client("java")
    (home / ".gradle").mkdir()
    own = home / ".gradle/gradle.properties"
    own.write_bytes(b"! mine\r\norg.gradle.jvmargs = -Xmx1g \\\r\n    -Dx=y\r\n")
    (home / "Read.java").write_text(PROPERTIES)
    assert setup(home, company, "gradle").status == 0
    since = len(company.proxy.connects())
    done = run(home, java, home / "Read.java", own, HTTPS)
    assert (done.stdout.splitlines()[:1], "uuid" in done.stdout) == (["-Xmx1g -Dx=y"], True), done.stderr
    assert company.reached(since) == [f"{NAME}:443"]


def test_docker_reads_its_file(home: Path, company: Company) -> None:
    """The client refuses a file that it cannot parse before it looks for a daemon."""
    docker = require_client("docker")
    (home / ".docker").mkdir()
    own = home / ".docker/config.json"
    own.write_text('{"auths": {"registry.corp.test": {"auth": "YWRhOnNlY3JldA=="}}}')
    own.chmod(0o600)
    assert setup(home, company, "docker").status == 0
    written = json.loads(own.read_text())
    assert written["auths"] == {"registry.corp.test": {"auth": "YWRhOnNlY3JldA=="}}
    assert written["proxies"]["default"]["httpsProxy"] == THERE
    assert stat.S_IMODE(own.stat().st_mode) == 0o600
    assert "YWRhOnNlY3JldA==" not in (home / ".local/state/proxyenv/receipt.json").read_text()
    done = run(home, docker, "context", "ls", "--format", "{{.Name}}")
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["default"], "")


def test_gcloud_reads_its_file(home: Path, company: Company) -> None:
    gcloud = require_client("gcloud")
    directory = home / ".config/gcloud/configurations"
    assert setup(home, company, "gcloud").json["errors"][0]["code"] == "settings-invalid"
    assert run(home, gcloud, "config", "configurations", "list").returncode == 0
    (directory / "config_default").write_text("[core]\naccount = ada@corp.test\n\n[proxy]\n# none yet\n")
    assert setup(home, company, "gcloud").status == 0
    done = run(home, gcloud, "config", "list", "--format", "json")
    listed = json.loads(done.stdout)
    assert listed["core"]["custom_ca_certs_file"] == str(home / ".local/share/proxyenv/ca-bundle.pem")
    assert listed["core"]["account"] == "ada@corp.test"
    assert listed["proxy"] == {
        "type": "http",
        "address": "127.0.0.1",
        "port": company.proxy.url.rpartition(":")[2],
    }


def test_npm_gets_a_ca_file_that_exists_again(home: Path, company: Company) -> None:
    npm = require_client("npm")
    (home / ".npmrc").write_text("fund=false\ncafile=/gone/corp.pem\n; mine\n")
    before = snapshot(home)
    assert setup(home, company, "npm").status == 0
    bundle = home / ".local/share/proxyenv/ca-bundle.pem"
    assert run(home, npm, "config", "get", "cafile").stdout.strip() == str(bundle)
    assert (home / ".npmrc").read_text() == f"fund=false\ncafile={bundle}\n; mine\n"
    again = proxyenv("setup", "--yes", "--no-check", "--output", "json", home=home)
    assert again.json["data"]["changes"] == []
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    shutil.rmtree(home / ".npm", ignore_errors=True)
    assert snapshot(home) == before


def test_both_yarns_and_pnpm_get_a_ca_file_that_exists_again(
    home: Path, company: Company, tools: Tools
) -> None:
    """pnpm reads npm's file."""
    own = {
        ".npmrc": "cafile=/gone\n",
        ".yarnrc": '# yarn lockfile v1\ncafile "/gone" # old\n',
        ".yarnrc.yml": "---\n'httpsCaFilePath': >-\n  /gone\nenableTelemetry: false\n",
    }
    for name, text in own.items():
        (home / name).write_text(text)
    assert setup(home, company, "npm", "yarn").status == 0
    node = tools.node_24
    asked = (
        (node, tools.yarn_1, "config", "get", "cafile"),
        (node, tools.yarn_4, "config", "get", "httpsCaFilePath"),
        (tools.pnpm, "config", "get", "cafile"),
    )
    bundle = str(home / ".local/share/proxyenv/ca-bundle.pem")
    assert [run(home, *command).stdout.strip() for command in asked] == [bundle] * 3
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    assert {name: (home / name).read_text() for name in own} == own


@needs_mounts
def test_apt_reads_its_file(company: Company, tmp_path: Path) -> None:
    """As root, with an ``/etc`` of its own: apt uses the proxy and trusts the CA, and the file goes again."""
    apt = require_client("apt-get")
    room, home = tmp_path / "room", tmp_path / "home"
    room.mkdir()
    home.mkdir()
    for directory in tmp_path.parents:
        if directory.name.startswith("pytest"):  # apt goes on as another user
            directory.chmod(0o755)
    lists = tmp_path / "lists"
    (lists / "partial").mkdir(parents=True)
    sources = tmp_path / "sources.list"
    sources.write_text(f"deb https://{NAME}/debian stable main\n")
    places = (f"Dir::Etc::SourceList={sources}", "Dir::Etc::SourceParts=-", f"Dir::State::Lists={lists}")
    update = (apt, "update", *(word for place in places for word in ("-o", place)))

    def act() -> str:
        own_mounts()
        overlay(room, "/etc")
        for other in Path("/etc/apt/apt.conf.d").glob("*proxy*"):
            other.unlink()
        before = snapshot(Path("/etc/apt"))
        done = setup(home, company, "apt", PROXYENV_HOME="/etc/proxyenv")
        assert done.status == 0, done.out + done.err
        updated = run(home, *update)
        again = setup(home, company, "apt", PROXYENV_HOME="/etc/proxyenv").json["data"]["changes"]
        assert again == []
        assert proxyenv("uninstall", "--yes", home=home, PROXYENV_HOME="/etc/proxyenv").status == 0
        assert snapshot(Path("/etc/apt")) == before
        return updated.stdout + updated.stderr

    since = len(company.proxy.connects())
    said = in_child(act)
    assert f"https://{NAME}/debian stable Release" in said, said
    assert "404" in said, said
    assert set(company.reached(since)) == {f"{NAME}:443"}
