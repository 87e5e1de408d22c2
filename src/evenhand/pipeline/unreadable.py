"""An answer that its task type cannot read, though it was proven when it came in."""

import msgspec

# What reading raises where the task, or the answer, is not as it was taken: a fault of ours or of
# the disk. Whoever reads many answers sets that one aside, says so in the log, and goes on.
UNREADABLE = (AttributeError, LookupError, TypeError, ValueError, msgspec.MsgspecError)
