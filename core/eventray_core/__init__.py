"""EventRay: the core layer."""
