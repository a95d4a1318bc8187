"""What Gaussian bottlenecks keep, feature by feature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .axes import Axis
from .content import Kept
from .html import Markup, element
from .svg import BLUE, BOTTOM, HEIGHT, INK, TOP, Frame, Stroke, across, band, canvas, curve, legend
from .verdict import Verdict

ACTIVE = 0.1  # spread of the means from which a feature says something of the signals
_NOTE = "A feature is active if its means differ between signals by more than 0.1."


def latent_figures(kept: Sequence[Kept]) -> list[Markup]:
    """Bars of divergence, the largest first, with the spread of the means as a line."""
    return [_drawn(found) for found in kept]


def latent_verdicts(kept: Sequence[Kept]) -> Iterator[Verdict]:
    """How many features of each bottleneck carry anything.

    References:
        Importance Weighted Autoencoders (Burda et al., 2015), section 5.1, active units: a
        variance of the means above 0.01
        https://arxiv.org/abs/1509.00519
    """
    for found in kept:
        active, size = int((found.spread > ACTIVE).sum()), len(found.spread)
        text = (
            f"{found.name}: {active} of {size} features are active; together they carry"
            f" {found.divergence.sum():.2f} nats a latent step."
        )
        if 2 * active >= size:
            yield Verdict("good", text)
        else:
            cure = "Lower the weight of the divergence, warm it up, or take fewer features."
            yield Verdict("bad" if not active else "unsure", text, cure)


def _drawn(found: Kept) -> Markup:
    order = np.argsort(-found.divergence, kind="stable")
    edges = np.arange(len(order) + 1.0)
    x = np.repeat(edges, 2)
    heights, spread = (
        np.concatenate([[0.0], np.repeat(y[order], 2), [0.0]])
        for y in (found.divergence, found.spread)
    )
    top = 1.05 * max(float(heights.max()), float(spread.max()), ACTIVE)
    names = ("features, the strongest first", "nats, and spread")
    on = Frame(across([edges]), Axis(0.0, top, HEIGHT - BOTTOM, TOP), *names)
    line = Stroke(INK, "2 2.5", 1.6)
    bars = Stroke(BLUE, width=1.0)
    drawing = canvas(
        f"{found.name}: divergence and spread by feature",
        on.drawn(),
        band(on, x, np.zeros_like(x), heights, BLUE),
        curve(on, x, heights, bars),
        curve(on, x, spread, line),
    )
    entries = [("divergence from the standard normal", bars), ("spread of the means", line)]
    caption = element("figcaption", f"{found.name}: what each feature keeps")
    return element("figure", caption, drawing, legend(entries), element("p", _NOTE, class_="note"))
