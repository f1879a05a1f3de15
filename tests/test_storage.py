import errno
import pickle
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from callqa import errors, storage
from callqa.contracts import ClipAudio
from callqa.errors import StageError


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "a" / "file.txt"

    def write_half_then_fail():
        with storage.atomic(target) as temporary:
            temporary.write_text("half")
            raise KeyError("broken in the middle")

    with pytest.raises(KeyError):
        write_half_then_fail()
    assert list(target.parent.iterdir()) == []
    with storage.atomic(target) as temporary:
        temporary.write_text("whole")
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_what_a_writer_left_that_was_killed_is_tidied_away_and_what_a_living_one_writes_is_not(tmp_path):
    target = tmp_path / "[a].bin"
    killed = "import os, sys; from callqa import storage\nwith storage.atomic(sys.argv[1]): os._exit(0)"
    subprocess.run([sys.executable, "-c", killed, str(target)], check=True)
    assert len(list(tmp_path.iterdir())) == 1
    with storage.atomic(target) as temporary:
        temporary.write_text("whole")
        storage.tidy(target)
        assert list(tmp_path.iterdir()) == [temporary]
    assert target.read_text() == "whole"


def test_a_full_disk_leaves_the_old_file_and_says_what_to_do(tmp_path):
    target = storage.write_json(tmp_path / "x.json", {"old": 1})

    def fill_the_disk():
        with storage.atomic(target):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StageError, match="no space left") as caught:
        fill_the_disk()
    assert "free space" in caught.value.remedy
    assert storage.read_json(target) == {"old": 1}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_really_full_device_is_reported():
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(OSError) as caught, Path("/dev/full").open("w") as file:  # noqa: PT012
        file.write("x")
        file.flush()
    assert storage._write_error(Path("y"), caught.value).message == "no space left to write y"


def test_a_broken_file_is_named(tmp_path):
    broken = tmp_path / "rows.parquet"
    broken.write_bytes(b"PAR1 nothing")
    with pytest.raises(StageError, match=r"rows\.parquet"):
        storage.read_rows(broken, ClipAudio)


def test_a_result_is_made_once_for_the_same_inputs_and_anew_for_others(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"n": len(made)}

    results = [storage.once(tmp_path / "r.json", inputs, make) for inputs in ({"a": 1}, {"a": 1}, {"a": 2}, {"a": 2})]
    assert [r["n"] for r in results] == [1, 1, 2, 2]


def test_a_broken_cache_entry_is_no_entry(tmp_path):
    cache = storage.Cache(tmp_path, "prepare")
    key = cache.key("sha", {"p": 1})
    assert cache.rows(key, ClipAudio) is None
    cache.put_rows(key, ClipAudio, [ClipAudio(clip=0, pcm=b"\0\1")])
    assert cache.rows(key, ClipAudio) == [ClipAudio(clip=0, pcm=b"\0\1")]
    cache.path(key).write_bytes(b"cut")
    assert cache.rows(key, ClipAudio) is None
    storage.write_table(cache.path(key), pa.table({"clip": [1]}))
    assert cache.rows(key, ClipAudio) is None


def test_keys_depend_on_every_part(tmp_path):
    cache = storage.Cache(tmp_path, "x")
    assert len({cache.key("a", 1), cache.key("a", 2), cache.key("b", 1), cache.key("a", 1, None)}) == 4


def test_run_ids_become_folder_names():
    assert storage.run_folder("/lake", "scheduled__2026-01-05T00:00:00+00:00/../x").name == (
        "scheduled__2026-01-05T00-00-00-00-00-..-x"
    )


@pytest.mark.parametrize("kind", [k for k in vars(errors).values() if isinstance(k, type)], ids=lambda k: k.__name__)
def test_errors_cross_processes(kind):
    error = pickle.loads(pickle.dumps(kind("the file", remedy="mend it")))
    assert (type(error), error.message, error.remedy) == (kind, "the file", "mend it")
    assert "mend it" in str(error)
