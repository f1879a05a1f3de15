"""Segments → turns: tags read, roles given, events listed."""

from callqa.parse.stage import run

__all__ = ["run"]
