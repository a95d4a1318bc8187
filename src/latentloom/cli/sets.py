"""Shows in the terminal what is kept of sets of Gaussians."""

from collections.abc import Iterator

from rich.table import Table

from ..evaluation.sets import Likeness, SetCard
from ..evaluation.statistics import Estimate


def tables(card: SetCard) -> Iterator[Table | str]:
    """The run beside its baselines: by type, then by sight."""
    title = f"{card.samples} held-out sets: mean squared error in the units of the transforms"
    if any(row.errors for row in card.rows):
        yield _by_type(card, "errors", title)
        yield _by_type(card, "spread", "standard deviation over that of the truth")
    if any(row.fitted or row.original for row in card.rows):
        yield _images(card)
    for name, differences in card.differences.items():
        told = ", ".join(f"{span} {_signed(found)}" for span, found in differences.items())
        yield f"error minus that of {name}: {told}"
    yield from card.notes


def _by_type(card: SetCard, what: str, title: str) -> Table:
    made = Table("", "what", box=None, pad_edge=False, title=title, title_justify="left")
    for name in ("numbers", *card.spans):
        made.add_column(name, justify="right")
    for row in card.rows:
        found: dict[str, Estimate] = getattr(row, what)
        if found:
            numbers = "" if row.numbers is None else str(row.numbers)
            made.add_row(row.name, row.kind, numbers, *(_number(found[s]) for s in card.spans))
    return made


def _images(card: SetCard) -> Table:
    height, width = card.size or (0, 0)
    title = (
        f"images of {height} x {width} pixels against those of the true sets, and the originals"
    )
    made = Table("", "what", box=None, pad_edge=False, title=title, title_justify="left")
    for name in ("PSNR [dB]", "SSIM", "PSNR, originals", "SSIM, originals"):
        made.add_column(name, justify="right")
    for row in card.rows:
        made.add_row(row.name, row.kind, *_near(row.fitted), *_near(row.original))
    return made


def _near(found: Likeness | None) -> tuple[str, str]:
    return ("–", "–") if found is None else (_number(found.psnr, 2), _number(found.ssim))


def _number(found: Estimate, digits: int = 3) -> str:
    told = f"{found.value:.{digits}f}"
    if found.low is None or found.high is None:
        return told
    return f"{told} ({found.low:.{digits}f} – {found.high:.{digits}f})"


def _signed(found: Estimate) -> str:
    told = f"{found.value:+.3f}"
    if found.low is None or found.high is None:
        return told
    return f"{told} ({found.low:+.3f} – {found.high:+.3f})"
