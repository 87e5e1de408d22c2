"""How many tokens must be put in, left out or changed to turn one sequence into another."""

from collections.abc import Hashable, Sequence


def trimmed(
    one: Sequence[Hashable], other: Sequence[Hashable]
) -> tuple[Sequence[Hashable], Sequence[Hashable]]:
    """Leave out what both begin with and end on, which no edit need touch."""
    shorter = min(len(one), len(other))
    start = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    left = shorter - start
    end = next((at for at in range(left) if one[-1 - at] != other[-1 - at]), left)
    return one[start : len(one) - end], other[start : len(other) - end]


def edits(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return Levenshtein's distance: a column of its table at a time, as the bits of one number.

    Myers (1999), doi:10.1145/316542.316550, as Hyyrö (2003) has it for whole sequences. It costs
    one step for each token of the longer sequence, each over as many bits as the shorter has.
    """
    long, short = sorted(trimmed(one, other), key=len, reverse=True)
    if not short:
        return len(long)
    where: dict[Hashable, int] = {}
    for at, token in enumerate(short):
        where[token] = where.get(token, 0) | 1 << at
    whole = (1 << len(short)) - 1
    last = 1 << (len(short) - 1)
    # Where a column rises and where it falls, from one row to the next.
    rises, falls, distance = whole, 0, len(short)
    for token in long:
        same = where.get(token, 0)
        diagonal = (((same & rises) + rises) ^ rises) | same | falls
        up = falls | whole & ~(diagonal | rises)
        down = diagonal & rises
        if up & last:
            distance += 1
        elif down & last:
            distance -= 1
        up = up << 1 | 1
        rises = (down << 1 | ~(diagonal | up)) & whole
        falls = diagonal & up & whole
    return distance
