"""Voices → clips: voice activity, pauses, turns, cuts."""
