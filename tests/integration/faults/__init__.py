"""One package, so that the towns its tests share end with it, not with the whole run."""
