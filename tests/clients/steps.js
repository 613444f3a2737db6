// How the scripts of this folder say what holds: one line a step, and a loud end.
"use strict";

function check(what, holds, found = "") {
  if (!holds) {
    fail(what, found);
  }
  console.log(`  ok   ${what}`);
}

// The error that a call must end with. Any other answer ends the script.
async function raised(what, kind, call) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    if (error instanceof kind) {
      return error;
    }
    fail(what, error.stack);
  }
  fail(what, answer);
}

function fail(what, found) {
  console.log(`FAILED: ${what}: ${typeof found === "string" ? found : JSON.stringify(found)}`);
  process.exit(1);
}

// Runs a script's story with its arguments and ends the program, also where a client leaves a timer behind.
async function run(story) {
  try {
    await story(...process.argv.slice(2));
  } catch (error) {
    fail("no error", error.stack);
  }
  process.exit(0);
}

module.exports = { check, raised, run };
