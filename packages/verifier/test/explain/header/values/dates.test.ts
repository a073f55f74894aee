import { testRewrittenValues } from "../../../support/rewritten-values.ts";

testRewrittenValues("a date that a program wrote again", "Date", [
  ["another time zone", "Tue, 24 Nov 2026 09:30:00 +0100", "Tue, 24 Nov 2026 08:30:00 +0000"],
  ["GMT by name", "Tue, 24 Nov 2026 09:30:00 +0000", "Tue, 24 Nov 2026 09:30:00 GMT"],
  ["the name of the day removed", "Tue, 24 Nov 2026 09:30:00 +0000", "24 Nov 2026 09:30:00 +0000"],
  [
    "the name of the zone added",
    "Tue, 24 Nov 2026 09:30:00 +0100",
    "Tue, 24 Nov 2026 09:30:00 +0100 (CET)",
  ],
  ["a day of one digit", "Tue, 3 Nov 2026 09:30:00 +0000", "Tue, 03 Nov 2026 09:30:00 +0000"],
  ["seconds added", "Tue, 24 Nov 2026 09:30 +0000", "Tue, 24 Nov 2026 09:30:00 +0000"],
]);
