"""Recordings: CSV, Parquet and JSONL files of others, read through a map into observations.

``mapform`` is what a map says, ``reading`` applies it to a file that the caller opened, ``recording`` is
what comes out: observations in order of time, the devices that sent them, and what was refused and why.
"""
