"""The table of kinds fits the constructors that it names."""

import importlib
import inspect
import pkgutil
import sys

import pytest
from torch import nn

import latentloom
from latentloom.recipes.kinds import KINDS
from latentloom.recipes.models import arguments_of, first_sentence, settings
from latentloom.recipes.schema import json_schema, model

ALL = [
    pytest.param(role, kind, id=f"{role.__name__}-{name}")
    for role, kinds in KINDS.kinds.items()
    for name, kind in kinds.items()
]
MODULES = [param for param in ALL if issubclass(param.values[1], nn.Module)]


@pytest.mark.parametrize(("role", "kind"), MODULES)
def test_a_module_knows_by_place_what_its_neighbours_give_it(role, kind):
    parameters = inspect.signature(kind).parameters.values()
    by_place = {p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}
    given = KINDS.given.get(role, frozenset())
    assert by_place <= given
    assert not given & (settings(kind).keys() - by_place)


@pytest.mark.parametrize(("role", "kind"), ALL)
def test_every_setting_is_described(role, kind):
    assert first_sentence(kind)
    given = KINDS.given.get(role, frozenset())
    own = settings(kind).keys() - given
    if own and arguments_of(kind):
        assert own <= arguments_of(kind).keys()


def concrete(role):
    """The final classes of a role, wherever in the package they are."""
    for module in pkgutil.walk_packages(latentloom.__path__, "latentloom."):
        importlib.import_module(module.name)
    found, open_ = set(), [role]
    while open_:
        below = open_.pop().__subclasses__()
        open_ += below
        found |= {kind for kind in below if not inspect.isabstract(kind)}
    found = {kind for kind in found if kind.__module__.startswith("latentloom.")}
    # A dataclass with slots is made anew; what was there before lingers as a subclass.
    return {k for k in found if getattr(sys.modules[k.__module__], k.__name__, None) is k}


# These stand for a role but are not named: what a recipe calls by another section's name.
UNNAMED = {"PerCategory"}


@pytest.mark.parametrize("role", KINDS.kinds, ids=lambda role: role.__name__)
def test_every_class_that_plays_a_role_has_a_name(role):
    kinds = set(KINDS.kinds[role].values())
    left = {kind.__name__ for kind in concrete(role) - kinds}
    assert left <= UNNAMED


def test_the_json_schema_describes_settings():
    definitions = json_schema()["$defs"]
    encoder = definitions["ConvEncoder"]
    assert encoder["properties"]["kind"]["const"] == "conv"
    assert "widths" in encoder["required"]
    assert encoder["properties"]["widths"]["description"].startswith("How many features")
    assert "channels" not in encoder["properties"]
    assert encoder["additionalProperties"] is False


def test_the_json_schema_allows_short_forms():
    update = json_schema()["$defs"]["Update"]["properties"]
    assert {"type": "number"} in update["learning_rate"]["anyOf"]
    names = next(s["enum"] for s in update["forward_pass"]["anyOf"] if "enum" in s)
    assert "reconstruct" in names


def test_the_schema_is_made_once():
    assert model() is model()
