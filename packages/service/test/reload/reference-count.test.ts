import { expect, test, vi } from "vitest";
import { ReferenceCount } from "../../src/index.ts";

test("closes once, when it is retired and the last user has released it", () => {
  const close = vi.fn<() => void>();
  const references = new ReferenceCount(close);
  const [first, second] = [references.hold(), references.hold()];
  first();
  first();
  references.retire();
  expect(close).not.toHaveBeenCalled();
  second();
  expect(close).toHaveBeenCalledOnce();
});

test("stays open while it is in force, though nobody uses it", () => {
  const close = vi.fn<() => void>();
  const references = new ReferenceCount(close);
  references.hold()();
  expect(close).not.toHaveBeenCalled();
  references.retire();
  expect(close).toHaveBeenCalledOnce();
});

test("close does not wait for users, and happens once", () => {
  const close = vi.fn<() => void>();
  const references = new ReferenceCount(close);
  const release = references.hold();
  references.close();
  references.retire();
  release();
  expect(close).toHaveBeenCalledOnce();
});
