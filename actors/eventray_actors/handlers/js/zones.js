// Time zones by the table of data/time_zones.txt, whose format time_zones.py explains.

let zoneTable = "";
const knownZones = new Map();

function takeZones(table) {
  zoneTable = table;
}

function fixedZone(offset, name) {
  return { changes: [[0, offset, name]], rule: null };
}

const OFFSET = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$/;

function offsetName(offset) {
  const sign = offset < 0 ? "-" : "+";
  const minutes = Math.floor(Math.abs(offset) / 60);
  return `${sign}${pad(Math.floor(minutes / 60), 2)}:${pad(minutes % 60, 2)}`;
}

function parseOffset(text) {
  const [, sign, hours, minutes = "0", seconds = "0"] = text;
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === "-" ? -offset : offset;
}

// A zone by its name, or by an offset such as +08:00; one that is not known is the caller's fault.
function zoneOf(name) {
  if (name === undefined || name === null) return fixedZone(0, "UTC");
  if (typeof name !== "string") return fail("The time zone is expected to be a string.");
  if (["Z", "UTC", "GMT", "UT"].includes(name)) return fixedZone(0, name === "Z" ? "Z" : name);
  const offset = OFFSET.exec(name);
  if (offset !== null) return fixedZone(parseOffset(offset), offsetName(parseOffset(offset)));
  const zone = knownZones.get(name) ?? readZone(name);
  knownZones.set(name, zone);
  return zone;
}

function readZone(name) {
  const place = [`\n${name} `, `\n${name}|`, ` ${name} `, ` ${name}|`].map((text) => zoneTable.indexOf(text)).find((at) => at >= 0);
  if (place === undefined || !/^[A-Za-z]/.test(name)) return fail(`Unknown time zone: ${name}`);
  const start = zoneTable.lastIndexOf("\n", place + (zoneTable[place] === "\n" ? 0 : -1)) + 1;
  const line = zoneTable.slice(start, zoneTable.indexOf("\n", place + 1));
  const [names, kindsText, first, changesText, rule] = line.split("|");
  if (!names.split(" ").includes(name)) return fail(`Unknown time zone: ${name}`);
  const words = kindsText.split(" ");
  const kinds = [];
  for (let i = 0; i < words.length; i += 2) kinds.push([Math.round(Number(words[i]) * 60), words[i + 1]]);
  const changes = [[0, ...kinds[parseInt(first, 36)]]];
  const pairs = changesText === "" ? [] : changesText.split(" ");
  let at = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    at += parseInt(pairs[i + 1], 36);
    changes.push([at, ...kinds[parseInt(pairs[i], 36)]]);
  }
  return { changes, rule: readRule(rule) };
}

// POSIX: `CET-1CEST,M3.5.0,M10.5.0/3`; offsets there count westwards.
const RULE = /^(<[^>]+>|[A-Za-z]+)([^A-Za-z<,]+)(?:(<[^>]+>|[A-Za-z]+)([^,]*),([^,]+),([^,]+))?$/;

function readRule(text) {
  const [, name, offset, summerName, summerOffset, from, to] = RULE.exec(text) ?? [];
  if (name === undefined || from === undefined) return null;
  const standard = -clock(offset);
  return {
    standard: [standard, name.replace(/[<>]/g, "")],
    summer: [summerOffset === "" ? standard + 3600 : -clock(summerOffset), summerName.replace(/[<>]/g, "")],
    from: readDay(from),
    to: readDay(to),
  };
}

function clock(text) {
  const [hours, minutes = "0", seconds = "0"] = text.replace(/^[+-]/, "").split(":");
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return text.startsWith("-") ? -total : total;
}

function readDay(text) {
  const [day, time = "2"] = text.split("/");
  return { day, time: clock(time) };
}

// Seconds since 1970, in local time, of a rule's day in a year.
function dayOfRule({ day, time }, year) {
  if (day.startsWith("M")) {
    const [month, week, weekday] = day.slice(1).split(".").map(Number);
    const first = daysOf(year, month, 1);
    let days = first + ((weekday - weekdayOf(first) + 7) % 7) + (week - 1) * 7;
    if (days >= daysOf(year, month + 1, 1)) days -= 7;
    return days * 86400 + time;
  }
  const number = Number(day.replace("J", ""));
  const leap = day.startsWith("J") && number > 59 && isLeap(year) ? 1 : 0;
  return (daysOf(year, 1, 1) + number - (day.startsWith("J") ? 1 : 0) + leap) * 86400 + time;
}

function byRule(rule, seconds) {
  const year = dateOf(Math.floor((seconds + rule.standard[0]) / 86400)).year;
  const from = dayOfRule(rule.from, year) - rule.standard[0];
  const to = dayOfRule(rule.to, year) - rule.summer[0];
  const summer = from < to ? seconds >= from && seconds < to : seconds >= from || seconds < to;
  return summer ? rule.summer : rule.standard;
}

// [offset in seconds, abbreviation] at an instant. Before 1970 it is 1970's.
function offsetAt(zone, seconds) {
  const changes = zone.changes;
  const last = changes[changes.length - 1];
  if (seconds >= last[0] && zone.rule !== null) return byRule(zone.rule, seconds);
  let low = 0, high = changes.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (changes[middle][0] <= seconds) low = middle;
    else high = middle - 1;
  }
  return changes[low].slice(1);
}

// The instant of a local time: of two the earlier; a time that the clocks skipped moves on by the gap, as in Java.
function instantOf(zone, local) {
  const before = offsetAt(zone, local - 86400)[0];
  const after = offsetAt(zone, local + 86400)[0];
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (offsetAt(zone, local - offset)[0] === offset) return local - offset;
  }
  return local - before;
}
