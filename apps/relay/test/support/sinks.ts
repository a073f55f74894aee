import { SmtpSink, type SmtpSinkOptions } from "@mailseal/testkit/smtp-sink";
import { afterThisTest } from "./relay-under-test.ts";

/** A next hop on loopback, closed after the test. */
export async function startSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await SmtpSink.start(options);
  afterThisTest(() => sink.close());
  return sink;
}
