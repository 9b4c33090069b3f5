import { writeSync } from "node:fs";
import { openSqliteStore } from "../../daemon/state/sqlite-store.ts";
import { makeEntry, makePair } from "./store.ts";

/** Commits for ever, saying the number of each commit once it has returned. Meant to be killed. */
const store = openSqliteStore(process.argv[2] ?? "", { now: () => 0 });
const link = store.link("killed");
for (let number = link.pairCount(); ; number++) {
  link.commit({
    pairs: [makePair(`p${number}`, `l${number}`, `r${number}`)],
    journal: [makeEntry({ run: `run${number}` }), makeEntry({ run: `run${number}` })],
    cursors: { left: { since: "2026-01-01T00:00:00Z", selection: String(number) } },
  });
  writeSync(1, `${number}\n`);
}
