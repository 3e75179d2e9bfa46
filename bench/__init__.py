"""Measurements: how many answers a second, how soon the next question, at what cost. `python -m bench`, see README.md."""
