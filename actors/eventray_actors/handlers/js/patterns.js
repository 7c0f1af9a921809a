// Patterns of Java's DateTimeFormatter, in English.

const LETTERS = "GuyYDMLdQqwWEecahKkHmsSAnNVzOXxZ";

// A pattern as a list of {letter, count}, {text} and {optional: list}.
function readPattern(pattern) {
  if (typeof pattern !== "string") fail("The format is expected to be a string.");
  const open = [[]];
  let at = 0;
  while (at < pattern.length) {
    const character = pattern[at];
    let length = 1;
    if (/[A-Za-z]/.test(character)) {
      if (!LETTERS.includes(character)) fail(`Unknown pattern letter: ${character}`);
      while (pattern[at + length] === character) length += 1;
      open[open.length - 1].push({ letter: character, count: length });
    } else if (character === "'") {
      const [text, used] = readQuoted(pattern, at);
      open[open.length - 1].push({ text });
      length = used;
    } else if (character === "[") {
      open.push([]);
    } else if (character === "]") {
      if (open.length === 1) fail("Pattern invalid as it contains ] without previous [");
      const optional = open.pop();
      open[open.length - 1].push({ optional });
    } else if ("{}#".includes(character)) {
      fail(`Pattern includes reserved character: '${character}'`);
    } else {
      open[open.length - 1].push({ text: character });
    }
    at += length;
  }
  while (open.length > 1) {
    const optional = open.pop();
    open[open.length - 1].push({ optional });
  }
  return open[0];
}

function readQuoted(pattern, start) {
  let text = "";
  let at = start + 1;
  while (at < pattern.length) {
    if (pattern[at] !== "'") text += pattern[at];
    else if (pattern[at + 1] === "'") { text += "'"; at += 1; }
    else return [text === "" ? "'" : text, at + 1 - start];
    at += 1;
  }
  return fail(`Pattern ends with an incomplete string literal: ${pattern}`);
}

function formatPattern(parts, moment) {
  return parts
    .map((part) => part.text ?? (part.optional ? formatPattern(part.optional, moment) : formatField(part, moment)))
    .join("");
}

function formatYear(year, count) {
  if (count === 2) return pad(((year % 100) + 100) % 100, 2);
  const digits = pad(Math.abs(year), count);
  return (year < 0 ? "-" : count >= 4 && digits.length > count ? "+" : "") + digits;
}

function formatName(names, index, count) {
  if (count === 4) return names[index];
  return count === 5 ? names[index][0] : names[index].slice(0, 3);
}

function formatOffset(offset, letter, count) {
  if (offset === 0 && letter === "X") return "Z";
  const seconds = Math.abs(offset);
  const colon = letter === "Z" ? count === 5 ? ":" : "" : count === 3 || count === 5 ? ":" : "";
  let text = (offset < 0 ? "-" : "+") + pad(Math.floor(seconds / 3600), 2);
  const minutes = Math.floor(seconds / 60) % 60;
  if (letter === "Z" ? true : count > 1 || minutes > 0) text += colon + pad(minutes, 2);
  if ((letter === "Z" ? count === 5 : count > 3) && seconds % 60 > 0) text += colon + pad(seconds % 60, 2);
  return letter === "Z" && count === 5 && offset === 0 ? "Z" : text;
}

function localizedOffset(offset, count) {
  if (offset === 0) return "GMT";
  const minutes = Math.floor(Math.abs(offset) / 60);
  const hours = Math.floor(minutes / 60);
  const sign = offset < 0 ? "-" : "+";
  if (count === 4) return `GMT${sign}${pad(hours, 2)}:${pad(minutes % 60, 2)}`;
  return `GMT${sign}${hours}${minutes % 60 ? ":" + pad(minutes % 60, 2) : ""}`;
}

const NUMBERS = {
  D: (moment) => moment.days - daysOf(moment.year, 1, 1) + 1,
  d: (moment) => moment.day,
  w: (moment) => weekOf(moment.days).week,
  W: (moment) => Math.floor((moment.day - 1 + weekdayOf(moment.days - moment.day + 1)) / 7) + 1,
  h: (moment) => (Math.floor(moment.second / 3600) + 11) % 12 + 1,
  K: (moment) => Math.floor(moment.second / 3600) % 12,
  k: (moment) => (Math.floor(moment.second / 3600) + 23) % 24 + 1,
  H: (moment) => Math.floor(moment.second / 3600),
  m: (moment) => Math.floor(moment.second / 60) % 60,
  s: (moment) => moment.second % 60,
  A: (moment) => moment.second * 1000 + moment.millisecond,
  n: (moment) => moment.millisecond * 1000000,
  N: (moment) => (moment.second * 1000 + moment.millisecond) * 1000000,
};

function formatField({ letter, count }, moment) {
  if (Object.hasOwn(NUMBERS, letter)) return pad(NUMBERS[letter](moment), count);
  const quarter = Math.floor((moment.month - 1) / 3);
  switch (letter) {
    case "u": return formatYear(moment.year, count);
    case "y": return formatYear(moment.year > 0 ? moment.year : 1 - moment.year, count);
    case "Y": return formatYear(weekOf(moment.days).weekYear, count);
    case "G": return count === 4 ? moment.year > 0 ? "Anno Domini" : "Before Christ" : moment.year > 0 ? "AD" : "BC";
    case "M": case "L": return count < 3 ? pad(moment.month, count) : formatName(MONTHS, moment.month - 1, count);
    case "Q": case "q": return count < 3 ? pad(quarter + 1, count) : count === 3 ? `Q${quarter + 1}` : ["1st", "2nd", "3rd", "4th"][quarter] + " quarter";
    case "e": case "c": if (count < 3) return pad(weekdayOf(moment.days) + 1, count); // falls through
    case "E": return formatName(WEEKDAYS, weekdayOf(moment.days), count);
    case "a": return moment.second < 43200 ? "AM" : "PM";
    case "S": return pad(moment.millisecond, 3).padEnd(count, "0").slice(0, count);
    case "V": return moment.zoneName;
    case "z": return moment.abbreviation;
    case "O": return localizedOffset(moment.offset, count);
    case "Z": return count === 4 ? localizedOffset(moment.offset, 4) : formatOffset(moment.offset, letter, count);
    default: return formatOffset(moment.offset, letter, count); // X and x
  }
}
