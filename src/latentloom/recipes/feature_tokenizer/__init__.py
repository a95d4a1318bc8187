"""The YAML of feature tokenizers, told in the terms of the one schema."""
