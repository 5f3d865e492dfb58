"use strict";
// Runs a validator on one webhook: the arguments are its file, the URL and the signature, the input is the body.
//
// The tokens are put into the environment once the validator is loaded: it has to look at them at every request.

const fs = require("node:fs");

const [file, url, signature] = process.argv.slice(2);
const { isFromTwilio } = require(file);

for (const [name, value] of Object.entries(process.env)) {
  if (name.startsWith("NOW_")) process.env[name.slice(4)] = value;
}
const accepted = isFromTwilio(url, fs.readFileSync(0), signature || undefined);
console.log({ true: "accepted", false: "refused" }[accepted]);
