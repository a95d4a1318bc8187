"""What settings of the recipe are called in a sequence training's YAML."""

TERMS = {  # of settings that data can turn out not to fit
    "data.source": "data_dir",
    "data.columns": "columns",
    "data.split": "train, validation",
    "phases.0.probes": "score_lags",
    "data.transforms.2": "data_dir",
    "data.transforms": "normalize",
    "parts.base.width": "hidden_size",
    "parts.base.layers": "num_layers",
    "parts.base.dropout": "dropout",
    "updates.0.objective.autocorr": "max_lag",
    "updates.0.learning_rate": "start_lr",
    "logging.folder": "output_dir",
}
SETTINGS = {  # that take the same values in both
    "phases.0.epochs": "epochs",
    "phases.0.batch_size": "batch_size",
    "parts.base.width": "hidden_size",
    "parts.base.layers": "num_layers",
    "parts.base.dropout": "dropout",
}
