"""Makes pydantic models of constructors, so that a recipe is checked by the code it calls.

A mapping with a `kind` is a call of the constructor of that name in the role wanted; a
mapping where a plain dataclass is wanted is a call of that dataclass. What neighbours know
is given by the builder and is no field.
"""

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    create_model,
)

TAG = "kind="
_SCALARS: dict[Any, Any] = {
    bool: Annotated[bool, Field(strict=True)],
    int: Annotated[int, Field(strict=True)],
    float: Annotated[float, Field(strict=True, allow_inf_nan=False)],
    str: Annotated[str, Field(strict=True)],
}


class Call(BaseModel):
    """The settings of one constructor, as a recipe writes them.

    Attributes:
        constructor: What is called with them.
        given: The arguments that its neighbours know.
        wraps: The classes whose only argument stands for them, by setting.
    """

    model_config = ConfigDict(extra="forbid", protected_namespaces=())
    constructor: ClassVar[type]
    given: ClassVar[frozenset[str]]
    wraps: ClassVar[Mapping[str, type]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """What a recipe can name.

    Args:
        kinds: The classes of each role, by the name a recipe uses.
        given: The constructor arguments of each role that neighbours know.
        numbers: For roles that a bare number stands for: the kind whose only setting it is.
        transparent: Classes written as the value of their only argument, and that argument.
    """

    kinds: Mapping[Any, Mapping[str, type]]
    given: Mapping[Any, frozenset[str]] = field(default_factory=dict)
    numbers: Mapping[Any, str] = field(default_factory=dict)
    transparent: Mapping[Any, str] = field(default_factory=dict)

    def name(self, value: object) -> tuple[Any, str] | None:
        """The role and the name of a value's class, if it is a kind."""
        found = (
            (role, name)
            for role, kinds in self.kinds.items()
            for name, kind in kinds.items()
            if kind is type(value)
        )
        return next(found, None)


class Models:
    """The models of a table's kinds, and of the dataclasses that use them.

    Args:
        table: What a recipe can name.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self._calls: dict[tuple[type, str], type[Call]] = {}
        self._namespace: dict[str, Any] = {}

    def of(self, constructor: type) -> type[Call]:
        """The model of a class that is no kind, with all models that it needs."""
        model = self._call(constructor, None, "")
        for role in self.table.kinds:
            self._namespace[_alias(role)] = self._choice(role)
        for made in list(self._calls.values()):
            made.model_rebuild(force=True, _types_namespace=self._namespace)
        return model

    def _call(self, constructor: type, role: Any, kind: str) -> type[Call]:
        if (constructor, kind) in self._calls:
            return self._calls[constructor, kind]
        given = self.table.given.get(role, frozenset())
        texts = arguments_of(constructor)
        fields: dict[str, Any] = {"kind": (Literal[kind], ...)} if kind else {}
        for name, (hint, default) in settings(constructor).items():
            if name not in given:
                fields[name] = (
                    self._annotation(hint, f"{constructor.__name__}.{name}"),
                    self._field(default, texts.get(name)),
                )
        model = create_model(
            constructor.__name__, __base__=Call, __doc__=first_sentence(constructor), **fields
        )
        model.constructor = constructor
        model.given = given & frozenset(settings(constructor))
        model.wraps = {
            name: hint
            for name, (hint, _) in settings(constructor).items()
            if hint in self.table.transparent
        }
        self._calls[constructor, kind] = model
        return model

    def _field(self, default: Any, text: str | None) -> Any:
        if default is inspect.Parameter.empty:
            return Field(..., description=text)
        return Field(default=self.tree(default), validate_default=True, description=text)

    def _choice(self, role: Any) -> Any:
        kinds = self.table.kinds[role]
        members = [
            Annotated[self._call(kind, role, name), Tag(f"{TAG}{name}")]
            for name, kind in kinds.items()
        ]
        number = self.table.numbers.get(role)
        bare = tuple(name for name, kind in kinds.items() if self._is_bare(kind, role))
        choice = Annotated[Union[tuple(members)], Discriminator(_tag)]  # noqa: UP007
        return Annotated[choice, BeforeValidator(_Expand(self.table, role)), _Short(number, bare)]

    def _is_bare(self, kind: type, role: Any) -> bool:
        given = self.table.given.get(role, frozenset())
        return all(
            default is not inspect.Parameter.empty or name in given
            for name, (_, default) in settings(kind).items()
        )

    def _annotation(self, hint: Any, where: str) -> Any:
        if hint in self.table.kinds:
            return ForwardRef(_alias(hint))
        if hint in self.table.transparent:
            hint = settings(hint)[self.table.transparent[hint]][0]
        if hint in _SCALARS:
            return _SCALARS[hint]
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._annotation(args[0], where)
        if origin is Literal or hint in (type(None), Ellipsis):
            return hint
        if origin is not None:
            return self._container(origin, [self._annotation(a, where) for a in args], where)
        if isinstance(hint, type) and (dataclasses.is_dataclass(hint) or self._is_kind(hint)):
            return self._call(hint, None, "")
        raise TypeError(f"{where} must have a type that a recipe can write, got {hint!r}")

    def _is_kind(self, hint: type) -> bool:
        return any(hint in kinds.values() for kinds in self.table.kinds.values())

    def _container(self, origin: Any, args: list[Any], where: str) -> Any:
        if origin in (Union, types.UnionType):
            return Union[tuple(args)]  # noqa: UP007
        if origin in (dict, Mapping):
            return dict[args[0], args[1]]
        if origin is tuple:
            return tuple[tuple(args)]
        if origin in (list, Sequence):
            return list[args[0]]
        raise TypeError(f"{where} must be a list, a mapping or a value, got {origin!r}")

    def tree(self, value: Any) -> Any:
        """The tree of plain values that stands for a constructor's default."""
        if isinstance(value, Mapping):
            return {name: self.tree(entry) for name, entry in value.items()}
        if isinstance(value, list | tuple):
            return [self.tree(entry) for entry in value]
        found = self.table.name(value)
        if found is None and not dataclasses.is_dataclass(value):
            return value
        given = self.table.given.get(found[0], frozenset()) if found else frozenset()
        entries = {
            name: self.tree(getattr(value, name))
            for name in settings(type(value))
            if name not in given
        }
        return {"kind": found[1], **entries} if found else entries


def settings(constructor: type) -> dict[str, tuple[Any, Any]]:
    """Type and default of each argument of a constructor.

    Raises:
        TypeError: If an argument has no type.
    """
    if dataclasses.is_dataclass(constructor):
        hints = typing.get_type_hints(constructor)
        factories = {
            f.name: f.default_factory()
            for f in dataclasses.fields(constructor)
            if f.default_factory is not dataclasses.MISSING
        }
    else:
        hints, factories = typing.get_type_hints(constructor.__init__), {}
    found: dict[str, tuple[Any, Any]] = {}
    for name, parameter in inspect.signature(constructor).parameters.items():
        # nn.Module accepts any arguments of classes without settings, and uses none
        variadic = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if variadic or name.startswith("_"):
            continue
        if name not in hints:
            raise TypeError(f"{constructor.__name__}.{name} must have a type")
        found[name] = (hints[name], factories.get(name, parameter.default))
    return found


def first_sentence(constructor: type) -> str:
    """What a class is for."""
    return (inspect.getdoc(constructor) or "").split("\n\n")[0].replace("\n", " ")


def arguments_of(constructor: type) -> dict[str, str]:
    """What the docstring of a class says of each argument."""
    text = inspect.getdoc(constructor) or ""
    block = re.search(r"^Args:\n((?:[ ]+.*\n?|\n)*)", text, re.MULTILINE)
    if block is None:
        return {}
    entries = re.findall(r"^    (\w+): ((?:.*\n?)(?:^ {5,}.*\n?)*)", block[1], re.MULTILINE)
    return {name: " ".join(words.split()) for name, words in entries}


def _alias(role: Any) -> str:
    return f"AnyOf{role.__name__}"


def _tag(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return None if kind is None else f"{TAG}{kind}"


@dataclass(frozen=True, slots=True)
class _Expand:
    """Writes out what stands for a mapping with a kind: a bare name, or a bare number."""

    table: Table
    role: Any

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str):
            return {"kind": value}
        number = self.table.numbers.get(self.role)
        if number is None or isinstance(value, bool) or not isinstance(value, int | float):
            return value
        (setting,) = settings(self.table.kinds[self.role][number])
        return {"kind": number, setting: value}


@dataclass(frozen=True, slots=True)
class _Short:
    """Lets editors accept the short forms too."""

    number: str | None
    bare: tuple[str, ...]

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        full = handler(schema)
        short = [{"enum": [*self.bare]}] if self.bare else []
        numbers = [{"type": "number"}] if self.number else []
        return {"anyOf": [*full.get("oneOf", [full]), *short, *numbers]}
