"""Codebooks: how features become whole numbers, and whether all numbers are used."""
