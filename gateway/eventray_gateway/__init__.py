"""EventRay: the gateway layer."""
