"""The service as a process of its own, killed at the worst moments."""
