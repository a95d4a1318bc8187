"""Runs that are kept when finished and go on when stopped, each in a process of its own."""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

Found = dict[str, Any]
Jobs = dict[str, Callable[[], None]]


def trained(folder: Path, tree: Mapping[str, Any], model: Path | None = None) -> Any:
    """The run of a recipe, trained as far as it is not yet, from a model if there is one."""
    from latentloom.recipes.conduct import Conduct, resume, train
    from latentloom.recipes.plan import Plan
    from latentloom.recipes.run import Run

    if (folder / "best_model.pt").is_file():
        return Run.open(folder, device="cpu")
    conduct = Conduct(device="cpu", existing_model=model)
    if (folder / "config.yaml").is_file():
        return resume(folder, conduct)
    began = time.process_time()
    run = train(Plan.of(tree), folder, conduct)
    written(folder / "seconds.json", {"seconds": round(time.process_time() - began, 1)})
    return run


def written(path: Path, found: Any) -> None:
    """Writes a JSON file, whole or not at all."""
    from latentloom.training.run_folder import write_json

    write_json(path, found)


def options(
    doc: str | None, *, data: str, pieces: Sequence[str], out: Path
) -> argparse.ArgumentParser:
    """The options of a command that measures in pieces.

    Args:
        doc: What the command does.
        data: What stands in the folder of the data.
        pieces: What can be asked for by itself.
        out: Where results are kept.
    """
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("data", type=Path, help=data)
    parser.add_argument("--only", nargs="*", choices=pieces, default=list(pieces))
    parser.add_argument("-o", "--output", type=Path, default=out)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--job", help="do this alone")
    parser.add_argument("--write", action="store_true", help="only write the page")
    return parser


def do_alone(name: str, stages: Iterable[Jobs]) -> None:
    """Does one of the jobs here, on one thread."""
    import torch

    torch.set_num_threads(1)
    {name: job for stage in stages for name, job in stage.items()}[name]()


def do_all(
    asked: argparse.Namespace, stages: Iterable[Iterable[str]], more: Sequence[str] = ()
) -> None:
    """Does the jobs of each stage in processes of their own, so many at once.

    Says how each ended.

    Args:
        asked: What the command was asked for.
        stages: The names of the jobs; a stage begins when the one before is done.
        more: Further arguments of the processes.
    """

    def start(name: str) -> None:
        began = time.perf_counter()
        place = [str(asked.data), "-o", str(asked.output)]
        command = [sys.executable, sys.argv[0], *place, "--job", name, *more]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        last = (done.stderr.strip().splitlines() or [""])[-1]
        said = "done" if done.returncode == 0 else f"failed: {last}"
        print(f"{name}: {said}, {time.perf_counter() - began:.0f} s", flush=True)

    for stage in stages:
        with ThreadPoolExecutor(asked.jobs) as pool:
            list(pool.map(start, stage))
