"""Whether made signals are what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from ..statistics import Estimate

Kind = Literal["scalar", "label", "drive"]
Per = Literal["range", "value"]
Verdict = Literal["followed", "ignored", "unreadable"]
CHANCE = 0.05  # a match that shuffled conditions reach more often than that is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How well signals match their conditions.

    Args:
        typical: The error of the middle signal; of labels the share of wrong ones.
        ninety: Nine in ten of the signals are off by less; None of labels.
        shuffled: What `typical` would be if the signals had one another's conditions.
        p: How often shuffled conditions match at least as well, in (0, 1].
        size: How many signals.
    """

    typical: Estimate
    ninety: Estimate | None
    shuffled: float
    p: float
    size: int

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Match:
        """The match that `dataclasses.asdict` made plain."""
        ninety = plain["ninety"]
        changed = {
            "typical": Estimate(**plain["typical"]),
            "ninety": None if ninety is None else Estimate(**ninety),
        }
        return cls(**{**plain, **changed})


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRow:
    """One label.

    Args:
        label: Its index.
        made: Share of the signals made for it that are recognised as it.
        held: The same of real signals that have it; None if none was held out.
        size: How many signals were made for it.
        coverage: Share of the real signals that have it near which one was made for it; None if
            there are too few of either to tell, or the real ones are all alike.
    """

    label: int
    made: float
    held: float | None
    size: int
    coverage: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What made signals teach about labels: train on synthetic, test on real.

    Args:
        made: Share of held signals whose label a classifier tells that learned from made ones.
        train: The same of one that learned from as many signals of the train split.
        lost: By how much the second exceeds the first, on the same held signals.

    References:
        Real-valued (Medical) Time Series Generation with Recurrent Conditional GANs (Esteban
        et al., 2017), section 5.1.1
        https://arxiv.org/abs/1706.02633
    """

    made: Estimate
    train: Estimate
    lost: Estimate

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Lesson:
        """The lesson that `dataclasses.asdict` made plain."""
        return cls(**{name: Estimate(**estimate) for name, estimate in plain.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """How well made signals match one condition, beside real signals and beside chance.

    Errors are 0 where a condition is met: of a scalar a share of its range in the train
    split, or of its value, of a label the share of wrong ones, of a drive an NRMSE.

    Args:
        condition: The name of the condition.
        kind: What it is.
        made: Made signals and the conditions that they were made for.
        held: Real signals and their conditions: the floor, since what reads the condition
            off a signal errs too.
        labels: Each label that was asked for, where the condition is one.
        per: What the error of a scalar is a share of.
        lesson: What signals made for labels teach of them; None where they teach nothing, for
            they were all made for the same, and of other conditions.
    """

    condition: str
    kind: Kind
    made: Match
    held: Match
    labels: tuple[LabelRow, ...] = ()
    per: Per = "range"
    lesson: Lesson | None = None

    @property
    def verdict(self) -> Verdict:
        """Followed, ignored, or unreadable: not even real signals show their condition."""
        if self.made.p < CHANCE:
            return "followed"
        return "ignored" if self.held.p < CHANCE else "unreadable"

    def plain(self) -> dict[str, Any]:
        """Plain values, for a JSON file."""
        return asdict(self)

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Fidelity:
        """The fidelity that `plain` wrote.

        Raises:
            ValueError: If its kind is unknown.
        """
        if value["kind"] not in get_args(Kind):
            raise ValueError(f"kind must be one of {list(get_args(Kind))}, got {value['kind']!r}")
        changed = {
            "made": Match.of(value["made"]),
            "held": Match.of(value["held"]),
            "labels": tuple(LabelRow(**row) for row in value["labels"]),
            "lesson": None if value.get("lesson") is None else Lesson.of(value["lesson"]),
        }
        return cls(**{**value, **changed})
