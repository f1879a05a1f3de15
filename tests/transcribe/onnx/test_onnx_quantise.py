import numpy as np
import pytest

from callqa.transcribe.onnx import onnx_quantise
from callqa.transcribe.onnx.onnx_quantise import quantise, rounded, weight_bits


def layer(path, *, bias: bool, read_twice: bool = False):
    """A file with one linear layer, and its weights."""
    from onnx import TensorProto, helper, numpy_helper, save

    generator = np.random.default_rng(0)
    weights, shift = generator.standard_normal((64, 32)).astype(np.float32), np.arange(32, dtype=np.float32)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y" if not bias else "product"])]
    if bias:
        nodes.append(helper.make_node("Add", ["b", "product"], ["y"]))
    outputs = ["y"]
    if read_twice:
        nodes.append(helper.make_node("Relu", ["product"], ["z"]))
        outputs.append("z")
    graph = helper.make_graph(
        nodes,
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["frames", 64])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["frames", 32]) for name in outputs],
        initializer=[numpy_helper.from_array(weights, "w"), numpy_helper.from_array(shift, "b")][: 1 + bias],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(path))
    return weights, shift * bias


def run(path, x):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})


@pytest.fixture
def x():
    return np.random.default_rng(1).standard_normal((20, 64)).astype(np.float32)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("bits", "error"), [(8, 0.02), (7, 0.04)])
def test_a_quantised_layer_computes_nearly_the_same(tmp_path, x, bias, bits, error):
    weights, shift = layer(tmp_path / "n.onnx", bias=bias)
    quantise(tmp_path / "n.onnx", bits)
    [found] = run(tmp_path / "n.onnx", x)
    exact = x @ weights + shift
    assert 0 < np.abs(found - exact).max() < error * np.abs(x @ weights).max()


def test_it_is_what_onnxruntimes_own_quantisation_computes(tmp_path, x):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    layer(tmp_path / "n.onnx", bias=True)
    theirs = tmp_path / "theirs.onnx"
    quantize_dynamic(tmp_path / "n.onnx", theirs, per_channel=True, weight_type=QuantType.QInt8)
    quantise(tmp_path / "n.onnx", 8)
    assert np.abs(run(tmp_path / "n.onnx", x)[0] - run(theirs, x)[0]).max() < 1e-4


def test_a_layer_and_its_bias_become_one_operator_and_the_weights_are_gone(tmp_path):
    import onnx

    layer(tmp_path / "n.onnx", bias=True)
    quantise(tmp_path / "n.onnx")
    graph = onnx.load(str(tmp_path / "n.onnx")).graph
    assert [node.op_type for node in graph.node] == ["DynamicQuantizeMatMul"]
    assert {tensor.name for tensor in graph.initializer} == {"w.weights", "w.scales", "w.zero", "b"}


def test_a_product_that_something_else_reads_too_keeps_its_addition(tmp_path, x):
    weights, _ = layer(tmp_path / "n.onnx", bias=True, read_twice=True)
    quantise(tmp_path / "n.onnx")
    _, positive = run(tmp_path / "n.onnx", x)
    assert np.abs(positive - np.maximum(x @ weights, 0)).max() < 0.02 * np.abs(x @ weights).max()


@pytest.mark.parametrize("bits", [7, 8])
def test_weights_are_rounded_by_column_to_the_nearest(bits):
    weights = np.array([[1.0, -10.0, 0.0], [0.26, 5.0, 0.0]], np.float32)
    numbers, scales = rounded(weights, bits)
    most = 2 ** (bits - 1) - 1
    assert numbers[0].tolist() == [most, -most, 0]
    assert np.abs(numbers * scales - weights).max() <= scales.max() / 2 + 1e-6
    assert scales[2] == 1.0


@pytest.mark.parametrize(
    ("flags", "bits"),
    [("flags: fpu sse2 avx2", 7), ("flags: sse2 avx512_vnni", 8), ("flags: sse2 avx_vnni", 8), ("Features: asimd", 8)],
)
def test_processors_that_would_overflow_get_smaller_numbers(tmp_path, monkeypatch, flags, bits):
    (tmp_path / "cpuinfo").write_text(flags)
    monkeypatch.setattr(onnx_quantise, "CPU_FLAGS", tmp_path / "cpuinfo")
    assert weight_bits() == bits


def test_an_unknown_processor_gets_eight_bits(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_quantise, "CPU_FLAGS", tmp_path / "none")
    assert weight_bits() == 8
