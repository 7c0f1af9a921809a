// Times in text: by a pattern, or ISO 8601.

// Reads `text` from `at` by `parts` into `fields`; where it ended, or -1. Numbers that stand side by side are as
// wide as their letters say, others take all digits.
function parseParts(parts, text, at, fields) {
  let place = at;
  for (let i = 0; i < parts.length && place >= 0; i += 1) {
    const part = parts[i];
    if (part.text !== undefined) {
      place = text.startsWith(part.text, place) ? place + part.text.length : -1;
    } else if (part.optional !== undefined) {
      const tried = { ...fields };
      const end = parseParts(part.optional, text, place, tried);
      if (end >= 0) { Object.assign(fields, tried); place = end; }
    } else {
      place = parseField(part, isNumber(parts[i + 1]), text, place, fields);
    }
  }
  return place;
}

function isNumber(part) {
  return part?.letter !== undefined && "uyYDdwWhKkHmsSAnNML".includes(part.letter) && !("ML".includes(part.letter) && part.count > 2);
}

function take(expression, text, at) {
  return expression.exec(text.slice(at, at + 80));
}

function parseNames(names, count, text, at) {
  const found = names.findIndex((name) => text.startsWith(count === 4 ? name : name.slice(0, 3), at));
  return found < 0 ? null : [found, at + (count === 4 ? names[found].length : 3)];
}

function parseField({ letter, count }, together, text, at, fields) {
  if ("ML".includes(letter) && count > 2) {
    const month = parseNames(MONTHS, count, text, at);
    if (month === null) return -1;
    fields.month = month[0] + 1;
    return month[1];
  }
  if ("Eec".includes(letter)) return parseNames(WEEKDAYS, count, text, at)?.[1] ?? -1;
  if ("XxZOVz".includes(letter)) return parseZone(letter, text, at, fields);
  if (letter === "a") {
    const half = take(/^(AM|PM)/i, text, at);
    if (half === null) return -1;
    fields.afternoon = half[0].toUpperCase() === "PM";
    return at + 2;
  }
  if (letter === "G") {
    const era = take(/^(AD|BC|Anno Domini|Before Christ)/, text, at);
    if (era === null) return -1;
    fields.before = era[0][0] === "B";
    return at + era[0].length;
  }
  return parseNumber(letter, count, together, text, at, fields);
}

const NUMBER_FIELDS = {
  u: "year", y: "year", Y: "year", M: "month", L: "month", d: "day", D: "dayOfYear", H: "hour", k: "hour24",
  h: "hour12", K: "hour12", m: "minute", s: "second", S: "fraction", A: "milliOfDay", n: "nano", N: "nanoOfDay",
};

function parseNumber(letter, count, together, text, at, fields) {
  if (!Object.hasOwn(NUMBER_FIELDS, letter)) return fail(`The pattern letter ${letter} cannot be parsed.`);
  const year = "uyY".includes(letter);
  const fixed = letter === "S" || count === 2 || together;
  const least = count;
  const most = fixed ? count : year ? 10 : letter === "A" || letter === "N" || letter === "n" ? 15 : count === 1 ? 10 : count;
  const digits = take(new RegExp(`^${year ? "[+-]?" : ""}\\d{${least},${Math.max(least, most)}}`), text, at);
  if (digits === null) return -1;
  let value = Number(digits[0]);
  if (letter === "S") value = Math.floor(Number(digits[0].padEnd(3, "0").slice(0, 3)));
  if (year && count === 2) value += 2000;
  fields[NUMBER_FIELDS[letter]] = value;
  return at + digits[0].length;
}

function parseZone(letter, text, at, fields) {
  const offset = take(/^(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?/, text, at);
  if (offset !== null) {
    fields.zone = fixedZone(parseOffset(offset), "");
    return at + offset[0].length;
  }
  const zero = take(/^(Z|GMT|UTC|UT)(?![A-Za-z])/, text, at);
  if (zero !== null) {
    fields.zone = fixedZone(0, "");
    return at + zero[0].length;
  }
  const name = "Vz".includes(letter) ? take(/^[A-Za-z][A-Za-z0-9~/._+-]*/, text, at) : null;
  if (name === null) return -1;
  fields.zone = zoneOf(name[0]);
  return at + name[0].length;
}

function hourOf(fields) {
  if (fields.hour12 !== undefined) return (fields.hour12 % 12) + (fields.afternoon ? 12 : 0);
  return fields.hour24 !== undefined ? fields.hour24 % 24 : fields.hour ?? 0;
}

function withinDay(fields, complain) {
  if (fields.milliOfDay !== undefined) return fields.milliOfDay;
  if (fields.nanoOfDay !== undefined) return Math.floor(fields.nanoOfDay / 1000000);
  const hour = hourOf(fields), minute = fields.minute ?? 0, second = fields.second ?? 0;
  if (hour > 23 || minute > 59 || second > 59) complain();
  const fraction = fields.fraction ?? Math.floor((fields.nano ?? 0) / 1000000);
  return ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
}

// What a pattern leaves out begins at its beginning: months and days at 1, times at 0.
function resolve(fields, zone, complain) {
  if (fields.year === undefined) complain();
  const year = fields.before ? 1 - fields.year : fields.year;
  const month = fields.month ?? 1, day = fields.day ?? 1;
  if (month < 1 || month > 12 || day < 1 || day > lengthOfMonth(year, month)) complain();
  const days = fields.dayOfYear === undefined ? daysOf(year, month, day) : daysOf(year, 1, 1) + fields.dayOfYear - 1;
  const milliseconds = withinDay(fields, complain);
  const local = days * 86400 + Math.floor(milliseconds / 1000);
  return instantOf(fields.zone ?? zone, local) * 1000 + (milliseconds % 1000);
}

function parseFormatted(text, pattern, zoneName) {
  const complain = () => fail(`Text '${text}' could not be parsed`);
  if (typeof text !== "string") complain();
  const fields = {};
  const end = parseParts(readPattern(pattern), text, 0, fields);
  if (end !== text.length) complain();
  return resolve(fields, zoneOf(zoneName), complain);
}

const ISO = /^([+-]?\d{4,9})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?(?:\[[^\]]*\])?$/i;

function parseIso(text) {
  const complain = () => fail(`Text '${text}' could not be parsed`);
  const parts = typeof text === "string" ? ISO.exec(text) : null;
  if (parts === null) return complain();
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const fraction = Number((parts[7] ?? "0").padEnd(3, "0").slice(0, 3));
  return resolve({ year, month, day, hour, minute, second, fraction }, zoneOf(parts[8]?.toUpperCase()), complain);
}
