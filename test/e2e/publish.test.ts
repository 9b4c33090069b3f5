import assert from "node:assert/strict";
import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { EMPTY_RECORD, type PublishRecord } from "../../daemon/config/publish/memory.ts";
import type { Event } from "../../daemon/core/events.ts";
import type { Snapshot } from "../../daemon/core/snapshot.ts";
import { FILES, gitBox, NEVER, until } from "../unit/config-git/git-box.ts";
import { fakeBuild, stage } from "../unit/config-git/stage.ts";

const MAPPING = "mappings/payments.toml";
const RULE = "rules/payments/defects.ts";
/** No poll: what is seen is seen by the watch, or because it was asked for. */
const WATCH_ONLY = { pollMs: 3_600_000 };

test("a push goes live by the watch alone, and every shape of rule is in the snapshot", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const { publisher, verdictOf } = stage(t, await box.open(bare, WATCH_ONLY), box.path("state"));
  assert.equal(publisher.source.lease(), null);
  await publisher.start(NEVER);
  await publisher.settled();
  const first = publisher.source.lease();
  assert.deepEqual(first?.snapshot.connections[0]?.links[0]?.left.rules, { outgoing: true, incoming: false });
  assert.deepEqual(first?.snapshot.connections[0]?.links[0]?.right.rules, { outgoing: false, incoming: false });
  const seen: Snapshot[] = [];
  publisher.onActive((snapshot) => seen.push(snapshot));
  const revision = box.commit(clone, { [MAPPING]: "two" }, "Second");
  box.push(clone);
  const verdict = await verdictOf(revision);
  assert.equal(verdict.kind, "active");
  assert.equal(verdict.subject, "Second");
  assert.equal(verdict.author, "Ada Example <ada@example.com>");
  assert.deepEqual(
    seen.map((snapshot) => snapshot.revision),
    [revision],
  );
  assert.equal(first?.snapshot.connections[0]?.description, FILES[MAPPING]);
  first?.release();
  const status = publisher.status();
  assert.equal(status.converged, true);
  assert.equal(status.wanted, revision);
  assert.equal(status.active?.revision, revision);
});

test("whoever hears that a commit is active finds the status saying so", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const told: boolean[] = [];
  const emit = (event: Event) => {
    if (event.event === "config.verdict") told.push(publisher.status().converged);
  };
  const { publisher } = stage(t, await box.open(bare, WATCH_ONLY), box.path("state"), { emit });
  await publisher.start(NEVER);
  await publisher.settled();
  box.commit(clone, { [MAPPING]: "two" });
  box.push(clone);
  await publisher.settled();
  assert.deepEqual(told, [true, true]);
});

test("a commit in a clone with a work tree goes live; an edit that is not committed does not", async (t) => {
  const box = await gitBox(t);
  const { clone } = box.pair(FILES);
  const { publisher, verdictOf, verdicts } = stage(t, await box.open(clone, WATCH_ONLY), box.path("state"));
  await publisher.start(NEVER);
  await publisher.settled();
  writeFileSync(`${clone}/${MAPPING}`, "bad");
  await publisher.settled();
  assert.equal(verdicts().length, 1);
  const revision = box.commit(clone, { [MAPPING]: "committed" });
  assert.equal((await verdictOf(revision)).kind, "active");
});

test("R3 R5 R7 bad, fix, bad again, the same good: one verdict each, the last good runs meanwhile", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const { publisher, verdictOf, verdicts, rules } = stage(t, await box.open(bare), box.path("state"));
  await publisher.start(NEVER);
  await publisher.settled();
  const good = publisher.status().active?.revision;

  const bad = box.commit(clone, { [MAPPING]: "bad" });
  box.push(clone);
  const rejected = await verdictOf(bad);
  assert.equal(rejected.kind, "rejected");
  assert.equal(rejected.diagnostics[0]?.file, MAPPING);
  assert.equal(publisher.status().active?.revision, good);
  assert.equal(publisher.status().converged, false);
  assert.equal(publisher.source.lease()?.snapshot.revision, good);

  const throwing = box.commit(clone, { [MAPPING]: "fine", [RULE]: "throws" });
  box.push(clone);
  assert.equal((await verdictOf(throwing)).kind, "rejected");
  const stranger = box.commit(clone, { [RULE]: "stranger" });
  box.push(clone);
  const shape = await verdictOf(stranger);
  assert.deepEqual(
    shape.diagnostics.map((d) => [d.code, d.file]),
    [["rule-shape", RULE]],
  );
  assert.ok(rules.closed.includes("stranger"));

  const fix = box.commit(clone, { [MAPPING]: "fixed", [RULE]: "fixed" });
  box.push(clone);
  assert.equal((await verdictOf(fix)).kind, "active");

  box.git(clone, "reset", "--quiet", "--hard", bad);
  box.push(clone, "--force", "HEAD:main");
  await until(() => publisher.status().verdict?.revision === bad, "the bad one again");
  box.git(clone, "reset", "--quiet", "--hard", fix);
  box.push(clone, "--force", "HEAD:main");
  await until(() => publisher.status().converged, "the fix again");
  const same = box.commit(clone, { "README.md": "more" });
  box.push(clone);
  assert.equal((await verdictOf(same)).kind, "active");
  await publisher.settled();
  assert.deepEqual(verdicts(), [
    `active ${good}`,
    `rejected ${bad}`,
    `rejected ${throwing}`,
    `rejected ${stranger}`,
    `active ${fix}`,
    `rejected ${bad}`,
    `active ${fix}`,
    `active ${same}`,
  ]);
  assert.deepEqual(
    publisher.status().history.map((v) => `${v.kind} ${v.revision}`),
    verdicts().toReversed(),
  );
});

test("R14 a commit that leaves the three folders alone advances the revision without new rules", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const { publisher, verdictOf, rules } = stage(t, await box.open(bare), box.path("state"));
  await publisher.start(NEVER);
  await publisher.settled();
  const held = publisher.source.lease();
  const revision = box.commit(clone, { "README.md": "other words" });
  box.push(clone);
  assert.equal((await verdictOf(revision)).kind, "active");
  assert.equal(publisher.source.lease()?.snapshot.revision, revision);
  assert.equal(publisher.source.lease()?.snapshot.rules, held?.snapshot.rules);
  held?.release();
  assert.equal(rules.opened.length, 1);
  assert.deepEqual(rules.closed, []);
});

test("a newer commit pushes an unfinished one aside, and a burst ends at its last", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const { publisher, verdictOf, verdicts } = stage(t, await box.open(bare), box.path("state"));
  await publisher.start(NEVER);
  await publisher.settled();
  const slow = box.commit(clone, { [MAPPING]: "slow" });
  box.push(clone);
  await until(() => publisher.status().attempted === slow, "the slow one is attempted");
  let last = "";
  for (let i = 0; i < 15; i++) {
    last = box.commit(clone, { [MAPPING]: `quick ${i}` });
    box.push(clone);
  }
  assert.equal((await verdictOf(last)).kind, "active");
  assert.equal((await verdictOf(slow)).kind, "superseded");
  await publisher.settled();
  const revisions = verdicts().map((line) => line.split(" ")[1]);
  assert.equal(new Set(revisions).size, revisions.length);
  assert.equal(verdicts().at(-1), `active ${last}`);
  assert.equal(verdicts().filter((line) => line.startsWith("rejected")).length, 0);
});

test("a commit that could not be judged is failed once, tried again, and goes live when it can", async (t) => {
  const box = await gitBox(t);
  const { bare } = box.pair(FILES);
  const broken = { attempts: 0 };
  const { publisher, verdicts, events } = stage(t, await box.open(bare), box.path("state"), {
    build: async (tree, signal) => {
      broken.attempts++;
      if (broken.attempts <= 4) throw new Error("disk full");
      return fakeBuild(tree, signal);
    },
  });
  await publisher.start(NEVER);
  await until(() => publisher.status().converged, "active in the end");
  const revision = publisher.status().wanted;
  assert.deepEqual(verdicts(), [`failed ${revision}`, `active ${revision}`]);
  assert.equal(events.filter((e) => e.event === "config.verdict").at(0)?.verdict.reason, "disk full");
});

test("a pointer that cannot be written changes nothing and closes what was prepared", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const full: { now: boolean; record: PublishRecord } = { now: false, record: EMPTY_RECORD };
  const { publisher, verdictOf, rules, verdicts } = stage(t, await box.open(bare), box.path("state"), {
    memory: {
      read: () => full.record,
      save: async (record) => {
        if (full.now) throw new Error("no space left on device");
        full.record = record;
      },
    },
  });
  await publisher.start(NEVER);
  await publisher.settled();
  const first = publisher.status().active?.revision;
  full.now = true;
  const revision = box.commit(clone, { [MAPPING]: "two", [RULE]: "two" });
  box.push(clone);
  assert.equal((await verdictOf(revision)).kind, "failed");
  assert.equal(publisher.source.lease()?.snapshot.revision, first);
  full.now = false;
  publisher.wake();
  await until(() => publisher.status().converged, "active after all");
  assert.deepEqual(
    verdicts().filter((line) => !line.startsWith("failed")),
    [`active ${first}`, `active ${revision}`],
  );
  assert.ok(rules.opened.length - rules.closed.length <= 2);
  assert.equal(full.record.active?.revision, revision);
});

test("R7 nothing is repeated over a thousand idle polls", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const repository = await box.open(bare, WATCH_ONLY);
  const { publisher, events } = stage(t, repository, box.path("state"));
  const bad = box.commit(clone, { [MAPPING]: "bad" });
  box.push(clone);
  await publisher.start(NEVER);
  for (let i = 0; i < 1_000; i++) await publisher.settled();
  assert.deepEqual(
    events.map((event) => (event.event === "config.verdict" ? event.verdict.revision : event)),
    [bad],
  );
});

test("R9 rules of a retired revision live until its last lease ends, at most three at once", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair({ ...FILES, [RULE]: "r0" });
  const { publisher, verdictOf, rules } = stage(t, await box.open(bare), box.path("state"));
  await publisher.start(NEVER);
  await publisher.settled();
  const leases = [publisher.source.lease()];
  const go = async (i: number) => {
    const revision = box.commit(clone, { [RULE]: `r${i}` });
    box.push(clone);
    await verdictOf(revision);
    leases.push(publisher.source.lease());
  };
  await go(1);
  assert.deepEqual(rules.closed, []);
  leases[0]?.release();
  leases[0]?.release();
  assert.deepEqual(rules.closed, ["r0"]);
  await go(2);
  await go(3);
  assert.deepEqual(rules.closed, ["r0"]);
  await go(4);
  assert.deepEqual(rules.closed, ["r0", "r1"]);
  assert.equal(publisher.status().snapshots, 3);
  await publisher.close();
  assert.deepEqual(rules.closed.toSorted(), ["r0", "r1", "r2", "r3", "r4"]);
});

test("gc, packed refs, a deleted branch and a repository that is moved away and back", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const { publisher, verdictOf, verdicts, events } = stage(t, await box.open(bare, { pollMs: 100 }), box.path("state"));
  await publisher.start(NEVER);
  await publisher.settled();
  const first = publisher.status().active?.revision;
  box.git(bare, "gc", "--quiet", "--prune=now");
  await publisher.settled();
  const second = box.commit(clone, { [MAPPING]: "after gc" });
  box.push(clone);
  assert.equal((await verdictOf(second)).kind, "active");

  box.git(bare, "update-ref", "-d", "refs/heads/main");
  await until(() => publisher.status().wanted === null, "the branch is gone");
  assert.equal(publisher.source.lease()?.snapshot.revision, second);
  assert.equal(events.filter((e) => e.event === "config.watch").length, 1);
  box.push(clone);
  await until(() => publisher.status().converged, "the branch is back");

  renameSync(bare, box.path("away.git"));
  await until(() => publisher.status().wanted === null, "the repository is gone");
  assert.equal(publisher.source.lease()?.snapshot.revision, second);
  const third = box.commit(clone, { [MAPPING]: "elsewhere" });
  box.git(clone, "push", "--quiet", box.path("away.git"), "HEAD:main");
  renameSync(box.path("away.git"), bare);
  assert.equal((await verdictOf(third)).kind, "active");
  assert.deepEqual(verdicts(), [`active ${first}`, `active ${second}`, `active ${third}`]);
});

test("R4 with no last good and a bad tip it waits and runs nothing; the fix gets in", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair({ ...FILES, [MAPPING]: "bad" });
  const { publisher, verdictOf } = stage(t, await box.open(bare), box.path("state"));
  await publisher.start(NEVER);
  await publisher.settled();
  assert.equal(publisher.source.lease(), null);
  assert.equal(publisher.status().active, null);
  const fix = box.commit(clone, { [MAPPING]: "good" });
  box.push(clone);
  assert.equal((await verdictOf(fix)).kind, "active");
});

test("R4 a restart comes up with the last good revision: bad tip, commit collected, content tampered with", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const state = box.path("state");
  const one = stage(t, await box.open(bare), state);
  await one.publisher.start(NEVER);
  await one.publisher.settled();
  const good = one.publisher.status().active?.revision ?? "";
  await one.publisher.close();

  const kept = readdirSync(`${state}/last-good`);
  assert.equal(kept.length, 1);
  writeFileSync(`${state}/last-good/${kept[0]}`, "tampered\n");
  const bad = box.commit(clone, { [MAPPING]: "bad" });
  box.push(clone);
  const two = stage(t, await box.open(bare), state);
  await two.publisher.start(NEVER);
  assert.equal(two.publisher.source.lease()?.snapshot.revision, good);
  await two.publisher.settled();
  assert.deepEqual(two.verdicts(), [`active ${good}`, `rejected ${bad}`]);
  assert.equal(two.events.filter((e) => e.event === "config.watch" && e.level === "warn").length, 1);
  await two.publisher.close();

  // The good commit is gone from the repository.
  box.git(clone, "checkout", "--quiet", "--orphan", "anew");
  box.commit(clone, {});
  box.push(clone, "--force", "HEAD:main");
  box.git(bare, "reflog", "expire", "--expire=now", "--all");
  box.git(bare, "gc", "--quiet", "--prune=now");
  assert.throws(() => box.git(bare, "cat-file", "-e", good));
  const three = stage(t, await box.open(bare), state);
  await three.publisher.start(NEVER);
  assert.equal(three.publisher.source.lease()?.snapshot.revision, good);
  assert.equal(three.publisher.source.lease()?.snapshot.connections[0]?.description, FILES[MAPPING]);
  await three.publisher.settled();
  assert.equal(three.last()?.kind, "rejected");
  assert.equal(three.publisher.status().active?.revision, good);
});

test("R4 a version that refuses the revision it should come up with says so, stays up, and takes the next", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const one = stage(t, await box.open(bare), box.path("state"));
  await one.publisher.start(NEVER);
  await one.publisher.settled();
  const good = one.publisher.status().active?.revision;
  await one.publisher.close();
  const two = stage(t, await box.open(bare), box.path("state"), {
    build: async (tree, signal) => (tree.revision === good ? { ok: false, diagnostics: [] } : fakeBuild(tree, signal)),
  });
  await two.publisher.start(NEVER);
  await two.publisher.settled();
  assert.deepEqual(two.verdicts(), [`rejected ${good}`]);
  assert.match(two.last()?.reason ?? "", /refuses the revision that was active/);
  assert.equal(two.publisher.source.lease(), null);
  assert.equal(two.memory.read().active?.revision, good);
  const next = box.commit(clone, { [MAPPING]: "for the new version" });
  box.push(clone);
  assert.equal((await two.verdictOf(next)).kind, "active");
});

test("R4 a restart that cannot judge its last good revision tries it again", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const one = stage(t, await box.open(bare), box.path("state"));
  await one.publisher.start(NEVER);
  await one.publisher.settled();
  const good = one.publisher.status().active?.revision;
  await one.publisher.close();
  box.commit(clone, { [MAPPING]: "bad" });
  box.push(clone);
  const failing = { times: 2 };
  const two = stage(t, await box.open(bare), box.path("state"), {
    build: async (tree, signal) => {
      if (tree.revision === good && failing.times-- > 0) throw new Error("no memory");
      return fakeBuild(tree, signal);
    },
  });
  await two.publisher.start(NEVER);
  await until(() => two.publisher.status().active?.revision === good, "the last good one in the end");
});

test("the state folder may be lost: the tip goes live again", async (t) => {
  const box = await gitBox(t);
  const { bare } = box.pair(FILES);
  const one = stage(t, await box.open(bare), box.path("state"));
  await one.publisher.start(NEVER);
  await one.publisher.settled();
  await one.publisher.close();
  rmSync(box.path("state"), { recursive: true });
  const two = stage(t, await box.open(bare), box.path("state"));
  await two.publisher.start(NEVER);
  await two.publisher.settled();
  assert.equal(two.last()?.kind, "active");
});
