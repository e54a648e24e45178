// Counts the scenarios that one run of the suite passed: judge.mjs PACKAGE RESULTS WANTED [--requirements REVISION]
//
// A scenario has passed if it checked something and none of its checks failed. Those that a revision
// requires have to be WANTED; those that the suite runs beside them have to pass as well, unless the suite
// itself skips all that they check.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [suite, results] = process.argv.slice(2, 4).map(path => resolve(path));
const [wanted, , revision] = process.argv.slice(4);
const { version } = JSON.parse(readFileSync(join(suite, "package.json"), "utf8"));

/** Scenario to its checks. */
const checks = new Map();
for (const folder of readdirSync(results)) {
  const name = folder.match(/^server-(.+)-\d{4}-\d\d-\d\dT[\dTZ:.-]+$/)?.[1];
  if (name) checks.set(name, JSON.parse(readFileSync(join(results, folder, "checks.json"), "utf8")));
}
const of = (name, ...status) => (checks.get(name) ?? []).filter(check => status.includes(check.status));
const passed = name => of(name, "SUCCESS").length > 0 && of(name, "FAILURE").length === 0;
const skipped = name => checks.has(name) && checks.get(name).every(({ status }) => status === "SKIPPED");

let required = [...checks.keys()];
let beside = [];
if (revision) {
  const yaml = createRequire(join(suite, "package.json"))("yaml");
  const set = yaml.parse(readFileSync(join(suite, "requirements", `${revision}.yaml`), "utf8"));
  required = set.server;
  beside = set.not_scored.filter(({ leg }) => leg === "server").map(({ scenario }) => scenario);
}
const without = beside.filter(skipped);
beside = beside.filter(name => !skipped(name));

const count = names => `${names.filter(passed).length}/${names.length}`;
const good = required.length === Number(wanted) && [...required, ...beside].every(passed);
const set = revision ? `--requirements ${revision}` : "default set";
const more = beside.length ? `, ${count(beside)} that are not scored` : "";
console.log(`${good ? "pass" : "FAIL"}  conformance ${version}, ${set}: ${count(required)} scenarios${more}`);
for (const name of without) console.log(`      ${name}: skipped by the suite`);
for (const name of [...required, ...beside]) {
  if (!checks.has(name)) console.log(`      ${name} did not run`);
  else if (!passed(name) && !of(name, "FAILURE").length) console.log(`      ${name} checked nothing`);
  for (const { status, id, errorMessage } of of(name, "FAILURE", "WARNING")) {
    console.log(`      ${name}: ${status.toLowerCase()}: ${id}: ${errorMessage ?? ""}`);
  }
}
if (required.length !== Number(wanted)) console.log(`      ${wanted} scenarios were expected`);
process.exit(good ? 0 : 1);
