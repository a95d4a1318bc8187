"""What a generator reads of the drive."""

import pytest
import torch

from latentloom.core.batch import Context
from latentloom.generators.decoding import Greedy
from latentloom.generators.drive import DriveEncoder
from latentloom.generators.lstm import CodeLstm


def test_a_signal_may_be_shorter_than_the_reach():
    encoder = DriveEncoder(1, "circular", 4, width=8, layers=5)
    drive = torch.randn(2, 8, 1)
    assert encoder(drive, torch.ones(2, 8, dtype=torch.bool)).shape == (2, 2, 8)


def test_a_circle_must_be_whole_strides():
    model = CodeLstm(1, 0, "circular", (5,), 4, width=8, layers=1)
    context = Context(size=1, steps=10, drive=torch.randn(1, 10, 1))
    with pytest.raises(ValueError, match="must be a multiple of 4, got 10"):
        model.draw(context, Greedy())
