"""Samples whose signals or features are still to be made."""

from dataclasses import replace

import torch

from ..data.dataset import Dataset
from ..data.transforms import Pipeline
from .placeholder import placeholder


def blank(pipeline: Pipeline, known: Dataset, size: int, steps: int) -> Dataset:
    """Samples that the transforms can be applied to, before there are any signals.

    Args:
        pipeline: The fitted transforms.
        known: What is known of the samples.
        size: How many there are.
        steps: How many steps their signals will have, where no drive says it.
    """
    schema = pipeline.schema
    if schema.families and not schema.series:
        ready = pipeline.apply(placeholder(schema)).schema
        nothing = Dataset(schema=ready, series=torch.zeros(1, 1, len(ready.series)))
        made = pipeline.invert(nothing).families
        families = {name: x.expand(size, *x.shape[1:]) for name, x in made.items()}
        return replace(known, schema=schema, families=families)
    steps = known.steps if known.drive is not None else steps
    known = replace(known, schema=schema)
    ready = pipeline.apply(known)
    nothing = torch.zeros(size, steps, len(ready.schema.series))
    return replace(known, series=pipeline.invert(replace(ready, series=nothing)).series)
