"""The tree is that of RFC 6962, grown leaf by leaf, and its proofs convince and bind.

The oracle is the definition of RFC 6962, section 2.1, written down as it stands: recursive
and over the whole list, where the product keeps only a frontier.
"""

import hashlib
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tlog_scales.tlog import ConsistencyProof, InclusionProof

from evenhand.tlog import tree
from evenhand.tlog.errors import Unproven

SIZE_MAX = 600
LEAVES = [tree.leaf_hash(b"%d" % number) for number in range(SIZE_MAX)]
SUBTREES = tree.subtrees_of(LEAVES)
FRONTIERS = [tree.frontier_at(size, SUBTREES) for size in range(SIZE_MAX + 1)]
ROOTS = [tree.root_of(frontier) for frontier in FRONTIERS]
SIZES = st.integers(1, SIZE_MAX)


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


def test_subtrees_hold_the_frontier_of_every_size():
    for size, (before, after) in enumerate(pairwise(FRONTIERS)):
        assert after == tree.extend(before, size, [LEAVES[size]])


def test_every_leaf_of_every_size_is_proven():
    for size in range(1, SIZE_MAX + 1):
        for index in range(size):
            path = tree.inclusion_path(index, size, SUBTREES)
            tree.verify_inclusion(LEAVES[index], index, size, root=ROOTS[size], path=path)


def test_every_size_is_proven_to_continue_every_smaller_one():
    for new in range(SIZE_MAX + 1):
        for old in range(new + 1):
            path = tree.consistency_path(old, new, SUBTREES)
            tree.verify_consistency(old, new, old_root=ROOTS[old], new_root=ROOTS[new], path=path)


@settings(deadline=None)
@given(SIZES, st.data())
def test_another_implementation_accepts_the_proofs(size: int, data: st.DataObject):
    index = data.draw(st.integers(0, size - 1))
    path = tree.inclusion_path(index, size, SUBTREES)
    InclusionProof(index, size, path).check(LEAVES[index], ROOTS[size])
    old = data.draw(st.integers(0, size))
    path = tree.consistency_path(old, size, SUBTREES)
    ConsistencyProof(old, size, path).check(ROOTS[old], ROOTS[size])


def _flipped(hashes: list[bytes]) -> Iterator[list[bytes]]:
    """The same hashes with one bit turned, for every bit there is."""
    for number, one in enumerate(hashes):
        for bit in range(8 * len(one)):
            turned = (int.from_bytes(one) ^ 1 << bit).to_bytes(len(one))
            yield [*hashes[:number], turned, *hashes[number + 1 :]]


@settings(max_examples=20, deadline=None)  # each flips some 5,000 bits
@given(SIZES, st.data())
def test_an_inclusion_proof_with_any_bit_flipped_fails(size: int, data: st.DataObject):
    index = data.draw(st.integers(0, size - 1))
    path = tree.inclusion_path(index, size, SUBTREES)
    for leaf, root, *others in _flipped([LEAVES[index], ROOTS[size], *path]):
        with pytest.raises(Unproven):
            tree.verify_inclusion(leaf, index, size, root=root, path=others)


@settings(max_examples=20, deadline=None)  # each flips some 5,000 bits
@given(SIZES, st.data())
def test_a_consistency_proof_with_any_bit_flipped_fails(size: int, data: st.DataObject):
    old = data.draw(st.integers(1, size))
    path = tree.consistency_path(old, size, SUBTREES)
    for old_root, new_root, *others in _flipped([ROOTS[old], ROOTS[size], *path]):
        with pytest.raises(Unproven):
            tree.verify_consistency(old, size, old_root=old_root, new_root=new_root, path=others)


@settings(deadline=None)
@given(SIZES, st.data())
def test_a_proof_that_lacks_a_hash_or_has_one_more_fails(size: int, data: st.DataObject):
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(0, size))
    included = tree.inclusion_path(index, size, SUBTREES)
    consistent = tree.consistency_path(old, size, SUBTREES)
    extra = data.draw(st.sampled_from(LEAVES))
    for path in [*_one_less(included), [*included, extra], [extra, *included]]:
        with pytest.raises(Unproven):
            tree.verify_inclusion(LEAVES[index], index, size, root=ROOTS[size], path=path)
    for path in [*_one_less(consistent), [*consistent, extra], [extra, *consistent]]:
        with pytest.raises(Unproven):
            tree.verify_consistency(old, size, old_root=ROOTS[old], new_root=ROOTS[size], path=path)


def _one_less(path: list[bytes]) -> list[list[bytes]]:
    return [path[:number] + path[number + 1 :] for number in range(len(path))]


@settings(deadline=None)
@given(SIZES, st.data())
def test_a_leaf_is_proven_at_its_own_index_only(size: int, data: st.DataObject):
    index = data.draw(st.integers(0, size - 1))
    path = tree.inclusion_path(index, size, SUBTREES)
    for other in range(-1, size + 1):
        if other != index:
            with pytest.raises(Unproven):
                tree.verify_inclusion(LEAVES[index], other, size, root=ROOTS[size], path=path)


def test_a_node_is_not_taken_for_a_leaf():
    # What lies above the first two leaves of four, offered as the first leaf of two.
    with pytest.raises(Unproven):
        tree.verify_inclusion(
            tree.leaf_hash(LEAVES[0] + LEAVES[1]),
            0,
            2,
            root=ROOTS[4],
            path=[SUBTREES(1, 1)],
        )


@pytest.mark.parametrize(("old", "new"), [(0, 5), (5, 5), (7, 5)])
def test_sizes_between_which_nothing_is_proven_have_rules_of_their_own(old: int, new: int):
    other = tree.leaf_hash(b"other")
    with pytest.raises(Unproven):
        tree.verify_consistency(old, new, old_root=other, new_root=ROOTS[new], path=[])
