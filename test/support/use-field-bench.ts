import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { SharedPerson } from "../../daemon/sandbox/shared-content.ts";
import { type BenchOptions, type FieldBench, type FieldLink, type LinkGiven, openFieldBench } from "./field-bench.ts";

type AlmFields = Readonly<Record<string, string | readonly string[]>>;

/** A bench for all tests of a file: opened before the first, closed after the last. */
export function useFieldBench(people: readonly SharedPerson[] = [], options: BenchOptions = {}) {
  const state: { bench?: FieldBench } = {};
  const bench = () => state.bench ?? assert.fail("the bench is opened before the first test");
  before(async () => {
    state.bench = await openFieldBench(people, options);
  });
  after(() => state.bench?.close());
  return {
    bench: {
      get alm() {
        return bench().alm;
      },
      get agm() {
        return bench().agm;
      },
      check: (rows: string, more: LinkGiven = {}) => bench().check(rows, more),
    },
    open: (rows: string, more: LinkGiven = {}): Promise<FieldLink> => bench().link(rows, more),
    almDefect: (name: string, fields: AlmFields = {}): string =>
      bench().alm.admin.create("defects", { name, ...fields }),
    agmDefect: (name: string, fields: Readonly<Record<string, unknown>> = {}): number =>
      bench().agm.admin.create("backlog_items", { subtype: "defect", name, ...fields }),
    /** The defect as ALM keeps it. */
    alm: (id: string) => bench().alm.admin.get("defects", id) ?? assert.fail(`ALM ${id} is gone`),
  };
}
