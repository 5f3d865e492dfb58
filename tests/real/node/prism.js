"use strict";
// Prism's command line, which ends when its standard input does: a test that is killed leaves no server behind.
process.stdin.on("close", () => process.exit());
process.stdin.resume();
require("@stoplight/prism-cli/dist/index.js");
