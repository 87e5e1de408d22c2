"""Label quality: pure statistics that can be used alone.

From several annotators' answers to one answer, with how sure it is; from a project's
votes to each annotator's skill; and from both to a verdict on a task.
"""

import lazy_loader

# What is not asked for is not loaded; the names stand in the stub beside this file.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
