"""DoppelGANger, as gretel-synthetics trains it.

    python benchmarks/peers/dgan.py windows/stocks.npz made/dgan_stocks.npz --seconds 200

References:
    Using GANs for Sharing Networked Time Series Data (Lin et al., 2020), https://arxiv.org/abs/1909.13403
"""

import logging
import warnings

import exchange
import numpy as np
import torch
from gretel_synthetics.timeseries_dgan.config import DGANConfig
from gretel_synthetics.timeseries_dgan.dgan import DGAN

SETTINGS = {"sample_len": 4, "batch_size": 100}


def make(task: exchange.Task) -> exchange.Made:
    """Trains by `DGAN.train_numpy`, which is told when to stop through its progress."""
    torch.manual_seed(task.seed)
    np.random.seed(task.seed)
    steps = task.windows.shape[1]
    model = DGAN(DGANConfig(max_sequence_len=steps, epochs=10**6, cuda=False, **SETTINGS))
    with warnings.catch_warnings(), exchange.budget(task.seconds) as clock:
        warnings.simplefilter("ignore")
        model.train_numpy(task.windows, progress_callback=lambda _: clock.tick())
    _, series = model.generate_numpy(task.count)
    networks = (model.generator, model.feature_discriminator, model.attribute_discriminator)
    parameters = sum(
        value.numel() for network in networks if network for value in network.parameters()
    )
    return exchange.Made(series, clock, parameters, SETTINGS)


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.getLogger("gretel_synthetics").setLevel(logging.WARNING)
    exchange.run("DGAN", "gretel-synthetics", make)
