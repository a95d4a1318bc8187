import pytest
import torch

from latentloom.core.batch import Batch, Context
from latentloom.representations.decoders import ConvDecoder
from latentloom.representations.encoders import ConvEncoder


def test_a_context_without_its_drive_is_refused():
    decoder = ConvDecoder(4, 1, 2, 0, "zeros", widths=[4], strides=[2], sees="latent+drive")
    with pytest.raises(ValueError, match="context must have a drive of 2 channels, got 0"):
        decoder(torch.randn(1, 4, 4), Context(size=1, steps=8))


def test_a_context_with_other_conditions_is_refused():
    encoder = ConvEncoder(1, 0, 2, "zeros", widths=[4], strides=[2])
    with pytest.raises(ValueError, match="context must have 2 conditions, got 3"):
        encoder(Batch.of(torch.randn(1, 8, 1), condition=torch.zeros(1, 3)))


def test_a_drive_that_is_not_there_cannot_be_seen():
    with pytest.raises(ValueError, match="must not name the drive"):
        ConvEncoder(1, 0, 0, "zeros", widths=[4], strides=[2], sees="signal+drive")


def test_every_width_needs_a_stride():
    with pytest.raises(ValueError, match="got 2 widths and 1 strides"):
        ConvEncoder(1, 0, 0, "zeros", widths=[4, 4], strides=[2])


def test_a_stride_below_one_is_refused():
    with pytest.raises(ValueError, match=r"must be positive, got \[4\] and \[0\]"):
        ConvDecoder(4, 1, 0, 0, "zeros", widths=[4], strides=[0])
