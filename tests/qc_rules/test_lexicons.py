"""Named word lists: read strictly, and put in the place of their names."""

import pickle

import pytest

from qc_rules.lexicons import GradedWord, Lexicon, by_name, expand, read_lexicons

FILE = """
lexicons:
- name: complaints
  description: what upset customers say
  words: [投诉, 举报, 12378]
- name: forbidden
  words:
    critical: [去死]
    minor: [烦, 笨]
"""


def test_a_file_has_lexicons_with_and_without_severities():
    complaints, forbidden = read_lexicons(FILE, "words.yaml")
    assert complaints == Lexicon("complaints", ("投诉", "举报", "12378"))
    assert forbidden.words == ("去死", "烦", "笨")
    assert forbidden.severities == {"去死": "critical", "烦": "minor", "笨": "minor"}


def test_one_lexicon_may_be_a_file_and_so_may_a_list():
    assert [one.name for one in read_lexicons("{name: a, words: [x]}", "a.yaml")] == ["a"]
    assert [one.name for one in read_lexicons("[{name: a, words: [x]}, {name: b, words: [x]}]", "a.yaml")] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{name: a, words: []}", "lexicon a: it has no words"),
        ("{name: a, words: {critical: []}}", "lexicon a: it has no words"),
        ("{name: a, words: ['']}", "lexicon a: it has an empty word, which would match everything"),
        ("{name: a, words: ['　']}", "empty word"),
        ("{name: a, words: [x, Ｘ]}", "the word 'Ｘ' twice .the other time as 'x'.; take one out"),
        ("{name: a, words: [x, x]}", "the word 'x' twice; take one out"),
        ("{name: a, name: b}", "key name is there twice"),
        ("{name: a, words: {critical: [x], minor: [x]}}", "the word 'x' twice"),
        ("{name: a, words: [1.5]}", "lexicon a: 1.5 is not text; put it in quotes"),
        ("{name: a, words: [true]}", "True is not text"),
        ("{name: a, words: [no]}", "no, unquoted, is a word to one reader"),
        ("{name: a, words: {critical: [[x]]}}", "is not text"),
        ("{name: a, words: {critcal: [x]}}", "the severity 'critcal'; did you mean critical"),
        ("{name: a, words: x}", "words is 'x', not a list"),
        ("{name: a, words: {critical: x}}", "not a list, nor lists by severity"),
        ("{name: a}", "words is None"),
        ("{name: a, wordz: [x]}", "unknown key wordz; did you mean words"),
        ("{name: A b, words: [x]}", "a lexicon is called 'A b': small letters"),
        ("{words: [x]}", "is no lexicon; write"),
        ("x", "'x' is no lexicon"),
        ("", "None is no lexicon"),
        ("[]", "it has no lexicons"),
        ("lexicons: []", "it has no lexicons"),
        ("{id: AC01, lexicons: []}", "id stands beside lexicons; write rules and word lists in two files"),
        ("{name: [", "it is no YAML"),
        ("[{name: a, words: [x]}, {name: a, words: [z]}]", "two lexicons are called a; give one another name"),
    ],
)
def test_what_is_wrong_with_a_file_is_named_with_its_place(text, message):
    with pytest.raises(ValueError, match=message) as error:
        read_lexicons(text, "words.yaml")
    assert str(error.value).startswith(("words.yaml: ", "words.yaml, line "))


def test_an_error_names_the_line_of_the_lexicon():
    with pytest.raises(ValueError, match=r"words.yaml, line 3: lexicon b: it has no words"):
        read_lexicons("lexicons:\n- {name: a, words: [x]}\n- name: b\n  words: []\n", "words.yaml")


def test_a_severity_of_a_word_that_is_none_of_the_list_is_refused():
    with pytest.raises(ValueError, match="'投述' has a severity but is not one of its words"):
        Lexicon("a", ("投诉",), {"投述": "major"})


LEXICONS = by_name(read_lexicons(FILE, "words.yaml"))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("$complaints", ("投诉", "举报", "12378")),
        (("退款", "$complaints"), ("退款", "投诉", "举报", "12378")),
        (["投诉", "$complaints", "投诉"], ("投诉", "举报", "12378")),
        (("退款",), ("退款",)),
        (("$$complaints", "100$"), ("$complaints", "100$")),
        ((), ()),
    ],
)
def test_a_name_stands_for_all_words(value, words):
    assert expand(value, LEXICONS) == words


@pytest.mark.parametrize(
    ("lexicons", "message"),
    [
        (LEXICONS, "no lexicon is called .complaint; did you mean complaints"),
        ({}, "no lexicon is called .complaint; none is installed"),
    ],
)
def test_a_name_that_is_none_is_refused(lexicons, message):
    with pytest.raises(ValueError, match=message):
        expand(("$complaint",), lexicons)


def test_words_know_their_severity_wherever_they_go():
    word = pickle.loads(pickle.dumps(expand("$forbidden", LEXICONS)[0]))
    assert isinstance(word, GradedWord)
    assert (word, word.severity) == ("去死", "critical")
    assert not isinstance(expand("$complaints", LEXICONS)[0], GradedWord)


def test_lexicons_travel_to_other_processes():
    assert pickle.loads(pickle.dumps(LEXICONS)) == LEXICONS
    assert len({*LEXICONS.values()}) == 2
