"""What callqa costs, measured; `make bench` runs `benchmarks.stages`."""
