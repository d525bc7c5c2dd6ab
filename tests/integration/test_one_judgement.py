"""One machine in odd states: `status`, `check`, `discover` and `clients` say the same; Prefect does it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import certifi
import pytest

from proxyenv.cli import run
from support.certificates import make_ca
from support.exports import read_exports
from support.machine import in_ci

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

API: Final = "http://prefect.corp.test:4200/api"
STAGING: Final = '\n[profiles.staging]\nPREFECT_API_URL = "http://staging.test/api"\n'
TWIN: Final = f'\n[profiles.twin]\nPREFECT_API_URL = "{API}"\n'


class State(NamedTuple):
    """An odd state, and what all verbs say of it.

    Args:
        variables: what the shell has, besides what it sourced.
        files: what the home, which is the working directory too, has besides.
        profiles: what is added to `profiles.toml`.
        provenance: where it is from: what each verb shows.
        detail: what it does: each verb's words contain this.
        cause: the code.
        breaks: whether it is a no.
        lost: the clients that it leaves without the proxy or the CA, of `prefect` and `httpx`.
    """

    variables: Mapping[str, str] = MappingProxyType({})
    files: Mapping[str, str] = MappingProxyType({})
    profiles: str = ""
    provenance: str = ""
    detail: str = ""
    cause: str = "shadowed"
    breaks: bool = True
    lost: tuple[str, ...] = ()


def variable(name: str, value: str, detail: str, **more: Any) -> State:
    return State({name: value}, provenance=f"`{name}` in the environment", detail=detail, **more)


BOTH: Final = ("prefect", "httpx")
OLD: Final = f"flows use the API `http://old.test/api`, not `{API}`"
NO_API: Final = f"flows use a temporary server, not `{API}`"
GONE: Final = "it names `/gone.pem`, which does not exist"
LACKS: Final = "it names `{home}/public.pem`, which lacks the corporate CA"
NOTHING: Final = "set to nothing, and the public roots lack the corporate CA"
OTHER: Final = "another proxy than was set up, http://old.test:1"
PROFILES: Final = "{home}/.prefect/profiles.toml"
CERT: Final = "PREFECT_API_SSL_CERT_FILE"

STATES: Final = {
    "nothing odd": State(),
    "the same API in the environment": State({"PREFECT_API_URL": API + "/"}),
    "prefect.toml that says the same": State(files={"prefect.toml": f'[api]\nurl = "{API}"\n'}),
    "another profile in the environment": variable(
        "PREFECT_PROFILE",
        "staging",
        "Prefect takes the profile `staging` and does not read `proxyenv`: flows use the API `http://staging.",
        profiles=STAGING,
    ),
    "a profile that does not exist": variable(
        "PREFECT_PROFILE", "gone", f"Prefect finds no profile `gone` and does not read `proxyenv`: {NO_API}"
    ),
    "another profile that says the same": variable(
        "PREFECT_PROFILE",
        "twin",
        "Prefect takes the profile `twin` and does not read `proxyenv`",
        profiles=TWIN,
        breaks=False,
    ),
    "another home of Prefect": variable(
        "PREFECT_HOME",
        "{home}/elsewhere",
        f"Prefect reads `{{home}}/elsewhere/profiles.toml`, not `{PROFILES}`: {NO_API}",
    ),
    "other profiles": variable(
        "PREFECT_PROFILES_PATH",
        "{home}/p.toml",
        f"Prefect reads `{{home}}/p.toml`, not `{PROFILES}`: {NO_API}",
    ),
    "test mode": variable("PREFECT_TEST_MODE", "1", "with it Prefect reads no profile", lost=("prefect",)),
    "another API in the environment": variable("PREFECT_API_URL", "http://old.test/api", OLD),
    "another API in lower case": variable("prefect_api_url", "http://old.test/api", OLD),
    "an empty API": variable("PREFECT_API_URL", "", NO_API),
    "Prefect's CA file is gone": variable(CERT, "/gone.pem", GONE, lost=("prefect",)),
    "Prefect's CA file set to nothing": variable(CERT, "", NOTHING, lost=("prefect",)),
    "Prefect's CA file lacks the CA": variable(CERT, "{home}/public.pem", LACKS, lost=("prefect",)),
    "another CA file of Prefect's, with the CA": variable(
        CERT, "{home}/corp.pem", "it names `{home}/corp.pem`, not the bundle", breaks=False
    ),
    "no verification": variable(
        "PREFECT_API_TLS_INSECURE_SKIP_VERIFY",
        "true",
        "with it Prefect does not verify certificates",
        cause="verification-off",
        lost=("prefect",),
    ),
    "the CA file is gone": variable("SSL_CERT_FILE", "/gone.pem", GONE, lost=BOTH),
    "the CA file lacks the CA": variable("SSL_CERT_FILE", "{home}/public.pem", LACKS, lost=BOTH),
    "the CA file set to nothing": variable("SSL_CERT_FILE", "", NOTHING, lost=BOTH),
    "the CA file of requests is gone": variable("REQUESTS_CA_BUNDLE", "/gone.pem", GONE, breaks=False),
    "another proxy in lower case": variable(
        "https_proxy", "http://old.test:1", f"{OTHER}; requests go through another proxy", lost=BOTH
    ),
    "another proxy in upper case alone": variable(
        "HTTPS_PROXY",
        "http://ada:geheim@old.test:1",
        "another proxy than was set up, http://ada:****@old.test:1",
        breaks=False,
    ),
    "the proxy erased": variable("https_proxy", "", "set to nothing; requests go direct", lost=BOTH),
    "a proxy for all": variable("ALL_PROXY", "http://old.test:1", OTHER, breaks=False),
    "everything direct": State(
        {"no_proxy": "*", "NO_PROXY": "*"},
        provenance="`no_proxy`, `NO_PROXY` in the environment",
        detail="another list than was set up; requests go direct: `*` in `no_proxy`",
        lost=BOTH,
    ),
    "an entry that breaks httpx": variable(
        "no_proxy",
        "localhost,[::1]",
        "another list than was set up; requests fail: httpx.InvalidURL",
        lost=BOTH,
    ),
    "prefect.toml": State(
        files={"prefect.toml": '[api]\nurl = "http://old.test/api"\n'},
        provenance="`api.url` in `{home}/prefect.toml`",
        detail=OLD,
    ),
    "pyproject.toml": State(
        files={"pyproject.toml": '[tool.prefect.api]\nssl_cert_file = "/gone.pem"\n'},
        provenance="`tool.prefect.api.ssl_cert_file` in `{home}/pyproject.toml`",
        detail=GONE,
        lost=("prefect",),
    ),
    ".env": State(
        files={".env": f"{CERT}=/gone.pem\n"},
        provenance=f"`{CERT}` in `{{home}}/.env`",
        detail=GONE,
        lost=("prefect",),
    ),
    "prefect.toml that is broken": State(
        files={"prefect.toml": "["},
        provenance="`{home}/prefect.toml`",
        detail="it is not valid TOML, and Prefect does not start in this directory",
        cause="prefect-settings-invalid",
    ),
}


ASK: Final = """\
import json, os, sys
from prefect.settings.models.root import Settings
for line in sys.stdin:
    environment, directory = json.loads(line)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    try:
        api = Settings().api
        print(json.dumps([api.url or "", api.ssl_cert_file, api.tls_insecure_skip_verify]), flush=True)
    except Exception as error:
        print(json.dumps([repr(error)]), flush=True)
"""


class Prefect:
    """The real one, which says what it takes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, environment: Mapping[str, str], directory: Path) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([dict(environment), str(directory)]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("judged")


@pytest.fixture(scope="module")
def prefect(root: Path) -> Iterator[Prefect]:
    bundle = root / "home/.local/share/proxyenv/ca-bundle.pem"  # what Prefect asks for when it is imported
    environment = {"HOME": str(root / "home"), "PATH": "/usr/bin:/bin", "SSL_CERT_FILE": str(bundle)}
    with subprocess.Popen(
        [sys.executable, "-c", ASK],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield Prefect(process)
        process.kill()


@pytest.fixture(scope="module")
def kept(root: Path) -> Path:
    """A home that is set up, to be copied to where it was."""
    home = root / "home"
    home.mkdir()
    (root / "corp.pem").write_bytes(make_ca("Corp").pem)
    with pytest.MonkeyPatch.context() as patch:
        enter(patch, home, {})
        given = ("--proxy", "localhost:9", "--ca", str(root / "corp.pem"), "--api-url", API, "--no-derive")
        assert run(["setup", *given, "--yes", "--no-check", "--quiet"]) == 0
    home.rename(root / "kept")
    return root / "kept"


def enter(patch: pytest.MonkeyPatch, home: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Make this process one of that home, with nothing else."""
    usual = {"PATH": str(home / "bin"), "HOME": str(home), "SHELL": "/bin/bash", "LANG": "C.UTF-8"}
    environment = {**usual, "NPM_CONFIG_GLOBALCONFIG": "/nonexistent", **variables}
    for name in os.environ:
        patch.delenv(name)
    for name, value in environment.items():
        patch.setenv(name, value)
    patch.chdir(home)
    return environment


class Said(NamedTuple):
    """What one verb says of an override."""

    provenance: str
    detail: str
    cause: str
    breaks: bool


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    run([*arguments, "--output", "json"])
    data: dict[str, Any] = json.loads(capsys.readouterr().out)["data"]
    return data


def read_report(data: dict[str, Any]) -> list[Said]:
    return [
        Said(provenance, detail, each["cause"], each["status"] == "failed")
        for each in data["report"]
        if each["check"].startswith("environment [") or each["check"] == "settings [Prefect]"
        for provenance, detail in [each["detail"].split(": ", 1)]
    ]


@in_ci
@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_five_say_the_same(
    kept: Path,
    prefect: Prefect,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    state: State,
) -> None:
    home = kept.with_name("home")
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(kept, home, symlinks=True)
    (home / "public.pem").write_bytes(Path(certifi.where()).read_bytes())
    shutil.copy(kept.with_name("corp.pem"), home)
    profiles = home / ".prefect/profiles.toml"
    profiles.write_text(profiles.read_text() + state.profiles)
    for name, text in state.files.items():
        (home / name).write_text(text)
    sourced = read_exports(home)
    own = {name: value.replace("{home}", str(home)) for name, value in state.variables.items()}
    environment = enter(monkeypatch, home, {**sourced, **own})

    provenance, detail = (text.replace("{home}", str(home)) for text in (state.provenance, state.detail))
    status, check = (read_report(answer(capsys, verb)) for verb in ("status", "check"))
    discovered = [
        Said(each["provenance"], each["detail"], each["cause"], each["breaks"])
        for each in answer(capsys, "discover")["stale_settings"]
        if each["beats"]
    ]
    assert status == check == discovered
    assert [(each.provenance, each.cause, each.breaks) for each in status] == (
        [(provenance, state.cause, state.breaks)] if provenance else []
    )
    assert [each.detail for each in status if not each.detail.startswith(detail)] == []

    rows = {row["name"]: row for row in answer(capsys, "clients")["clients"]}
    lost = tuple(name for name in BOTH if rows[name]["coverage"] != "covered")
    assert lost == state.lost
    for name in lost:
        assert f"{provenance}: {detail}" in rows[name]["reason"]

    bundle = str(home / ".local/share/proxyenv/ca-bundle.pem")
    real = prefect.ask(environment, home)
    as_written = real[1:] == [bundle, False] and real[0].rstrip("/") == API
    of_prefect = ("`PREFECT_", "`prefect_", "`api", "`tool", f"`{home}")
    beaten = [each for each in status if each.provenance.startswith(of_prefect)]
    assert as_written == (not [each for each in beaten if each.breaks or CERT in each.provenance]), real
