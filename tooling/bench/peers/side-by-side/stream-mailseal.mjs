import { createSigner } from "@mailseal/signer";

export default function ({ domain, selector, pem }) {
  const signer = createSigner({ domain, selector, key: pem });
  return async function* (source) {
    const stream = signer.stream();
    const kept = [];
    for await (const chunk of source) kept.push(stream.write(chunk));
    const { fields, rest } = stream.finish();
    yield Buffer.from(fields);
    yield* kept;
    yield rest;
  };
}
