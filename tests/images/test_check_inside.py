"""`check` inside real containers: what their image or their pod lacks, and the line in the hint, typed."""

from __future__ import annotations

import json
import re
import shutil
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from support.certificates import make_ca
from support.command import proxyenv
from support.environments import CLONE
from support.worker_images import API, PROXY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.worker_images import Lab

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CODE: Final = "/opt/code"
PROGRAM: Final = r"""printf '#!/bin/sh\nexec python3 -m proxyenv "$@"\n' > /usr/local/bin/proxyenv"""
NEEDED: Final = (
    "cryptography*",
    "_cffi_backend*",
    "cffi*",
    "pycparser*",
    "certifi*",
    "platformdirs*",
    "idna*",
)
"""What proxyenv imports for ``setup`` without a check; Prefect is mounted, for ``check`` alone."""

PATH: Final = "/opt/venv/bin:/usr/local/bin:/usr/bin:/bin"
POD: Final = {"KUBERNETES_SERVICE_HOST": "10.96.0.1"}
ORIGIN: Final = "https://origin.demo.test"
ORIGIN_TLS: Final = f"tls [{ORIGIN}:443]"
BUNDLE: Final = str(Path("~root/.local/share/proxyenv/ca-bundle.pem").expanduser())


@pytest.fixture(scope="module")
def base(lab: Lab) -> str:
    """A worker image with proxyenv, where nothing is set up."""
    context = lab.root / "inside"
    shutil.copytree(CLONE / "proxyenv", context / "proxyenv", ignore=shutil.ignore_patterns("__pycache__"))
    for each in find_needed():
        (shutil.copytree if each.is_dir() else shutil.copy2)(each, context / each.name)
    program = f"RUN {PROGRAM} && chmod 0755 /usr/local/bin/proxyenv"
    lines = f"FROM {lab.base}\nCOPY . {CODE}\nENV PYTHONPATH={CODE}\n{program}\n"
    return lab.build(context, "inside:1", lines)


def find_needed() -> Iterator[Path]:
    site = Path(sysconfig.get_path("purelib"))
    return (each for pattern in NEEDED for each in site.glob(pattern))


@pytest.fixture(scope="module")
def folder(lab: Lab) -> Path:
    return lab.write("inside-files")


@pytest.fixture(scope="module")
def written(lab: Lab, base: str, folder: Path) -> str:
    """An image of `image write`."""
    return build_on(lab, base, folder, "inside:written")


@pytest.fixture(scope="module")
def built(lab: Lab, base: str) -> str:
    """An image in which `setup` ran while it was built."""
    return build_set_up(lab, base, lab.network.proxy.ca, "inside:built")


def build_on(lab: Lab, base: str, folder: Path, tag: str) -> str:
    options = (f"--file={folder}/Dockerfile.proxyenv", f"--build-arg=BASE={base}")
    return lab.build(folder, tag, "", *options)


def build_set_up(lab: Lab, base: str, ca: Path, tag: str) -> str:
    context = lab.root / tag.replace(":", "-")
    context.mkdir()
    shutil.copy(ca, context / "corp.pem")
    proxy = f"http://{PROXY_NAME}:{lab.network.proxy.port}"
    setup = f"RUN proxyenv setup --proxy {proxy} --ca /corp.pem --api-url {API} --yes --no-check --no-rc"
    return lab.build(context, tag, f"FROM {base}\nCOPY corp.pem /corp.pem\n{setup}\n")


def check(
    lab: Lab,
    image: str,
    *,
    environment: Mapping[str, str] | None = None,
    options: tuple[str, ...] = (),
    verb: str = "check",
) -> tuple[int, list[dict[str, Any]]]:
    """What `check` says in a container of *image*: its status, and the outcomes that are not well."""
    given = tuple(f"--env={name}={value}" for name, value in (environment or {}).items())
    more = ("--url", f"{ORIGIN}/uuid") if verb == "check" else ()
    command = ("proxyenv", verb, "--output", "json", *more)
    ran = lab.run(image, *command, options=(*given, *options), status=None)
    assert ran.output, ran.errors
    report: list[dict[str, Any]] = json.loads(ran.output)["data"]["report"]
    return ran.status, [each for each in report if each["status"] not in {"ok", "skipped"}]


def require_yes(lab: Lab, image: str, **more: Any) -> None:
    """It is a yes, and the proxy saw the flow."""
    since = len(lab.network.proxy.exchanges)
    status, seen = check(lab, image, **more)
    assert status == 0, json.dumps(seen, indent=1)
    assert any("prefect.demo.test" in each.url for each in lab.network.proxy.exchanges[since:])


def find_lines(hint: str) -> list[str]:
    """The lines of a Dockerfile in a hint."""
    found = re.findall(r"`((?:COPY|RUN|ENTRYPOINT) [^`]*)`", hint)
    assert found, hint
    return found


def require_cause(seen: list[dict[str, Any]], check: str, cause: str) -> str:
    """The first that failed has this cause, no hint says `setup` or `refresh` by itself; returns its hint."""
    first = next(each for each in seen if each["status"] == "failed")
    assert (first["check"], first["cause"]) == (check, cause), json.dumps(seen, indent=1)
    for each in seen:
        assert not re.search("`proxyenv (setup|refresh)", each["hint"] or ""), each
    hint: str = first["hint"]
    return hint


def test_an_image_of_image_write_is_a_yes(lab: Lab, written: str) -> None:
    require_yes(lab, written, options=("--user=12345:0", "--read-only", "--tmpfs=/tmp"))


def test_a_bundle_that_the_image_lacks(lab: Lab, written: str, folder: Path) -> None:
    broken = lab.build(folder, "inside:lost", f"FROM {written}\nRUN rm /etc/proxyenv/ca-bundle.pem\n")
    status, seen = check(lab, broken)
    assert status == 1
    hint = require_cause(seen, "environment [SSL_CERT_FILE]", "container-file-missing")
    assert hint == "in its Dockerfile: `COPY --chmod=0644 ca-bundle.pem /etc/proxyenv/ca-bundle.pem`"
    (line,) = find_lines(hint)
    require_yes(lab, lab.build(folder, "inside:found", f"FROM {broken}\n{line}\n"))


def test_a_ca_that_the_image_lacks(lab: Lab, base: str, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(make_ca("Old Root").pem)
    proxy = f"http://{PROXY_NAME}:{lab.network.proxy.port}"
    given = ("--proxy", proxy, "--ca", str(other), "--api-url", API)
    lab.run_proxyenv("image", "write", "inside-other", *given)
    broken = build_on(lab, base, lab.root / "inside-other", "inside:other")
    status, seen = check(lab, broken)
    assert status == 1
    hint = require_cause(seen, ORIGIN_TLS, "container-ca-missing")
    assert (
        hint
        == "build the image with the CA: `proxyenv image write proxyenv-files --ca FILE` writes its lines"
    )
    typed = hint.split("`")[1].replace("FILE", str(lab.network.proxy.ca)).split()[1:]
    done = proxyenv(*typed, home=tmp_path, HTTPS_PROXY=proxy, HTTP_PROXY=proxy, PREFECT_API_URL=API)
    assert done.status == 0, done.err
    require_yes(lab, build_on(lab, base, tmp_path / "proxyenv-files", "inside:renewed"))


def enter(lab: Lab, image: str, tag: str) -> str:
    """The image with the entrypoint that the hint for its variables names."""
    status, seen = check(lab, image)
    assert status == 1
    (line,) = find_lines(require_cause(seen, "environment", "not-sourced"))
    return lab.build(lab.root / "inside-files", tag, f"FROM {image}\n{line}\n")


@pytest.mark.usefixtures("folder")
def test_a_bundle_that_was_set_up_in_the_image(lab: Lab, built: str) -> None:
    entered = enter(lab, built, "inside:entered")
    require_yes(lab, entered)
    broken = lab.build(lab.root / "inside-built", "inside:gone", f"FROM {entered}\nRUN rm {BUNDLE}\n")
    assert check(lab, broken, verb="status")[1][0]["cause"] == "container-file-missing"
    status, seen = check(lab, broken)
    assert status == 1
    hint = require_cause(seen, f"file [{BUNDLE}]", "container-file-missing")
    (line,) = find_lines(hint)
    assert line == "RUN proxyenv refresh --yes --no-check"
    require_yes(lab, lab.build(lab.root / "inside-built", "inside:again", f"FROM {broken}\n{line}\n"))


@pytest.mark.usefixtures("folder")
def test_a_ca_that_was_not_set_up_in_the_image(lab: Lab, base: str, tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_bytes(make_ca("Old Root").pem)
    broken = enter(lab, build_set_up(lab, base, tmp_path / "other.pem", "inside:old"), "inside:old-entered")
    status, seen = check(lab, broken)
    assert status == 1
    lines = find_lines(require_cause(seen, ORIGIN_TLS, "container-ca-missing"))
    shutil.copy(lab.network.proxy.ca, tmp_path / "corporate-ca.pem")
    require_yes(lab, lab.build(tmp_path, "inside:new", "\n".join((f"FROM {broken}", *lines, ""))))


def test_what_a_pod_lacks_is_mounted(lab: Lab, base: str, tmp_path: Path) -> None:
    proxy = f"http://{PROXY_NAME}:{lab.network.proxy.port}"
    names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
    direct = "localhost,127.0.0.1,::1,0.0.0.0"
    given = {**POD, **dict.fromkeys(names, proxy), "NO_PROXY": direct, "no_proxy": direct}
    given |= {"SSL_CERT_FILE": "/etc/proxyenv/ca-bundle.pem", "PREFECT_API_URL": API}
    status, seen = check(lab, base, environment=given)
    assert status == 1
    hint = require_cause(seen, "environment [SSL_CERT_FILE]", "container-file-missing")
    assert hint == "mount it: `proxyenv kubernetes` prints the ConfigMap and the patch"
    (tmp_path / "old.pem").write_bytes(make_ca("Old Root").pem)
    done = proxyenv(
        *("setup", "--proxy", proxy, "--ca", "old.pem", "--yes", "--no-check", "--no-rc"), home=tmp_path
    )
    assert done.status == 0, done.err
    mounted = mount_config_map(tmp_path, "proxyenv kubernetes")
    status, seen = check(lab, base, environment=given, options=mounted)
    assert status == 1
    hint = require_cause(seen, ORIGIN_TLS, "container-ca-missing")
    typed = hint.split("`")[1]
    assert typed == "proxyenv kubernetes --ca FILE"
    mounted = mount_config_map(tmp_path, typed.replace("FILE", str(lab.network.proxy.ca)))
    require_yes(lab, base, environment=given, options=mounted)


def mount_config_map(home: Path, command: str) -> tuple[str, ...]:
    """What the kubelet makes of the ConfigMap that a command prints: its keys as files."""
    done = proxyenv(*command.split()[1:], home=home)
    assert done.status == 0, done.err
    place = home / "mounted"
    place.mkdir(exist_ok=True)
    for name, text in yaml.safe_load(done.out)["data"].items():
        (place / name).write_text(text, "utf-8")
    return (f"--volume={place}:/etc/proxyenv:ro",)


def test_what_is_set_up_in_a_running_container_is_its_users(lab: Lab, built: str, base: str) -> None:
    """There `refresh` is the next step, as on any machine."""
    proxy = f"http://{PROXY_NAME}:{lab.network.proxy.port}"
    setup = f"proxyenv setup --proxy {proxy} --yes --no-check --no-rc --quiet"
    script = f"{setup}; rm ~/.config/proxyenv/env.fish; proxyenv status --output json"
    lost = json.loads(lab.run(base, "sh", "-c", script, options=(), status=None).output)["data"]["report"]
    hints = {each["hint"] for each in lost if each["cause"] == "missing"}
    assert hints == {"`proxyenv refresh` writes it again"}
    script = "rm ~/.config/proxyenv/env.fish; proxyenv status --output json"
    lost = json.loads(lab.run(built, "sh", "-c", script, options=(), status=None).output)["data"]["report"]
    hints = {each["hint"] for each in lost if each["cause"] == "missing"}
    assert hints == {"`RUN proxyenv refresh --yes --no-check` in the Dockerfile of the image writes it again"}
