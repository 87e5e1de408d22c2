"""Rows of marks as a table, and what was found as tuples again."""

import pyarrow as pa

from evenhand.quality.aggregation import Aggregation

Marks = list[tuple[object, ...]]


def mark_rows(rows: list[tuple[object, object, Marks]], form: pa.ListType) -> pa.Table:
    """Lay rows of task, annotator and marks out as a table, marks in this form."""
    fields = [form.value_type.field(place).name for place in range(form.value_type.num_fields)]
    marks = [[dict(zip(fields, mark, strict=True)) for mark in row[2]] for row in rows]
    return pa.table(
        {
            "task": [row[0] for row in rows],
            "annotator": [row[1] for row in rows],
            "label": pa.array(marks, form),
        }
    )


def marks_of(result: Aggregation) -> dict[object, Marks]:
    """Return the marks found by task, lists in them as tuples."""
    return {
        row["task"]: [
            tuple(tuple(part) if isinstance(part, list) else part for part in mark.values())
            for mark in row["label"]
        ]
        for row in result.table.to_pylist()
    }
