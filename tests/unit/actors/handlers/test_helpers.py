"""`util`, the modules and the language around them, where nothing was recorded on AWS."""

# ruff: noqa: E501 - each sample of code is one line

import re
from typing import Any

import pytest
from tests.support.handlers import evaluate, evaluate_fully

MS = 1517943695758


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("util.time.nowISO8601()", "2018-02-06T19:01:35.758Z"),
        ("util.time.nowEpochSeconds()", 1517943695),
        ("util.time.nowEpochMilliSeconds()", MS),
        ("util.time.nowFormatted('yyyy-MM-dd HH:mm:ssZ')", "2018-02-06 19:01:35+0000"),
        ("util.time.nowFormatted('yyyy-MM-dd HH:mm:ssZ', '+08:00')", "2018-02-07 03:01:35+0800"),
        ("util.time.nowFormatted('yyyy-MM-dd HH:mm:ssZ', 'Australia/Perth')", "2018-02-07 03:01:35+0800"),
        (f"util.time.epochMilliSecondsToSeconds({MS})", 1517943695),
        (f"util.time.epochMilliSecondsToISO8601({MS})", "2018-02-06T19:01:35.758Z"),
        (f"util.time.epochMilliSecondsToFormatted({MS}, 'yyyy-MM-dd HH:mm:ssZ')", "2018-02-06 19:01:35+0000"),
        ("util.time.parseISO8601ToEpochMilliSeconds('2018-02-01T17:21:05.180+08:00')", 1517476865180),
        ("util.time.parseISO8601ToEpochMilliSeconds('2018-02-01T17:21Z')", 1517505660000),
        ("util.time.parseFormattedToEpochMilliSeconds('2018-02-02 01:19:22+0800', 'yyyy-MM-dd HH:mm:ssZ')", 1517505562000),
        ("util.time.parseFormattedToEpochMilliSeconds('2018-02-02 01:19:22', 'yyyy-MM-dd HH:mm:ss', '+08:00')", 1517505562000),
        ("util.time.epochMilliSecondsToFormatted(1531292400000, 'yyyy-MM-dd[XXX]', 'America/Los_Angeles')", "2018-07-11-07:00"),
        ("util.time.epochMilliSecondsToFormatted(1546214400000, 'YYYY-MM-dd')", "2019-12-31"),
        ("util.time.epochMilliSecondsToFormatted(0, \"EEEE, d MMM uuuu 'at' h:mm a zzz\", 'Europe/Berlin')", "Thursday, 1 Jan 1970 at 1:00 AM CET"),
        ("util.time.epochMilliSecondsToFormatted(1785585600000, 'HH:mm VV xxx', 'Europe/Berlin')", "14:00 Europe/Berlin +02:00"),
        ("util.time.epochMilliSecondsToFormatted(4120113600000, 'yyyy-MM-dd HH:mm zzz', 'America/New_York')", "2100-07-24 08:00 EDT"),
        ("util.time.epochMilliSecondsToFormatted(-1, 'yyyy-MM-dd HH:mm:ss.SSS')", "1969-12-31 23:59:59.999"),
        ("util.time.epochMilliSecondsToFormatted(951782400000, 'D Q e W w')", "60 1 3 5 10"),
        ("util.time.parseFormattedToEpochMilliSeconds('29 Feb 2000, 1:05 pm', 'd MMM yyyy, h:mm a')", 951829500000),
        ("util.time.parseFormattedToEpochMilliSeconds('20000229', 'yyyyMMdd')", 951782400000),
        # Clocks in New York went from 2:00 to 3:00, and from 2:00 back to 1:00.
        ("util.time.parseFormattedToEpochMilliSeconds('2021-03-14 02:30', 'yyyy-MM-dd HH:mm', 'America/New_York')", 1615707000000),
        ("util.time.parseFormattedToEpochMilliSeconds('2021-11-07 01:30', 'yyyy-MM-dd HH:mm', 'America/New_York')", 1636263000000),
        ("util.base64Encode('hällo ☃')", "aMOkbGxvIOKYgw=="),
        ("util.base64Decode('aMOkbGxvIOKYgw==')", "hällo ☃"),
        ("util.urlEncode('a b&c=ä~*-_.')", "a+b%26c%3D%C3%A4%7E*-_."),
        ("util.urlDecode('a+b%26c%3D%C3%A4')", "a b&c=ä"),
        ("util.escapeJavaScript('it\\'s \"x\" </b>\\n\\u00e4')", "it\\'s \\\"x\\\" <\\/b>\\n\\u00E4"),
        ("util.matches('a*b', 'aaaaab')", True),
        ("util.matches('a*b', 'aaaaabc')", False),
        ("util.matches('(?i)HELLO', 'hello')", True),
        ("util.matches('a++b', 'aab')", True),
        ("util.authType()", "API Key Authorization"),
        ("util.http.copyHeaders({ Host: 'h', 'x-a': '1', Connection: 'c' })", {"x-a": "1"}),
        ("util.http.addResponseHeader('a', 1) === undefined", True),
        ("util.math.roundNum(2.5)", 3),
        ("[util.math.minVal(1, 2), util.math.maxVal(1, 2)]", [1, 2]),
        ("util.math.randomDouble() < 1 && util.math.randomWithinRange(3, 4) === 3", True),
        ("util.str.normalize('e\\u0301', 'nfc')", "é"),
        ("util.xml.toMap('<?xml version=\"1.0\"?><a b=\"1\"><c>x</c><c>2</c><d/>&amp;<!-- no --><![CDATA[<>]]></a>')", {"a": {"b": 1, "c": ["x", 2], "d": "", "content": "&<>"}}),
        ("util.xml.toMap('<posts><post><id>1</id><title>t</title></post></posts>')", {"posts": {"post": {"id": 1, "title": "t"}}}),
        ("util.xml.toMap('<a><b></a>')", None),
        ("util.xml.toJsonString('<a>true</a>')", '{"a":true}'),
        ("util.xml.toJsonString('<a>1</a>', true)", '"{\\"a\\":1}"'),
        ("util.dynamodb.toString(null)", None),
        ("util.dynamodb.fromS3ObjectJson('{\"s3\":{\"key\":\"k\"}}')", {"s3": {"key": "k"}}),
        ("util.dynamodb.toMapValues(JSON.parse('{\"__proto__\":1}'))", {"__proto__": {"N": 1}}),
        ("ddb.put({ key: { id: 1 }, item: { s: ddb.toStringSet(['a']) } })", {"operation": "PutItem", "key": {"id": {"N": 1}}, "attributeValues": {"s": {"SS": ["a"]}}}),
        ("ddb.put({ key: { id: 'a' }, item: {}, condition: { id: { attributeExists: false } } }).condition", {"expression": "(attribute_not_exists(#id))", "expressionNames": {"#id": "id"}, "expressionValues": {}}),
        ("ddb.query({ query: { id: { eq: 'a' }, at: { between: [1, 2] } }, index: 'i', limit: 1, projection: ['id', 'a.b'] })", {
            "operation": "Query", "index": "i", "limit": 1,
            "query": {"expression": "(#id = :id_eq) AND (#at BETWEEN :at_between_1 AND :at_between_2)", "expressionNames": {"#id": "id", "#at": "at"}, "expressionValues": {":id_eq": {"S": "a"}, ":at_between_1": {"N": 1}, ":at_between_2": {"N": 2}}},
            "projection": {"expression": "#id, #a.#b", "expressionNames": {"#id": "id", "#a": "a", "#b": "b"}},
        }),
        ("ddb.scan({ filter: { or: [{ a: { in: [1, 2] } }, { not: { a: { notContains: 'x' } } }] } }).filter.expression", "((#a IN (:a_in_1, :a_in_2)) OR (NOT ((NOT contains(#a,:a_notContains)))))"),
        ("ddb.update({ key: { id: 1 }, update: { a: 1, gone: ddb.operations.remove(), deep: { x: 2 }, n: null, list: [ddb.operations.updateListItem('z', 1)] } }).update", {
            "expression": "SET #expName_1 = :expValue_1, #expName_3.#expName_4 = :expValue_2, #expName_5 = :expValue_3, #expName_6[1] = :expValue_4 REMOVE #expName_2",
            "expressionNames": {"#expName_1": "a", "#expName_2": "gone", "#expName_3": "deep", "#expName_4": "x", "#expName_5": "n", "#expName_6": "list"},
            "expressionValues": {":expValue_1": {"N": 1}, ":expValue_2": {"N": 2}, ":expValue_3": {"NULL": None}, ":expValue_4": {"S": "z"}},
        }),
        ("ddb.batchPut({ tables: { T: [{ id: 1 }] } })", {"operation": "BatchPutItem", "tables": {"T": [{"id": {"N": 1}}]}}),
        ("ddb.batchGet({ tables: { T: { keys: [{ id: 1 }], consistentRead: true } } })", {"operation": "BatchGetItem", "tables": {"T": {"keys": [{"id": {"N": 1}}], "consistentRead": True}}}),
        ("ddb.batchDelete({ tables: { T: [{ id: 1 }] } })", {"operation": "BatchDeleteItem", "tables": {"T": [{"id": {"N": 1}}]}}),
        ("ddb.transactGet({ items: [{ table: 'T', key: { id: 1 } }] })", {"operation": "TransactGetItems", "transactItems": [{"table": "T", "key": {"id": {"N": 1}}}]}),
        ("ddb.transactWrite({ items: [{ deleteItem: { table: 'T', key: { id: 1 } } }] })", {"operation": "TransactWriteItems", "transactItems": [{"table": "T", "operation": "DeleteItem", "key": {"id": {"N": 1}}}]}),
        ("JSON.parse(util.transform.toElasticsearchQueryDSL({ upvotes: { ne: 15, range: [10, 20] }, title: { eq: 'hihihi', wildcard: 'h*i' } }))", {"bool": {"must": [
            {"bool": {"must": [{"bool": {"must_not": {"term": {"upvotes": 15}}}}, {"range": {"upvotes": {"gte": 10, "lte": 20}}}]}},
            {"bool": {"must": [{"term": {"title": "hihihi"}}, {"wildcard": {"title": "h*i"}}]}},
        ]}}),
        ("util.transform.toSubscriptionFilter({ a: { eq: 1 }, b: { lt: 2 } }, ['b'])", {"filterGroup": [{"filters": [{"fieldName": "a", "operator": "eq", "value": 1}]}]}),
        ("ai.converse({ modelId: 'm' })", {"operation": "Converse", "modelId": "m"}),
        ("ai.invokeModel({ modelId: 'm' })", {"operation": "InvokeModel", "modelId": "m"}),
        ("rds.toJsonObject('nothing')", None),
        ("JSON.parse('{nothing')", ""),
        ("[1, 2, 3].findLast((n) => n < 3)", 2),
        ("'a1b2'.replace('[0-9]', 'x')", "a1b2"),
        ("Object.hasOwn({ a: 1 }, 'a') && [1].includes(1) && 'abc'.includes('b')", True),
        ("({ ...{ toString: 1 }, ...Object.assign({}, { constructor: 2 }) })", {"toString": 1, "constructor": 2}),
        ("String.raw`a\\n`", "a\\n"),
    ],
)  # fmt: skip
def test_a_helper_gives(expression: str, value: Any) -> None:
    assert evaluate(expression) == value


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("util.time.nowFormatted('b')", "Unknown pattern letter: b"),
        ("util.time.nowFormatted('yyyy', 'Atlantis/Capital')", "Unknown time zone: Atlantis/Capital"),
        ("util.time.parseISO8601ToEpochMilliSeconds('yesterday')", "Text 'yesterday' could not be parsed"),
        ("util.time.parseFormattedToEpochMilliSeconds('2021-02-30', 'yyyy-MM-dd')", "Text '2021-02-30' could not be parsed"),
        ("util.matches('(', 'a')", "matches: ( is not a regular expression that can be used here."),
        ("util.base64Decode('%')", "base64Decode expects a base64 encoded string."),
        ("util.dynamodb.toNumber('1')", "Expected a number."),
        ("ddb.query({ query: { id: { like: 'a' } } })", "Unsupported condition id.like."),
        ("extensions.setSubscriptionFilter({})", "extensions.setSubscriptionFilter is not supported in Event APIs"),
    ],
)  # fmt: skip
def test_a_helper_complains_with_the_place_of_the_call(expression: str, message: str) -> None:
    fault = evaluate_fully(expression)["fault"]
    assert (fault["type"], fault["message"]) == ("Code", message)
    assert fault["position"][0] == 9, "the engine counts one line in front"


def test_ids_look_as_they_should_and_differ() -> None:
    ids = evaluate("[util.autoId(), util.autoUlid(), util.autoKsuid(), util.autoId()]")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", ids[0])
    assert re.fullmatch(r"01C5P7XACE[0-9A-HJKMNP-TV-Z]{16}", ids[1])
    assert re.fullmatch(r"10Bn7[0-9A-Za-z]{22}", ids[2])
    assert ids[0] != ids[3]
