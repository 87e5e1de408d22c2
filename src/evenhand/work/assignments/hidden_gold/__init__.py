"""Gold tasks and lessons lent in the place of live work, so that nobody can tell which is which."""

from evenhand.work.assignments.hidden_gold.lending import (
    count_lent,
    hidden_instead,
    lend_hidden,
    let_go,
)

__all__ = ["count_lent", "hidden_instead", "lend_hidden", "let_go"]
