import pytest

from tests.transcribe.contract import TranscriberContract
from tests.transcribe.fake import FakeTranscriber


class TestFake(TranscriberContract):
    @pytest.fixture
    def transcriber(self, demo_model):
        return FakeTranscriber(demo_model)


@pytest.mark.slow
class TestFunasr(TranscriberContract):
    @pytest.fixture
    def transcriber(self, engine):
        return engine


@pytest.mark.slow
class TestOnnx(TranscriberContract):
    @pytest.fixture
    def transcriber(self, onnx_engine):
        return onnx_engine
