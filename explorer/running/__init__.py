"""Trainings and layouts, from request to artifact, in processes of their own."""
