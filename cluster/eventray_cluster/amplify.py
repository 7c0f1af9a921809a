"""What an app that uses Amplify's client is configured with."""

import json

AUTH_MODE = "apiKey"


def amplify_configuration(endpoint: str, region: str, api_key: str) -> str:
    """What `Amplify.configure` takes, as JSON; `endpoint` is the API's HTTP endpoint.

    Amplify connects to its realtime endpoint over TLS, whatever the scheme is.
    """
    events = {"endpoint": endpoint, "region": region, "defaultAuthMode": AUTH_MODE, "apiKey": api_key}
    return json.dumps({"API": {"Events": events}}, indent=2)
