"""Trainings and layouts in processes of their own."""
