import re
import shutil
import subprocess
from html import escape
from html.parser import HTMLParser

import numpy as np
import pytest

from latentloom.report import Figure, Overlay, Report, render, write

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--virtual-time-budget=1000",
    "--window-size=1400,900",
]


class Tags(HTMLParser):
    """Checks that what opens closes, and keeps names and attributes."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(report):
    return render(report)


@pytest.fixture(scope="module")
def tags(page):
    parser = Tags()
    parser.feed(page)
    return parser


def test_what_opens_closes(tags):
    assert tags.open == []
    assert tags.seen.count("svg") > 8


def test_nothing_is_fetched_from_elsewhere(page, tags):
    assert not {"script", "link", "img", "iframe", "object", "embed"} & set(tags.seen)
    assert not {"src", "href", "srcset", "action"} & {name for name, _ in tags.attributes}
    assert not re.search(r"//|url\(|@import", page)


def test_text_cannot_break_out(page, nasty):
    assert nasty not in page
    assert "&lt;script&gt;alert(&#x27;1 &amp; 2&#x27;)&lt;/script&gt;" in page


def test_every_drawing_has_a_title(page):
    drawings = re.findall(r'<svg[^>]*role="img"[^>]*>(.{7})', page)
    assert drawings
    assert set(drawings) == {"<title>"}


def test_no_coordinate_is_undefined(page):
    assert not re.search(r"\bnan\b|\binf\b", page)


def test_the_page_is_small_and_whole(report, tmp_path):
    write(report, tmp_path / "report.html")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").stat().st_size < 500_000


def test_what_is_not_there_takes_no_room(scorecard):
    page = render(Report(title="bare", scorecard=scorecard()))
    assert re.findall("<h2>(.*?)</h2>", page) == ["Verdict", "Scores", "By kind"]


def test_a_report_of_arrays_needs_no_run(sheet, portrait):
    page = render(Report(title="arrays", sheet=sheet({"mmd": 0.2}), portrait=portrait))
    titles = re.findall("<h2>(.*?)</h2>", page)
    assert titles[:3] == ["Verdict", "Scores of the signals as a whole", "Side by side"]
    assert not {"Scores", "Records", "Losses"} & set(titles)


def test_the_cost_says_what_was_counted(page):
    assert "2.5 MFLOP" in page
    assert "matrix products, convolutions and attention" in page


def test_an_overlay_has_one_length(scorecard):
    time = np.arange(5.0)
    overlay = Overlay(title="best", time=time, truth=time, made=time[:4])
    with pytest.raises(ValueError, match=r"made of overlay 'best' must have 5 steps, got 4"):
        render(Report(title="", scorecard=scorecard(), overlays=(overlay,)))


def test_an_interval_has_two_ends(scorecard):
    time = np.arange(5.0)
    overlay = Overlay(title="best", time=time, truth=time, made=time, low=time)
    with pytest.raises(ValueError, match="both ends of its interval, got one"):
        render(Report(title="", scorecard=scorecard(), overlays=(overlay,)))


def test_a_figure_has_lines():
    with pytest.raises(ValueError, match="must have 1 to 8 lines, got 0"):
        Figure(title="", x="", y="", lines=())


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine to look with")
@pytest.mark.parametrize("width", [390, 1280])
def test_chromium_shows_it_without_anything_sticking_out(page, width, tmp_path):
    """In a frame, since a window of Chromium cannot be as narrow as a telephone."""
    measure = """const inside = document.querySelector("iframe").contentDocument;
    const root = inside.documentElement;
    const drawn = [...inside.querySelectorAll("svg[role=img]")].map(
      svg => svg.getBoundingClientRect().right);
    document.body.id = [root.scrollWidth, Math.ceil(Math.max(...drawn)),
      inside.querySelectorAll("svg").length].join("/");"""
    frame = f'<iframe srcdoc="{escape(page)}" style="border:0;width:{width}px"></iframe>'
    path = tmp_path / "frame.html"
    script = f"<script>onload=()=>{{{measure}}}</script>"
    path.write_text(f"<!DOCTYPE html><html><body>{frame}{script}</body></html>")
    profile = f"--user-data-dir={tmp_path / 'user'}"
    command = [CHROMIUM, *FLAGS, profile, "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    needed, drawn, count = map(int, re.search(r'<body id="([\d/]+)"', done.stdout)[1].split("/"))
    assert needed <= width
    assert drawn <= width
    assert count == page.count("<svg")
