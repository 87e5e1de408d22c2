"""A report on the quality of a project's labels: as data, as JSON and as a page with pictures."""

import lazy_loader

# What is not asked for is not loaded; the names stand in the stub beside this file.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
