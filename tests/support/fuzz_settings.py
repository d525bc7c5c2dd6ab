"""The readers and editors of settings of every format, as targets for made-up input."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOURCE: Final = "`the input`"
LONGEST_TEXT: Final = 200
SPELLED: Final = 200
"""So many values of a file are compared with what a tool may make of them: the program does it with a few."""


def as_text(data: bytes) -> str:
    """A file of settings as the program has it."""
    return data.decode("utf-8", "replace")


def read_settings(name: str) -> Callable[[bytes], Iterator[str]]:
    """Lists a file's settings, sets the key that a seed has, looks it up, and takes it out."""

    def read(data: bytes) -> Iterator[str]:
        from proxyenv.formats.settings import FORMATS

        (key, value), text = KEYS[name], as_text(data)
        chosen = FORMATS[name]
        items = tuple(chosen.items(text, source=SOURCE))
        yield "list"
        short = (item.value for item in items if len(item.key) < LONGEST_TEXT)
        for each in islice(dict.fromkeys(short), SPELLED):
            chosen.normal(each)
        yield "spell"
        editor = chosen.edit(text, source=SOURCE)
        earlier = editor.get(key)
        yield "find"
        editor.set(key, value)
        yield "set"
        if editor.get(key) is None:
            raise AssertionError("what was set is not there")
        yield "prove"
        edited = editor.finish()
        yield "finish"
        editor = chosen.edit(edited, source=SOURCE)
        if earlier is None:
            editor.unset(key)
        else:
            editor.set(key, earlier)
        editor.finish()
        yield "put back"

    return read


KEYS: Final = {
    "apt": ("Acquire::http::Proxy", '"http://a:1"'),
    "block": ("", "export A=b\n"),
    "condarc": ("ssl_verify", '"/ca.pem"'),
    "curlrc": ("proxy", '"http://a:1"'),
    "gitconfig": ("http/proxy", "http://a:1"),
    "ini": ("proxy/address", "a"),
    "json": ("proxies/default/httpProxy", '"http://a:1"'),
    "jsonc": ("http.proxy", '"http://a:1"'),
    "maven": ("proxyenv", "<proxy>\n<id>proxyenv</id>\n<host>a</host>\n</proxy>"),
    "npmrc": ("/cafile", "/ca.pem"),
    "pip": ("global/proxy", "http://a:1"),
    "profiles": ("profiles.work.PREFECT_API_URL", '"http://a/api"'),
    "properties": ("systemProp.http.proxyHost", "a"),
    "toml": ("http.proxy", '"http://a:1"'),
    "wgetrc": ("https_proxy", "http://a:1"),
    "yaml": ("httpProxy", '"http://a:1"'),
    "yarnrc": ("https-proxy", '"http://a:1"'),
}

SETTINGS: Final[dict[str, tuple[bytes, bytes]]] = {
    "apt": (
        b'// x\nAcquire::http::Proxy "http://a:1";\nAcquire { https { Proxy "b"; }; };\n#clear x;\n',
        b'Acquire :: { } ; " // /* */ #clear #include \n',
    ),
    "block": (
        b"alias ll='ls -l'\n# >>> proxyenv >>>\n. x\n# <<< proxyenv <<<\nend",
        b"# >>> proxyenv >>>\n|# <<< proxyenv <<<\n|# >>> proxyenv (joined) >>>\n|\r\n|# >>> proxyenv\n",
    ),
    "condarc": (
        b"channels: [a]\nssl_verify: true\nproxy_servers:\n  x: y\n",
        b"a: &a [*a] { } - \n  ? | > ! '",
    ),
    "curlrc": (
        b'proxy = "http://a:1"\n--cacert /x\n-x b\n# c\nheader "a\\"b"\n',
        b'proxy = : " \\ -- -x # \n',
    ),
    "gitconfig": (
        b'[http]\n\tproxy = a ; c\n[http "https://b"]\n\tproxy = "x\\ny" \\\n z\n[include]\n path=c\n',
        b'[http] "x" proxy = ; # \\ \n \t ]',
    ),
    "ini": (b"[proxy]\naddress = a\n  b\n; c\nport: 1\n[core]\nx\n", b"[proxy] = : ; # \n \t"),
    "json": (
        b'{"proxies": {"default": {"httpProxy": "a", "x": [1, 2.5e3, null]}}, "auths": {}}\n',
        b'{ } [ ] , : "a" "proxies" \\u0000 1 true // /* */ \n',
    ),
    "jsonc": (b'{\n  // c\n  "http.proxy": "a", /* d */\n  "x": [1,],\n}\n', b'{ } [ ] , : "a" // /* */ \n'),
    "maven": (
        b"<settings><!-- c --><proxies><proxy><id>a</id><host>b</host></proxy></proxies></settings>\n",
        b"<settings> </settings> <proxies> </proxies> <proxy> </proxy> <id> </id> &amp; <![CDATA[ ]]> \n",
    ),
    "npmrc": (b'cafile=/x\nproxy = ${A}\n; c\n[s]\nca[]="a\\nb"\n', b'cafile = ; # [ ] " \\ ${A} [] \n'),
    "pip": (b"[global]\nproxy = a\n   b\ncert: c\n# d\n[install]\nx=1\n", b"[global] proxy = : ; # %( \n \t"),
    "profiles": (
        b'active = "work"\n[profiles.work]\nPREFECT_API_URL = "a" # c\n\n[profiles."x.y"]\nB = 1\n',
        b'[ ] [[ ]] { } a . = "x" \'\'\' """ # , 1 0x1 1979-05-27 true profiles work active \n',
    ),
    "properties": (
        b"systemProp.http.proxyHost=a\n! c\nx : \\u0041\\\n  b\n",
        b"systemProp.http.proxyHost = : ! # \\ \\u0041 \n",
    ),
    "toml": (
        b"[http]\nproxy = 'a'\n[[index]]\nurl = \"b\"\nx = {a = 1, b.c = [1, 2]}\n",
        b'[ ] [[ ]] { } a . = "x" \'\'\' """ # , 1 1e9 nan true http proxy \n',
    ),
    "wgetrc": (b"https_proxy = a\nca-certificate=/x\n# c\n", b"https_proxy = # \\ \n"),
    "yaml": (
        b"# c\nhttpProxy: a\nnpmScopes:\n  x: {y: 'z'}\n- 1\n",
        b"a: &a *a [ ] { } - \n  ? | > ! ' \" << --- ",
    ),
    "yarnrc": (b'https-proxy "a"\ncafile b\n# c\n"x y" z\n', b'https-proxy " # : , \n'),
}
"""One file of each format, and the words of its grammar, between blanks (bars for the block's)."""
