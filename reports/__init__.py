"""Thinks: periods, measures, sections and their rendering."""
