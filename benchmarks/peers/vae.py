"""The convolutional variational autoencoder of tsgm, in place of TimeVAE, which is no package.

    python benchmarks/peers/vae.py windows/stocks.npz made/vae_stocks.npz --seconds 200

References:
    TSGM: A Flexible Framework for Generative Modeling of Synthetic Time Series
    (Nikitin et al., 2024), https://arxiv.org/abs/2305.11567
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import exchange
import keras
import torch
import tsgm

SETTINGS = {"architecture": "vae_conv5", "latent_dim": 8, "batch_size": 32}


class Stopping(keras.callbacks.Callback):
    """Tells the clock of every update.

    Args:
        clock: Of the training.
    """

    def __init__(self, clock: exchange.Clock) -> None:
        super().__init__()
        self.clock = clock

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.clock.tick()


def make(task: exchange.Task) -> exchange.Made:
    """Trains `BetaVAE` by Adam with the defaults of Keras and decodes normal draws."""
    keras.utils.set_random_seed(task.seed)
    _, steps, channels = task.windows.shape
    networks = tsgm.models.zoo[SETTINGS["architecture"]](steps, channels, SETTINGS["latent_dim"])
    model = tsgm.models.cvae.BetaVAE(networks.encoder, networks.decoder)
    model.compile(optimizer=keras.optimizers.Adam())
    with exchange.budget(task.seconds) as clock:
        model.fit(
            task.windows,
            batch_size=SETTINGS["batch_size"],
            epochs=10**6,
            verbose=0,
            callbacks=[Stopping(clock)],
        )
    with torch.no_grad():
        series = keras.ops.convert_to_numpy(model.generate(task.count))
    parameters = networks.encoder.count_params() + networks.decoder.count_params()
    return exchange.Made(series, clock, parameters, SETTINGS)


if __name__ == "__main__":
    torch.set_num_threads(1)
    exchange.run("VAE", "tsgm", make)
