"""Measures of a model of codes, by hand."""

import pytest
import torch

from latentloom.core.batch import Context
from latentloom.generators.decoding import Greedy
from latentloom.generators.lstm import CodeLstm
from latentloom.generators.metrics import accuracy, exposure, perplexity

REAL = torch.tensor([[True, True], [True, False]])
CODES = torch.tensor([[[0], [1]], [[2], [0]]])


def test_accuracy_counts_real_steps_only():
    guess = torch.tensor([[[0], [0]], [[2], [3]]])
    assert accuracy(guess, CODES, REAL).item() == pytest.approx(2 / 3)


def test_perplexity_of_ignorance_is_the_size_of_the_book():
    assert perplexity(torch.zeros(2, 2, 1, 7), CODES, REAL).item() == pytest.approx(7)


def test_perplexity_is_the_inverse_geometric_mean():
    logits = torch.tensor([0.5, 0.25, 0.25]).log().expand(2, 2, 1, 3)
    assert perplexity(logits, CODES, REAL).item() == pytest.approx(32 ** (1 / 3))


def test_a_model_that_is_asked_for_its_own_greedy_codes_has_no_gap():
    model = CodeLstm(1, 0, "zeros", (5, 3), 4, width=8, layers=1).eval()
    context = Context(size=6, steps=24, drive=torch.randn(6, 24, 1))
    measured = exposure(model, model.draw(context, Greedy()).codes, context)
    assert (measured.forced, measured.free, measured.gap) == (1.0, 1.0, 0.0)
    assert 1 < measured.perplexity < 5
