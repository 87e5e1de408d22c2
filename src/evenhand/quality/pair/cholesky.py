"""Equations with a positive definite matrix, solved in one thread.

For a few hundred unknowns the libraries behind numpy wake a thread for each core and wait for
it, which costs more than the arithmetic; and here the result does not depend on their number.
"""

import numpy as np

from evenhand.quality.codes import Floats
from evenhand.quality.compiled import compiled

# Past this, blocking for the cache wins.
SIZE_MAX = 500


def solved(matrix: Floats, right: Floats) -> Floats:
    """Solve matrix @ x = right."""
    if len(matrix) <= SIZE_MAX:
        return _solved(matrix, right, np.zeros(0, dtype=np.float64))
    return np.linalg.solve(matrix, right).astype(np.float64, copy=False)


def inverse_diagonal(matrix: Floats) -> Floats:
    """Return the diagonal of the inverse."""
    if len(matrix) > SIZE_MAX:
        return np.diagonal(np.linalg.inv(matrix)).astype(np.float64)
    size = len(matrix)
    diagonal = np.zeros(size, dtype=np.float64)
    _solved(matrix, np.zeros(size, dtype=np.float64), diagonal)
    return diagonal


@compiled
def _solved(matrix: Floats, right: Floats, diagonal: Floats) -> Floats:
    """Solve by Cholesky's factors, and fill in the inverse's diagonal if it has a length."""
    size = right.size
    factor = matrix.copy()
    for row in range(size):
        for column in range(row + 1):
            rest = factor[row, column]
            for place in range(column):
                rest -= factor[row, place] * factor[column, place]
            if row == column:
                factor[row, row] = np.sqrt(rest)
            else:
                factor[row, column] = rest / factor[column, column]
    found = right.copy()
    for row in range(size):
        for place in range(row):
            found[row] -= factor[row, place] * found[place]
        found[row] /= factor[row, row]
    for row in range(size - 1, -1, -1):
        found[row] /= factor[row, row]
        for place in range(row):
            found[place] -= factor[row, place] * found[row]
    # The inverse's diagonal is the squared length of the columns of the inverse factor.
    column_of_inverse = np.zeros(size)
    for first in range(diagonal.size):
        column_of_inverse[first] = 1.0 / factor[first, first]
        total = column_of_inverse[first] ** 2
        for row in range(first + 1, size):
            rest = 0.0
            for place in range(first, row):
                rest -= factor[row, place] * column_of_inverse[place]
            column_of_inverse[row] = rest / factor[row, row]
            total += column_of_inverse[row] ** 2
        diagonal[first] = total
    return found
