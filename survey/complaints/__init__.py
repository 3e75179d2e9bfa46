"""Complaints (phản ánh, kiến nghị): which answers raise one, what may be done with one, and how it is shown. Pure."""
