import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from callqa.errors import SourceError
from callqa.fetch.sidecar import join_key, read_sidecar

CSV = "file,agent_name,queue\na.wav, 陈静 ,\nb.wav,李雷,billing\n"
ROWS = {"a.wav": {"agent_name": "陈静"}, "b.wav": {"agent_name": "李雷", "queue": "billing"}}


def values(name: str, data: bytes) -> dict:
    return {key: row.values for key, row in read_sidecar(name, data, f"/day/{name}").rows.items()}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_in_the_encodings_that_it_comes_in(encoding):
    assert values("calls.csv", CSV.encode(encoding)) == ROWS


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_csv_may_be_separated_as_excel_does_it_elsewhere(separator):
    assert values("calls.csv", CSV.replace(",", separator).replace(" ", "").encode()) == ROWS


def test_jsonl_and_parquet_give_the_same_rows():
    lines = '{"file": "a.wav", "agent_name": "陈静", "queue": null}\n\n{"File": "b.wav", "agent_name": "李雷", "queue": "billing"}\n'
    assert values("calls.jsonl", lines.encode()) == ROWS
    table = pa.Table.from_pylist([{"file": name, "queue": None, **row} for name, row in ROWS.items()])
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    assert values("Calls.Parquet", buffer.getvalue()) == ROWS


def test_the_line_separator_of_unicode_does_not_break_a_json_line():
    assert values("calls.jsonl", '{"file": "a.wav", "note": "x\u2028y"}'.encode()) == {"a.wav": {"note": "x\u2028y"}}


@pytest.mark.parametrize("column", ["FILE", "filename", "录音文件", "Path"])
def test_the_file_column_has_other_names(column):
    assert values("calls.csv", f"queue,{column}\nq,a.wav\n".encode()) == {"a.wav": {"queue": "q"}}


@pytest.mark.parametrize("name", ["2026-01-05/a.wav", r"D:\rec\a.wav", "../../a.wav"])
def test_a_row_is_joined_on_the_last_part_of_a_path(name):
    assert join_key(name) == "a.wav"


def test_names_are_joined_in_composed_unicode():
    assert join_key("cafe\u0301.wav") == join_key("caf\u00e9.wav")


def test_rows_that_name_no_file_are_counted_and_blank_rows_are_not():
    sidecar = read_sidecar("calls.csv", b"file,queue\n,billing\n,\na.wav,x\n", "u")
    assert (list(sidecar.rows), sidecar.nameless) == (["a.wav"], 1)


def test_cells_beyond_the_heading_are_counted():
    assert read_sidecar("calls.csv", b"file,queue\na.wav,x,y,z\n", "u").rows["a.wav"].surplus == 2


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("calls.csv", b"audio_id,queue\n1,x\n", r"no column `file` \(its columns: audio_id, queue\)"),
        ("calls.csv", b"audio_id,queue\n", "no column `file`"),
        ("calls.csv", b"file\na.wav\nb.wav\na.wav\n", r"rows 2 and 4 are both about a\.wav"),
        ("calls.csv", b'file,q\n"a.wav"x,1\n', "is not CSV"),
        ("calls.csv", b"file\n\xff\xff\xff\n", "neither UTF-8 nor GBK"),
        ("calls.jsonl", b'{"file": "a.wav"}\n{"file": \n', "line 2 is not JSON"),
        ("calls.jsonl", b'["a.wav"]\n', "line 1 is not an object"),
        ("calls.parquet", b"PAR1 no", "is not Parquet"),
    ],
)
def test_a_malformed_sidecar_is_an_error_that_names_the_place(name, data, message):
    with pytest.raises(SourceError, match=message) as caught:
        read_sidecar(name, data, f"/day/{name}")
    assert f"/day/{name}" in caught.value.message
    assert caught.value.remedy


def test_an_empty_csv_knows_nothing():
    assert read_sidecar("calls.csv", b"", "u").rows == {}


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(SourceError, match="two columns `call_id`"):
        values("calls.csv", b"file,call_id,Call_ID \na.wav,A,\n")
    table = pa.Table.from_arrays([pa.array(["a.wav"]), pa.array(["A"]), pa.array([""])], ["file", "queue", "queue"])
    pq.write_table(table, data := io.BytesIO())
    with pytest.raises(SourceError, match="two columns `queue`"):
        values("calls.parquet", data.getvalue())


def test_half_surrogate_pairs_are_replaced_in_names_too():
    line = b'{"file": "a\\ud83d.wav", "\\ud83dx": "1"}'
    assert values("calls.jsonl", line) == {"a?.wav": {"?x": "1"}}


def test_json_nested_beyond_reason_is_refused():
    line = '{"file": "a.wav", "x": ' + "[" * 100_000 + "]" * 100_000 + "}"
    with pytest.raises(SourceError, match="line 1 is not JSON"):
        values("calls.jsonl", line.encode())
