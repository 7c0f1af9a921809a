// What one call of a handler leaves behind, and how it ends early.
// All files of this folder are joined in the order of assets.py and share one function's scope.

const MAX_LOG_CHARACTERS = 1000000; // AWS: 1 MB of logs per request
const OURS = 50000; // lines from here on are the runtime's own, lower ones are the handler's

let invocation = null;

function begin(now, authType, seeds) {
  invocation = { now, authType, logs: [], logCharacters: 0, appended: [], ended: null };
  seedRandom(seeds);
}

// The only object that util.error, util.unauthorized and runtime.earlyReturn throw. Which of them it was stands
// in `invocation.ended`, so a handler that catches it has ended all the same.
class HandlerEnded extends Error {}

// A mistake that a helper found in what it was given; told with the position of the call.
class HelperFault extends Error {}

function end(outcome) {
  if (invocation.ended === null) invocation.ended = outcome;
  throw new HandlerEnded("the handler has ended");
}

function fail(message) {
  throw new HelperFault(message);
}

const stackOf = Object.getOwnPropertyDescriptor(Error.prototype, "stack").get;
const apply = Reflect.apply;

// The handler's innermost position in a stack: [line, column] as the engine counts, or null.
function positionIn(error) {
  const stack = error instanceof Error ? apply(stackOf, error, []) : null;
  if (typeof stack !== "string") return null;
  for (const frame of stack.split("\n")) {
    const open = frame.lastIndexOf("(");
    const parts = frame.slice(open + 1, frame.endsWith(")") ? -1 : undefined).split(":");
    const line = Number(parts[parts.length - 2]);
    const column = Number(parts[parts.length - 1]);
    if (line > 0 && line < OURS && column > 0) return [line, column];
  }
  return null;
}

function textOf(value) {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? typeof value === "function" ? "[function]" : "undefined" : text;
  } catch {
    return "[cannot be shown]";
  }
}

function log(level, values) {
  const state = invocation;
  if (state === null || state.logCharacters >= MAX_LOG_CHARACTERS) return;
  let text = values.map(textOf).join(" ");
  state.logCharacters += text.length;
  if (state.logCharacters > MAX_LOG_CHARACTERS) text = text.slice(0, 1000) + "... [the logs of this call are full]";
  state.logs.push([level, positionIn(new Error()), text]);
}

const consoleObject = {
  log: (...values) => log("INFO", values),
  info: (...values) => log("INFO", values),
  debug: (...values) => log("DEBUG", values),
  warn: (...values) => log("WARN", values),
  error: (...values) => log("ERROR", values),
};

const runtimeObject = {
  earlyReturn: (value) => end({ kind: "return", value }),
};

function messageOf(message) {
  return typeof message === "string" ? message : message === undefined ? "" : textOf(message);
}

function errorOf(message, type, data, info) {
  const error = { message: messageOf(message), type: typeof type === "string" ? type : null };
  if (data !== undefined) error.data = data;
  if (info !== undefined) error.info = info;
  return error;
}

const endings = {
  error: (message, type, data, info) => end({ kind: "error", error: errorOf(message, type, data, info) }),
  unauthorized: () => end({ kind: "unauthorized" }),
  appendError(message, type, data, info) {
    const error = errorOf(message, type, data, info);
    invocation.appended.push(error);
    log("ERROR", [error.message]);
  },
};

// GraphQL's extensions: there is nothing in an Event API that they could act on.
function unsupportedExtension(name) {
  return () => fail(`extensions.${name} is not supported in Event APIs`);
}

const extensionsObject = {
  evictFromApiCache: unsupportedExtension("evictFromApiCache"),
  setSubscriptionFilter: unsupportedExtension("setSubscriptionFilter"),
  setSubscriptionInvalidationFilter: unsupportedExtension("setSubscriptionInvalidationFilter"),
  invalidateSubscriptions: unsupportedExtension("invalidateSubscriptions"),
};
