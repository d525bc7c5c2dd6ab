from __future__ import annotations

import json
from typing import TYPE_CHECKING

from proxyenv.cli import run
from proxyenv.machine.distributions import find_integrations
from proxyenv.model.jobs import JobSources, find_job_faults
from support.certificates import make_ca

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def make_python(root: Path, *packages: str) -> Path:
    """An environment with these packages, as their directories say."""
    python = root / "venv/bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    (root / "venv/pyvenv.cfg").write_text("version = 3.11.7\n")
    for package in packages:
        (root / "venv/lib/python3.11/site-packages" / f"{package}.dist-info").mkdir(parents=True)
    return python


def test_the_packages_of_a_python_are_known_without_running_it(tmp_path: Path) -> None:
    python = make_python(tmp_path, "prefect-3.9.1", "prefect_docker-0.7.4", "prefect_aws-0.7.12", "dockerx-1")
    assert find_integrations(str(python)) == ("prefect-docker", "prefect-aws")
    assert find_integrations(str(tmp_path / "gone/bin/python")) == ()


def test_only_what_matters_is_said() -> None:
    docker = JobSources(("prefect-docker",), "/home/ada/.docker/config.json")
    causes = [each.cause for each in find_job_faults(docker, "/home/ada/ca.pem")]
    assert causes == ["jobs-get-host-path", "jobs-get-docker-proxies"]
    assert list(find_job_faults(JobSources((), "/c.json"), "/home/ada/ca.pem")) == []
    assert list(find_job_faults(JobSources(("prefect-aws",), "/c.json"), None)) == []


def test_setup_and_status_say_what_workers_here_do_to_their_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_python(tmp_path, "prefect_docker-0.7.4")
    (tmp_path / ".docker").mkdir()
    proxies = {"default": {"httpsProxy": "http://ada:geheim@proxy.corp.test:1"}}
    (tmp_path / ".docker/config.json").write_text(json.dumps({"proxies": proxies}))
    (tmp_path / "corp.pem").write_bytes(make_ca("Corp").pem)
    for name, value in {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "venv"))
    monkeypatch.chdir(tmp_path)
    given = (
        "--proxy",
        "proxy.corp.test:1",
        "--ca",
        "corp.pem",
        "--api-url",
        "http://prefect.corp.test:4200/api",
    )
    assert run(["setup", *given, "--yes", "--no-check"]) == 0
    said = capsys.readouterr().err
    bundle = tmp_path / ".local/share/proxyenv/ca-bundle.pem"
    assert f"workers of `prefect-docker` hand `PREFECT_API_SSL_CERT_FILE={bundle}` to their jobs" in said
    assert f"put the proxies of `{tmp_path}/.docker/config.json` into their containers" in said
    assert "geheim" not in said
    assert run(["status", "--output", "json"]) == 0
    report = json.loads(capsys.readouterr().out)["data"]["report"]
    assert [each["cause"] for each in report if each["check"] == "jobs"] == [
        "jobs-get-host-path",
        "jobs-get-docker-proxies",
    ]
