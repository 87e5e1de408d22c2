"""Whatever a body may hold is honoured, or refused in words: nothing is taken and forgotten.

The first test walks over every member of every form that there is, so that a new one needs its line.
"""

from pathlib import Path

import msgspec

from evenhand.app.scale.batches import BatchForm, PriorityForm
from evenhand.app.scale.files import ImportForm
from evenhand.app.scale.policies import PolicyForm
from evenhand.app.scale.projects import ProjectForm
from evenhand.task_types import REGISTRY
from evenhand.work.intake.orders import Common

TESTS = Path(__file__).parents[2]
FORMS: list[type[msgspec.Struct]] = [
    Common,
    ProjectForm,
    BatchForm,
    PriorityForm,
    ImportForm,
    PolicyForm,
    *(kind.params for kind in REGISTRY.values()),
]

# What a member does, or that it is refused: the name of the test that shows it.
SHOWN = {
    "Attachment.content": "test_attachments_are_shown_as_they_were_sent",
    "Attachment.type": "test_attachments_are_shown_as_they_were_sent",
    "Attribute.allow_multiple": "test_attributes_of_a_mark_come_out_in_the_order_in_which_they_are_asked",
    "Attribute.choices": "test_attributes_that_do_not_answer_what_is_asked_are_refused",
    "Attribute.conditions": "test_a_condition_on_the_label_asks_of_those_marks_alone",
    "Attribute.description": "test_attributes_are_asked_of_the_chosen_shape",
    "Attribute.max": "test_attributes_that_do_not_answer_what_is_asked_are_refused",
    "Attribute.min": "test_attributes_that_do_not_answer_what_is_asked_are_refused",
    "Attribute.required": "test_attributes_that_do_not_answer_what_is_asked_are_refused",
    "Attribute.type": "test_attributes_that_do_not_answer_what_is_asked_are_refused",
    "BatchForm.calibration_batch": "test_a_member_of_a_batch_that_changes_nothing_is_refused",
    "BatchForm.callback": "test_a_batch_that_is_done_is_told_to_its_receiver",
    "BatchForm.metadata": "test_batches_and_files_keep_the_order_of_metadata",
    "BatchForm.name": "test_batches_and_files_keep_the_order_of_metadata",
    "BatchForm.project": "test_batches_and_files_keep_the_order_of_metadata",
    "BatchForm.self_label_batch": "test_a_member_of_a_batch_that_changes_nothing_is_refused",
}
