"""Decodings, on probabilities written down by hand."""

import pytest
import torch

from latentloom.core.roles import Decoding
from latentloom.generators.decoding import Beam, Greedy, Sample, chain, search
from latentloom.generators.lstm import CodeLstm


class Tree:
    """A walk whose second token depends on the first: a greedy start is a trap.

    First token: 0.6, 0.4. Second: even after 0; 0.9, 0.1 after 1.
    """

    def __init__(self):
        self.first = None

    def step(self, codes):
        if codes is None:
            return torch.tensor([[0.6, 0.4]]).log().repeat(self.rows, 1)
        second = torch.tensor([[0.5, 0.5], [0.9, 0.1]]).log()
        return second[codes]

    def reorder(self, rows):
        assert rows.max() < self.rows


def tree(rows):
    walk = Tree()
    walk.rows = rows
    return walk


REAL = torch.ones(1, 2, dtype=torch.bool)


def test_greedy_falls_into_the_trap():
    codes, score = chain(tree(1), REAL, Greedy().choose)
    assert codes.tolist() == [[0, 0]]
    assert score.exp().item() == pytest.approx(0.3)


def test_a_beam_of_two_does_not():
    codes, score = search(tree(2), REAL, Beam(width=2))
    assert codes.tolist() == [[1, 0]]
    assert score.exp().item() == pytest.approx(0.36)


def test_a_beam_stops_where_the_signal_ends():
    codes, score = search(tree(2), torch.tensor([[True, False]]), Beam(width=2))
    assert codes.tolist() == [[0, 0]]
    assert score.exp().item() == pytest.approx(0.6)


def frequencies(sample, draws=20_000):
    logits = torch.tensor([0.1, 0.5, 0.3, 0.1]).log().repeat(draws, 1)
    return torch.bincount(sample.choose(logits), minlength=4) / draws


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (Sample(), [0.1, 0.5, 0.3, 0.1]),
        (Sample(top_k=2), [0.0, 0.625, 0.375, 0.0]),
        (Sample(top_k=9), [0.1, 0.5, 0.3, 0.1]),
        (Sample(top_p=0.45), [0.0, 1.0, 0.0, 0.0]),
        (Sample(top_p=0.7), [0.0, 0.625, 0.375, 0.0]),
        (Sample(temperature=0.5), [1 / 36, 25 / 36, 9 / 36, 1 / 36]),
    ],
)
def test_samples_follow_the_kept_probabilities(sample, expected):
    assert frequencies(sample).tolist() == pytest.approx(expected, abs=0.015)


def test_a_tiny_temperature_does_not_overflow():
    assert Sample(temperature=1e-38).choose(torch.tensor([[80.0, 90.0]])).tolist() == [1]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Sample(temperature=0.0), "temperature must be positive, got 0.0; for none, use"),
        (lambda: Sample(top_k=-1), "top_k must be at least 0, got -1"),
        (lambda: Sample(top_p=0.0), r"top_p must be in \(0, 1\], got 0.0"),
        (lambda: Beam(width=0), "width must be at least 1, got 0"),
        (lambda: Beam(length_norm=-1.0), "length_norm must be at least 0, got -1.0"),
    ],
)
def test_senseless_settings_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_an_unknown_decoding_is_refused():
    class Other(Decoding):
        pass

    from latentloom.core.batch import Context

    model = CodeLstm(0, 0, "zeros", (3,), 4, width=8, layers=1)
    with pytest.raises(TypeError, match="must be Greedy, Sample, Mean or Beam, got Other"):
        model.draw(Context(size=1, steps=4), Other())
