"""Clips → segments: a speech model writes down what it hears, with its tags and how sure it is.

Importing this imports neither torch nor funasr; they come when a recording has to be heard that is not cached.
"""

from callqa.transcribe.engine import Recognition, Transcriber
from callqa.transcribe.stage import run

__all__ = ["Recognition", "Transcriber", "run"]
