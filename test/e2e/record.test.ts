import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { objectOf } from "../support/command.ts";
import { changed, RULE } from "../support/sample.ts";
import { openSite, SMALL } from "../support/site.ts";

const RULES = `import { link } from "syncline";

export default link<"payments", "defects">({
  alm: {
    async outgoing({ issue, replica, lookup, log }) {
      const lead = await lookup.user("petra.novak");
      const contact = await lookup.user(issue["user-05"] ?? "");
      const nobody = await lookup.user("Quentin Quux");
      const level = await lookup.option("severity", issue["user-05"] ?? "");
      const first = await lookup.option("priority", (issue.name ?? "").split(" ")[0] ?? "");
      const release = await lookup.release(issue["user-03"] ?? "");
      log(lead.status, contact.status, nobody.status, level.status, first.status, release.status);
      log(issue.owner === "petra.novak", issue["user-03"] === "Ceridian", issue["user-01"] === "Bank");
      if (contact.status === "found") replica.owner = contact.value;
    },
  },
  agm: {
    async incoming({ replica, lookup, log }) {
      const theme = await lookup.reference("theme_id", "Payments Theme");
      const feature = await lookup.reference("feature_id", replica.name ?? "");
      log(theme.status, feature.status, replica.owner !== null);
    },
  },
});
`;

const TESTS = `import { run, test } from "syncline/test";
import crash from "./fixtures/crash.json" with { type: "json" };
test("as recorded", async () => {
  const { logs, errors, issue } = await run(crash);
  throw new Error(JSON.stringify({ logs, errors, owner: issue["assigned_to"] }));
});
`;

test("X31 B17 rules ask of the scrubbed record what they asked of the real one, and answer the same; nobody's words are in it", async (t) => {
  const site = await openSite(t, {
    trackers: SMALL,
    edit: (mapping) =>
      changed(mapping, (text) =>
        text
          .replace("reads    = {", 'reads    = { alm = ["user-01", "user-05"],')
          .replace(
            "[links.defects.fields]",
            '[links.defects.fields]\nuser-01 = { agm = "user_05", values = "kinds", unmapped = "copy" }',
          )
          .replace("[values.status]", '[values.kinds]\nboth = { Bank = "B", Shop = "S" }\n\n[values.status]'),
      ),
  });
  const defect = (more: Readonly<Record<string, string>>) =>
    String(site.trackers.alm.admin.create("defects", { name: "Nora Quist lost 4711", severity: "1-Low", ...more }));
  const kept = defect({ owner: "petra.novak", "user-01": "Bank", "user-03": "Ceridian", "user-05": "3-High" });
  const id = defect({ owner: "vera.toth", "user-01": "Quist Ltd", "user-03": "Nora Inc", "user-05": "william.gray" });
  const daemon = site.start();
  await daemon.verdict(site.publish({ [RULE]: RULES }));
  const report = await site.ask();
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  await daemon.stop();

  const at = ["--repo", site.clone, "--state", site.state];
  const fixture = join(site.clone, "rules/payments/fixtures/crash.json");
  for (const record of [id, kept]) {
    const planned = objectOf(await site.run(["plan", "--record", `alm:${record}`, "--json", "--state", site.state]));
    const logs = (planned["steps"] as { endpoint: string; logs: string[] }[])
      .slice(0, 2)
      .flatMap(({ logs: lines }) => lines);
    assert.equal(logs.length, 3, JSON.stringify(planned));
    const recorded = await site.run(["record", `alm:${record}`, "--name", "crash", ...at]);
    assert.equal(recorded.code, 0, recorded.stderr);
    const text = readFileSync(fixture, "utf8");
    assert.doesNotMatch(text, /nora|quist|4711|vera|toth|william|gray|berg|bank\.example/i, "nobody's words");
    writeFileSync(join(site.clone, "rules/payments/x.test.ts"), TESTS);
    const tested = objectOf(await site.run(["test", "x.test", "--repo", site.clone, "--json"]));
    const [{ failure }] = tested["results"] as [{ failure: { message: string } }];
    const said = JSON.parse(failure.message) as { logs: string[]; errors: object; owner: string };
    assert.deepEqual(said.logs, logs, "as in a run");
    assert.deepEqual(said.errors, {}, "whom a look-up found has a line of the users file");
    assert.match(said.owner, /@/);
  }
  assert.match(readFileSync(fixture, "utf8"), /"petra\.novak"[\s\S]*"Ceridian"/, "what the rules spell out stays");
});

test("B17 record says what it cannot keep, and where it cannot write", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const id = String(site.trackers.alm.admin.create("defects", { name: "Crash", severity: "1-Low" }));
  const long = `<html><body>${"crash ".repeat(190_000)}</body></html>`;
  const large = site.trackers.alm.admin.create("defects", { name: "Long", severity: "1-Low", description: long });
  const daemon = site.start();
  await daemon.verdict(site.publish({ [RULE]: site.files()[RULE] ?? "" }));
  await daemon.stop();
  const record = (key: string, args: readonly string[]) =>
    site.run(["record", `alm:${key}`, ...args, "--repo", site.clone, "--state", site.state]);
  const ended = async (code: number, said: RegExp, ...args: string[]) => {
    const {
      code: got,
      stdout,
      stderr,
    } = await record(args[0] === "large" ? String(large) : id, args.slice(args[0] === "large" ? 1 : 0));
    assert.equal(got, code, stdout + stderr);
    assert.match(stdout + stderr, said);
  };
  await ended(3, /payments\/defects reads no field "nmae".*\n.*Did you mean "name"\?/, "--keep", "nmae");
  await ended(3, /clone is a folder\.\n.*--into/, "--into", site.clone);
  await ended(2, /--name "\.\." is no file's name/, "--name", "..");
  await ended(2, /cannot be used with/, "--name", "a", "--into", "b.json");
  await ended(
    3,
    /No link payments\/nope has an endpoint "alm"\.\n.*payments\/defects \(alm, agm\)/,
    "--link",
    "payments/nope",
  );
  await ended(
    3,
    /alm-2\.json would have 1\.1 MB, and a configuration's files have 1 MB at the most\.\n.*--into/,
    "large",
  );
  await ended(0, /written/, "large", "--into", join(site.box.root, "large.json"));
  await ended(0, /fixtures\/Größe-1\.json/, "--name", "../Größe 1.json");
  assert.ok(
    existsSync(join(site.clone, "rules/payments/fixtures/Größe-1.json")),
    "beside the rules, whatever its name",
  );
});
