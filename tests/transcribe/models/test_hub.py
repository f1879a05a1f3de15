"""Models fetched by the hubs' own libraries from a hub on this machine."""

import json
import shutil
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from callqa import storage
from callqa.errors import ModelError
from callqa.settings import DEMO_FOLDER, EngineSettings
from callqa.transcribe.models import hub, hub_clients, model_check, model_store
from tests.transcribe.fake_hub import serve

DEMO = DEMO_FOLDER / "model"
NAME = "iic/SenseVoiceSmall"
WEIGHTS = "model.pt"
PIECE = 100_000
both_hubs = pytest.mark.parametrize("which", ["hf", "ms"])


@pytest.fixture(autouse=True)
def model_cache(tmp_path, monkeypatch):
    """A model cache of the test's own."""
    monkeypatch.setenv(hub.CACHE_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def the_hub(monkeypatch):
    """The demo model under the published model's name. (Hugging Face's library writes pieces of 10 MB: more than it.)"""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", PIECE)
    with serve(DEMO) as running:
        point_to(running.url, monkeypatch)
        yield running


def point_to(url, monkeypatch):
    for name in ("HF_ENDPOINT", "MODELSCOPE_ENDPOINT"):
        monkeypatch.setenv(name, url)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def files_asked(running):
    return [line for line in running.asked if "/resolve/" in line or "FilePath=" in line]


@both_hubs
def test_a_model_is_fetched_whole_and_with_a_record(the_hub, which, model_cache):
    pulled = hub.pull(NAME, "master", which)
    assert pulled == hub.Pulled(model_cache / which / NAME / "master", fetched=True)
    assert model_store.digest(pulled.folder) == model_store.digest(DEMO)
    record = hub.read_record(pulled.folder)
    assert (record.model, record.hub, record.revision) == (NAME, which, "master")
    assert record.commit == (the_hub.commit if which == "hf" else None)
    assert record.files[WEIGHTS] == {
        "size": (DEMO / WEIGHTS).stat().st_size,
        "sha256": storage.file_digest(DEMO / WEIGHTS),
    }
    assert sorted(file.name for file in pulled.folder.iterdir()) == sorted([*record.files, hub.RECORD])


@both_hubs
def test_what_is_not_of_the_model_is_left_on_the_hub(the_hub, which):
    the_hub.files["example.mp3"] = b"hello"
    hub.pull(NAME, "master", which)
    assert not any("example.mp3" in line for line in files_asked(the_hub))


@both_hubs
def test_what_is_here_is_not_fetched_again_and_a_run_does_not_even_ask(the_hub, which):
    folder = hub.pull(NAME, "master", which).folder
    the_hub.asked.clear()
    assert hub.ensure(NAME, "master", which) == folder
    assert the_hub.asked == []
    assert hub.pull(NAME, "master", which) == hub.Pulled(folder, fetched=False)
    assert files_asked(the_hub) == []


@both_hubs
def test_an_interrupted_download_leaves_no_model_and_goes_on_where_it_stopped(the_hub, which, model_cache):
    whole = len(the_hub.files[WEIGHTS])
    part = 5_000_000
    run_until_killed(the_hub, which, part)
    assert not (model_cache / which / NAME / "master").exists()
    assert the_hub.sent[WEIGHTS] < whole
    before = the_hub.sent[WEIGHTS]
    the_hub.stall.clear()
    pulled = hub.pull(NAME, "master", which)
    assert model_store.digest(pulled.folder) == model_store.digest(DEMO)
    assert the_hub.sent[WEIGHTS] - before < whole - 1_000_000


def run_until_killed(running, which, after):
    """`callqa model pull` in a process that is killed in the middle of the weights."""
    running.stall[WEIGHTS] = after
    script = (
        "import sys; from callqa.transcribe.models import hub; from huggingface_hub import constants\n"
        f"constants.DOWNLOAD_CHUNK_SIZE = {PIECE}\n"
        "hub.pull(sys.argv[1], 'master', sys.argv[2])"
    )
    child = subprocess.Popen([sys.executable, "-c", script, NAME, which])
    try:
        assert running.stalled.wait(60)
    finally:
        child.kill()
        child.wait()


@both_hubs
def test_a_connection_that_breaks_is_taken_up_again(the_hub, which):
    the_hub.cut[WEIGHTS] = 3_000_000
    pulled = hub.pull(NAME, "master", which)
    assert model_store.digest(pulled.folder) == model_store.digest(DEMO)
    assert the_hub.sent[WEIGHTS] < 1.2 * len(the_hub.files[WEIGHTS])


def test_bytes_that_are_not_those_announced_are_refused_and_fetched_anew_the_next_time(the_hub):
    the_hub.damage.add(WEIGHTS)
    with pytest.raises(ModelError, match=r"not what the hub announced: model\.pt differs: its SHA-256"):
        hub.pull(NAME, "master", "hf")
    assert not hub.folder_of(NAME, "master", "hf").exists()
    the_hub.damage.clear()
    assert hub.pull(NAME, "master", "hf").fetched


def test_a_small_file_is_compared_by_its_git_object(the_hub):
    the_hub.damage.add("am.mvn")
    with pytest.raises(ModelError, match=r"am\.mvn differs: its Git object is not"):
        hub.pull(NAME, "master", "hf")


@both_hubs
def test_a_revision_whose_bytes_have_changed_is_reported_and_taken_only_when_told(the_hub, which):
    folder = hub.pull(NAME, "master", which).folder
    before = model_store.digest(folder)
    first = the_hub.commit
    the_hub.change("config.yaml", the_hub.files["config.yaml"] + b"\n# new\n")
    with pytest.raises(ModelError, match=r"config\.yaml differs: 755 bytes instead of 762") as caught:
        hub.pull(NAME, "master", which)
    assert "--replace" in caught.value.remedy
    assert (first in caught.value.message) == (which == "hf")
    assert model_store.digest(folder) == before
    assert hub.pull(NAME, "master", which, replace=True).fetched
    assert (folder / "config.yaml").read_bytes() == the_hub.files["config.yaml"]
    assert model_store.digest(folder) != before
    assert [entry.name for entry in folder.parent.iterdir() if entry.is_dir()] == ["master"]


def test_a_commit_is_a_revision(the_hub):
    assert hub.read_record(hub.pull(NAME, the_hub.commit, "hf").folder).commit == the_hub.commit


@both_hubs
def test_a_folder_of_ones_own_is_fetched_into(the_hub, which, tmp_path):
    pulled = hub.pull(NAME, "master", which, to=tmp_path / "mine")
    assert pulled.folder == tmp_path / "mine"
    assert model_store.resolve(EngineSettings(model=str(tmp_path / "mine"))) == tmp_path / "mine"


def test_a_folder_that_holds_something_else_is_left_alone(the_hub, tmp_path):
    (tmp_path / "thesis.tex").write_text("all of it")
    with pytest.raises(ModelError, match="holds something else"):
        hub.pull(NAME, "master", "hf", to=tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "all of it"


def test_a_model_copied_here_by_hand_gets_its_record_from_the_hub(the_hub, model_cache):
    target = model_cache / "hf" / NAME / "master"
    shutil.copytree(DEMO, target)
    assert hub.read_record(target) is None
    assert not hub.pull(NAME, "master", "hf").fetched
    assert hub.read_record(target).commit == the_hub.commit


@both_hubs
def test_a_model_that_the_hub_does_not_have_is_an_error_with_remedies(the_hub, which):
    with pytest.raises(ModelError, match="cannot fetch the model me/mine") as caught:
        hub.pull("me/mine", "master", which)
    assert "check the name" in caught.value.remedy


def test_a_revision_that_the_hub_does_not_have_is_an_error(the_hub):
    with pytest.raises(ModelError, match="revision v9"):
        hub.pull(NAME, "v9", "hf")


@both_hubs
def test_a_repository_that_is_no_sensevoice_is_refused_before_it_is_fetched(the_hub, which):
    del the_hub.files["am.mvn"]
    with pytest.raises(ModelError, match=r"has no am\.mvn"):
        hub.pull(NAME, "master", which)
    assert files_asked(the_hub) == []


@pytest.fixture
def unreachable(monkeypatch):
    """An address at which nobody answers, and libraries that give up at once."""
    from modelscope_hub import _legacy_api

    monkeypatch.setattr(_legacy_api, "REPO_TREE_PAGE_MAX_ATTEMPTS", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        point_to(f"http://127.0.0.1:{taken.getsockname()[1]}", monkeypatch)
        yield


@both_hubs
def test_without_a_network_the_error_says_how_to_do_without(unreachable, which, model_cache):
    with pytest.raises(ModelError, match=r"cannot fetch the model iic/SenseVoiceSmall") as caught:
        hub.pull(NAME, "master", which)
    other = {"ms": "--hub hf", "hf": "--hub ms"}[which]
    for words in ("HTTPS_PROXY", other, "callqa model pull", str(model_cache / which / NAME / "master")):
        assert words in caught.value.remedy


@both_hubs
def test_without_a_network_the_copy_that_is_here_is_good(unreachable, which, model_cache):
    shutil.copytree(DEMO, model_cache / which / NAME / "master")
    pulled = hub.pull(NAME, "master", which)
    assert not pulled.fetched
    assert "could not be asked" in pulled.note


def test_processes_that_want_the_same_model_fetch_it_once(the_hub):
    with ThreadPoolExecutor(3) as pool:
        folders = list(pool.map(lambda _: hub.ensure(NAME, "master", "hf"), range(3)))
    assert len(set(folders)) == 1
    assert sum("GET" in line and WEIGHTS in line for line in files_asked(the_hub)) == 1


def test_what_was_damaged_after_it_was_fetched_is_seen(the_hub):
    folder = hub.pull(NAME, "master", "hf").folder
    assert hub.changed_since(folder) == {}
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[4_000_000] ^= 1
    (folder / WEIGHTS).write_bytes(data)
    (folder / "am.mvn").unlink()
    changed = hub.changed_since(folder)
    assert sorted(changed) == ["am.mvn", WEIGHTS]
    assert "not the bytes that were fetched" in changed[WEIGHTS]


def test_a_record_that_is_not_one_counts_as_none(tmp_path):
    (tmp_path / hub.RECORD).write_text(json.dumps({"something": "else"}))
    assert hub.read_record(tmp_path) is None
    assert hub.changed_since(tmp_path) == {}


def test_a_library_imported_while_offline_still_reaches_its_hub(the_hub, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert hub.pull(NAME, "master", "hf").fetched
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError):
        hub.pull(NAME, "other", "hf")


def test_the_files_fetched_are_those_that_a_model_needs():
    wanted = [file.name for file in DEMO.iterdir() if hub_clients.is_wanted(file.name)]
    assert len(wanted) == len(model_check.PURPOSES)
    assert not hub_clients.is_wanted("model_quant.onnx")
