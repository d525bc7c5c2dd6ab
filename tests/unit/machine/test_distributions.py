from __future__ import annotations

import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import certifi
import pytest

from proxyenv.machine.distributions import find_certifi, find_python_version, find_version

ROOT = Path(__file__).parents[3]


@pytest.fixture
def place(tmp_path: Path) -> str:
    for name in ("snowflake_connector_python-3.1.dist-info", "requests-oauthlib-2.0.dist-info", "requests"):
        (tmp_path / name).mkdir()
    return str(tmp_path)


@pytest.mark.parametrize("name", ["certifi", "cryptography", "prefect", "botocore", "grpcio"])
def test_it_says_what_the_metadata_say(name: str) -> None:
    assert find_version(name) == metadata.version(name)


def test_a_dash_is_an_underscore_in_the_directory(place: str) -> None:
    assert find_version("snowflake-connector-python", ["/no/such/directory", place]) == "3.1"


@pytest.mark.parametrize("name", ["oauth", "snowflake", "no-such-distribution"])
def test_part_of_a_name_is_none(name: str, place: str) -> None:
    assert find_version(name, [place]) is None


def test_another_name_that_begins_so_is_none(place: str) -> None:
    assert find_version("requests", [place]) == metadata.version("requests")


@pytest.mark.parametrize(
    ("files", "python", "version"),
    [
        pytest.param({"pyvenv.cfg": "version = 3.12.4\n"}, "bin/python", "3.12", id="venv"),
        pytest.param({"pyvenv.cfg": "home = /x\nversion_info = 3.13.0\n"}, "bin/python", "3.13", id="uv"),
        pytest.param({"lib/python3.14/os.py": ""}, "bin/python", "3.14", id="an installation"),
        pytest.param(
            {"lib/python3.9/os.py": "", "lib/python3.11/os.py": ""},
            "bin/python3.11",
            "3.11",
            id="two libraries",
        ),
        pytest.param(
            {"lib/python3.9/os.py": "", "lib/python3.11/os.py": ""}, "bin/python", None, id="unclear"
        ),
        pytest.param({}, "bin/python", None, id="nothing"),
        pytest.param({"lib/python3.13t/os.py": ""}, "bin/python", "3.13", id="a free-threaded one"),
        pytest.param({}, "bin/python3.14t", "3.14", id="the name of a free-threaded one"),
        pytest.param({"pyvenv.cfg": "version = 3\n"}, "bin/python3.12", "3.12", id="half a version"),
        pytest.param({"pyvenv.cfg": "version = new.er\n"}, "bin/python", None, id="no version"),
        pytest.param({"pyvenv.cfg": f"version = 3.{'9' * 5000}\n"}, "bin/python", None, id="a long number"),
    ],
)
def test_the_version_of_an_interpreter_is_read_without_running_it(
    files: dict[str, str], python: str, version: str | None, tmp_path: Path
) -> None:
    for name, text in {**files, python: ""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert find_python_version(str(tmp_path / python)) == version


def test_the_version_of_an_environment_of_this_python_is_known(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    expected = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert find_python_version(str(tmp_path / "env/bin/python")) == expected
    assert find_python_version(sys.executable) == expected


ASK = """
import sys
from proxyenv.machine.distributions import find_certifi
print(*find_certifi(), "certifi" in sys.modules)
"""


def ask_certifi(directory: Path) -> list[str]:
    """The file, the version, and whether certifi had to be imported, where *directory* comes first."""
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env={"PYTHONPATH": f"{directory}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package of certifi, to be changed as distributions of Linux change it."""
    return Path(shutil.copytree(Path(certifi.where()).parent, tmp_path / "certifi"))


def test_the_roots_of_certifi_are_found_without_running_it(copy: Path) -> None:
    assert ask_certifi(copy.parent) == [str(copy / "cacert.pem"), certifi.__version__, "False"]


def test_a_certifi_without_roots_of_its_own_is_asked(copy: Path) -> None:
    code = copy / "core.py"
    code.write_text("def where():\n    return '/etc/ssl/certs/ca-certificates.crt'\ncontents = where\n")
    assert ask_certifi(copy.parent) == ["/etc/ssl/certs/ca-certificates.crt", certifi.__version__, "True"]
    (copy / "cacert.pem").unlink()
    assert ask_certifi(copy.parent) == ["/etc/ssl/certs/ca-certificates.crt", certifi.__version__, "True"]


def test_a_certifi_whose_roots_are_a_link_is_asked(copy: Path, tmp_path: Path) -> None:
    (copy / "cacert.pem").rename(tmp_path / "system.pem")
    (copy / "cacert.pem").symlink_to(tmp_path / "system.pem")
    assert ask_certifi(copy.parent)[2] == "True"


def test_a_certifi_that_is_imported_already_is_asked() -> None:
    assert find_certifi() == (certifi.where(), certifi.__version__)
