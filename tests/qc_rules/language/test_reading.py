"""YAML, strictly: the plain values, their lines, and what is refused."""

from __future__ import annotations

import pickle
import textwrap

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from qc_rules.language import reading
from qc_rules.language.reading import YamlFault, is_text, read


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def loader(request, monkeypatch):
    """Both parsers must agree: which one there is depends on how PyYAML was built."""
    chosen = yaml.SafeLoader if request.param == "python" else getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    monkeypatch.setattr(reading, "_LOADER", chosen)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12378", 12378),
        ("0", 0),
        ("-5", -5),
        ("0123", "0123"),
        ("-0", "-0"),
        ("+5", "+5"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("0x1F", "0x1F"),
        ("2026-01-01", "2026-01-01"),
        ("1234567890123456789012", "1234567890123456789012"),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("1.5E-2", 0.015),
        (".5", ".5"),
        (".inf", ".inf"),
        ("1.2.3", "1.2.3"),
        ("50%", "50%"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("a:", {"a": None}),
        ("", None),
        ("# nothing", None),
        ('"12378"', "12378"),
        ("'no'", "no"),
        ('"true"', "true"),
        ("[a, 1, [b]]", ["a", 1, ["b"]]),
        ("{no: 1}", {"no": 1}),
        ("1: a", {"1": "a"}),
        ("|\n  two\n  lines", "two\nlines"),
        (">-\n  two\n  words", "two words"),
        ("\ufeffa: 1", {"a": 1}),
        ("---\na: 1\n...", {"a": 1}),
    ],
)
def test_plain_values(text, expected):
    found, _ = read(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off", "y", "N", "True", "FALSE", "Null"])
def test_a_word_that_readers_of_yaml_understand_differently_must_be_quoted(word):
    with pytest.raises(YamlFault, match=f"{word}, unquoted, is a word to one reader of YAML") as raised:
        read(f"a: 1\nwords: [投诉, {word}]")
    assert raised.value.line == 2
    assert f'"{word}"' in raised.value.remedy


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("a: 1\nb: 2\na: 3", "the key a is there twice, first on line 1", 3),
        ("a:\n  b: 1\n  'b': 2", "the key b is there twice, first on line 2", 3),
        ("a: &x [1]\nb: 2", "YAML anchors (&) and aliases (*) are not known here", 1),
        ("a: *x", "YAML anchors (&) and aliases (*) are not known here", 1),
        ("a: 1\nb: !!python/object:os.system {}", "the tag tag:yaml.org,2002:python/object:os.system is not known", 2),
        ("a: !important", "the tag !important is not known here", 1),
        ("a: ! 12", "the tag ! is not known here", 1),
        ("a: !!str 1", "the tag tag:yaml.org,2002:str is not known here", 1),
        ("a: 1\n---\nb: 2", "a second document begins", 2),
        ("<<: {a: 1}", "the key << means nothing here", 1),
        ("? [a]\n: 1", "a list or a mapping is no key", 1),
        ("a: 1e999", "1e999 is too large a number", 1),
        ("a: [" * 31, "more than 30 lists and mappings within one another", 1),
        ("a: [1\nb: 2", "it is no YAML:", 2),
        ("a: 'x", "it is no YAML:", 1),
        ("a: 1\n\tb: 2", "it is no YAML:", 2),
        ("a: \x01", "it is no YAML:", 1),
        ("%YAML 9", "it is no YAML:", None),
    ],
)
def test_what_is_refused_and_on_which_line(text, what, line):
    with pytest.raises(YamlFault) as raised:
        read(text)
    assert what in raised.value.message
    assert raised.value.remedy
    assert line is None or raised.value.line == line


def test_the_fault_pickles():
    with pytest.raises(YamlFault) as raised:
        read("a: 1\na: 2")
    again = pickle.loads(pickle.dumps(raised.value))
    assert (again.message, again.line, again.remedy) == (raised.value.message, 2, raised.value.remedy)


def test_lines_of_keys_and_items():
    text = textwrap.dedent("""\
        # a comment
        id: AC01
        conditions:
          upset:
            role: customer
            emotion: {any: [angry,
                            sad]}
        flags:
          - risk
    """)
    _, lines = read(text)
    assert lines[()] == 2
    assert lines["id",] == 2
    assert lines["conditions", "upset"] == 4
    assert lines["conditions", "upset", "role"] == 5
    assert lines["conditions", "upset", "emotion", "any", 1] == 7
    assert lines["flags", 0] == 9


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        ("a: 1\n\tb: 2", 2, "spaces"),
        ("a: 1\nwhen：a\n", 2, "write : in the place of the full-width ："),
        ("a: {b: 1， c: 2}", 1, "write , in the place of the full-width ，"),
        ("message: he says: no", 1, "put text with a colon in it in quotes"),
        ("message: {a} is said", 1, "put text with braces in it in quotes"),
        ("a: {keyword: ${words}}", 1, "put text with braces in it in quotes"),
        ("a: 'x", 1, "the brackets or the quotes"),
    ],
)
def test_what_is_no_yaml_is_refused_with_what_is_likely_wrong(text, line, remedy):
    with pytest.raises(YamlFault, match="it is no YAML") as raised:
        read(text)
    assert (raised.value.line, remedy in raised.value.remedy) == (line, True), raised.value


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=6))
def test_whoever_asks_whether_text_needs_quotes_is_told_right(text):
    for chosen in (yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        original, reading._LOADER = reading._LOADER, chosen
        try:
            found, _ = read(text)
        except YamlFault:
            continue
        finally:
            reading._LOADER = original
        if isinstance(found, str) and found == text:
            assert is_text(text) or text.lstrip("-").isdigit()  # 0123 is text here, a number to other readers
        if found is None or isinstance(found, (int, float)):
            assert not is_text(text) or text.startswith("#") or text.strip() != text or "\ufeff" in text


def test_half_a_character_is_refused_as_no_text():
    with pytest.raises(YamlFault, match="it is no YAML"):
        read("a: \ud800")
