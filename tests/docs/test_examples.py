"""What the documentation says exists, and what it shows runs."""

import contextlib
import re
import shlex
import shutil
from pathlib import Path

import pytest
import typer

from latentloom.api import train
from latentloom.cli.main import app, main
from latentloom.recipes.assembly import Parts
from latentloom.recipes.kinds import KINDS
from latentloom.recipes.models import settings
from latentloom.recipes.plan import Plan
from latentloom.recipes.sections import Data, Evaluation, Logging
from latentloom.recipes.text import parse
from latentloom.training.phase import Phase
from latentloom.training.update import Update

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
MADE_LATER: set[str] = set()  # by measurements


def pages(paths):
    return [pytest.param(path, id=path.name) for path in paths]


def blocks(path, language):
    """The fenced blocks of a page in one language."""
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(path):
    """Every latentloom command line of a page, fenced or not, as its words."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    fenced = [line for block in blocks(path, r"\w*") for line in block.splitlines()]
    plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    found = [*fenced, *re.findall(r"`([^`\n]+)`", plain)]
    starts = re.compile(r"^\s*(?:\$ )?(?:\.venv/bin/)?latentloom (.+)$")
    for line in found:
        matched = starts.match(line)
        if matched:
            yield shlex.split(matched[1].partition(" #")[0])


def anchors(path):
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", pages(PAGES))
def test_every_link_leads_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if file.is_relative_to(ROOT) and file.relative_to(ROOT).as_posix() in MADE_LATER:
            continue
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), target


@pytest.mark.parametrize("path", pages(PAGES))
def test_every_command_and_its_options_exist(path):
    for words in commands(path):
        group = typer.main.get_command(app)
        while words and hasattr(group, "commands") and not words[0].startswith("-"):
            verb = words[0]
            if not re.fullmatch(r"[a-z-]+", verb):
                break  # a placeholder such as VERB
            assert verb in group.commands, f"latentloom {verb}"
            group, words = group.commands[verb], words[1:]
        known = {option for p in group.params for option in (*p.opts, *p.secondary_opts)}
        known |= {"--help"}
        options = [re.split(r"[=]", word)[0] for word in words if re.match(r"--?[a-z]", word)]
        assert set(options) <= known, (group.name, options)


def listed():
    """The kinds table of docs/recipes.md: role, kind, settings."""
    text = (DOCS / "recipes.md").read_text(encoding="utf-8").split("\n## Kinds\n")[1]
    found = {}
    for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        rows = re.findall(r"^\| `(\w+)` \|.*\| ([^|]*) \|$", section, re.MULTILINE)
        names = {kind: re.findall(r"`(\w+)`", cell) for kind, cell in rows}
        found[section.splitlines()[0].strip()] = names
    return found


@pytest.mark.parametrize("role", KINDS.kinds, ids=lambda role: role.__name__)
def test_the_kinds_of_a_role_are_listed_with_their_settings(role):
    given = KINDS.given.get(role, frozenset())
    there = {
        name: [setting for setting in settings(kind) if setting not in given]
        for name, kind in KINDS.kinds[role].items()
    }
    assert listed().get(role.__name__) == there


def test_no_role_is_listed_that_is_not_there():
    assert set(listed()) == {role.__name__ for role in KINDS.kinds}


SECTIONS = {
    "data": [Data],
    "parts": [Parts],
    "phases": [Phase, Update],
    "evaluation": [Evaluation],
    "logging": [Logging],
}


@pytest.mark.parametrize("name", SECTIONS)
def test_every_key_of_a_section_is_listed(name):
    text = (DOCS / "recipes.md").read_text(encoding="utf-8")
    section = text.split(f"\n### {name}\n")[1].split("\n##")[0]
    there = {key for root in SECTIONS[name] for key in settings(root)}
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == there


def full_recipes(path):
    """Name and text of every recipe that a page shows as a whole."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    marked = r"<!-- full recipe: (\S+) -->\n```yaml\n(.*?)^```"
    return re.findall(marked, text, re.MULTILINE | re.DOTALL)


def files(path):
    """Name and text of every other file that a page shows as a whole."""
    marked = r"<!-- file: (\S+) -->\n```yaml\n(.*?)^```"
    return re.findall(marked, path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


RECIPES = [pytest.param(text, id=name) for path in PAGES for name, text in full_recipes(path)]


@pytest.mark.parametrize("text", RECIPES)
def test_a_full_recipe_can_work(text):
    assert Plan.of(parse(text, "docs")).tree["phases"]


def test_there_are_full_recipes():
    assert len(RECIPES) >= 2


@pytest.mark.parametrize("path", pages(PAGES))
def test_yaml_is_yaml(path):
    for block in blocks(path, "yaml"):
        assert isinstance(parse(block, path.name), dict)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The run of the tour, trained as little as can be."""
    path = tmp_path_factory.mktemp("docs") / "demo"
    phases = ("direct", "represent", "generate")
    changes = {f"phases.{name}.epochs": 1 for name in phases}
    changes |= {"evaluation.direct": 0, "evaluation.samples": 3, "logging.progress": "off"}
    train("voltage_demo", path, changes=changes, device="cpu")
    return path


@pytest.fixture
def folder(run, tmp_path):
    """A user's folder that holds the run, and is the working one."""
    shutil.copytree(run, tmp_path / "runs" / "demo")
    with contextlib.chdir(tmp_path):
        yield tmp_path


def play(page):
    """Runs the Python of a page."""
    code = "\n".join(blocks(page, "python"))
    exec(compile(code, str(page), "exec"), {"__name__": "docs"})


@pytest.mark.usefixtures("folder")
@pytest.mark.filterwarnings("ignore:The given NumPy array is not writable")  # pandas views
@pytest.mark.parametrize("name", ["api", "evaluation", "extending", "locating", "spinodal"])
def test_the_python_of_a_page_runs(name):
    play(DOCS / f"{name}.md")


UNTRAINED = {"runs/mine", "runs/sensor", "runs/smoke"}


def shown(page):
    """The command lines of a page's examples that train nothing and need no other run."""
    for block in blocks(page, "bash"):
        for line in block.splitlines():
            words = shlex.split(line)
            trains = words[1:2] == ["train"] and "--dry-run" not in words
            if words[:1] == ["latentloom"] and not trains and not UNTRAINED & set(words):
                yield words[1:]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "name", ["tour", "data", "gaussian_vae", "generation", "recipes", "splats", "sweep", "voltage"]
)
def test_the_commands_of_a_page_work(name):
    page = DOCS / f"{name}.md"
    for name, text in [*full_recipes(page), *files(page)]:
        Path(name).write_text(text, encoding="utf-8")
    play(page)
    for words in shown(page):
        assert main(words) == 0, words
