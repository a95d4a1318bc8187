"""What settings of the recipe are called in a feature tokenizer's YAML."""

GROUPING = "data.transforms.1.grouping"
REPRESENTATION = "parts.representation"
TERMS = {  # of settings that data can turn out not to fit; bare names are of hints
    "data.most": "max_samples",
    "data.source": "dataset_path",
    "data.columns.families": "families",
    "logging.services.0": "logging.wandb",
    "phases.0.probes": "dataset_path",
    "data.transforms.0": "families",
    "data.transforms.1.families": "families",
    f"{GROUPING}.categories": "training.category_mapping",
    f"{GROUPING}.count": "training.num_categories_auto",
    f"{GROUPING}.isolated": "training.isolated_families",
    f"{GROUPING}.least_features": "training.min_features_per_category",
    f"{REPRESENTATION}.bottleneck.levels": "model.levels",
    f"{REPRESENTATION}.encoder.families": "families",
    "least_features": "min_features_per_category",
}
SETTINGS = {  # that take the same values in both
    "phases.0.epochs": "training.num_epochs",
    "phases.0.batch_size": "training.batch_size",
    "phases.0.validate_every": "training.val_every_n_epochs",
    "phases.0.updates.0.objective.reconstruction.weight": "training.reconstruction_weight",
    "phases.0.updates.0.objective.topography.weight": "training.topo_weight",
}
