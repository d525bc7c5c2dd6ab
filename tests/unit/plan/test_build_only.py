"""The folder of ``image write --build-only``, and the folder ``builder``: words, without a builder."""

from __future__ import annotations

import csv
import subprocess
import tomllib
from pathlib import Path
from typing import Final

import pytest

from proxyenv.cli import run
from support.certificates import make_ca

PROXY: Final = "http://proxy.corp.test:3128"
SECRET: Final = "http://ada:s3cr%24t%2Fx@proxy.corp.test:3128"
CORP: Final = make_ca("Corp").pem
MASKED: Final = ("s3cr%24t", "s3cr$t", "YWRhOnMzY3IkdC94")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corp.pem").write_bytes(CORP)
    return tmp_path


def write(*options: str, proxy: str = PROXY, status: int = 0) -> Path:
    given = ("--proxy", proxy, "--ca", "corp.pem")
    assert run(["image", "write", "out", *given, *options]) == status
    return Path("out")


def read(folder: Path, name: str) -> str:
    return (folder / name).read_text("utf-8")


def test_the_folder_of_a_build() -> None:
    assert sorted(path.name for path in write("--build-only").iterdir()) == [
        *("Dockerfile.steps", "apt.conf", "build", "builder", "ca-bundle.pem", "corporate-ca.pem"),
        *("proxyenv.env", "proxyenv.sha256"),
    ]
    assert sorted(path.name for path in Path("out/builder").iterdir()) == [
        *("Dockerfile", "README.md", "buildkitd.toml", "client.sh", "create.sh", "dind.env", "kaniko.env"),
    ]


def test_the_folder_of_an_image_says_what_its_builder_needs() -> None:
    folder = write()
    assert (folder / "builder" / "create.sh").exists()
    assert not (folder / "Dockerfile.steps").exists()


def test_no_file_holds_the_password(capsys: pytest.CaptureFixture[str]) -> None:
    folder = write("--build-only", proxy=SECRET)
    write("--build-only", "--output", "json", proxy=SECRET)
    texts = [path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()]
    said = capsys.readouterr()
    for text in (*texts, said.out, said.err):
        assert not [word for word in MASKED if word in text]


def test_a_password_comes_from_the_shell_that_builds() -> None:
    folder = write("--build-only", proxy=SECRET)
    assert "--secret id=proxyenv-url,env=HTTPS_PROXY" in read(folder, "build")
    assert "--mount=type=secret,id=proxyenv-url,required=true" in read(folder, "Dockerfile.steps")
    given = read(folder, "proxyenv.env").splitlines()
    assert 'export https_proxy="$proxyenv_url"' in given
    assert (
        '    --driver-opt "env.HTTPS_PROXY=${HTTPS_PROXY:?}" \\'
        in read(folder, "builder/create.sh").splitlines()
    )
    assert "HTTPS_PROXY" in read(folder, "builder/dind.env").splitlines()  # a name alone: from the shell


def test_without_a_password_nothing_is_asked_for() -> None:
    folder = write("--build-only")
    assert "proxyenv-url" not in "".join(read(folder, name) for name in ("build", "Dockerfile.steps"))
    assert f"export https_proxy={PROXY}" in read(folder, "proxyenv.env").splitlines()
    assert f"HTTPS_PROXY={PROXY}" in read(folder, "builder/kaniko.env").splitlines()


def test_two_proxies_have_a_secret_each() -> None:
    folder = Path("out")
    proxies = ("--https-proxy", SECRET, "--http-proxy", SECRET.replace("3128", "3129"))
    assert run(["image", "write", "out", *proxies, "--ca", "corp.pem", "--build-only"]) == 0
    assert "--secret id=proxyenv-http-url,env=HTTP_PROXY" in read(folder, "build")
    assert 'export http_proxy="$proxyenv_http_url"' in read(folder, "proxyenv.env").splitlines()
    assert 'export https_proxy="$proxyenv_url"' in read(folder, "proxyenv.env").splitlines()


def test_every_root_of_a_step_is_the_secret() -> None:
    lines = read(write("--build-only"), "proxyenv.env").splitlines()
    assert "export SSL_CERT_FILE=/run/secrets/proxyenv-ca" in lines
    assert "export NODE_EXTRA_CA_CERTS=/run/secrets/proxyenv-ca" in lines
    assert not [line for line in lines if "/etc/proxyenv" in line]


def test_no_step_declares_an_argument() -> None:
    for name in ("Dockerfile.steps", "builder/Dockerfile"):
        lines = read(write("--build-only"), name).splitlines()
        assert not [line for line in lines if line.startswith("ARG") and "proxy" in line.lower()]


def test_apt_reads_the_roots_as_its_own_user() -> None:
    folder = write("--build-only")
    assert read(folder, "apt.conf") == 'Acquire::https::CAInfo "/run/secrets/proxyenv-ca";\n'
    steps = read(folder, "Dockerfile.steps")
    target = "target=/etc/apt/apt.conf.d/99proxyenv,mode=0444"
    assert f"--mount=type=secret,id=proxyenv-apt,{target},required=true" in steps
    assert "--mount=type=secret,id=proxyenv-ca,mode=0444,required=true" in steps


def test_another_user_owns_the_secret_and_installs_nothing_for_the_system() -> None:
    steps = read(write("--build-only", "--user", "10001", proxy=SECRET), "Dockerfile.steps")
    assert "--mount=type=secret,id=proxyenv-url,required=true,uid=10001" in steps
    assert "--mount=type=cache,target=/var/cache/pip,sharing=locked,uid=10001" in steps
    assert "apt-get" not in steps


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(("--user", "app"), "`--user app` is no number", id="a name"),
        pytest.param(("--family", "alpine"), "`--build-only` does not go with `--family`", id="a family"),
        pytest.param(("--at", "/opt/x"), "`--build-only` does not go with `--at`", id="a directory"),
    ],
)
def test_what_a_build_cannot_have_is_refused(
    options: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write("--build-only", *options, status=2)
    assert message in capsys.readouterr().err


def test_a_proxy_on_loopback_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    write("--build-only", proxy="http://127.0.0.1:3128", status=3)
    assert "`--proxy-there http://HOST:3128`" in capsys.readouterr().err


def test_the_options_of_a_builder_are_fields_of_a_list(home: Path) -> None:
    """As buildx reads ``--driver-opt``: comma-separated fields, some between quotes."""
    (home / "docker").write_text("#!/bin/sh\n[ $1 = build ] || printf '%s\\n' \"$@\"\n", "utf-8")
    (home / "docker").chmod(0o755)
    script = write("--build-only") / "builder" / "create.sh"
    environment = {"PATH": f"{home}:/usr/bin:/bin"}
    done = subprocess.run([script], env=environment, capture_output=True, text=True, check=True)
    words = done.stdout.splitlines()
    options = [words[index + 1] for index, word in enumerate(words) if word == "--driver-opt"]
    fields = [next(csv.reader([option])) for option in options]
    assert {len(field) for field in fields} == {1}
    named = dict(field[0].removeprefix("env.").split("=", 1) for field in fields)
    assert named["HTTPS_PROXY"] == PROXY
    assert named["NO_PROXY"].split(",")[-1] == "docker"
    assert named["image"] == "proxyenv-buildkit"


def test_the_configuration_of_buildkit_is_toml() -> None:
    table = tomllib.loads(read(write("--build-only"), "builder/buildkitd.toml"))
    assert table == {"registry": {"registry.corp.example": {"ca": ["../corporate-ca.pem"]}}}


@pytest.mark.parametrize("name", ["build", "builder/create.sh", "builder/client.sh", "proxyenv.env"])
@pytest.mark.parametrize("proxy", [PROXY, SECRET])
def test_a_shell_reads_every_script(name: str, proxy: str) -> None:
    folder = write("--build-only", proxy=proxy)
    subprocess.run(["/bin/sh", "-n", str(folder / name)], check=True)


def test_the_client_takes_the_roots_of_the_folder() -> None:
    folder = write("--build-only").resolve()
    command = '. builder/client.sh && echo "$SSL_CERT_FILE $HTTPS_PROXY"'
    done = subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == f"{folder}/ca-bundle.pem {PROXY}\n"


def test_a_failure_before_the_first_run_has_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    folder = write("--build-only")
    for name in ("builder/README.md", "build"):
        assert "`proxyenv explain builder-fetch`" in read(folder, name)
    capsys.readouterr()
    assert run(["explain", "builder-fetch"]) == 0
    assert "`FROM`" in capsys.readouterr().out
