"""How well annotators agree, and when that question has no answer."""

from evenhand.quality.agreement.coefficients import krippendorff_alpha, percent_agreement

__all__ = ["krippendorff_alpha", "percent_agreement"]
