"""The engine for GPUs: FunASR's weights in PyTorch."""
