"""What the scores of sets say, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..evaluation.sets import SetCard, SetRow
from ..evaluation.statistics import Estimate
from .verdict import Verdict

SPREAD = 0.9  # of the truth's standard deviation
AVERAGED = 0.5  # of it, below which little more than a mean is left

_LOST = (
    "Train longer or on more sets, hold the divergence down, or give the latent more numbers;"
    " until then this baseline says more of these types."
)
_UNSURE = "Score more sets."
_FLAT = (
    "What is averaged away is not told by the latent: train longer, give it more numbers, hold the"
    " divergence down (free nats, a learned variance), or, if it is another, take the form"
    " log_covariance, in which equal Gaussians have equal numbers."
)


def set_verdicts(card: SetCard) -> list[Verdict]:
    """Who loses by type, then by sight, and what was averaged away."""
    return [*_types(card), *_images(card), *_spread(card)]


def _types(card: SetCard) -> Iterator[Verdict]:
    rows = {row.name: row for row in card.rows}
    for name, differences in card.differences.items():
        by_sign = {-1: [], 0: [], 1: []}
        for span, difference in differences.items():
            by_sign[_sign(difference)].append(span)
        told = {sign: _told(card.run, rows[name], spans) for sign, spans in by_sign.items()}
        if by_sign[1]:
            yield Verdict("bad", f"Loses to {_named(rows[name])} in {told[1]}.", _LOST)
        if by_sign[0]:
            text = f"Cannot be told apart from {_named(rows[name])} in {told[0]}."
            yield Verdict("unsure", text, _UNSURE)
        if by_sign[-1]:
            yield Verdict("good", f"Beats {_named(rows[name])} in {told[-1]}.")


def _sign(difference: Estimate) -> int:
    """-1 if the run has the lower error, 1 if the higher, 0 if the interval holds zero."""
    if difference.low is None or difference.high is None:
        return 0
    return int(difference.low > 0) - int(difference.high < 0)


def _named(row: SetRow) -> str:
    return row.name if row.numbers else f"the {row.name}"


def _told(run: SetRow, other: SetRow, spans: list[str]) -> str:
    parts = [
        f"{span} ({run.errors[span].value:.3f} against {other.errors[span].value:.3f})"
        for span in spans
    ]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def _images(card: SetCard) -> Iterator[Verdict]:
    run = card.run.fitted
    if run is None:
        return
    others = {row.name: row.fitted.psnr.value for row in card.of_kind("baseline") if row.fitted}
    text = f"Its images come to {run.psnr.value:.1f} dB of the fitted ones"
    told = ", ".join(f"{value:.1f} dB by {name}" for name, value in others.items())
    worse = run.psnr.value < max(others.values(), default=0.0)
    text += f"; {told}." if told else "."
    cure = (
        "Add a rendered loss, or give the one there is more weight: errors of parameters do not"
        " say what can be seen."
    )
    yield Verdict("bad" if worse else "good", text, cure if worse else "")


def _spread(card: SetCard) -> Iterator[Verdict]:
    found: Mapping[str, float] = {name: e.value for name, e in card.run.spread.items()}
    flat = {name: value for name, value in found.items() if value < SPREAD}
    if flat:
        told = ", ".join(f"{value:.2f} in {name}" for name, value in flat.items())
        text = f"Reconstructions vary less than the truth; of its standard deviation, {told}."
        yield Verdict("bad" if min(flat.values()) < AVERAGED else "unsure", text, _FLAT)
    elif found:
        least = min(found, key=lambda name: found[name])
        text = (
            f"Reconstructions vary as the truth does: by {found[least]:.2f} at least, in {least}."
        )
        yield Verdict("good", text)
