"""Folders and addresses of the settings."""

from __future__ import annotations

from pathlib import Path


def absolute(path: str, base: Path) -> str:
    """A folder made absolute; an address as it is."""
    return path if "://" in path else str((base / Path(path).expanduser()).resolve())


def scheme(root: str) -> str:
    """`s3` of s3://…; of a folder nothing."""
    return root.partition("://")[0] if "://" in root else ""
