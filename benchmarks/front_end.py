"""Real human speech through the whole of prepare: what of it becomes speech, and what is taken for tones or music.

The speech is Debian's asterisk-core-sounds-en-wav (568 recorded telephone prompts, 8 kHz, transcripts in the sibling
package's documentation), the music asterisk-moh-opsound-wav (five pieces of hold music). Neither is shipped: they are
fetched with `apt-get download` into a cache folder. Prompts of silence, beeps and monkeys are known from the
transcripts and count as what they are.

    python -m benchmarks.front_end [--condition NAME ...] [--music-seconds 120]
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from callqa import fetch, prepare, storage
from callqa.contracts import Clip, Event, Prepared
from callqa.prepare.sounds.levels import levels_of, mask_of
from callqa.settings import PrepareSettings, ShardSettings, SourceSettings

PACKAGES = ("asterisk-core-sounds-en", "asterisk-core-sounds-en-wav", "asterisk-moh-opsound-wav")
CACHE = Path.home() / ".cache" / "callqa" / "prompts"
DAY = date(2026, 1, 5)
RATE = 8000
LEAD = 0.5
"""Seconds of line noise before and after each prompt, as in a call."""
LINE = -70.0
"""dBFS of that noise."""
JINGLES = ("confbridge-join", "confbridge-leave")
"""Sounds whose transcript does not say that they are none of words."""
Audio = npt.NDArray[np.float64]


def with_noise(audio: Audio, snr_db: float) -> Audio:
    """White noise at a signal-to-noise ratio."""
    power = (audio**2).mean() / 10 ** (snr_db / 10)
    return audio + np.sqrt(power) * np.random.default_rng(len(audio)).standard_normal(len(audio))


CONDITIONS: dict[str, Callable[[Audio], Audio]] = {
    "as recorded": lambda audio: audio,
    "30 dB fainter": lambda audio: audio * 10 ** (-30 / 20),
    "10 dB too loud, clipped": lambda audio: np.clip(audio * 10 ** (10 / 20), -1, 1),
    "DC offset 0.1": lambda audio: audio + 0.1,
    "30 dB fainter, DC 0.1": lambda audio: audio * 10 ** (-30 / 20) + 0.1,
    "SNR 20 dB": lambda audio: with_noise(audio, 20),
    "SNR 10 dB": lambda audio: with_noise(audio, 10),
}


@dataclass(frozen=True)
class Sounds:
    """The unpacked packages."""

    speech: dict[str, Path]
    others: dict[str, Path]
    """Beeps, silences, jingles, monkeys."""
    music: dict[str, Path]


def sounds_in(cache: Path) -> Sounds:
    """The prompts and the music; fetched once."""
    cache.mkdir(parents=True, exist_ok=True)
    if not (cache / "usr").is_dir():
        subprocess.run(["apt-get", "download", *PACKAGES], cwd=cache, check=True)
        for package in cache.glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(cache)], check=True)
    share = cache / "usr" / "share"
    (root,) = (share / "asterisk" / "sounds").iterdir()
    prompts = {str(path.relative_to(root).with_suffix("")): path for path in sorted(root.rglob("*.wav"))}
    wordless = {name for name in prompts if name.startswith("silence/") or name in JINGLES}
    wordless |= set(_wordless(share / "doc" / PACKAGES[0] / "core-sounds-en.txt.gz")) & set(prompts)
    return Sounds(
        speech={name: path for name, path in prompts.items() if name not in wordless},
        others={name: prompts[name] for name in sorted(wordless)},
        music={path.stem: path for path in sorted((share / "asterisk" / "moh").glob("*.wav"))},
    )


def _wordless(transcripts: Path) -> Iterator[str]:
    for line in gzip.decompress(transcripts.read_bytes()).decode("utf-8", "replace").splitlines():
        name, _, text = line.partition(": ")
        if re.fullmatch(r"\[.*\]", text.strip()):
            yield name


@dataclass(frozen=True)
class Found:
    """What prepare made of a recording."""

    prepared: Prepared
    clips: list[Clip]
    events: list[Event]

    def seconds(self, kind: str) -> float:
        """In clips of a kind, without their pads."""
        return sum(clip.end - clip.start for clip in self.clips if clip.kind == kind)


def heard(calls: dict[str, Audio], settings: PrepareSettings) -> dict[str, Found]:
    """What becomes of recordings (8 kHz, full scale 1), by name."""
    with tempfile.TemporaryDirectory() as folder:
        names = {f"{index:05d}": name for index, name in enumerate(calls)}
        day = Path(folder, "calls", DAY.isoformat())
        day.mkdir(parents=True)
        for call_id, name in names.items():
            soundfile.write(day / f"{call_id}.wav", np.clip(calls[name], -1, 1), RATE, subtype="PCM_16")
        source = SourceSettings(root=str(day.parent))
        run_dir = str(Path(folder, "run"))
        fetched = fetch.run(day=DAY, run_dir=run_dir, source=source, shards=ShardSettings(seconds=1e6))
        (shard,) = fetched["shards"]
        done = prepare.run(shard, run_dir=run_dir, lake=folder, source=source, settings=settings)
        rows = {row.call_id: row for row in storage.read_rows(done["recordings"], Prepared)}
        found = {name: Found(prepared=rows[call_id], clips=[], events=[]) for call_id, name in names.items()}
        for clip in storage.read_rows(done["clips"], Clip):
            found[names[clip.call_id]].clips.append(clip)
        for event in storage.read_rows(done["events"], Event):
            found[names[event.call_id]].events.append(event)
    return found


def in_a_call(path: Path, change: Callable[[Audio], Audio], seconds: float = 0.0) -> Audio:
    """A sound with the noise of the line around it; at most so many seconds of it (0 = all)."""
    audio, rate = soundfile.read(path, dtype="float64")
    if rate != RATE:
        raise ValueError(f"{path} has {rate} Hz; these packages hold {RATE}")
    audio = audio[: round(seconds * RATE)] if seconds else audio
    line = 10 ** (LINE / 20) * np.random.default_rng(len(audio)).standard_normal(len(audio) + round(2 * LEAD * RATE))
    line[round(LEAD * RATE) :][: len(audio)] += audio
    return change(line)


def energy_share(audio: Audio, found: Found, kinds: tuple[str, ...]) -> tuple[float, float]:
    """Energy inside the clips of those kinds, and in all: of the audible frames (35 dB below the loudest at most)."""
    levels = levels_of(np.rint(np.clip(audio, -1, 1) * 32767).astype(np.int16), RATE)
    power = 10.0 ** (levels.astype(np.float64) / 10) * (levels > levels.max() - 35)
    inside = mask_of([(clip.start, clip.end) for clip in found.clips if clip.kind in kinds], len(levels))
    return float(power[inside].sum()), float(power.sum())


def speech_row(name: str, sounds: Sounds, settings: PrepareSettings) -> None:
    """A line of the table: the prompts with words under a condition."""
    calls = {prompt: in_a_call(path, CONDITIONS[name]) for prompt, path in sounds.speech.items()}
    found = heard(calls, settings)
    missed = [prompt for prompt, of in found.items() if not of.seconds("speech")]
    tones = [prompt for prompt, of in found.items() if of.prepared.call_state or _tones(of)]
    plain = {prompt: in_a_call(path, CONDITIONS["as recorded"]) for prompt, path in sounds.speech.items()}
    shares = {
        kinds: np.array([energy_share(plain[prompt], of, kinds) for prompt, of in found.items()]).sum(axis=0)
        for kinds in (("speech",), ("speech", "sound"))
    }
    kept, energy, any_clip = 1 - len(missed) / len(found), *(part / whole for part, whole in shares.values())
    count = sum(len(of.clips) for of in found.values())
    print(
        f"| {name} | {kept:.2%} | {energy:.2%} | {any_clip:.2%} | {count / len(found):.2f} | {len(tones)} "
        f"| {_music(found):.1f} |"
    )
    if missed or tones:
        print(f"<!-- {name}: missed {missed[:20]}; tones in {tones[:20]} -->")


def _tones(found: Found) -> list[Event]:
    return [event for event in found.events if event.class_ not in ("dtmf", "hold_music", "silence")]


def _music(found: dict[str, Found]) -> float:
    return sum(e.end - e.start for of in found.values() for e in of.events if e.class_ == "hold_music")


def other_rows(calls: dict[str, Audio], settings: PrepareSettings) -> None:
    """Lines of the second table: what is no speech."""
    found = heard(calls, settings)
    for name, of in found.items():
        seconds = len(calls[name]) / RATE - 2 * LEAD
        classes = sorted({event.class_ for event in of.events})
        print(
            f"| {name} | {seconds:.1f} | {of.prepared.speech_seconds / seconds:.1%} | {of.seconds('speech'):.1f} "
            f"| {of.seconds('sound'):.1f} | {_music({name: of}) / seconds:.1%} | {', '.join(classes)} |"
        )


def main() -> None:
    """Measure and print two tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of the unpacked packages")
    parser.add_argument("--condition", action="append", choices=CONDITIONS, help="only these")
    parser.add_argument("--music-seconds", type=float, default=120.0, help="of each piece of music; 0 = all")
    parser.add_argument("--every", type=int, default=1, help="only every n-th prompt")
    chosen = parser.parse_args()
    sounds, settings = sounds_in(chosen.cache), PrepareSettings(processes=1)
    sounds = Sounds(dict(list(sounds.speech.items())[:: chosen.every]), sounds.others, sounds.music)
    started = time.monotonic()
    print(f"{platform.processor() or platform.machine()}, {len(os.sched_getaffinity(0))} cores")
    print(f"\n{len(sounds.speech)} prompts with words\n")
    print(
        "| condition | kept as speech | energy in speech clips | in any clip | clips each | tone false alarms ", end=""
    )
    print("| s called music |\n|---|---|---|---|---|---|---|")
    for name in chosen.condition or CONDITIONS:
        speech_row(name, sounds, settings)
    print("\n| no words | seconds | called speech | s in speech clips | s in sound clips | called music | events |")
    print("|---|---|---|---|---|---|---|")
    plain = CONDITIONS["as recorded"]
    calls = {name: in_a_call(path, plain, chosen.music_seconds) for name, path in sounds.music.items()}
    other_rows(calls | {name: in_a_call(path, plain) for name, path in sounds.others.items()}, settings)
    print(f"\n{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
