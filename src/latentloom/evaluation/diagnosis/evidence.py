"""The run's own numbers, as plain data: all that a diagnosis looks at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from ...representations.health import LatentHealth
from .course import Course


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How much of some channels comes back from Gaussian latents, of signals not learned from.

    Args:
        name: The span, or the channel where there are no spans.
        spread: Deviation of what is decoded over that of the data, about the mean of each
            step.
        explained: Share of the variance that comes back; 0 is no better than that mean.
        linear: The same by a linear code of as many numbers, fitted to all channels
            together; NaN where it was not fitted.
        form: The setting that writes these channels in a form without jumps; empty where
            they have none, or none is known.
    """

    name: str
    spread: float
    explained: float
    linear: float = math.nan
    form: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many latent numbers signals take, beside how many there are.

    Args:
        explained: Share of the variance of train records that comes back.
        linear: The same by a linear code of as many numbers.
        double: The same by one of twice as many.
        setting: The setting that gives twice as many.
    """

    explained: float
    linear: float
    double: float
    setting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """How often each code of a book was used on the train split.

    Args:
        name: What the book is called.
        counts: The uses of each code.
        revive_below: The setting under which codes are revived; None where the codes are
            fixed and cannot be.
        reachable: How many codes there are things to tell by; all of them if None. A category
            of one label with three values can use no more than three codes.
        fuller: The setting that brings more codes into use, where the book is one of a
            category and has no setting of its own.
    """

    name: str
    counts: Int[np.ndarray, " V"]
    revive_below: float | None
    fuller: str = ""
    reachable: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a tokenizer of features makes of its categories.

    Args:
        bits: The logarithm to base 2 of how many codes a sample could have.
        categories: How many categories there are.
        overlap: Mean |cosine| of the embeddings of two categories, over held-out samples.
        most_overlap: The largest of them.
        nearest: The two categories that have it.
        names: The features.
        errors: Mean squared error of each on the train split, in units of the transforms.
        capping: The setting that caps outliers harder.
        finer: The setting that gives more codes.
        minutes: How long its phase took.
        judging: Share of it that validations took; NaN where no epoch was without one.
        validate_every: Epochs between validations.
    """

    bits: float
    categories: int
    overlap: float
    most_overlap: float
    nearest: str
    names: tuple[str, ...]
    errors: Float[np.ndarray, " C"]
    capping: str
    finer: str
    minutes: float
    judging: float
    validate_every: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """How a generator does on its own codes, on records that it did not learn from.

    Args:
        forced: Share of the codes hit, given the true ones before.
        free: The same, given its own; NaN where no drive could tell them.
        right: Share of the codes of a draw that are the true ones.
        agreed: Share of the codes of a draw that are those of another draw for the same record.
        helped: How far the use of the codes that it draws after true ones, in the last quarter of
            the latent steps, is from that of the true codes: half the sum of the absolute
            differences of the shares, less what chance makes of it.
        alone: The same of the codes that it draws after its own.
    """

    forced: float
    free: float
    right: float
    agreed: float
    helped: float
    alone: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well a part does on what it learned from, and on what it did not.

    Args:
        part: The name of the part.
        unit: `error` for a mean squared error in the units of the transforms, `nats` for the
            cross-entropy of a code.
        train: On train records.
        held: On held-out records.
        flat: What knowing nothing would get on the train records: their variance, or the
            logarithm of the number of codes.
    """

    part: str
    unit: Literal["error", "nats"]
    train: float
    held: float
    flat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """How near the nearest train signal is.

    Args:
        made: Of each generated signal, as a root mean square difference.
        held: Of each held-out signal, after the same bottleneck if there is one.
        searched: Share of the train signals among which the nearest was sought.
    """

    made: Float[np.ndarray, " A"]
    held: Float[np.ndarray, " B"]
    searched: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Whether what is generated answers to something that is known of it.

    Args:
        name: What is known, such as a condition.
        told: How well real signals tell it, as R2 on held-out records; what the drive tells
            already does not count.
        followed: How far the reading moves when it alone is exchanged, over how far it was
            moved: 1 follows, 0 does not answer.
        setting: The setting of the recipe that would let it be followed.
    """

    name: str
    told: float
    followed: float
    setting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How well one channel of the signals is learned, on the train split.

    Args:
        name: The name of the channel.
        r2: Share of its variance that is explained.
        variance: Its variance in the units of the transforms, which is what an error
            weighs it by.
    """

    name: str
    r2: float
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What train and test records share, as shares of the test records.

    Args:
        size: How many test records were looked at.
        equal: Equal to a train record in every value.
        shifted: Hold half of a train record's values, in the same order.
        near: Differ from a train record by less than 1 % of their deviation.
        grouped: Belong to a group that also trains; NaN without groups.
        statistics: Largest relative difference between the stored statistics of the transforms
            and those of the train split.
    """

    size: int
    equal: float
    shifted: float
    near: float
    grouped: float
    statistics: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that a diagnosis looks at; what the run does not have is None or empty.

    Args:
        courses: How the losses of each update went.
        latents: What Gaussian latents carry.
        spans: What comes back of each span or channel.
        room: Whether there are enough of the latents.
        books: The use of each codebook.
        exposed: A generator on its own codes.
        fits: Each part on train and held-out records.
        neighbours: Generated signals beside train signals.
        responses: Generated signals beside what they were asked for.
        channels: Each channel of the signals.
        overlap: What train and test share.
        tokens: What a tokenizer of features makes of its categories.
        known: How many records that it learned from were looked at.
        held: How many that it did not learn from.
        terms: What settings of the recipe are called in the YAML that the run was trained by,
            where that is no recipe.
    """

    courses: tuple[Course, ...] = ()
    latents: LatentHealth | None = None
    spans: tuple[Span, ...] = ()
    room: Room | None = None
    books: tuple[Book, ...] = ()
    exposed: Exposed | None = None
    fits: tuple[Fit, ...] = ()
    neighbours: Neighbours | None = None
    responses: tuple[Response, ...] = ()
    channels: tuple[Channel, ...] = ()
    overlap: Overlap | None = None
    tokens: Tokens | None = None
    known: int = 0
    held: int = 0
    terms: Mapping[str, str] = field(default_factory=dict[str, str])

    def course_of(self, part: str) -> Course | None:
        """The last update that trained a part."""
        return next((c for c in reversed(self.courses) if part in c.trains), None)

    def in_own_terms(self, setting: str) -> str:
        """A setting of the recipe in the terms of the YAML that the run was trained by.

        Args:
            setting: Its path, `=`, a value.

        Returns:
            The same there; "" if there is no such YAML, or no such setting in it.

        Example:
            >>> own = Evidence(terms={"phases.0.epochs": "training.epochs"})
            >>> own.in_own_terms("phases.0.epochs=40"), own.in_own_terms("phases.0.ema=0.9")
            ('training.epochs=40', '')
        """
        path, _, value = setting.partition("=")
        plain = not value.startswith(("{", "["))  # which only a recipe can say
        return f"{self.terms[path]}={value}" if plain and path in self.terms else ""
