"""Drawn latents beside those of real signals."""

from __future__ import annotations

from ..evaluation.latent_match import BOUND, LatentMatch
from ..evaluation.portrait import LatentSpace, Numbered
from .html import Markup, element, joined
from .page import panels, section
from .portrait import cloud_figure, compared_line, outlines
from .table import figure

_NOTE = (
    "Each point is the latent of one signal: rings those of real signals, crosses those that the"
    " generator drew. Crosses should cover the rings evenly. Of the numbers of a latent, those"
    " whose values differ most are shown."
)
_CRITIC = (
    " What the critic thinks of them: the outlines should lie on each other; a critic that tells"
    " them apart still has something to teach."
)


def latent_section(shown: LatentSpace | None) -> Markup:
    """Maps, values and scores of latents; empty without them."""
    if shown is None:
        return joined()
    figures = [cloud_figure(cloud) for cloud in shown.clouds]
    figures += [_values(found) for found in shown.numbers]
    if shown.scores is not None:
        figures.append(outlines("Scores of the critic", shown.scores, ("score", "density")))
    tested = joined() if shown.test is None else compared_line(shown.test, "latents")
    note = _NOTE + ("" if shown.scores is None else _CRITIC)
    return section("Latent space", match_line(shown.match), panels(figures), tested, note=note)


def match_line(match: LatentMatch) -> Markup:
    """How far drawn latents are from real ones, in a sentence."""
    verdict = "is close enough" if match.close else "is too far"
    text = (
        f"{figure(match.mmd)} {verdict}: wanted are less than {BOUND:g} and at most"
        f" {figure(match.limit)}, one and a half times the {figure(match.floor)} that latents of"
        f" real signals stay below in 95 of 100 permutations ({match.real} latents of held-out"
        f" signals against {match.made} drawn ones, {match.dimensions} numbers each)."
    )
    return element("p", element("b", "Maximum mean discrepancy. "), text)


def _values(found: Numbered) -> Markup:
    names = (f"number {found.place} of the latent", "density")
    title = f"Number {found.place}, apart by {found.apart:.2f}"
    return outlines(title, found.values, names)
