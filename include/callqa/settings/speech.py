"""`[prepare]`, `[engine]`, `[roles]` and `[text]`: from a recording to clips, words, speakers and masked text."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from callqa.settings.section import DEMO_MODEL, Named, Section, Share


class PrepareSettings(Section):
    """How recordings become clips."""

    silence_tolerance: Annotated[float, Field(ge=0, le=10)] = 3.0
    """Seconds of pause inside a turn that do not end it, as long as nobody else speaks in the pause. The most, where
    `adaptive_tolerance` fits it to the call."""
    adaptive_tolerance: bool = True
    """Fit the tolerance to the call's own pauses, between 1 s (or silence_tolerance, where that is less) and
    silence_tolerance."""
    max_clip_seconds: Annotated[float, Field(ge=2, le=30)] = 15.0
    """No clip is longer: what is, is cut at its longest pause."""
    min_speech_seconds: Annotated[float, Field(ge=0)] = 0.2
    """Shorter bursts of voice are dropped unless they lie beside others."""
    vad_threshold: Share = 0.5
    """Probability from which the voice activity detector calls a frame speech."""
    sound_floor_dbfs: float = -60.0
    """Below this level everything is silence, whatever the noise floor."""
    tones: Literal["cn", "hk", "tw", "jp", "kr", "us", "uk"] = "cn"
    """Whose telephone tones are looked for."""
    denoise: Literal["off", "auto", "on"] = "auto"
    """`auto` denoises the channels whose measured SNR is below `denoise_below_snr_db`."""
    denoise_below_snr_db: float = 5.0
    """Measured with the demo model (docs/accuracy.md); another model has another best value."""
    diarise: Literal["off", "auto"] = "auto"
    """Tell the speakers of a mono recording apart."""
    processes: Annotated[int, Field(ge=0, le=256)] = 0
    """Recordings read at once, each in a process of its own; 0 = as many as the cores that this process may use."""
    max_recording_seconds: Annotated[float, Field(gt=0)] = 600.0
    """Wall seconds after which a recording that is still being read is given up. What could be decoded gets half a
    second more for every second of a channel."""
    max_recording_mb: Annotated[int, Field(ge=512)] = 2000
    """Memory of the process that reads a recording."""


class EngineSettings(Section):
    """Which model hears the clips, and on what."""

    name: Literal["auto", "onnx", "funasr"] = "auto"
    """`auto`: onnx on a CPU, funasr on a GPU."""
    precision: Literal["auto", "int8", "fp32", "bf16"] = "auto"
    """`auto`: int8 for onnx; for funasr bf16 on a GPU that computes in it, else fp32."""
    model: Named = DEMO_MODEL
    """`demo` (ships with callqa), a folder, or a hub's id such as iic/SenseVoiceSmall."""
    revision: str = "master"
    """Of a hub's model; pin it."""
    hub: Literal["ms", "hf"] = "ms"
    """ModelScope or Hugging Face."""
    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$")] = "auto"
    """`auto` takes a GPU where there is one; `cuda` fails where there is none."""
    language: Literal["auto", "zh", "en", "yue", "ja", "ko"] = "auto"
    """Of calls whose side-car gives no hint."""
    use_itn: bool = True
    """Punctuation and numbers in written form."""
    batch_seconds: Annotated[float, Field(ge=0)] = 0.0
    """Seconds of audio in one batch on a GPU; 0 = by its free memory. On a CPU each clip goes alone."""
    threads: Annotated[int, Field(ge=0)] = 0
    """CPU threads of funasr; 0 = all cores this process may use. onnx has one thread a process."""
    processes: Annotated[int, Field(ge=0, le=256)] = 0
    """Processes of onnx; 0 = as many as the cores this process may use, and never more than there is work for."""


class RoleSettings(Section):
    """Who is the agent, where the channels do not say."""

    min_probability: Annotated[float, Field(ge=0.5, le=1)] = 0.8
    """Below it the role is unknown."""
    agent_phrases: list[Named] = []
    """What only agents of this company say, for example its greeting; added to the phrases that callqa knows."""


class TextSettings(Section):
    """What becomes of what was said."""

    redact: list[Literal["phone", "id_card", "bank_card", "plate", "email", "number"]] = [
        "phone", "id_card", "bank_card", "plate", "email", "number",
    ]  # fmt: skip
    """Kinds of personal data that are masked in text, and silenced in the audio that people listen to."""
