"""Publishing over HTTP (specification, section 4): `request.py` in, `response.py` out."""
