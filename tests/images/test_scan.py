"""Images that leak or break in one way each, and clean ones: every find is right, and none is false.

They are made by the test, entry by entry; nothing of them is mounted, and no daemon is needed.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import certifi
import pytest

from proxyenv.certificates.hash_directory import hash_subject
from proxyenv.cli import run
from support.certificates import DAY, Issued, make_ca
from support.image_archives import Form, Item, Layer, Packing, directory, link, make_archive

if TYPE_CHECKING:
    from collections.abc import Callable

PASSWORD: Final = "kuckuck-77"
URL: Final = f"http://ada:{PASSWORD}@proxy.corp.example:3128"
PROXY: Final = "http://proxy.corp.example:3128"
PUBLIC: Final = Path(certifi.where()).read_bytes()
PASSWD: Final = "root:x:0:0:root:/root:/bin/sh\napp:x:10001:10001::/home/app:/bin/sh\n"
APP: Final = {"User": "app"}
"""Runs as a user with a home; settings there are read."""
BASIC: Final = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
NOW: Final = datetime.now(UTC)

CORP: Final = make_ca("Corp Root")
KEY: Final = CORP.key_pem
MERGED: Final = PUBLIC + CORP.pem


@dataclass(frozen=True)
class Made:
    """An image, and what has to be found in it: the cause, and the path or the part of the configuration."""

    layers: tuple[Layer, ...] = ()
    config: dict[str, Any] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    found: tuple[tuple[str, str], ...] = ()
    ca: Issued | None = None
    form: Form = "docker"
    packing: Packing = "none"


def env(*variables: str, **more: Any) -> dict[str, Any]:
    return {"Env": list(variables), **more}


def base(**files: Item | bytes | str) -> Layer:
    """The lowest layer, with users; a path is written with ``__`` for a slash."""
    return {
        "etc/": directory(),
        "etc/passwd": PASSWD,
        **{name.replace("__", "/"): each for name, each in files.items()},
    }


def files(layer: Layer) -> tuple[Layer, ...]:
    return base(), layer


def store(*cas: Issued, links: bool = True, public: bytes = PUBLIC) -> Layer:
    """Debian's trust store, as its tool leaves it."""
    layer: Layer = {
        "usr/sbin/update-ca-certificates": Item("#!/bin/sh\n", 0o755),
        "etc/ssl/certs/": directory(),
        "etc/ssl/certs/ca-certificates.crt": public + b"".join(each.pem for each in cas),
    }
    for number, each in enumerate(cas):
        layer[f"usr/local/share/ca-certificates/corp{number}.crt"] = each.pem
        layer[f"etc/ssl/certs/corp{number}.pem"] = link(f"/usr/local/share/ca-certificates/corp{number}.crt")
        if links:
            layer[f"etc/ssl/certs/{hash_subject(each.der)}.0"] = link(f"corp{number}.pem")
    return layer


LEAKS: Final[dict[str, Made]] = {
    "a proxy with its password in ENV": Made(
        (base(),), env(f"HTTPS_PROXY={URL}"), found=(("image-env-password", "config.Env"),)
    ),
    "a proxy without a scheme in ENV": Made(
        (base(),), env(f"http_proxy=ada:{PASSWORD}@proxy:3128"), found=(("image-env-password", "config.Env"),)
    ),
    "a key of Prefect's API in ENV": Made(
        (base(),), env("PREFECT_API_KEY=pnu_0123456789abcdef"), found=(("image-env-password", "config.Env"),)
    ),
    "a declared ARG with a password": Made(
        (base(), {"x": "1"}),
        history=("FROM", f"RUN |1 HTTP_PROXY={URL} /bin/sh -c curl -O https://x.example # buildkit"),
        found=(("image-history-password", "history"), ("image-proxy-arg", "history")),
    ),
    "a declared ARG without a password": Made(
        (base(),),
        history=("FROM", "/bin/sh -c #(nop)  ARG HTTPS_PROXY"),
        found=(("image-proxy-arg", "history"),),
    ),
    "an ARG of another name with a password": Made(
        (base(), {"x": "1"}),
        history=("FROM", f"|1 MYPROXY={URL} /bin/sh -c true"),
        found=(("image-history-password", "history"),),
    ),
    "a password typed for curl": Made(
        (base(), {"x": "1"}),
        history=("FROM", f"RUN /bin/sh -c curl -U ada:{PASSWORD} https://x.example # buildkit"),
        found=(("image-history-password", "history"),),
    ),
    "a password in a label": Made(
        (base(),),
        {"Labels": {"source": f"https://ci:{PASSWORD}@git.corp.example/app"}},
        found=(("image-label-password", "config.Labels"),),
    ),
    "a password in the health check": Made(
        (base(),),
        {"Healthcheck": {"Test": ["CMD-SHELL", f"curl -f https://ada:{PASSWORD}@app.corp.example/health"]}},
        found=(("image-healthcheck-password", "config.Healthcheck"),),
    ),
    "a password in the entrypoint": Made(
        (base(),),
        {"Entrypoint": ["java", f"-Dhttp.proxyPassword={PASSWORD}", "-jar", "app.jar"]},
        found=(("image-command-password", "config.Entrypoint"),),
    ),
    "a pip.conf that a higher layer deletes": Made(
        (base(), {"etc/pip.conf": f"[global]\nproxy = {URL}\n"}, {"etc/.wh.pip.conf": ""}),
        found=(("image-settings-password", "/etc/pip.conf"),),
    ),
    "a netrc": Made(
        files({"home/app/.netrc": f"machine pypi.corp.example\n  login ada\n  password {PASSWORD}\n"}),
        APP,
        found=(("image-settings-password", "/home/app/.netrc"),),
    ),
    "a token of npm": Made(
        files({"home/app/.npmrc": f"//npm.corp.example/:_authToken=npm_{PASSWORD}\n"}),
        APP,
        found=(("image-settings-password", "/home/app/.npmrc"),),
    ),
    "apt's proxy with a password": Made(
        files({"etc/apt/apt.conf.d/99proxy": f'Acquire::http::Proxy "{URL}/";\n'}),
        found=(("image-settings-password", "/etc/apt/apt.conf.d/99proxy"),),
    ),
    "apt's credentials": Made(
        files({"etc/apt/auth.conf.d/corp.conf": f"machine apt.corp.example login ada password {PASSWORD}\n"}),
        found=(("image-settings-password", "/etc/apt/auth.conf.d/corp.conf"),),
    ),
    "Docker's credentials": Made(
        files({"home/app/.docker/config.json": json.dumps({"auths": {"hub.corp.example": {"auth": BASIC}}})}),
        APP,
        found=(("image-settings-password", "/home/app/.docker/config.json"),),
    ),
    "the proxies of Docker's client": Made(
        files(
            {
                "home/app/.docker/config.json": json.dumps(
                    {"proxies": {"default": {"httpProxy": URL}}}, indent=1
                )
            }
        ),
        APP,
        found=(("image-settings-password", "/home/app/.docker/config.json"),),
    ),
    "a clone with a token": Made(
        files({"app/.git/config": f'[remote "origin"]\n\turl = https://x:{PASSWORD}@git.corp.example/app\n'}),
        found=(("image-settings-password", "/app/.git/config"),),
    ),
    "a log of apt": Made(
        files({"var/log/apt/history.log": f"Commandline: apt-get -o Acquire::http::Proxy={URL} update\n"}),
        found=(("image-log-password", "/var/log/apt/history.log"),),
    ),
    "the history of a shell": Made(
        files({"home/app/.bash_history": f"export https_proxy={URL}\n"}),
        APP,
        found=(("image-log-password", "/home/app/.bash_history"),),
    ),
    "npm's cache": Made(
        files(
            {
                "home/app/.npm/_cacache/index-v5/a/b": json.dumps(
                    {"key": f"https://u:{PASSWORD}@npm.corp.example/x"}
                )
            }
        ),
        APP,
        found=(("image-cache-password", "/home/app/.npm/_cacache/index-v5/a/b"),),
    ),
    "conda's list of packages": Made(
        files({"opt/conda/pkgs/urls.txt": f"https://ada:{PASSWORD}@conda.corp.example/noarch/x-1.conda\n"}),
        found=(("image-cache-password", "/opt/conda/pkgs/urls.txt"),),
    ),
    "pip's note of where a package came from": Made(
        files(
            {
                "usr/lib/python3/dist-packages/x-1.dist-info/direct_url.json": json.dumps(
                    {"url": f"https://ada:{PASSWORD}@git.corp.example/x"}
                )
            }
        ),
        found=(("image-file-password", "/usr/lib/python3/dist-packages/x-1.dist-info/direct_url.json"),),
    ),
    "an env file, deep in a large file": Made(
        files({"app/settings.txt": "#" * 3_000_000 + f"\nexport https_proxy={URL}\n"}),
        found=(("image-file-password", "/app/settings.txt"),),
    ),
    "a URL that is percent-encoded": Made(
        files({"app/url.txt": f"next=http%3A%2F%2Fada%3A{PASSWORD}%40proxy.corp.example\n"}),
        found=(("image-file-password", "/app/url.txt"),),
    ),
    "a header of Basic authentication": Made(
        files({"app/request.txt": f"CONNECT x:443 HTTP/1.1\r\nProxy-Authorization: Basic {BASIC}\r\n"}),
        found=(("image-encoded-password", "/app/request.txt"),),
    ),
    "a key that a higher layer deletes": Made(
        (base(), {"home/app/ca.pem": CORP.pem + KEY}, {"home/app/.wh.ca.pem": ""}),
        APP,
        found=(("image-private-key", "/home/app/ca.pem"),),
    ),
    "an SSH key": Made(
        files(
            {"home/app/.ssh/id_ed25519": b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + b"b3BlbnNza" * 8 + b"\n"}
        ),
        APP,
        found=(("image-private-key", "/home/app/.ssh/id_ed25519"),),
    ),
    "a variable of Node that verifies nothing": Made(
        (base(),), env("NODE_TLS_REJECT_UNAUTHORIZED=0"), found=(("image-verification-off", "config.Env"),)
    ),
    "npm without verification": Made(
        files({"home/app/.npmrc": "strict-ssl=false\n"}),
        APP,
        found=(("image-verification-off", "/home/app/.npmrc"),),
    ),
    "curl -k in a step": Made(
        (base(), {"x": "1"}),
        history=("FROM", "RUN /bin/sh -c curl -fsSLk https://x.example -o x # buildkit"),
        found=(("image-verification-off", "history"),),
    ),
    "a bundle of the builder's home": Made(
        (base(),),
        env("SSL_CERT_FILE=/home/ada/.local/share/proxyenv/ca-bundle.pem"),
        found=(("image-file-missing", "config.Env"),),
    ),
    "a bundle that the user cannot read": Made(
        files({"etc/proxyenv/ca-bundle.pem": Item(MERGED, 0o600)}),
        env("SSL_CERT_FILE=/etc/proxyenv/ca-bundle.pem", User="10001"),
        found=(("image-file-unreadable", "config.Env"),),
    ),
    "a bundle in a directory that the user cannot enter": Made(
        files({"opt/ca/": directory(0o700), "opt/ca/ca-bundle.pem": MERGED}),
        env("REQUESTS_CA_BUNDLE=/opt/ca/ca-bundle.pem", User="app"),
        found=(("image-file-unreadable", "config.Env"),),
    ),
    "a CA of the store that the user cannot read": Made(
        (base(), store(CORP) | {"usr/local/share/ca-certificates/corp0.crt": Item(CORP.pem, 0o600)}),
        {"User": "12345"},
        found=(("image-store-unreadable", f"/etc/ssl/certs/{hash_subject(CORP.der)}.0"),),
    ),
    "a bundle without the corporate CA": Made(
        files({"etc/proxyenv/ca-bundle.pem": PUBLIC}),
        env("SSL_CERT_FILE=/etc/proxyenv/ca-bundle.pem"),
        ca=CORP,
        found=(("image-bundle-without-ca", "/etc/proxyenv/ca-bundle.pem"),),
    ),
    "a CA that was copied, and the tool was not run": Made(
        (base(), store(), {"usr/local/share/ca-certificates/corp.crt": CORP.pem}),
        found=(("image-bundle-without-ca", "/etc/ssl/certs/ca-certificates.crt"),),
    ),
    "a bundle with the CA before this one": Made(
        files({"etc/proxyenv/ca-bundle.pem": PUBLIC + make_ca("Corp Root").pem}),
        env("SSL_CERT_FILE=/etc/proxyenv/ca-bundle.pem"),
        ca=CORP,
        found=(("image-bundle-older", "/etc/proxyenv/ca-bundle.pem"),),
    ),
    "a bundle without the public roots": Made(
        files({"etc/proxyenv/corp.pem": CORP.pem}),
        env("SSL_CERT_FILE=/etc/proxyenv/corp.pem"),
        found=(("image-bundle-without-roots", "/etc/proxyenv/corp.pem"),),
    ),
    "the CA copied over the store": Made(
        (base(), store(), {"etc/ssl/certs/ca-certificates.crt": CORP.pem}),
        found=(("image-bundle-without-roots", "/etc/ssl/certs/ca-certificates.crt"),),
    ),
    "a volume over the store": Made(
        (base(), store()),
        {"Volumes": {"/etc/ssl/certs": {}}},
        found=(("image-store-covered", "config.Volumes"),),
    ),
    "a store that a layer takes away": Made(
        (base(), store(), {"etc/ssl/.wh.certs": ""}), found=(("image-store-covered", "/etc/ssl/certs"),)
    ),
    "a directory of OpenSSL without hashes": Made(
        files({"opt/ca/": directory(), "opt/ca/corp.pem": CORP.pem}),
        env("SSL_CERT_DIR=/opt/ca"),
        found=(("image-store-unhashed", "/opt/ca"),),
    ),
    "a store without hashes, with a Python": Made(
        files({"usr/bin/python3.11": Item("x", 0o755), "etc/ssl/certs/ca-certificates.crt": MERGED}),
        found=(("image-store-unhashed", "/etc/ssl/certs"),),
    ),
    "a proxy on loopback": Made(
        (base(),), env("https_proxy=http://127.0.0.1:3128"), found=(("image-proxy-loopback", "config.Env"),)
    ),
    "a proxy on loopback for pip": Made(
        files({"etc/pip.conf": "[global]\nproxy = http://localhost:3128\n"}),
        found=(("image-proxy-loopback", "/etc/pip.conf"),),
    ),
    "a health check by busybox's wget": Made(
        files({"bin/busybox": Item("x", 0o755), "usr/bin/wget": link("/bin/busybox")}),
        env(
            f"http_proxy={PROXY}",
            "no_proxy=localhost,127.0.0.1",
            Healthcheck={"Test": ["CMD-SHELL", "wget -q -O- http://localhost:8080/health || exit 1"]},
        ),
        found=(("image-healthcheck-proxied", "config.Healthcheck"),),
    ),
    "a health check of 0.0.0.0 by curl": Made(
        (base(),),
        env(
            f"http_proxy={PROXY}",
            "no_proxy=localhost,127.0.0.1",
            Healthcheck={"Test": ["CMD", "curl", "-f", "http://0.0.0.0:8080/"]},
        ),
        found=(("image-healthcheck-proxied", "config.Healthcheck"),),
    ),
}


def with_dates(before: int, after: int) -> Issued:
    return make_ca("Corp Root", not_before=NOW + before * DAY, not_after=NOW + after * DAY)


def make_dated(ca: Issued, cause: str) -> Made:
    layer: Layer = {
        "etc/proxyenv/ca-bundle.pem": PUBLIC + ca.pem,
        "usr/local/bin/python3.13": Item("x", 0o755),
    }
    found = ((cause, "/etc/proxyenv/ca-bundle.pem"),)
    return Made(files(layer), env("SSL_CERT_FILE=/etc/proxyenv/ca-bundle.pem"), found=found)


LEAKS.update(
    {
        "a CA that has expired": make_dated(with_dates(-30, -1), "image-ca-expired"),
        "a CA that expires in three weeks": make_dated(with_dates(-30, 21), "image-ca-expires"),
        "a CA that is not valid yet": make_dated(with_dates(10, 300), "image-ca-not-yet-valid"),
        "a CA that Python 3.13 refuses": make_dated(make_ca("Corp", critical=False), "image-python-refuses"),
    }
)

GOOD: Final = (
    f"HTTPS_PROXY={PROXY}",
    f"http_proxy={PROXY}",
    "NO_PROXY=localhost,127.0.0.1,::1,0.0.0.0",
    "no_proxy=localhost,127.0.0.1,::1,0.0.0.0",
    "SSL_CERT_FILE=/etc/proxyenv/ca-bundle.pem",
    "NODE_EXTRA_CA_CERTS=/etc/proxyenv/corporate-ca.pem",
)
TRUSTING: Final[Layer] = {
    "etc/proxyenv/": directory(),
    "etc/proxyenv/ca-bundle.pem": MERGED,
    "etc/proxyenv/corporate-ca.pem": CORP.pem,
}

CLEAN: Final[dict[str, Made]] = {
    "a worker with the bundle and the store": Made(
        (base(), store(CORP), TRUSTING, {"usr/local/bin/python3.13": Item("x", 0o755)}),
        env(*GOOD, User="12345"),
        ca=CORP,
    ),
    "from scratch, with the bundle alone": Made((TRUSTING,), env(*GOOD, User="65532"), ca=CORP),
    "the bundle copied to where Go looks": Made(
        ({"etc/ssl/certs/ca-certificates.crt": MERGED, "app": Item("x", 0o755)},), {"User": "65532"}, ca=CORP
    ),
    "a base without a word of a proxy": Made(
        (base(), store()), env("PATH=/usr/bin", "GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D"), ca=CORP
    ),
    "secrets that were only mounted": Made(
        (base(), {"run/secrets/": directory()}),
        history=("FROM", "RUN /bin/sh -c . /run/secrets/proxyenv && pip install x # buildkit"),
    ),
    "variables where a secret is at run time": Made(
        (base(),),
        env(
            "DB_PASSWORD_FILE=/run/secrets/db", "API_TOKEN=", "TOKEN=${TOKEN}", "DB_PASSWORD=/run/secrets/db"
        ),
    ),
    "settings that take the secret from a variable": Made(
        files(
            {
                "home/app/.npmrc": "//npm.corp.example/:_authToken=${NPM_TOKEN}\ncafile=/etc/passwd\n",
                "etc/pip.conf": "[global]\nproxy = http://proxy.corp.example:3128\n",
                "home/app/.docker/config.json": '{"auths": {"hub.corp.example": {}}, "credsStore": "pass"}',
                "home/app/.gitconfig": "[http]\n\tsslVerify = true\n",
            }
        ),
        APP,
    ),
    "documentation and code with examples": Made(
        files(
            {
                "usr/share/doc/curl/README": "curl http://user:pass@proxy.example:1/ https://ada:lovelace@x.example\n",
                "usr/lib/python3.11/urllib/request.py": "# http://joe:secret1@proxy.example.com:3128/\n",
                "opt/venv/lib/python3.12/site-packages/x/tests/key.pem": KEY,
                "app/README": "run with http://user:password@proxy:3128 or https://$USER:$PASS@host\n",
                "usr/bin/openssl": b"\x7fELF" + b"\0" * 100 + KEY,
                "app/deploy.sh": 'curl "https://${USER}:${TOKEN}@git.corp" -H "Authorization: Basic $A"\n',
            }
        )
    ),
    "a health check that goes direct": Made(
        (base(), TRUSTING),
        env(
            *GOOD,
            Healthcheck={"Test": ["CMD-SHELL", "curl -f http://localhost:8080/ && curl http://0.0.0.0:1"]},
        ),
    ),
    "a health check by busybox that is told": Made(
        files({"bin/busybox": "x", "bin/wget": link("busybox")}),
        env(f"http_proxy={PROXY}", Healthcheck={"Test": ["CMD-SHELL", "wget -Y off http://localhost/"]}),
    ),
}

CASES: Final = [
    *(pytest.param(made, id=name) for name, made in LEAKS.items()),
    *(pytest.param(made, id=f"clean: {name}") for name, made in CLEAN.items()),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with nothing in it, in an environment with nothing in it."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    for name, value in {"HOME": str(home), "PATH": "/usr/bin:/bin"}.items():
        monkeypatch.setenv(name, value)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "DOCKER_HOST"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def scan(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[Made], list[dict[str, Any]]]:
    """Scans an image and gives the finds; what is printed never holds the password."""

    def scan(made: Made) -> list[dict[str, Any]]:
        archive = make_archive(
            *made.layers, config=made.config, history=made.history, form=made.form, packing=made.packing
        )
        (home / "image.tar").write_bytes(archive)
        options: tuple[str, ...] = ("--output", "json")
        if made.ca:
            (home / "corp.pem").write_bytes(made.ca.pem)
            options = (*options, "--ca", "corp.pem")
        status = run(["image", "scan", "image.tar", *options])
        out = capsys.readouterr().out
        finds: list[dict[str, Any]] = json.loads(out)["data"]["finds"]
        assert status == (1 if finds else 0)
        run(["image", "scan", "image.tar", *options[2:]])
        said = out + "".join(capsys.readouterr())
        assert not [each for each in (PASSWORD, BASIC, BASIC.rstrip("="), "pnu_0123") if each in said]
        return finds

    return scan


@pytest.mark.parametrize("made", CASES)
def test_every_find_is_right_and_none_is_false(
    made: Made, scan: Callable[[Made], list[dict[str, Any]]]
) -> None:
    assert sorted((find["cause"], find["path"]) for find in scan(made)) == sorted(made.found)


@pytest.mark.parametrize(
    ("fingerprint", "status"),
    [pytest.param(CORP.fingerprint, 0, id="its own"), pytest.param("0" * 64, 3, id="another")],
)
def test_a_ca_has_to_have_the_fingerprint(
    fingerprint: str, status: int, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "image.tar").write_bytes(make_archive(base()))
    (home / "corp.pem").write_bytes(CORP.pem)
    assert run(["image", "scan", "image.tar", "--ca", "corp.pem", "--ca-fingerprint", fingerprint]) == status
    assert ("error[fingerprint-mismatch]" in capsys.readouterr().err) is (status == 3)


def test_there_are_enough() -> None:
    assert len(LEAKS) >= 25
    assert len(CLEAN) >= 8
    assert all(len({cause for cause, _ in made.found}) <= 2 for made in LEAKS.values())


@pytest.mark.parametrize(
    ("form", "packing"),
    [
        pytest.param(form, packing, id=f"{form}, {packing}")
        for form in ("docker", "oci", "docker 25")
        for packing in ("none", "gzip", "zstd")
    ],
)
def test_every_form_of_archive_is_read(
    form: Form, packing: Packing, scan: Callable[[Made], list[dict[str, Any]]]
) -> None:
    deleted = LEAKS["a key that a higher layer deletes"]
    (find,) = scan(Made(deleted.layers, form=form, packing=packing))
    assert (find["cause"], find["layer"], find["hidden"]) == ("image-private-key", 2, True)
    assert find["image"] == "leak:tests"
