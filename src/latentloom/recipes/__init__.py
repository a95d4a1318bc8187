"""Recipes: one YAML file, checked by the constructors it calls, and the runs it leaves behind."""
