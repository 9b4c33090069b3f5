import assert from "node:assert/strict";
import type { RunReport } from "../../daemon/core/store.ts";
import { shortcutAddress } from "../../daemon/fields/shortcut.ts";
import type { SandboxFile } from "../../daemon/sandbox/attachment-admin.ts";
import type { FieldLink } from "./field-bench.ts";
import { useFieldBench } from "./use-field-bench.ts";

/** One ALM defect with its partner, and a link that carries attachments as the table says. */
export interface Desk {
  readonly link: FieldLink;
  readonly alm: string;
  readonly agm: number;
  run(full?: boolean): Promise<RunReport>;
  passes(full?: boolean): Promise<RunReport>;
  later(minutes?: number): void;
  /** `name=bytes` of each side, by name. */
  onAlm(): readonly string[];
  onAgm(): readonly string[];
  almFile(name: string): SandboxFile;
  agmFile(name: string): SandboxFile;
  /** A person's edit of the record itself: what makes an incremental run look where the tracker does not tell of files. */
  edit(side: "alm" | "agm"): void;
}

/** Defects with files, for all tests of a file; the trackers' clock is ours. */
export function useDesks() {
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const switches = { childrenTouchParent: true };
  const { bench, open } = useFieldBench([], { alm: { clock, switches }, agm: { clock } });

  async function desk(t: { after(fn: () => Promise<void>): void }, table = "", link = ""): Promise<Desk> {
    const made = await open("", { rest: `[links.items.attachments]\n${table}`, link });
    t.after(() => made.close());
    const alm = bench.alm.admin.create("defects", { name: "with files" });
    clock.ahead += 60_000;
    assert.equal((await made.run()).status, "passed");
    const self: Desk = {
      ...{ link: made, alm, agm: Number(made.agmOf(alm)["id"]) },
      run: (full = true) => {
        self.later();
        return made.run(full);
      },
      async passes(full = true) {
        const report = await self.run(full);
        assert.equal(report.status, "passed", JSON.stringify(report.messages));
        return report;
      },
      later(minutes = 5) {
        clock.ahead += minutes * 60_000;
        made.pass(minutes);
      },
      onAlm: () => shown(bench.alm.admin.attachments.list("defects", alm)),
      onAgm: () => shown(bench.agm.admin.attachments.list("backlog_items", self.agm)),
      almFile: (name) => named(bench.alm.admin.attachments.list("defects", alm), name),
      agmFile: (name) => named(bench.agm.admin.attachments.list("backlog_items", self.agm), name),
      edit(side) {
        if (side === "alm") bench.alm.admin.update("defects", alm, { name: `edited ${clock.ahead}` });
        else bench.agm.admin.update("backlog_items", self.agm, { name: `edited ${clock.ahead}` });
      },
    };
    self.later();
    return self;
  }

  /** Nothing is written, and an incremental run does not ask for files at all. */
  async function assertQuiet(d: Desk): Promise<void> {
    await d.passes(false);
    const before = [d.onAlm(), d.onAgm()];
    for (const full of [false, true]) {
      bench.alm.traffic.reset();
      bench.agm.traffic.reset();
      const report = await d.passes(full);
      for (const counts of Object.values(report.counts))
        assert.deepEqual([counts.created, counts.updated, counts.attachments ?? 0], [0, 0, 0]);
      const asked = [...Object.keys(bench.alm.traffic.byRoute()), ...Object.keys(bench.agm.traffic.byRoute())];
      if (!full)
        assert.deepEqual(
          asked.filter((route) => route.includes("attachments")),
          [],
        );
    }
    assert.deepEqual([d.onAlm(), d.onAgm()], before);
  }

  return {
    ...{ bench, clock, desk, assertQuiet },
    almAdd: (d: Desk, name: string, content: string | Uint8Array, description = "") =>
      bench.alm.admin.attachments.add("defects", d.alm, { name, content, description }),
    agmAdd: (d: Desk, name: string, content: string | Uint8Array, description = "") =>
      bench.agm.admin.attachments.add("backlog_items", d.agm, { name, content, description }),
  };
}

/** `name=bytes`, by name. */
export function shown(files: readonly SandboxFile[]): readonly string[] {
  return files.map(({ name, content }) => `${name}=${content.toString("latin1")}`).toSorted();
}

function named(files: readonly SandboxFile[], name: string): SandboxFile {
  const file = files.find((one) => one.name === name);
  assert.ok(file !== undefined, `no ${name} among ${files.map((one) => one.name).join(", ")}`);
  return file;
}

/** Where a shortcut leads; empty for any other file. */
export function addressOf({ content }: SandboxFile): string {
  return shortcutAddress(content.toString("utf8")) ?? "";
}
