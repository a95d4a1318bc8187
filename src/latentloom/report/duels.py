"""Who beats whom: sentences and tables of pairs of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..evaluation.rivals import Duel
from ..evaluation.sheet import Measured, Sheet
from ..evaluation.statistics import Estimate
from .html import Markup, element, joined
from .naming import Names, ideal, title, unit
from .page import section
from .table import figure
from .verdict import Verdict

_NOTE = (
    "First minus second: below zero, the first run is better. Small numbers are 95 % bootstrap"
    " intervals over groups of the same records; p-values are raised for the number of pairs as"
    " Holm (1979) says, and count as different up to 0.05."
)
_SHEETS = (
    "Each line is one way of telling made signals from real ones; ↓ smaller is better, → nearer to"
    " this number is better. The floor is what real signals get in the place of made ones. A mark"
    " says whether a run differs from the best one in its line by more than chance; the p-values"
    " behind it follow from the intervals, and are raised for the pairs of each line."
)
IMAGE = "image"  # the score of pairs of runs of sets of Gaussians
_TITLES = {"nrmse": "NRMSE", IMAGE: "root mean square error of the images"}
_FEW = 10  # groups below which bootstrap intervals promise too much
Duels = Sequence[Duel]


def duel_verdicts(
    paired: Duels, groups: int, sheets: Mapping[str, Mapping[str, tuple[Duel, ...]]], names: Names
) -> list[Verdict]:
    """What the pairs say: the best run, and who cannot be told apart from it.

    Args:
        paired: Pairs on the same records.
        groups: How many groups of records were drawn from.
        sheets: Pairs by the protocol and the score.
        names: The titles of scores.
    """
    found = [_of_records(paired)] if paired else []
    if paired and groups < _FEW:
        text = f"The records are of {groups} groups only: what holds for them may be chance still."
        cure = "Intervals from few groups are too narrow; score records of more groups."
        found.append(Verdict("unsure", text, cure))
    for protocol, scores in sheets.items():
        found += _of_protocol(protocol, scores, names)
    return found


def best(duels: Duels) -> str:
    """The run that no other is below; the first of several."""
    ahead: dict[str, int] = {}
    for duel in duels:
        below = duel.comparison.difference.value
        ahead.setdefault(duel.comparison.first, 0)
        ahead.setdefault(duel.comparison.second, 0)
        ahead[duel.comparison.first] += below < 0
        ahead[duel.comparison.second] += below > 0
    return max(ahead, key=ahead.__getitem__)


def alike(duels: Duels, run: str) -> list[str]:
    """The runs that cannot be told apart from one."""
    pairs = [(duel, duel.comparison.first, duel.comparison.second) for duel in duels]
    return [b if a == run else a for duel, a, b in pairs if run in (a, b) and not duel.sign]


def _of_records(duels: Duels) -> Verdict:
    run, measure = best(duels), _measure(duels)
    same = alike(duels, run)
    others = {n for d in duels for n in (d.comparison.first, d.comparison.second)} - {run}
    beaten = sorted(others - set(same))
    if not same:
        words = f"{run} has the lowest {measure}, and differs from {_all(beaten)}"
        return Verdict("good", f"{words} by more than chance.")
    rest = f" It is better than {_all(beaten)}." if beaten else ""
    return Verdict(
        "unsure",
        f"{run} has the lowest {measure}, but cannot be told apart from {_all(same)}.{rest}",
        "Score more records, or more groups of records; or take the cheaper run.",
    )


def _measure(duels: Duels) -> str:
    """What pairs on the same records are judged by."""
    return f"median {_TITLES[duels[0].score]}"


def _of_protocol(
    protocol: str, scores: Mapping[str, tuple[Duel, ...]], names: Names
) -> list[Verdict]:
    won: dict[str, list[str]] = {}
    open_: list[str] = []
    for score, duels in scores.items():
        run = best(duels)
        if alike(duels, run):
            open_.append(title(score, names))
        else:
            won.setdefault(run, []).append(title(score, names))
    found = [
        Verdict(
            "good", f"By {protocol}, {run} is the best in {len(t)} of {len(scores)}: {_all(t)}."
        )
        for run, t in won.items()
    ]
    if open_:
        text = f"By {protocol}, no run is the best beyond chance in {len(open_)}: {_all(open_)}."
        found.append(Verdict("unsure", text))
    return found


def _all(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def duel_table(duels: Duels) -> Markup:
    """Every pair: difference, interval, p-value, share of the records won."""
    if not duels:
        return joined()
    heads = [
        element("th", name, scope="col")
        for name in (
            "pair",
            "better",
            f"difference of {_measure(duels)}",
            "p",
            "first is better on",
        )
    ]
    table = element(
        "table",
        element("thead", element("tr", heads)),
        element("tbody", [_duel(duel) for duel in duels]),
    )
    said = element("p", _NOTE, class_="note")
    return joined(
        said,
        element("div", table, class_="scroll", tabindex="0", role="region", aria_label="Pairs"),
    )


def _duel(duel: Duel) -> Markup:
    found = duel.comparison
    words = {-1: f"✓ {found.first}", 0: "? may be chance", 1: f"✓ {found.second}"}
    return element(
        "tr",
        element("th", f"{found.first} against {found.second}", scope="row"),
        element("td", words[duel.sign]),
        element("td", f"{found.difference.value:+.3f}", _ends(found.difference, "+.3f")),
        element("td", "–" if duel.chance is None else f"{duel.chance:.3f}"),
        element("td", f"{100 * found.wins:.0f} % of the records"),
    )


def sheets_table(
    protocol: str,
    sheets: Mapping[str, Sheet],
    duels: Mapping[str, tuple[Duel, ...]],
    names: Names,
) -> Markup:
    """A line a score, a column a run, and the floor of real data."""
    heads = [element("th", name, scope="col") for name in ("score", *sheets, "floor: real data")]
    rows = {name: sheet.of_kind("made")[0] for name, sheet in sheets.items()}
    lines = [
        element(
            "tr",
            _score(score, names),
            [_cell(row.scores[score], run, found) for run, row in rows.items()],
            _floor(sheets, score, names),
        )
        for score, found in duels.items()
    ]
    table = element(
        "table",
        element("thead", element("tr", heads)),
        element("tbody", lines),
        class_="sheet",
    )
    scroll = element(
        "div", table, class_="scroll", tabindex="0", role="region", aria_label=protocol
    )
    return section(f"Scores by {protocol}", scroll, note=_SHEETS)


def _score(score: str, names: Names) -> Markup:
    aim, measure = ideal(score, names), unit(score, names)
    small = f"{f'{measure} ' if measure else ''}{'↓' if aim == 0 else f'→ {aim:g}'}"
    return element("th", title(score, names), element("small", small), scope="row")


def _cell(found: Measured, run: str, duels: Duels) -> Markup:
    first = best(duels)
    same = alike(duels, first)
    mark = "" if run != first and run not in same else ("✓ best" if not same else "? among best")
    return element(
        "td",
        figure(found.estimate.value),
        _ends(found.estimate, ""),
        element("small", mark) if mark else "",
    )


def _floor(sheets: Mapping[str, Sheet], score: str, names: Names) -> Markup:
    aim = ideal(score, names)
    rows = [row for sheet in sheets.values() for row in sheet.of_kind("floor")]
    values = [row.scores[score].estimate.value for row in rows if score in row.scores]
    if not values:
        return element("td", "–", class_="floor")
    return element("td", figure(min(values, key=lambda v: abs(v - aim))), class_="floor")


def _ends(estimate: Estimate, form: str) -> Markup:
    if estimate.low is None or estimate.high is None:
        return joined()
    low, high = (
        format(end, form) if form else figure(end) for end in (estimate.low, estimate.high)
    )
    return element("small", f"{low} – {high}" if not form else f"{low} to {high}")
