import pytest

from callqa import settings
from callqa.errors import SettingsError
from tests.conftest import REPOSITORY


def test_the_shipped_file_says_what_the_defaults_are_except_where_its_comments_say_so():
    shipped = settings.load(REPOSITORY / "qa.toml", environ={}).model_dump()
    default = settings.Settings().model_dump()
    different = {
        (section, key)
        for section, keys in default.items()
        for key, value in keys.items()
        if shipped[section][key] != value
    }
    assert different == {("shards", "seconds"), ("lake", "root")}


def test_an_unknown_key_is_refused_with_the_nearest_known_one(tmp_path):
    file = tmp_path / "qa.toml"
    file.write_text("[gate]\nmax_rejected_shar = 0.5\n")
    with pytest.raises(SettingsError) as caught:
        settings.load(file, environ={})
    assert str(file) in caught.value.message
    assert "gate.max_rejected_shar" in caught.value.message
    assert "gate.max_rejected_share" in caught.value.remedy


def test_an_unknown_section_is_refused_with_the_known_ones(tmp_path):
    file = tmp_path / "qa.toml"
    file.write_text("[quality]\nx = 1\n")
    with pytest.raises(SettingsError, match="quality") as caught:
        settings.load(file, environ={})
    assert "gate" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[gate]\nmax_rejected_share = 1.5", "gate.max_rejected_share"),
        ("[engine]\ndevice = 'gpu'", "engine.device"),
        ("[source]\ntimezone = 'China'", "source.timezone"),
        ("[source]\ntimezone = '../x'", "source.timezone"),
        ("[source]\nchannel_roles = {0 = 'boss'}", "source.channel_roles"),
        ("[prepare]\nmax_clip_seconds = 60", "prepare.max_clip_seconds"),
        ('[source]\ntimezone = "Asia"', "source.timezone"),
        ('[source]\nroot = ""', "source.root"),
        ("[source.channel_roles]\n-1 = 'agent'", "source.channel_roles.-1"),
        ("[prepare]\nsound_floor_dbfs = nan", "prepare.sound_floor_dbfs"),
        ("[prepare]\nmin_speech_seconds = inf", "prepare.min_speech_seconds"),
        ('[lake]\nroot = "s3://bucket/lake"', "lake.root"),
    ],
)
def test_a_value_out_of_range_is_named(tmp_path, text, named):
    file = tmp_path / "qa.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        settings.load(file, environ={})
    assert named in caught.value.message


def test_broken_toml_and_a_missing_file_are_named(tmp_path):
    broken = tmp_path / "qa.toml"
    broken.write_text("[gate\n")
    with pytest.raises(SettingsError, match="not TOML"):
        settings.load(broken, environ={})
    with pytest.raises(SettingsError, match="no settings file"):
        settings.load(tmp_path / "none.toml", environ={})
    with pytest.raises(SettingsError, match=r"none\.toml"):
        settings.load(environ={"CALLQA_CONFIG": str(tmp_path / "none.toml")})


def test_lists_and_tables_are_written_in_the_environment_as_in_the_file():
    environ = {
        "CALLQA_TEXT__REDACT": '["phone", "email"]',
        "CALLQA_ROLES__AGENT_PHRASES": "[]",
        "CALLQA_SOURCE__CHANNEL_ROLES": '{ 0 = "customer", 1 = "agent" }',
    }
    loaded = settings.load(environ=environ)
    assert list(loaded.text.redact) == ["phone", "email"]
    assert list(loaded.roles.agent_phrases) == []
    assert loaded.source.channel_roles == {0: "customer", 1: "agent"}
    with pytest.raises(SettingsError, match=r"text.redact = '\[phone'"):
        settings.load(environ={"CALLQA_TEXT__REDACT": "[phone"})


def test_the_environment_wins_over_the_file(tmp_path):
    file = tmp_path / "qa.toml"
    file.write_text("[engine]\ndevice = 'cpu'\n")
    loaded = settings.load(file, environ={"CALLQA_ENGINE__DEVICE": "cuda:1", "CALLQA_GATE__MAX_REJECTED_SHARE": "0.5"})
    assert (loaded.engine.device, loaded.gate.max_rejected_share) == ("cuda:1", 0.5)


def test_a_misspelt_variable_is_refused():
    with pytest.raises(SettingsError, match=r"engine\.devise") as caught:
        settings.load(environ={"CALLQA_ENGINE__DEVISE": "cpu"})
    assert "engine.device" in caught.value.remedy


def test_an_error_names_the_variable_that_holds_the_value_and_not_the_file(tmp_path):
    file = tmp_path / "qa.toml"
    file.write_text("[engine]\ndevice = 'cpu'\n")
    with pytest.raises(SettingsError, match=r"CALLQA_GATE__MAX_REJECTED_SHARE: gate\.max_rejected_share = 'half'"):
        settings.load(file, environ={"CALLQA_GATE__MAX_REJECTED_SHARE": "half"})


def test_folders_in_the_file_are_relative_to_the_file(tmp_path, monkeypatch):
    (tmp_path / "site").mkdir()
    file = tmp_path / "site" / "qa.toml"
    file.write_text("[source]\nroot = 's3://bucket/calls'\n[lake]\nroot = 'lake'\n")
    monkeypatch.chdir(tmp_path)
    loaded = settings.load("site/qa.toml", environ={})
    assert loaded.source.root == "s3://bucket/calls"
    assert loaded.lake.root == str(tmp_path / "site" / "lake")


def test_options_given_on_the_command_line_are_checked_too():
    with pytest.raises(SettingsError, match=r"engine\.hub"):
        settings.Settings().with_model("x", hub="github")


@pytest.mark.parametrize("given", [{"source": ""}, {"lake": ""}, {"lake": "s3://bucket/lake"}])
def test_a_folder_of_the_command_line_that_is_none_is_refused_and_never_means_the_default(given):
    with pytest.raises(SettingsError, match="the command line"):
        settings.Settings().with_folders(**given)


def test_a_variable_of_the_environment_that_names_no_key_is_refused():
    with pytest.raises(SettingsError, match="rules"):
        settings.load(environ={"CALLQA_RULES__OPTIONS__SA01__SHARE": "0.5"})


@pytest.mark.parametrize(
    ("assignment", "section", "key", "value"),
    [
        ("engine.precision=fp32", "engine", "precision", "fp32"),
        ("engine.use_itn = false", "engine", "use_itn", False),
        ("prepare.silence_tolerance=2", "prepare", "silence_tolerance", 2.0),
        ("text.redact=['phone']", "text", "redact", ["phone"]),
        ("engine.model=iic/SenseVoiceSmall", "engine", "model", "iic/SenseVoiceSmall"),
    ],
)
def test_one_value_can_be_changed_by_its_name(assignment, section, key, value):
    changed = settings.Settings().with_value(assignment)
    assert getattr(getattr(changed, section), key) == value
    assert changed.model_copy(update={section: getattr(settings.Settings(), section)}) == settings.Settings()


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("engine.precison=fp32", "did you mean engine.precision"),
        ("engin.precision=fp32", "did you mean engine"),
        ("engine.precision=int4", "engine.precision = 'int4'"),
        ("engine.precision", "is no assignment"),
        ("precision=fp32", "is no assignment"),
    ],
)
def test_a_value_that_cannot_be_changed_is_an_error(assignment, message):
    with pytest.raises(SettingsError, match=message):
        settings.Settings().with_value(assignment)
