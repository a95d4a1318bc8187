"""What is printed of an epoch: what tells how it goes, or everything."""

import io

from rich.console import Console

from latentloom.cli.progress import Bar, full, short

BOOKS = {
    f"codes/{book}/{name}": value
    for book, value in enumerate((0.9, 0.5, 1.0, 0.8, 0.8, 0.8, 0.9, 0.5, 0.6, 0.7, 0.8, 0.9))
    for name in ("utilisation", "perplexity", "evenness", "top_share")
}
ROW = {
    "phase": "tokenize",
    "epoch": 3,
    **{f"train/{name}": 0.5 for name in ("reconstruction", "commitment", "total")},
    **{f"validation/{name}": 0.25 for name in ("reconstruction", "orthogonality")},
    **{f"schedule/{name}": 0.1 for name in ("learning_rate", "weight_decay", "clip_norm")},
    "schedule/weight/kl": 0.3,
    **BOOKS,
    "latents/kl_nats": 7.0,
    "latents/marginal": 1.0,
    "spread/xy": 0.9,
    "seconds": 1.5,
}


def printed(**settings):
    console = Console(file=io.StringIO(), width=40)
    bar = Bar(console, **settings)
    bar.phase_begins("tokenize", epochs=8, steps=2, first_step=0)
    bar.epoch_ends(ROW, [ROW])
    return console.file.getvalue()


def test_a_line_tells_how_it_goes_and_the_books_as_one():
    told = short(ROW)
    assert len(told) == 11
    assert told["reconstruction"] == 0.5
    assert told["validation/reconstruction"] == 0.25
    assert (told["learning_rate"], told["weight/kl"], told["seconds"]) == (0.1, 0.3, 1.5)
    assert told["codes used"] == sum(v for n, v in BOOKS.items() if n.endswith("tion")) / 12
    assert told["in the least book"] == 0.5


def test_everything_is_told_when_asked_for():
    assert len(full(ROW)) == len(ROW) - 2
    assert "codes/11/top_share 0.9" in printed(lines="full")


def test_an_epoch_is_one_line_however_narrow_the_terminal():
    for lines in ("none", "short", "full"):
        said = printed(lines=lines)
        assert said.startswith("tokenize 3/8  reconstruction 0.5  ")
        assert said.count("\n") == 1
