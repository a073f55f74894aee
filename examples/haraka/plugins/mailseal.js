// Signs the mail of clients that may relay, and verifies all other mail. Its settings are in config/mailseal.json.
const { Writable } = require("node:stream");
const { createSigner } = require("@mailseal/signer");
const { formatAuthenticationResults, fromMailboxes, splitMessage } = require("@mailseal/syntax");
const {
  keySource,
  nodeResolver,
  toAuthenticationResults,
  Verification,
} = require("@mailseal/verifier");

exports.register = function () {
  const { domains = {}, dnsServers } = this.config.get("mailseal.json");
  // A key that cannot be used stops Haraka here, before it takes any mail.
  this.signers = new Map(
    Object.entries(domains).map(([domain, keys]) => [domain, this.signerFor(domain, keys)]),
  );
  this.keys = keySource(nodeResolver(dnsServers === undefined ? {} : { servers: dnsServers }));
  this.register_hook("data_post", "verify_inbound");
  this.register_hook("queue_outbound", "sign_outbound");
};

exports.signerFor = function (domain, keys) {
  const signatures = keys.map(({ selector, keyFile }) => {
    const key = this.config.get(keyFile, "data").join("\n");
    return { domain, selector, key };
  });
  // Haraka sends the bytes that it has, so line endings that would have to be repaired are refused.
  return createSigner(signatures, { lineEndings: "reject" });
};

exports.sign_outbound = async function (next, connection) {
  const transaction = connection.transaction;
  if (!transaction) return next();
  try {
    const header = splitMessage(Buffer.from(`${transaction.header.lines().join("")}\r\n`));
    const [author] = fromMailboxes(header);
    const signer = this.signers.get(author?.domain);
    if (signer === undefined) {
      const domain = author?.domain ?? "no domain";
      connection.logerror(this, `refused: no DKIM key for the From domain (${domain})`);
      return next(DENY, "No DKIM key for the domain in From; the message is not sent unsigned");
    }
    const signing = signer.stream();
    await readMessage(transaction, (chunk) => signing.write(chunk));
    const { signatures } = signing.finish();
    for (const { field } of signatures.toReversed()) {
      const [, name, value] = /^([^:]+): ?(.*?)\r\n$/s.exec(field);
      transaction.add_leading_header(name, value);
    }
    return next();
  } catch (error) {
    connection.logerror(this, `refused: ${error.message}`);
    // A SigningError is about the message, which will not improve; anything else may pass.
    const code = error.name === "SigningError" ? DENY : DENYSOFT;
    return next(code, "The message cannot be signed, and is not sent unsigned");
  }
};

exports.verify_inbound = async function (next, connection) {
  const transaction = connection.transaction;
  if (!transaction || connection.relaying) return next();
  try {
    const verification = new Verification({ keys: this.keys });
    await readMessage(transaction, (chunk) => verification.write(chunk));
    const report = await verification.finish();
    transaction.notes.set("mailseal.report", report);
    for (const { result, code, domain } of report.signatures) {
      transaction.results.add(this, { [result === "pass" ? "pass" : "fail"]: `${domain} ${code}` });
    }
    // Haraka writes the field, with its own name, and renames the fields of others.
    for (const result of toAuthenticationResults(report, "haraka").results) {
      const field = formatAuthenticationResults({ authservId: "haraka", results: [result] });
      connection.auth_results(
        field
          .slice(field.indexOf(";") + 1)
          .replaceAll("\r\n", "")
          .trim(),
      );
    }
    return next();
  } catch (error) {
    connection.logerror(this, error.message);
    return next(DENYSOFT, "DKIM verification failed for a reason of this server");
  }
};

/** The message as it is sent, with CRLF and without doubled dots, piece by piece. */
async function readMessage(transaction, take) {
  const sink = new Writable({
    write(chunk, _encoding, done) {
      try {
        take(chunk);
        done();
      } catch (error) {
        done(error);
      }
    },
  });
  const read = new Promise((resolve, reject) => sink.once("finish", resolve).once("error", reject));
  transaction.message_stream.pipe(sink, { line_endings: "\r\n" });
  try {
    await read;
  } finally {
    transaction.message_stream.unpipe();
  }
}
