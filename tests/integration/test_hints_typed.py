"""The next step of an error is typed as printed; the trouble is gone then, and nothing else has changed.

Here is what needs neither a network nor a server; `tests/faults` has what does. That every command is typed
somewhere, or says why not, is seen by `tests/contract/test_hints.py`.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from proxyenv.certificates.bundle import render_pem
from proxyenv.demo.stage import find_differences, take_snapshot
from support.command import environment_of
from support.defects import make_case
from support.faults import find_foreign, is_command
from support.machine import in_ci
from support.person import open_answers

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = in_ci

BIN: Final = Path(sys.executable).parent
SETUP: Final = "proxyenv setup --yes --no-check --no-rc --proxy proxy.corp.example:3128 --ca corp.pem"
OTHER: Final = SETUP.replace("3128", "8080")
PAC: Final = 'function FindProxyForURL(url, host) { return "PROXY proxy.corp.example:3128"; }'
POLICY: Final = 'version = 1\n[proxy]\nhttps = "http://proxy.corp.example:3128"\n'
OF_THE_SHELL: Final = ("export ", "PW=")
STATE: Final = ".local/state/proxyenv"


class Row(NamedTuple):
    """An error, and what its hint says to type.

    Args:
        id: a phrase.
        code: of the error.
        line: what is refused.
        types: what the hint has in backticks; an option is added to the line, which is typed again.
        before: what was typed before, each line well.
        fills: what a person would write for the words in capitals.
        then: what must be well after it: the line again, unless it is an option's already.
        untyped: what else the hint has to type, and why it is not typed.
        changes: files below the home that the next step may change besides what only proxyenv writes.
    """

    id: str
    code: str
    line: str
    types: str
    before: tuple[str, ...] = ()
    fills: Mapping[str, str] = MappingProxyType({})
    then: str = ""
    untyped: Mapping[str, str] = MappingProxyType({})
    changes: tuple[str, ...] = ()


GONE: Final = "test ! -e .config/proxyenv"
DAMAGE: Final = f"for file in {STATE}/previous/*; do echo x >> $file; done"

ROWS: Final = (
    Row(
        "a CA file that is not there",
        "ca-not-found",
        SETUP.replace("corp.pem", "gone/corp.pem"),
        "ls {home}",
        then=SETUP,
    ),
    Row(
        "nobody to ask",
        "confirmation-required",
        SETUP.replace(" --yes", ""),
        "--yes",
        untyped={"--dry-run": "the next row types it"},
    ),
    Row(
        "nobody to ask, and a look is enough",
        "confirmation-required",
        SETUP.replace(" --yes", ""),
        "--dry-run",
        untyped={"--yes": "the row before types it"},
    ),
    Row(
        "damaged copies of what was before",
        "copy-damaged",
        "proxyenv rollback --yes",
        "proxyenv uninstall",
        before=(SETUP, OTHER, DAMAGE),
        then=GONE,
        untyped={"proxyenv setup": "it needs the options of a person, as the other rows have them"},
    ),
    Row(
        "a file in the place of one of proxyenv's",
        "foreign-file",
        SETUP,
        "--prefix",
        before=("mkdir -p .config/proxyenv", "echo mine > .config/proxyenv/env.sh"),
        fills={"--prefix": "--prefix elsewhere"},
        changes=("elsewhere",),
    ),
    Row(
        "a rollback of the first set-up",
        "nothing-to-restore",
        "proxyenv rollback --yes",
        "proxyenv uninstall",
        before=(SETUP,),
        then=GONE,
    ),
    Row(
        "a rollback while it stands aside",
        "must-be-on",
        "proxyenv rollback --yes",
        "proxyenv on",
        before=(SETUP, OTHER, "proxyenv off --yes"),
    ),
    Row(
        "two installations in one rc file",
        "other-installation",
        f"{SETUP.replace(' --no-rc', '')} --prefix elsewhere",
        "--no-rc",
        before=("touch .bashrc", SETUP.replace(" --no-rc", "")),
        untyped={"--prefix": "of the other way: `uninstall` of the first one"},
        changes=("elsewhere",),
    ),
    Row(
        "variables that differ",
        "proxy-conflict",
        "proxyenv setup --yes --no-check --no-rc",
        "--https-proxy URL",
        before=("export https_proxy=http://a.example:1 HTTPS_PROXY=http://b.example:1",),
        fills={"URL": "http://a.example:1"},
    ),
    Row(
        "only a tool names a proxy",
        "nothing-found",
        "proxyenv setup --yes --no-check --no-rc",
        "proxyenv setup --from-tools",
        before=("echo proxy=http://proxy.corp.example:3128 > .npmrc",),
        then="proxyenv env",
        changes=(".bashrc", ".profile"),
    ),
    Row(
        "nothing for an image",
        "nothing-found",
        "proxyenv image write out",
        "--proxy http://HOST:PORT --ca FILE",
        fills={"HOST": "proxy.corp.example", "PORT": "3128", "FILE": "corp.pem"},
        changes=("out",),
    ),
    Row(
        "a password file that others can read",
        "proxy-password",
        "proxyenv setup --yes --no-check --no-rc --proxy ada@proxy.corp.example:1 --proxy-password-file pw",
        "chmod 600 {home}/pw",
        before=("echo s3cret > pw", "chmod 644 pw"),
        changes=("pw",),
    ),
    Row(
        "a password in a variable that is not exported",
        "proxy-password",
        "proxyenv setup --yes --no-check --no-rc --proxy ada@proxy.corp.example:1 --proxy-password-env PW",
        "export PW",
        before=("PW=s3cret",),
    ),
    Row(
        "a user without a password, and nobody to ask",
        "proxy-password",
        "proxyenv setup --yes --no-check --no-rc --proxy ada@proxy.corp.example:1",
        "--proxy-password-env NAME",
        before=("export PW=s3cret",),
        fills={"NAME": "PW"},
        untyped={"--proxy-password-file FILE": "the next row types it"},
    ),
    Row(
        "a user without a password, which a file has",
        "proxy-password",
        "proxyenv setup --yes --no-check --no-rc --proxy ada@proxy.corp.example:1",
        "--proxy-password-file FILE",
        before=("echo s3cret > pw", "chmod 600 pw"),
        fills={"FILE": "pw"},
        untyped={"--proxy-password-env NAME": "the row before types it"},
    ),
    Row(
        "a password for a file that others can read",
        "password-refused",
        "proxyenv setup --yes --no-check --no-rc --configure conda",
        "chmod 600 {home}/.condarc",
        before=(
            "touch .condarc",
            "chmod 644 .condarc",
            "export HTTPS_PROXY=http://ada:s3cret@proxy.corp.example:3128",
        ),
        untyped={"--configure conda": "the other way: to leave it out"},
        changes=(".condarc",),
    ),
    Row(
        "a container of certificates with a password",
        "ca-password",
        "proxyenv setup --yes --no-check --no-rc --ca c.p12",
        "--ca-password-env NAME",
        before=(
            "export PW=s3cret",
            "openssl pkcs12 -export -nokeys -in corp.pem -out c.p12 -passout env:PW",
        ),
        fills={"NAME": "PW"},
        untyped={"--ca-password-file FILE": "the next row types it"},
    ),
    Row(
        "the same with its password in a file",
        "ca-password",
        "proxyenv setup --yes --no-check --no-rc --ca c.p12",
        "--ca-password-file FILE",
        before=(
            "echo s3cret > pw",
            "chmod 600 pw",
            "openssl pkcs12 -export -nokeys -in corp.pem -out c.p12 -passout file:pw",
        ),
        fills={"FILE": "pw"},
        untyped={"--ca-password-env NAME": "the row before types it"},
    ),
    Row(
        "its password in a variable that is not exported",
        "usage",
        "proxyenv setup --yes --no-check --no-rc --ca c.p12 --ca-password-env PW",
        "export PW",
        before=(
            "PW=s3cret",
            "openssl pkcs12 -export -nokeys -in corp.pem -out c.p12 -passout pass:s3cret",
        ),
    ),
    Row(
        "a policy that others can write",
        "foreign-policy",
        "proxyenv setup --yes --no-check --no-rc --config p.toml",
        "--config-digest",
        before=(f"printf '%s' '{POLICY}' > p.toml", "chmod 666 p.toml"),
        fills={"--config-digest": f"--config-digest {hashlib.sha256(POLICY.encode()).hexdigest()}"},
    ),
    Row(
        "a PAC file that is not named",
        "usage",
        "proxyenv pac",
        "proxyenv pac FILE",
        before=(f"printf '%s' '{PAC}' > p.pac",),
        fills={"FILE": "p.pac"},
        then="true",
        untyped={"proxyenv pac URL": "tests of PAC files do it, with a server"},
    ),
    Row(
        "an environment that is not whole",
        "venv-invalid",
        f"{SETUP} --trust truststore --venv broken",
        "python -m venv --clear {home}/broken",
        before=("mkdir broken", "touch broken/pyvenv.cfg"),
        then="broken/bin/python -c pass",
        changes=("broken",),
    ),
    Row(
        "nothing to run",
        "usage",
        "proxyenv run --",
        "proxyenv run -- COMMAND ARGUMENT ...",
        before=(SETUP,),
        fills={"COMMAND ARGUMENT ...": "test -n $SSL_CERT_FILE"},
        then="true",
    ),
    Row(
        "a user of no proxy",
        "usage",
        "proxyenv setup --yes --no-check --no-rc --proxy-password-env PW",
        "--proxy USER@HOST:PORT",
        before=("export PW=s3cret",),
        fills={"USER": "ada", "HOST": "proxy.corp.example", "PORT": "1"},
    ),
    Row(
        "a proxy on loopback for an image",
        "loopback-elsewhere",
        "proxyenv image write out --proxy localhost:3128",
        "--proxy-there http://HOST:3128",
        fills={"HOST": "proxy.corp.example"},
        changes=("out",),
    ),
    Row(
        "a password for an image",
        "password-refused",
        "HTTPS_PROXY=http://ada:s3cret@proxy.corp.example:3128 proxyenv image write out",
        "--proxy-there http://proxy.corp.example:3128",
        changes=("out",),
        untyped={
            "proxyenv image write proxyenv-build --build-only": "the next row types it",
            "docker run --env HTTP_PROXY --env HTTPS_PROXY --env http_proxy --env https_proxy IMAGE": (
                "it needs Docker and an image"
            ),
        },
    ),
    Row(
        "a password for a build",
        "password-refused",
        "proxyenv image write out",
        "proxyenv image write proxyenv-build --build-only",
        before=("export HTTPS_PROXY=http://ada:s3cret@proxy.corp.example:3128",),
        then="! grep -r s3cret proxyenv-build",
        changes=("proxyenv-build",),
        untyped={
            "--proxy-there http://proxy.corp.example:3128": "the row before types it",
            "docker run --env HTTP_PROXY --env HTTPS_PROXY --env http_proxy --env https_proxy IMAGE": (
                "it needs Docker and an image"
            ),
        },
    ),
    Row(
        "a password in a public log",
        "password-refused",
        "proxyenv env --format github",
        "--place ci --proxy-there http://HOST:PORT",
        before=(
            "export PW=s3cret",
            f"{SETUP.replace('proxy.corp', 'ada@proxy.corp')} --proxy-password-env PW",
        ),
        fills={"HOST": "proxy.corp.example", "PORT": "3128"},
    ),
    Row(
        "a receipt that is gone",
        "receipt-lost",
        "proxyenv uninstall --yes",
        "proxyenv uninstall --without-receipt",
        before=(SETUP, f"rm -r {STATE}"),
        then=GONE,
    ),
    Row(
        "a receipt that is damaged",
        "receipt-invalid",
        "proxyenv uninstall --yes",
        "proxyenv uninstall --without-receipt",
        before=(SETUP, f"echo x > {STATE}/receipt.json"),
        then=GONE,
    ),
    Row(
        "a variable that is gone",
        "receipt-invalid",
        "proxyenv uninstall --yes",
        "proxyenv uninstall --without-receipt",
        before=(f"WGETRC=$HOME/.config/wgetrc {SETUP} --configure wget",),
        then=GONE,
        untyped={"proxyenv setup": "it ran before"},
    ),
    Row(
        "a home that was moved",
        "receipt-invalid",
        "proxyenv uninstall --yes",
        "proxyenv uninstall --without-receipt",
        before=(SETUP, f"sed -i s,$HOME/,/home/of/old/, {STATE}/receipt.json"),
        then=GONE,
        untyped={"proxyenv setup": "it ran before"},
    ),
    Row(
        "no environment for truststore",
        "venv-invalid",
        f"{SETUP} --trust truststore --venv nothing",
        "python -m venv {home}/nothing",
        then="nothing/bin/python -c pass",
        changes=("nothing",),
    ),
    Row(
        "a command without its dashes",
        "usage",
        "proxyenv run true",
        "proxyenv run -- true",
        before=(SETUP,),
        then="proxyenv run -- true",
    ),
    Row(
        "a PAC file that others can write",
        "pac-foreign",
        "proxyenv setup --yes --no-check --no-rc --pac p.pac",
        f"--pac-digest {hashlib.sha256(PAC.encode()).hexdigest()}",
        before=(f"printf '%s' '{PAC}' > p.pac", "chmod 666 p.pac"),
    ),
    Row(
        "no CA for a cluster",
        "no-corporate-ca",
        "proxyenv kubernetes --part ca --proxy proxy.corp.example:3128",
        "--ca FILE",
        fills={"FILE": "corp.pem"},
    ),
    Row(
        "settings of another place",
        "usage",
        "proxyenv env --at /etc/there",
        "--place image",
        before=(SETUP,),
    ),
    Row(
        "a format of another place",
        "usage",
        "proxyenv env --format github --proxy-there http://proxy.corp.example:3128",
        "--place ci",
        before=(SETUP,),
    ),
    Row(
        "no CA in place of the old one",
        "usage",
        "proxyenv setup --yes --no-check --no-rc --replace-ca",
        "proxyenv setup --replace-ca --ca FILE",
        before=(SETUP,),
        fills={"FILE": "corp.pem"},
        then="proxyenv env",
        changes=(".bashrc", ".profile"),
    ),
    Row(
        "an environment that nothing uses",
        "usage",
        f"{SETUP} --venv nothing",
        "--trust truststore",
        before=("python -m venv nothing",),
        then="true",
        changes=("nothing",),
    ),
)


class Typed(NamedTuple):
    """What a shell came to."""

    status: int
    out: str
    err: str


class Desk:
    """A home, and a shell that works in it."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def fill(self, text: str) -> str:
        """A text of a row with what only this home knows."""
        return text.replace("{home}", str(self.home))

    def type(self, *lines: str) -> Typed:
        """Type lines into one shell, where nobody is there to be asked; each but the last must be well."""
        return self._type(lines, subprocess.DEVNULL)

    def type_on_a_terminal(self, *lines: str) -> Typed:
        """The same with a yes to whatever is asked."""
        with open_answers() as terminal:
            return self._type(lines, terminal)

    def _type(self, lines: tuple[str, ...], stdin: int) -> Typed:
        script = "".join(f"{{ {line}; }} || exit 99\n" for line in lines[:-1]) + lines[-1]
        done = subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", "-c", script],
            cwd=self.home,
            env=environment_of(self.home, PATH=f"{BIN}:/usr/bin:/bin"),
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        return Typed(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    (home / "corp.pem").write_bytes(render_pem(make_case("good").path.anchors[0]))
    return Desk(home)


@pytest.mark.parametrize("row", [pytest.param(each, id=each.id) for each in ROWS])
def test_the_next_step_is_typed_as_printed(desk: Desk, row: Row) -> None:
    shell = [line for line in row.before if line.startswith(OF_THE_SHELL)]
    made = desk.type(*row.before, "true")
    assert made.status == 0, made
    refused = desk.type(*shell, row.line)
    hint = find_hint(refused, row.code)
    printed = desk.fill(row.types)
    assert printed in hint
    assert [each for each in filter(is_command, hint) if each not in {printed, *row.untyped}] == []
    before = take_snapshot(desk.home)
    command = fill_words(printed, row)
    command = f"{row.line} {command}" if is_option(printed) else command
    typed = desk.type_on_a_terminal(*shell, command)
    ends_with_a_check = command.startswith("proxyenv setup --") and "--no-check" not in command
    assert typed.status == 0 or (typed.status == 1 and ends_with_a_check), typed
    if not is_option(printed):
        shell += [command] if command.startswith(OF_THE_SHELL) else []
        settled = desk.type(*shell, row.then or row.line)
        assert settled.status == 0, settled
    assert find_foreign(find_differences(before, take_snapshot(desk.home)), row.changes) == []


def find_hint(refused: Typed, code: str) -> tuple[str, ...]:
    """What the hint of that error has in backticks."""
    found = re.search(r"^error\[(\S+)\]: .*\n\nhint: (.*)", refused.err, re.MULTILINE)
    assert found is not None, refused
    assert found[1] == code, refused
    return tuple(re.findall(r"`([^`]+)`", found[2]))


def fill_words(command: str, row: Row) -> str:
    for word, value in row.fills.items():
        assert word in command
        command = command.replace(word, value)
    return command


def is_option(command: str) -> bool:
    """Whether it is to be added to the line that was refused."""
    return command.startswith("--")
