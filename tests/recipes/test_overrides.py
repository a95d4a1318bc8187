import pytest

from latentloom.core.errors import RecipeError
from latentloom.recipes.overrides import overridden, parse_override

TREE = {
    "data": {"split": "by_fraction"},
    "phases": [{"name": "represent", "epochs": 3}, {"name": "generate", "epochs": 5}],
}


def changed(*texts):
    return overridden(TREE, [parse_override(text) for text in texts])


@pytest.mark.parametrize("path", ["phases.1.epochs", "phases.generate.epochs"])
def test_reaches_into_lists_by_number_and_by_name(path):
    assert changed(f"{path}=7")["phases"][1]["epochs"] == 7


def test_leaves_the_original_alone():
    changed("phases.0.epochs=9")
    assert TREE["phases"][0]["epochs"] == 3


def test_values_are_yaml():
    tree = changed("phases.0.lr={kind: linear, start: 1e-3, end: 0}", "random_seed=2", "a.b=off")
    assert tree["phases"][0]["lr"] == {"kind": "linear", "start": 0.001, "end": 0}
    assert tree["random_seed"] == 2
    assert tree["a"] == {"b": "off"}


def test_a_bare_kind_opens_up():
    assert changed("data.split.seed=3")["data"]["split"] == {"kind": "by_fraction", "seed": 3}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("phases.0.epochs", r"an override must be PATH=VALUE, such as phases.0.epochs=3"),
        ("=3", r"an override must be PATH=VALUE"),
        ("phases.2.epochs=1", r"phases.2: must be the number of an entry, 0 to 1, got '2'"),
        ("phases.generat.epochs=1", r"phases.generat: .*did you mean 'generate'\?"),
        ("phases.0.epochs.x=1", r"phases.0.epochs.x: phases.0.epochs must be a mapping"),
        ("a=[1", r"a, line 1: is not YAML"),
    ],
)
def test_says_what_leads_nowhere(text, words):
    with pytest.raises(RecipeError, match=words):
        changed(text)


def test_a_value_is_not_changed_by_what_follows_it():
    value = {"a": 1}
    overridden({}, [("x", value), ("x.a", 2)])
    assert value == {"a": 1}
