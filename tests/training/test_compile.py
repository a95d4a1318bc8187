"""Compilation is asked for by a phase, reaches what is called, and ends with the phase."""

import pytest
import torch
from tiny import phases, session
from torch import nn
from torch._dynamo.exc import BackendCompilerFailed

from latentloom.core.errors import TrainingError
from latentloom.nn.uncompiled import Uncompiled
from latentloom.training.compiling import compiled
from latentloom.training.loop import train


@pytest.fixture
def called(monkeypatch):
    """Stands for a compiler: counts the calls of each module that was compiled."""
    counts = {}

    def compiled(module):
        counts[module] = 0

        def call(*arguments, **named):
            counts[module] += 1
            return module._call_impl(*arguments, **named)

        module._compiled_call_impl = call

    monkeypatch.setattr(nn.Module, "compile", compiled)
    return counts


@pytest.mark.parametrize("index", range(3))
def test_what_works_in_a_phase_is_compiled_and_given_back(tmp_path, called, index):
    run = session(tmp_path)
    train(phases(compile="on", epochs=1)[index : index + 1], run)
    assert sum(count > 0 for count in called.values()) >= (1 if index == 0 else 2)
    assert all(module._compiled_call_impl is None for module in run.system.modules())


def test_nothing_is_compiled_unasked(tmp_path, called):
    train(phases(epochs=1), session(tmp_path))
    assert not called


class Untraceable(Uncompiled):
    """Says whether it is traced."""

    def forward(self, x):
        return torch.full_like(x, float(torch.compiler.is_compiling()))


@pytest.mark.usefixtures("called")
def test_what_cannot_be_traced_is_left_alone(tmp_path):
    run = session(tmp_path)
    run.system.representation.encoder.extra = Untraceable()
    _, phase, _ = phases(compile="on", epochs=1)
    compiled(phase, run.system)
    traced = torch.compile(nn.Sequential(Untraceable()), backend="eager")
    assert traced(torch.ones(1)).item() == 0


def failing(monkeypatch, error):
    """Stands for a compiler whose modules raise an error when they are called."""

    def compiled(module):
        def call(*arguments, **named):
            raise error

        module._compiled_call_impl = call

    monkeypatch.setattr(nn.Module, "compile", compiled)


def test_a_compiler_that_fails_says_which_folder_to_remove(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))
    damage = SyntaxError("invalid syntax\nin a file of the cache")
    error = BackendCompilerFailed(lambda: None, damage, None)
    error.__cause__ = damage
    failing(monkeypatch, error)
    words = (
        rf"torch.compile failed: invalid syntax; its cache may be damaged: remove the folder"
        rf" {tmp_path}/cache and go on with --resume-from, or train with"
        r" --set phases.0.compile=off"
    )
    with pytest.raises(TrainingError, match=words):
        train(phases(compile="on", epochs=1)[:1], session(tmp_path / "run"))


def test_an_error_of_the_parts_is_not_blamed_on_the_compiler(tmp_path, monkeypatch):
    failing(monkeypatch, ValueError("of a part"))
    with pytest.raises(ValueError, match=r"^of a part$"):
        train(phases(compile="on", epochs=1)[:1], session(tmp_path / "run"))
