"""The sections and sentences of tokens, from cards made up for them."""

from dataclasses import replace

import numpy as np
import pytest

from latentloom.evaluation.statistics import Comparison, Estimate
from latentloom.evaluation.tokens import BookUse, Overlap, Part, TokenCard, TokenRow, Usage
from latentloom.report import CodeMap, Figure, Line, Report, Tokenized, render
from latentloom.report.grid import grid
from latentloom.report.token_verdict import token_verdicts

NASTY = "<b>&1</b>"


def near(value):
    return Estimate(value, value - 0.01, value + 0.01)


def row(name, kind, quality):
    found = {"quality": near(quality), "r2": near(quality), "topography": near(0.9)}
    return TokenRow(name=name, kind=kind, bits=8.0, **found)


def against(name, difference):
    wins = 0.9 if difference < 0 else 0.1
    return Comparison(first="tokens", second=name, difference=near(difference), wins=wins)


def use(share, even=0.8, reachable=1.0):
    return Usage(utilisation=share, evenness=even, reachable=reachable)


def book(category, level, held):
    return BookUse(category=category, level=level, size=4, held=held, train=use(1.0))


def parts(**shares):
    return {n: Part(quality=near(0.9), r2=near(r2), features=1) for n, r2 in shares.items()}


CARD = TokenCard(
    rows=(row("tokens", "tokens", 0.95), row("k-means by category", "baseline", 0.9)),
    comparisons=(against("k-means by category", -0.1),),
    parts={
        "family": parts(shape=0.9),
        "category": parts(one=0.9, two=0.8),
        "feature": {f"shape/{NASTY}": Part(quality=near(0.9), r2=near(0.9), features=1)}
        | parts(**{f"x{i}": 0.8 for i in range(9)}),
    },
    members={"one": (f"shape/{NASTY}",), "two": tuple(f"x{i}" for i in range(9))},
    books=tuple(book(name, level, use(0.95)) for name in ("one", "two") for level in (0, 1)),
    topography={"inputs-codes": near(0.9)},
    overlap=Overlap(mean=0.1, maximum=0.1, chance=0.02, cosines=((0.5, 0.1), (0.1, 0.5))),
    samples=100,
    learned=800,
)
LINE = Line(name="used", x=np.arange(3.0), y=np.ones(3))
SHOWN = Tokenized(
    card=CARD,
    written=np.ones((2, 10)),
    maps=(CodeMap(name="t-SNE", points=np.eye(2), owners=np.array([0, 1])),),
    over_epochs=Figure(title="In training", x="epoch", y="share", lines=(LINE,)),
)


def moods(card):
    return {verdict.mood for verdict in token_verdicts(card)}


def said(card):
    return " ".join(verdict.text for verdict in token_verdicts(card))


def test_a_good_tokenizer_gets_good_sentences_only():
    assert moods(CARD) == {"good"}
    assert "Keeps more than k-means by category at as many bits: quality 0.950" in said(CARD)
    assert "8 bits a sample keep 95 % of a feature's variance" in said(CARD)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"comparisons": (against("k-means by category", 0.1),)}, "Loses to k-means by category"),
        ({"comparisons": (against("k-means by category", 0.0),)}, "Cannot be told apart from"),
        ({"rows": (row("tokens", "tokens", 0.6), CARD.rows[1])}, "Quality is 0.600"),
        ({"books": (book("one", 0, use(0.5)),)}, "use 50 % of the codes of a book on average"),
        ({"books": (book("one", 0, use(1.0, even=0.2)),)}, "perplexity over size is 0.20"),
        (
            {"overlap": replace(CARD.overlap, mean=0.4)},
            "repeat each other by a mean |cosine| of 0.4",
        ),
        ({"topography": {"inputs-codes": near(0.5)}}, "distances correlate by 0.50"),
        (
            {"parts": {**CARD.parts, "feature": parts(a=0.9, b=0.1)}},
            "1 of 2 features keep less than half of their variance: b (0.10).",
        ),
    ],
)
def test_what_is_wrong_is_said(changes, words):
    card = replace(CARD, **changes)
    assert words in said(card)
    assert moods(card) & {"bad", "unsure"}


def test_a_book_of_few_inputs_is_not_blamed():
    card = replace(CARD, books=(book("one", 0, use(0.5, even=0.5, reachable=0.5)),))
    assert moods(card) == {"good"}


def test_the_page_has_every_section_and_nothing_breaks_it():
    page = render(Report(title="tokens", tokens=SHOWN))
    for head in ("What the tokens keep", "Families and features", "Codebooks", "Categories"):
        assert f"<h2>{head}</h2>" in page
    assert NASTY not in page
    assert page.count('role="img"') == 6


def test_what_is_not_there_takes_no_room():
    card = replace(CARD, books=(), overlap=None, topography={})
    page = render(Report(title="tokens", tokens=Tokenized(card=card)))
    assert "<h2>Codebooks</h2>" not in page
    assert "<h2>What the codes say</h2>" not in page
    assert "<h2>Categories</h2>" in page


def test_a_share_that_is_unknown_is_a_dash():
    still = {"still": Part(quality=near(1.0), r2=Estimate(float("nan")), features=1)}
    card = replace(CARD, parts={**CARD.parts, "family": still})
    assert "nan" not in render(Report(title="tokens", tokens=Tokenized(card=card)))


def test_many_columns_are_joined_to_their_means():
    one = np.arange(1000.0)[None] / 1000
    drawn = grid("many", one, ["row"], [str(i) for i in range(1000)], most=1.0)
    assert 100 < drawn.count("<rect") < 200
    wide = grid("few", np.array([[0.5, np.nan]]), ["row"], ["a", "b"], most=1.0)
    assert ">0.50<" in wide
    assert "nan" not in wide
