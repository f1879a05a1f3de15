"""The stages of a day in one process: what `callqa run` and the tests call, step for step what the DAG does.

The DAG calls `begin`, the same stages, `conclude` and `summary`; so both publish the same rows.

day.py          begin, run_day: a day from fetch to publish
stages.py       each stage as a step, run_shard and hear_shard for those of a shard
concluding.py   conclude, decide: published, or in quarantine until somebody decides
summarising.py  summary: a day in numbers
one_file.py     inspect_file: one recording outside of any day
dates.py        parse_day: how a day is written
"""

from __future__ import annotations

from callqa.pipeline.concluding import conclude, decide
from callqa.pipeline.dates import parse_day
from callqa.pipeline.day import Progress, begin, new_run_id, run_day
from callqa.pipeline.one_file import inspect_file
from callqa.pipeline.stages import (
    hear_shard,
    judge_shard,
    parse_shard,
    prepare_shard,
    run_export,
    run_fetch,
    run_gate,
    run_shard,
    transcribe_shard,
)
from callqa.pipeline.summarising import summary

__all__ = [
    "Progress",
    "begin",
    "conclude",
    "decide",
    "hear_shard",
    "inspect_file",
    "judge_shard",
    "new_run_id",
    "parse_day",
    "parse_shard",
    "prepare_shard",
    "run_day",
    "run_export",
    "run_fetch",
    "run_gate",
    "run_shard",
    "summary",
    "transcribe_shard",
]
