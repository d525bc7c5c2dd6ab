"""``proxyenv kubernetes`` against what reads it: kubectl, kustomize, the schemas, the client of a worker."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import kubernetes_validate
import pytest
import trustme
import yaml

from proxyenv.cli import run
from support.certificates import make_ca
from support.clusters import MANIFEST, PASSWORD
from support.command import environment_of
from support.documents import commands_of
from support.machine import require_client
from support.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERSION: Final = "1.33"
PROXY: Final = "http://proxy.corp.example:3128"
WITH_PASSWORD: Final = "http://ada:s3cr%24t%2Fwith%2Ball@proxy.corp.example:3128"
API: Final = "https://prefect.corp.example/api"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "corp.pem").write_bytes(make_ca("Corp").pem)
    (tmp_path / "web.yaml").write_text(MANIFEST, "utf-8")
    for name, value in environment_of(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def render(capsys: pytest.CaptureFixture[str], *arguments: str, proxy: str = PROXY) -> str:
    given = ("--proxy", proxy, "--ca", "corp.pem", "--api-url", API)
    assert run(["kubernetes", *given, *arguments]) == 0
    return capsys.readouterr().out


def kubectl(*arguments: str, given: str = "") -> str:
    command = [require_client("kubectl"), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def validate(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, VERSION, strict=True)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="the config map"),
        pytest.param(("--ca-from", "openshift"), id="that of OpenShift"),
        pytest.param(("--part", "secret"), id="the secret"),
        pytest.param(("--part", "env", "--api-server", "10.96.0.1"), id="the environment"),
        pytest.param(("--manifest", "web.yaml"), id="a manifest"),
        pytest.param(("--manifest", "web.yaml", "--part", "ca", "--part", "manifest"), id="both"),
    ],
)
@pytest.mark.usefixtures("home")
def test_the_schemas_accept_every_object(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    documents = list(yaml.safe_load_all(render(capsys, *arguments, proxy=WITH_PASSWORD)))
    assert documents
    for document in documents:
        validate(document)


def test_the_schemas_would_find_a_mistake() -> None:
    wrong = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "dada": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        validate(wrong)


@pytest.mark.usefixtures("home")
def test_the_config_map_fits_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    text = render(capsys)
    document = yaml.safe_load(text)
    assert len(json.dumps(document)) < 262_144 * 3 // 4  # a good many corporate CAs fit too
    assert sum(map(len, document["data"].values())) < 1024 * 1024


def test_kustomize_applies_the_component(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = home / "proxyenv"
    place.mkdir()
    (place / "proxyenv-ca.yaml").write_text(render(capsys), "utf-8")
    component = render(capsys, "--manifest", "web.yaml", "--part", "kustomization")
    (place / "kustomization.yaml").write_text(component, "utf-8")
    (home / "kustomization.yaml").write_text("resources: [web.yaml]\ncomponents: [proxyenv]\n", "utf-8")
    made = list(yaml.safe_load_all(kubectl("kustomize", str(home))))
    assert sorted(each["kind"] for each in made) == ["ConfigMap", "CronJob", "Deployment", "Service"]
    for each in made:
        validate(each)
    web = next(each for each in made if each["kind"] == "Deployment")
    assert_all_reached(web, yaml.safe_load(render(capsys, "--manifest", "web.yaml").split("\n---\n")[0]))


def test_kubectl_merges_the_patch(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patch = home / "patch.yaml"
    text = render(capsys, "--manifest", "web.yaml", "--part", "patch").removeprefix("---\n")
    patch.write_text(text.split("\n---\n")[0], "utf-8")
    (home / "one.yaml").write_text(MANIFEST.split("\n---\n")[0], "utf-8")
    given = ("--local", "--filename", str(home / "one.yaml"), "--patch-file", str(patch), "--output", "yaml")
    made = yaml.safe_load(kubectl("patch", *given))
    assert_all_reached(made, yaml.safe_load(render(capsys, "--manifest", "web.yaml").split("\n---\n")[0]))


def assert_all_reached(made: dict[str, Any], wanted: dict[str, Any]) -> None:
    """The same as in the extended manifest, whatever the order."""
    one, other = (each["spec"]["template"]["spec"] for each in (made, wanted))
    assert by_name(one["volumes"]) == by_name(other["volumes"])
    for key in ("initContainers", "containers"):
        assert [each["name"] for each in one[key]] == [each["name"] for each in other[key]]
        for container, known in zip(one[key], other[key], strict=True):
            assert by_name(container["env"]) == by_name(known["env"])
            assert by_name(container["volumeMounts"]) == by_name(known["volumeMounts"])


def by_name(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in items}


def test_a_manifest_may_be_piped_in(home: Path) -> None:
    given = ("--proxy", PROXY, "--ca", str(home / "corp.pem"), "--manifest", "-")
    done = subprocess.run(
        [sys.executable, "-m", "proxyenv", "kubernetes", *given],
        input=MANIFEST,
        env=environment_of(home, PYTHONPATH=str(Path(__file__).parents[2])),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("# The web and its database.\n")
    assert done.stderr == "note: container `web` of Deployment `web` keeps its own `NO_PROXY`\n"


@pytest.mark.usefixtures("home")
def test_no_output_but_the_secret_holds_the_password(capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--proxy", WITH_PASSWORD, "--ca", "corp.pem", "--api-url", API)
    basic = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    for more in (
        (),
        *(("--ca-from", each) for each in ("trust-manager", "openshift")),
        ("--part", "env", "--api-server", "10.96.0.1"),
        *(("--manifest", "web.yaml", "--part", each) for each in ("manifest", "patch", "kustomization")),
        ("--part", "helm"),
    ):
        for output in ("text", "json"):
            assert run(["kubernetes", *given, *more, "--output", output]) == 0
            printed = capsys.readouterr()
            for held in (PASSWORD, "s3cr%24t", basic):
                assert held not in printed.out + printed.err, more
    assert run(["kubernetes", *given, "--part", "secret"]) == 0
    secret = yaml.safe_load(capsys.readouterr().out)
    assert secret["stringData"]["HTTPS_PROXY"] == WITH_PASSWORD


def test_every_command_of_the_guide_runs(home: Path) -> None:
    programs = home / "programs"
    programs.mkdir()
    (programs / "proxyenv").write_text(f'#!/bin/sh\nexec {sys.executable} -m proxyenv "$@"\n', "utf-8")
    (programs / "proxyenv").chmod(0o755)
    path = f"{programs}:{Path(require_client('kubectl')).parent}:/usr/bin:/bin"
    variables = environment_of(home, PATH=path, PYTHONPATH=str(Path(__file__).parents[2]))
    given = f"--proxy {WITH_PASSWORD} --ca corp.pem --api-url {API} --no-check --yes --quiet"
    commands = commands_of("docs/kubernetes.md", __file__)
    assert len(commands) >= 10
    for command in (f"proxyenv setup {given}", *commands):
        subprocess.run(["/bin/sh", "-ec", command], cwd=home, env=variables, capture_output=True, check=True)
    written = {"web.patched.yaml", "patch.yaml", "values.yaml", "secret.yaml", "environment.yaml"}
    assert {each.name for each in home.glob("*.yaml")} >= written


CLIENT: Final = """
import asyncio, sys
from kubernetes_asyncio import client
from kubernetes_asyncio.config.incluster_config import InClusterConfigLoader

async def main():
    InClusterConfigLoader(token_filename=sys.argv[1], cert_filename=sys.argv[2]).load_and_set()
    async with client.ApiClient() as api:
        print((await client.VersionApi(api).get_code()).git_version)

asyncio.run(main())
"""
"""What a worker does at its start: the address, the token and the CA are those of the cluster."""

ADDRESS: Final = "127.0.0.2"
"""Of the cluster's API: an address that NO_PROXY holds only where it was put in."""


class _Version(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        names = ("major", "minor", "gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion")
        body = json.dumps(dict.fromkeys((*names, "compiler", "platform"), "v1.33")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """The API of a cluster: what the kubelet tells a pod of it."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(ADDRESS).configure_cert(context)
    server = ThreadingHTTPServer((ADDRESS, 0), _Version)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    (tmp_path / "token").write_text("t", "utf-8")
    (tmp_path / "ca.crt").write_bytes(ca.cert_pem.bytes())
    yield {"KUBERNETES_SERVICE_HOST": ADDRESS, "KUBERNETES_SERVICE_PORT": str(server.server_port)}
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.skipif(sys.platform != "linux", reason="all of 127.0.0.0/8 is loopback on Linux")
@pytest.mark.parametrize("without", [False, True], ids=["with the address", "with networks and names"])
def test_a_worker_reaches_the_api_of_its_cluster(
    home: Path, capsys: pytest.CaptureFixture[str], cluster: Mapping[str, str], without: bool
) -> None:
    with ProxyServer(ca=trustme.CA(), origin_ca=trustme.CA(), names={}) as proxy:
        there = f"http://proxy.corp.example:{proxy.port}"
        text = render(capsys, "--manifest", "web.yaml", "--no-proxy", "127.0.0.0/8,10.96.0.0/12", proxy=there)
        *_, cron = yaml.safe_load_all(text)
        container = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
        env = {each["name"]: expand(each["value"], cluster) for each in container["env"]}
        env |= {name: proxy.url for name, value in env.items() if value == there}  # as its name resolves
        if without:
            env |= {name: env[name].replace(f",{ADDRESS}", "") for name in ("NO_PROXY", "no_proxy")}
        done = subprocess.run(
            [sys.executable, "-c", CLIENT, str(home / "token"), str(home / "ca.crt")],
            env={**environment_of(home), **env, **cluster},
            capture_output=True,
            text=True,
            check=False,
        )
    if without:
        assert (done.returncode, proxy.connects()) == (1, [f"{ADDRESS}:{cluster['KUBERNETES_SERVICE_PORT']}"])
    else:
        assert (done.stdout, proxy.connects()) == ("v1.33\n", []), done.stderr


def expand(value: str, services: Mapping[str, str]) -> str:
    """As the kubelet: references to its variables of services, then `$$`."""
    for name, known in services.items():
        value = value.replace(f"$({name})", known)
    return value.replace("$$", "$")
