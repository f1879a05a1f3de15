"""The whole path, the engine and the encoder on a GPU, against stock FunASR on the same card, clips and weights.

    python -m benchmarks.make_full_model --out /tmp/full
    python -m benchmarks.gpu --device cuda --model /tmp/full --seconds 72000 --workers 14 [--profile] [--compile]

The recordings are made of the demo's calls: stereo, 8 kHz, no two alike, so that nothing is served from a cache. What
is measured, each without loading the model and without starting processes:

* whole path: prepare in so many processes, transcribe here as shards come, parse; hours of recordings an hour;
* engine: the clips of those shards, from samples to words; hours of clips an hour;
* encoder: one batch of half an hour again and again, features given; share of the card's bf16 peak;
* stock: `AutoModel.generate()` over some of those clips, one at a time and in batches.

That the script works is seen on a CPU:

    python -m benchmarks.gpu --device cpu --seconds 60 --model demo --workers 1
"""

from __future__ import annotations

import argparse
import datetime
import json
import multiprocessing
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from callqa import fetch, parse, prepare, settings, storage, transcribe
from callqa.contracts import SAMPLE_RATE, Clip
from callqa.settings import DEMO_FOLDER, EngineSettings, Settings

DAY = datetime.date(2026, 1, 5)
RATE = 8000
CALL_SECONDS = 240
FRAME = 0.06
H200_BF16_TFLOPS = 790.0
"""Of dense products in bf16, as measured elsewhere; the data sheet says 989."""


def main() -> None:
    """Measure and print a table in Markdown."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        rows = list(_measure(arguments, Path(scratch)))
    print(f"\n{_hardware(arguments)}\n\n| what | value |\n|---|---|")
    for what, value in rows:
        print(f"| {what} | {value} |")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps({"hardware": _hardware(arguments), **dict(rows)}, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="cuda", help="cuda, cuda:<n> or cpu")
    parser.add_argument("--model", default="demo", help="demo, or a model folder")
    parser.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16"])
    parser.add_argument("--seconds", type=float, default=3600, help="of recordings")
    parser.add_argument("--stock-seconds", type=float, default=600, help="of clips that stock FunASR is given")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="processes of prepare")
    parser.add_argument("--batch-seconds", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=0, help="of torch on the CPU; 0 = all cores")
    parser.add_argument("--peak", type=float, default=H200_BF16_TFLOPS, help="TFLOP/s of the device in that precision")
    parser.add_argument("--compile", action="store_true", help="with torch.compile around each block of the encoder")
    parser.add_argument("--profile", action="store_true", help="print the kernels that a batch spends its time in")
    parser.add_argument("--scratch", default=None, help="folder for recordings and results")
    parser.add_argument("--json", default=None, help="file for the figures")
    return parser.parse_args()


def _measure(arguments: argparse.Namespace, scratch: Path) -> Iterator[tuple[str, str]]:
    make_recordings(scratch / "calls", arguments.seconds)
    chosen = _settings(arguments, scratch)
    engine = _engine(chosen.engine)
    if arguments.compile:
        _compile()
    yield "device and precision", f"{engine.device}, {engine.precision}"
    frames = engine._room.limit
    yield "batch", f"{frames} padded frames ({frames * FRAME:.0f} s)" if engine.appetite else "each clip alone"
    transcribed, wall = whole_path(chosen, scratch, arguments.workers)
    seconds = CALL_SECONDS * len(list((scratch / "calls").rglob("*.wav")))
    yield f"whole path, {arguments.workers} processes of prepare", _rate(seconds, wall)
    for stage, took in _stages(transcribed).items():
        yield f"  {stage}", took
    clips = _clips(transcribed)
    yield "engine, samples to words", _rate(_length(clips), timed(lambda: _hear(engine, clips), engine.device))
    yield from encoder(engine, arguments)
    yield from stock(engine, clips, arguments)


def make_recordings(folder: Path, seconds: float) -> None:
    """Stereo calls of CALL_SECONDS: a demo call's channels, each at its own place and loudness, over and over."""
    material = [_telephone(path) for path in sorted((DEMO_FOLDER / "calls").rglob("*.wav"))]
    material = [audio for audio in material if audio is not None]
    numbers = np.random.default_rng(0)
    day = folder / DAY.isoformat()
    day.mkdir(parents=True)
    for call in range(max(1, round(seconds / CALL_SECONDS))):
        sides = [_side(material, numbers) for _ in range(2)]
        soundfile.write(day / f"{call:06d}.wav", np.stack(sides, axis=1), RATE, subtype="PCM_16")


def _telephone(path: Path) -> Any:
    try:
        audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        return None
    return audio[:, 0] if rate == RATE else None


def _side(material: Sequence[Any], numbers: np.random.Generator) -> Any:
    """One channel: calls and pauses in turn, until it is full."""
    pieces: list[Any] = []
    while sum(map(len, pieces)) < CALL_SECONDS * RATE:
        pieces.append(np.zeros(numbers.integers(RATE, 8 * RATE), np.float32))
        pieces.append(material[numbers.integers(len(material))] * np.float32(numbers.uniform(0.3, 0.9)))
    return np.concatenate(pieces)[: CALL_SECONDS * RATE]


def _settings(arguments: argparse.Namespace, scratch: Path) -> Settings:
    values = {
        "name": "funasr", "precision": arguments.precision, "device": arguments.device, "model": arguments.model,
        "batch_seconds": arguments.batch_seconds, "threads": arguments.threads,
    }  # fmt: skip
    return Settings(
        source=settings.SourceSettings(root=str(scratch / "calls")),
        shards=settings.ShardSettings(seconds=max(CALL_SECONDS, min(3600, arguments.seconds / arguments.workers / 2))),
        prepare=settings.PrepareSettings(processes=1),
        engine=EngineSettings.model_validate(values),
        lake=settings.LakeSettings(root=str(scratch / "lake")),
    )


def _engine(chosen: EngineSettings) -> Any:
    from callqa.transcribe.models import model_store
    from callqa.transcribe.pytorch.funasr_engine import open_funasr

    return open_funasr(chosen, model_store.identify(chosen))


def _compile() -> None:
    """One compilation for all blocks; whether it is worth its minute of waiting is the question."""
    import torch

    from callqa.transcribe.pytorch import network

    network._block = torch.compile(network._block, dynamic=True)


def whole_path(chosen: Settings, scratch: Path, workers: int) -> tuple[list[dict[str, Any]], float]:
    """Results of transcribe, and wall seconds from the first recording to the last turn."""
    run_dir = str(scratch / "run")
    fetched = fetch.run(day=DAY, run_dir=run_dir, source=chosen.source, shards=chosen.shards)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        list(pool.map(_warm, range(2 * workers)))
        start = time.perf_counter()
        prepared = [pool.submit(_prepare, shard, run_dir, chosen) for shard in fetched["shards"]]
        heard, parsed = [], []
        for future in prepared:
            heard.append(_transcribe(future.result(), run_dir, chosen))
            parsed.append(pool.submit(_parse, heard[-1], run_dir, chosen))
        for future in parsed:
            future.result()
        return heard, time.perf_counter() - start


def _warm(_: int) -> None:
    from callqa.prepare import stage

    time.sleep(0.2 if stage else 0)  # so that every process gets one


def _prepare(shard: str, run_dir: str, chosen: Settings) -> dict[str, Any]:
    start = time.perf_counter()
    done = prepare.run(shard, run_dir=run_dir, lake=chosen.lake.root, source=chosen.source, settings=chosen.prepare)
    return {**done, "prepare_wall": time.perf_counter() - start}


def _transcribe(prepared: dict[str, Any], run_dir: str, chosen: Settings) -> dict[str, Any]:
    start = time.perf_counter()
    done = transcribe.run(prepared, run_dir=run_dir, lake=chosen.lake.root, settings=chosen.engine)
    return {**done, "transcribe_wall": time.perf_counter() - start}


def _parse(transcribed: dict[str, Any], run_dir: str, chosen: Settings) -> dict[str, Any]:
    return parse.run(transcribed, run_dir=run_dir, roles=chosen.roles, text=chosen.text)


def _stages(transcribed: Sequence[dict[str, Any]]) -> dict[str, str]:
    spoken = sum(row["transcription"]["seconds"] for row in transcribed)
    return {
        "prepare, wall seconds over all processes": f"{sum(row['prepare_wall'] for row in transcribed):.1f}",
        "transcribe, wall seconds": f"{sum(row['transcribe_wall'] for row in transcribed):.1f} ({spoken:.0f} s of clips)",
    }


def _clips(transcribed: Sequence[dict[str, Any]]) -> list[Any]:
    from callqa.transcribe.recordings import by_recording, read_samples

    found = []
    for row in transcribed:
        for recording in by_recording(storage.read_rows(row["clips"], Clip), EngineSettings()):
            found += read_samples(recording)
    return found


def _hear(engine: Any, clips: Sequence[Any]) -> None:
    """As the stage does: so many seconds at once as the engine likes."""
    batch: list[Any] = []
    for clip in clips:
        batch.append(clip)
        if _length(batch) >= engine.appetite:
            engine.transcribe(batch, ["auto"] * len(batch))
            batch = []
    engine.transcribe(batch, ["auto"] * len(batch))


def timed(work: Callable[[], Any], device: str) -> float:
    """Wall seconds of the second of two runs, to the end of what the device does."""
    work()
    _wait(device)
    start = time.perf_counter()
    work()
    _wait(device)
    return time.perf_counter() - start


def _wait(device: str) -> None:
    if device != "cpu":
        import torch

        torch.cuda.synchronize(device)


def flops(engine: Any, frames: int) -> float:
    """Of a clip of so many frames (queries included): products of the blocks, attention, and the output layer."""
    loaded = engine._running.loaded.network
    blocks = [*loaded.encoder.encoders0, *loaded.encoder.encoders, *loaded.encoder.tp_encoders]
    products = sum(p.numel() for block in blocks for name, p in block.named_parameters() if p.ndim == 2)
    filters = sum(p.numel() for block in blocks for name, p in block.named_parameters() if p.ndim == 3)
    attention = 2 * len(blocks) * frames * loaded.encoder.output_size()
    return 2.0 * frames * (products + filters + attention + loaded.ctc.ctc_lo.weight.numel())


def encoder(engine: Any, arguments: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """A batch of clips of 15 s, as many as there is room for, features given, answers left on the device."""
    import torch

    network, frames = engine._running.network, 250
    limit = min(engine._room.limit, 32768) if engine.device != "cpu" else 1000
    clips = max(1, limit // (frames + 4))
    features = torch.randn(clips, frames, engine._running.features.size, device=engine.device)
    queries = [network.query("auto", True)] * clips

    def once() -> None:
        network(features, [frames] * clips, queries)

    with engine._runtime():
        repeats = 1 if engine.device == "cpu" else 10
        wall = timed(lambda: [once() for _ in range(repeats)], engine.device) / repeats
        if arguments.profile:
            _profile(once, engine.device)
    work = clips * flops(engine, frames + 4)
    yield f"encoder and output layer, {clips} clips of 15 s", _rate(clips * frames * FRAME, wall)
    yield "  GFLOP a second of audio", f"{work / (clips * frames * FRAME) / 1e9:.2f}"
    yield "  TFLOP/s", f"{work / wall / 1e12:.2f} ({work / wall / 1e12 / arguments.peak:.1%} of {arguments.peak:.0f})"
    if engine.device != "cpu":
        yield "  most memory taken", f"{torch.cuda.max_memory_allocated(engine.device) / 1e9:.2f} GB"


def _profile(once: Callable[[], None], device: str) -> None:
    from torch.profiler import ProfilerActivity, profile

    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if device != "cpu" else [])
    with profile(activities=activities) as seen:
        once()
        _wait(device)
    by = "self_cuda_time_total" if device != "cpu" else "self_cpu_time_total"
    print(seen.key_averages().table(sort_by=by, row_limit=25), file=sys.stderr)


def stock(engine: Any, clips: Sequence[Any], arguments: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """`generate()` over clips that add up to some seconds, and our engine over the same."""
    from funasr import AutoModel

    from callqa.transcribe.pytorch.quiet import quiet

    some, total = [], 0.0
    for clip in clips:
        if total < arguments.stock_seconds:
            some.append(clip)
            total += len(clip) / SAMPLE_RATE
    folder = str(DEMO_FOLDER / "model") if arguments.model == "demo" else arguments.model
    with quiet():
        loaded = AutoModel(
            model=folder, device=arguments.device, disable_update=True, disable_pbar=True, log_level="ERROR",
            frontend_conf={"dither": 0.0},
        )  # fmt: skip
    ours = timed(lambda: engine.transcribe(some, ["auto"] * len(some)), engine.device)
    yield f"engine, {total:.0f} s of the same clips", _rate(total, ours)
    for size in (1, 32):
        with quiet():
            wall = timed(lambda n=size: loaded.generate(input=some, batch_size=n, use_itn=True), engine.device)
        yield f"stock generate(), batch_size={size}", f"{_rate(total, wall)}; ours is {wall / ours:.1f} times as fast"


def _length(clips: Sequence[Any]) -> float:
    return sum(map(len, clips)) / SAMPLE_RATE


def _rate(seconds: float, wall: float) -> str:
    return f"{seconds / wall:,.0f} hours an hour ({seconds:,.0f} s in {wall:.2f} s)"


def _hardware(arguments: argparse.Namespace) -> str:
    import torch

    name = torch.cuda.get_device_name(arguments.device) if arguments.device != "cpu" else platform.machine()
    return f"{name}, {len(os.sched_getaffinity(0))} CPU cores, torch {torch.__version__}, model {arguments.model}"


if __name__ == "__main__":
    main()
