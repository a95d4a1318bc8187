"""Judges of images: a small network that reads digits, and one that tells made from real.

The reader learns the digits themselves, never a set of Gaussians. Its last features are what a
Fréchet distance compares, as Inception's are for photographs, and its answers say how many
kinds of digit are drawn and how surely they can be read. The other judge learns to tell two
heaps of images apart; 0.5 is where it can only guess.
"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from latentloom.evaluation.distances.frechet import frechet

CLASSES = 10
FEATURES = 64
EPOCHS = 8
BATCH = 64


class Reader(nn.Module):
    """Two convolutions and two dense layers.

    Args:
        answers: How many answers there are.
        side: Height and width of an image, in pixels.
    """

    def __init__(self, answers: int, side: int) -> None:
        super().__init__()
        self.see = nn.Sequential(
            *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(32 * (side // 4) ** 2, FEATURES), nn.ReLU()),
        )
        self.answer = nn.Linear(FEATURES, answers)

    def forward(self, images: Tensor) -> Tensor:
        """Scores of the answers, of grey images N x height x width."""
        return self.answer(self.see(images[:, None]))


def taught(images: Tensor, labels: Tensor, *, answers: int, seed: int) -> Reader:
    """A reader that has learned images and their labels."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        reader = Reader(answers, images.shape[1])
        steps = EPOCHS * -(-len(images) // BATCH)
        optimiser = torch.optim.AdamW(reader.parameters(), lr=2e-3)
        slower = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        for rows in _batches(len(images)):
            optimiser.zero_grad()
            F.cross_entropy(reader(images[rows]), labels[rows]).backward()
            optimiser.step()
            slower.step()
    return reader.eval()


def _batches(size: int) -> Iterator[Tensor]:
    for _ in range(EPOCHS):
        yield from torch.randperm(size).split(BATCH)


@torch.no_grad()
def read_digits(reader: Reader, images: Tensor) -> dict[str, float]:
    """How surely digits are read, and how evenly they are drawn.

    `sure` is the mean of the greatest probability; `kinds` the exponential of the entropy of
    the mean answer, at most 10.
    """
    chances = reader(images).softmax(1)
    mean = chances.mean(0)
    return {
        "sure": float(chances.amax(1).mean()),
        "kinds": float((-(mean * mean.clamp_min(1e-12).log()).sum()).exp()),
    }


@torch.no_grad()
def right(reader: Reader, images: Tensor, labels: Tensor) -> float:
    """The share of the images that are read rightly."""
    return float((reader(images).argmax(1) == labels).float().mean())


@torch.no_grad()
def apart(reader: Reader, real: Tensor, made: Tensor) -> float:
    """Fréchet distance of the reader's features of two heaps of equal size."""
    size = min(len(real), len(made))
    moments: list[np.ndarray] = []
    for images in (real[:size], made[:size]):
        seen = reader.see(images[:, None]).double().numpy()
        moments += [seen.mean(0), np.cov(seen, rowvar=False)]
    return frechet(*moments)


def told_apart(real: Tensor, made: Tensor, *, seed: int) -> float:
    """The share of unseen images that a judge assigns rightly to real or made.

    Both heaps are shuffled alike: the order of the file does not tell them apart, and what is
    made of an image lies in the same half as the image.
    """
    size = min(len(real), len(made))
    cut = size // 2
    order = torch.from_numpy(np.random.default_rng(seed).permutation(size))
    pairs = [(heap[order[:cut]], heap[order[cut:]]) for heap in (real, made)]
    images = torch.cat([first for first, _ in pairs])
    labels = torch.arange(2).repeat_interleave(cut)
    judge = taught(images, labels, answers=2, seed=seed)
    rest = torch.cat([second for _, second in pairs])
    return right(judge, rest, torch.arange(2).repeat_interleave(size - cut))
