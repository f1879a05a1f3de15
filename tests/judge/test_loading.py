"""The installed rules as the settings want them."""

import pytest

import qc_rules
from callqa import settings
from callqa.errors import RulePackError
from callqa.judge.loading import active_rules, identity, packs
from callqa.settings import RuleSettings

RULE = "id: MY01\noptions: {least: 1}\nconditions:\n  a: {keyword: {any: $own, turns: '${least}'}}\nwhen: a\n"
WORDS = "lexicons:\n- {name: own, words: [差评]}\n"


@pytest.fixture
def files(tmp_path):
    """Settings that name a rule and a word list of the operator's own."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(RULE, encoding="utf-8")
    (tmp_path / "rules" / "w.yaml").write_text(WORDS, encoding="utf-8")
    return RuleSettings(files=[str(tmp_path / "rules" / "*.yaml")], enable=["local"])


def test_rule_files_of_the_operators_own_judge_without_a_package(files):
    [active] = active_rules(files)
    assert (active.rule.id, active.pack.name) == ("MY01", "local")


def test_patterns_that_name_a_file_twice_read_it_once(files):
    assert len(active_rules(files.model_copy(update={"files": [*files.files, *files.files]}))) == 1


def test_a_pattern_that_names_no_file_is_refused(tmp_path):
    with pytest.raises(RulePackError, match=r"rules.files: there is no file .*nothing\*.yaml"):
        active_rules(RuleSettings(files=[str(tmp_path / "nothing*.yaml")]))
    with pytest.raises(RulePackError, match=r"rules.files: there is no file /\n"):
        active_rules(RuleSettings(files=["/"]))


def test_files_are_relative_to_the_settings_file(files, tmp_path):
    (tmp_path / "qa.toml").write_text('[rules]\nfiles = ["rules/*.yaml"]\nenable = ["MY01"]\n', encoding="utf-8")
    [active] = active_rules(settings.load(tmp_path / "qa.toml", {}).rules)
    assert active.rule.id == "MY01"


@pytest.mark.parametrize("wrong", ["time_limit_seconds = 0", "time_limit_seconds = -1", "enabled = []", "files = 'a'"])
def test_settings_of_rules_that_are_none_are_refused(tmp_path, wrong):
    (tmp_path / "qa.toml").write_text(f"[rules]\n{wrong}\n", encoding="utf-8")
    with pytest.raises(settings.SettingsError, match="rules"):
        settings.load(tmp_path / "qa.toml", {})


def test_packs_are_told_with_what_runs_and_all_that_they_register(files):
    told = {pack.name: pack for pack in packs(files)}
    assert (told["local"].running, told["local"].pack.lexicons[0].name) == ({"MY01"}, "own")
    assert told["standard"].running == frozenset()
    assert "HR01" in {rule.id for rule in told["standard"].rules}
    assert "register_rules" in told["standard"].pack.hooks


def test_an_option_of_a_rule_file_is_set_like_any_other(files):
    chosen = files.model_copy(update={"options": {"MY01": {"least": 2}}})
    assert vars(active_rules(chosen)[0].rule) == {"least": 2}
    with pytest.raises(RulePackError, match=r"rule MY01: unknown option lest; did you mean least\?"):
        active_rules(files.model_copy(update={"options": {"MY01": {"lest": 2}}}))


def identity_of(files, **changes):
    return identity(active_rules(files.model_copy(update=changes))[0])


def test_a_rule_of_a_file_is_another_with_other_words_text_or_options(files, tmp_path):
    before = identity_of(files)
    assert identity_of(files) == before
    assert identity_of(files, options={"MY01": {"least": 2}}) != before
    (tmp_path / "rules" / "w.yaml").write_text(WORDS.replace("差评", "退款"), encoding="utf-8")
    words = identity_of(files)
    assert words["source"] != before["source"]
    (tmp_path / "rules" / "a.yaml").write_text(RULE.replace("when: a", "when: '!a'"), encoding="utf-8")
    assert identity_of(files)["source"] not in (before["source"], words["source"])


def test_a_comment_in_a_rule_file_makes_no_other_rule_of_it(files, tmp_path):
    before = identity_of(files)
    (tmp_path / "rules" / "a.yaml").write_text("# ours\n" + RULE, encoding="utf-8")
    assert identity_of(files)["source"] == before["source"]


def test_what_the_kit_refuses_is_an_error_of_callqa(files, tmp_path):
    (tmp_path / "rules" / "a.yaml").write_text(RULE.replace("keyword", "keywrod"), encoding="utf-8")
    with pytest.raises(
        RulePackError, match=r"a.yaml, line 4: rule MY01: condition a: .*did you mean keyword\?"
    ) as told:
        packs(files)
    assert told.value.remedy
    assert isinstance(told.value.__cause__, qc_rules.PackError)
