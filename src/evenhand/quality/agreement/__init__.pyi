from .answers import BadMeasure
from .coefficients import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    percent_agreement,
)
from .measure import agreement, agreement_by_class
from .result import Agreement

__all__ = [
    "Agreement",
    "BadMeasure",
    "agreement",
    "agreement_by_class",
    "cohen_kappa",
    "fleiss_kappa",
    "krippendorff_alpha",
    "percent_agreement",
]
