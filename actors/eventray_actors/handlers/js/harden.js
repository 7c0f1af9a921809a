// The last step before a handler is let in: what leads out is taken away, what is left can be changed by nobody.

function remove(object, names) {
  for (const name of names) if (Object.hasOwn(object, name)) delete object[name];
}

// All functions' ways back to a constructor that takes source text.
function removeConstructors() {
  const samples = [function () {}, function* () {}, async function () {}, async function* () {}];
  for (const sample of samples) delete Object.getPrototypeOf(sample).constructor;
  remove(Function.prototype, ["call", "apply", "bind", "caller", "arguments"]);
}

// In strict mode an object cannot be given a member of its own while a frozen prototype has one of the same name.
// These names occur in payloads and in handlers' own errors, so they become accessors that let it.
function allowOwnMembers(prototype, names) {
  for (const name of names) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor === undefined || !("value" in descriptor)) continue;
    const value = descriptor.value;
    Object.defineProperty(prototype, name, {
      get: () => value,
      set(own) {
        if (this === prototype) throw new TypeError(`${name} is read-only`);
        defineMember(this, name, own);
      },
      enumerable: false,
      configurable: false,
    });
  }
}

const frozen = new Set();

function freezeAll(value) {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || frozen.has(value)) return;
  frozen.add(value);
  for (const key of ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    freezeAll(descriptor.value);
    freezeAll(descriptor.get);
    freezeAll(descriptor.set);
  }
  freezeAll(Object.getPrototypeOf(value));
  Object.freeze(value);
}

const ownKeys = Reflect.ownKeys;

// AppSync's JSON.parse gives an empty text for what is no JSON.
function lenientParse(text, reviver) {
  try {
    return parse(text, reviver);
  } catch {
    return "";
  }
}

function hiddenIntrinsics() {
  const generator = Object.getPrototypeOf(function* () {});
  return [
    generator, Object.getPrototypeOf(async function () {}), Object.getPrototypeOf(async function* () {}),
    Object.getPrototypeOf([][Symbol.iterator]()), Object.getPrototypeOf(""[Symbol.iterator]()),
    Object.getPrototypeOf(new Map()[Symbol.iterator]()), Object.getPrototypeOf(new Set()[Symbol.iterator]()),
    Object.getPrototypeOf("".matchAll(/x/g)), Object.getPrototypeOf(Int8Array), Object.getPrototypeOf([].values().map((x) => x)),
  ];
}

function harden() {
  const hidden = hiddenIntrinsics();
  removeConstructors();
  remove(globalThis, [
    "eval", "Function", "Proxy", "Reflect", "Atomics", "SharedArrayBuffer", "WeakRef", "FinalizationRegistry", "Promise",
    "queueMicrotask", "performance", "DOMException", "btoa", "atob", "escape", "unescape", "DisposableStack",
    "AsyncDisposableStack", "scriptArgs", "print", "console", "gc", "navigator",
    ...Object.keys(entries),
  ]);
  for (const kind of ERROR_TYPES) remove(kind, ["captureStackTrace", "prepareStackTrace", "stackTraceLimit"]);
  JSON.parse = lenientParse;
  Math.random = randomUnit;
  allowOwnMembers(Object.prototype, Object.getOwnPropertyNames(Object.prototype).filter((name) => !name.startsWith("__")));
  for (const kind of ERROR_TYPES) allowOwnMembers(kind.prototype, ["message", "name", "toString", "constructor"]);
  Object.assign(globalThis, { util: utilObject, extensions: extensionsObject, runtime: runtimeObject, console: consoleObject });
  for (const value of [globalThis, modules, HandlerEnded, HelperFault, ...hidden]) freezeAll(value);
}
