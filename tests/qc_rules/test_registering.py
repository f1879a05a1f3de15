"""What hooks register beside rule classes: files of rules, operators, lexicons, actions, detectors, scorecards."""

import hashlib

import pytest

import qc_rules
from qc_rules import Call, PackError, RuleSet, Turn
from tests.qc_rules.conftest import RULE

FILES = """
    from importlib.resources import files
    from qc_rules import hookimpl

    @hookimpl
    def register_rules():
        return [files("pack_{name}") / "{file}"]
"""
YAML = """
    id: {rule_id}
    name: {{en: Complaint}}
    conditions:
      complains: {{role: customer, keyword: {words}}}
    when: complains
"""
OPERATOR = """
    from dataclasses import dataclass
    from typing import ClassVar
    from qc_rules import hookimpl
    from qc_rules.conditions import yes_or_no
    from qc_rules.operators import Operator

    @dataclass(frozen=True)
    class Longer(Operator):
        '''The call lasts longer.'''
        name: ClassVar[str] = "{name}"
        shorthand: ClassVar[str] = "seconds"
        seconds: float

        def look(self, view):
            return yes_or_no(view.call.duration > self.seconds)

    @hookimpl
    def register_operators():
        return [Longer]
"""
LEXICON = """
    from qc_rules import hookimpl
    from qc_rules.lexicons import Lexicon

    @hookimpl
    def register_lexicons():
        return [Lexicon("{name}", ("投诉", "举报"))]
"""
CARD = """
    id: {card}
    pass_mark: 60
    sections:
      - name: Manners
        items: [{{rule: {rule}}}]
"""


def call(text, role="customer", duration=9.0):
    return Call(call_id="1", duration=duration, turns=(Turn(turn=0, start=0, end=2, text=text, role=role),))


def results(one):
    return {outcome.rule: outcome.result for outcome in RuleSet(qc_rules.load()).judge(one)}


def packs():
    return {pack.name: pack for pack in qc_rules.installed()}


def test_a_file_of_rules_is_read_and_its_rules_judge(site):
    site.package(
        "acme",
        {
            "__init__.py": FILES.format(name="acme", file="rules/all.yaml"),
            "rules/all.yaml": YAML.format(rule_id="AC01", words="[投诉]"),
        },
    )
    assert [rule.id for rule in packs()["acme"].rules] == ["AC01"]
    assert results(call("我要投诉"))["AC01"] == "hit"
    assert results(call("谢谢"))["AC01"] == "clear"
    assert results(call("我要投诉", role="unknown"))["AC01"] == "unknown"


def test_classes_and_files_come_in_the_order_of_their_ids(site):
    source = RULE.format(rule_id="AC02").replace(
        "return [Farewell]", "from pathlib import Path; return [Farewell, Path(__file__).parent / 'rules.yaml']"
    )
    site.package("acme", {"__init__.py": source, "rules.yaml": YAML.format(rule_id="AC01", words="[投诉]")})
    assert [rule.id for rule in packs()["acme"].rules] == ["AC01", "AC02"]


def test_a_rule_of_a_file_and_a_class_with_one_id_are_refused(site):
    site.package(
        "acme",
        {
            "__init__.py": FILES.format(name="acme", file="r.yaml"),
            "r.yaml": YAML.format(rule_id="AC01", words="[投诉]"),
        },
    )
    site.install("other", RULE.format(rule_id="AC01"))
    with pytest.raises(PackError, match=r"id AC01: Complaint of rule pack acme .*Farewell of rule pack other"):
        qc_rules.installed()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "id: AC01\nconditions: {a: {keywrod: [x]}}\nwhen: a\n",
            "line 2: rule AC01: condition a: keywrod: unknown operator or key keywrod; did you mean keyword?",
        ),
        ("id: AC01\nconditions:\n  a: {keyword: [x]}\nwhen: b\n", "line 4: rule AC01: when:"),
        ("id: AC01\nconditions:\n  a: {keyword: $nothing}\nwhen: a\n", "no lexicon is called $nothing"),
        ("id: [", "it is no YAML"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_pack_file_and_line(site, text, said):
    package = site.package("acme", {"__init__.py": FILES.format(name="acme", file="r/a.yaml")})
    (package / "r").mkdir()
    (package / "r" / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as raised:
        qc_rules.installed()
    assert raised.value.message.startswith("rule pack acme (qc-rules-acme 1.0): r/a.yaml, line ")
    assert said in raised.value.message
    assert raised.value.remedy


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("nothing.yaml", "nothing.yaml does not exist"),
        ("rules", "rules is a folder: name its files"),
        ("bytes.yaml", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(site, file, said):
    package = site.package("acme", {"__init__.py": FILES.format(name="acme", file=file), "rules/a.yaml": ""})
    (package / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PackError, match=r"^rule pack acme \(qc-rules-acme 1.0\): ") as raised:
        qc_rules.installed()
    assert said in raised.value.message


def test_a_file_that_is_not_in_the_package_is_refused(site, tmp_path):
    (tmp_path / "rules.yaml").write_text(YAML.format(rule_id="AC01", words="[x]"))
    source = FILES.format(name="acme", file="x").replace(
        'files("pack_acme") / "x"', f"__import__('pathlib').Path({str(tmp_path / 'rules.yaml')!r})"
    )
    site.package("acme", {"__init__.py": source})
    with pytest.raises(PackError, match=r"register_rules gives the file .*rules.yaml, which is not in its package"):
        qc_rules.installed()


def test_a_packs_operator_is_used_by_the_rules_of_another(site):
    site.install("zed", OPERATOR.format(name="longer"), version="3.1")
    rule = "id: AC01\nconditions:\n  long: {longer: 60}\nwhen: long\n"
    package = site.package("acme", {"__init__.py": FILES.format(name="acme", file="r.yaml")})
    (package / "r.yaml").write_text(rule)
    assert results(call("", duration=61.0))["AC01"] == "hit"
    assert results(call("", duration=60.0))["AC01"] == "clear"
    assert [operator.name for operator in packs()["zed"].operators] == ["longer"]
    [active] = [active for active in qc_rules.load() if active.rule.id == "AC01"]
    assert [(pack.name, pack.version) for pack in active.uses] == [("zed", "3.1")]


def test_a_packs_operator_may_not_be_called_as_a_built_in_one(site):
    site.install("acme", OPERATOR.format(name="keyword"))
    with pytest.raises(PackError, match=r"rule pack acme .*operator keyword has the name of a built-in one"):
        qc_rules.installed()


def test_two_operators_of_one_name_are_refused_by_both_packs(site):
    site.install("acme", OPERATOR.format(name="longer"))
    site.install("other", OPERATOR.format(name="longer"))
    with pytest.raises(PackError, match=r"two operators are called longer: .*pack acme .*pack other"):
        qc_rules.installed()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"longer"', '"Long"', "name is 'Long'"),
        ('"longer"', '"role"', "name is 'role', as a key of every condition is"),
        ('= "seconds"', '= "minutes"', "shorthand is 'minutes'; known: seconds"),
        ("def look", "def see", "it has no look"),
        ("    @dataclass(frozen=True)\n", "", "@dataclass(frozen=True) above it"),
        ('name: ClassVar[str] = "longer"', "", "name is None"),
        ("seconds: float", "seconds: float = 1.0\n        has_places: bool = True", "has_places is a parameter"),
    ],
)
def test_an_operator_class_that_cannot_be_used_is_refused(site, old, new, said):
    site.install("acme", OPERATOR.format(name="longer").replace(old, new))
    with pytest.raises(PackError, match=r"rule pack acme .*: Longer: ") as raised:
        qc_rules.installed()
    assert said in raised.value.message


def test_a_packs_lexicon_is_used_by_the_rules_of_another_whatever_their_order(site):
    site.package(
        "acme",
        {
            "__init__.py": FILES.format(name="acme", file="r.yaml"),
            "r.yaml": YAML.format(rule_id="AC01", words="$grievances"),
        },
    )
    site.install("zed", LEXICON.format(name="grievances"))
    assert results(call("我要举报你们"))["AC01"] == "hit"
    assert [lexicon.name for lexicon in packs()["zed"].lexicons] == ["grievances"]


def test_lexicons_come_from_files_too(site):
    init = (
        FILES.format(name="acme", file="r.yaml")
        + """
    @hookimpl
    def register_lexicons():
        return [files("pack_acme") / "words.yaml"]
"""
    )
    words = "lexicons:\n  - {name: grievances, words: [投诉]}\n  - {name: others, words: [x]}\n"
    site.package(
        "acme", {"__init__.py": init, "words.yaml": words, "r.yaml": YAML.format(rule_id="AC01", words="$grievances")}
    )
    assert [lexicon.name for lexicon in packs()["acme"].lexicons] == ["grievances", "others"]
    assert results(call("投诉"))["AC01"] == "hit"


def test_a_file_of_lexicons_that_is_wrong_is_told_with_pack_and_file(site):
    init = FILES.format(name="acme", file="w.yaml").replace("register_rules", "register_lexicons")
    site.package("acme", {"__init__.py": init, "w.yaml": "lexicons:\n  - {name: grievances, words: []}\n"})
    with pytest.raises(
        PackError, match=r"rule pack acme \(qc-rules-acme 1.0\): w.yaml, line 2: lexicon grievances.*no words"
    ):
        qc_rules.installed()


def test_two_lexicons_of_one_name_are_refused_by_both_packs(site):
    site.install("acme", LEXICON.format(name="grievances"))
    site.install("other", LEXICON.format(name="grievances"))
    with pytest.raises(PackError, match=r"two lexicons are called grievances: .*pack acme .*pack other"):
        qc_rules.installed()


ACTION = """
    from qc_rules import hookimpl

    def send(findings):
        return len(findings)

    @hookimpl
    def register_actions():
        return {"sms": send}
"""


def test_actions_are_known_by_their_names(site):
    site.install("acme", ACTION)
    assert packs()["acme"].actions["sms"]([{}, {}]) == 2


def test_two_actions_of_one_name_are_refused_by_both_packs(site):
    site.install("acme", ACTION)
    site.install("other", ACTION)
    with pytest.raises(PackError, match=r"two actions are called sms: .*pack acme .*pack other"):
        qc_rules.installed()


DETECTOR = """
    from qc_rules import Detector, hookimpl

    class Yawns(Detector):
        name = "acme_yawns"
        version = "1"
        classes = ("yawn",)

        def detect(self, samples, sample_rate):
            return []

    @hookimpl
    def register_detectors():
        return [Yawns]
"""


@pytest.mark.parametrize("given", ["Yawns", "Yawns()"])
def test_detectors_are_given_as_classes_or_objects(site, given):
    site.install("acme", DETECTOR.replace("[Yawns]", f"[{given}]"))
    [detector] = packs()["acme"].detectors
    assert detector.classes == ("yawn",)
    assert [(pack.name, one.name) for pack, one in qc_rules.installed_detectors()] == [("acme", "acme_yawns")]


def test_two_detectors_of_one_name_are_refused_by_both_packs(site):
    site.install("acme", DETECTOR)
    site.install("other", DETECTOR)
    for ask in (qc_rules.installed, qc_rules.installed_detectors):
        with pytest.raises(PackError, match=r"two detectors are called acme_yawns: .*pack acme .*pack other"):
            ask()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"acme_yawns"', '"Yawns!"', "name is 'Yawns!'"),
        ('version = "1"', "version = 1", "version is 1"),
        ('("yawn",)', "()", "classes is ()"),
        ('("yawn",)', '"yawn"', "classes is 'yawn'"),
        ('("yawn",)', '("Big Yawn",)', "classes is ('Big Yawn',)"),
        ("def detect", "def listen", "Yawns cannot be made: TypeError"),
        (
            "        version",
            "        def __init__(self):\n            open('/no/such/model')\n        version",
            "FileNotFoundError",
        ),
        (
            "        version",
            "        def __init__(self):\n            raise SystemExit\n        version",
            "Yawns cannot be made: SystemExit",
        ),
    ],
)
def test_a_detector_that_cannot_be_used_is_refused(site, old, new, said):
    site.install("acme", DETECTOR.replace(old, new))
    with pytest.raises(PackError, match=r"^rule pack acme ") as raised:
        qc_rules.installed()
    assert said in raised.value.message


def test_a_broken_detector_stops_no_rules_of_others_from_being_found_by_name(site):
    site.install("acme", DETECTOR)
    assert packs()["acme"].hooks == ("register_detectors",)
    assert packs()["acme"].rules == ()


def scorecards(name, card, rule="HR01"):
    init = FILES.format(name=name, file="card.yaml").replace("register_rules", "register_scorecards")
    return {"__init__.py": init, "card.yaml": CARD.format(card=card, rule=rule)}


def test_scorecards_come_from_files(site):
    site.package("acme", scorecards("acme", "manners"))
    assert [card.id for card in packs()["acme"].scorecards] == ["manners"]


def test_two_scorecards_of_one_id_are_refused_by_both_packs(site):
    site.package("acme", scorecards("acme", "manners"))
    site.package("other", scorecards("other", "manners"))
    with pytest.raises(PackError, match=r"two scorecards are called manners: .*pack acme .*pack other"):
        qc_rules.installed()


def test_a_pack_tells_which_hooks_it_has_in_the_order_in_which_they_are_specified(site):
    site.install(
        "acme", LEXICON.format(name="grievances") + "\n    @hookimpl\n    def register_rules():\n        return []\n"
    )
    assert packs()["acme"].hooks == ("register_rules", "register_lexicons")


def test_rule_files_of_ones_own_are_the_pack_local(tmp_path, site):
    site.install("acme", LEXICON.format(name="grievances"))
    (tmp_path / "a.yaml").write_text(
        YAML.format(rule_id="MY01", words="[$grievances, $own]").replace("\n    ", "\n"), encoding="utf-8"
    )
    (tmp_path / "w.yaml").write_text(
        "lexicons:\n- {name: own, words: [差评]}\n", encoding="utf-8-sig"
    )  # as Windows does
    files = [tmp_path / "a.yaml", tmp_path / "w.yaml"]
    [active] = qc_rules.load(enable=["local"], files=files)
    assert (active.rule.id, active.pack.name, str(active.pack)) == ("MY01", "local", "the settings' own rule files")
    rules = RuleSet([active])
    assert [rules.judge(call(text))[0].result for text in ("举报", "差评", "好评")] == ["hit", "hit", "clear"]


def test_the_version_of_rule_files_of_ones_own_is_of_their_contents_wherever_they_lie(tmp_path):
    versions = []
    for folder, words in (("one", "[a]"), ("two", "[a]"), ("three", "[b]")):
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / "a.yaml"
        file.write_text(YAML.format(rule_id="MY01", words=words).replace("\n    ", "\n"), encoding="utf-8")
        versions.append(qc_rules.installed([file])[-1].version)
    assert versions[0] == versions[1] != versions[2]
    assert len(versions[0]) == len(hashlib.sha256().hexdigest()[:12])


def test_a_rule_file_of_ones_own_that_is_wrong_is_named(tmp_path):
    (tmp_path / "a.yaml").write_text("id: MY01\nconditions: {a: {keyword: []}}\nwhen: a\n", encoding="utf-8")
    with pytest.raises(PackError, match=r"a.yaml, line 2: rule MY01: condition a"):
        qc_rules.installed([tmp_path / "a.yaml"])


def test_a_rule_of_ones_own_may_not_have_the_id_of_an_installed_one(tmp_path):
    (tmp_path / "a.yaml").write_text(YAML.format(rule_id="HR01", words="[a]").replace("\n    ", "\n"), encoding="utf-8")
    with pytest.raises(
        PackError, match=r"id HR01: .* of rule pack standard .* and Complaint of the settings' own rule files"
    ):
        qc_rules.installed([tmp_path / "a.yaml"])


def test_without_files_of_ones_own_there_is_no_pack_local():
    assert "local" not in packs()
