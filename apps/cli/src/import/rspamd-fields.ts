import type { Section } from "./imported-config.ts";
import type { RspamdSettings } from "./rspamd-settings.ts";

/** rspamd's default of `sign_headers`. */
const byDefault =
  "(o)from:(x)sender:(o)reply-to:(o)subject:(x)date:(x)message-id:(o)to:(o)cc:(x)mime-version:(x)content-type:(x)content-transfer-encoding:resent-to:resent-cc:resent-from:resent-sender:resent-message-id:(x)in-reply-to:(x)references:list-id:list-help:list-owner:list-unsubscribe:list-unsubscribe-post:list-subscribe:list-post:(x)openpgp:(x)autocrypt";
const loss =
  "a field with (x) is signed and not oversigned: name it in signing.oversign, where it is oversigned even if it is absent";

/** `sign_headers`: each field where it is there; (o) is oversigned, (x) where it is there, which cannot be said here. */
export function fieldsOf(settings: RspamdSettings): Section {
  const given = settings.text("sign_headers");
  const fields = (given ?? byDefault)
    .split(":")
    .map((field) => /^\s*(?:\(([ox])\))?([!-9<-~]+)\s*$/.exec(field));
  if (fields.includes(null)) {
    settings.lostAll("sign_headers", "expected names with colons between: set signing.headers");
    return {};
  }
  const names = fields.map((field) => ({ mark: field?.[1], name: field?.[2] ?? "" }));
  if (given === undefined) settings.warn(`sign_headers by default: ${loss}`);
  else if (names.some(({ mark }) => mark === "x")) settings.lostAll("sign_headers", loss);
  else settings.carriedAll("sign_headers", "signing.headers and oversign");
  return {
    headers: names.map(({ name }) => `${name}+`),
    oversign: names.filter(({ mark }) => mark === "o").map(({ name }) => name),
  };
}
