"""The page at `/`: shows in a browser whether this server works from there. Begin with `page.py`."""
