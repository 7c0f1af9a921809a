"""One module for each step of the tables, in the order of their revisions."""
