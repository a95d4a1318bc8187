"""The sections and sentences of sets of Gaussians, from cards made up for them."""

import base64
import re
from dataclasses import replace

import numpy as np
import pytest

from latentloom.data.splats import encoded
from latentloom.evaluation.sets import Likeness, SetCard, SetRow
from latentloom.evaluation.statistics import Estimate
from latentloom.report import Album, Gallery, Imaged, Report, render
from latentloom.report.set_verdict import set_verdicts

NASTY = "<b>&1</b>"
SPANS = {"xy": 2, "rot": 1}


def near(value, half=0.01):
    return Estimate(value, value - half, value + half)


def row(name, kind, error, *, spread=0.95, decibel=20.0, numbers=4):
    return SetRow(
        name=name,
        kind=kind,
        numbers=numbers,
        errors={span: near(error) for span in SPANS},
        spread={span: near(spread) for span in SPANS},
        fitted=Likeness(psnr=near(decibel, 1), ssim=near(0.5)),
        original=Likeness(psnr=Estimate(decibel), ssim=Estimate(0.5)),
    )


def card(xy=-0.1, rot=-0.1, **run):
    fit = Likeness(psnr=near(40.0), ssim=near(0.99))
    return SetCard(
        rows=(
            row("reconstruction", "run", 0.2, **run),
            row("PCA, 4 components", "baseline", 0.3, decibel=18.0),
            row("mean of each slot", "baseline", 0.9, decibel=10.0, numbers=0),
            SetRow(name="the sets themselves", kind="ceiling", original=fit),
        ),
        differences={
            "PCA, 4 components": {"xy": near(xy), "rot": near(rot)},
            "mean of each slot": {"xy": near(-0.7), "rot": near(-0.7)},
        },
        spans=SPANS,
        numbers=4,
        samples=10,
        learned=80,
        size=(28, 30),
        notes=(NASTY,),
    )


def said(shown):
    return {verdict.text: verdict.mood for verdict in set_verdicts(shown)}


def page(shown, **more):
    return render(Report(title="run", sets=Imaged(card=shown, **more)))


def images(value, channels=1):
    return np.full((2, 3, 4, channels), value, np.uint8)


def test_a_good_run_gets_good_sentences_only():
    told = said(card())
    assert set(told.values()) == {"good"}
    assert (
        "Beats PCA, 4 components in xy (0.200 against 0.300) and rot (0.200 against 0.300)."
        in (told)
    )
    assert "Beats the mean of each slot in xy (0.200 against 0.900) and" in " ".join(told)


def test_who_loses_is_named_by_type():
    told = said(card(rot=0.1))
    assert told["Loses to PCA, 4 components in rot (0.200 against 0.300)."] == "bad"
    assert told["Beats PCA, 4 components in xy (0.200 against 0.300)."] == "good"
    unsure = said(card(xy=0.005))
    text = "Cannot be told apart from PCA, 4 components in xy (0.200 against 0.300)."
    assert unsure[text] == "unsure"


def test_losses_are_the_first_lines_of_the_page():
    text = page(card(rot=0.1))
    assert text.index("Beware.") < text.index("Loses to PCA") < text.index("Beats")


def test_without_intervals_nothing_is_told_apart():
    shown = card()
    bare = {n: {s: Estimate(-0.1) for s in SPANS} for n in shown.differences}
    assert "unsure" in said(replace(shown, differences=bare)).values()


@pytest.mark.parametrize(
    ("decibel", "mood"), [(20.0, "good"), (17.0, "bad")], ids=["nearer", "farther"]
)
def test_images_are_held_against_those_of_baselines(decibel, mood):
    told = said(card(decibel=decibel))
    text = (
        f"Its images come to {decibel:.1f} dB of the fitted ones; 18.0 dB by PCA, 4 components,"
        " 10.0 dB by mean of each slot."
    )
    assert told[text] == mood


@pytest.mark.parametrize(("spread", "mood"), [(0.95, "good"), (0.7, "unsure"), (0.05, "bad")])
def test_what_was_averaged_away_is_told(spread, mood):
    told = said(card(spread=spread))
    (text,) = [text for text in told if "vary" in text]
    assert told[text] == mood
    assert f"{spread:.2f}" in text


def test_tables_stand_in_the_page_and_nothing_breaks_out():
    text = page(card())
    assert NASTY not in text
    assert "&lt;b&gt;&amp;1&lt;/b&gt;" in text
    for words in ("Mean squared error by type", "sum of types", "2 channels", "1 channel"):
        assert words in text
    assert "Images of 28 x 30 pixels" in text
    assert "Sampled" not in text


def test_images_are_in_the_page_itself():
    beside = Album(
        title=NASTY,
        records=(NASTY, "b"),
        numbers=("20 dB", "10 dB"),
        rows={"fitted": images(7), "reconstructed": images(9, 3)},
    )
    sampled = (Gallery(title="Sampled", images=images(200)),)
    text = page(card(), beside=beside, sampled=sampled)
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', text)
    assert len(found) == 5
    assert base64.b64decode(found[0]) == encoded(images(7)[0])
    assert base64.b64decode(found[2]) == encoded(images(9, 3)[0])
    assert NASTY not in text


def test_an_album_has_an_image_and_a_number_for_each_record():
    with pytest.raises(ValueError, match="fitted must be 1, got 2"):
        Album(title="", records=("a",), numbers=("1",), rows={"fitted": images(0)})
