// Signs every message before ZoneMTA queues it. Its settings are those of the plugin in ZoneMTA's config.
const { readFileSync } = require("node:fs");
const { createSigner } = require("@mailseal/signer");
const { fromMailboxes, splitMessage } = require("@mailseal/syntax");

module.exports.title = "Mailseal";

// Called once in each process; a key that cannot be used makes it fail, before any mail is taken.
module.exports.init = async (app) => {
  const signers = new Map(
    Object.entries(app.config.domains).map(([domain, keys]) => [domain, signerFor(domain, keys)]),
  );
  // The outcome for each message: a promise that rejects if it cannot be signed.
  const outcomes = new WeakMap();

  app.addAnalyzerHook((envelope, source, destination) => {
    const signed = signedMessage(source, signers);
    const outcome = signed.then(
      (bytes) => void destination.end(bytes),
      (error) => {
        app.logger.error("Mailseal", "id=%s NOQUEUE %s", envelope.id, error.message);
        // Nothing of the message goes on, and the hook below refuses it.
        destination.end();
        throw error;
      },
    );
    outcome.catch(() => {});
    outcomes.set(envelope, outcome);
  });

  app.addHook("message:store", async (envelope) => {
    try {
      await outcomes.get(envelope);
    } catch (error) {
      // A SigningError is about the message, which will not improve; anything else may pass.
      const responseCode = error.name === "SigningError" || error.name === "NoKeyError" ? 550 : 451;
      const message = `${error.message}; the message is not sent unsigned`;
      throw Object.assign(new Error(message), { responseCode });
    }
  });
};

function signerFor(domain, keys) {
  return createSigner(
    keys.map(({ selector, keyFile }) => ({ domain, selector, key: readFileSync(keyFile) })),
  );
}

async function signedMessage(source, signers) {
  const chunks = [];
  for await (const chunk of source) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const [author] = fromMailboxes(splitMessage(bytes));
  const signer = signers.get(author?.domain);
  if (signer === undefined) {
    const domain = author?.domain ?? "no domain";
    const error = new Error(`No DKIM key for the domain in From (${domain})`);
    throw Object.assign(error, { name: "NoKeyError" });
  }
  return signer.sign(bytes).toBytes();
}
