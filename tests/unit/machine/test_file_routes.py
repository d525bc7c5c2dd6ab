"""Where clients go by their own files."""

from __future__ import annotations

import pytest

from proxyenv.machine.file_routes import read_dialects
from proxyenv.no_proxy.dialects.table import DIALECTS
from proxyenv.no_proxy.truth_table import make_table
from support.machines import MadeUpMachine

ENVIRONMENT = {
    "http_proxy": "http://env.test:1",
    "https_proxy": "http://env.test:1",
    "no_proxy": "direct.test",
}


def via(
    files: dict[str, str], client: str, url: str, environment: dict[str, str] = ENVIRONMENT
) -> str | None:
    machine = MadeUpMachine(
        texts={f"/home/ada/{name}": text for name, text in files.items()}, environment=environment
    )
    table = make_table(environment, [url], read_dialects(machine, DIALECTS))
    (cell,) = (cell for cell in table.rows[0].cells if cell.client == client)
    assert client not in table.idle
    return str(cell.route.proxy) if cell.route.proxy else None


OWN = "http://own.test:2"
ENV = "http://env.test:1"


@pytest.mark.parametrize(
    ("name", "text", "client", "url", "proxy"),
    [
        (".gitconfig", f"[http]\nproxy = {OWN}\n", "git", "https://a.test/", OWN),
        (".gitconfig", f"[http]\nproxy = {OWN}\n", "git", "https://direct.test/", None),
        (".gitconfig", "[http]\nproxy =\n", "git", "https://a.test/", None),
        (".gitconfig", "[http]\nproxy\n", "cargo", "https://a.test/", ENV),
        (".gitconfig", '[http "https://a.test"]\nproxy =\n', "git", "https://a.test/x", None),
        (".gitconfig", '[http "https://a.test"]\nproxy =\n', "git", "https://b.test/x", ENV),
        (".gitconfig", '[http "https://*.a.test"]\nproxy =\n', "git", "https://b.a.test/", None),
        (".gitconfig", '[http "https://*.a.test"]\nproxy =\n', "git", "https://c.b.a.test/", ENV),
        (".gitconfig", '[http "https://a.test:8443"]\nproxy =\n', "git", "https://a.test/", ENV),
        (".gitconfig", '[http "https://a.test/x"]\nproxy =\n', "git", "https://a.test/y", ENV),
        (
            ".gitconfig", f'[http]\nproxy =\n[http "https://a.test"]\nproxy = {OWN}\n', "git",
            "https://a.test/", OWN,
        ),
        (".curlrc", f"proxy = {OWN}\n", "curl 8", "https://a.test/", OWN),
        (".curlrc", f"proxy = {OWN}\n", "curl 8", "https://direct.test/", None),
        (".curlrc", 'proxy = ""\n', "curl 8", "https://a.test/", None),
        (".curlrc", 'noproxy = "*"\n', "curl 7", "https://a.test/", None),
        (".curlrc", 'noproxy = "b.test"\n', "curl 8", "https://direct.test/", ENV),
        (".wgetrc", "use_proxy = off\n", "wget", "https://a.test/", None),
        (".wgetrc", f"https_proxy = {OWN}\n", "wget", "https://a.test/", OWN),
        (".wgetrc", f"https_proxy = {OWN}\n", "wget", "http://a.test/", ENV),
        (".wgetrc", "no_proxy = a.test\n", "wget", "https://a.test/", None),
        (".npmrc", f"https-proxy={OWN}\n", "npm", "https://a.test/", OWN),
        (".npmrc", "noproxy=a.test\n", "npm", "https://a.test/", None),
        (".npmrc", "proxy=null\n", "npm", "https://a.test/", ENV),
        (".config/pip/pip.conf", f"[global]\nproxy = {OWN}\n", "pip", "https://direct.test/", OWN),
        (".config/pip/pip.conf", "[global]\nproxy =\n", "pip", "https://a.test/", ENV),
        (".config/uv/uv.toml", f'https-proxy = "{OWN}"\n', "uv", "https://direct.test/", OWN),
        (".config/uv/uv.toml", f'https-proxy = "{OWN}"\nno-proxy = ["b.t"]\n', "uv", "https://b.t/", None),
        (".wgetrc", "https_proxy =\n", "wget", "https://a.test/", None),
        (".cargo/config.toml", f'[http]\nproxy = "{OWN}"\n', "cargo", "https://a.test/", OWN),
        (".cargo/config.toml", '[http]\nproxy = ""\n', "cargo", "https://a.test/", None),
        (".gitconfig", f"[http]\nproxy = {OWN}\n", "cargo", "https://a.test/", OWN),
        (".gitconfig", "[http]\nproxy =\n", "cargo", "https://a.test/", None),
        (".gitconfig", '[http "https://a.test"]\nproxy =\n', "cargo", "https://a.test/", ENV),
    ],
)  # fmt: skip
def test_a_file_wins(name: str, text: str, client: str, url: str, proxy: str | None) -> None:
    assert via({name: text}, client, url) == proxy


def test_cargos_own_proxy_wins_over_that_of_git() -> None:
    files = {".gitconfig": "[http]\nproxy =\n", ".cargo/config.toml": f'[http]\nproxy = "{OWN}"\n'}
    assert via(files, "cargo", "https://a.test/") == OWN


def test_a_setting_that_is_read_twice_is_named_once() -> None:
    machine = MadeUpMachine(texts={"/home/ada/.npmrc": f"https-proxy={OWN}\n"})
    table = make_table(ENVIRONMENT, ["https://a.test/"], read_dialects(machine, DIALECTS))
    (cell,) = (cell for cell in table.rows[0].cells if cell.client == "npm")
    assert cell.route.reason.count("`https-proxy` in `/home/ada/.npmrc`") == 1


def test_a_password_in_a_file_is_not_shown() -> None:
    machine = MadeUpMachine(texts={"/home/ada/.curlrc": "proxy = http://ada:hunter2@own.test:2\n"})
    table = make_table({}, ["https://a.test/"], read_dialects(machine, DIALECTS))
    shown = [(str(cell.route.proxy), cell.route.reason) for row in table.rows for cell in row.cells]
    assert ("http://ada:****@own.test:2", "`https_proxy`, by `proxy` in `/home/ada/.curlrc`, line 1") in shown
    assert "hunter2" not in str(shown)


def test_without_files_every_dialect_stays_as_it_is() -> None:
    assert read_dialects(MadeUpMachine(), DIALECTS) == DIALECTS
