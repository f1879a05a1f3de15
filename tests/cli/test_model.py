import json
import shutil

import pytest

from callqa import cli
from callqa.settings import DEMO_FOLDER
from callqa.transcribe.models import hub
from tests.transcribe.fake_hub import serve

NAME = "iic/SenseVoiceSmall"


@pytest.fixture(autouse=True)
def model_cache(tmp_path, monkeypatch):
    monkeypatch.setenv(hub.CACHE_VARIABLE, str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "models"


@pytest.fixture
def the_hub(monkeypatch):
    with serve(DEMO_FOLDER / "model") as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


@pytest.fixture
def model(capfd):
    """`callqa model …`: exit code and what it printed."""

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(["model", *arguments])
        printed = capfd.readouterr()
        return ended.value.code, printed.out, printed.err

    return call


def test_a_model_is_pulled_and_listed(model, the_hub, model_cache):
    code, out, _ = model("pull", NAME, "--hub", "hf", "--json")
    pulled = json.loads(out)
    assert (code, pulled["fetched"], pulled["commit"]) == (0, True, the_hub.commit)
    assert pulled["folder"] == str(model_cache / "hf" / NAME / "master")
    code, out, _ = model("list", "--json")
    assert [row["model"] for row in json.loads(out)] == ["demo", f"{NAME}@master"]
    assert json.loads(out)[1]["digest"] == pulled["digest"]


def test_the_list_is_readable_by_people(model, the_hub):
    model("pull", NAME, "--hub", "hf")
    code, out, _ = model("list")
    assert code == 0
    assert "demo" in out


def test_a_model_that_moved_on_its_hub_is_a_failure_until_it_is_taken(model, the_hub):
    model("pull", NAME, "--hub", "hf")
    the_hub.change("config.yaml", the_hub.files["config.yaml"] + b"# new")
    code, _, err = model("pull", NAME, "--hub", "hf")
    assert code == 5
    assert "--replace" in err
    code, out, _ = model("pull", NAME, "--hub", "hf", "--replace", "--json")
    assert (code, json.loads(out)["fetched"]) == (0, True)


def test_a_folder_is_given_relative_to_where_one_is(model, the_hub, tmp_path):
    code, out, _ = model("pull", NAME, "--hub", "hf", "--to", "mine", "--json")
    assert (code, json.loads(out)["folder"]) == (0, str(tmp_path / "mine"))


def test_that_a_hub_could_not_be_asked_is_said_beside_the_result(model, monkeypatch, model_cache):
    shutil.copytree(DEMO_FOLDER / "model", model_cache / "hf" / NAME / "master")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    code, out, err = model("pull", NAME, "--hub", "hf")
    assert code == 0
    assert "is in" in out
    assert "could not be asked" in " ".join(err.split())


def test_a_hub_that_is_none_is_wrong_usage(model):
    code, _, err = model("pull", NAME, "--hub", "github")
    assert code == 2
    assert "hub" in err


@pytest.mark.slow
def test_a_broken_model_fails_the_check_with_its_own_exit_code(model, tmp_path):
    shutil.copytree(DEMO_FOLDER / "model", tmp_path / "broken")
    (tmp_path / "broken" / "am.mvn").unlink()
    code, _, err = model("check", str(tmp_path / "broken"))
    assert code == 5
    assert "am.mvn: missing" in err
