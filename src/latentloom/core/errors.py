"""The errors a user can cause, each saying where, what was wanted and what was found."""


class LatentLoomError(Exception):
    """Root of every error raised on purpose; the command line prints it as one line."""


class RecipeError(LatentLoomError):
    """A recipe that cannot be built.

    Args:
        path: Where in the recipe, as a dotted path.
        problem: What was wanted, what was found and, if known, the fix.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path or 'recipe'}: {problem}")
        self.path = path


class DataError(LatentLoomError):
    """A file or array that cannot be used.

    Args:
        source: The file, or the array's name.
        problem: What was wanted, what was found and, if known, the fix.
    """

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(f"{source}: {problem}")
        self.source = source


class RunError(LatentLoomError):
    """A run folder or checkpoint that cannot be used.

    Args:
        path: The folder or file.
        problem: What was wanted, what was found and, if known, the fix.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


class TrainingError(LatentLoomError):
    """A run that had to stop before it harmed its weights."""
