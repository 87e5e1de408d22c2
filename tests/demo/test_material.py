"""The demo's material is real, and whoever answers has not seen the truth."""

import io
from collections import Counter

import numpy as np
from PIL import Image

from evenhand.demo import digits, passages, photographs, words
from evenhand.demo.words import Word
from evenhand.task_types import task_type


def test_the_pixels_of_a_digit_survive_being_drawn_as_a_picture():
    pixels = digits.load().learnt_pixels[:50]
    assert all(np.array_equal(digits.read(digits.draw(one)), one) for one in pixels)


def test_a_digit_is_large_enough_for_a_person():
    picture = digits.load().asked[0].picture
    assert picture is not None
    assert min(Image.open(io.BytesIO(picture.content)).size) >= 100


def test_no_picture_that_is_asked_about_was_learnt():
    material = digits.load()
    learnt = {one.tobytes() for one in material.learnt_pixels}
    shown = [one.picture.content for one in material.asked if one.picture]
    assert len(shown) == len(material.asked) > 800
    assert not [png for png in shown if digits.read(png).tobytes() in learnt]


def test_the_truth_about_a_word_is_what_those_say_whom_nobody_repeats():
    word = Word(text="cheap", ratings=(-1, -2, 0, -1, 1, 2, 1, 3, -1, 0))
    assert word.replayed == ("negative", "negative", "neutral", "negative", "positive")
    assert word.truth == "positive"


def test_a_word_on_which_those_are_divided_has_no_truth():
    assert Word(text="odd", ratings=(1, 1, 1, 1, 1, 2, 1, -1, -2, 0)).truth is None


def test_thousands_of_words_have_a_truth_and_each_comes_once():
    found = words.load()
    assert len(found) > 6_000
    assert not [word for word, times in Counter(one.text for one in found).items() if times > 1]
    assert not [word for word in found if word.truth is None or len(word.ratings) != 10]


def test_of_two_words_the_warmer_one_is_the_more_positive():
    cold, warm = Word(text="awful", ratings=(-3,) * 10), Word(text="lovely", ratings=(3,) * 10)
    (question,) = words.pairs("pairs", [cold, warm], {}).questions
    assert question.truth == "the second"


def test_two_words_alike_are_no_question():
    alike = [Word(text=text, ratings=(2,) * 10) for text in ("good", "fine")]
    assert words.pairs("pairs", alike, {}).questions == []


def test_the_photographs_lie_in_the_packages_and_can_be_opened():
    pictures = [
        question.picture
        for project in (photographs.boxes("boxes", {}), photographs.pages("pages", {}))
        for question in project.questions
    ]
    sizes = [Image.open(io.BytesIO(one.content)).size for one in pictures if one]
    assert len(sizes) == len(pictures) >= 10
    assert min(map(min, sizes)) > 100


def test_passages_are_prose_with_names():
    found = passages.passages()
    assert len(found) == passages.PASSAGES_MAX
    assert any("W.H. Wolberg" in text for text in found)
    assert not [text for text in found if "::" in text or "====" in text or "\n" in text]


def test_everything_that_is_asked_fits_its_task_type():
    some = words.load()[:40]
    projects = [
        digits.project("digits", digits.load().asked[:20], {}),
        words.project("words", some, {}),
        words.pairs("pairs", some, {}),
        photographs.boxes("boxes", {}),
        photographs.pages("pages", {}),
        passages.project("passages", {}),
    ]
    for project in projects:
        kind = task_type(project.type)
        for question in project.questions:
            attached = {"attachment": "scaledata://file"} if question.picture else {}
            common = {key: value for key, value in project.params.items() if key != "instruction"}
            params = kind.parse_params({**common, **question.params, **attached})
            if question.truth is not None:
                answer = "choice" if project.type == "comparison" else "category"
                assert kind.check_response(params, {answer: question.truth})
