"""What the settings that data can turn out not to fit are called in a Gaussian VAE's YAML."""

TERMS = {
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
