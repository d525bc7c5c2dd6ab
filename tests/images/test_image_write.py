"""What is built from the folder of ``image write`` works: for anybody, read-only, without an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from support.worker_images import INSTALL_PLUGIN, PROXY_NAME, flow_urls

if TYPE_CHECKING:
    from support.worker_images import Lab

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ORIGIN: Final = "https://origin.demo.test"
INDEX: Final = f"{ORIGIN}/simple/"

PYTHON: Final = "import urllib.request as u; print(u.urlopen('%s').read().decode())"
THROUGH: Final = (
    "import sys, urllib.request as u; o = u.build_opener(u.ProxyHandler({'https': sys.argv[1]})); "
    "print(o.open(sys.argv[2]).read().decode())"
)
NODE: Final = "fetch('%s').then(a => a.text()).then(console.log)"

CLIENTS: Final = {
    "curl": (("curl", "--fail", "--silent", "--show-error", f"{ORIGIN}/uuid?curl"), "/uuid?curl"),
    "git": (("git", "ls-remote", f"{ORIGIN}/repo.git"), "/repo.git/info/refs?service=git-upload-pack"),
    "pip": (
        (
            *(
                "/opt/venv/bin/pip",
                "download",
                "--quiet",
                "--no-deps",
                "--no-cache-dir",
                f"--index-url={INDEX}",
            ),
            *("--dest=/tmp", "lab-demo"),
        ),
        "/simple/lab-demo/",
    ),
    "Python": (("/opt/venv/bin/python3", "-c", PYTHON % f"{ORIGIN}/uuid?python"), "/uuid?python"),
    "Node": (("/opt/node", "-e", NODE % f"{ORIGIN}/uuid?node"), "/uuid?node"),
}
"""Each client's command, and a path that the proxy then has read."""

clients = pytest.mark.parametrize(
    ("command", "path"), [pytest.param(*each, id=name) for name, each in CLIENTS.items()]
)


@pytest.fixture(scope="module")
def worker(lab: Lab) -> str:
    """Built from a folder that an umask has closed."""
    folder = lab.write("closed")
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() or path.name == "run" else 0o600)
    options = (f"--file={folder}/Dockerfile.proxyenv", f"--build-arg=BASE={lab.base}")
    return lab.build(folder, "worker:2", "", *options)


@clients
def test_a_user_without_a_name_on_a_read_only_root(
    lab: Lab, worker: str, command: tuple[str, ...], path: str
) -> None:
    since = len(lab.network.proxy.exchanges)
    lab.run(worker, *command)
    assert path in lab.seen(since=since)


def test_a_flow_of_such_a_user(lab: Lab, worker: str) -> None:
    since = len(lab.network.proxy.exchanges)
    ran = lab.run(worker, "python3", "/flow.py", *flow_urls("image"))
    lab.require_flow("image", ran.output, since=since)


@clients
def test_without_the_image_none_of_them_gets_there(lab: Lab, command: tuple[str, ...], path: str) -> None:
    """The same base without the folder: what the tests above prove comes from there."""
    since = len(lab.network.proxy.exchanges)
    assert lab.run(lab.base, *command, status=None).status != 0
    assert lab.seen(since=since) == []


@clients
def test_run_after_an_environment_was_cleared(
    lab: Lab, worker: str, command: tuple[str, ...], path: str
) -> None:
    since = len(lab.network.proxy.exchanges)
    lab.run(worker, "env", "-i", "/etc/proxyenv/run", *command)
    assert path in lab.seen(since=since)


@pytest.mark.parametrize(
    ("command", "path"),
    [
        pytest.param(("curl", "-sSf", "-x", "{proxy}", f"{ORIGIN}/uuid?bare"), "/uuid?bare", id="curl"),
        pytest.param(
            ("git", "-c", "http.proxy={proxy}", "ls-remote", f"{ORIGIN}/repo.git"),
            "/repo.git/info/refs?service=git-upload-pack",
            id="git",
        ),
        pytest.param(
            ("/opt/venv/bin/python3", "-c", THROUGH, "{proxy}", f"{ORIGIN}/uuid?bare-python"),
            "/uuid?bare-python",
            id="Python",
        ),
    ],
)
def test_the_store_alone_is_enough_for_tls(
    lab: Lab, worker: str, command: tuple[str, ...], path: str
) -> None:
    since = len(lab.network.proxy.exchanges)
    proxy = f"http://{PROXY_NAME}:{lab.network.proxy.port}"
    lab.run(worker, "env", "-i", *(word.replace("{proxy}", proxy) for word in command))
    assert path in lab.seen(since=since)


def test_a_flow_after_an_environment_was_cleared(lab: Lab, worker: str) -> None:
    image = lab.build(lab.root / "closed", "worker:3", f"FROM {worker}\nRUN {INSTALL_PLUGIN}\n")
    since = len(lab.network.proxy.exchanges)
    profile = "PREFECT_PROFILES_PATH=/etc/proxyenv/profiles.toml"
    command = ("env", "-i", "HOME=/tmp", profile, "/opt/venv/bin/python3", "/flow.py", *flow_urls("plugin"))
    ran = lab.run(image, *command)
    lab.require_flow("plugin", ran.output, since=since)
    assert "Failed to load plugin" not in ran.errors


def test_the_classic_builder(lab: Lab) -> None:
    folder = lab.write("classic")
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() or path.name == "run" else 0o600)
    options = (f"--file={folder}/Dockerfile.classic", f"--build-arg=BASE={lab.base}")
    image = lab.build(folder, "classic:1", "", *options, buildkit=False)
    since = len(lab.network.proxy.exchanges)
    lab.run(image, *CLIENTS["curl"][0])
    lab.run(image, "env", "-i", "/etc/proxyenv/run", *CLIENTS["git"][0])
    assert {CLIENTS["curl"][1], CLIENTS["git"][1]} <= set(lab.seen(since=since))


def test_lines_in_a_dockerfile_of_ones_own(lab: Lab) -> None:
    folder = lab.write("pasted")
    lines = f"FROM {lab.base}\n{(folder / 'Dockerfile.snippet').read_text('utf-8')}"
    image = lab.build(lab.root, "pasted:1", lines)
    since = len(lab.network.proxy.exchanges)
    lab.run(image, *CLIENTS["curl"][0])
    assert lab.seen(since=since) == ["/uuid?curl"]


def test_files_to_copy_from(lab: Lab) -> None:
    folder = lab.write("stage")
    dockerfile = f"--file={folder}/Dockerfile.proxyenv"
    lab.build(folder, "proxyenv-files", "", dockerfile, "--target=files")
    lines = f"FROM {lab.base}\nCOPY --from=proxyenv-files /etc/proxyenv /etc/proxyenv\n"
    image = lab.build(folder, "copied:1", lines)
    since = len(lab.network.proxy.exchanges)
    lab.run(image, "/etc/proxyenv/run", *CLIENTS["curl"][0])
    assert lab.seen(since=since) == ["/uuid?curl"]


def test_an_image_of_another_user_stays_that_users(lab: Lab) -> None:
    base = lab.build(lab.root / "worker", "app:1", f"FROM {lab.base}\nRUN /usr/sbin/useradd app\nUSER app\n")
    folder = lab.write("app", "--from", base, "--user", "app")
    image = lab.build(folder, "app:2", "", f"--file={folder}/Dockerfile.proxyenv")
    said = lab.run(image, "sh", "-c", f"whoami; curl -sSf {ORIGIN}/uuid?app", options=("--read-only",))
    assert said.output.startswith("app\n{")


def test_equal_folders_leave_the_layers_cached(lab: Lab) -> None:
    tags = []
    for number in (1, 2):
        folder = lab.write(f"same-{number}/files")
        options = (f"--file={folder}/Dockerfile.proxyenv", f"--build-arg=BASE={lab.base}")
        tags.append(lab.build(folder, f"same:{number}", "", *options))
    first, second = (lab.containers.inspect(tag)["RootFS"]["Layers"] for tag in tags)
    assert first == second
