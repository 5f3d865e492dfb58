// What Node's readers make of files: a FOLDER on the command line, with 0.env, 1.env and so on.
//
// Prints one JSON object a reader and line: {"reader": ..., "files": [{name: value} or null, ...]}; null where it gave up.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { parseEnv } = require('node:util');
const { expand } = require('dotenv-expand');

const folder = process.argv[2];
const names = fs.readdirSync(folder).map((_, n) => path.join(folder, `${n}.env`));
const environment = { ...process.env };

function files(read) {
  return names.map((name) => {
    try {
      return read(fs.readFileSync(name));
    } catch {
      return null;
    }
  });
}

const readers = {
  'node-dotenv18': (bytes) => require('dotenv').parse(bytes),
  'node-dotenv16': (bytes) => require('dotenv16').parse(bytes),
  'dotenv-expand': (bytes) => expand({ parsed: require('dotenv16').parse(bytes), processEnv: { ...environment } }).parsed,
  // The parser of `node --env-file`.
  node24: (bytes) => parseEnv(bytes.toString()),
};
for (const [reader, read] of Object.entries(readers)) {
  console.log(JSON.stringify({ reader, files: files(read) }));
}
