import { findGit } from "../../../daemon/config/git/git-binary.ts";
import { openRepository } from "../../../daemon/config/git/repository.ts";
import { createPublisher } from "../../../daemon/config/publish/publisher.ts";
import { fakeBuild, fakeRules, fileMemory } from "./stage.ts";

/** A publisher in a process of its own: repository, state folder, and the point at which it kills itself. Prints `ready` and each verdict. */
const [location = "", state = "", point = ""] = process.argv.slice(2);
const signal = new AbortController().signal;
const say = (line: string) => process.stdout.write(`${line}\n`);
const git = await findGit(process.env, signal);
const repository = await openRepository(
  location,
  { branch: null, state, git, now: Date.now, note: (_, message) => say(`note ${message}`), fetchMs: 50 },
  signal,
);
const publisher = createPublisher({
  repository,
  build: fakeBuild,
  openRules: fakeRules().open,
  memory: fileMemory(`${state}/publish.json`),
  state,
  now: Date.now,
  emit: (event) => {
    if (event.event === "config.verdict") say(`${event.verdict.kind} ${event.verdict.revision}`);
  },
  checkpoint: (name) => {
    if (name === point) process.kill(process.pid, "SIGKILL");
  },
});
await publisher.start(signal);
say(`ready ${publisher.source.lease()?.snapshot.revision ?? "none"}`);
