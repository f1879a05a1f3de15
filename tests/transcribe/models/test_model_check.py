import json
import subprocess
import sys

import pytest

from callqa.errors import ModelError
from callqa.settings import DEMO_FOLDER
from callqa.transcribe.models.model_check import check, require, tokenizer_file

BPE = "chn_jpn_yue_eng_ko_spectok.bpe.model"


def only_problem(folder):
    [problem] = check(folder)
    return str(problem)


def test_the_demo_model_is_whole():
    assert check(DEMO_FOLDER / "model") == []
    require(DEMO_FOLDER / "model")


@pytest.mark.parametrize(
    ("file", "named", "purpose"),
    [
        ("model.pt", "model.pt", "weights"),
        ("am.mvn", "am.mvn", "features"),
        (BPE, "*.bpe.model", "vocabulary"),
        ("config.yaml", "config.yaml", "architecture"),
        ("configuration.json", "configuration.json", "which file"),
    ],
)
def test_a_missing_or_empty_file_is_named_with_what_it_is_for(model_copy, file, named, purpose):
    (model_copy / file).write_bytes(b"")
    assert f"{named}: empty" in only_problem(model_copy)
    (model_copy / file).unlink()
    assert f"{named}: missing" in only_problem(model_copy)
    assert purpose in only_problem(model_copy)


def test_all_missing_files_are_named_at_once(tmp_path):
    assert len(check(tmp_path)) == 5


def test_a_folder_that_is_not_there_is_said_to_be_so(tmp_path):
    assert only_problem(tmp_path / "nowhere").endswith("no such folder")


def test_the_error_names_the_folder_the_files_and_a_remedy(model_copy):
    (model_copy / "model.pt").unlink()
    with pytest.raises(ModelError, match=r"model\.pt: missing") as caught:
        require(model_copy)
    assert str(model_copy) in caught.value.message
    assert "callqa model pull" in caught.value.remedy


def test_a_folder_without_weights_fails_before_torch_or_funasr_is_imported(model_copy):
    (model_copy / "model.pt").unlink()
    script = (
        "import sys\n"
        "from callqa.errors import ModelError\n"
        "from callqa.settings import EngineSettings\n"
        "from callqa import transcribe\n"
        "try:\n"
        "    transcribe.run({'shard': 's'}, run_dir='.', lake='.', settings=EngineSettings(model=sys.argv[1]))\n"
        "except ModelError as error:\n"
        "    print(error)\n"
        "print(sorted({'torch', 'funasr', 'modelscope'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(model_copy)], capture_output=True, text=True, check=True)
    assert "model.pt: missing" in done.stdout
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("file", ["model.pt", BPE, "am.mvn"])
def test_a_git_lfs_pointer_is_recognised_and_has_a_remedy_of_its_own(model_copy, file):
    (model_copy / file).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
    assert only_problem(model_copy) == f"{file}: a Git LFS pointer, not the file itself"
    with pytest.raises(ModelError) as caught:
        require(model_copy)
    assert "git lfs pull" in caught.value.remedy


def test_truncated_weights_are_recognised(model_copy):
    whole = (model_copy / "model.pt").read_bytes()
    (model_copy / "model.pt").write_bytes(whole[:-1000])
    assert "model.pt: truncated" in only_problem(model_copy)


def _save(model_copy, change):
    import torch

    state = torch.load(model_copy / "model.pt", weights_only=True)
    change(state.get("state_dict", state))
    torch.save(state, model_copy / "model.pt")


def test_a_vocabulary_of_another_size_than_the_weights_is_recognised(model_copy):
    def shorten(state):
        state["ctc.ctc_lo.weight"] = state["ctc.ctc_lo.weight"][:100]

    _save(model_copy, shorten)
    assert "made for 100 tokens" in only_problem(model_copy)


def test_weights_of_another_kind_of_model_are_recognised(model_copy):
    _save(model_copy, lambda state: state.pop("ctc.ctc_lo.weight"))
    assert "has no ctc.ctc_lo.weight" in only_problem(model_copy)


def test_a_tokenizer_that_is_none_is_recognised(model_copy):
    tokenizer_file(model_copy).write_bytes(b"not a model")
    assert "*.bpe.model: not a SentencePiece model" in only_problem(model_copy)


@pytest.mark.parametrize(
    ("content", "what"), [("a: [", "not YAML"), ("- 1", "not a mapping"), ("model: Paraformer", "'Paraformer'")]
)
def test_a_config_of_something_else_is_recognised(model_copy, content, what):
    (model_copy / "config.yaml").write_text(content)
    assert any(problem.file == "config.yaml" and what in problem.what for problem in check(model_copy))


def test_a_hub_configuration_that_names_an_absent_file_is_recognised(model_copy):
    file = model_copy / "configuration.json"
    values = json.loads(file.read_text())
    values["file_path_metas"]["frontend_conf"]["cmvn_file"] = "other.mvn"
    del values["file_path_metas"]["init_param"]
    file.write_text(json.dumps(values))
    found = "\n".join(map(str, check(model_copy)))
    assert "names other.mvn, which is not there" in found
    assert "has no init_param" in found


@pytest.mark.parametrize("content", ["{", "[]", '{"file_path_metas": 3}'])
def test_a_hub_configuration_that_is_none_is_recognised(model_copy, content):
    (model_copy / "configuration.json").write_text(content)
    assert "configuration.json: not the JSON" in only_problem(model_copy)


def test_feature_statistics_of_another_size_are_recognised(model_copy):
    text = (model_copy / "am.mvn").read_text()
    (model_copy / "am.mvn").write_text(text[: len(text) // 3])
    assert "am.mvn: expected a shift and a scale of 560" in only_problem(model_copy)
