// @aws-appsync/utils/dynamodb: the request objects of DynamoDB's operations.

function payloadArgument(payload, name) {
  if (!isObject(payload)) fail(`An object is expected to be passed to ${name}`);
  return payload;
}

// The members of `from` that are given, under their own names.
function copyGiven(to, from, names) {
  for (const name of names) if (isGiven(from[name])) to[name] = from[name];
  return to;
}

function withExpressions(request, payload) {
  if (isGiven(payload.condition)) request.condition = conditionOf(payload.condition);
  if (isGiven(payload.filter)) request.filter = conditionOf(payload.filter);
  if (isGiven(payload.projection)) request.projection = projectionOf(payload.projection);
  return request;
}

function keyOf(payload, name) {
  if (!isObject(payload.key)) fail(`${name} expects a key.`);
  return toMapValues(payload.key);
}

const operations = {
  add: (value) => operation({ type: "OPERATION_ADD", value }),
  remove: () => operation({ type: "OPERATION_REMOVE" }),
  replace: (value) => operation({ type: "OPERATION_REPLACE", value }),
  increment: (by = 1) => operation({ type: "OPERATION_INCREMENT", by }),
  decrement: (by = 1) => operation({ type: "OPERATION_DECREMENT", by }),
  append: (items) => operation({ type: "OPERATION_APPEND", items }),
  prepend: (items) => operation({ type: "OPERATION_PREPEND", items }),
  updateListItem: (value, index) => operation({ type: "OPERATION_UPDATE_LIST_ITEM", value, index }),
};

const operationObjects = new WeakSet();

function operation(object) {
  operationObjects.add(object);
  return object;
}

// Names and values of updates are numbered, as recorded on AWS; fields together make one SET and one REMOVE.
class UpdateBuilder {
  names = {};
  values = {};
  sets = [];
  removes = [];
  count = 0;

  name(field) {
    this.count += 1;
    const name = `#expName_${this.count}`;
    this.names[name] = field;
    return name;
  }

  value(value) {
    const name = `:expValue_${Object.keys(this.values).length + 1}`;
    this.values[name] = toDynamoDB(value);
    return name;
  }

  add(path, field, value) {
    if (value === undefined) return;
    const name = path + this.name(field);
    if (Array.isArray(value) && value.some((item) => operationObjects.has(item))) this.addItems(name, value);
    else if (!isObject(value) || typedValues.has(value)) this.sets.push(`${name} = ${this.value(value)}`);
    else if (operationObjects.has(value)) this.addOperation(name, value);
    else for (const [inner, leaf] of Object.entries(value)) this.add(`${name}.`, inner, leaf);
  }

  addItems(name, items) {
    for (const item of items) {
      if (operationObjects.has(item) && item.type === "OPERATION_UPDATE_LIST_ITEM") this.addOperation(name, item);
      else fail("A list in an update is either of values or of updateListItem operations.");
    }
  }

  addOperation(name, { type, value, items, by, index }) {
    switch (type) {
      case "OPERATION_REMOVE": this.removes.push(name); break;
      case "OPERATION_INCREMENT": this.sets.push(`${name} = ${name} + ${this.value(by)}`); break;
      case "OPERATION_DECREMENT": this.sets.push(`${name} = ${name} - ${this.value(by)}`); break;
      case "OPERATION_APPEND": this.sets.push(`${name} = list_append(${name}, ${this.value(items)})`); break;
      case "OPERATION_PREPEND": this.sets.push(`${name} = list_append(${this.value(items)}, ${name})`); break;
      case "OPERATION_UPDATE_LIST_ITEM": this.sets.push(`${name}[${Math.trunc(index)}] = ${this.value(value)}`); break;
      default: this.sets.push(`${name} = ${this.value(value)}`);
    }
  }

  result() {
    const clauses = [];
    if (this.sets.length > 0) clauses.push(`SET ${this.sets.join(", ")}`);
    if (this.removes.length > 0) clauses.push(`REMOVE ${this.removes.join(", ")}`);
    const result = { expression: clauses.join(" "), expressionNames: this.names };
    if (Object.keys(this.values).length > 0) result.expressionValues = this.values;
    return result;
  }
}

function updateOf(fields) {
  if (!isObject(fields)) fail("update expects an object of fields.");
  const builder = new UpdateBuilder();
  for (const [field, value] of Object.entries(fields)) builder.add("", field, value);
  return builder.result();
}

const READ_OPTIONS = ["index", "limit", "nextToken", "consistentRead", "select"];

function tablesOf(payload, name, convert) {
  if (!isObject(payloadArgument(payload, name).tables)) fail(`${name} expects tables.`);
  return Object.fromEntries(Object.entries(payload.tables).map(([table, content]) => [table, convert(content)]));
}

function typedList(values, name) {
  if (!Array.isArray(values)) fail(`${name} expects an array for each table.`);
  return values.map((value) => toMapValues(value));
}

function keysOf(content) {
  if (!isObject(content)) fail("batchGet expects an object with keys for each table.");
  const table = copyGiven({ keys: typedList(content.keys, "batchGet") }, content, ["consistentRead"]);
  return withExpressions(table, { projection: content.projection });
}

const WRITES = {
  putItem: (item) => ({ operation: "PutItem", key: keyOf(item, "putItem"), attributeValues: toMapValues(item.item) }),
  updateItem: (item) => ({ operation: "UpdateItem", key: keyOf(item, "updateItem"), update: updateOf(item.update) }),
  deleteItem: (item) => ({ operation: "DeleteItem", key: keyOf(item, "deleteItem") }),
  conditionCheck: (item) => ({ operation: "ConditionCheck", key: keyOf(item, "conditionCheck") }),
};

function transactItem(entry) {
  const kind = isObject(entry) ? Object.keys(WRITES).find((name) => isObject(entry[name])) : undefined;
  if (kind === undefined) return fail(`transactWrite expects ${Object.keys(WRITES).join(", ")} in its items.`);
  return withExpressions({ table: entry[kind].table, ...WRITES[kind](entry[kind]) }, { condition: entry[kind].condition });
}

function itemsArgument(payload, name) {
  if (!Array.isArray(payloadArgument(payload, name).items)) fail(`${name} expects items.`);
  return payload.items;
}

const dynamodbModule = {
  get: (payload) => withExpressions(copyGiven({ operation: "GetItem", key: keyOf(payloadArgument(payload, "get"), "get") }, payload, ["consistentRead"]), { projection: payload.projection }),
  put: (payload) => withExpressions({ operation: "PutItem", key: keyOf(payloadArgument(payload, "put"), "put"), attributeValues: toMapValues(payload.item ?? {}) }, { condition: payload.condition }),
  remove: (payload) => withExpressions({ operation: "DeleteItem", key: keyOf(payloadArgument(payload, "remove"), "remove") }, { condition: payload.condition }),
  update: (payload) => withExpressions({ operation: "UpdateItem", key: keyOf(payloadArgument(payload, "update"), "update"), update: updateOf(payload.update) }, { condition: payload.condition }),
  query: (payload) => withExpressions(copyGiven({ operation: "Query", query: conditionOf(payloadArgument(payload, "query").query) }, payload, [...READ_OPTIONS, "scanIndexForward"]), payload),
  scan: (payload) => withExpressions(copyGiven({ operation: "Scan" }, payloadArgument(payload, "scan"), [...READ_OPTIONS, "totalSegments", "segment"]), payload),
  batchGet: (payload) => ({ operation: "BatchGetItem", tables: tablesOf(payload, "batchGet", keysOf) }),
  batchPut: (payload) => ({ operation: "BatchPutItem", tables: tablesOf(payload, "batchPut", (items) => typedList(items, "batchPut")) }),
  batchDelete: (payload) => ({ operation: "BatchDeleteItem", tables: tablesOf(payload, "batchDelete", (keys) => typedList(keys, "batchDelete")) }),
  transactGet: (payload) => ({ operation: "TransactGetItems", transactItems: itemsArgument(payload, "transactGet").map((item) => withExpressions({ table: item.table, key: keyOf(item, "transactGet") }, { projection: item.projection })) }),
  transactWrite: (payload) => ({ operation: "TransactWriteItems", transactItems: itemsArgument(payload, "transactWrite").map(transactItem) }),
  toStringSet: dynamodbUtilities.toStringSet,
  toNumberSet: dynamodbUtilities.toNumberSet,
  toBinarySet: dynamodbUtilities.toBinarySet,
  operations,
};
