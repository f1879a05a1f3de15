import os
import shutil

import pytest

from callqa import storage
from callqa.errors import ModelError
from callqa.settings import DEMO_FOLDER, EngineSettings
from callqa.transcribe import hub, model_store


@pytest.fixture(autouse=True)
def model_cache(tmp_path, monkeypatch):
    """A model cache of the test's own."""
    monkeypatch.setenv(hub.CACHE_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def hub_with_the_demo_model(monkeypatch):
    """A hub that has the demo model under every name, and counts how often it was asked."""
    asked = []

    def fetch(model, revision, into):
        asked.append((model, revision))
        shutil.copytree(DEMO_FOLDER / "model", into, dirs_exist_ok=True)

    monkeypatch.setitem(hub.FETCHERS, "ms", fetch)
    return asked


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
    assert hub_with_the_demo_model == []


def test_a_model_is_fetched_once_a_revision(hub_with_the_demo_model, model_cache):
    folder = model_store.pull(settings(revision="v1"))
    assert folder == model_cache / "ms" / "iic" / "SenseVoiceSmall" / "v1"
    assert model_store.pull(settings(revision="v1")) == folder
    model_store.pull(settings(revision="v2"))
    assert hub_with_the_demo_model == [("iic/SenseVoiceSmall", "v1"), ("iic/SenseVoiceSmall", "v2")]
    assert model_store.name_of(settings(revision="v1")) == "iic/SenseVoiceSmall@v1"


def test_a_download_that_breaks_off_leaves_no_model_and_goes_on_the_next_time(monkeypatch, hub_with_the_demo_model):
    whole = hub.FETCHERS["ms"]

    def breaks_off(model, revision, into):
        into.mkdir(parents=True)
        (into / "config.yaml").write_text("model: SenseVoiceSmall")
        raise ConnectionError("gone")

    monkeypatch.setitem(hub.FETCHERS, "ms", breaks_off)
    with pytest.raises(ModelError, match="gone"):
        model_store.resolve(settings())
    assert not hub.folder_of("iic/SenseVoiceSmall", "master", "ms").exists()
    monkeypatch.setitem(hub.FETCHERS, "ms", whole)
    assert model_store.check(model_store.resolve(settings())) == []


def test_without_a_network_the_error_says_how_to_do_without(monkeypatch, model_cache):
    def no_network(model, revision, into):
        raise OSError("network is unreachable")

    monkeypatch.setitem(hub.FETCHERS, "hf", no_network)
    with pytest.raises(ModelError, match=r"iic/SenseVoiceSmall.*unreachable") as caught:
        model_store.resolve(settings(hub="hf"))
    assert "callqa model pull" in caught.value.remedy
    assert str(model_cache / "hf" / "iic" / "SenseVoiceSmall" / "master") in caught.value.remedy


def test_a_folder_copied_into_the_cache_is_taken_without_a_network(model_cache):
    target = model_cache / "ms" / "iic" / "SenseVoiceSmall" / "master"
    shutil.copytree(DEMO_FOLDER / "model", target)
    assert model_store.resolve(settings()) == target


def test_what_a_hub_sends_is_checked_before_it_is_taken(monkeypatch):
    def sends_half(model, revision, into):
        shutil.copytree(DEMO_FOLDER / "model", into)
        (into / "am.mvn").unlink()

    monkeypatch.setitem(hub.FETCHERS, "ms", sends_half)
    with pytest.raises(ModelError, match=r"am\.mvn: missing"):
        model_store.resolve(settings())


def test_a_damaged_model_in_the_cache_is_fetched_anew(hub_with_the_demo_model):
    folder = model_store.resolve(settings())
    (folder / "model.pt").unlink()
    assert model_store.check(model_store.resolve(settings())) == []
    assert len(hub_with_the_demo_model) == 2


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


def test_hugging_face_is_asked_by_its_own_names(monkeypatch, tmp_path):
    import huggingface_hub

    asked = {}
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda name, **more: asked.update(name=name, **more))
    hub.FETCHERS["hf"]("iic/SenseVoiceSmall", "master", tmp_path)
    assert (asked["name"], asked["revision"]) == ("FunAudioLLM/SenseVoiceSmall", "main")
    assert "model.pt" in asked["allow_patterns"]
    hub.FETCHERS["hf"]("me/mine", "3eb3b4ee", tmp_path)
    assert (asked["name"], asked["revision"]) == ("me/mine", "3eb3b4ee")
