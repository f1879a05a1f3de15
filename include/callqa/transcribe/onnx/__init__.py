"""The engine for CPUs: ONNX Runtime, int8, one thread a process."""
