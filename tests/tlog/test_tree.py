"""The tree is that of RFC 6962, grown leaf by leaf.

The oracle is the definition of RFC 6962, section 2.1, written down as it stands: recursive
and over the whole list, where the product keeps only a frontier.
"""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from evenhand.tlog import tree


def _by_definition(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = _by_definition(leaves[:split]), _by_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(st.lists(st.binary(max_size=40), max_size=140))
def test_the_root_is_the_one_that_the_rfc_defines(leaves: list[bytes]) -> None:
    frontier = tree.extend([], 0, map(tree.leaf_hash, leaves))
    assert tree.root_of(frontier) == _by_definition(leaves)


@given(st.lists(st.binary(max_size=8), max_size=100), st.data())
def test_growing_in_steps_gives_the_same_tree_as_growing_at_once(
    leaves: list[bytes], data: st.DataObject
) -> None:
    hashes = [tree.leaf_hash(leaf) for leaf in leaves]
    frontier: list[bytes] = []
    size = 0
    while size < len(hashes):
        step = data.draw(st.integers(1, len(hashes) - size))
        frontier = tree.extend(frontier, size, hashes[size : size + step])
        size += step
    assert frontier == tree.extend([], 0, hashes)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=60), st.data())
def test_any_changed_leaf_changes_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    changed = list(leaves)
    changed[data.draw(st.integers(0, len(leaves) - 1))] += b"!"
    roots = [
        tree.root_of(tree.extend([], 0, map(tree.leaf_hash, given_leaves)))
        for given_leaves in (leaves, changed)
    ]
    assert roots[0] != roots[1]


def test_the_known_roots_of_the_rfc_test_vectors() -> None:
    # The eight inputs and roots that certificate transparency implementations share.
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
              "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    leaves = [tree.leaf_hash(bytes.fromhex(given)) for given in inputs]
    assert {n: tree.root_of(tree.extend([], 0, leaves[:n])).hex() for n in roots} == roots
