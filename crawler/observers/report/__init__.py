"""Figures of a run that the summary has not: gathered at a bounded size, kept over restarts."""
