// Reads, judges and rewrites a handler's code. Rewriting happens in place: what is taken out becomes blank, so lines and
// columns stay those of the user; one line is added in front.

const WRAPPER = "__eventray_import";

function codeError(errorType, value, node) {
  const { line, column } = node.loc.start;
  return { error_type: errorType, value, line, column: column + 1, span: node.end - node.start };
}

function parseCode(code) {
  return acorn.parse(code, { ecmaVersion: "latest", sourceType: "module", locations: true, allowHashBang: false });
}

function parserError(error) {
  const { line, column } = error.loc ?? { line: 1, column: 0 };
  const message = error.loc === undefined ? "The code is nested too deeply." : error.message.replace(/ \(\d+:\d+\)$/, "");
  return { error_type: "PARSER_ERROR", value: message, line, column: column + 1, span: 1 };
}

function prepare(code, strict) {
  let tree;
  try {
    tree = parseCode(code);
  } catch (error) {
    return JSON.stringify({ errors: [parserError(error)], warnings: [] });
  }
  const findings = { errors: [], warnings: [] };
  const rewriting = { blanks: [], imports: [], exports: new Map() };
  for (const statement of tree.body) rewrite(statement, rewriting, findings.errors);
  lint(tree, findings, strict);
  checkMembers(tree, rewriting.imports, findings.errors);
  if (code.includes(WRAPPER)) findings.errors.push(codeError("LINT_ERROR", `The name ${WRAPPER} is reserved.`, tree));
  const first = ({ line, column }) => line * 100000 + column;
  findings.errors.sort((one, other) => first(one) - first(other));
  return JSON.stringify({
    ...findings, script: scriptOf(code, rewriting), exports: [...rewriting.exports.keys()], calls: reportedCalls(tree, rewriting.imports),
  });
}

function lint(tree, findings, strict) {
  const discouraged = strict ? findings.errors : findings.warnings;
  walk(tree, (node) => {
    const refused = complaint(REFUSED, node);
    const warned = complaint(DISCOURAGED, node);
    if (refused) findings.errors.push(codeError("LINT_ERROR", refused, node));
    if (warned) discouraged.push(codeError("LINT_ERROR", warned, node));
  });
  for (const { node, path } of recursions(tree)) {
    discouraged.push(codeError("LINT_ERROR", `Recursive function calls not supported. Detected cycle in ${path}`, node));
  }
}

// Import and export

function rewrite(statement, rewriting, errors) {
  switch (statement.type) {
    case "ImportDeclaration": takeImport(statement, rewriting, errors); break;
    case "ExportNamedDeclaration": takeExport(statement, rewriting); break;
    case "ExportDefaultDeclaration": takeDefault(statement, rewriting); break;
    case "ExportAllDeclaration": rewriting.blanks.push([statement.start, statement.end, ""]); break;
  }
}

function nameOf(node) {
  return node.type === "Literal" ? node.value : node.name;
}

function takeImport(statement, rewriting, errors) {
  const module = statement.source.value;
  rewriting.blanks.push([statement.start, statement.end, ""]);
  if (!Object.hasOwn(modules, module)) {
    errors.push(codeError("LINT_ERROR", `Cannot find module '${module}'.`, statement.source));
    return;
  }
  for (const specifier of statement.specifiers) {
    const local = specifier.local.name;
    if (specifier.type === "ImportNamespaceSpecifier") rewriting.imports.push({ local, module, value: modules[module], member: null });
    else if (specifier.type === "ImportDefaultSpecifier") errors.push(codeError("LINT_ERROR", `Module '${module}' has no default export.`, specifier));
    else if (!Object.hasOwn(modules[module], nameOf(specifier.imported))) {
      errors.push(codeError("LINT_ERROR", `Module '${module}' has no exported member '${nameOf(specifier.imported)}'.`, specifier));
    } else {
      const member = nameOf(specifier.imported);
      rewriting.imports.push({ local, module, value: modules[module][member], member });
    }
  }
}

function takeExport(statement, rewriting) {
  const { declaration } = statement;
  if (!declaration) {
    rewriting.blanks.push([statement.start, statement.end, ""]);
    if (!statement.source) for (const one of statement.specifiers) rewriting.exports.set(nameOf(one.exported), nameOf(one.local));
    return;
  }
  rewriting.blanks.push([statement.start, declaration.start, ""]);
  const names = declaration.type === "VariableDeclaration" ? declaration.declarations.flatMap((one) => boundNames(one.id)) : [declaration.id.name];
  for (const name of names) rewriting.exports.set(name, name);
}

// A default export is nobody's; it stays as an expression.
function takeDefault(statement, rewriting) {
  const named = statement.declaration.id !== undefined && statement.declaration.id !== null && /Declaration/.test(statement.declaration.type);
  rewriting.blanks.push([statement.start, statement.declaration.start, named ? "" : "void"]);
}

function scriptOf(code, { blanks, imports, exports }) {
  let body = "";
  let at = 0;
  for (const [start, end, put] of blanks) {
    body += code.slice(at, start) + put + code.slice(start + put.length, end).replace(/[^\r\n\u2028\u2029]/g, " ");
    at = end;
  }
  const lines = imports.map(({ local, module, member }) =>
    `const ${local}=${WRAPPER}(${JSON.stringify(module)})${member === null ? "" : `[${JSON.stringify(member)}]`};`);
  const members = [...exports].map(([name, local]) => `${JSON.stringify(name)}:${local}`);
  return `(function(${WRAPPER}){"use strict";${lines.join("")}\n${body}${code.slice(at)}\nreturn {${members.join(",")}};\n})`;
}

// Members of util and of the modules that AppSync does not have. As on AWS, their use is an error of the code.

function checkMembers(tree, imports, errors) {
  const declared = declaredNames(tree);
  const roots = new Map();
  for (const [name, value] of Object.entries(modules["@aws-appsync/utils"])) if (!declared.has(name)) roots.set(name, value);
  for (const { local, value } of imports) if (declared.has(local)) roots.delete(local); else roots.set(local, value);
  walk(tree, (node, parent) => {
    if (node.type !== "MemberExpression") return;
    const path = memberPath(node);
    if (path === null || !roots.has(path[0])) return;
    let owner = roots.get(path[0]);
    for (const name of path.slice(1, -1)) owner = isObject(owner) && Object.hasOwn(owner, name) ? owner[name] : null;
    const last = path[path.length - 1];
    if (isObject(owner) && !Object.hasOwn(owner, last)) {
      errors.push(codeError("LINT_ERROR", `Property '${last}' does not exist on '${path.slice(0, -1).join(".")}'.`, node.property));
    }
  });
}

function memberPath(node) {
  if (node.type === "Identifier") return [node.name];
  if (node.type !== "MemberExpression") return null;
  const name = node.computed ? node.property.type === "Literal" && typeof node.property.value === "string" ? node.property.value : null : node.property.name;
  const before = name === null || name === undefined ? null : memberPath(node.object);
  return before === null ? null : [...before, name];
}

// The engine reports a call of a method at some place within it, AppSync where the whole expression begins. For calls of
// the console and of helpers: which of the two, and where the expression begins and ends.
const CONSOLE_CALL = 0;
const HELPER_CALL = 1;

function reportedCalls(tree, imports) {
  const helpers = new Set(["util", "runtime", "extensions", ...imports.map(({ local }) => local)]);
  const calls = [];
  walk(tree, (node) => {
    const root = node.type === "CallExpression" ? memberPath(node.callee)?.[0] : undefined;
    if (root !== "console" && !helpers.has(root)) return;
    const { start, end } = node.loc;
    calls.push([root === "console" ? CONSOLE_CALL : HELPER_CALL, start.line, start.column + 1, end.line, end.column + 1]);
  });
  return calls;
}
