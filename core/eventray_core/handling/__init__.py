"""Event handlers as rules: what they are told (`context.py`), what they answer (`answers.py`), what that
means (`judging.py`), and how one publish or subscribe goes through them (`invocation.py`). Who runs
JavaScript, and who asks data sources, is elsewhere.
"""
