"""What fields on a periodic square look like in a few numbers."""

from .autocorrelation import autocorrelation, profiles, radial_profile
from .basis import Basis, basis_file, read_basis
from .fitting import fit_basis, principal

__all__ = [
    "Basis",
    "autocorrelation",
    "basis_file",
    "fit_basis",
    "principal",
    "profiles",
    "radial_profile",
    "read_basis",
]
