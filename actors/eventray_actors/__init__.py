"""EventRay: the actors layer."""
