"""Arrow, which has no types of its own: here it is given the names that ours use."""

from typing import Any, TypeAlias

import pyarrow
import pyarrow.compute

pa: Any = pyarrow
pc: Any = pyarrow.compute

Table: TypeAlias = Any
Column: TypeAlias = Any
Names: TypeAlias = Any
