"""`callqa rules list`: packs with all that they bring, rules with their options and whether they judge."""

import json


def settings(tmp_path, text):
    (tmp_path / "qa.toml").write_text(text, encoding="utf-8")
    return tmp_path / "qa.toml"


def test_every_rule_is_listed_with_its_pack_version_and_options(callqa, acme):
    code, out, _ = callqa("rules", "list", "--json")
    rules = {row["rule"]: row for row in json.loads(out)["rules"]}
    assert code == 0
    assert list(rules) == sorted(rules)
    assert {"HR01", "SA01", "IV01", "ES01", "AW01", "AC01", "AC02"} <= set(rules)
    assert (rules["HR01"]["pack"], rules["AC02"]["pack"]) == ("standard", "acme")
    assert rules["AC02"]["options"]["turns"] == 4
    assert (rules["AC02"]["severity"], rules["AC02"]["score"], rules["AC02"]["enabled"]) == ("major", -10, True)


def test_every_pack_is_listed_with_all_that_it_brings(callqa, acme):
    packs = {row["pack"]: row for row in json.loads(callqa("rules", "list", "--json")[1])["packs"]}
    assert packs["acme"]["version"] == "0.1.0"
    assert packs["acme"]["distribution"] == "qc-rules-acme"
    assert packs["acme"]["hooks"] == ["register_rules", "register_lexicons"]
    assert packs["acme"]["rules"] == ["AC01", "AC02"]
    assert packs["acme"]["lexicons"] == ["acme_promises"]
    assert (packs["acme"]["operators"], packs["acme"]["actions"], packs["acme"]["detectors"]) == ([], [], [])


def test_people_read_the_same(callqa, acme):
    code, out, _ = callqa("rules", "list")
    assert code == 0
    for text in ("AC02", "Rash promise", "acme 0.1.0", "lexicons: acme_promises", "turns = 4"):
        assert text in out


def test_a_rule_that_is_switched_off_is_listed_as_such_with_the_options_that_are_set(callqa, acme, tmp_path):
    config = settings(tmp_path, '[rules]\ndisable = ["AC02"]\n[rules.options.AC02]\nturns = 7\n')
    _, out, _ = callqa("rules", "list", "--config", config, "--json")
    rules = {row["rule"]: row for row in json.loads(out)["rules"]}
    assert (rules["AC02"]["enabled"], rules["AC02"]["options"]["turns"]) == (False, 7)
    assert rules["AC01"]["enabled"] is True


def test_the_settings_own_rule_files_are_the_pack_local(callqa, tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "id: ZZ01\nconditions: {long: {duration: {seconds: {above: 60}}}}\nwhen: long\n", encoding="utf-8"
    )
    config = settings(tmp_path, '[rules]\nfiles = ["mine.yaml"]\n')
    _, out, _ = callqa("rules", "list", "--config", config, "--json")
    assert [row["rule"] for row in json.loads(out)["rules"] if row["pack"] == "local"] == ["ZZ01"]


def test_a_broken_pack_is_an_error_with_its_own_exit_code(callqa, acme):
    (acme / "qc_rules_acme" / "rules.yaml").write_text("rules: [{id: AC02, when: nothing}]", encoding="utf-8")
    code, _, err = callqa("rules", "list")
    assert code == 6
    assert "rules.yaml" in err
    assert "remedy" in err


def test_a_pack_that_prints_does_not_spoil_the_json(callqa, tmp_path, monkeypatch):
    info = tmp_path / "qc_rules_loud-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: qc-rules-loud\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[qc_rules]\nloud = qc_rules_loud\n", encoding="utf-8")
    code = "from qc_rules import hookimpl\nprint('hello')\n@hookimpl\ndef register_rules():\n    return []\n"
    (tmp_path / "qc_rules_loud.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    packs = json.loads(callqa("rules", "list", "--json")[1])["packs"]
    assert "loud" in [row["pack"] for row in packs]
