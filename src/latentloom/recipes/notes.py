"""What the model of a run says beside its weights, for programs that read nothing else."""

from itertools import accumulate
from typing import Any

from ..data.dataset import Schema
from ..data.transforms import Pipeline
from .plan import Plan


def notes_of(plan: Plan, pipeline: Pipeline, ready: Schema) -> dict[str, Any]:
    """Plain values and tensors that tell what a model was made of.

    Args:
        plan: What it is trained by.
        pipeline: The fitted transforms.
        ready: The columns of the data after them.

    Returns:
        `config`, every setting; `feature_names`, of the channels of the signal;
        `group_indices`, the channels of each category, where there are any; and
        `normalization_stats`, what each transform has learned.
    """
    ends = list(accumulate(ready.spans.values(), initial=0))
    starts = dict(zip(ready.spans, ends, strict=False))
    return {
        "config": plan.tree,
        "feature_names": list(ready.names("series")),
        "group_indices": {
            name: list(range(start, start + ready.spans[name])) for name, start in starts.items()
        },
        "normalization_stats": {
            f"{index}.{type(transform).__name__}.{name}": tensor
            for index, transform in enumerate(pipeline.transforms)
            for name, tensor in transform.state().items()
        },
    }
