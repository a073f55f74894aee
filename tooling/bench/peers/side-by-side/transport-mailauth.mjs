import { DkimSignStream } from "mailauth/lib/dkim/sign.js";
import { createTransport } from "nodemailer";

export default function ({ domain, selector, pem, server }) {
  const transport = createTransport(server);
  const signatureData = [{ signingDomain: domain, selector, privateKey: pem }];
  transport.use("stream", ({ message }, callback) => {
    message.transform(() => new DkimSignStream({ signatureData }));
    callback();
  });
  return (mail) => transport.sendMail(mail);
}
