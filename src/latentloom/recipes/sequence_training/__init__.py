"""The YAML of sequence training in phases, told in the terms of the one schema."""
