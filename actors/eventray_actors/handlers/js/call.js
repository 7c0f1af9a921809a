// The way in: `load` once for a program, then `call` for each invocation. JSON text in, JSON text out; whatever the
// handler does with its values happens in here, where it is caught and counted against its limits.

const MAX_RESULT_CHARACTERS = 5000000; // AWS: a handler's result of 5 MB
const MAX_ITEMS = 1000; // far above the 5 events that any result can be about
const evaluate = globalThis.eval;
const parse = JSON.parse;
const stringify = JSON.stringify;
const now = Date.now;
let factory = null;

function importModule(name) {
  return modules[name];
}

function load(script) {
  factory = evaluate(script);
}

// What the program exports, and of what form: {"onPublish": "function", "onSubscribe": "request,response"}.
function describeExports() {
  try {
    begin(now(), "", [1, 2, 3, 4]);
    const forms = Object.entries(factory(importModule)).map(([name, value]) => [name, formOf(value)]);
    return stringify({ forms: Object.fromEntries(forms) });
  } catch (thrown) {
    return stringify({ fault: faultOf(thrown) });
  }
}

function formOf(value) {
  if (typeof value === "function") return "function";
  if (!isObject(value)) return "other";
  return ["request", "response"].filter((name) => typeof value[name] === "function").join(",");
}

function call(path, mode, contextText, nowMilliseconds, seed0, seed1, seed2, seed3) {
  try {
    return stringify(invoke(path.split("."), mode, parse(contextText), nowMilliseconds, [seed0, seed1, seed2, seed3]));
  } catch (thrown) {
    return stringify({ fault: faultOf(thrown) });
  }
}

// The mode says what becomes of the result: `events` and `none` for whole handlers, `value` for evaluations,
// `publish-request` and `subscribe-request` for the first half of a handler with a data source, which may end early
// with what would have been the whole handler's result.
function invoke(path, mode, input, nowMilliseconds, seeds) {
  begin(nowMilliseconds, input.auth, seeds);
  const context = contextOf(input);
  const answer = {};
  try {
    let target = factory(importModule);
    for (const name of path) target = target[name];
    const result = target(context);
    if (invocation.ended === null) keep(answer, mode, result);
  } catch (thrown) {
    if (invocation.ended === null) answer.fault = faultOf(thrown);
  }
  const ended = invocation.ended;
  if (ended !== null) {
    if (ended.kind === "return") keepEarly(answer, mode, ended.value);
    else answer.ended = ended;
  }
  if (invocation.appended.length > 0) answer.appended = invocation.appended;
  if (invocation.logs.length > 0) answer.logs = invocation.logs;
  if (mode !== "events" && mode !== "none") {
    answer.stash = context.stash;
    if (mode === "publish-request") answer.events = eventTexts(context.events);
  }
  return answer;
}

function keepEarly(answer, mode, value) {
  answer.early = true;
  try {
    keep(answer, mode === "publish-request" ? "events" : mode === "subscribe-request" ? "none" : mode, value);
  } catch (thrown) {
    answer.fault = faultOf(thrown);
  }
}

// The context: what is below the base members may be changed, the base members may not.
function contextOf({ context, events }) {
  if (events !== undefined) context.events = events.map(([id, text]) => ({ id, payload: parse(text) }));
  return Object.freeze(context);
}

function eventTexts(events) {
  if (!Array.isArray(events)) return null;
  return events.slice(0, MAX_ITEMS).map((event) => [event?.id, stringify(event?.payload) ?? "null"]);
}

// Results: a list of events to publish, any value, or nothing at all.
function keep(answer, mode, result) {
  if (result === null || result === undefined) answer.nothing = true;
  if (mode === "events") answer.result = outgoing(result);
  else if (mode !== "none" && result !== undefined) answer.value = limited(stringify(result)) ?? null;
}

function limited(text) {
  if (text !== undefined && text.length > MAX_RESULT_CHARACTERS) fail("The handler's result is larger than 5 MB.");
  return text;
}

function outgoing(result) {
  if (result === null || result === undefined) return { items: [] };
  if (!Array.isArray(result)) return { wrong: "The handler's result is not a list of events." };
  if (result.length > MAX_ITEMS) return { wrong: "The handler's result is too long." };
  const items = [];
  let size = 0;
  for (let i = 0; i < result.length; i += 1) {
    const item = result[i];
    if (item === null || item === undefined) continue;
    if (typeof item !== "object") return { wrong: `The item at index ${i} of the handler's result is not an object.` };
    const { id, payload, error } = item;
    if (typeof id !== "string") return { wrong: `The item at index ${i} of the handler's result has no id.` };
    const failed = error !== null && error !== undefined;
    const text = failed ? undefined : stringify(payload);
    size += text === undefined ? 0 : text.length;
    if (size > MAX_RESULT_CHARACTERS) return { wrong: "The handler's result is larger than 5 MB." };
    items.push([id, text ?? null, failed ? errorText(error) : null]);
  }
  return { items };
}

function errorText(error) {
  return typeof error === "string" ? error : textOf(error);
}

// Faults: only data properties of what was thrown are read.

const ERROR_TYPES = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError, InternalError, Error];

function dataMember(object, name) {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  return descriptor !== undefined && typeof descriptor.value === "string" ? descriptor.value : null;
}

function faultOf(thrown) {
  if (thrown === null) return { type: "InternalError", message: "out of memory", position: null };
  if (typeof thrown !== "object") return { type: "", message: textOf(thrown), position: null };
  const type = ERROR_TYPES.find((kind) => thrown instanceof kind);
  if (thrown instanceof HelperFault) return { type: "Code", message: dataMember(thrown, "message") ?? "", position: positionIn(thrown) };
  return {
    type: dataMember(thrown, "name") ?? (type === undefined ? "" : type.name),
    message: dataMember(thrown, "message") ?? "",
    position: type === undefined ? null : positionIn(thrown),
  };
}
