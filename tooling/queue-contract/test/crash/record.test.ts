import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { AcknowledgedCounts, readRecord, Recorder } from "../../src/crash/record.ts";

test("events are read in order, without the line that a kill has cut off", () => {
  const path = join(temporaryDirectory("test"), "record");
  const recorder = new Recorder("p", path);
  recorder.write("adding", "a", "b");
  recorder.writeRefusal("a", "queue-full");
  appendFileSync(path, '{"seen":"ack');
  expect(readRecord(path)).toMatchObject([
    { seen: "adding", key: "a", by: "p" },
    { seen: "adding", key: "b", by: "p" },
    { seen: "refused", key: "a", by: "p", code: "queue-full" },
  ]);
});

test("acknowledgements in a growing record are counted once each", () => {
  const path = join(temporaryDirectory("test"), "record");
  const counts = new AcknowledgedCounts();
  expect(counts.count(path)).toBe(0);
  const recorder = new Recorder("p", path);
  recorder.write("acked", "a", "b");
  recorder.write("got", "a");
  expect(counts.count(path)).toBe(2);
  appendFileSync(path, '{"seen":"acked"');
  expect(counts.count(path)).toBe(2);
  appendFileSync(path, ',"key":"c"}\n');
  expect([counts.count(path), counts.count(path)]).toEqual([3, 3]);
});
