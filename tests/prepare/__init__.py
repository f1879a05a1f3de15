"""Tests of callqa.prepare."""
