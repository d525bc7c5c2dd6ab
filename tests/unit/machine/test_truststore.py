"""The environments in which truststore is to be used."""

from __future__ import annotations

import sys
import venv
from pathlib import Path

import pytest

from proxyenv.errors import DiscoveryError
from proxyenv.machine.truststore import find_saved_sites, find_sites
from support.machines import make_host


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    venv.EnvBuilder(symlinks=sys.platform != "win32").create(tmp_path / "venv")
    return tmp_path / "venv"


def test_a_named_environment(environment: Path) -> None:
    (site,) = find_sites(("venv",), host=make_host(directory=environment.parent))
    assert site.python.parent.parent == environment
    assert site.packages.name == "site-packages"
    assert site.packages.is_dir()
    assert not site.has_truststore


def test_truststore_is_seen_without_running_anything(environment: Path) -> None:
    (site,) = find_sites((str(environment),), host=make_host())
    (site.packages / "truststore").mkdir()
    (site.packages / "truststore/__init__.py").touch()
    (again,) = find_sites((str(environment),), host=make_host())
    assert again.has_truststore


def test_one_that_is_named_twice_counts_once(environment: Path) -> None:
    assert len(find_sites((str(environment), f"{environment}/../venv"), host=make_host())) == 1


def test_none_named_is_the_one_that_runs_this() -> None:
    (site,) = find_sites((), host=make_host())
    assert site.python == Path(sys.executable)
    assert site.has_truststore


def test_a_saved_one_that_is_gone_is_passed_over(environment: Path) -> None:
    gone = f"{environment.parent}/gone"
    sites, missing = find_saved_sites((gone, str(environment)), host=make_host())
    assert [site.python.parent.parent for site in sites] == [environment]
    assert missing == (gone,)


def test_the_one_that_runs_this_does_not_stand_in_for_those_that_are_gone(tmp_path: Path) -> None:
    assert find_saved_sites((f"{tmp_path}/gone",), host=make_host()) == ((), (f"{tmp_path}/gone",))


def test_none_saved_is_the_one_that_runs_this() -> None:
    ((site,), missing) = find_saved_sites((), host=make_host())
    assert (site.python, missing) == (Path(sys.executable), ())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("nothing", "`python -m venv {}` makes one", id="it is not there"),
        pytest.param("hollow", "`python -m venv --clear {}` creates it again", id="a mark and nothing else"),
    ],
)
def test_what_is_no_environment_is_refused(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / "hollow").mkdir()
    (tmp_path / "hollow/pyvenv.cfg").touch()
    with pytest.raises(DiscoveryError) as caught:
        find_sites((str(tmp_path / name),), host=make_host())
    assert (caught.value.code, caught.value.hint) == ("venv-invalid", hint.format(tmp_path / name))
