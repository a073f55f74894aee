import fc from "fast-check";
import { expect, test } from "vitest";
import { keyOf, Layout, routeOf } from "../../../src/nats/storage/layout.ts";

const layout = new Layout("mailseal", 8);

test("a route is read from its subject, whatever its characters (property)", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (route) => {
      const subject = layout.subject("live", route, undefined);
      expect(routeOf(subject)).toBe(Buffer.from(route).toString());
      // Wildcards and dots of a route must not reach the subject.
      expect(subject).toMatch(/^mailseal\.live\.[0-7]\.[\w-]+\.new$/);
    }),
  );
});

test("a route has one shard, by which its consumer finds it", () => {
  const shard = /live\.(\d)/.exec(layout.subject("live", "a.example", undefined))?.[1];
  expect(layout.subject("live", "a.example", "id")).toBe(
    layout.routeSubjects("live", "a.example").replace("*", "id"),
  );
  expect(layout.shardSubjects(Number(shard))).toBe(`mailseal.live.${shard}.>`);
});

test("a key is read from its subject, and a commit record has no route", () => {
  for (const subject of [layout.body("k"), layout.left("k"), layout.record("k")]) {
    expect(keyOf(subject)).toBe("k");
  }
  expect(routeOf(layout.record("k"))).toBeUndefined();
});

test("the streams that must be durable are listed, and not the reserve", () => {
  expect(layout.streams()).toEqual([
    "mailseal",
    "mailseal-held",
    "mailseal-dead",
    "mailseal-shared",
    "mailseal-ended",
  ]);
});
