"""Credentials to decisions, one module a mode."""
