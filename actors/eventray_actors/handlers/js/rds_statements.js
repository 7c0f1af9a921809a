// Whole statements, and the results of the Aurora Data API.

function orderOf(builder, orderBy) {
  if (!isGiven(orderBy)) return "";
  if (!Array.isArray(orderBy)) fail("orderBy expects an array.");
  return clause("ORDER BY", orderBy.map((item) => {
    if (!isObject(item)) fail("orderBy item expected to be an object.");
    if (typeof item.column !== "string") fail("orderBy item expected to have property column.");
    const direction = typeof item.dir === "string" ? item.dir.toUpperCase() : "ASC";
    if (direction !== "ASC" && direction !== "DESC") fail(`orderBy dir can have either ASC or DESC found ${item.dir}.`);
    return `${builder.identifier(item.column)} ${direction}`;
  }).join(", "));
}

function countOf(builder, name, value) {
  if (!isGiven(value)) return "";
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number)) fail(`${name} expects a number.`);
  return `${name.toUpperCase()} ${builder.bind(number)}`;
}

const JOINS = {
  join: "JOIN", innerJoin: "INNER JOIN", leftJoin: "LEFT JOIN", leftOuterJoin: "LEFT OUTER JOIN",
  rightJoin: "RIGHT JOIN", rightOuterJoin: "RIGHT OUTER JOIN", fullOuterJoin: "FULL OUTER JOIN",
  crossJoin: "CROSS JOIN", joinNatural: "NATURAL JOIN", innerJoinNatural: "NATURAL INNER JOIN",
  leftJoinNatural: "NATURAL LEFT JOIN", leftOuterJoinNatural: "NATURAL LEFT OUTER JOIN",
  rightJoinNatural: "NATURAL RIGHT JOIN", rightOuterJoinNatural: "NATURAL RIGHT OUTER JOIN",
  fullOuterJoinNatural: "NATURAL FULL OUTER JOIN",
};

function joinsOf(builder, payload) {
  const texts = [];
  for (const [name, joins] of Object.entries(payload)) {
    if (!Object.hasOwn(JOINS, name) || !isGiven(joins)) continue;
    if (!Array.isArray(joins)) fail(`${name} expects an array.`);
    for (const join of joins) {
      if (!isObject(join)) fail(`${name} item expected to be an object.`);
      const using = isGiven(join.using) ? `USING (${columnsOf(builder, join.using)})` : "";
      texts.push(fragments(JOINS[name], tableOf(builder, join, true), using, whereOf(builder, join.on, "ON")));
    }
  }
  return texts.join(" ");
}

function groupByOf(builder, columns) {
  if (!isGiven(columns)) return "";
  if (!Array.isArray(columns)) fail("groupBy expects an array.");
  const texts = columns.map((column) => (typeof column === "number" ? String(column) : builder.identifier(textArgument(column, "groupBy"))));
  return clause("GROUP BY", texts.join(", "));
}

function valuesOf(payload, name) {
  if (!isGiven(payload.values)) fail(`values are expected to be passed to ${name}`);
  if (!isObject(payload.values)) fail("Expected values to an Object.");
  return Object.entries(payload.values);
}

const RENDERERS = {
  SELECT: (builder, payload) => {
    const table = tableOf(builder, payload, true);
    return fragments(
      "SELECT", columnsOf(builder, payload.columns), "FROM", table, joinsOf(builder, payload),
      whereOf(builder, payload.where), groupByOf(builder, payload.groupBy), whereOf(builder, payload.having, "HAVING"),
      orderOf(builder, payload.orderBy), countOf(builder, "limit", payload.limit), countOf(builder, "offset", payload.offset),
    );
  },
  INSERT: (builder, payload) => {
    const table = tableOf(builder, payload, false);
    const values = valuesOf(payload, "insert");
    const columns = values.map(([column]) => builder.identifier(column)).join(", ");
    const bound = values.map(([, value]) => builder.bind(value)).join(", ");
    return fragments("INSERT INTO", table, `(${columns})`, "VALUES", `(${bound})`, returningOf(builder, payload.returning));
  },
  UPDATE: (builder, payload) => {
    const table = tableOf(builder, payload, false);
    const sets = valuesOf(payload, "update").map(([column, value]) => `${builder.identifier(column)} = ${builder.bind(value)}`);
    return fragments("UPDATE", table, "SET", sets.join(", "), whereOf(builder, payload.where), returningOf(builder, payload.returning));
  },
  REMOVE: (builder, payload) =>
    fragments("DELETE FROM", tableOf(builder, payload, false), whereOf(builder, payload.where), returningOf(builder, payload.returning)),
};

function renderSql(builder, { literals, values }) {
  if (!Array.isArray(literals) || literals.length !== values.length + 1) {
    fail("java.lang.IllegalArgumentException: Unexpected argument passed to sql tagged template");
  }
  return literals.map((literal, i) => (i === 0 ? literal : builder.bind(values[i - 1]) + literal)).join("");
}

function renderStatement(builder, object) {
  const type = statements.get(object);
  return type === "SQL" ? renderSql(builder, object) : RENDERERS[type](builder, object.properties);
}

function createStatement(name, quote, allowsReturning) {
  return (...given) => {
    if (!isGiven(given[0])) fail(`An argument is expected to be passed to ${name}`);
    const builder = new SqlBuilder(quote, allowsReturning);
    const texts = given.slice(0, 2).filter(isGiven).map((one) => {
      if (typeof one === "string") return one;
      if (!isObject(one) || !statements.has(one)) fail(`Unsupported type is passed as argument to ${name}`);
      return renderStatement(builder, one);
    });
    return { statements: texts, variableMap: builder.variableMap, variableTypeHintMap: builder.variableTypeHintMap };
  };
}

// Results

function fieldValue(field) {
  if (!isObject(field) || field.isNull === true) return undefined;
  const [[type, value] = []] = Object.entries(field);
  return type === "arrayValue" ? arrayValue(value) : value;
}

function arrayValue(array) {
  const [[type, values] = []] = Object.entries(array);
  return type === "arrayValues" ? values.map(arrayValue) : values;
}

function rowOf(record, columns) {
  const row = {};
  record.forEach((field, i) => {
    const value = fieldValue(field);
    const name = columns[i]?.label ?? columns[i]?.name;
    if (value !== undefined && name !== undefined) defineMember(row, name, value);
  });
  return row;
}

function toJsonObject(data) {
  const result = typeof data === "string" ? JSON.parse(data) : data;
  if (!isObject(result) || !Array.isArray(result.sqlStatementResults)) return null;
  return result.sqlStatementResults.map(({ records, columnMetadata = [] }) =>
    // Recorded on AWS: a statement without records gives one empty row.
    Array.isArray(records) ? records.map((record) => rowOf(record, columnMetadata)) : [{}]);
}

const rdsModule = {
  select: statement("SELECT"), insert: statement("INSERT"), update: statement("UPDATE"), remove: statement("REMOVE"), sql,
  createPgStatement: createStatement("createPgStatement", '"', true),
  createMySQLStatement: createStatement("createMySQLStatement", "`", false),
  toJsonObject, typeHint, agg,
};
