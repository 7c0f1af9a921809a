import json

from eventray_cluster.amplify import amplify_configuration


def test_it_is_what_amplify_reads() -> None:
    text = amplify_configuration("https://localhost:8443/event", "us-east-1", "da2-abc")
    assert json.loads(text) == {
        "API": {
            "Events": {
                "endpoint": "https://localhost:8443/event",
                "region": "us-east-1",
                "defaultAuthMode": "apiKey",
                "apiKey": "da2-abc",
            }
        }
    }
