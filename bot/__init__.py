"""The part that touches the world: command line, settings, channels, web, workers, start-up."""

__version__ = "0.1.0"
