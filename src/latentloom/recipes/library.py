"""The recipes that come with the package."""

import errno
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import RecipeError
from ..core.files import write_atomically
from .complaints import unknown

FOLDER = Path(__file__).parent / "library"


@dataclass(frozen=True, slots=True)
class Packaged:
    """A recipe that comes with the package.

    Args:
        name: What it is called: its path below the library, without suffix.
        path: The file.
    """

    name: str
    path: Path

    @property
    def description(self) -> str:
        """The comment in its first line."""
        with self.path.open(encoding="utf-8") as file:
            return file.readline().removeprefix("#").strip()


def packaged() -> list[Packaged]:
    """All packaged recipes, by name."""
    paths = sorted(FOLDER.rglob("*.yaml"))
    return [Packaged(path.relative_to(FOLDER).with_suffix("").as_posix(), path) for path in paths]


def find(recipe: str | Path) -> Path:
    """The file of a recipe: a path, or the name of a packaged one.

    Raises:
        RecipeError: If it is neither.
    """
    path = Path(recipe)
    if path.exists():
        return path
    known = {entry.name: entry.path for entry in packaged()}
    if str(recipe) in known:
        return known[str(recipe)]
    problem = f"must be a recipe file or a packaged recipe; {unknown(recipe, known, what='name')}"
    raise RecipeError(str(recipe), problem)


def copy_out(name: str, path: Path) -> None:
    """Writes a packaged recipe to a file, to be edited.

    Raises:
        FileExistsError: If the file exists.
        RecipeError: If there is no packaged recipe of that name.
    """
    known = {entry.name: entry.path for entry in packaged()}
    if name not in known:
        raise RecipeError(name, unknown(name, known, what="packaged recipe"))
    write_new(path, known[name].read_text(encoding="utf-8"))


def write_new(path: Path, text: str) -> None:
    """Writes a text to a file that is not there yet, whole or not at all.

    Raises:
        FileExistsError: If the file exists.
    """
    if path.exists():
        raise FileExistsError(errno.EEXIST, "exists", str(path))
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
