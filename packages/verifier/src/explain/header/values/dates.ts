import { edited, type FieldContext, type FieldValue, unfold } from "./field-value.ts";

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const date =
  /^\s*(?:([A-Za-z]{3})\s*,)?\s*(\d{1,2})\s+([A-Za-z]{3})\s+(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([+-]\d{4}|[A-Za-z]{1,5})?\s*(?:\(([^)]{0,40})\))?\s*$/;
/** Minutes east of UTC: the zones of most mail first, then every zone on the hour, and other usual ones. */
const offsets: readonly number[] = [
  ...new Set([
    0,
    60,
    120,
    -300,
    -240,
    -480,
    -420,
    -360,
    330,
    540,
    480,
    180,
    600,
    660,
    -180,
    ...Array.from({ length: 27 }, (_, index) => (index - 12) * 60),
    -210,
    270,
    345,
    390,
    570,
  ]),
];
const comments: readonly string[] = [
  ..."UTC GMT CET CEST EST EDT CST CDT MST MDT PST PDT BST IST JST WET WEST EET EEST MSK AEST AEDT".split(
    " ",
  ),
  "Coordinated Universal Time",
];
/** A message is signed within this many seconds of its Date. */
const secondsBefore = 3;

/** A Date in another format, in another time zone, or with the time of signing. */
export function* otherDates(value: string, context: FieldContext): Generator<FieldValue> {
  const flat = unfold(value);
  for (const key of ["x-original-date", "resent-date", "x-date"]) {
    for (const kept of context.valuesOf(key)) {
      yield edited(kept, `it was replaced; ${key} keeps the original`);
    }
  }
  const match = date.exec(flat);
  if (match !== null) {
    yield* likelyForms(match);
    yield* otherForms(match);
  }
  const { timestamp } = context;
  if (timestamp !== undefined && timestamp < 253_402_300_800) {
    for (let before = 0; before <= secondsBefore; before++) {
      yield* inZones(
        (timestamp - before) * 1000,
        "it was replaced; the original was the time of signing",
      );
    }
  }
}

function* likelyForms(match: RegExpExecArray): Generator<FieldValue> {
  const [, , day = "", month = "", year = "", hour = "", minute = "", second, zone = ""] = match;
  const time = Date.parse(
    `${day} ${month} ${year} ${hour}:${minute}:${second ?? "00"} ${zone || "+0000"}`,
  );
  if (Number.isNaN(time)) {
    return;
  }
  const dayName = days[localDay(day, month, year)];
  const clock = `${hour}:${minute}:${second ?? "00"}`;
  for (const number of new Set([String(Number(day)), day.padStart(2, "0")])) {
    const plain = `${number} ${month} ${year} ${clock} ${zone || "+0000"}`;
    yield edited(`${dayName}, ${plain}`, "it was reformatted");
    yield edited(plain, "it was reformatted");
  }
  yield* inZones(time, "it was converted to another time zone", offsets.slice(0, 8));
}

function* otherForms(match: RegExpExecArray): Generator<FieldValue> {
  const [
    ,
    name,
    day = "",
    month = "",
    year = "",
    hour = "",
    minute = "",
    second,
    zone = "",
    comment,
  ] = match;
  const detail = "it was reformatted";
  const time = Date.parse(
    `${day} ${month} ${year} ${hour}:${minute}:${second ?? "00"} ${zone || "+0000"}`,
  );
  const dayNames = [
    name,
    undefined,
    ...(Number.isNaN(time) ? days : [days[localDay(day, month, year)]]),
  ];
  const zones = /^(?:[+-]0000|GMT|UTC?|Z)$/.test(zone)
    ? ["+0000", "-0000", "GMT", "UTC", "UT", "Z", ""]
    : [zone];
  const remarks = [comment, undefined, ...comments, zone];
  for (const dayName of new Set(dayNames)) {
    for (const number of new Set([
      day,
      String(Number(day)),
      day.padStart(2, "0"),
      day.padStart(2, " "),
    ])) {
      for (const seconds of new Set([second, second ?? "00", undefined])) {
        for (const zoneName of zones) {
          for (const remark of new Set(remarks)) {
            const clock =
              seconds === undefined ? `${hour}:${minute}` : `${hour}:${minute}:${seconds}`;
            const text = [
              ...(dayName === undefined ? [] : [`${dayName},`]),
              number,
              month,
              year,
              clock,
              ...(zoneName === "" ? [] : [zoneName]),
              ...(remark === undefined || remark === "" ? [] : [`(${remark})`]),
            ].join(" ");
            yield edited(text, detail);
          }
        }
      }
    }
  }
  if (!Number.isNaN(time)) {
    yield* inZones(time, "it was converted to another time zone");
  }
}

function localDay(day: string, month: string, year: string): number {
  return new Date(Date.UTC(Number(year), months.indexOf(month), Number(day))).getUTCDay();
}

function* inZones(
  time: number,
  detail: string,
  zones: readonly number[] = offsets,
): Generator<FieldValue> {
  for (const offset of zones) {
    const local = new Date(time + offset * 60_000);
    const sign = offset < 0 ? "-" : "+";
    const minutes = Math.abs(offset);
    const zone = `${sign}${pad(Math.floor(minutes / 60))}${pad(minutes % 60)}`;
    const clock = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()]
      .map(pad)
      .join(":");
    const day = local.getUTCDate();
    for (const number of new Set([String(day), pad(day)])) {
      const written = `${days[local.getUTCDay()]}, ${number} ${months[local.getUTCMonth()]} ${local.getUTCFullYear()} ${clock}`;
      yield edited(`${written} ${zone}`, detail);
      if (offset === 0) {
        yield edited(`${written} GMT`, detail);
        yield edited(`${written} +0000 (UTC)`, detail);
      }
    }
  }
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
