"""The steps that start px, for a machine."""

from __future__ import annotations

from pathlib import Path

from proxyenv.decide.px_recipe import render_px_ini, render_px_recipe
from proxyenv.model.proxy_url import parse_proxy_url


def test_px_ini_names_the_corporate_proxy_and_what_goes_direct() -> None:
    proxy = parse_proxy_url("http://CORP%5Cada:geheim@proxy.corp.example:8080")
    assert render_px_ini(proxy, ("localhost", ".corp.example", "10.0.0.0/8", "*"), port=3128) == (
        "[proxy]",
        "server = proxy.corp.example:8080",
        "listen = 127.0.0.1",
        "port = 3128",
        "username = CORP\\ada",
        "noproxy = localhost,127.0.0.1,.corp.example,10.0.0.0/8",
        "[settings]",
        "idle = 3600",
    )


def test_a_user_that_is_not_known_is_a_placeholder() -> None:
    assert "username = DOMAIN\\USER" in render_px_ini(parse_proxy_url("http://p:1"), (), port=1)


def test_a_percent_sign_is_written_twice_as_configparser_wants_it() -> None:
    assert "username = 50%%" in render_px_ini(parse_proxy_url("http://50%25:x@p:1"), (), port=1)


def test_the_steps_name_the_places_of_this_machine() -> None:
    steps = render_px_recipe(
        parse_proxy_url("http://proxy.corp.example:8080"),
        (),
        port=3129,
        configuration=Path("/home/ada l/.config/px/px.ini"),
        platform="linux",
    )
    commands = [line.strip() for line in steps if line.startswith("   ") and " -" in line and "`" not in line]
    assert commands == [
        "python -m venv '/home/ada l/.config/px/venv'",
        "'/home/ada l/.config/px/venv/bin/python' -m pip install px-proxy",
        "'/home/ada l/.config/px/venv/bin/px' --config='/home/ada l/.config/px/px.ini' --password",
        "'/home/ada l/.config/px/venv/bin/px' --config='/home/ada l/.config/px/px.ini'",
        "proxyenv setup --proxy http://127.0.0.1:3129",
    ]
