import { DkimSignStream } from "mailauth/lib/dkim/sign.js";

export default function ({ domain, selector, pem }) {
  const signatureData = [{ signingDomain: domain, selector, privateKey: pem }];
  return async function* (source) {
    const stream = new DkimSignStream({ signatureData });
    source.on("error", (error) => stream.destroy(error)).pipe(stream);
    for await (const chunk of stream) {
      if (stream.errors.length > 0) throw stream.errors[0].err;
      yield chunk;
    }
  };
}
