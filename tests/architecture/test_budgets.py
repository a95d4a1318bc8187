"""Files and functions that a reader can hold in mind."""

import ast
from pathlib import Path

import pytest

import latentloom

ROOT = Path(latentloom.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
LINES, BODY, NESTING = 400, 40, 3
BLOCKS = (ast.If, ast.For, ast.While, ast.Try, ast.Match)


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def body_lines(function):
    """Lines of a function's body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def depth(node):
    """How deep branches and loops are nested; an `elif` is beside its `if`."""
    children = list(ast.iter_child_nodes(node))
    deeper = isinstance(node, BLOCKS)
    if isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        beside = depth(node.orelse[0])
        return max(beside, 1 + max(map(depth, node.body)))
    return max(map(depth, children), default=0) + deeper


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_read_in_one_go(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_body_fits_on_a_screen_and_is_not_deep(path):
    for function in functions(path):
        assert body_lines(function) <= BODY, function.name
        assert depth(function) <= NESTING, function.name


def test_nothing_is_called_utils():
    assert not [path for path in FILES if path.stem in ("utils", "helpers", "common", "misc")]
