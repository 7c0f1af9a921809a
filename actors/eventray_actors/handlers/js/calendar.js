// The proleptic Gregorian calendar, in days since 1970-01-01.

function pad(number, width) {
  return String(number).padStart(width, "0");
}

function isLeap(year) {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

// Years begin in March here, so that the leap day is the last. Months past 12 count on into the next year.
function daysOf(year, month, day) {
  const months = year * 12 + month - 1;
  const civilMonth = ((months % 12) + 12) % 12 + 1;
  const civilYear = Math.floor(months / 12) - (civilMonth <= 2 ? 1 : 0);
  const era = Math.floor(civilYear / 400);
  const yearOfEra = civilYear - era * 400;
  const dayOfYear = Math.floor((153 * ((civilMonth + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

function dateOf(days) {
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1 };
}

// 0 is Sunday.
function weekdayOf(days) {
  return (((days + 4) % 7) + 7) % 7;
}

function lengthOfMonth(year, month) {
  return daysOf(year, month + 1, 1) - daysOf(year, month, 1);
}

// The first day of a week-based year. Weeks are those of Java's US locale: from Sunday, the first holds January 1.
function startOfWeekYear(year) {
  const first = daysOf(year, 1, 1);
  return first - weekdayOf(first);
}

function weekOf(days) {
  const { year } = dateOf(days);
  const weekYear = days >= startOfWeekYear(year + 1) ? year + 1 : year;
  return { weekYear, week: Math.floor((days - startOfWeekYear(weekYear)) / 7) + 1 };
}

const MONTHS = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
  "December",
];
const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
