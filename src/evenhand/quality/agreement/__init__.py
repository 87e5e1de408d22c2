"""How well annotators agree, and when that question has no answer."""

from evenhand.quality.agreement.answers import BadMeasure
from evenhand.quality.agreement.coefficients import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    percent_agreement,
)
from evenhand.quality.agreement.measure import agreement, agreement_by_class
from evenhand.quality.agreement.outcome import Agreement

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
