"""Tests of callqa.late, callqa.intraday and callqa.turns."""
