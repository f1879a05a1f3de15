"""The whole path of callqa on a CPU beside the loop that it replaces and beside sherpa-onnx, in one run.

    python -m benchmarks.make_full_model --out /tmp/full
    python -m venv /tmp/sherpa && /tmp/sherpa/bin/pip install -r benchmarks/requirements.txt
    python -m benchmarks.cpu_race --model /tmp/full --sherpa /tmp/sherpa/bin/python

The same recordings, weights and machine: telephone calls of the demo as they are (wav), the model of full size.

* `loop`: one `AutoModel.generate()` a file, FunASR's defaults. A stereo call is mixed down, as FunASR does it: half of
  the audio, and nobody knows who speaks. `loop, each channel`: the same over the channels, as callqa and sherpa-onnx hear.
* `sherpa-onnx`: in int8, processes of one thread, samples at 16 kHz given to it (decoding and resampling are not
  measured). With the network that FunASR exports and ONNX Runtime quantises in the same way (what its users have):
  whole channels as its command does, whole channels through its own voice activity detector, and the very slices that
  callqa's prepare cut; these once more with callqa's own network.
* `callqa`: prepare, transcribe and parse as a day runs them, from the files to turns; the engine has been started.

The repetitions are interleaved, and the least of each counts: on a machine that others use too, compare the ratios, and
rather those of CPU seconds than those of wall seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import sherpa_model
from benchmarks.stages import measured
from callqa import fetch, parse, pipeline, prepare, settings, storage
from callqa.contracts import Clip, ClipAudio, Prepared
from callqa.settings import EngineSettings, Settings
from callqa.transcribe import choice, stage
from callqa.transcribe.models import model_store
from callqa.transcribe.onnx import onnx_engine, onnx_export

DAY = "2026-01-05"
LATER = 160
"""Samples by which a recording's next copy begins later."""
GFLOP_A_SECOND = 8.4
"""Of a second of audio through the full-size network."""
Figures = dict[str, float]


def main() -> None:
    """Run the race and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="/tmp/full")
    parser.add_argument("--sherpa", help="the Python of an environment with sherpa-onnx")
    parser.add_argument("--seconds", type=float, default=240.0, help="of recordings, at least")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--work", type=Path, help="where models for sherpa-onnx are kept")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        race(arguments, Path(folder))


def race(arguments: argparse.Namespace, folder: Path) -> None:
    """Measure all, interleaved."""
    chosen, seconds = source_of(folder, arguments.seconds, arguments.model)
    processes = len(os.sched_getaffinity(0))
    shard = fetch.run(
        day=pipeline.parse_day(DAY), run_dir=str(folder / "fetch"), source=chosen.source, shards=chosen.shards
    )["shards"][0]
    prepared = prepare.run(
        shard, run_dir=str(folder / "first"), lake=str(folder / "lake"), source=chosen.source, settings=chosen.prepare
    )
    heard = write_clips(prepared, folder / "clips.npz")
    write_channels(prepared, folder / "channels.npz")
    work = arguments.work or folder / "models"
    runners: dict[str, Callable[[int], Figures]] = {
        "callqa": lambda turn: measured(whole_path, chosen, shard, str(folder / f"turn-{turn}"))[0]
    }
    if arguments.sherpa:
        own, theirs = networks(chosen, work)
        contests = {
            "sherpa-onnx, whole channels": (theirs, "channels.npz", "-"),
            "sherpa-onnx, its VAD": (theirs, "channels.npz", _silero()),
            "sherpa-onnx, callqa's slices": (theirs, "clips.npz", "-"),
            "sherpa-onnx, callqa's slices and network": (own, "clips.npz", "-"),
        }
        script = str(Path(__file__).with_name("sherpa_side.py"))
        for name, (made, audio, silero) in contests.items():
            command = [arguments.sherpa, script, *map(str, made), str(folder / audio), str(processes), silero]
            runners[name] = sherpa_runner(command)
    files = [row.uri for row in storage.read_rows(prepared["recordings"], Prepared) if row.reject_reason is None]
    channels = write_channel_files(files, folder / "channels")
    runners["loop"] = lambda _: measured(the_loop, files, arguments.model)[0]
    runners["loop, each channel"] = lambda _: measured(the_loop, channels, arguments.model)[0]
    results: dict[str, list[Figures]] = {name: [] for name in runners}
    for turn in range(arguments.repetitions):
        for name, run in runners.items():
            results[name].append(run(turn))
            print(f"repetition {turn + 1}, {name}: {json.dumps(results[name][-1])}", flush=True)
    report(results, seconds, heard, processes)


def source_of(folder: Path, seconds: float, model: str) -> tuple[Settings, float]:
    """A source with wav recordings of the demo of so many seconds, and the settings that read it.

    Where the demo has not got as many, its recordings come again, a little later begun: as other bytes, so that no
    cache knows them.
    """
    truth = json.loads((settings.DEMO_FOLDER / "calls" / "ground_truth.json").read_text(encoding="utf-8"))
    rows = truth if isinstance(truth, list) else truth["recordings"]
    target = folder / "source" / DAY
    target.mkdir(parents=True)
    wavs = [row for row in rows if row["status"] == "analysed" and row["file"].endswith(".wav")]
    total, number = 0.0, 0
    while total < seconds:
        row, again = wavs[number % len(wavs)], number // len(wavs)
        copy = target / f"{again}-{row['file']}"
        total += _copy(settings.DEMO_FOLDER / "calls" / row["day"] / row["file"], copy, skipped=again * LATER)
        number += 1
    engine = EngineSettings(model=model, device="cpu")
    return Settings(engine=engine).with_folders(source=str(folder / "source"), lake=str(folder / "lake")), total


def _copy(file: Path, copy: Path, skipped: int) -> float:
    """A recording without its first samples; the seconds of it."""
    import soundfile

    form = soundfile.info(file)
    samples, rate = soundfile.read(file, dtype="int16", start=skipped)
    soundfile.write(copy, samples, rate, subtype=form.subtype)
    return len(samples) / float(rate)


def write_clips(prepared: dict[str, Any], path: Path) -> float:
    """The slices that prepare cut as one archive; gives their seconds."""
    clips = storage.read_rows(prepared["clips"], Clip)
    audio = {
        file: {row.clip: row.pcm for row in storage.read_rows(file, ClipAudio)} for file in {c.audio for c in clips}
    }
    arrays = {f"{clip.call_id}-{clip.clip:04}": np.frombuffer(audio[clip.audio][clip.clip], "<i2") for clip in clips}
    np.savez(path, **arrays)
    return sum(map(len, arrays.values())) / 16_000


def write_channels(prepared: dict[str, Any], path: Path) -> None:
    """Every channel of the recordings, whole, at 16 kHz."""
    import soundfile
    import soxr

    arrays = {}
    for row in storage.read_rows(prepared["recordings"], Prepared):
        if row.reject_reason is None:
            audio, rate = soundfile.read(row.uri, dtype="int16", always_2d=True)
            for channel in range(audio.shape[1]):
                arrays[f"{row.call_id}-{channel}"] = soxr.resample(audio[:, channel], rate, 16_000)
    np.savez(path, **arrays)


def write_channel_files(files: list[str], folder: Path) -> list[str]:
    """Every channel of the recordings as a file of its own: what a loop needs in order to tell the parties apart."""
    import soundfile

    folder.mkdir()
    written: list[str] = []
    for file in files:
        samples, rate = soundfile.read(file, dtype="int16", always_2d=True)
        for channel in range(samples.shape[1]):
            written.append(str(folder / f"{Path(file).stem}-{channel}.wav"))
            soundfile.write(written[-1], samples[:, channel], rate)
    return written


def _silero() -> str:
    import silero_vad

    return str(Path(silero_vad.__file__).parent / "data" / "silero_vad.onnx")


def networks(chosen: Settings, work: Path) -> tuple[tuple[Path, Path], tuple[Path, Path]]:
    """Model and tokens for sherpa-onnx: of callqa's network, and of FunASR's export."""
    model = model_store.identify(chosen.engine)
    own, theirs = work / "own", work / "funasr"
    network = onnx_export.prepare(model, "int8")
    ours = sherpa_model.write(network, model.folder, own)
    if not (theirs / "tokens.txt").exists():
        measured(sherpa_model.write_from_funasr, model.folder, theirs)
    return ours, (theirs / "model.int8.onnx", theirs / "tokens.txt")


def sherpa_runner(command: list[str]) -> Callable[[int], Figures]:
    """What runs sherpa-onnx with the Python of its environment."""

    def run(_turn: int) -> Figures:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        figures: Figures = json.loads(done.stdout.splitlines()[-1])
        return {name: figures[name] for name in ("wall", "cpu", "peak_mb")}

    return run


def the_loop(files: list[str], model: str) -> Figures:
    """FunASR a file at a time, with its defaults."""
    from funasr import AutoModel

    loaded = AutoModel(model=model, device="cpu", disable_update=True, disable_pbar=True, log_level="ERROR")
    loaded.generate(input=files[0], language="auto", use_itn=True)
    wall, cpu = time.perf_counter(), time.process_time()
    for file in files:
        loaded.generate(input=file, language="auto", use_itn=True)
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak_mb": _peak()}


def whole_path(chosen: Settings, shard: str, folder: str) -> Figures:
    """callqa from files to turns, with an engine that has been started and has an empty cache."""
    lake = f"{folder}/lake"
    engine = onnx_engine.open_onnx(
        chosen.engine, model_store.identify(chosen.engine), choice.onnx_precision(chosen.engine)
    )
    started = time.perf_counter()
    engine.start()
    engine.wait_until_ready()
    loading = time.perf_counter() - started
    before = _cpu(engine.process_ids)
    figures: Figures = {"loading": loading}
    start = time.perf_counter()
    prepared = prepare.run(shard, run_dir=folder, lake=lake, source=chosen.source, settings=chosen.prepare)
    figures["prepare"] = time.perf_counter() - start
    transcribed = stage.transcribe_shard(
        prepared, run_dir=folder, lake=lake, settings=chosen.engine, open_engine=lambda *_: _Kept(engine)
    )
    figures["transcribe"] = time.perf_counter() - start - figures["prepare"]
    parse.run(transcribed, run_dir=folder, roles=chosen.roles, text=chosen.text)
    figures["wall"] = time.perf_counter() - start
    figures["parse"] = figures["wall"] - figures["prepare"] - figures["transcribe"]
    figures["cpu"] = _cpu(engine.process_ids) - before
    figures["peak_mb"] = max(map(_peak, engine.process_ids))
    figures["peak_here_mb"] = _peak()
    engine.close()
    return figures


class _Kept:
    """An engine that the stage does not close, so that its start is not measured."""

    def __init__(self, engine: onnx_engine.OnnxTranscriber) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def close(self) -> None:
        """Not yet."""


def _peak(pid: int | str = "self") -> float:
    """Peak resident memory of a process, MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def _cpu(pids: list[int]) -> float:
    """CPU seconds so far of this process, of its ended children, and of the processes given."""
    ticks = 0.0
    for pid in (os.getpid(), *pids):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15] if pid == os.getpid() else fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_of_multiplication(kind: str) -> float:
    """Billions of operations a second that one thread of ONNX Runtime reaches: `MatMulInteger` or `MatMul`."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    rows, inner, columns = 170, 512, 2048
    generator = np.random.default_rng(0)
    is_int8 = kind == "int8"
    weights = generator.integers(-127, 127, (inner, columns), dtype=np.int8)
    constants = [numpy_helper.from_array(weights if is_int8 else weights.astype(np.float32), "w")]
    node = helper.make_node("MatMulInteger" if is_int8 else "MatMul", ["x", "w"], ["y"])
    kinds = (TensorProto.UINT8, TensorProto.INT32) if is_int8 else (TensorProto.FLOAT, TensorProto.FLOAT)
    given, made = (
        helper.make_tensor_value_info(n, k, [rows, s]) for n, k, s in zip("xy", kinds, (inner, columns), strict=True)
    )
    graph = helper.make_graph([node], "g", [given], [made], initializer=constants)
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    x = generator.integers(0, 255, (rows, inner), dtype=np.uint8)
    values = {"x": x if is_int8 else x.astype(np.float32)}
    best = min(_timed(lambda: session.run(None, values)) for _ in range(300))
    return 2 * rows * inner * columns / best / 1e9


def _timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(results: dict[str, list[Figures]], seconds: float, heard: float, processes: int) -> None:
    """A table in Markdown: the least of the repetitions, and how many times callqa's."""
    peaks = {kind: peak_of_multiplication(kind) for kind in ("int8", "fp32")}
    print(f"\n{_processor()}, {processes} cores, Python {platform.python_version()}; load {os.getloadavg()[0]:.1f}")
    print(f"{seconds:.0f} s of recordings; prepare cut {heard:.0f} s of slices out of all their channels\n")
    least = {name: {figure: min(run[figure] for run in runs) for figure in runs[0]} for name, runs in results.items()}
    ours = least["callqa"]
    print(
        "| | wall s | RTF | CPU s | peak MB a process | x callqa's wall | x callqa's CPU |\n|---|---|---|---|---|---|---|"
    )
    for name, of in least.items():
        ratios = f"{of['wall'] / ours['wall']:.2f} | {of['cpu'] / ours['cpu']:.2f}"
        print(
            f"| {name} | {of['wall']:.1f} | {of['wall'] / seconds:.4f} | {of['cpu']:.1f} | {of['peak_mb']:.0f} | {ratios} |"
        )
    print(
        "\ncallqa's stages: " + ", ".join(f"{n} {ours[n]:.2f} s" for n in ("prepare", "transcribe", "parse", "loading"))
    )
    floor = heard * GFLOP_A_SECOND / peaks["int8"]
    print(
        f"one thread multiplies {peaks['int8']:.0f} G int8 and {peaks['fp32']:.0f} G fp32 operations a second; the slices "
        f"need {heard * GFLOP_A_SECOND:.0f} GFLOP: at least {floor:.1f} CPU s, of {ours['cpu']:.1f}"
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
