"""Measurements of models on data that they never saw."""
