"""Imports only ever point down, and nothing runs in a circle."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import latentloom

ROOT = Path(latentloom.__file__).parent
ROOMS = [
    "core",
    "schedules",
    "nn",
    "data",
    "quantize",
    "representations",
    "generators",
    "objectives",
    "training",
    "evaluation",
    "report",
    "recipes",
    "api",
    "cli",
]
FILES = sorted(path for path in ROOT.rglob("*.py") if path.parent != ROOT)


def imported_rooms(path):
    """The rooms that a file imports from, its own included."""
    depth = len(path.relative_to(ROOT).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            yield from [node.module.split(".")[0]] if node.module else [a.name for a in node.names]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    room = path.relative_to(ROOT).parts[0]
    for name in imported_rooms(path):
        assert ROOMS.index(name) <= ROOMS.index(room), f"{room} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_of_the_package_are_relative(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        assert not [name for name in names if name.split(".")[0] == "latentloom"]


def test_every_room_is_in_the_plan():
    rooms = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    rooms |= {path.stem for path in ROOT.glob("*.py")} - {"__init__", "conftest"}
    assert rooms == set(ROOMS)


@pytest.mark.parametrize("name", ["latentloom", "latentloom.cli.main"])
def test_the_door_opens_without_torch(name):
    code = f"import sys, {name}; assert 'torch' not in sys.modules, 'torch'"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_command_waits_for_the_compiler_unasked():
    code = "import sys, latentloom.recipes.conduct; assert 'torch._dynamo' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
