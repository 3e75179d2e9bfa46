"""Strict stand-ins for the platforms, used by the tests and the benchmark: they refuse what the platforms refuse."""
