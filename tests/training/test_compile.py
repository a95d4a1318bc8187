"""Compilation is asked for by a phase, reaches what is called, and ends with the phase."""

import pytest
from tiny import phases, session
from torch import nn

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
