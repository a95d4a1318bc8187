"""Learns latent representations of signals and generates new signals from them."""
