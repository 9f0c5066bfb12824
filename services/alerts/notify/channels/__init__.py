"""The ways of reaching somebody: one file each, named in the table of :mod:`.making`."""
