"""Generated telephone tones, and sounds that are none, as they come out of telephone networks.

Everything is drawn from a seed. Full scale is 1; clips are int16, mono.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from callqa.prepare.intake.decode import Samples
from callqa.prepare.sounds.cadences import PLANS, Cadence, Steady
from callqa.prepare.sounds.dtmf import COLUMNS, KEYS, ROWS

Signal = npt.NDArray[np.float64]
Generator = np.random.Generator

RATE = 8_000
CODECS = ("pcm", "alaw", "ulaw", "gsm", "g721_32", "ima_adpcm", "amr_12.2", "amr_4.75", "opus_16", "opus_6", "mp3_16")
"""Of which the number is the bit rate in kbit/s."""
_SUBTYPES = {"alaw": "ALAW", "ulaw": "ULAW", "gsm": "GSM610", "g721_32": "G721_32", "ima_adpcm": "IMA_ADPCM"}
_FFMPEG = {"amr": ("amr", "libopencore_amrnb"), "opus": ("ogg", "libopus"), "mp3": ("mp3", "libmp3lame")}
SNRS = (None, 30.0, 20.0, 10.0, 6.0)
"""dB of the tone over white noise in 0-4 kHz; of a rising one over that at its beginning."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A tone as it was made: what should be found in it."""

    country: str
    kind: str
    codec: str
    snr: float | None
    samples: Samples
    rate: int
    start: float
    end: float
    digits: str = ""


def int16(audio: Signal) -> Samples:
    """Samples of a signal."""
    return np.clip(np.rint(audio * 32767), -32768, 32767).astype(np.int16)


def through(audio: Signal, codec: str) -> tuple[Samples, int]:
    """What a codec makes of a signal of 8 kHz, and at what rate."""
    if codec == "pcm":
        return int16(audio), RATE
    file = io.BytesIO()
    if codec in _SUBTYPES:
        soundfile.write(file, audio, RATE, format="WAV", subtype=_SUBTYPES[codec])
        file.seek(0)
        return soundfile.read(file, dtype="int16")[0], RATE
    name, kilobits = codec.split("_")
    _encode(file, audio, *_FFMPEG[name], round(float(kilobits) * 1000))
    file.seek(0)
    return _decode(file)


def _encode(file: io.BytesIO, audio: Signal, container: str, codec: str, bits: int) -> None:
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(
            codec, rate=RATE, layout="mono", options={"application": "voip"} if "opus" in codec else {}
        )
        stream.bit_rate = bits
        context = stream.codec_context
        frame = av.AudioFrame.from_ndarray(int16(audio).reshape(1, -1), "s16", "mono")
        frame.sample_rate = RATE
        context.open()
        resampler = av.AudioResampler(context.format, context.layout, context.rate, frame_size=context.frame_size)
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            out.mux(stream.encode(piece))


def _decode(file: io.BytesIO) -> tuple[Samples, int]:
    with av.open(file) as source:
        resampler = av.AudioResampler("s16", "mono")
        frames = [piece for frame in source.decode(audio=0) for piece in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]), frames[0].sample_rate


def sine(hertz: float | Signal, seconds: float, g: Generator | None = None) -> Signal:
    """A wave of peak 1, of a frequency or of a curve of them (one a sample)."""
    count = round(seconds * RATE)
    curve = np.broadcast_to(hertz, count)
    return np.sin(2 * np.pi * np.cumsum(curve) / RATE + (g.uniform(0, 6.28) if g else 0.0))


def rms(audio: Signal) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(audio**2)))


def levelled(audio: Signal, dbfs: float) -> Signal:
    """At an RMS level."""
    return audio * 10 ** (dbfs / 20) / max(1e-9, rms(audio))


def partials(tone: Cadence | Steady, seconds: float, g: Generator) -> Signal:
    """The sound of a tone, each partial off its frequency by up to 80 % of the tolerance."""
    out = np.zeros(round(seconds * RATE))
    off = g.uniform(-0.8, 0.8) * tone.sound.tolerance
    for hertz in tone.sound.hertz:
        out += sine(hertz + off * hertz / tone.sound.hertz[-1], seconds, g) * 10 ** (g.uniform(-3, 3) / 20)
    if tone.sound.spread:
        depth = g.uniform(0.6, 1.0)
        out *= (1 + depth * sine(g.uniform(15, 20), seconds, g)) / (1 + depth)
    return out / np.max(np.abs(out))


def rhythm(tone: Cadence, g: Generator) -> tuple[Signal, int]:
    """A tone in its rhythm, every burst and pause off by up to 8 %, cut at random; and how many bursts it kept.

    At least what SPEECH asks for is left: one and a half periods of ringback, three bursts of the others.
    """
    step = len(tone.pattern)
    extra = int(g.integers(1, 4)) * (1 if tone.name == "ringback" else step + 1)
    count = tone.bursts + extra
    scale, phase = g.uniform(0.96, 1.04), int(g.integers(step))
    edges = [0.0]
    for i in range(count):
        edges += [x * scale * g.uniform(0.96, 1.04) for x in tone.pattern[(phase + i) % step]]
    times = np.cumsum(edges)
    gate = np.zeros(round(times[-1] * RATE))
    for on, off in zip(times[0:-1:2], times[1::2], strict=True):
        gate[round(on * RATE) : round(off * RATE)] = 1
    wave = partials(tone, times[-1] + 1, g)[: len(gate)] * gate
    # The cut at the front falls inside the first burst, the one at the end inside the last one or after it.
    first, last = times[1] * g.uniform(0, 0.8), times[-3] + (times[-2] - times[-3]) * g.uniform(0.4, 1.0)
    return wave[round(first * RATE) : round(last * RATE)], count


def steady(tone: Steady, g: Generator) -> Signal:
    """A tone without pauses of 2.4 to 8 s; a rising one rises in five steps of 3 dB."""
    wave = partials(tone, tone.seconds * g.uniform(1.2, 4.0), g)
    if tone.rises:
        steps = np.minimum(5 * np.arange(len(wave)) // len(wave), 4)
        wave *= 10 ** (3.0 * (steps - 4) / 20)
    return wave


def keys(g: Generator, count: int) -> tuple[Signal, str]:
    """Key presses of 60 to 150 ms with pauses as long, in the tolerances of ITU-T Q.24."""
    parts, digits = [], ""
    for _ in range(count):
        row, column = int(g.integers(4)), int(g.integers(4))
        seconds, twist = g.uniform(0.06, 0.15), 10 ** (g.uniform(-4, 4) / 40)
        low, high = ROWS[row] * g.uniform(0.986, 1.014), COLUMNS[column] * g.uniform(0.986, 1.014)
        parts += [sine(low, seconds, g) * twist + sine(high, seconds, g) / twist]
        parts += [np.zeros(round(g.uniform(0.06, 0.15) * RATE))]
        digits += KEYS[row][column]
    return np.concatenate(parts[:-1]) / 2, digits


def positives(seed: int, each: int, codecs: Sequence[str], speech: Callable[[Generator], Signal]) -> Iterator[Clip]:
    """`each` clips of every tone of every country, and of key presses, through every codec."""
    for country, plan in PLANS.items():
        for tone in (*plan.cadences, *plan.steadies):
            for codec in codecs:
                for i in range(each):
                    g = np.random.default_rng([seed, *f"{country}{tone.name}{codec}".encode(), i])
                    yield _clip(country, tone, codec, g, speech)
    for codec in codecs:
        for i in range(4 * each):
            yield _clip("cn", None, codec, np.random.default_rng([seed, *f"dtmf{codec}".encode(), i]), speech)


def _clip(
    country: str, tone: Cadence | Steady | None, codec: str, g: Generator, speech: Callable[[Generator], Signal]
) -> Clip:
    digits = ""
    if tone is None:
        wave, digits = keys(g, int(g.integers(4, 9)))
    else:
        wave = rhythm(tone, g)[0] if isinstance(tone, Cadence) else steady(tone, g)
    level = float(g.uniform(-33, -9))
    wave *= 10 ** (level / 20) / max(1e-9, rms(wave[np.abs(wave) > 0]))
    before, after = (_surroundings(g, level, speech) for _ in range(2))
    audio = np.concatenate([before, wave, after])
    snr = SNRS[int(g.integers(len(SNRS)))]
    faintest = level - 9.0 if isinstance(tone, Steady) and tone.rises else level
    floor = -70.0 if snr is None else max(-70.0, faintest - snr)
    audio += 10 ** (floor / 20) * g.standard_normal(len(audio))
    samples, rate = through(np.clip(audio, -1, 1), codec)
    if codec == "pcm":
        rate = int(g.choice([8_000, 11_025, 16_000, 44_100, 48_000]))
        samples = soxr.resample(samples, RATE, rate)
    start, end = len(before) / RATE, (len(before) + len(wave)) / RATE
    name = tone.name if tone else "dtmf"
    return Clip(
        country=country,
        kind=name,
        codec=codec,
        snr=snr,
        samples=samples,
        rate=rate,
        start=start,
        end=end,
        digits=digits,
    )


def _surroundings(g: Generator, level: float, speech: Callable[[Generator], Signal]) -> Signal:
    """Nothing, a pause, or a pause and speech."""
    choice = g.integers(3)
    pause = np.zeros(round(g.uniform(0.15, 1.5) * RATE))
    if choice == 0:
        return np.zeros(0)
    if choice == 1:
        return pause
    talk = levelled(speech(g), level + g.uniform(-6, 6))
    return np.concatenate([pause, talk, pause])


def voicelike(seconds: float, g: Generator, pitch: tuple[float, float] = (110.0, 240.0)) -> Signal:
    """Syllables of a gliding pitch with its harmonics: spectrum and rhythm of speech, no words."""
    time = np.arange(round(seconds * RATE)) / RATE
    knots = np.arange(0, seconds + 1, 0.15)
    curve = np.interp(time, knots, g.uniform(*pitch, len(knots)))
    phase = 2 * np.pi * np.cumsum(curve) / RATE
    voice = sum((np.sin(k * phase) / k for k in range(1, 16)), np.zeros(len(time)))
    return 0.1 * voice * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * time))


def vowel(hertz: float, seconds: float, g: Generator) -> Signal:
    """A sung or hesitating vowel: jitter and vibrato of a voice, four to ten harmonics."""
    count = round(seconds * RATE)
    knots = np.arange(0, count + 800, 800)
    wander = np.interp(np.arange(count), knots, g.normal(0, 0.006, len(knots)))
    vibrato = g.uniform(0, 0.02) * np.sin(2 * np.pi * g.uniform(4, 7) * np.arange(count) / RATE)
    curve = hertz * (1 + wander + vibrato)
    top = int(g.integers(2, 10))
    fall = g.uniform(0.7, 2.5)
    wave = sum((sine(k * curve, seconds, g) / k**fall for k in range(1, top) if k * hertz < 3600), np.zeros(count))
    return wave * np.minimum(1, np.arange(count) / 400)


def hum(hertz: float, seconds: float, g: Generator) -> Signal:
    """A whistle or a hum: nearly one sine, as steady as a mouth can."""
    count = round(seconds * RATE)
    knots = np.arange(0, count + 400, 400)
    curve = hertz * (1 + np.interp(np.arange(count), knots, g.normal(0, g.uniform(0.006, 0.015), len(knots))))
    wave = sine(curve, seconds, g) + g.uniform(0, 0.2) * sine(2 * curve, seconds, g)
    return wave * np.interp(np.arange(count), knots, g.uniform(0.6, 1.0, len(knots)))


def glide(g: Generator, seconds: float) -> Signal:
    """A pitch sliding through the band of the tones: sirens, slide whistles, theremins."""
    count = round(seconds * RATE)
    knots = np.arange(0, count + 4000, 4000)
    return sine(np.interp(np.arange(count), knots, g.uniform(300, 700, len(knots))), seconds, g)


def beeps(hertz: Sequence[float], on: float, off: float, seconds: float) -> Signal:
    """One after the other, repeated."""
    out: list[Signal] = []
    while sum(map(len, out)) < seconds * RATE:
        for f in hertz:
            out += [sine(f, on)]
        out += [np.zeros(round(off * RATE))]
    return 0.2 * np.concatenate(out)


def modem(g: Generator, seconds: float) -> Signal:
    """Frequency shift keying of 300 to 1,200 baud."""
    pair = ((1180, 980), (1850, 1650), (1300, 2100), (1200, 2200))[g.integers(4)]
    baud = int(g.choice([300, 1200]))
    bits = g.integers(0, 2, round(seconds * baud))
    curve = np.repeat(np.array(pair, float)[bits], RATE // baud)
    return 0.2 * sine(curve, len(curve) / RATE, g)


def melody(g: Generator, seconds: float) -> Signal:
    """Pure notes and pauses of the lengths that music has, A4 often among them."""
    out: list[Signal] = []
    beat = g.choice([0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.7])
    while sum(map(len, out)) < seconds * RATE:
        hertz = 440 * 2 ** (g.choice([0, 0, 0, -5, -3, -1, 2, 3, 5, 7]) / 12)
        length = beat * g.choice([0.5, 1, 1, 2])
        out += [sine(hertz, length, g)]
        if g.random() < 0.3:
            out += [np.zeros(round(beat * RATE))]
    return 0.2 * np.concatenate(out)


def negatives(seed: int, minutes: float) -> Iterator[tuple[str, Signal]]:
    """Sounds that are no tone of any country, `minutes` of each."""
    g = np.random.default_rng(seed)
    length = 20.0
    makers: dict[str, Callable[[], Signal]] = {
        "voice": lambda: voicelike(length, g),
        "high voice": lambda: voicelike(length, g, (200.0, 480.0)),
        "vowels near 450 Hz": lambda: _repeated(
            lambda: vowel(g.uniform(420, 480) / g.integers(1, 4), g.uniform(0.3, 4), g), g, length
        ),
        "hums and whistles": lambda: _repeated(
            lambda: hum(g.choice([400, 440, 450, 460, 950]) + g.normal(0, 10), g.uniform(0.2, 5), g), g, length
        ),
        "glides": lambda: 0.2 * glide(g, length),
        "melodies of sines": lambda: melody(g, length),
        "recorder beeps": lambda: beeps([1400.0], 0.5, g.choice([4.5, 14.5]), length),
        "fax calling": lambda: beeps([1100.0], 0.5, 3.0, length),
        "fax answering": lambda: beeps([2100.0], 3.3, 1.0, length),
        "modem": lambda: modem(g, length),
        "information tones": lambda: beeps([950.0, 1400.0, 1800.0], 0.33, 1.0, length),
        "alarms": lambda: beeps([g.choice([800.0, 1000.0, 2000.0, 3000.0])], 0.35, 0.35, length),
        "call waiting": lambda: beeps([450.0], 0.4, g.choice([8.0, 10.0]), length),
        "noise": lambda: 0.05 * g.standard_normal(round(length * RATE)),
        "mains hum": lambda: (
            sum((sine(50.0 * k, length, g) / k for k in (1, 3, 5, 7, 9)), np.zeros(round(length * RATE))) * 0.05
        ),
    }
    for name, make in makers.items():
        for _ in range(max(1, round(minutes * 60 / length))):
            yield name, make()


def _repeated(make: Callable[[], Signal], g: Generator, seconds: float) -> Signal:
    out: list[Signal] = []
    while sum(map(len, out)) < seconds * RATE:
        out += [levelled(make(), g.uniform(-30, -12)), np.zeros(round(g.choice([0.1, 0.2, 0.35, 0.7, 1.5]) * RATE))]
    return np.concatenate(out)
