"""A recipe that trains in a moment, and settings of which one combination is the best."""

RATE = "phases.0.updates.0.learning_rate"
WEIGHT = "phases.0.updates.0.objective.error.weight"
KEYS = {RATE: [1e-6, 1e-2], WEIGHT: [0.0, 1.0]}
BEST = {RATE: 1e-2, WEIGHT: 1.0}

_CODER = {"kind": "conv", "widths": [4], "strides": [2]}
WAVES = {
    "data": {"simulate": {"kind": "sines", "records": 40, "steps": 8, "channels": 1}},
    "parts": {
        "representation": {
            "encoder": _CODER,
            "bottleneck": {"kind": "free", "dim": 2},
            "decoder": _CODER,
        }
    },
    "phases": [
        {
            "name": "waves",
            "epochs": 2,
            "batch_size": 8,
            "updates": [
                {
                    "trains": ["representation"],
                    "forward_pass": "reconstruct",
                    "objective": {"error": {"criterion": "squared"}},
                }
            ],
            "probes": {
                "error": {"forward_pass": "reconstruct", "criterion": "squared"},
                "distance": {"forward_pass": "reconstruct", "criterion": "absolute"},
            },
            "select": "error",
        }
    ],
    "logging": {"progress": "off"},
}
