import { packet, strings } from "@mailseal/testkit/milter-mta";
import { expect, test } from "vitest";
import { commands, harness, noting, steps } from "../support/session-harness.ts";

const wholeMessage = steps.slice(2);

test("takes several messages in one connection, each with macros of its own", async () => {
  const seen: unknown[] = [];
  const { mta } = harness(() => ({
    ...noting([]),
    endOfMessage: (_changes, { macros }) => void seen.push(Object.fromEntries(macros.all())),
  }));
  await mta.negotiate();
  mta.send(packet("D", "C", strings("j", "mx", "{daemon_name}", "d")));
  await mta.say(...commands.connect);
  await mta.say(...commands.helo);
  mta.send(packet("D", "M", strings("i", "first", "{auth_authen}", "ann")));
  for (const step of wholeMessage) await mta.say(...commands[step]);
  mta.send(packet("D", "M", strings("i", "second")));
  await mta.say(...commands.mailFrom);
  // A later step hides an earlier one; letters of no step, and halves of pairs, are passed over.
  mta.send(packet("D", "R", strings("i", "third", "odd")), packet("D", "?", strings("i", "no")));
  for (const step of wholeMessage.slice(1)) await mta.say(...commands[step]);
  expect(seen).toEqual([
    { j: "mx", daemon_name: "d", i: "first", auth_authen: "ann" },
    { j: "mx", daemon_name: "d", i: "third" },
  ]);
});

test("macros of the step of a new message survive the end of one given up", async () => {
  const seen: unknown[] = [];
  const { mta } = harness(() => ({
    connect: () => undefined,
    mailFrom: (_sender, { macros }) => void seen.push(macros.get("{i}"), macros.get("r")),
  }));
  await mta.negotiate();
  await mta.say(...commands.connect);
  mta.send(packet("D", "M", strings("i", "1")));
  await mta.say(...commands.mailFrom);
  mta.send(packet("D", "R", strings("r", "x")), packet("D", "M", strings("i", "2")));
  await mta.say(...commands.mailFrom);
  expect(seen).toEqual(["1", undefined, "2", undefined]);
});
