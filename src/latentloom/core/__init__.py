"""The words of the house: batches, latents, roles, systems, errors."""
