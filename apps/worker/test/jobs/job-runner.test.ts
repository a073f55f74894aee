import { configSchema } from "@mailseal/config";
import { policyOf } from "@mailseal/service";
import { expect, onTestFinished, test } from "vitest";
import { busyAnswer, type JobAnswer, JobRunner } from "../../src/jobs/job-runner.ts";
import { content } from "../worker-under-test.ts";
import { startRunner } from "./jobs-under-test.ts";

function signedText(answer: JobAnswer): string {
  if (!("pieces" in answer))
    throw new Error(`expected a signed message: ${JSON.stringify(answer)}`);
  return Buffer.concat(answer.pieces).toString();
}

test("signs a message with bare line feeds, which become CRLF", async () => {
  const runner = await startRunner();
  const bare = Buffer.from(content.toString().replaceAll("\r\n", "\n"));
  const signed = signedText(await runner.run("sign", bare));
  expect(signed).toMatch(/^DKIM-Signature: /);
  expect(signed.endsWith(content.toString())).toBe(true);
});

test("no more jobs run at a time than allowed, and a job that ends makes room", async () => {
  const runner = await startRunner(1);
  const first = runner.run("sign", content);
  expect(runner.isBusy).toBe(true);
  expect(await runner.run("verify", content)).toEqual(busyAnswer);
  expect(await first).toMatchObject({ ok: true, signatures: 1 });
  expect(runner.isBusy).toBe(false);
});

test.each([
  ["nothing", ""],
  ["no header", "\r\n\r\nbody"],
  ["octets that are no text", "\u0000\u00ff\r\n"],
  ["a field without a name", ": x\r\n\r\n"],
])("a message of %s is an answer, not an exception", async (_, text) => {
  const runner = await startRunner();
  const raw = Buffer.from(text, "latin1");
  expect(await runner.run("sign", raw)).toMatchObject({ ok: false, status: 422 });
  expect(await runner.run("verify", raw)).toHaveProperty("ok");
  expect(runner.isBusy).toBe(false);
});

test("a key that cannot be read now is 503, and nothing is counted as signed", async () => {
  const config = configSchema.parse({
    hostname: "us.test",
    signing: { selector: "s1", key: "/nonexistent/key.pem", onMissingKey: "defer" },
  });
  const policy = await policyOf(config, () => undefined);
  onTestFinished(() => policy.close());
  let signed = 0;
  const runner = new JobRunner(
    () => policy.pipeline,
    1,
    () => signed++,
  );
  expect(await runner.run("sign", content)).toMatchObject({ ok: false, status: 503 });
  expect(signed).toBe(0);
});
