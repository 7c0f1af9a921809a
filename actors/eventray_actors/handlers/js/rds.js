// @aws-appsync/utils/rds: SQL for the Aurora Data API. Rendering and error texts are those recorded on AWS, also
// where they look odd; joins, groups and aggregates were not recorded and follow the types.

const hints = new WeakSet();

function hint(type) {
  return (value) => {
    const object = { type, value };
    hints.add(object);
    return object;
  };
}

const typeHint = Object.fromEntries(["DATE", "DECIMAL", "JSON", "TIME", "TIMESTAMP", "UUID"].map((type) => [type, hint(type)]));
const aggregates = new WeakSet();

function aggregate(sqlName, distinct) {
  return (column) => {
    const object = { sqlName, distinct, column };
    aggregates.add(object);
    return object;
  };
}

const AGGREGATES = Object.fromEntries(["max", "min", "count", "avg", "sum"].flatMap((name) => [
  [name, [name.toUpperCase(), false]],
  [`${name}Distinct`, [name.toUpperCase(), true]],
]));
const agg = Object.fromEntries(Object.entries(AGGREGATES).map(([name, how]) => [name, aggregate(...how)]));

const statements = new WeakMap();

function statement(type) {
  return (...given) => {
    const name = type.toLowerCase();
    if (given.length === 0 || given[0] === undefined) fail(`An argument is expected to be passed to ${name}`);
    if (!isObject(given[0])) fail("Expected payload to be an Object.");
    const object = { type, properties: given[0] };
    statements.set(object, type);
    return object;
  };
}

function sql(literals, ...values) {
  const object = { type: "SQL", literals, values };
  statements.set(object, "SQL");
  return object;
}

// One request's variables, over both of its statements.
class SqlBuilder {
  variableMap = {};
  variableTypeHintMap = {};
  count = 0;

  constructor(quote, allowsReturning) {
    this.quote = quote;
    this.allowsReturning = allowsReturning;
  }

  bind(value) {
    if (!isGiven(value)) return "NULL";
    const name = `:P${this.count}`;
    this.count += 1;
    const hinted = isObject(value) && (hints.has(value) || (value.type in typeHint && Object.hasOwn(value, "value")));
    this.variableMap[name] = hinted ? value.value : value;
    if (hinted) this.variableTypeHintMap[name] = value.type;
    return name;
  }

  identifier(name) {
    if (name === "*") return "*";
    const quote = this.quote;
    return name.split(".").map((part) => quote + part.replaceAll(quote, quote + quote) + quote).join(".");
  }
}

// Fragments that render to nothing fall away; of conditions that do, the joints stay.
function fragments(...parts) {
  return parts.filter((part) => part !== "").join(" ");
}

function joined(parts, joint) {
  return parts.join(` ${joint} `).trimEnd();
}

function clause(keyword, body) {
  return body === "" ? "" : `${keyword} ${body}`;
}

// Tables and columns

function aliased(builder, object, what) {
  const entries = Object.entries(object);
  if (entries.length > 1) fail(`${what} alias is allowed only one key-value pair.`);
  if (entries.length === 0) fail("java.util.NoSuchElementException");
  const [[alias, source]] = entries;
  if (statements.has(source)) return `(${renderStatement(builder, source)}) as ${builder.identifier(alias)}`;
  if (aggregates.has(source)) return `${renderAggregate(builder, source)} as ${builder.identifier(alias)}`;
  if (typeof source !== "string") fail("Table alias value is expected to be a string.");
  return `${builder.identifier(source)} as ${builder.identifier(alias)}`;
}

function tableOf(builder, { table, from }, fromAllowed) {
  if (fromAllowed && isGiven(table) && isGiven(from)) fail("'from' and 'table' keys cannot be used together");
  const isFrom = fromAllowed && !isGiven(table);
  const source = isFrom ? from : table;
  if (!isGiven(source)) fail("'table' or 'from' key is required.");
  if (typeof source === "string") return builder.identifier(source);
  if (isFrom && statements.has(source)) return `(${renderStatement(builder, source)})`;
  if (isObject(source)) return aliased(builder, source, "table");
  return fail(isFrom ? "'from' value is expected to be string or object." : "table name is expected to be a string or alias.");
}

function renderAggregate(builder, { sqlName, distinct, column }) {
  return `${sqlName} (${distinct ? "DISTINCT " : ""}${builder.identifier(textArgument(column, "column"))})`;
}

function columnsOf(builder, columns) {
  if (!isGiven(columns) || columns === "*") return "*";
  if (!Array.isArray(columns)) fail("Expected column to be * or an array.");
  return columns.map((column) => {
    if (typeof column === "string") return builder.identifier(column);
    if (isObject(column) && aggregates.has(column)) return renderAggregate(builder, column);
    return isObject(column) ? aliased(builder, column, "column") : fail("Invalid type in column array.");
  }).join(", ");
}

function returningOf(builder, returning) {
  if (!isGiven(returning)) return "";
  const columns = columnsOf(builder, returning);
  if (!builder.allowsReturning) fail("returning is not supported in MySQL.");
  return fragments("RETURNING", columns);
}

// Conditions

const SQL_COMPARISONS = { eq: "=", ne: "!=", gt: ">", ge: ">=", lt: "<", le: "<=" };
const WILDCARDS = { contains: (value) => `%${value}%`, beginsWith: (value) => `${value}%`, notContains: (value) => value };

function betweenOf(builder, left, values, name) {
  if (!Array.isArray(values)) fail(`${name} condition expects an array with length of 2.`);
  if (values.length !== 2) fail(`${name} condition expects an array with 2 values but received an array with length ${values.length}.`);
  return `${left} BETWEEN ${builder.bind(values[0])} AND ${builder.bind(values[1])}`;
}

// size, and aggregates in `having`: a function of the column is compared.
function functionCondition(builder, call, path, operator, conditions) {
  if (!isObject(conditions)) fail(`Expected ${path}.${operator} to be an Object.`);
  const parts = Object.entries(conditions).map(([comparison, value]) => {
    if (comparison === "between") return betweenOf(builder, call, value, `${path}.${operator}`);
    if (!Object.hasOwn(SQL_COMPARISONS, comparison)) fail(`${path}.${operator} has invalid ${operator} operator.`);
    return `${call} ${SQL_COMPARISONS[comparison]} ${builder.bind(value)}`;
  });
  return joined(parts, "AND");
}

function columnCondition(builder, column, operator, value) {
  const name = builder.identifier(column);
  if (operator === "size") return functionCondition(builder, `LENGTH (${name})`, column, operator, value);
  if (Object.hasOwn(AGGREGATES, operator)) {
    const call = renderAggregate(builder, { sqlName: AGGREGATES[operator][0], distinct: AGGREGATES[operator][1], column });
    return functionCondition(builder, call, column, operator, value);
  }
  const comparison = Object.hasOwn(SQL_COMPARISONS, operator);
  const wildcard = Object.hasOwn(WILDCARDS, operator);
  if (!comparison && !wildcard && operator !== "attributeExists" && operator !== "between") fail(`Unsupported condition ${column}.${operator}.`);
  if (!isGiven(value)) fail(`Value for ${column}.${operator} can't be null.`);
  if (comparison) return `${name} ${SQL_COMPARISONS[operator]} ${builder.bind(value)}`;
  if (operator === "between") return betweenOf(builder, name, value, `${column}.between`);
  if (operator === "attributeExists") {
    if (typeof value !== "boolean") fail(`${column}.attributeExists expects a boolean value to be passed.`);
    return `${name} IS ${value ? "NOT " : ""}NULL`;
  }
  if (typeof value !== "string") fail(`${column}.${operator} expects a string value to be passed.`);
  return `${name} ${operator === "notContains" ? "NOT LIKE" : "LIKE"} ${builder.bind(WILDCARDS[operator](value))}`;
}

function groupOf(builder, name, group) {
  if (!Array.isArray(group)) fail(`${name} expects conditions to be an array`);
  const parts = group.map((conditions) => {
    if (!isObject(conditions) || statements.has(conditions)) fail(`Expected ${name} to be an Object.`);
    const text = conditionsOf(builder, conditions);
    return text === "" ? "" : `(${text})`;
  });
  return name === "not" ? parts.filter(Boolean).map((part) => `NOT ${part}`).join(" AND ") : joined(parts, name.toUpperCase());
}

function conditionsOf(builder, object) {
  return joined(Object.entries(object).map(([column, conditions]) => {
    if (["and", "or", "not"].includes(column) && (Array.isArray(conditions) || !isObject(conditions))) return groupOf(builder, column, conditions);
    if (!isObject(conditions)) return fail("Expected condition to be an Object.");
    return joined(Object.entries(conditions).map(([operator, value]) => columnCondition(builder, column, operator, value)), "AND");
  }), "AND");
}

function whereOf(builder, where, keyword = "WHERE") {
  if (!isGiven(where)) return "";
  if (isObject(where) && statements.get(where) === "SQL") return clause(keyword, renderSql(builder, where));
  if (!isObject(where)) fail(`${keyword} values are expected to be SQL templates or a condition object.`);
  return clause(keyword, conditionsOf(builder, where));
}
