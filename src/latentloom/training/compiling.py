"""Compiles what a phase trains, and says what to do when the compiler fails, not the phase."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from ..core.errors import LatentLoomError, TrainingError
from ..core.system import System
from ..nn.uncompiled import Uncompiled
from .phase import Phase

_COMPILERS = ("torch._dynamo", "torch._inductor")
_FOLDER = "torch/_inductor/"


@contextmanager
def compiler_named(phase: Phase, index: int) -> Iterator[None]:
    """Lets errors of the compiler leave as one line that says how to mend it.

    What fails most is a cache that a full disk or a kill has damaged.

    Args:
        phase: The phase that is played.
        index: Which phase of the run it is.

    Raises:
        TrainingError: If its parts cannot be compiled.
    """
    try:
        yield
    except Exception as error:
        if phase.compile == "off" or not _of_compiler(error):
            raise
        from torch._inductor.runtime.cache_dir_utils import cache_dir

        first = (str(_deepest(error)).split("\n") or [""])[0]
        raise TrainingError(
            f"{phase.name}: torch.compile failed: {first}; its cache may be damaged: remove the"
            f" folder {cache_dir()} and go on with --resume-from, or train with"
            f" --set phases.{index}.compile=off"
        ) from error


def compiled(phase: Phase, system: System) -> list[nn.Module]:
    """Compiles the modules of the parts that a phase trains, if it wants that, and names them."""
    if phase.compile == "off":
        return []
    found = _called(system, phase.trains)
    within = (module for part in found for module in part.modules())
    for kind in {type(module) for module in within if isinstance(module, Uncompiled)}:
        kind.forward = torch.compiler.disable(kind.forward)
    for module in found:
        module.compile()
    return found


def _called(system: System, names: tuple[str, ...]) -> list[nn.Module]:
    """The modules that are called when the named parts work, rather than their own methods."""
    found: list[nn.Module] = []
    for name in names:
        part = system.part(name, nn.Module)
        found.append(part)
        for child in part.children():
            found += list(child) if isinstance(child, nn.ModuleList) else [child]
    return found


def _of_compiler(error: Exception) -> bool:
    """Whether an error came about while something was compiled, and not while it ran."""
    if isinstance(error, LatentLoomError | torch.OutOfMemoryError):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    inside = any(_FOLDER in frame.filename.replace("\\", "/") for frame in frames)
    return inside or type(error).__module__.startswith(_COMPILERS)


def _deepest(error: BaseException) -> BaseException:
    """What brought an error about, and what brought that about."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
