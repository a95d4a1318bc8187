"""Which arrays of a file play which role, and in which unit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ...core.errors import DataError
from ..dataset import Quantity, Schema

_QUANTITY = re.compile(r"\s*(?P<name>[^\[\]]*[^\[\]\s])\s*(\[(?P<unit>[^\[\]]*)\])?\s*")


def parsed(text: str) -> Quantity:
    """A quantity from its written form, `name` or `name [unit]`.

    Raises:
        ValueError: If the text has another form.

    Example:
        >>> parsed("frequency [Hz]")
        Quantity(name='frequency', unit='Hz')
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"a quantity must be written as name or name [unit], got {text!r}")
    return Quantity(match["name"], (match["unit"] or "").strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Gives the arrays of somebody else's file their roles; each is `name` or `name [unit]`.

    Signals are arrays of samples x steps, or of samples x steps x channels, whose channels
    are then called `name_0`, `name_1` and so on. Arrays of words become categories. Files
    that were written here know their roles, and need none of this.

    Args:
        series: The channels of the signal.
        drive: The channels of the signal that conditions it.
        condition: The scalars known of each sample.
        label: One scalar, number or word, that is the name of a class; it becomes the last
            condition.
        label_names: The array of the names of the classes, where the label is a number that
            says which of them, counted from 0.
        channels: Names for the channels of an array whose channels the file does not name,
            by the name of the array.
        families: Feature families: each the name of one that the file plainly has, or of an
            array of samples (x steps) x features, or, in tables, `FAMILY=PATTERN`: the
            columns whose names match, with * for any letters.
        extras: What no part shall see.
        group: Samples that are equal in it stay together in a split.
        lengths: The array that says how many leading steps of each sample are real.
        offsets: For signals stored one after the other: the array that says where each
            begins, and at last where the last one ends.
        id: For columns of steps of many samples below one another: the one that says which
            sample a step is of. What is known of each sample is the same in all its rows.
        periodic: Whether a signal covers one period.
        rows: What a row of an array is: a sample, or a step of a single long series, whose
            arrays are then of steps, or of steps x channels. A row of a CSV file is a step
            always.
        leave_out: Columns of CSV files, or channels of the signal, that are not read.
        constants: What becomes of channels that are constant within every sample: they stay
            in the `series`, or are `conditions`. If None, they are conditions in folders of
            CSV files whose roles nobody names, and stay in the series elsewhere.

    Raises:
        ValueError: If rows are steps, and something is known of each sample; if several say
            where samples end; or if names of labels are given without the label.

    Example:
        >>> Columns(series=("voltage [V]",), drive=("current [A]",)).quantities("drive")
        (Quantity(name='current', unit='A'),)
    """

    series: tuple[str, ...] = ()
    drive: tuple[str, ...] = ()
    condition: tuple[str, ...] = ()
    label: str = ""
    label_names: str = ""
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    families: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    group: str = ""
    lengths: str = ""
    offsets: str = ""
    id: str = ""
    periodic: bool = False
    rows: Literal["samples", "steps"] = "samples"
    leave_out: tuple[str, ...] = ()
    constants: Literal["series", "conditions"] | None = None

    def __post_init__(self) -> None:
        ends = [name for name in ("lengths", "offsets", "id") if getattr(self, name)]
        if len(ends) > 1:
            raise ValueError(f"one of lengths, offsets and id says where samples end, got {ends}")
        if self.label_names and not self.label:
            raise ValueError(f"label must be given with label_names, {self.label_names!r}")
        others = ("condition", "label", "families", "extras", "group")
        known = [*(name for name in others if getattr(self, name)), *ends]
        if self.rows == "steps" and known:
            raise ValueError(
                f"rows must be samples where something is known of each, got steps with {known}"
            )

    @property
    def names_roles(self) -> bool:
        """Whether any array is given a role, or all of that is left to the reader."""
        roles = (self.series, self.drive, self.condition, self.label, self.families)
        return any(map(bool, roles))

    @property
    def settled(self) -> bool:
        """Whether it says every role, so that nothing depends on what is in the files."""
        return self.names_roles and self.constants != "conditions"

    def quantities(self, role: str) -> tuple[Quantity, ...]:
        """The quantities of `series`, `drive`, `condition` or `extras`."""
        return tuple(parsed(text) for text in getattr(self, role))


def to_plain(schema: Schema) -> dict[str, object]:
    """A schema as it is written into files: quantities as `name [unit]`."""
    roles = ("series", "drive", "condition")
    plain: dict[str, object] = {role: [str(q) for q in getattr(schema, role)] for role in roles}
    categories = {name: list(names) for name, names in schema.categories.items()}
    families = {name: [str(q) for q in features] for name, features in schema.families.items()}
    plain |= {"categories": categories, "periodic": schema.periodic, "families": families}
    return plain | ({"spans": dict(schema.spans)} if schema.spans else {})


def from_plain(source: str, plain: object) -> Schema:
    """The schema that was written into a file.

    Raises:
        DataError: If it is none.
    """
    known = {"series", "drive", "condition", "categories", "periodic", "families", "spans"}
    if not isinstance(plain, dict) or not plain.keys() <= known:
        raise DataError(source, f"its schema must have only {sorted(known)}, got {plain}")
    try:
        roles = {
            role: tuple(parsed(text) for text in plain.get(role, ()))
            for role in ("series", "drive", "condition")
        }
        categories = {name: tuple(names) for name, names in plain.get("categories", {}).items()}
        families = {
            name: tuple(parsed(text) for text in features)
            for name, features in plain.get("families", {}).items()
        }
        spans = {str(name): int(count) for name, count in plain.get("spans", {}).items()}
    except (TypeError, ValueError, AttributeError) as problem:
        raise DataError(source, f"its schema cannot be read: {problem}") from problem
    return Schema(
        series=roles["series"],
        drive=roles["drive"],
        condition=roles["condition"],
        categories=categories,
        periodic=bool(plain.get("periodic", False)),
        families=families,
        spans=spans,
    )
