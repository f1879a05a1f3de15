"""Tests of callqa.fetch."""
