"""A rotation of the proxy's CA in a fleet: ``pool show`` says who still has only the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.certificates import make_ca
from support.command import proxyenv
from support.corporation import bundle_of, read_rows, set_up
from support.machine import in_ci

if TYPE_CHECKING:
    from pathlib import Path

    from support.corporation import Corporation

pytestmark = [
    in_ci,
    pytest.mark.timeout(1200),
]

POOL = "rotating"


def show(corporation: Corporation) -> tuple[dict[str, Any], list[str]]:
    """What each worker lacks, and what is found of it."""
    shown = proxyenv("pool", "show", POOL, "--output", "json", home=corporation.home)
    assert shown.status == 0, shown.out + shown.err
    (pool,) = shown.json["data"]["pools"]
    finds = [each["detail"] for each in pool["finds"] if each["code"] == "worker-old-ca"]
    return {each["worker"]: each["lacks"] for each in pool["results"]}, finds


def roots_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    """What is said of the files of roots."""
    return [each for each in row["report"] if each["check"].startswith("roots ")]


def test_whoever_has_only_the_old_ca_is_named_until_all_have_the_new_one(
    corporation: Corporation, tmp_path: Path
) -> None:
    fleet, old, new = corporation.fleet, corporation.ca, tmp_path / "new.pem"
    new.write_bytes(make_ca("New Root").pem)
    homes = {name: fleet.root / f"worker-{name}" for name in ("ahead", "behind")}
    fleet.make_pool(POOL)

    def turn(home: Path, *cas: Path, replacing: bool = False) -> str:
        return set_up(home, corporation.proxy, fleet.api, *cas, replacing=replacing)

    def check() -> dict[str, dict[str, Any]]:
        ran = corporation.check("--pool", POOL, "--keep")
        assert ran.status == 0, ran.out + ran.err
        return read_rows(ran)

    for home in homes.values():
        turn(home, old)
    ahead, behind = ({**corporation.wear(), "SSL_CERT_FILE": str(bundle_of(home))} for home in homes.values())
    with fleet.work(POOL, "ahead", **ahead), fleet.work(POOL, "behind", **behind):
        turn(corporation.home, new)
        said = turn(homes["ahead"], new)
        assert "restart it, it runs with the settings of before: prefect worker start" in said
        assert "--name ahead" in said
        rows = check()
        warned = {name for name, row in rows.items() if any(each["cause"] for each in roots_of(row))}
        assert warned == {"behind"}
        lacking, (find,) = show(corporation)
        assert lacking == {"ahead": [], "behind": ["CN=New Root"]}
        assert find.startswith("`behind` ran with `")
        assert find.endswith("` alone, without `CN=New Root`, when last checked")

        turn(corporation.home, new, replacing=True)
        assert show(corporation)[1] == ["`behind` ran, without `CN=New Root`, when last checked"]

        turn(homes["behind"], new)
        check()
        assert show(corporation) == ({"ahead": [], "behind": []}, [])

        turn(corporation.home, old, new, replacing=True)
        assert corporation.check("--pool", POOL).status == 0
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])
