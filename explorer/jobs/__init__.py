"""Trainings, layouts and downloads in separate processes."""
