"""Recipes as text: a YAML of plain values, in which nothing is guessed."""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from ..core.errors import RecipeError

_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_SCALARS = (
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
    ("int", re.compile(r"[-+]?[0-9]+$"), "-+0123456789"),
    ("float", re.compile(f"(?:{_FLOAT.pattern})$"), "-+.0123456789"),
    ("null", re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    ("merge", re.compile(r"<<$"), "<"),
)


class _Loader(yaml.SafeLoader):
    """Reads the scalars of YAML 1.2, so that 1e-3 is a number and `off` is a word."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  the resolvers of SafeLoader go

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value!r} is written twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Writes what `_Loader` reads, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node), 10)


for _name, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", _pattern, list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", _decimal)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _SCALARS[2][1], list(_SCALARS[2][2]))


def parse(text: str, source: str) -> Any:
    """The tree of plain values that a YAML text describes.

    Args:
        text: The text.
        source: Where it comes from; errors say it.

    Raises:
        RecipeError: If it is not YAML of plain values, or writes a key twice.

    Example:
        >>> parse("{rate: 1e-3, compile: off}", "example")
        {'rate': 0.001, 'compile': 'off'}
    """
    try:
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{source}, line {mark.line + 1}" if mark else source
        raise RecipeError(place, _sentence(error)) from error
    except RecursionError as error:
        raise RecipeError(source, "must not nest so deeply") from error
    except (yaml.YAMLError, ValueError) as error:
        line = " ".join(str(error).split())
        raise RecipeError(source, f"must be YAML in UTF-8, and is not: {line}") from error


def _sentence(error: yaml.MarkedYAMLError) -> str:
    problem = " ".join((error.problem or "cannot be read").split())
    if problem.startswith("the key"):
        return problem
    if "could not determine a constructor" in problem:
        return f"only plain values are allowed: {problem}"
    context = " ".join((error.context or "").split())
    return f"is not YAML: {f'{context}, ' if context else ''}{problem}"


def read(path: Path, holding: str = "data, parts and phases") -> dict[str, Any]:
    """The tree of a recipe file.

    Args:
        path: The file.
        holding: What it should have, for one who gave another.

    Raises:
        FileNotFoundError: If there is no such file.
        RecipeError: If it is not YAML of plain values, or not a mapping.
    """
    if path.is_dir():
        raise RecipeError(str(path), "must be a recipe file, got a folder")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RecipeError(str(path), "must be YAML in UTF-8, got other bytes") from error
    tree = parse(text, str(path))
    if not isinstance(tree, dict):
        found = "nothing" if tree is None else type(tree).__name__
        raise RecipeError(str(path), f"must be a mapping with {holding}, got {found}")
    return tree


def write(tree: Any) -> str:
    """The YAML of a tree of plain values, in the order of its keys.

    Example:
        >>> print(write({"kind": "linear", "start": 1e-05}), end="")
        {kind: linear, start: 1.0e-05}
        >>> parse(write({"name": "1e-3", "compile": "off"}), "example")
        {'name': '1e-3', 'compile': 'off'}
    """
    return yaml.dump(
        tree,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=99,
    )
