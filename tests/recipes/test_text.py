import pytest

from latentloom.core.errors import RecipeError
from latentloom.recipes.text import parse, read, write


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("-2.5e+1", -25.0),
        (".5", 0.5),
        ("7", 7),
        ("010", 10),
        ("off", "off"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("2020-01-01", "2020-01-01"),
        ("true", True),
        ("~", None),
        ("", None),
        ("'1e-3'", "1e-3"),
        ("1e-3V", "1e-3V"),
    ],
)
def test_scalars_are_what_they_look_like(text, value):
    found = parse(text, "text")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "value", [1e-5, 3, "1e-3", "off", "true", "~", "", None, [1.5, "a"], {"a": {}}]
)
def test_what_is_written_is_read_again(value):
    assert parse(write({"x": value}), "text") == {"x": value}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\na: 2", "text, line 2: the key 'a' is written twice"),
        ("a: {b: 1, b: 2}", "text, line 1: the key 'b' is written twice"),
        ("a: [1, 2", "text, line 1: is not YAML: while parsing a flow sequence"),
        ("a:\n\t- 1", "text, line 2: is not YAML"),
        ("a: !!python/object:os.system {}", "text, line 1: only plain values are allowed"),
        ("a: \x00", "text: must be YAML in UTF-8, and is not"),
    ],
)
def test_says_what_is_not_yaml_in_one_line(text, words):
    with pytest.raises(RecipeError) as caught:
        parse(text, "text")
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "must be a mapping with data, parts and phases, got nothing"),
        (b"- 1", "must be a mapping with data, parts and phases, got list"),
        (b"\xff\xfe\x00", "must be YAML in UTF-8, got other bytes"),
    ],
)
def test_a_recipe_file_is_a_mapping(tmp_path, content, words):
    path = tmp_path / "recipe.yaml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=words):
        read(path)


def test_a_folder_is_no_recipe(tmp_path):
    with pytest.raises(RecipeError, match="must be a recipe file, got a folder"):
        read(tmp_path)


def test_what_nests_without_end_is_refused():
    with pytest.raises(RecipeError, match="deep: must not nest so deeply"):
        parse("[" * 5000 + "]" * 5000, "deep")
