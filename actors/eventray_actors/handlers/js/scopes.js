// Walking a tree, and what can be said of its names without following every scope.

function isNode(value) {
  return isObject(value) && typeof value.type === "string";
}

function childrenOf(node) {
  return Object.values(node).flatMap((value) => (Array.isArray(value) ? value : [value])).filter(isNode);
}

function walk(node, visit, parent = null) {
  visit(node, parent);
  for (const child of childrenOf(node)) walk(child, visit, node);
}

// The names that a pattern binds: of a declaration, a parameter, a catch.
function boundNames(pattern, names = []) {
  if (pattern === null) return names;
  switch (pattern.type) {
    case "Identifier": names.push(pattern.name); break;
    case "ObjectPattern": pattern.properties.forEach((one) => boundNames(one.value ?? one.argument, names)); break;
    case "ArrayPattern": pattern.elements.forEach((one) => boundNames(one, names)); break;
    case "AssignmentPattern": boundNames(pattern.left, names); break;
    case "RestElement": boundNames(pattern.argument, names); break;
  }
  return names;
}

// All names declared anywhere but by an import. A name that stands here may mean something else in places, so nothing
// is concluded from its uses.
function declaredNames(tree) {
  const names = new Set();
  walk(tree, (node) => {
    const patterns = [];
    if (node.type === "VariableDeclarator" || node.type === "ClassDeclaration" || node.type === "ClassExpression") patterns.push(node.id);
    else if (node.params !== undefined) patterns.push(node.id ?? null, ...node.params);
    else if (node.type === "CatchClause") patterns.push(node.param);
    for (const pattern of patterns) for (const name of boundNames(pattern)) names.add(name);
  });
  return names;
}

// Functions that call themselves, by way of others too: for each the names in a circle.
function recursions(tree) {
  const calls = new Map();
  const functionOf = (node) =>
    node.type === "FunctionDeclaration" ? [node.id?.name, node.body]
      : node.type === "VariableDeclarator" && node.init && /Function/.test(node.init.type) ? [node.id.name, node.init.body] : null;
  walk(tree, (node) => {
    const found = functionOf(node);
    if (found === null || found[0] === undefined) return;
    const called = new Set();
    walk(found[1], (inner) => { if (inner.type === "CallExpression" && inner.callee.type === "Identifier") called.add(inner.callee.name); });
    calls.set(found[0], { node, called });
  });
  return [...calls.keys()].map((name) => circleFrom(calls, name)).filter((circle) => circle !== null);
}

function circleFrom(calls, start) {
  const seen = new Set();
  const open = [[start, start]];
  while (open.length > 0) {
    const [name, path] = open.pop();
    for (const next of calls.get(name)?.called ?? []) {
      if (next === start) return { node: calls.get(start).node, path: `${path} <- ${start}` };
      if (!seen.has(next)) { seen.add(next); open.push([next, `${path} <- ${next}`]); }
    }
  }
  return null;
}
