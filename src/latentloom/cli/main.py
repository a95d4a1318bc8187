"""The command `latentloom`: its verbs, and how errors become one line."""

import errno
import os
import sys
import traceback
from collections.abc import Sequence

import typer

from ..core.errors import LatentLoomError
from .compare import compare
from .console import err
from .data import app as data
from .decode import decode
from .diagnose import diagnose
from .encode import encode
from .evaluate import evaluate
from .flags import spelled
from .generate import generate
from .init import init
from .interpolate import interpolate
from .locate import locate
from .recipes import recipes
from .reconstruct import reconstruct
from .render import render
from .report import report
from .schema import schema
from .sweep import sweep
from .train import train

FAILED = 2
SPINS = "10000"  # about a tenth of what OpenMP takes by itself

app = typer.Typer(
    name="latentloom",
    help="Learn latent representations of signals, and generate new signals from them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"token_normalize_func": spelled},
)
_VERBS = (
    train,
    sweep,
    generate,
    encode,
    decode,
    reconstruct,
    interpolate,
    locate,
    render,
    evaluate,
    report,
    compare,
    diagnose,
)
for _verb in _VERBS:
    app.command()(_verb)
for _verb in (recipes, init, schema):
    app.command(rich_help_panel="Recipes")(_verb)
app.add_typer(data, name="data")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; an error is one line on stderr and exit code 2."""
    _wait_briefly()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = app(arguments, standalone_mode=False)
    except Exception as error:  # the door: whatever went wrong leaves as one line
        if "--verbose" in arguments:
            traceback.print_exc()
        line = sentence(error)
        if line is None:
            raise
        _complain(line)
        return FAILED
    if code == 130:  # what typer makes of Ctrl-C
        _complain("stopped; nothing was changed that was not already written")
        return FAILED
    return int(code or 0)


def _wait_briefly() -> None:
    """Lets threads that wait for each other sleep sooner, unless the user says how they wait.

    On an idle machine it changes nothing. Where other processes compute too, a thread that spins
    keeps the one that it waits for from its core, and training stands nearly still. It must be
    said before torch is loaded.
    """
    if not {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"} & {*os.environ}:
        os.environ["GOMP_SPINCOUNT"] = SPINS


def sentence(error: BaseException) -> str | None:
    """What to say of an error that a user can mend; None of any other."""
    if isinstance(error, LatentLoomError):
        return str(error)
    usage = getattr(error, "format_message", None)  # of typer's errors, whatever they are
    if callable(usage):
        return f"{usage()} Try: latentloom --help"
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, ValueError) and _is_ours(error):
        return " ".join(str(error).split())
    return None


def _of_system(error: OSError) -> str:
    path = error.filename or "output"
    if error.errno == errno.ENOSPC:
        return f"{path}: no space is left on its disk; free some, or write elsewhere"
    if isinstance(error, FileNotFoundError):
        return f"{path}: no such file or folder"
    if isinstance(error, NotADirectoryError):
        return f"{path}: must be a folder, and a file is there; choose another name"
    if isinstance(error, FileExistsError):
        return f"{path}: exists already; choose another name, or remove it first"
    if isinstance(error, PermissionError):
        return f"{path}: permission denied"
    return f"{path}: {error.strerror or error}"


def _is_ours(error: BaseException) -> bool:
    """Whether the error was raised by this package, and not below or above it."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and "latentloom" in frames[-1].filename


def _complain(text: str) -> None:
    for line in text.splitlines():
        err.print(line, markup=False)
