"""The YAML of VAEs over sets of Gaussians, told in the terms of the one schema."""
