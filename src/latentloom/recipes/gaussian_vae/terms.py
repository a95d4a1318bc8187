"""What settings of the recipe are called in a Gaussian VAE's YAML."""

TERMS = {  # of settings that data can turn out not to fit
    "data.source": "data.dataset_path",
    "data.split": "data.dataset_path",
    "data.transforms.0.form": "data.form",
    "data.transforms.0": "data.form",
    "data.transforms.1": "data.slot_order",
    "data.transforms": "data",
    "phases.0.probes": "data.dataset_path",
    "phases.0.batch_size": "training.batch_size",
    "parts.representation.encoder.widths": "model.encoder_filters",
    "parts.representation.decoder.widths": "model.decoder_filters",
    "parts.representation.bottleneck.dim": "model.latent_dim",
}
SETTINGS = {  # that take the same values in both
    "phases.0.epochs": "training.epochs",
    "phases.0.batch_size": "training.batch_size",
    "phases.0.select": "callbacks.monitor",
    "phases.0.patience": "callbacks.early_stopping_patience",
    "phases.0.updates.0.learning_rate": "training.learning_rate",
    "phases.0.updates.0.objective.kl.weight": "training.max_beta",
    "parts.representation.bottleneck.dim": "model.latent_dim",
    "data.transforms.0.form": "data.form",
}
