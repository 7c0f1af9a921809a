// util.time

function momentOf(milliseconds, zone, zoneName) {
  const seconds = Math.floor(milliseconds / 1000);
  const [offset, abbreviation] = offsetAt(zone, seconds);
  const local = seconds + offset;
  const days = Math.floor(local / 86400);
  return {
    ...dateOf(days), days, second: local - days * 86400, millisecond: milliseconds - seconds * 1000, offset,
    abbreviation, zoneName: zoneName ?? "UTC",
  };
}

function millisecondsArgument(value) {
  if (typeof value !== "number" || !Number.isFinite(value)) fail("The milliseconds are expected to be a number.");
  return Math.trunc(value);
}

function formatTime(milliseconds, pattern, zoneName) {
  return formatPattern(readPattern(pattern), momentOf(milliseconds, zoneOf(zoneName), zoneName));
}

function isoTime(milliseconds) {
  return new Date(milliseconds).toISOString();
}

const timeUtilities = {
  nowISO8601: () => isoTime(invocation.now),
  nowEpochSeconds: () => Math.floor(invocation.now / 1000),
  nowEpochMilliSeconds: () => invocation.now,
  nowFormatted: (pattern, zone) => formatTime(invocation.now, pattern, zone),
  parseFormattedToEpochMilliSeconds: parseFormatted,
  parseISO8601ToEpochMilliSeconds: parseIso,
  epochMilliSecondsToSeconds: (milliseconds) => Math.floor(millisecondsArgument(milliseconds) / 1000),
  epochMilliSecondsToISO8601: (milliseconds) => isoTime(millisecondsArgument(milliseconds)),
  epochMilliSecondsToFormatted: (milliseconds, pattern, zone) =>
    formatTime(millisecondsArgument(milliseconds), pattern, zone),
};
