"""How good generated signals are: scores in SI units, baselines, floors, intervals."""
