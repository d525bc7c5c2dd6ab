"""What a module names and imports, read from its syntax tree.

An import counts wherever it stands: at the top, in a function, under `TYPE_CHECKING`, or as a literal
argument of `import_module`. Annotations are left out: a type that is only named does nothing.
"""

from __future__ import annotations

import ast
import builtins
import functools
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Use", "find_uses"]


class Use(NamedTuple):
    """Something that a module names.

    Args:
        line: where.
        name: in full as far as imports tell it, a builtin, or `.attribute` of some value.
        imported: whether this is the import of it.
        of: the variable whose attribute it is.
    """

    line: int
    name: str
    imported: bool = False
    of: str = ""


class Walk(ast.NodeVisitor):
    """What one module names: with the names that its imports stand for, and nothing from annotations."""

    def __init__(self, module: str, tree: ast.Module) -> None:
        self.uses: list[Use] = []
        self._package = module.rpartition(".")[0]
        self._names: dict[str, str] = {}
        self._bound = {name for node in ast.walk(tree) for name in _bound_by(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        origin = ""
        if isinstance(node, ast.ImportFrom):
            up = self._package.rsplit(".", node.level - 1)[0] if node.level else ""
            origin = ".".join(part for part in (up, node.module or "") if part) + "."
        for alias in node.names:
            name = origin + alias.name
            first = name if origin or alias.asname else name.partition(".")[0]
            self._names[alias.asname or first.rpartition(".")[2]] = first
            self.uses.append(Use(node.lineno, name, imported=True))

    def visit_Name(self, node: ast.Name) -> None:
        known = self._names.get(node.id)
        if known or (hasattr(builtins, node.id) and node.id not in self._bound):
            self.uses.append(Use(node.lineno, known or node.id))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self._dotted(node)
        if name:
            self.uses.append(Use(node.lineno, name))
            return
        of = node.value.id if isinstance(node.value, ast.Name) else ""
        self.uses.append(Use(node.lineno, f".{node.attr}", of=of))
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func).rpartition(".")[2]
        if called in {"import_module", "__import__"} and isinstance(node.args[0], ast.Constant):
            self.uses.append(Use(node.lineno, str(node.args[0].value), imported=True))
        self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        """Skip the annotation."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        defaults = (default for default in node.args.kw_defaults if default is not None)
        for part in (*node.decorator_list, *node.args.defaults, *defaults, *node.body):
            self.visit(part)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - as ast wants it

    def _dotted(self, node: ast.expr) -> str:
        """The full name of what begins with an imported name, or nothing."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id, "")
        if isinstance(node, ast.Attribute) and (before := self._dotted(node.value)):
            return f"{before}.{node.attr}"
        return ""


def _bound_by(node: ast.AST) -> Iterator[str]:
    """The names that a node gives a meaning in its module: a parameter `open` is no builtin."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name


@functools.cache
def find_uses(module: str, source: str) -> tuple[Use, ...]:
    """Everything that a module names, and everything that it imports."""
    tree = ast.parse(source)
    walk = Walk(module, tree)
    walk.visit(tree)
    return tuple(walk.uses)
