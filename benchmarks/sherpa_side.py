"""sherpa-onnx over clips, in processes of one thread: what `cpu_race` runs with the Python that has sherpa-onnx.

Imports nothing of callqa: it runs in an environment of its own (benchmarks/requirements.txt).

    python benchmarks/sherpa_side.py MODEL.onnx TOKENS.txt CLIPS.npz PROCESSES SILERO.onnx|-

Prints JSON: wall and CPU seconds without loading, peak memory of a process in MB, seconds and number of clips.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import time
from typing import Any

import numpy as np

RATE = 16_000


def slices_of(audio: Any, silero: str) -> list[Any]:
    """The audio as its own voice activity detector cuts it; as it is, without one."""
    if silero == "-":
        return [audio]
    import sherpa_onnx

    config = sherpa_onnx.VadModelConfig()
    config.silero_vad.model = silero
    config.silero_vad.max_speech_duration = 15
    config.sample_rate = RATE
    detector = sherpa_onnx.VoiceActivityDetector(config, buffer_size_in_seconds=600)
    window = config.silero_vad.window_size
    for start in range(0, len(audio), window):
        detector.accept_waveform(audio[start : start + window])
    detector.flush()
    found = []
    while not detector.empty():
        found.append(np.array(detector.front.samples, np.float32))
        detector.pop()
    return found


def work(model: str, tokens: str, silero: str, clips: list[Any], barrier: Any, results: Any) -> None:
    """Load, wait for the others, recognise."""
    import sherpa_onnx

    recognizer = sherpa_onnx.OfflineRecognizer.from_sense_voice(
        model, tokens, num_threads=1, language="auto", use_itn=True
    )
    barrier.wait()
    before = time.process_time()
    for clip in clips:
        for piece in slices_of(clip, silero):
            stream = recognizer.create_stream()
            stream.accept_waveform(RATE, piece)
            recognizer.decode_stream(stream)
            assert stream.result is not None
    results.put((time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def main(model: str, tokens: str, archive: str, processes: str, silero: str) -> None:
    """Share the clips out by length, largest first, and measure from the moment all have loaded."""
    loaded = np.load(archive)
    clips = sorted((loaded[name].astype(np.float32) / 32768 for name in loaded.files), key=len, reverse=True)
    context = multiprocessing.get_context("spawn")
    count = int(processes)
    barrier, results = context.Barrier(count + 1), context.Queue()
    arguments = (model, tokens, silero)
    running = [
        context.Process(target=work, args=(*arguments, clips[index::count], barrier, results)) for index in range(count)
    ]
    for process in running:
        process.start()
    barrier.wait()
    start = time.perf_counter()
    cpu, peaks = zip(*(results.get() for _ in running), strict=True)
    wall = time.perf_counter() - start
    for process in running:
        process.join()
    audio = {"seconds": sum(map(len, clips)) / RATE, "clips": len(clips)}
    print(json.dumps({"wall": wall, "cpu": sum(cpu), "peak_mb": max(peaks), **audio}))


if __name__ == "__main__":
    main(*sys.argv[1:])
