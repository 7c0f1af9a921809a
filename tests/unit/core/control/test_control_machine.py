"""Whatever is asked in whatever order: answers tell what was written, and nothing contradicts itself."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from tests.support.control_calls import EVENT_CONFIG, ControlCalls, tags_path

from eventray_core.control.facts import Facts, Quotas
from eventray_core.control.state import ControlState

HOUR, DAY = 3600, 86_400
FEW = Quotas(apis=3, namespaces_per_api=3, api_keys_per_api=2, data_sources_per_api=2)

NAMES = st.sampled_from(["news", "chat", "a-b"])
SOURCES = st.sampled_from(["worker", "table"])
TAGS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["", "1"]), max_size=2)
MODES = st.lists(st.sampled_from([{"authType": "API_KEY"}, {"authType": "AWS_IAM"}]), max_size=2)
TYPES = st.sampled_from(["AWS_LAMBDA", "NONE"])


def event_config(with_iam: bool) -> dict[str, Any]:
    providers = [{"authType": "API_KEY"}, *([{"authType": "AWS_IAM"}] if with_iam else [])]
    return {**EVENT_CONFIG, "authProviders": providers}


@st.composite
def handlers(draw: st.DrawFn) -> dict[str, Any]:
    behavior = st.sampled_from(["CODE", "DIRECT"])
    integration = st.fixed_dictionaries({"dataSourceName": SOURCES | st.just("")})
    config = st.fixed_dictionaries({"behavior": behavior, "integration": integration})
    return draw(st.fixed_dictionaries({}, optional={"onPublish": config, "onSubscribe": config}))


SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "publishAuthModes": MODES,
        "subscribeAuthModes": MODES,
        "codeHandlers": st.sampled_from(["x", "y"]),
        "handlerConfigs": handlers(),
    },
)


class ControlMachine(RuleBasedStateMachine):
    """The model is what the answers to writes said; reads, and a state loaded anew, must say the same."""

    apis = Bundle("apis")

    def __init__(self) -> None:
        super().__init__()
        self.calls = ControlCalls(Facts(port=8443, quotas=FEW))
        self.known: dict[str, Any] = {}
        self.namespaces: dict[tuple[str, str], Any] = {}
        self.versions: dict[tuple[str, str], int] = {}
        self.sources: dict[tuple[str, str], Any] = {}
        self.keys: dict[str, tuple[str, Any]] = {}

    def in_api(self, known: dict[tuple[str, str], Any], api_id: str) -> list[str]:
        return sorted(name for api, name in known if api == api_id)

    @initialize(target=apis)
    def begin_with_an_api(self) -> Any:
        return self.create_api(with_iam=True, tags={}, furnished=True)

    @rule(target=apis, with_iam=st.booleans(), tags=TAGS, furnished=st.booleans())
    def create_api(self, with_iam: bool, tags: dict[str, str], furnished: bool) -> Any:
        body = {"name": "demo", "eventConfig": event_config(with_iam), "tags": tags}
        reply = self.calls("POST", "/v2/apis", body)
        if len(self.known) >= FEW.apis:
            assert reply.error == "ServiceQuotaExceededException"
            return multiple()
        api = reply.members["api"]
        self.known[api["apiId"]] = api
        if furnished:
            self.furnish(api["apiId"])
        return api["apiId"]

    def furnish(self, api_id: str) -> None:
        self.save_data_source(api_id, "worker", "AWS_LAMBDA", is_new=True)
        handler = {"behavior": "DIRECT", "integration": {"dataSourceName": "worker"}}
        self.create_namespace(api_id, "news", {"handlerConfigs": {"onPublish": handler}})
        self.create_key(api_id, 7)

    @rule(api_id=apis, with_iam=st.booleans(), name=st.sampled_from(["x", "y", ""]))
    def update_api(self, api_id: str, with_iam: bool, name: str) -> None:
        body = {"name": name, "eventConfig": event_config(with_iam)}
        reply = self.calls("POST", f"/v2/apis/{api_id}", body)
        assert (reply.error is None) == bool(name)
        if name:
            self.known[api_id] = {**self.known[api_id], "name": name, "eventConfig": body["eventConfig"]}

    @precondition(lambda self: len(self.known) > 1)
    @rule(api_id=consumes(apis))
    def delete_api(self, api_id: str) -> None:
        self.calls.good("DELETE", f"/v2/apis/{api_id}")
        del self.known[api_id]
        self.namespaces = {key: n for key, n in self.namespaces.items() if key[0] != api_id}
        self.sources = {key: s for key, s in self.sources.items() if key[0] != api_id}
        self.keys = {key: (api, k) for key, (api, k) in self.keys.items() if api != api_id}

    @rule(api_id=apis, tags=TAGS)
    def tag_api(self, api_id: str, tags: dict[str, str]) -> None:
        api = self.known[api_id]
        self.calls.good("POST", tags_path(api["apiArn"]), {"tags": tags})
        self.known[api_id] = {**api, "tags": {**api["tags"], **tags}}

    @rule(api_id=apis, name=NAMES, members=SETTINGS)
    def create_namespace(self, api_id: str, name: str, members: dict[str, Any]) -> None:
        reply = self.calls("POST", f"/v2/apis/{api_id}/channelNamespaces", {"name": name, **members})
        if reply.error is None:
            assert (api_id, name) not in self.namespaces
            self.saw(api_id, name, reply.members["channelNamespace"], members)

    @rule(api_id=apis, name=NAMES, members=SETTINGS)
    def update_namespace(self, api_id: str, name: str, members: dict[str, Any]) -> None:
        self.calls.now += 1
        reply = self.calls("POST", f"/v2/apis/{api_id}/channelNamespaces/{name}", members)
        if (api_id, name) not in self.namespaces:
            assert reply.error == "NotFoundException"
        elif reply.error is None:
            self.saw(api_id, name, reply.members["channelNamespace"], members)
        else:
            assert reply.error == "BadRequestException"

    def saw(self, api_id: str, name: str, namespace: Any, members: dict[str, Any]) -> None:
        for member, value in members.items():
            assert namespace.get(member, []) == value
        for member in ("codeHandlers", "publishAuthModes", "subscribeAuthModes"):
            assert member in members or member not in namespace
        self.namespaces[api_id, name] = namespace
        projection = self.calls.state.projection(api_id)
        assert projection
        version = projection.namespaces[name].version
        assert version > self.versions.get((api_id, name), 0)
        self.versions[api_id, name] = version

    @rule(api_id=apis, name=NAMES)
    def delete_namespace(self, api_id: str, name: str) -> None:
        reply = self.calls("DELETE", f"/v2/apis/{api_id}/channelNamespaces/{name}")
        assert (reply.error is None) == ((api_id, name) in self.namespaces)
        self.namespaces.pop((api_id, name), None)

    @rule(api_id=apis, name=SOURCES, kind=TYPES, is_new=st.booleans())
    def save_data_source(self, api_id: str, name: str, kind: str, is_new: bool) -> None:
        config = {"lambdaConfig": {"lambdaFunctionArn": "arn:f"}} if kind == "AWS_LAMBDA" else {}
        body = {"name": name, "type": kind, **config}
        path = f"/v1/apis/{api_id}/datasources" + ("" if is_new else f"/{name}")
        reply = self.calls("POST", path, body)
        if reply.error is None:
            assert is_new != ((api_id, name) in self.sources)
            self.sources[api_id, name] = reply.members["dataSource"]

    @rule(api_id=apis, name=SOURCES)
    def delete_data_source(self, api_id: str, name: str) -> None:
        reply = self.calls("DELETE", f"/v1/apis/{api_id}/datasources/{name}")
        if (api_id, name) not in self.sources:
            assert reply.error == "NotFoundException"
        elif reply.error is None:
            del self.sources[api_id, name]
        else:
            assert any(name in str(n["handlerConfigs"]) for n in self.namespaces.values())

    @rule(api_id=apis, days=st.integers(0, 366))
    def create_key(self, api_id: str, days: int) -> None:
        self.forget_old_keys()
        body = {"expires": int(self.calls.now) + days * DAY}
        reply = self.calls("POST", f"/v1/apis/{api_id}/apikeys", body)
        if not 1 <= days <= 365:
            assert reply.error == "ApiKeyValidityOutOfBoundsException"
        elif sum(api == api_id for api, _ in self.keys.values()) >= FEW.api_keys_per_api:
            assert reply.error == "ApiKeyLimitExceededException"
        else:
            key = reply.members["apiKey"]
            self.keys[key["id"]] = (api_id, key)

    def forget_old_keys(self) -> None:
        self.keys = {k: (api, key) for k, (api, key) in self.keys.items() if key["deletes"] > self.calls.now}

    @rule(api_id=apis, which=st.integers(0, 5))
    def delete_key(self, api_id: str, which: int) -> None:
        self.forget_old_keys()
        keys = sorted(self.keys) or ["da2-none"]
        key = keys[which % len(keys)]
        reply = self.calls("DELETE", f"/v1/apis/{api_id}/apikeys/{key}")
        assert (reply.error is None) == (self.keys.get(key, ("", None))[0] == api_id)
        if reply.error is None:
            del self.keys[key]

    @rule(seconds=st.sampled_from([1, HOUR, 30 * DAY]))
    def time_passes(self, seconds: int) -> None:
        self.calls.now += seconds

    @invariant()
    def reads_say_what_was_written(self) -> None:
        self.forget_old_keys()
        assert {a["apiId"]: a for a in self.calls.good("GET", "/v2/apis")["apis"]} == self.known
        for api_id in self.known:
            listed = self.calls.good("GET", f"/v2/apis/{api_id}/channelNamespaces")["channelNamespaces"]
            assert sorted(n["name"] for n in listed) == self.in_api(self.namespaces, api_id)
            sources = self.calls.good("GET", f"/v1/apis/{api_id}/datasources")["dataSources"]
            assert sorted(s["name"] for s in sources) == self.in_api(self.sources, api_id)
            keys = self.calls.good("GET", f"/v1/apis/{api_id}/apikeys")["apiKeys"]
            assert {k["id"]: (api_id, k) for k in keys} == {
                k: v for k, v in self.keys.items() if v[0] == api_id
            }
        for (api_id, name), namespace in self.namespaces.items():
            found = self.calls.good("GET", f"/v2/apis/{api_id}/channelNamespaces/{name}")
            assert found["channelNamespace"] == namespace

    def teardown(self) -> None:
        again = ControlState(self.calls.state.facts)
        again.load([record.put() for record in self.calls.state.tables])
        assert again.projections() == self.calls.state.projections()
        again.check_invariants()


SETTINGS_OF_A_RUN = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


class LongControlMachine(ControlMachine):
    pass


TestControlMachine = ControlMachine.TestCase
TestControlMachine.settings = SETTINGS_OF_A_RUN

TestLongControlMachine = pytest.mark.long(LongControlMachine.TestCase)
TestLongControlMachine.settings = settings(
    SETTINGS_OF_A_RUN, max_examples=200, stateful_step_count=50, derandomize=False
)
