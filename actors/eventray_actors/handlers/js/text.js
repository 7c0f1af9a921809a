// Encodings of text, regular expressions, numbers, HTTP headers.

function textArgument(value, name) {
  if (typeof value !== "string") fail(`${name} expects a string value to be passed.`);
  return value;
}

function utf8Of(text) {
  return encodeURIComponent(text.toWellFormed()).replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

function fromUtf8(bytes) {
  let escaped = "";
  for (let i = 0; i < bytes.length; i += 1) escaped += "%" + bytes.charCodeAt(i).toString(16).padStart(2, "0");
  try {
    return decodeURIComponent(escaped);
  } catch {
    return bytes; // not UTF-8: each byte as one character
  }
}

const toBase64 = btoa;
const fromBase64 = atob;

function base64Encode(text) {
  return toBase64(utf8Of(textArgument(text, "base64Encode")));
}

function base64Decode(text) {
  textArgument(text, "base64Decode");
  try {
    return fromUtf8(fromBase64(text));
  } catch {
    return fail("base64Decode expects a base64 encoded string.");
  }
}

// As java.net.URLEncoder: letters, digits and .-*_ stay, a space becomes a plus sign.
function urlEncode(text) {
  return encodeURIComponent(textArgument(text, "urlEncode").toWellFormed())
    .replace(/%20/g, "+")
    .replace(/[!'()~]/g, (character) => "%" + character.charCodeAt(0).toString(16).toUpperCase());
}

function urlDecode(text) {
  try {
    return decodeURIComponent(textArgument(text, "urlDecode").replaceAll("+", " "));
  } catch (error) {
    if (error instanceof HelperFault) throw error;
    return fail("urlDecode expects an encoded string.");
  }
}

const ESCAPES = { "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "'": "\\'", '"': '\\"', "\\": "\\\\", "/": "\\/" };

// As escapeEcmaScript of Apache Commons Text.
function escapeJavaScript(text) {
  return textArgument(text, "escapeJavaScript").replace(
    /[^ !#-&(-.0-[\]-~]/g,
    (character) =>
      ESCAPES[character] ?? "\\u" + character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0"),
  );
}

// Java's Pattern.matches: the whole value must match (unverified). Of Java's own constructs, inline flags at the
// beginning, possessive quantifiers, \\A, \\z and \\Z are understood.
function matches(pattern, value) {
  textArgument(pattern, "matches");
  let flags = "";
  const source = pattern
    .replace(/^\(\?([imsu]+)\)/, (_, given) => { flags = [...new Set(given)].join(""); return ""; })
    .replace(/\\A/g, "^").replace(/\\[zZ]/g, "$")
    .replace(/((?:^|[^\\])[*+?}])\+/g, "$1");
  let compiled;
  try {
    compiled = new RegExp(`^(?:${source})$`, flags);
  } catch {
    return fail(`matches: ${pattern} is not a regular expression that can be used here.`);
  }
  return compiled.test(textArgument(value, "matches"));
}

const NOT_COPIED = [
  "transfer-encoding", "connection", "host", "expect", "keep-alive", "upgrade", "proxy-authenticate",
  "proxy-authorization", "te", "content-length",
];

const httpUtilities = {
  copyHeaders: (headers) =>
    Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !NOT_COPIED.includes(name.toLowerCase()))),
  // GraphQL's: an Event API's answer has no headers of the handler's own.
  addResponseHeader: () => {},
  addResponseHeaders: () => {},
};

const mathUtilities = {
  roundNum: (value) => Math.round(value),
  minVal: (one, other) => Math.min(one, other),
  maxVal: (one, other) => Math.max(one, other),
  randomDouble: () => randomUnit(),
  randomWithinRange: (from, to) => Math.floor(from + randomUnit() * (to - from)),
};

const FORMS = ["NFC", "NFD", "NFKC", "NFKD"];

const stringUtilities = {
  normalize(text, form) {
    const wanted = typeof form === "string" ? form.toUpperCase() : "";
    if (!FORMS.includes(wanted)) fail("normalize expects nfc, nfd, nfkc or nfkd.");
    return textArgument(text, "normalize").normalize(wanted);
  },
};
