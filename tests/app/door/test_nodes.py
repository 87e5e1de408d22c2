"""Values of a JSON text, counted as it comes in."""

import json

from hypothesis import given
from hypothesis import strategies as st

from evenhand.app.door.nodes import NodeCounter

TEXTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='a",[{\\:é\n'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='b",[{\\'), inner),
)


def _nodes(value: object) -> int:
    members = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(members, list):
        return 0
    return 1 + max(len(members) - 1, 0) + sum(map(_nodes, members))


@given(TEXTS, st.lists(st.integers(0, 200), max_size=6), st.booleans())
def test_it_counts_what_a_reader_would_make_wherever_the_text_is_cut(value, cuts, escaped):
    text = json.dumps(value, ensure_ascii=escaped).encode()
    counter, at = NodeCounter(), 0
    for cut in [*sorted(cuts), len(text)]:
        counter.take(text[at:cut])
        at = max(at, min(cut, len(text)))
    assert counter.nodes == _nodes(value)
