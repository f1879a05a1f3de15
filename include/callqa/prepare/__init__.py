"""Prepare: recordings → channels, telephone tones, voice activity, clips of 16 kHz."""

from callqa.prepare.stage import run

__all__ = ["run"]
