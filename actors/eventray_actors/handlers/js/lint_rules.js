// What a handler's code may not contain. Refused is what cannot be honoured here; the rest of what AWS's documentation
// and lint rules forbid is refused when the level is strict, and otherwise a warning. Messages are the lint rules' own
// where they have one.

const REFUSED = {
  AwaitExpression: "Await expressions are not supported.",
  YieldExpression: "Yield expressions are not supported.",
  ImportExpression: "Import expressions are not supported.",
  MetaProperty: (node) => (node.meta.name === "import" ? "import.meta is not supported." : null),
  FunctionDeclaration: ofFunction,
  FunctionExpression: ofFunction,
  ArrowFunctionExpression: ofFunction,
  ForOfStatement: (node) => (node.await ? "For await statements are not supported." : null),
  ExportAllDeclaration: "Exports from other modules are not supported.",
  ExportNamedDeclaration: (node) => (node.source ? "Exports from other modules are not supported." : null),
};

function ofFunction(node) {
  if (node.async) return "Async functions are not supported.";
  return node.generator ? "Generator functions are not supported." : null;
}

const DISCOURAGED = {
  UpdateExpression: (node) => `The operator ${node.operator} is not supported`,
  UnaryExpression: (node) => (node.operator === "~" ? "The operator ~ is not supported" : null),
  BinaryExpression: (node) => {
    if (node.operator === "in") return "in operator is not supported. Use Object.hasOwn().";
    return node.operator === "instanceof" ? "The operator instanceof is not supported" : null;
  },
  ForStatement: "For statements are not supported.",
  ContinueStatement: "Continue statements are not supported",
  WhileStatement: "While statements are not supported.",
  DoWhileStatement: "Do-while statements are not supported.",
  LabeledStatement: "Labels are not supported.",
  TryStatement: "Try statements are not supported.",
  ThrowStatement: "Throw statements are not supported. Use util.error().",
  ClassDeclaration: "Class declarations are not supported.",
  ClassExpression: "Class expressions are not supported.",
  ThisExpression: "This expressions are not supported.",
  DebuggerStatement: "Debugger statements are not supported.",
  Literal: (node) => (node.regex ? "Regex literals are not supported." : null),
  NewExpression: (node) => (["Promise", "Function"].includes(node.callee.name) ? `new ${node.callee.name} is not supported.` : null),
  CallExpression: ofCall,
  AssignmentExpression: (node) => (assignsContext(node.left) ? "The context cannot be assigned." : null),
};

const TAKE_FUNCTIONS = [
  "forEach", "map", "flatMap", "filter", "reduce", "reduceRight", "find", "some", "every", "findIndex", "findLast",
  "findLastIndex",
];

function ofCall(node) {
  const method = node.callee.type === "MemberExpression" && !node.callee.computed ? node.callee.property.name : null;
  if (["apply", "bind", "call"].includes(method)) return `The method ${method} is not supported.`;
  if (node.callee.name === "eval" || node.callee.name === "Function") return `${node.callee.name} is not supported.`;
  const passesFunction = node.arguments.some((one) => ["FunctionExpression", "ArrowFunctionExpression"].includes(one.type));
  return passesFunction && !TAKE_FUNCTIONS.includes(method) ? "Functions can not be passed as an argument" : null;
}

function assignsContext(target) {
  if (target.type === "Identifier") return target.name === "ctx" || target.name === "context";
  return target.type === "MemberExpression" && target.object.type === "Identifier" && ["ctx", "context"].includes(target.object.name);
}

function complaint(rules, node) {
  const rule = Object.hasOwn(rules, node.type) ? rules[node.type] : null;
  return typeof rule === "function" ? rule(node) : rule;
}
