// XML to objects, by the conventions of org.json's XML class: repeated elements become a list, attributes and
// children share one object, text beside them is `content`, numbers and booleans are parsed (unverified beyond
// AWS's one example).

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function withoutEntities(text) {
  return text.replace(/&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-z]{2,4});/g, (whole, name) => {
    if (name[0] !== "#") return ENTITIES[name] ?? whole;
    const code = name[1] === "x" ? parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function xmlValue(text) {
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  if (/^-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,17})?$/.test(text)) return Number(text);
  return text;
}

function addMember(target, name, value) {
  if (!Object.hasOwn(target, name)) target[name] = value;
  else if (Array.isArray(target[name])) target[name].push(value);
  else target[name] = [target[name], value];
}

function elementValue(element) {
  const text = element.text.trim();
  if (Object.keys(element.members).length === 0) return text === "" ? "" : xmlValue(text);
  if (text !== "") addMember(element.members, "content", xmlValue(text));
  return element.members;
}

const XML_TOKEN = /<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|<\?[^]*?\?>|<![^>]*>|<\/([^\s>]+)\s*>|<([^\s/>]+)((?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/y;

function readAttributes(members, text) {
  for (const [, name, double, single] of text.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    addMember(members, name, xmlValue(withoutEntities(double ?? single)));
  }
}

function readXml(text) {
  const top = { name: null, members: {}, text: "" };
  const open = [top];
  XML_TOKEN.lastIndex = 0;
  while (XML_TOKEN.lastIndex < text.length) {
    const token = XML_TOKEN.exec(text);
    if (token === null) return null;
    const [, data, closed, opened, attributes, empty, characters] = token;
    const current = open[open.length - 1];
    if (data !== undefined) current.text += data;
    else if (characters !== undefined) current.text += withoutEntities(characters);
    else if (opened !== undefined) {
      const element = { name: opened, members: {}, text: "" };
      readAttributes(element.members, attributes);
      if (empty) addMember(current.members, opened, elementValue(element));
      else open.push(element);
    } else if (closed !== undefined) {
      if (open.length === 1 || current.name !== closed) return null;
      open.pop();
      addMember(open[open.length - 1].members, closed, elementValue(current));
    }
  }
  return open.length === 1 ? top.members : null;
}

// A sticky expression keeps its place between calls, so it is this one's own to write.
const xmlUtilities = {
  toMap: (text) => readXml(textArgument(text, "toMap")),
  toJsonString(text, stringEncode) {
    const json = JSON.stringify(readXml(textArgument(text, "toJsonString")));
    return stringEncode === true ? JSON.stringify(json) : json;
  },
};
