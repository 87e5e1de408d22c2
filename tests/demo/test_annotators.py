"""The demo's annotators: of differing skill, none nearly perfect, none of them cheating."""

import os
import subprocess
import threading
import time

import pytest

from evenhand.demo.annotators import Replayer
from evenhand.demo.participants import ASKED, LEARNT_FROM, Cast, gather
from evenhand.demo.threads import one_thread_of_blas
from evenhand.demo.words import load

TRAIN_SECONDS_MAX = 100  # a few on an idle core; the machine may be busy


@pytest.fixture(scope="module")
def cast() -> Cast:
    return gather()


def right_on_pictures(cast: Cast) -> list[float]:
    asked = cast.tenants[0].project.questions
    return [
        sum(one.pictures.answer(q.picture.content) == q.truth for q in asked if q.picture)
        / len(asked)
        for one in cast.annotators
    ]


def right_on_words(cast: Cast) -> list[float]:
    asked = cast.tenants[1].project.questions
    return [
        sum(one.words.answer(str(q.params["attachment"])) == q.truth for q in asked) / len(asked)
        for one in cast.annotators
    ]


def test_every_annotator_is_better_than_chance_and_none_is_nearly_perfect(cast: Cast):
    assert all(0.5 < share < 0.97 for share in right_on_pictures(cast))
    assert all(0.5 < share < 0.97 for share in right_on_words(cast))


def test_annotators_differ_in_skill(cast: Cast):
    pictures, words = right_on_pictures(cast), right_on_words(cast)
    assert max(pictures) - min(pictures) > 0.1
    assert max(words) - min(words) > 0.1


def test_recorded_people_say_what_they_said(cast: Cast):
    recorded = [one.words for one in cast.annotators if isinstance(one.words, Replayer)]
    assert len(recorded) == 5
    for word in load()[:ASKED]:
        assert tuple(one.answer(word.text) for one in recorded) == word.replayed


def test_no_word_that_is_asked_about_was_learnt(cast: Cast):
    asked = {str(q.params["attachment"]) for q in cast.tenants[1].project.questions}
    assert not asked & {word.text for word in load()[LEARNT_FROM:]}


def test_nothing_is_asked_by_hand_that_was_asked_before(cast: Cast):
    for role in cast.tenants:
        before = {question.unique_id for question in role.project.questions}
        by_hand = [question.unique_id for one in role.by_hand for question in one.questions]
        assert not before & set(by_hand)
        assert len(by_hand) == len(set(by_hand)) >= 24


def test_at_least_five_hundred_tasks_and_two_thousand_annotations_are_asked_for(cast: Cast):
    projects = [role.project for role in cast.tenants]
    assert sum(len(one.questions) for one in projects) >= 500
    wanted = [len(one.questions) * int(str(one.policy["annotations"])) for one in projects]
    assert sum(wanted) >= 2_000


def test_training_goes_on_while_the_process_starts_others():
    trained = threading.Event()

    def train() -> None:
        gather()
        trained.set()

    with one_thread_of_blas():
        threading.Thread(target=train, daemon=True).start()
        deadline = time.monotonic() + TRAIN_SECONDS_MAX
        while not trained.is_set() and time.monotonic() < deadline:
            # With a user named the process really forks, as it does to start PostgreSQL.
            subprocess.run(["true"], user=os.geteuid(), check=True)
            time.sleep(0.02)
    assert trained.is_set()
