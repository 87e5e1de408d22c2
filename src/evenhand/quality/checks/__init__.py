"""Suspicions: labels, annotators and pairs of annotators that a person should look at."""

import lazy_loader

# What is not asked for is not loaded; the names stand in the stub beside this file.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
