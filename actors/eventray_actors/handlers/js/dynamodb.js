// util.dynamodb: values to DynamoDB's typed form. As recorded on AWS, numbers stay numbers here and NULL is null;
// whoever calls DynamoDB turns them into what its API takes.

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isGiven(value) {
  return value !== null && value !== undefined;
}

// A value that is typed already; made by toStringSet and its like of the module.
const typedValues = new WeakSet();

function typed(value) {
  typedValues.add(value);
  return value;
}

function toDynamoDB(value) {
  switch (typeof value) {
    case "string": return { S: value };
    case "number": return { N: value };
    case "boolean": return { BOOL: value };
    case "undefined": return { NULL: null };
    case "object": break;
    default: return fail(`A ${typeof value} cannot be stored in DynamoDB.`);
  }
  if (value === null) return { NULL: null };
  if (Array.isArray(value)) return { L: value.map(toDynamoDB) };
  if (typedValues.has(value)) return value;
  return value instanceof Date ? { S: value.toISOString() } : { M: toMapValues(value) };
}

function toMapValues(value) {
  if (!isObject(value)) return null;
  const values = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) defineMember(values, name, toDynamoDB(member));
  }
  return values;
}

// Also right for a member named __proto__.
function defineMember(target, name, value) {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

function typedScalar(type, wanted) {
  return (value) => {
    if (!isGiven(value)) return null;
    if (typeof value !== wanted) fail(`Expected a ${wanted}.`);
    return { [type]: value };
  };
}

function typedSet(type, wanted) {
  return (values) => {
    if (!isGiven(values)) return null;
    if (!Array.isArray(values) || values.some((value) => typeof value !== wanted)) fail(`Expected a list of ${wanted}s.`);
    return typed({ [type]: values });
  };
}

function toS3Object(key, bucket, region, version) {
  if (!isGiven(key) || !isGiven(bucket) || !isGiven(region)) return null;
  return { S: JSON.stringify({ s3: { key, bucket, region, version } }) };
}

const dynamodbUtilities = {
  toDynamoDB,
  toString: typedScalar("S", "string"),
  toStringSet: typedSet("SS", "string"),
  toNumber: typedScalar("N", "number"),
  toNumberSet: typedSet("NS", "number"),
  toBinary: typedScalar("B", "string"),
  toBinarySet: typedSet("BS", "string"),
  toBoolean: typedScalar("BOOL", "boolean"),
  toNull: () => ({ NULL: null }),
  toList: (values) => (Array.isArray(values) ? { L: values.map(toDynamoDB) } : null),
  toMap: (value) => (isObject(value) ? { M: toMapValues(value) } : null),
  toMapValues,
  toS3Object,
  fromS3ObjectJson: (text) => (isGiven(text) ? JSON.parse(textArgument(text, "fromS3ObjectJson")) : null),
};
