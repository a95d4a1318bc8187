"""Gathers what a diagnosis looks at of Gaussian latents, and of the signals behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from ..evaluation.diagnosis import Room, Span
from ..representations.health import LatentHealth, explained, spreads
from ..training.watching import layout
from .specimens import Specimens

FEW = 20  # records, below which shares of the variance prove nothing
WIDE = 65_536  # numbers of a signal, above which no linear code is fitted


def latents_of(known: Specimens) -> LatentHealth | None:
    """What Gaussian latents carry of records; None if they are not Gaussian."""
    found = known.posteriors
    return None if found is None else LatentHealth.of(found)


def returned_of(known: Specimens, held: Specimens) -> tuple[tuple[Span, ...], Room | None]:
    """What comes back of each span of held-out records, and whether there is room for it.

    Args:
        known: Records that were learned from.
        held: Records that were not.
    """
    found = known.posteriors
    if found is None or min(held.size, known.size) < FEW:
        return (), None
    numbers = found.mean[0].numel()
    codes = _linear(known, held, (numbers, 2 * numbers))
    spans = _spans(held, codes[0] if codes else None)
    if not codes:
        return spans, None
    room = Room(
        explained=_share(_tensor(known.reconstructed), known),
        linear=_share(codes[0], held),
        double=_share(codes[1], held),
        setting=f"parts.representation.bottleneck.dim={2 * found.mean.shape[2]}",
    )
    return spans, room


def _spans(held: Specimens, code: Float[Tensor, "N T C"] | None) -> tuple[Span, ...]:
    shared = (_tensor(held.truth), torch.from_numpy(held.mask), layout(held.ready.schema))
    made = _tensor(held.reconstructed)
    spread, share = spreads(made, *shared), explained(made, *shared)
    linear = {} if code is None else explained(code, *shared)
    forms = smoother(held.run.plan.tree)
    return tuple(
        Span(
            name=name,
            spread=spread[name],
            explained=share[name],
            linear=linear.get(name, float("nan")),
            form=forms.get(name, ""),
        )
        for name in spread
    )


def smoother(tree: Mapping[str, Any]) -> dict[str, str]:
    """The settings that write spans of Gaussians in a form without jumps, by span.

    Args:
        tree: The settings of a recipe.

    Example:
        >>> raw = {"kind": "gaussian_form", "form": "raw"}
        >>> smoother({"data": {"transforms": [raw]}})["rot"]
        'data.transforms.0.form=log_covariance'
        >>> smoother({"data": {"transforms": [raw | {"form": "cholesky"}]}})
        {}
    """
    for index, transform in enumerate(tree["data"]["transforms"]):
        if isinstance(transform, str) or transform["kind"] != "gaussian_form":
            continue
        if transform.get("form") in ("raw", "canonical", "double_angle"):
            setting = f"data.transforms.{index}.form=log_covariance"
            return dict.fromkeys(("scale", "rot"), setting)
    return {}


def _linear(
    known: Specimens, held: Specimens, sizes: tuple[int, ...]
) -> list[Float[Tensor, "N T C"]]:
    """Held-out signals after the best linear codes of known ones; none where they are wide."""
    if known.truth[0].size > WIDE:
        return []
    there = torch.from_numpy(known.mask)[..., None]
    centre = _tensor(known.truth).sum(0) / there.sum(0).clamp_min(1)
    left, other = (
        ((_tensor(s.truth) - centre) * torch.from_numpy(s.mask)[..., None]).flatten(1)
        for s in (known, held)
    )
    axes = torch.linalg.svd(left, full_matrices=False).Vh
    return [
        (other @ axes[:size].T @ axes[:size]).view(held.truth.shape) + centre for size in sizes
    ]


def _share(made: Float[Tensor, "N T C"], specimens: Specimens) -> float:
    """The share of the variance of all channels together that comes back."""
    truth, mask = _tensor(specimens.truth), torch.from_numpy(specimens.mask)
    found = explained(made, truth, mask, {"all": truth.shape[2]})
    return found.get("all", float("nan"))


def _tensor(values: Any) -> Float[Tensor, "N T C"]:
    return torch.from_numpy(values).double()
