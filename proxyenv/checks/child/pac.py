"""Answers questions with a PAC file, in a process that can reach nothing.

It goes to a Python of its own as source. It reads one JSON document from standard input, prints one and ends.
Before the script is touched it gives up files, memory, processes and time.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import Any

MOST_SAID = 16_384
"""Characters of an answer, with what the script asked for meanwhile. Browsers read a few hundred."""


def main() -> None:
    """Read the order, and answer."""
    order = json.loads(sys.stdin.buffer.read())
    sys.path.append(order["library"])
    import quickjs  # from where the parent has found it

    time.localtime()  # reads the time zone, while files can be opened
    limit(order["limits"])
    sys.stdout.write(json.dumps(answer(quickjs, order)))
    sys.stdout.flush()


if sys.platform != "win32":

    def limit(limits: dict[str, int]) -> None:
        """Give up what the script must not have."""
        import resource

        wanted = {
            resource.RLIMIT_CPU: limits["processor"],
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_FSIZE: 0,
            resource.RLIMIT_NOFILE: 0,
        }
        if sys.platform == "linux":  # elsewhere it counts what is merely reserved
            wanted[resource.RLIMIT_AS] = limits["address"]
            wanted[resource.RLIMIT_NPROC] = 0
        for kind, most in wanted.items():
            with contextlib.suppress(ValueError, OSError):  # the limit that is there is lower
                resource.setrlimit(kind, (most, most))

else:

    def limit(limits: dict[str, int]) -> None:
        """Windows has no such limits; the engine has its own."""


def answer(quickjs: Any, order: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - it has no types
    """What the script answers to each question; or why it cannot be asked.

    Args:
        quickjs: the module.
        order: the script, what it may call, the data that it may ask for, and the questions.
    """
    context = quickjs.Context()
    context.set_memory_limit(order["limits"]["memory"])
    context.set_max_stack_size(order["limits"]["stack"])
    context.set_time_limit(order["limits"]["load"])
    ask = context.eval(order["builtins"])
    ask("data", json.dumps(order["data"]))
    try:
        context.eval(order["script"])
    except (quickjs.JSException, MemoryError) as error:
        try:
            needed = read_report(ask("loaded"), "found")["needed"] if is_survived(error) else []
        except (quickjs.JSException, MemoryError, ValueError):
            needed = []
        return {"load": describe(error), "needed": needed, "answers": []}
    except (ValueError, UnicodeError):
        return {"load": "SyntaxError: it has a character that is no text", "needed": [], "answers": []}
    try:
        loaded = read_report(ask("loaded"), "found")
    except (quickjs.JSException, MemoryError, ValueError) as error:
        return {"load": describe(error), "needed": [], "answers": []}
    context.set_time_limit(order["limits"]["answer"])
    answers: list[dict[str, Any]] = []
    for url, host in order["questions"] if loaded["found"] else ():
        try:
            answers.append(read_report(ask("find", url, host), "kind", "text"))
        except (quickjs.JSException, MemoryError, ValueError) as error:
            kind = "odd" if isinstance(error, ValueError) else "limit"
            answers.append({"kind": kind, "text": describe(error), "asked": [], "needed": []})
            break
    return {"load": None, **loaded, "answers": answers}


def read_report(text: object, *names: str) -> dict[str, Any]:
    """What the script answers and needs, as the functions in JavaScript report it.

    Raises:
        ValueError: it is too much, or the script has changed what those functions are made of.
    """
    if isinstance(text, str) and len(text) > MOST_SAID:
        raise ValueError(f"it answers, or asks DNS for, more than {MOST_SAID} characters")
    said = json.loads(text) if isinstance(text, str) else None
    lists = [said.get("asked"), said.get("needed")] if isinstance(said, dict) else [None]
    are_texts = all(isinstance(each, list) and all(isinstance(x, str) for x in each) for each in lists)
    if not isinstance(said, dict) or not are_texts or not said.keys() >= set(names):
        raise ValueError("it changes the objects of the language, so that no answer can be read")
    return said


def is_survived(error: Exception) -> bool:
    """Whether the engine may be asked again."""
    text = str(error)
    return "interrupted" not in text and "out of memory" not in text and not isinstance(error, MemoryError)


def describe(error: Exception) -> str:
    """What the engine says of it, in one line of its own kind."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:500]


if __name__ == "__main__":
    main()
