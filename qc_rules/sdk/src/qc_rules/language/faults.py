"""What is wrong in a rule, and where: places are paths through the keys of the document."""

from __future__ import annotations

Path = tuple[str | int, ...]
"""Keys of mappings and indexes of lists, from the document's root: `("conditions", "upset", "emotion", "any", 0)`."""


class Fault(ValueError):  # noqa: N818 - a PackError is made of it
    """Something in a rule's document that cannot be used. Whoever knows the file adds its name and the line."""

    def __init__(self, message: str, path: Path = (), remedy: str = "") -> None:
        super().__init__(message, path, remedy)
        self.message = message
        self.path = path
        self.remedy = remedy

    def __str__(self) -> str:
        place = spelled(self.path)
        return f"{place}: {self.message}" if place else self.message

    def within(self, path: Path) -> Fault:
        """The same, where the document it was found in stands at a path of a larger one."""
        return Fault(self.message, (*path, *self.path), self.remedy)


def spelled(path: Path) -> str:
    """`condition upset: emotion.any[0]`; empty for the root."""
    if len(path) > 1 and path[0] == "conditions":
        inner = _dotted(path[2:])
        return f"condition {path[1]}: {inner}" if inner else f"condition {path[1]}"
    return _dotted(path)


def _dotted(path: Path) -> str:
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text
