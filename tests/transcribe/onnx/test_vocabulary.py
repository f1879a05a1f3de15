import pytest

from callqa.errors import ModelError
from callqa.transcribe.onnx.vocabulary import Vocabulary


def test_the_tokens_of_a_model_are_read(demo_model):
    vocabulary = Vocabulary(demo_model.folder)
    assert vocabulary.pieces[0] == "<unk>"
    assert {"<|zh|>", "<|NEUTRAL|>", "<|withitn|>"} <= set(vocabulary.pieces)
    tokens = [vocabulary.pieces.index(piece) for piece in ("<|zh|>", "我", "▁order", "。")]
    assert vocabulary.decode(tokens) == "<|zh|>我 order。"
    assert vocabulary.decode([]) == ""


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_a_vocabulary_that_cannot_be_read_is_an_error_that_names_the_file(model_copy, content):
    [file] = model_copy.glob("*.bpe.model")
    file.write_bytes(content)
    with pytest.raises(ModelError, match=file.name):
        Vocabulary(model_copy)


def test_a_folder_without_a_vocabulary_is_an_error(tmp_path):
    with pytest.raises(ModelError, match=r"\*\.bpe\.model"):
        Vocabulary(tmp_path)
