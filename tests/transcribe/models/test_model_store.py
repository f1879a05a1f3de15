import os
import shutil

import pytest

from callqa import storage
from callqa.errors import ModelError
from callqa.settings import DEMO_FOLDER, EngineSettings
from callqa.transcribe.models import hub, model_store
from tests.transcribe.fake_hub import serve


@pytest.fixture(autouse=True)
def model_cache(tmp_path, monkeypatch):
    """A model cache of the test's own."""
    monkeypatch.setenv(hub.CACHE_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def hub_with_the_demo_model(monkeypatch):
    """A hub that has the demo model under the published model's name."""
    with serve(DEMO_FOLDER / "model") as running:
        monkeypatch.setenv("MODELSCOPE_ENDPOINT", running.url)
        yield running


def settings(model="iic/SenseVoiceSmall", **more):
    return EngineSettings(model=model, **more)


def test_demo_is_the_folder_that_ships():
    assert model_store.resolve(EngineSettings()) == DEMO_FOLDER / "model"
    assert model_store.name_of(EngineSettings()) == "demo"


def test_a_folder_is_itself_and_gives_its_name(model_copy):
    assert model_store.resolve(settings(str(model_copy))) == model_copy
    assert model_store.name_of(settings(str(model_copy))) == "model"


@pytest.mark.parametrize("name", ["/no/where", "./nowhere", "no/such/folder", "nowhere", "~/nowhere"])
def test_a_folder_that_is_not_there_is_an_error_and_not_looked_for_on_a_hub(name, hub_with_the_demo_model):
    with pytest.raises(ModelError, match="no such folder"):
        model_store.resolve(settings(name))
    assert hub_with_the_demo_model.asked == []


def test_a_hubs_model_is_fetched_into_the_cache_and_named_with_its_revision(hub_with_the_demo_model, model_cache):
    folder = model_store.resolve(settings())
    assert folder == model_cache / "ms" / "iic" / "SenseVoiceSmall" / "master"
    assert model_store.identify(settings()).name == "iic/SenseVoiceSmall@master"
    assert model_store.identify(settings()).digest == model_store.digest(DEMO_FOLDER / "model")


def test_a_folder_copied_into_the_cache_is_taken_without_a_network(model_cache):
    target = model_cache / "ms" / "iic" / "SenseVoiceSmall" / "master"
    shutil.copytree(DEMO_FOLDER / "model", target)
    assert model_store.resolve(settings()) == target


def test_a_damaged_model_in_the_cache_is_fetched_anew(hub_with_the_demo_model):
    folder = model_store.resolve(settings())
    (folder / "model.pt").unlink()
    assert model_store.check(model_store.resolve(settings())) == []


def test_a_cache_that_cannot_be_written_is_an_error_that_names_the_variable(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(hub.CACHE_VARIABLE, str(tmp_path / "file"))
    with pytest.raises(ModelError) as caught:
        model_store.resolve(settings())
    assert "$CALLQA_MODELS" in caught.value.remedy


@pytest.mark.parametrize("file", ["model.pt", "am.mvn", "config.yaml", "chn_jpn_yue_eng_ko_spectok.bpe.model"])
def test_the_digest_changes_with_every_file_that_results_depend_on(model_copy, file):
    before = model_store.digest(model_copy)
    (model_copy / file).write_bytes((model_copy / file).read_bytes() + b"\n")
    assert model_store.digest(model_copy) != before


def test_a_copy_has_the_same_digest_whatever_else_lies_beside(model_copy):
    (model_copy / "README.md").write_text("hello")
    assert model_store.digest(model_copy) == model_store.digest(DEMO_FOLDER / "model")


def test_a_folder_without_weights_has_no_digest(model_copy):
    (model_copy / "model.pt").unlink()
    with pytest.raises(ModelError, match=r"has no model\.pt"):
        model_store.digest(model_copy)


def test_large_weights_are_hashed_once_and_again_when_they_change(monkeypatch, model_copy):
    monkeypatch.setattr(model_store, "LARGE", 1000)
    hashed = []
    plain = storage.file_digest
    monkeypatch.setattr(storage, "file_digest", lambda file: hashed.append(file.name) or plain(file))
    first = model_store.digest(model_copy)
    assert model_store.digest(model_copy) == first
    assert hashed.count("model.pt") == 1
    with (model_copy / "model.pt").open("ab") as file:
        file.write(b"\0")
    os.utime(model_copy / "model.pt", ns=(1, 1))
    assert model_store.digest(model_copy) != first
    assert hashed.count("model.pt") == 2


def test_pulling_the_demo_or_a_folder_asks_nobody(hub_with_the_demo_model, model_copy):
    assert model_store.pull(EngineSettings()).folder == DEMO_FOLDER / "model"
    assert model_store.pull(settings(str(model_copy))) == hub.Pulled(model_copy, fetched=False)
    assert hub_with_the_demo_model.asked == []


def test_the_list_has_the_demo_and_what_was_fetched_also_what_is_not_whole(hub_with_the_demo_model):
    folder = model_store.resolve(settings())
    demo, fetched = model_store.models()
    assert (demo["model"], demo["hub"], demo["prepared"]) == ("demo", None, [])
    assert (fetched["model"], fetched["folder"]) == ("iic/SenseVoiceSmall@master", str(folder))
    assert fetched["digest"] == demo["digest"]
    (folder / "am.mvn").unlink()
    broken = model_store.models()[1]
    assert broken["digest"] == ""
    assert "am.mvn: missing" in broken["problem"]


def test_a_model_that_changed_since_it_was_fetched_does_not_pass_the_check(hub_with_the_demo_model):
    folder = model_store.resolve(settings())
    (folder / "config.yaml").write_text((folder / "config.yaml").read_text() + "# changed\n")
    with pytest.raises(ModelError, match=r"config\.yaml: not the bytes that were fetched"):
        model_store.check_whole(settings())
