"""The settings' own rule files as a pack."""

from qc_rules.local import with_rules, words_of
from qc_rules.operators.catalog import BUILT_IN

OPERATORS = {operator.name: operator for operator in BUILT_IN}
LEXICONS = "lexicons:\n- {{name: {name}, words: [{word}]}}\n"
RULE = "{{id: {id}, name: {{en: Complaint}}, conditions: {{said: {{keyword: [投诉]}}}}, when: said}}\n"


def written(folder, **contents):
    files = [folder / f"{name}.yaml" for name in contents]
    for file, text in zip(files, contents.values(), strict=True):
        file.write_text(text, encoding="utf-8")
    return files


def test_words_and_rules_stand_in_the_order_of_their_names_whatever_that_of_the_files(tmp_path):
    files = written(
        tmp_path,
        a=LEXICONS.format(name="thanks", word="谢谢"),
        b=RULE.format(id="MY02"),
        c=LEXICONS.format(name="farewells", word="再见"),
        d=RULE.format(id="MY01"),
    )
    pack = with_rules(words_of(files), files, OPERATORS, {})
    assert [lexicon.name for lexicon in pack.lexicons] == ["farewells", "thanks"]
    assert [rule.id for rule in pack.rules] == ["MY01", "MY02"]


def test_the_packs_version_is_of_names_and_contents_in_any_order(tmp_path):
    files = written(tmp_path, a=RULE.format(id="MY01"), b=RULE.format(id="MY02"))
    version = words_of(files).version
    assert words_of(files[::-1]).version == version
    files[0].write_text(RULE.format(id="MY03"), encoding="utf-8")
    assert words_of(files).version != version
