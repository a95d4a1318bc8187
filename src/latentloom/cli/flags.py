"""The flags of `train` that are keys of recipes, told by a table."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import typer

PANEL = "Sequence training (recipes with the key strategy)"

V = TypeVar("V", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Flag:
    """An option whose name is a key of a recipe.

    Args:
        key: The key; the option is spelled with dashes.
        type: What is read; an option of truth has a `--no-` twin.
        help: What it sets.
        metavar: What stands for its value in the help.
    """

    key: str
    type: type
    help: str
    metavar: str | None = None

    @property
    def parameter(self) -> inspect.Parameter:
        """The option as a parameter of a verb, None where it is not given."""
        name = self.key.replace("_", "-")
        spelled = f"--{name}/--no-{name}" if self.type is bool else f"--{name}"
        option = typer.Option(
            spelled,
            help=self.help,
            metavar=self.metavar,
            rich_help_panel=PANEL,
            show_default=False,
        )
        hint = Annotated[self.type | None, option]
        kind = inspect.Parameter.KEYWORD_ONLY
        return inspect.Parameter(self.key, kind, default=None, annotation=hint)


FLAGS = (
    Flag("data_dir", str, "Folder of series.", "DATA"),
    Flag("hidden_size", int, "Features of a layer's memory.", "N"),
    Flag("num_layers", int, "Layers of encoder and decoder.", "N"),
    Flag("dropout", float, "Share of features dropped between layers.", "SHARE"),
    Flag("start_lr", float, "Learning rate at the start of every phase.", "RATE"),
    Flag("min_lr", float, "Learning rate at the end of every phase.", "RATE"),
    Flag("teacher_forcing", bool, "Whether steps are told true ones at all."),
    Flag("teacher_forcing_start", float, "Chance of it at the start of every phase.", "SHARE"),
    Flag("teacher_forcing_end", float, "Chance of it at the end of every phase.", "SHARE"),
    Flag("max_lag", int, "Lags of the autocorrelation loss.", "STEPS"),
    Flag("alpha", float, "Weight of the absolute error in the combined loss.", "SHARE"),
    Flag("noise_level", float, "Noise on the first row.", "LEVEL"),
    Flag("weight_decay", float, "Weight decay.", "RATE"),
    Flag("clip_grad_norm", float, "Longest gradient allowed.", "NORM"),
    Flag("mixed_precision", bool, "Whether bfloat16 is used where the hardware has it."),
    Flag("num_workers", int, "Threads that compute on a CPU; 0 for all.", "N"),
)


def with_flags(verb: V) -> V:
    """The verb with all of them as options, which it gets as keyword arguments."""
    signature = inspect.signature(verb)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    parameters = [*own, *(flag.parameter for flag in FLAGS)]
    vars(verb)["__signature__"] = signature.replace(parameters=parameters)
    return verb


def spelled(option: str) -> str:
    """An option's name with dashes, however it was typed.

    Example:
        >>> spelled("start_lr")
        'start-lr'
    """
    return option.replace("_", "-")
