"""The tokens of a model, read from its SentencePiece file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from callqa.errors import ModelError
from callqa.transcribe.models.model_check import TOKENIZER, tokenizer_file


class Vocabulary:
    """Token ids and what they spell."""

    def __init__(self, folder: str | Path) -> None:
        """Of a model folder.

        Raises:
            ModelError: it has no such file, or SentencePiece cannot read it.
        """
        import sentencepiece

        file = tokenizer_file(Path(folder))
        self._processor = sentencepiece.SentencePieceProcessor()
        try:
            self._processor.Load(str(file))
        except (RuntimeError, OSError) as error:
            raise ModelError(
                f"{folder}: {file.name if file else TOKENIZER} cannot be read: {error}",
                remedy="copy the whole model folder",
            ) from error
        self.pieces: list[str] = [self._processor.IdToPiece(i) for i in range(self._processor.GetPieceSize())]
        """By token id; `▁` stands for a space."""

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of some tokens, tags included."""
        return str(self._processor.DecodeIds(list(tokens)))
