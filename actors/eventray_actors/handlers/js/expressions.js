// DynamoDB's filter, condition and key expressions from objects such as {title: {contains: "x"}}.
// Names and values are called after field and operator, as recorded on AWS; a second use of the same gets a number.

const COMPARISONS = { eq: "=", ne: "<>", le: "<=", lt: "<", ge: ">=", gt: ">" };
// AWS renders these two as recorded for `eq`; `<>` is DynamoDB's sign for `ne`.
const FUNCTIONS = { contains: "contains", beginsWith: "begins_with" };
const ATTRIBUTE_TYPES = {
  _null: "NULL", string: "S", stringSet: "SS", number: "N", numberSet: "NS", binary: "B", binarySet: "BS",
  boolean: "BOOL", list: "L", map: "M",
};

class ExpressionBuilder {
  names = {};
  values = {};

  // A path such as address.city has a name for each part.
  name(field) {
    return field
      .split(".")
      .map((part) => {
        const wanted = `#${part.replace(/[^A-Za-z0-9_]/g, "_")}`;
        let name = wanted;
        for (let i = 1; Object.hasOwn(this.names, name) && this.names[name] !== part; i += 1) name = `${wanted}_${i}`;
        this.names[name] = part;
        return name;
      })
      .join(".");
  }

  value(field, suffix, value) {
    const wanted = `:${field.replace(/[^A-Za-z0-9_]/g, "_")}_${suffix}`;
    let name = wanted;
    for (let i = 1; Object.hasOwn(this.values, name); i += 1) name = `${wanted}_${i}`;
    this.values[name] = toDynamoDB(value);
    return name;
  }

  result(expression) {
    return { expression, expressionNames: this.names, expressionValues: this.values };
  }
}

function pairArgument(value, what) {
  if (!Array.isArray(value) || value.length !== 2) fail(`${what} expects an array with 2 values.`);
  return value;
}

function sizeCondition(builder, field, condition) {
  if (!isObject(condition)) fail(`Expected ${field}.size to be an Object.`);
  const size = `size(${builder.name(field)})`;
  return Object.entries(condition).map(([operator, value]) => {
    if (operator === "between") {
      const [low, high] = pairArgument(value, `${field}.size.between`);
      return `${size} BETWEEN ${builder.value(field, "size_between_1", low)} AND ${builder.value(field, "size_between_2", high)}`;
    }
    if (!Object.hasOwn(COMPARISONS, operator)) fail(`${field}.size has invalid size operator.`);
    return `${size} ${COMPARISONS[operator]} ${builder.value(field, `size_${operator}`, value)}`;
  });
}

function fieldCondition(builder, field, operator, value) {
  if (operator === "size") return sizeCondition(builder, field, value);
  const name = builder.name(field);
  if (Object.hasOwn(COMPARISONS, operator)) return [`${name} ${COMPARISONS[operator]} ${builder.value(field, operator, value)}`];
  if (Object.hasOwn(FUNCTIONS, operator)) return [`${FUNCTIONS[operator]}(${name},${builder.value(field, operator, value)})`];
  switch (operator) {
    case "notContains": return [`NOT contains(${name},${builder.value(field, operator, value)})`];
    case "attributeExists": return [`attribute_${value === false ? "not_" : ""}exists(${name})`];
    case "attributeType": {
      if (!Object.hasOwn(ATTRIBUTE_TYPES, value)) fail(`${field}.attributeType has an unknown type.`);
      return [`attribute_type(${name},${builder.value(field, operator, ATTRIBUTE_TYPES[value])})`];
    }
    case "in": {
      if (!Array.isArray(value) || value.length === 0) fail(`${field}.in expects an array of values.`);
      return [`${name} IN (${value.map((one, i) => builder.value(field, `in_${i + 1}`, one)).join(", ")})`];
    }
    case "between": {
      const [low, high] = pairArgument(value, `${field}.between`);
      return [`${name} BETWEEN ${builder.value(field, "between_1", low)} AND ${builder.value(field, "between_2", high)}`];
    }
    default: return fail(`Unsupported condition ${field}.${operator}.`);
  }
}

function groupCondition(builder, groups, joint) {
  const parts = (Array.isArray(groups) ? groups : [groups]).map((group) => allConditions(builder, group)).filter(Boolean);
  return parts.length === 0 ? "" : `(${parts.join(` ${joint} `)})`;
}

function allConditions(builder, object) {
  if (!isObject(object)) fail("Expected condition to be an Object.");
  const parts = [];
  for (const [field, condition] of Object.entries(object)) {
    if (!isGiven(condition)) continue;
    if (field === "and" || field === "or") parts.push(groupCondition(builder, condition, field.toUpperCase()));
    else if (field === "not") parts.push(notCondition(builder, condition));
    else if (!isObject(condition)) fail(`Expected ${field} to be an Object.`);
    else for (const [operator, value] of Object.entries(condition)) {
      if (isGiven(value)) parts.push(...fieldCondition(builder, field, operator, value).map((part) => `(${part})`));
    }
  }
  return parts.filter(Boolean).join(" AND ");
}

function notCondition(builder, condition) {
  const inner = groupCondition(builder, condition, "AND");
  return inner === "" ? "" : `(NOT ${inner})`;
}

function conditionOf(object) {
  const builder = new ExpressionBuilder();
  return builder.result(allConditions(builder, object));
}

// Projections name their fields; a list such as ["id", "address.city"].
function projectionOf(fields) {
  if (!Array.isArray(fields)) fail("projection expects an array.");
  const builder = new ExpressionBuilder();
  const expression = fields.map((field) => builder.name(textArgument(field, "projection"))).join(", ");
  return { expression, expressionNames: builder.names };
}
