"""Objectives: what was attained, how much of the error budget is left, and how fast it burns."""
