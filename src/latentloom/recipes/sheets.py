"""The scores that protocols left in the folder of a run."""

from ..evaluation.sheet import Sheet
from ..training.run_folder import RunFolder

PREFERRED = "strict"


def sheets_of(folder: RunFolder) -> dict[str, Sheet]:
    """The sheets of a run, by the name of the protocol, the preferred one first.

    Raises:
        RunError: If one cannot be read.
    """
    paths = sorted(folder.path.glob(folder.sheet("*").name))
    sheets = [Sheet.read(path) for path in paths]
    sheets.sort(key=lambda sheet: (sheet.protocol != PREFERRED, sheet.protocol))
    return {sheet.protocol: sheet for sheet in sheets}


def sheet_of(folder: RunFolder) -> Sheet | None:
    """The sheet that a report shows; None if no protocol has scored the run.

    Raises:
        RunError: If one cannot be read.
    """
    return next(iter(sheets_of(folder).values()), None)
