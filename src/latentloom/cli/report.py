"""`latentloom report`: writes the HTML page of a run."""

from .console import out
from .options import Device, RunPath, Verbose


def report(run: RunPath, device: Device = "auto", verbose: Verbose = False) -> None:
    """Score a run, and write report.html: one file, readable without a network."""
    del verbose
    from ..recipes.assess import assess
    from ..recipes.reporting import report_of
    from ..recipes.run import Run
    from ..report import write
    from .scores import table

    opened = Run.open(run, device=device)
    assessment = assess(opened)
    assessment.scorecard.write(opened.folder.scores)
    write(report_of(opened, assessment), opened.folder.report)
    out.print(table(assessment.scorecard))
    out.print(f"wrote {opened.folder.report}")
