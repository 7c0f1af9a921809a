// util.transform

const QUERY_TERMS = {
  eq: "term", match: "match", matchPhrase: "match_phrase", matchPhrasePrefix: "match_phrase_prefix",
  wildcard: "wildcard", regexp: "regexp",
};
const RANGES = ["gt", "gte", "lt", "lte"];

function queryTerm(field, operator, value) {
  if (Object.hasOwn(QUERY_TERMS, operator)) return { [QUERY_TERMS[operator]]: { [field]: value } };
  if (RANGES.includes(operator)) return { range: { [field]: { [operator]: value } } };
  switch (operator) {
    case "ne": return { bool: { must_not: { term: { [field]: value } } } };
    case "range": {
      const [from, to] = pairArgument(value, `${field}.range`);
      return { range: { [field]: { gte: from, lte: to } } };
    }
    case "exists": return value === false ? { bool: { must_not: { exists: { field } } } } : { exists: { field } };
    case "multiMatch": return { multi_match: { query: value, fields: [field] } };
    default: return fail(`Unsupported operator ${field}.${operator}.`);
  }
}

function queryOf(object) {
  if (!isObject(object)) fail("Expected the query to be an Object.");
  const must = Object.entries(object).filter(([, value]) => isGiven(value)).map(([field, value]) => {
    if (field === "and") return { bool: { must: value.map(queryOf) } };
    if (field === "or") return { bool: { should: value.map(queryOf) } };
    if (field === "not") return { bool: { must_not: queryOf(value) } };
    if (!isObject(value)) fail(`Expected ${field} to be an Object.`);
    return { bool: { must: Object.entries(value).map(([operator, operand]) => queryTerm(field, operator, operand)) } };
  });
  return { bool: { must } };
}

// A subscription filter is a list of groups, of which one must hold, of filters, of which all must.
function filterGroups(object, ignored) {
  let groups = [[]];
  const withAll = (more) => { groups = groups.flatMap((group) => more.map((other) => [...group, ...other])); };
  for (const [field, value] of Object.entries(object)) {
    if (ignored.includes(field) || !isGiven(value)) continue;
    if (field === "and") for (const part of value) withAll(filterGroups(part, ignored));
    else if (field === "or") withAll(value.flatMap((part) => filterGroups(part, ignored)));
    else withAll([Object.entries(value).map(([operator, operand]) => ({ fieldName: field, operator, value: operand }))]);
  }
  return groups;
}

function toSubscriptionFilter(object, ignored = [], rules = {}) {
  if (!isObject(object)) fail("Expected the filter to be an Object.");
  let groups = filterGroups(object, ignored);
  const strict = filterGroups(rules ?? {}, []).filter((group) => group.length > 0);
  if (strict.length > 0) groups = groups.flatMap((group) => strict.map((rule) => [...group, ...rule]));
  return { filterGroup: groups.map((filters) => ({ filters })) };
}

const transformUtilities = {
  toDynamoDBFilterExpression: (object) => JSON.stringify(conditionOf(object)),
  toDynamoDBConditionExpression: (object) => JSON.stringify(conditionOf(object)),
  toElasticsearchQueryDSL: (object) => JSON.stringify(queryOf(object)),
  toSubscriptionFilter,
};
