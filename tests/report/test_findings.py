"""The first lines of a report name the illnesses that were found."""

from latentloom.evaluation.diagnosis import Finding
from latentloom.report import Report
from latentloom.report.write import render

FINDING = Finding(
    illness="over_fitting",
    severity="bad",
    evidence="base: 0.4 error on held-out records against 0.1",
    cause="too few records",
    cure="phases.0.augment=[roll]",
)


def test_a_finding_is_the_first_verdict_with_its_cure():
    page = render(Report(title="ill", findings=(FINDING,)))
    first = page[page.index("<li") : page.index("</li>")]
    assert "Over fitting. base: 0.4 error" in first
    assert "Cure: phases.0.augment=[roll]" in first


def test_an_uncertain_finding_is_not_bad_news():
    unsure = Finding(
        **{name: getattr(FINDING, name) for name in FINDING.__slots__} | {"severity": "unsure"}
    )
    assert 'class="unsure"' in render(Report(title="ill", findings=(unsure,)))
